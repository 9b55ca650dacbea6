/* Peak rates of copies and arithmetic: each step moves every element from one array of the pair to
 * the other and updates it `rounds` times,
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
 * buffers: data (inout) and next, the ping-pong pair
 * scalars: u32 count, of elements; u32 rounds; u32 integer, 1: elements are unsigned integers as
 *          wide as a real; a, b, c, d, of the elements' kind
 * tuning:  streaming-stores, 2: reals are stored past the caches
 */
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
#else
typedef gf_real reals;
typedef word words;
#endif
#define LANES (sizeof(reals) / sizeof(gf_real))

#define BLOCK        ((size_t)CHAINS * LANES)
#define CHUNK_BLOCKS 8 /* between two looks at the cancel flag */
#define CHUNK        (BLOCK * CHUNK_BLOCKS)

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

static const char *const names[] = {"a", "b", "c", "d"};

uint32_t GF_KERNEL(peak)(const gf_kernel_args *args) {
    assert(args->buffer_count == 2 && args->thread_count >= 1);
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
