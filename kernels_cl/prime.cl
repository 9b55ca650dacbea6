/* Trial division: the smallest of the candidates that divides a number, or 0. Candidate 0 is 2 and
 * candidate 1 is 3; from there on candidate i is 3i - 1 - (i & 1), which is 5, 7, 11, 13 ...: the
 * numbers 6k-1 and 6k+1.
 *
 * Work-groups take blocks of 256 candidates in ascending order until none are left. Once a divisor
 * is known, nothing is taken any more, because all that is left is larger; what was taken before is
 * searched. So the result is the smallest one, whichever work-group is first.
 *
 * The words of `search`, both 0 at first: the smallest divisor, and the blocks that were handed
 * out, which are all of them at the end.
 *
 * Further definitions, from the plans of host/workloads/prime.c:
 *   GF_BLOCKS       blocks that a work-group takes at a time
 *   GF_GROUP        naive, reciprocals: work-items of a group
 *   GF_RECIPROCALS  1: reciprocals
 *   GF_LONG_VECTOR  vector: 4 or 8, the lanes of a vector of doubles
 *   GF_WIDE         vector, reciprocals: 1 if the number is 2^53 or more
 */
#define BLOCK 256

#define GF_ARGUMENTS                                                                               \
    global volatile uint *search, ulong number, uint candidates, uint first_block, uint blocks

static uint candidate(uint index) {
    return index < 2 ? 2 + index : 3 * index - 1 - (index & 1);
}

static void note_divisor(global volatile uint *search, uint divisor) {
    uint known = 0;
    while (known == 0 || divisor < known) {
        const uint before = atomic_cmpxchg(&search[0], known, divisor);
        if (before == known)
            return;
        known = before;
    }
}

/* Returns the first of GF_BLOCKS blocks that only the caller searches; `blocks` at the end. Who
 * gets that lowers the count to `blocks`, which it then has whatever the order: each addition that
 * raises it further comes before such a minimum. A read is atomic, too: it must not be of a cache
 * that only some work-groups share. */
static uint take_blocks(global volatile uint *search, uint blocks) {
    if (atomic_or(&search[0], 0u) != 0)
        atomic_max(&search[1], blocks);
    const uint first = atomic_add(&search[1], (uint)GF_BLOCKS);
    if (first < blocks)
        return first;
    atomic_min(&search[1], blocks);
    return blocks;
}

/* The end of the candidates of the blocks taken at `run`. */
static uint end_of(uint run, uint candidates, uint first_block, uint blocks) {
    return min((first_block + min(run + GF_BLOCKS, blocks)) * BLOCK, candidates);
}

#if defined(GF_RECIPROCALS) || defined(GF_LONG_VECTOR)
/* ---- Exact f64 in place of integer remainders ------------------------------
 *
 * Operation for operation the filter of cpu/prime.c, which says why it misses no divisor: fma and
 * division on f64 are correctly rounded (OpenCL C 1.2, 7.4). Reciprocals of one candidate are made
 * from those of the last one, STEP before it, by Newton steps. */
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

#ifdef GF_RECIPROCALS
#define STEP (3.0 * GF_GROUP)
#else
#define GROUP (4 * GF_LONG_VECTOR) /* four vectors in flight hide latencies */
#define STEP  (3.0 * GROUP)
#endif
#define LOW_BITS  21
#define LOW_SIZE  2097152.0             /* 2^21 */
#define ROUNDER   6755399441055744.0    /* 1.5 2^52 */
#define ROUNDING  2.220446049250313e-16 /* 2^-52 */
#define MAX_ERROR 0.25

/* The number of Newton steps that suffice from candidate `first` on; 0: a division is needed. */
static int choose_steps(ulong number, uint first) {
    const double d = candidate(first);
    const double e = 1.25 * STEP / d;
#if GF_WIDE
    const double of_high = (double)(number >> LOW_BITS) / d;
    const double quotient = of_high > LOW_SIZE ? of_high : LOW_SIZE;
#else
    const double quotient = (double)number / d;
#endif
    if (quotient * (e * e + ROUNDING) < MAX_ERROR)
        return 1;
    return quotient * (e * e * e * e + ROUNDING) < MAX_ERROR ? 2 : 0;
}
#endif

#ifdef GF_GROUP
/* For all of a group; neighbours then divide by neighbouring candidates. `taken` is one word for
 * the group. */
static inline __attribute__((always_inline)) uint
take_together(global volatile uint *search, uint blocks, local uint *taken, uint lane) {
    if (lane == 0)
        *taken = take_blocks(search, blocks);
    barrier(CLK_LOCAL_MEM_FENCE);
    const uint run = *taken;
    barrier(CLK_LOCAL_MEM_FENCE); /* it is written again when all have read it */
    return run;
}

#ifdef GF_RECIPROCALS
/* GPUs have no integer division: a 64-bit remainder takes about a hundred instructions. */

static double newton_step(double d, double x) {
    return fma(x, fma(-d, x, 1.0), x);
}

static double remainder_of(double m, double d, double x) {
    return fma(fma(m, x, ROUNDER) - ROUNDER, -d, m);
}

/* Whether d divides high, or in wide arithmetic high LOW_SIZE + low. */
static int divides(double d, double x, double high, double low) {
#if GF_WIDE
    return remainder_of(fma(remainder_of(high, d, x), LOW_SIZE, low), d, x) == 0;
#else
    return remainder_of(high, d, x) == 0;
#endif
}

/* The smallest divisor among every GF_GROUP-th candidate from `first` to end - 1, or 0. These are
 * equally far apart, unless they are in the first block: all are at even places or all at odd ones.
 * Nothing else than a divisor has the remainder 0. */
#define GF_DEFINE_FIND(name, next_x)                                                               \
    static inline __attribute__((always_inline)) uint name(double high, double low, uint first,    \
                                                           uint end) {                             \
        double d = candidate(first), x = 1.0 / d;                                                  \
        for (uint i = first; i < end; i += GF_GROUP) {                                             \
            if (divides(d, x, high, low))                                                          \
                return candidate(i);                                                               \
            d += STEP;                                                                             \
            x = next_x;                                                                            \
        }                                                                                          \
        return 0;                                                                                  \
    }
GF_DEFINE_FIND(find_by_division, 1.0 / d)
GF_DEFINE_FIND(find_by_one_step, newton_step(d, x))
GF_DEFINE_FIND(find_by_two_steps, newton_step(d, newton_step(d, x)))

static uint find_divisor(ulong number, uint first, uint end) {
#if GF_WIDE
    const double high = (double)(number >> LOW_BITS);
    const double low = (double)(number & ((1UL << LOW_BITS) - 1));
#else
    const double high = (double)number, low = 0;
#endif
    for (; first < min(end, (uint)BLOCK); first += GF_GROUP) {
        if (number % candidate(first) == 0)
            return candidate(first);
    }
    /* Of the whole group, so that all take the same way. */
    const int steps = choose_steps(number, first / BLOCK * BLOCK);
    if (steps == 1)
        return find_by_one_step(high, low, first, end);
    if (steps == 2)
        return find_by_two_steps(high, low, first, end);
    return find_by_division(high, low, first, end);
}

kernel __attribute__((reqd_work_group_size(GF_GROUP, 1, 1))) void prime_reciprocals(GF_ARGUMENTS) {
    local uint taken;
    const uint lane = (uint)get_local_id(0);
    uint run = 0;
    while (run < blocks) {
        run = take_together(search, blocks, &taken, lane);
        if (run < blocks) {
            const uint end = end_of(run, candidates, first_block, blocks);
            const uint divisor = find_divisor(number, (first_block + run) * BLOCK + lane, end);
            if (divisor != 0)
                note_divisor(search, divisor);
        }
    }
}
#else
kernel __attribute__((reqd_work_group_size(GF_GROUP, 1, 1))) void prime_naive(GF_ARGUMENTS) {
    local uint taken;
    const uint lane = (uint)get_local_id(0);
    uint run = 0;
    while (run < blocks) {
        run = take_together(search, blocks, &taken, lane);
        const uint end = run < blocks ? end_of(run, candidates, first_block, blocks) : 0;
        for (uint i = (first_block + run) * BLOCK + lane; i < end; i += GF_GROUP) {
            if (number % candidate(i) == 0) {
                note_divisor(search, candidate(i));
                break;
            }
        }
    }
}
#endif
#endif

#ifdef GF_LONG_VECTOR
/* ---- Vectors, for CPUs ------------------------------------------------- */

typedef GF_JOIN(double, GF_LONG_VECTOR) double_n;
typedef GF_JOIN(long, GF_LONG_VECTOR) long_n;

/* The smallest divisor among candidates first to end - 1, or 0. */
static uint smallest_divisor(ulong number, uint candidates, uint first, uint end) {
    for (uint i = first; i < min(end, candidates); i++) {
        const uint divisor = candidate(i);
        if (number % divisor == 0)
            return divisor;
    }
    return 0;
}

/* One vector of candidates: their negatives and their reciprocals. */
typedef struct {
    double_n minus_d, x;
} lanes;

static lanes start_lanes(uint first) {
    double d[GF_LONG_VECTOR];
    for (uint i = 0; i < GF_LONG_VECTOR; i++)
        d[i] = candidate(first + i);
    const double_n here = GF_JOIN(vload, GF_LONG_VECTOR)(0, d);
    lanes l;
    l.minus_d = -here;
    l.x = 1.0 / here;
    return l;
}

static void newton_step(lanes *l) {
    const double_n e = fma(l->minus_d, l->x, (double_n)1);
    l->x = fma(l->x, e, l->x);
}

static void next_by_division(lanes *l) {
    l->minus_d -= STEP;
    l->x = -1.0 / l->minus_d;
}

static void next_by_one_step(lanes *l) {
    l->minus_d -= STEP;
    newton_step(l);
}

static void next_by_two_steps(lanes *l) {
    next_by_one_step(l);
    newton_step(l);
}

static double_n remainder_of(double_n m, const lanes *l) {
    return fma(fma(m, l->x, (double_n)ROUNDER) - ROUNDER, l->minus_d, m);
}

/* All bits set in the lanes whose candidate may divide the number. */
static long_n may_divide(ulong number, const lanes *l) {
#if GF_WIDE
    const double_n high = (double)(number >> LOW_BITS);
    const double_n low = (double)(number & ((1UL << LOW_BITS) - 1));
    const double_n m = fma(remainder_of(high, l), (double_n)LOW_SIZE, low);
#else
    const double_n m = (double)number;
#endif
    return remainder_of(m, l) == 0;
}

/* Halves the vector until one lane remains, because some compilers compute `any` lane by lane. */
static long any_lane(long_n hits) {
#if GF_LONG_VECTOR == 8
    const long4 halves = hits.lo | hits.hi;
#else
    const long4 halves = hits;
#endif
    const long2 quarters = halves.lo | halves.hi;
    return quarters.x | quarters.y;
}

/* Each returns the smallest divisor among candidates first to end - 1, or 0. One function for each
 * way to the next group, so that the loop does not choose the way. */
#define GF_DEFINE_SEARCH(name, next)                                                               \
    static uint name(ulong number, uint candidates, uint first, uint end) {                        \
        lanes l0 = start_lanes(first);                                                             \
        lanes l1 = start_lanes(first + GF_LONG_VECTOR);                                            \
        lanes l2 = start_lanes(first + 2 * GF_LONG_VECTOR);                                        \
        lanes l3 = start_lanes(first + 3 * GF_LONG_VECTOR);                                        \
        for (uint i = first; i < end; i += GROUP) {                                                \
            if (any_lane(may_divide(number, &l0) | may_divide(number, &l1) |                       \
                         may_divide(number, &l2) | may_divide(number, &l3))) {                     \
                const uint divisor = smallest_divisor(number, candidates, i, i + GROUP);           \
                if (divisor != 0)                                                                  \
                    return divisor;                                                                \
            }                                                                                      \
            next(&l0);                                                                             \
            next(&l1);                                                                             \
            next(&l2);                                                                             \
            next(&l3);                                                                             \
        }                                                                                          \
        return 0;                                                                                  \
    }
GF_DEFINE_SEARCH(search_by_division, next_by_division)
GF_DEFINE_SEARCH(search_by_one_step, next_by_one_step)
GF_DEFINE_SEARCH(search_by_two_steps, next_by_two_steps)

/* The very first block is searched without vectors, because 2 and 3 break its order and its
 * reciprocals are too far apart. */
static uint search_candidates(ulong number, uint candidates, uint first, uint end) {
    if (first == 0) {
        const uint divisor = smallest_divisor(number, candidates, 0, BLOCK);
        if (divisor != 0 || end <= BLOCK)
            return divisor;
        first = BLOCK;
    }
    const int steps = choose_steps(number, first);
    if (steps == 1)
        return search_by_one_step(number, candidates, first, end);
    if (steps == 2)
        return search_by_two_steps(number, candidates, first, end);
    return search_by_division(number, candidates, first, end);
}

kernel void prime_vector(GF_ARGUMENTS) {
    for (uint run = take_blocks(search, blocks); run < blocks; run = take_blocks(search, blocks)) {
        const uint end = end_of(run, candidates, first_block, blocks);
        const uint divisor =
            search_candidates(number, candidates, (first_block + run) * BLOCK, end);
        if (divisor != 0)
            note_divisor(search, divisor);
    }
}
#endif
