/* Trial division (prime_blocks.h), many divisors at once.
 *
 * Vectors sieve out nearly all candidates; the remaining ones are divided exactly. So the sieve may
 * let through too many candidates, but must not miss a divisor.
 *
 * For a dividend m and a candidate d, both whole numbers that a double holds, let x be about 1/d
 * and q the whole number nearest to m x; then r = m - q d. If d divides m and m x is less than 1/2
 * away from m/d, then q = m/d and r = 0. fma(m, x, ROUNDER) - ROUNDER is that q, and fma(q, -d, m)
 * that r, which is exact because it is a whole number below 2^53; nothing else is rounded.
 *
 * Numbers from 2^53 on are split into high 2^21 + low. With r = high - q d as above, |r| is little
 * more than d/2 < 2^31, and m = r 2^21 + low is congruent to the number modulo d and below 2^53.
 *
 * x is kept from group to group: for the next d, Newton's step x (1 + e) with e = 1 - d x squares
 * the relative error, which comes from the move by one group, step/d, and from the previous error.
 * Two steps raise it to the 4th power. With step/d <= 96/767, e stays below 1.25 step/d; x itself
 * is rounded to 2^-53. For each run of blocks choose_method decides whether that is close enough or
 * a division is needed.
 */
#include "prime_blocks.h"

#if GF_REAL_BITS == 32 /* not called: whole numbers are computed where reals have 64 bits */
#include "prime_scalar.c"
#else
#include "simd.h"

#define VECTORS   4 /* in flight: they hide the latency of the chain from x to r */
#define GROUP     (VECTORS * GF_LANES)
#define STEP      (3.0 * GROUP) /* between candidates of the same place in two groups */
#define LOW_BITS  21
#define ROUNDER   0x1.8p52 /* doubles around it are the whole numbers */
#define MAX_ERROR 0.25     /* of a quotient; rounding to the nearest corrects up to 1/2 */

_Static_assert(BLOCK % GROUP == 0, "a block is a whole number of groups");

typedef enum method { BY_DIVISION, BY_ONE_STEP, BY_TWO_STEPS } method;

/* The current group of candidates: their negatives and their reciprocals. */
typedef struct group {
    gf_vec minus_d[VECTORS], x[VECTORS];
} group;

/* The dividend, ready for vectors. */
typedef struct dividend {
    gf_vec number; /* below 2^53 */
    gf_vec high, low;
} dividend;

static dividend make_dividend(uint64_t number) {
    return (dividend){gf_vec_set1((double)number), gf_vec_set1((double)(number >> LOW_BITS)),
                      gf_vec_set1((double)(number & ((UINT64_C(1) << LOW_BITS) - 1)))};
}

static group start_group(uint32_t first) {
    double d[GROUP];
    group g;
    for (uint32_t i = 0; i < GROUP; i++)
        d[i] = candidate(first + i);
    for (uint32_t v = 0; v < VECTORS; v++) {
        const gf_vec divisors = gf_vec_load(d + v * GF_LANES);
        g.minus_d[v] = gf_vec_sub(gf_vec_set1(0), divisors);
        g.x[v] = gf_vec_div(gf_vec_set1(1), divisors);
    }
    return g;
}

static inline void next_group(group *g, method how) {
    for (uint32_t v = 0; v < VECTORS; v++) {
        g->minus_d[v] = gf_vec_sub(g->minus_d[v], gf_vec_set1(STEP));
        if (how == BY_DIVISION)
            g->x[v] = gf_vec_div(gf_vec_set1(-1), g->minus_d[v]);
        for (int k = 0; k < (int)how; k++) {
            const gf_vec e = gf_vec_fma(g->minus_d[v], g->x[v], gf_vec_set1(1));
            g->x[v] = gf_vec_fma(g->x[v], e, g->x[v]);
        }
    }
}

static inline gf_vec remainder_of(gf_vec m, gf_vec minus_d, gf_vec x) {
    const gf_vec rounder = gf_vec_set1(ROUNDER);
    return gf_vec_fma(gf_vec_sub(gf_vec_fma(m, x, rounder), rounder), minus_d, m);
}

/* Whether any candidate of the group may divide the number. */
static inline bool may_divide(const dividend *n, const group *g, bool wide) {
    gf_mask any[VECTORS];
    for (uint32_t v = 0; v < VECTORS; v++) {
        gf_vec m = n->number;
        if (wide)
            m = gf_vec_fma(remainder_of(n->high, g->minus_d[v], g->x[v]),
                           gf_vec_set1((double)(1 << LOW_BITS)), n->low);
        any[v] = gf_vec_equal(remainder_of(m, g->minus_d[v], g->x[v]), gf_vec_set1(0));
    }
    return gf_mask_any(gf_mask_or(gf_mask_or(any[0], any[1]), gf_mask_or(any[2], any[3])));
}

static inline void search_by(job *w, uint32_t run, uint32_t end, method how, bool wide) {
    const dividend n = make_dividend(w->number);
    group g = start_group(first_of(w, run));
    for (uint32_t block = run; block < end && is_needed(w, block); block++) {
        const uint32_t first = first_of(w, block);
        for (uint32_t i = first; i < first + BLOCK; i += GROUP) {
            if (may_divide(&n, &g, wide) && find_divisor(w, i, i + GROUP))
                return;
            next_group(&g, how);
        }
    }
}

/* The cheapest method that misses no divisor from candidate `first` on. */
static method choose_method(uint64_t number, bool wide, uint32_t first) {
    const double d = candidate(first), e = 1.25 * STEP / d;
    const double low_quotient = (double)(UINT64_C(1) << LOW_BITS);
    const double quotient =
        wide ? fmax((double)(number >> LOW_BITS) / d, low_quotient) : (double)number / d;
    if (quotient * (e * e + 0x1p-52) < MAX_ERROR)
        return BY_ONE_STEP;
    return quotient * (e * e * e * e + 0x1p-52) < MAX_ERROR ? BY_TWO_STEPS : BY_DIVISION;
}

/* Constant arguments make the compiler write a loop for each method. Vectors cannot take the first
 * block, because 2 and 3 break its order and its reciprocals are too far apart; it is never in a
 * run. */
static void search_run(job *w, uint32_t run, uint32_t end) {
    const bool wide = w->number >> 53 != 0;
    const method how = choose_method(w->number, wide, first_of(w, run));
    if (how == BY_ONE_STEP && wide)
        search_by(w, run, end, BY_ONE_STEP, true);
    else if (how == BY_ONE_STEP)
        search_by(w, run, end, BY_ONE_STEP, false);
    else if (how == BY_TWO_STEPS && wide)
        search_by(w, run, end, BY_TWO_STEPS, true);
    else if (how == BY_TWO_STEPS)
        search_by(w, run, end, BY_TWO_STEPS, false);
    else
        search_by(w, run, end, BY_DIVISION, wide);
}

uint32_t GF_KERNEL(prime)(const gf_kernel_args *args) {
    return search_blocks(args, search_run);
}

#endif
