/* Peak rates of copies, reads and arithmetic. A copy: each step moves every element from one array
 * of the pair to the other and updates it `rounds` times,
 *
 *   x = x * a + b; x = x * c + d      with every operation rounded once, or modulo 2^bits
 *
 * where every product of reals is exact (workloads/peak.c chooses a and c so): then a fused
 * multiplication and addition gives the same bits, and the vector ISAs use it, as every ceiling of
 * arithmetic does.
 *
 * Each element is a chain of dependent operations, so as many chains as the registers hold run at a
 * time: enough to hide the latencies of a multiplication and an addition (4 cycles each at most in
 * present vector units, of which a core has two).
 *
 * A read: each step adds all words of 32 bits of the array to a sum, modulo 2^32. Such a sum is the
 * same in any order.
 *
 * buffers: data (inout) and next, the ping-pong pair; of a read, data (in) and sum, one u32 (inout)
 * scalars: u32 count, of elements; u32 rounds, 0 of a read; u32 reads, 1: a read, 0: a copy;
 *          u32 integer, 1: elements are unsigned integers as wide as a real; a, b, c, d, of the
 *          elements' kind
 * tuning:  streaming-stores, 2: reals are copied past the caches
 */
#include <omp.h>

#if GF_TARGET_SCALAR
#include "kernel.h"
#else
#include "simd.h"
#endif

#if GF_REAL_BITS == 64
typedef uint64_t word;
#define ARG_WORD gf_arg_u64
#else
typedef uint32_t word;
#define ARG_WORD gf_arg_u32
#endif

/* The registers limit the chains: AVX-512 and NEON have 32, AVX2 has 16, four of which hold a to d.
 * The scalar ISA, whose kernel is the reference, has plain numbers for vectors. */
#if GF_TARGET_AVX512
#define CHAINS       16
#define VECTOR_BYTES 64
#elif GF_TARGET_AVX2
#define CHAINS       12
#define VECTOR_BYTES 32
#elif GF_TARGET_NEON
#define CHAINS       16
#define VECTOR_BYTES 16
#else
#define CHAINS 8
#endif
#ifdef VECTOR_BYTES
typedef gf_vec reals;
typedef word words __attribute__((vector_size(VECTOR_BYTES)));
typedef uint32_t summands __attribute__((vector_size(VECTOR_BYTES)));
#else
typedef gf_real reals;
typedef word words;
typedef uint32_t summands;
#endif
#define LANES (sizeof(reals) / sizeof(gf_real))

#define BLOCK        ((size_t)CHAINS * LANES)
#define CHUNK_BLOCKS 8 /* between two looks at the cancel flag */
#define CHUNK        (BLOCK * CHUNK_BLOCKS)
#define COPIED_CHUNK (CHUNK * 16) /* without arithmetic */

/* A thread's elements: whole blocks, so that shares start where vectors are aligned. */
typedef struct share {
    size_t first, end;
} share;

static share share_of_thread(size_t count) {
    const size_t blocks = count / BLOCK + (count % BLOCK != 0 ? 1 : 0);
    const size_t threads = (size_t)omp_get_num_threads(), me = (size_t)omp_get_thread_num();
    return (share){gf_smaller_size(count, blocks * me / threads * BLOCK),
                   gf_smaller_size(count, blocks * (me + 1) / threads * BLOCK)};
}

enum { THROUGH_CACHES = 1, PAST_CACHES };

#define TYPE    gf_real
#define VECTOR  reals
#define NAME(f) f##_of_reals
#ifdef VECTOR_BYTES
#define MULTIPLY_ADD(x, a, b) gf_vec_fma(x, a, b)
#define STREAM(to, x)         gf_vec_stream(to, x)
#define FENCE()               gf_stream_fence()
#else
#define MULTIPLY_ADD(x, a, b) ((x) * (a) + (b))
#define STREAM(to, x)         memcpy(to, &(x), sizeof(x))
#define FENCE()               ((void)0)
#endif
#include "peak_template.h"

#define TYPE                  word
#define VECTOR                words
#define NAME(f)               f##_of_words
#define MULTIPLY_ADD(x, a, b) ((x) * (a) + (b))
#define STREAM(to, x)         memcpy(to, &(x), sizeof(x))
#define FENCE()               ((void)0)
#include "peak_template.h"

/* ---- Reads ------------------------------------------------------------- */

/* Adds blocks of 8 vectors to as many sums: one sum would wait for the latency of its additions. */
#define SUMS      8
#define SUMMANDS  (sizeof(summands) / sizeof(uint32_t))
#define SUM_BLOCK (SUMS * SUMMANDS)

static uint32_t add_words(const uint32_t *words32, size_t count) {
    summands sums[SUMS] = {0};
    size_t i = 0;
    for (; i + SUM_BLOCK <= count; i += SUM_BLOCK) {
        GF_EACH(k, SUMS) {
            summands x;
            memcpy(&x, words32 + i + k * SUMMANDS, sizeof x);
            sums[k] += x;
        }
    }
    uint32_t lanes[SUM_BLOCK], sum = 0;
    memcpy(lanes, sums, sizeof lanes);
    for (size_t lane = 0; lane < SUM_BLOCK; lane++)
        sum += lanes[lane];
    for (; i < count; i++)
        sum += words32[i];
    return sum;
}

/* One thread's share, again and again. For all the compiler knows, memory changes between two
 * steps, so it can't leave any out. */
static uint32_t read_share(const gf_kernel_args *args, share own) {
    const size_t width = sizeof(gf_real) / sizeof(uint32_t);
    const uint32_t *const words32 = args->buffers[0];
    uint32_t sum = 0;
    for (uint64_t step = 0; step < args->step_count && !gf_kernel_cancelled(args); step++) {
        for (size_t i = own.first; i < own.end && !gf_kernel_cancelled(args); i += COPIED_CHUNK)
            sum +=
                add_words(words32 + i * width, gf_smaller_size(COPIED_CHUNK, own.end - i) * width);
        __asm__ volatile("" ::: "memory");
    }
    return sum;
}

static void read_all(const gf_kernel_args *args) {
    const size_t count = gf_arg_u32(args, "count");
    uint32_t sum = 0, before = 0;
#pragma omp parallel num_threads((int)args->thread_count) reduction(+ : sum)
    sum += read_share(args, share_of_thread(count));
    memcpy(&before, args->buffers[1], sizeof before);
    sum += before;
    memcpy(args->buffers[1], &sum, sizeof sum);
}

/* ---- The entry --------------------------------------------------------- */

static const char *const names[] = {"a", "b", "c", "d"};

uint32_t GF_KERNEL(peak)(const gf_kernel_args *args) {
    assert(args->buffer_count == 2 && args->thread_count >= 1);
    if (gf_arg_u32(args, "reads") != 0) {
        read_all(args);
        return 0;
    }
    if (gf_arg_u32(args, "integer") != 0) {
        word factors[4];
        for (size_t i = 0; i < 4; i++)
            factors[i] = ARG_WORD(args, names[i]);
        run_steps_of_words(args, factors);
    } else {
        gf_real factors[4];
        for (size_t i = 0; i < 4; i++)
            factors[i] = (gf_real)gf_arg_f64(args, names[i]);
        run_steps_of_reals(args, factors);
    }
    return (uint32_t)(args->step_count % 2);
}
