/* The ceilings of this machine, by which the benchmark judges every figure. Compiled for this
 * machine (-march=native), once for each precision (GF_REAL_BITS). Prints one JSON object: each
 * ceiling with all its samples.
 *
 *   clock_ghz         the core clock, from a chain of instructions of known latency
 *   copy_plain        GB/s of a copy with ordinary stores, bytes read plus bytes written, without
 *                     those that caches read to fill lines which are overwritten
 *   copy_nt           the same with non-temporal stores
 *   julia_untested    1e9 iterations of z = z^2 + c a second, without a test for escape
 *   julia_tested      the same with a test and a count in each iteration
 *   stencil_l1        1e9 cells a second of the 5-point stencil on a field that stays in L1
 *
 * Arithmetic is that of the kernels, operation for operation (strict; 2 p + ci and sum - 4 u as
 * exact fma; `balanced` as the kernels' tunable of that name, with the same bits). All threads run
 * at once. Usage: ceilings THREADS COPY_MIB SAMPLES
 */
#if defined(__AVX512F__) && defined(__AVX512DQ__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define GF_TARGET_AVX512 1
#define ISA_NAME         "avx512"
#elif defined(__AVX2__) && defined(__FMA__)
#define GF_TARGET_AVX2 1
#define ISA_NAME       "avx2"
#elif defined(__aarch64__)
#define GF_TARGET_NEON 1
#define ISA_NAME       "neon"
#else
#define GF_TARGET_SCALAR 1
#define ISA_NAME         "plain"
#endif

#include <math.h>
#include <omp.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "kernel.h"

#if GF_TARGET_SCALAR
/* The vocabulary of simd.h without vectors: one lane. */
#define GF_LANES 1
typedef gf_real gf_vec;
typedef uint64_t gf_counts;
typedef bool gf_mask;
#define gf_vec_set1(a)            ((gf_real)(a))
#define gf_vec_load(p)            (*(p))
#define gf_vec_store(p, a)        (*(p) = (a))
#define gf_vec_add(a, b)          ((a) + (b))
#define gf_vec_sub(a, b)          ((a) - (b))
#define gf_vec_mul(a, b)          ((a) * (b))
#define gf_vec_fma(a, b, c)       ((a) * (b) + (c)) /* the products here are exact */
#define gf_vec_opaque(a)          (a)
#define gf_vec_less(a, b)         ((a) < (b))
#define gf_mask_or(a, b)          ((a) || (b))
#define gf_mask_any(a)            (a)
#define gf_counts_set1(a)         ((uint64_t)(a))
#define gf_counts_increment(n, m) ((n) + (m))
#define gf_counts_store(p, n)     (*(p) = (n))
typedef uint64_t gf_lane;
#else
#include "simd.h"
#endif

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LINE          64 /* bytes of a cache line */
#define HUGE_PAGE     ((size_t)2 << 20)
#define MAX_SAMPLES   100

static int threads;
static volatile double sink; /* takes results, so that no compiler removes the work */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *allocate(size_t bytes) {
    const size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *memory = aligned_alloc(HUGE_PAGE, whole);
    if (memory == NULL) {
        fprintf(stderr, "ceilings: not enough memory for %zu bytes\n", whole);
        exit(1);
    }
    madvise(memory, whole, MADV_HUGEPAGE);
    return memory;
}

/* ---- Measuring --------------------------------------------------------- */

/* Does a piece of work on the calling thread and returns its amount. */
typedef double (*work_function)(void *context);

/* Wall time of one call by all threads at once, from the first start to the last end. */
static double time_of(work_function work, void *context, double *amount) {
    double start = 0, sum = 0;
#pragma omp parallel num_threads(threads) reduction(+ : sum)
    {
#pragma omp barrier
        if (omp_get_thread_num() == 0)
            start = now();
        sum += work(context);
    }
    *amount = sum;
    return now() - start;
}

/* Prints the amount of work a second, in units of 1e9, in each of the samples. */
static void print_rates(const char *name, work_function work, void *context, int samples) {
    double amount = 0;
    time_of(work, context, &amount);
    printf(", \"%s\": [", name);
    for (int i = 0; i < samples; i++) {
        const double time = time_of(work, context, &amount);
        printf("%s%.4f", i == 0 ? "" : ", ", amount / time / 1e9);
    }
    printf("]");
}

/* ---- Clock ------------------------------------------------------------- */

#define CHAIN "100" /* instructions of one chain */

#if defined(__x86_64__)
/* A 64-bit multiplication takes 3 cycles on Intel since Nehalem and on AMD since Zen. Newer cores
 * fold a chain of additions when they rename registers. */
#define CLOCK_METHOD "chain of dependent 64-bit imul, 3 cycles each"
#define CLOCK_CYCLES 300.0
#define CLOCK_CHAIN(x, y)                                                                          \
    __asm__ volatile(".rept " CHAIN "\n\timul %1, %0\n\t.endr" : "+r"(x) : "r"(y))
#elif defined(__aarch64__)
#define CLOCK_METHOD "chain of dependent 64-bit eor, 1 cycle each"
#define CLOCK_CYCLES 100.0
#define CLOCK_CHAIN(x, y)                                                                          \
    __asm__ volatile(".rept " CHAIN "\n\teor %0, %0, %1\n\t.endr" : "+r"(x) : "r"(y))
#else
#define CLOCK_METHOD "not known on this processor"
#endif

#ifdef CLOCK_CYCLES
static double run_clock(void *context) {
    enum { ROUNDS = 200000 };
    uint64_t x = 3, y = 5;
    (void)context;
    for (int i = 0; i < ROUNDS; i++)
        CLOCK_CHAIN(x, y);
    return ROUNDS * CLOCK_CYCLES / threads; /* cycles of one core, summed over the threads */
}
#endif

/* ---- Copy -------------------------------------------------------------- */

typedef struct copy_job {
    char *from, *to;
    size_t bytes;
    bool non_temporal;
} copy_job;

/* The calling thread's part of a copy, in whole lines. */
static void thread_part(size_t bytes, size_t *begin, size_t *end) {
    const size_t lines = bytes / LINE, all = (size_t)omp_get_num_threads();
    const size_t me = (size_t)omp_get_thread_num();
    *begin = lines * me / all * LINE;
    *end = lines * (me + 1) / all * LINE;
}

ALWAYS_INLINE void copy_line(char *to, const char *from, bool non_temporal) {
#if defined(__AVX512F__)
    const __m512i a = _mm512_load_si512((const void *)from);
    if (non_temporal)
        _mm512_stream_si512((void *)to, a);
    else
        _mm512_store_si512((void *)to, a);
#elif defined(__x86_64__)
    for (int i = 0; i < LINE / 16; i++) {
        const __m128i a = _mm_load_si128((const __m128i *)(const void *)from + i);
        if (non_temporal)
            _mm_stream_si128((__m128i *)(void *)to + i, a);
        else
            _mm_store_si128((__m128i *)(void *)to + i, a);
    }
#elif defined(__aarch64__)
    if (non_temporal) {
        __asm__ volatile("ldp q0, q1, [%1]\n\tldp q2, q3, [%1, #32]\n\t"
                         "stnp q0, q1, [%0]\n\tstnp q2, q3, [%0, #32]"
                         :
                         : "r"(to), "r"(from)
                         : "v0", "v1", "v2", "v3", "memory");
    } else {
        __asm__ volatile("ldp q0, q1, [%1]\n\tldp q2, q3, [%1, #32]\n\t"
                         "stp q0, q1, [%0]\n\tstp q2, q3, [%0, #32]"
                         :
                         : "r"(to), "r"(from)
                         : "v0", "v1", "v2", "v3", "memory");
    }
#else
    (void)non_temporal;
    memcpy(to, from, LINE);
#endif
}

static double run_copy(void *context) {
    const copy_job *copy = context;
    size_t begin = 0, end = 0;
    thread_part(copy->bytes, &begin, &end);
    for (size_t at = begin; at < end; at += LINE) {
        copy_line(copy->to + at, copy->from + at, copy->non_temporal);
        /* Or the compiler would make it a memcpy, which chooses its own kind of store. */
        __asm__ volatile("" ::: "memory");
    }
#if defined(__x86_64__)
    _mm_sfence();
#endif
    return 2.0 * (double)(end - begin);
}

static void print_copies(size_t bytes, int samples) {
    copy_job copy = {allocate(bytes), allocate(bytes), bytes, false};
#pragma omp parallel num_threads(threads)
    {
        size_t begin = 0, end = 0;
        thread_part(bytes, &begin, &end);
        memset(copy.from + begin, 1, end - begin);
        memset(copy.to + begin, 2, end - begin);
    }
    print_rates("copy_plain", run_copy, &copy, samples);
    copy.non_temporal = true;
    print_rates("copy_nt", run_copy, &copy, samples);
    free(copy.from);
    free(copy.to);
}

/* ---- Julia ------------------------------------------------------------- */

/* A Siegel disk, in which orbits turn about a fixed point for ever: none escapes or converges. */
#define C_RE    (-0.390540870218401)
#define C_IM    (-0.586787907346969)
#define FIXED_X (-0.3686844508)
#define FIXED_Y (-0.3377451443)

#define LOOK        8 /* iterations between two tests whether a lane is active, as in the kernel */
#define ITERATIONS  200000
#define MOST_FLIGHT 8

/* `flight` vectors in flight hide the latency of an iteration: constant at each call, so that the
 * vectors stay in registers. `balanced`: every other one doubles by an addition, as the kernel's
 * tunable of that name. */
ALWAYS_INLINE double orbits(int flight, bool tested, bool balanced) {
    gf_vec zr[MOST_FLIGHT], zi[MOST_FLIGHT];
    gf_counts n[MOST_FLIGHT];
    const gf_vec cr = gf_vec_set1((gf_real)C_RE), ci = gf_vec_set1((gf_real)C_IM);
    for (int k = 0; k < flight; k++) {
        zr[k] = gf_vec_set1((gf_real)(FIXED_X + 0.01 * k));
        zi[k] = gf_vec_set1((gf_real)FIXED_Y);
        n[k] = gf_counts_set1(0);
    }
    for (int i = 0; i < ITERATIONS; i += LOOK) {
        gf_mask any = gf_vec_less(cr, cr);
        for (int j = 0; j < LOOK; j++) {
#pragma GCC unroll 8
            for (int k = 0; k < flight; k++) {
                const gf_vec a = gf_vec_mul(zr[k], zr[k]);
                const gf_vec b = gf_vec_mul(zi[k], zi[k]);
                const gf_vec p = gf_vec_mul(zr[k], zi[k]);
                if (tested) {
                    const gf_mask inside = gf_vec_less(gf_vec_add(a, b), gf_vec_set1(4));
                    n[k] = gf_counts_increment(n[k], inside);
                    any = gf_mask_or(any, inside);
                }
                zr[k] = gf_vec_add(gf_vec_sub(a, b), cr);
                zi[k] = balanced && k % 2 == 1 ? gf_vec_add(gf_vec_add(p, p), ci)
                                               : gf_vec_fma(gf_vec_set1(2), p, ci);
            }
        }
        if (tested && !gf_mask_any(any))
            break;
    }
    for (int k = 0; k < flight; k++) {
        gf_real z[GF_LANES];
        gf_lane count[GF_LANES];
        gf_vec_store(z, gf_vec_add(zr[k], zi[k]));
        gf_counts_store(count, n[k]);
        sink = (double)z[0] + (double)count[0];
    }
    return (double)flight * GF_LANES * ITERATIONS;
}

/* The work functions of the figures: constant arguments keep the vectors in registers. */
#define WORK(name, call)                                                                           \
    static double name(void *context) {                                                            \
        (void)context;                                                                             \
        return call;                                                                               \
    }
WORK(untested_4, orbits(4, false, false))
WORK(untested_6, orbits(6, false, false))
WORK(untested_8, orbits(8, false, false))
WORK(untested_balanced_4, orbits(4, false, true))
WORK(untested_balanced_6, orbits(6, false, true))
WORK(untested_balanced_8, orbits(8, false, true))
WORK(tested_4, orbits(4, true, false))
WORK(tested_6, orbits(6, true, false))
WORK(tested_8, orbits(8, true, false))

/* ---- Stencil in L1 ----------------------------------------------------- */

/* Two fields of 10 rows of 1 KiB and their margins: 24 KiB, which leaves room in an L1 of 32 KiB.
 * With a pitch of an odd number of lines the rows do not compete for the same sets. */
#define ROWS      8
#define ROW_CELLS (1024 / (int)sizeof(gf_real))
#define MARGIN    (LINE / (int)sizeof(gf_real))
#define PITCH     (ROW_CELLS + 3 * MARGIN)
#define STEPS     20000

typedef struct l1_fields {
    alignas(LINE) gf_real cells[2][ROWS + 2][PITCH];
} l1_fields;

typedef struct factors {
    gf_vec rate, one; /* as in the kernel, `one` is hidden from the compiler */
} factors;

/* `balanced`: the last addition as fma(u, 1, x), as the kernel's tunable of that name. */
ALWAYS_INLINE gf_vec updated(gf_vec down, gf_vec up, gf_vec right, gf_vec left, gf_vec u, factors f,
                             bool balanced) {
    const gf_vec sum = gf_vec_add(gf_vec_add(gf_vec_add(down, up), right), left);
    const gf_vec laplacian = gf_vec_fma(gf_vec_set1(-4), u, sum);
    const gf_vec change = gf_vec_mul(f.rate, laplacian);
    return balanced ? gf_vec_fma(u, f.one, change) : gf_vec_add(u, change);
}

/* Walks `group` rows at once, so that a vector is a centre, an upper and a lower neighbour. */
ALWAYS_INLINE void stencil_rows(gf_real (*from)[PITCH], gf_real (*to)[PITCH], int row, int group,
                                bool balanced) {
    const factors f = {gf_vec_set1((gf_real)0.1), gf_vec_opaque(gf_vec_set1(1))};
    for (int j = MARGIN; j < MARGIN + ROW_CELLS; j += GF_LANES) {
        gf_vec up = gf_vec_load(&from[row - 1][j]);
        gf_vec u = gf_vec_load(&from[row][j]);
#pragma GCC unroll 8
        for (int k = 0; k < group; k++) {
            const gf_vec down = gf_vec_load(&from[row + k + 1][j]);
            gf_vec_store(&to[row + k][j],
                         updated(down, up, gf_vec_load(&from[row + k][j + 1]),
                                 gf_vec_load(&from[row + k][j - 1]), u, f, balanced));
            up = u;
            u = down;
        }
    }
}

ALWAYS_INLINE double stencil(int group, bool balanced) {
    l1_fields fields;
    for (int i = 0; i < ROWS + 2; i++) {
        for (int j = 0; j < PITCH; j++)
            fields.cells[0][i][j] = fields.cells[1][i][j] = (gf_real)(1 + 0.001 * (i + j));
    }
    for (int step = 0; step < STEPS; step++) {
        for (int i = 1; i <= ROWS; i += group)
            stencil_rows(fields.cells[step % 2], fields.cells[(step + 1) % 2], i, group, balanced);
        __asm__ volatile("" : : "r"(&fields) : "memory");
    }
    sink = (double)fields.cells[0][ROWS / 2][MARGIN];
    return (double)STEPS * ROWS * ROW_CELLS;
}

WORK(stencil_1, stencil(1, false))
WORK(stencil_4, stencil(4, false))
WORK(stencil_8, stencil(8, false))
WORK(stencil_balanced_4, stencil(4, true))
WORK(stencil_balanced_8, stencil(8, true))

/* ---- All ceilings ------------------------------------------------------ */

static int read_count(const char *text, int most) {
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > most) {
        fprintf(stderr, "ceilings: %s: give a number from 1 to %d\n", text, most);
        exit(2);
    }
    return (int)value;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "Usage: ceilings THREADS COPY_MIB SAMPLES\n");
        return 2;
    }
    threads = read_count(argv[1], 4096);
    const size_t copy_bytes = (size_t)read_count(argv[2], 1 << 20) << 20;
    const int samples = read_count(argv[3], MAX_SAMPLES);
    printf("{\"isa\": \"%s\", \"real_bits\": %d, \"lanes\": %d, \"threads\": %d, \"copy_mib\": %s, "
           "\"clock_method\": \"%s\"",
           ISA_NAME, GF_REAL_BITS, GF_LANES, threads, argv[2], CLOCK_METHOD);
    /* Arithmetic first, so that the clock is that of cores which have worked for a while. */
    print_rates("julia_untested_4", untested_4, NULL, samples);
    print_rates("julia_untested_6", untested_6, NULL, samples);
    print_rates("julia_untested_8", untested_8, NULL, samples);
    print_rates("julia_untested_balanced_4", untested_balanced_4, NULL, samples);
    print_rates("julia_untested_balanced_6", untested_balanced_6, NULL, samples);
    print_rates("julia_untested_balanced_8", untested_balanced_8, NULL, samples);
    print_rates("julia_tested_4", tested_4, NULL, samples);
    print_rates("julia_tested_6", tested_6, NULL, samples);
    print_rates("julia_tested_8", tested_8, NULL, samples);
#ifdef CLOCK_CYCLES
    print_rates("clock_ghz", run_clock, NULL, samples);
#endif
    print_rates("stencil_l1_1", stencil_1, NULL, samples);
    print_rates("stencil_l1_4", stencil_4, NULL, samples);
    print_rates("stencil_l1_8", stencil_8, NULL, samples);
    print_rates("stencil_l1_balanced_4", stencil_balanced_4, NULL, samples);
    print_rates("stencil_l1_balanced_8", stencil_balanced_8, NULL, samples);
    print_copies(copy_bytes, samples);
    printf("}\n");
    return 0;
}
