/* What this machine sustains, measured without any code of gpufare: loops that copy, read and
 * compute, in plain C and the compiler's vectors. tools/bench/check_ceilings compares the ceilings
 * of `gpufare calibrate` with them. Prints one JSON object: the best of all samples, because other
 * programs can only make a sample slower.
 *
 *   copies        1e9 bytes a second, read plus written, by the size of both arrays: the best of
 *                 ordinary and non-temporal stores, all threads. The smallest arrays are half as
 *                 large: two that just fill a first-level cache stay there only if they lie well
 *   reads         1e9 bytes a second of a sum, by the size of the array
 *   f32, f64      1e9 operations a second: chains of fused multiplications and additions, two each
 *   integer       the same of separate ones in unsigned integers of 32 bits
 *
 * Compile: cc -O3 -march=native -fopenmp. Usage: independent_ceilings THREADS SAMPLES
 */
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define SIZES     7
#define LEAST     ((size_t)65536)
#define HUGE_PAGE ((size_t)2 << 20)
#define VECTOR    64 /* bytes; the compiler splits them where registers are shorter */
#define CHAINS    8  /* of 64 bytes */
#define ROUNDS    200000
/* Bytes that a sample moves at least. */
#define SAMPLE_BYTES ((size_t)256 << 20)

typedef double f64s __attribute__((vector_size(VECTOR)));
typedef float f32s __attribute__((vector_size(VECTOR)));
typedef uint32_t u32s __attribute__((vector_size(VECTOR)));

static int threads, samples;
static volatile double sink; /* takes results, so that no compiler removes the work */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double smaller(double a, double b) {
    return a < b ? a : b;
}

static char *allocate(size_t bytes) {
    const size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    char *memory = aligned_alloc(HUGE_PAGE, whole);
    if (memory == NULL) {
        fprintf(stderr, "independent_ceilings: not enough memory for %zu bytes\n", whole);
        exit(1);
    }
    madvise(memory, whole, MADV_HUGEPAGE);
    memset(memory, 1, whole);
    return memory;
}

/* ---- Moving ------------------------------------------------------------ */

static void stream(f64s *to, const f64s *from, size_t count) {
#if defined(__AVX512F__)
    for (size_t i = 0; i < count; i++)
        _mm512_stream_pd((double *)&to[i], _mm512_load_pd((const double *)&from[i]));
    _mm_sfence();
#elif defined(__SSE2__)
    for (size_t i = 0; i < count * (VECTOR / 16); i++)
        _mm_stream_pd((double *)to + 2 * i, _mm_load_pd((const double *)from + 2 * i));
    _mm_sfence();
#else
    memcpy(to, from, count * VECTOR);
#endif
}

static void copy_plain(f64s *to, const f64s *from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

static double add_up(const f64s *from, size_t count) {
    f64s sums[CHAINS] = {{0}};
    for (size_t i = 0; i + CHAINS <= count; i += CHAINS) {
        for (int k = 0; k < CHAINS; k++)
            sums[k] += from[i + (size_t)k];
    }
    for (int k = 1; k < CHAINS; k++)
        sums[0] += sums[k];
    return sums[0][0] + sums[0][1];
}

typedef enum move { COPY, STREAM, READ, MOVES } move;

/* Seconds of moving once, of many in a row; each thread has its own part of the arrays. */
static double time_moves(move how, char *to, char *from, size_t bytes) {
    const size_t repeats = bytes < SAMPLE_BYTES ? SAMPLE_BYTES / bytes : 1;
    double start = 0;
#pragma omp parallel num_threads(threads)
    {
        const size_t vectors = bytes / VECTOR, all = (size_t)omp_get_num_threads();
        const size_t me = (size_t)omp_get_thread_num();
        const size_t first = vectors * me / all, count = vectors * (me + 1) / all - first;
        f64s *const out = (f64s *)(void *)to + first, *const in = (f64s *)(void *)from + first;
#pragma omp barrier
        if (omp_get_thread_num() == 0)
            start = now();
        double sum = 0;
        for (size_t i = 0; i < repeats; i++) {
            if (how == COPY)
                copy_plain(i % 2 ? in : out, i % 2 ? out : in, count);
            else if (how == STREAM)
                stream(i % 2 ? in : out, i % 2 ? out : in, count);
            else
                sum += add_up(in, count);
            __asm__ volatile("" ::: "memory");
        }
        sink = sum;
    }
    return (now() - start) / (double)repeats;
}

static double best_of_moves(move how, char *to, char *from, size_t bytes) {
    double best = time_moves(how, to, from, bytes);
    for (int i = 0; i < samples; i++)
        best = smaller(best, time_moves(how, to, from, bytes));
    return best;
}

static void print_moves(void) {
    const size_t most = LEAST << 2 * (SIZES - 1);
    char *to = allocate(most), *from = allocate(most);
    printf("\"copies\": {");
    for (size_t i = 0; i < SIZES; i++) {
        const size_t bytes = i == 0 ? LEAST / 2 : LEAST << 2 * i;
        const double plain = best_of_moves(COPY, to, from, bytes / 2);
        const double streamed = best_of_moves(STREAM, to, from, bytes / 2);
        printf("%s\"%zu\": %.3f", i == 0 ? "" : ", ", bytes,
               (double)bytes / smaller(plain, streamed) * 1e-9);
    }
    printf("}, \"reads\": {");
    for (size_t i = 0; i < SIZES; i++) {
        const size_t bytes = LEAST << 2 * i;
        printf("%s\"%zu\": %.3f", i == 0 ? "" : ", ", bytes,
               (double)bytes / best_of_moves(READ, to, from, bytes) * 1e-9);
    }
    printf("}");
    free(to);
    free(from);
}

/* ---- Computing --------------------------------------------------------- */

/* Chains of x = x * a + b: CHAINS vectors of 64 bytes, at least as many as the latency needs. With
 * `-ffp-contract=fast`, GCC's default, the compiler fuses each. */
#define COMPUTE(name, vector, number)                                                              \
    static double name(void) {                                                                     \
        vector x[CHAINS];                                                                          \
        const vector a = (vector){0} + (number)1.0001, b = (vector){0} + (number)3;                \
        double start = 0;                                                                          \
        _Pragma("omp parallel num_threads(threads) private(x)") {                                  \
            for (int k = 0; k < CHAINS; k++)                                                       \
                x[k] = (vector){0} + (number)k;                                                    \
            _Pragma("omp barrier") if (omp_get_thread_num() == 0) start = now();                   \
            for (int i = 0; i < ROUNDS; i++) {                                                     \
                _Pragma("GCC unroll 8") for (int k = 0; k < CHAINS; k++) x[k] = x[k] * a + b;      \
            }                                                                                      \
            for (int k = 1; k < CHAINS; k++)                                                       \
                x[0] += x[k];                                                                      \
            sink = (double)x[0][0];                                                                \
        }                                                                                          \
        const double lanes = VECTOR / sizeof(number);                                              \
        return 2 * lanes * CHAINS * (double)ROUNDS * threads / (now() - start) * 1e-9;             \
    }
COMPUTE(compute_f64, f64s, double)
COMPUTE(compute_f32, f32s, float)
COMPUTE(compute_u32, u32s, uint32_t)

static void print_rate(const char *name, double (*compute)(void)) {
    double best = 0;
    for (int i = 0; i < 4 * samples; i++) {
        const double rate = compute();
        best = rate > best ? rate : best;
    }
    printf(", \"%s\": %.3f", name, best);
}

static int read_count(const char *text, int most) {
    char *end = NULL;
    const long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > most) {
        fprintf(stderr, "independent_ceilings: %s: give a number from 1 to %d\n", text, most);
        exit(2);
    }
    return (int)value;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "Usage: independent_ceilings THREADS SAMPLES\n");
        return 2;
    }
    threads = read_count(argv[1], 4096);
    samples = read_count(argv[2], 1000);
    printf("{");
    print_moves();
    print_rate("f32", compute_f32);
    print_rate("f64", compute_f64);
    print_rate("integer", compute_u32);
    printf("}\n");
    return 0;
}
