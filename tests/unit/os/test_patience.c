/* Deadlines on a machine that others use. */
#include <criterion/criterion.h>

#include "base/array.h"
#include "os/patience.h"

/* A driver that needs a second of a core needs ten where ten threads share one. */
Test(patience, time_counts_for_the_share_that_a_thread_gets) {
    static const struct {
        uint32_t running, cores;
        double quota, share;
    } cases[] = {{1, 2, 0, 1},      {2, 2, 0, 1},      {0, 0, 0, 1},      {20, 2, 0, 0.1},
                 {3, 2, 0, 2 / 3.}, {1, 2, 0.5, 0.5},  {1, 64, 16, 1},    {128, 64, 0.25, 0.25},
                 {8, 2, 0.5, 0.25}, {900, 1, 0, 0.05}, {1, 2, 0.01, 0.05}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        cr_expect_float_eq(gf_patience_share(cases[i].running, cases[i].cores, cases[i].quota),
                           cases[i].share, 1e-12, "case %zu", i);
}

Test(patience, no_more_counts_than_has_passed) {
    gf_patience patience = gf_patience_begin();
    const double first = gf_patience_seconds(&patience);
    patience.seen_ns -= UINT64_C(3000000000); /* as if three seconds had passed */
    const double later = gf_patience_seconds(&patience);
    cr_expect(first >= 0 && first < 3, "%g", first);
    cr_expect_geq(later, 3 * 0.05);
    cr_expect_leq(patience.counted_s, 3 + 60);
    cr_expect_geq(gf_patience_seconds(&patience), later);
}
