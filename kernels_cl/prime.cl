/* Trial division: for each block of 256 candidates the smallest that divides the number, or 0.
 * Candidate 0 is 2 and candidate 1 is 3; from there on candidate i is 3i - 1 - (i & 1), which is 5,
 * 7, 11, 13 ...: the numbers 6k-1 and 6k+1.
 *
 * Further definitions, from the plan of host/workloads/prime.c, for the vector variant:
 *   GF_LONG_VECTOR  4 or 8: lanes of a vector of doubles
 *   GF_RUN          blocks that one work-item searches
 *   GF_WIDE         1: the number is 2^53 or more
 */
#define BLOCK 256

#define GF_ARGUMENTS                                                                               \
    global uint *restrict divisors, ulong number, uint candidates, uint first_block, uint blocks

static uint candidate(uint index) {
    return index < 2 ? 2 + index : 3 * index - 1 - (index & 1);
}

/* The smallest divisor among candidates first to end - 1, or 0. */
static uint smallest_divisor(ulong number, uint candidates, uint first, uint end) {
    for (uint i = first; i < min(end, candidates); i++) {
        const uint divisor = candidate(i);
        if (number % divisor == 0)
            return divisor;
    }
    return 0;
}

/* One work-item per block. */
kernel void prime_naive(GF_ARGUMENTS) {
    const uint block = (uint)get_global_id(0);
    if (block >= blocks)
        return;
    const uint first = (first_block + block) * BLOCK;
    divisors[block] = smallest_divisor(number, candidates, first, first + BLOCK);
}

#ifdef GF_LONG_VECTOR
/* ---- Vectors of exact f64, for CPUs ---------------------------------------
 *
 * Operation for operation the filter of cpu/prime.c, which says why it misses no divisor: fma and
 * division on f64 are correctly rounded (OpenCL C 1.2, 7.4). */
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

#define GROUP     (4 * GF_LONG_VECTOR) /* four vectors in flight hide latencies */
#define STEP      (3.0 * GROUP)
#define LOW_BITS  21
#define LOW_SIZE  2097152.0             /* 2^21 */
#define ROUNDER   6755399441055744.0    /* 1.5 2^52 */
#define ROUNDING  2.220446049250313e-16 /* 2^-52 */
#define MAX_ERROR 0.25

typedef GF_JOIN(double, GF_LONG_VECTOR) double_n;
typedef GF_JOIN(long, GF_LONG_VECTOR) long_n;

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

/* One function for each way to the next group, so that the loop does not choose the way. */
#define GF_DEFINE_SEARCH(name, next)                                                               \
    static void name(global uint *divisors, ulong number, uint candidates, uint first_block,       \
                     uint run, uint end) {                                                         \
        lanes l0, l1, l2, l3;                                                                      \
        bool lost = true; /* the lanes are not the next group */                                   \
        for (uint block = run; block < end; block++) {                                             \
            const uint first = (first_block + block) * BLOCK;                                      \
            uint divisor = 0;                                                                      \
            if (lost) {                                                                            \
                l0 = start_lanes(first);                                                           \
                l1 = start_lanes(first + GF_LONG_VECTOR);                                          \
                l2 = start_lanes(first + 2 * GF_LONG_VECTOR);                                      \
                l3 = start_lanes(first + 3 * GF_LONG_VECTOR);                                      \
            }                                                                                      \
            for (uint i = first; i < first + BLOCK && divisor == 0; i += GROUP) {                  \
                if (any_lane(may_divide(number, &l0) | may_divide(number, &l1) |                   \
                             may_divide(number, &l2) | may_divide(number, &l3)))                   \
                    divisor = smallest_divisor(number, candidates, i, i + GROUP);                  \
                next(&l0);                                                                         \
                next(&l1);                                                                         \
                next(&l2);                                                                         \
                next(&l3);                                                                         \
            }                                                                                      \
            divisors[block] = divisor;                                                             \
            lost = divisor != 0;                                                                   \
        }                                                                                          \
    }
GF_DEFINE_SEARCH(search_by_division, next_by_division)
GF_DEFINE_SEARCH(search_by_one_step, next_by_one_step)
GF_DEFINE_SEARCH(search_by_two_steps, next_by_two_steps)

/* The number of Newton steps that suffice from candidate `first` on; 0: a division is needed. */
static int choose_steps(ulong number, uint first) {
    const double d = candidate(first);
    const double e = 1.25 * STEP / d;
#if GF_WIDE
    const double quotient = max((double)(number >> LOW_BITS) / d, LOW_SIZE);
#else
    const double quotient = (double)number / d;
#endif
    if (quotient * (e * e + ROUNDING) < MAX_ERROR)
        return 1;
    return quotient * (e * e * e * e + ROUNDING) < MAX_ERROR ? 2 : 0;
}

/* One work-item per run of blocks. */
kernel void prime_vector(GF_ARGUMENTS) {
    uint run = (uint)get_global_id(0) * GF_RUN;
    const uint end = min(run + GF_RUN, blocks);
    if (run >= blocks)
        return;
    if (first_block + run == 0) {
        divisors[0] = smallest_divisor(number, candidates, 0, BLOCK);
        run++;
    }
    const int steps = choose_steps(number, (first_block + run) * BLOCK);
    if (steps == 1)
        search_by_one_step(divisors, number, candidates, first_block, run, end);
    else if (steps == 2)
        search_by_two_steps(divisors, number, candidates, first_block, run, end);
    else
        search_by_division(divisors, number, candidates, first_block, run, end);
}
#endif
