/* Peak rates of copies, reads and arithmetic. A launch of the naive, vector and streamed kernels is
 * one step, which moves every element from `data` to `next` and updates it `rounds` times:
 * x = x * a + b, then x = x * c + d. The persistent kernels do all `steps` of a launch: copies
 * without rounds, or reads, each of which adds all words of `data` to `sum`. cpu/peak.c has the
 * whole definition, and why a fused multiplication and addition gives the same bits.
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
                       uint count, uint rounds, uint reads, uint integer, element_arg a,
                       element_arg b, element_arg c, element_arg d, uint steps) {
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
                     uint count, uint rounds, uint reads, uint integer, element_arg a,             \
                     element_arg b, element_arg c, element_arg d, uint steps) {                    \
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

/* The vectors of a work-group: a share without gaps, of which each work-item takes every
 * get_local_size-th. */
static ulong share_start(ulong vectors, size_t group) {
    return vectors * group / get_num_groups(0);
}

/* Copies of all steps, and without rounds. The array may change hands at every barrier, so that no
 * copy can be left out. An even number of steps has one more: each launch has to end in `next`. */
kernel void peak_persistent(global element *data, global element *next, uint count, uint rounds,
                            uint reads, uint integer, element_arg a, element_arg b, element_arg c,
                            element_arg d, uint steps) {
    const ulong vectors = count / GF_WIDTH;
    const ulong start = share_start(vectors, get_group_id(0)) + get_local_id(0);
    const ulong end = share_start(vectors, get_group_id(0) + 1);
    global element *from = data, *to = next;
    for (uint step = 0; step < (steps | 1); step++) {
        for (ulong i = start; i < end; i += get_local_size(0))
            GF_STORE_N(GF_LOAD_N(i, from), i, to);
        if (get_global_id(0) == 0) {
            for (ulong i = vectors * GF_WIDTH; i < count; i++)
                to[i] = from[i];
        }
        barrier(CLK_GLOBAL_MEM_FENCE);
        global element *const other = from;
        from = to;
        to = other;
    }
}

/* Vectors of words, as long as those of elements where OpenCL C has them. */
#define WORDS (sizeof(element) / sizeof(uint))
#if GF_REAL_BITS == 32
#define SUMMANDS GF_WIDTH
#elif GF_WIDTH == 2
#define SUMMANDS 4
#elif GF_WIDTH == 4
#define SUMMANDS 8
#else
#define SUMMANDS 16
#endif
typedef GF_JOIN(uint, SUMMANDS) summands;
#define LOAD_SUMMANDS GF_JOIN(vload, SUMMANDS)
#define ADD(k)        sums##k += LOAD_SUMMANDS(i + k * get_local_size(0), words);
#define DECLARE(k)    summands sums##k = 0;
#define UNITE(k)      lanes += sums##k;

static uint sum_of_lanes(summands lanes) {
    union {
        summands vector;
        uint lane[SUMMANDS];
    } all = {.vector = lanes};
    uint sum = 0;
    for (uint i = 0; i < SUMMANDS; i++)
        sum += all.lane[i];
    return sum;
}

/* Adds all words, modulo 2^32, in each step. Other work-items may write between two steps, for all
 * that a compiler knows, so that none can be left out. */
kernel void peak_read(global element *data, global uint *sum, uint count, uint rounds, uint reads,
                      uint integer, element_arg a, element_arg b, element_arg c, element_arg d,
                      uint steps) {
    global uint *const words = (global uint *)data;
    const ulong vectors = count * (ulong)WORDS / SUMMANDS;
    const ulong start = share_start(vectors, get_group_id(0)) + get_local_id(0);
    const ulong end = share_start(vectors, get_group_id(0) + 1);
    const ulong stride = CHAINS * get_local_size(0);
    local uint group_sum;
    uint rest = 0;
    EACH(DECLARE)
    if (get_local_id(0) == 0)
        group_sum = 0;
    for (uint step = 0; step < steps; step++) {
        ulong i = start;
        for (; i + (CHAINS - 1) * get_local_size(0) < end; i += stride) {
            EACH(ADD)
        }
        for (; i < end; i += get_local_size(0))
            sums0 += LOAD_SUMMANDS(i, words);
        if (get_global_id(0) == 0) {
            for (ulong k = vectors * SUMMANDS; k < count * (ulong)WORDS; k++)
                rest += words[k];
        }
        barrier(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);
    }
    summands lanes = 0;
    EACH(UNITE)
    atomic_add(&group_sum, sum_of_lanes(lanes) + rest);
    barrier(CLK_LOCAL_MEM_FENCE);
    if (get_local_id(0) == 0)
        atomic_add(sum, group_sum);
}
#endif
