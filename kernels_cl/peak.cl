/* Peak rates of copies and arithmetic. One launch is one step, which moves every element from
 * `data` to `next` and updates it `rounds` times: x = x * a + b, then x = x * c + d. cpu/peak.c has
 * the whole definition, and why a fused multiplication and addition gives the same bits.
 *
 * The host defines GF_INTEGER as 1 where elements are unsigned integers as wide as a real.
 */
#if GF_INTEGER
typedef GF_JOIN(u, GF_BITS) element;
typedef element element_arg;
#define VALUE(argument) (argument)
#ifdef GF_WIDTH
typedef GF_JOIN(GF_JOIN(u, GF_BITS), GF_WIDTH) element_n;
#endif
#else
typedef real element;
typedef real_arg element_arg;
#define VALUE(argument) GF_VALUE(argument)
#ifdef GF_WIDTH
typedef real_n element_n;
#endif
#endif

#if defined(GF_FAST_FMA) && !GF_INTEGER
#define MULTIPLY_ADD(x, a, b) fma(x, a, b)
#else
#define MULTIPLY_ADD(x, a, b) ((x) * (a) + (b))
#endif

/* One work-item per element: on a GPU the many items of a group hide the latencies. */
kernel void peak_naive(global const element *restrict data, global element *restrict next,
                       uint count, uint rounds, uint integer, element_arg a, element_arg b,
                       element_arg c, element_arg d, uint steps) {
    const size_t i = get_global_id(0);
    if (i >= count)
        return;
    element x = data[i];
    for (uint r = 0; r < rounds; r++) {
        x = MULTIPLY_ADD(x, VALUE(a), VALUE(b));
        x = MULTIPLY_ADD(x, VALUE(c), VALUE(d));
    }
    next[i] = x;
}

#ifdef GF_WIDTH
#define CHAINS   8
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)
#define LOAD(k)  element_n x##k = GF_LOAD_N(k, from);
#define FIRST(k) x##k = MULTIPLY_ADD(x##k, (element_n)VALUE(a), (element_n)VALUE(b));
#define THEN(k)  x##k = MULTIPLY_ADD(x##k, (element_n)VALUE(c), (element_n)VALUE(d));
#define STORE(k) GF_STORE_N(x##k, k, to);

/* Stores past the caches, where the compiler offers it: then the lines that are overwritten need
 * not be read. */
#if defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store)
#define STREAM(k) __builtin_nontemporal_store(x##k, (global element_n *)to + k);
#endif
#endif
#ifndef STREAM
#define STREAM(k) STORE(k)
#endif

/* One work-item per 8 vectors: on a CPU these chains hide the latencies. */
#define PEAK_VECTOR(name, PUT)                                                                     \
    kernel void name(global const element *restrict data, global element *restrict next,           \
                     uint count, uint rounds, uint integer, element_arg a, element_arg b,          \
                     element_arg c, element_arg d, uint steps) {                                   \
        const size_t first = get_global_id(0) * (CHAINS * GF_WIDTH);                               \
        if (first >= count)                                                                        \
            return;                                                                                \
        if (count - first >= CHAINS * GF_WIDTH) {                                                  \
            global const element *const from = data + first;                                       \
            global element *const to = next + first;                                               \
            EACH(LOAD)                                                                             \
            for (uint r = 0; r < rounds; r++) {                                                    \
                EACH(FIRST)                                                                        \
                EACH(THEN)                                                                         \
            }                                                                                      \
            EACH(PUT)                                                                              \
            return;                                                                                \
        }                                                                                          \
        for (size_t i = first; i < count; i++) {                                                   \
            element x = data[i];                                                                   \
            for (uint r = 0; r < rounds; r++) {                                                    \
                x = MULTIPLY_ADD(x, VALUE(a), VALUE(b));                                           \
                x = MULTIPLY_ADD(x, VALUE(c), VALUE(d));                                           \
            }                                                                                      \
            next[i] = x;                                                                           \
        }                                                                                          \
    }

PEAK_VECTOR(peak_vector, STORE)
PEAK_VECTOR(peak_streamed, STREAM)
#endif
