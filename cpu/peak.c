/* Copies with arithmetic on the way: each step moves every element from one array of the pair to
 * the other, and makes of it, `rounds` times,
 *
 *   x = x * a + b; x = x * c + d      with every operation rounded once, or modulo 2^bits
 *
 * Each element is a chain of operations that wait for one another, so a register's worth of chains
 * is done at a time: enough to hide the latencies of a multiplication and an addition (4 cycles
 * each at most in present vector units, of which a core has two).
 *
 * buffers: data (inout) and next, the ping-pong pair
 * scalars: u32 count, of elements; u32 rounds; u32 integer, 1: elements are unsigned integers as
 *          wide as a real; a, b, c, d, of the elements' kind
 */
#include "kernel.h"

#if GF_REAL_BITS == 64
typedef uint64_t word;
#else
typedef uint32_t word;
#endif

/* Chains are limited by registers: 32 of AVX-512 and NEON, 16 of AVX2, four of which hold a to d.
 */
#if GF_TARGET_SCALAR
#define CHAINS 8
#define LANES  1
typedef gf_real reals;
typedef word words;
#else
#if GF_TARGET_AVX512
#define CHAINS       16
#define VECTOR_BYTES 64
#elif GF_TARGET_AVX2
#define CHAINS       12
#define VECTOR_BYTES 32
#else
#define CHAINS       16
#define VECTOR_BYTES 16
#endif
#define LANES (VECTOR_BYTES * 8 / GF_REAL_BITS)
typedef gf_real reals __attribute__((vector_size(VECTOR_BYTES)));
typedef word words __attribute__((vector_size(VECTOR_BYTES)));
#endif

#define BLOCK        ((size_t)CHAINS * LANES)
#define CHUNK_BLOCKS 8 /* between two looks at the cancel flag */
#define CHUNK        (BLOCK * CHUNK_BLOCKS)

#define EACH_CHAIN _Pragma("GCC unroll 16") for (size_t k = 0; k < CHAINS; k++)

/* update_NAMEs: one block, whole. spread: a number in every lane. */
#define DEFINE_UPDATE(name, type, vector)                                                          \
    static inline vector spread_##name(type number) {                                              \
        type lanes[LANES];                                                                         \
        vector made;                                                                               \
        for (size_t i = 0; i < LANES; i++)                                                         \
            lanes[i] = number;                                                                     \
        memcpy(&made, lanes, sizeof made);                                                         \
        return made;                                                                               \
    }                                                                                              \
                                                                                                   \
    static inline void update_##name(const type *from, type *to, uint32_t rounds,                  \
                                     const type factors[4]) {                                      \
        const vector a = spread_##name(factors[0]), b = spread_##name(factors[1]);                 \
        const vector c = spread_##name(factors[2]), d = spread_##name(factors[3]);                 \
        vector x[CHAINS];                                                                          \
        EACH_CHAIN memcpy(&x[k], from + k * LANES, sizeof x[k]);                                   \
        for (uint32_t r = 0; r < rounds; r++) {                                                    \
            EACH_CHAIN x[k] = x[k] * a + b;                                                        \
            EACH_CHAIN x[k] = x[k] * c + d;                                                        \
        }                                                                                          \
        EACH_CHAIN memcpy(to + k * LANES, &x[k], sizeof x[k]);                                     \
    }                                                                                              \
                                                                                                   \
    static void update_chunk_##name(const type *restrict from, type *restrict to, size_t count,    \
                                    uint32_t rounds, const type factors[4]) {                      \
        size_t i = 0;                                                                              \
        for (; i + BLOCK <= count; i += BLOCK)                                                     \
            update_##name(from + i, to + i, rounds, factors);                                      \
        if (i == count)                                                                            \
            return;                                                                                \
        type rest[BLOCK] = {0};                                                                    \
        memcpy(rest, from + i, (count - i) * sizeof rest[0]);                                      \
        update_##name(rest, rest, rounds, factors);                                                \
        memcpy(to + i, rest, (count - i) * sizeof rest[0]);                                        \
    }                                                                                              \
                                                                                                   \
    /* Every step gives a thread the chunks that it had before (OpenMP 5.0, 2.9.2): nobody needs   \
     * to wait for the others between two steps. */                                                \
    static void run_##name(const gf_kernel_args *args, const type factors[4]) {                    \
        type *const pair[2] = {args->buffers[0], args->buffers[1]};                                \
        const size_t count = gf_arg_u32(args, "count");                                            \
        const size_t chunks = count / CHUNK + (count % CHUNK != 0 ? 1 : 0);                        \
        const uint32_t rounds = gf_arg_u32(args, "rounds");                                        \
        _Pragma("omp parallel num_threads((int)args->thread_count)") for (uint64_t step = 0;       \
                                                                          step < args->step_count; \
                                                                          step++) {                \
            _Pragma("omp for schedule(static) nowait") for (size_t chunk = 0; chunk < chunks;      \
                                                            chunk++) {                             \
                const size_t first = chunk * CHUNK, left = count - first;                          \
                if (!gf_kernel_cancelled(args))                                                    \
                    update_chunk_##name(pair[step % 2] + first, pair[(step + 1) % 2] + first,      \
                                        left < CHUNK ? left : CHUNK, rounds, factors);             \
            }                                                                                      \
        }                                                                                          \
    }

DEFINE_UPDATE(real, gf_real, reals)
DEFINE_UPDATE(word, word, words)

static const char *const names[] = {"a", "b", "c", "d"};

uint32_t GF_KERNEL(peak)(const gf_kernel_args *args) {
    assert(args->buffer_count == 2 && args->thread_count >= 1);
    if (gf_arg_u32(args, "integer") != 0) {
        word factors[4];
        for (size_t i = 0; i < 4; i++) {
#if GF_REAL_BITS == 64
            factors[i] = gf_arg_u64(args, names[i]);
#else
            factors[i] = gf_arg_u32(args, names[i]);
#endif
        }
        run_word(args, factors);
    } else {
        gf_real factors[4];
        for (size_t i = 0; i < 4; i++)
            factors[i] = (gf_real)gf_arg_f64(args, names[i]);
        run_real(args, factors);
    }
    return (uint32_t)(args->step_count % 2);
}
