/* What rounds of turns show: slower beyond scatter, or not. */
#include <criterion/criterion.h>

#include "base/array.h"
#include "measure/search/rounds.h"

#define LOST(...) lost((const double[]){__VA_ARGS__}, GF_COUNT_OF(((const double[]){__VA_ARGS__})))

/* Against a rival that takes 1 ms, but 2 ms in each second round, like the machine. */
static bool lost(const double *ratios, size_t rounds) {
    uint64_t ns[GF_MOST_ROUNDS], rival_ns[GF_MOST_ROUNDS];
    cr_assert_leq(rounds, GF_MOST_ROUNDS);
    for (size_t i = 0; i < rounds; i++) {
        rival_ns[i] = i % 2 == 0 ? 1000000 : 2000000;
        ns[i] = (uint64_t)(ratios[i] * (double)rival_ns[i]);
    }
    return gf_rounds_lost(ns, rival_ns, (uint32_t)rounds);
}

Test(rounds, fewer_than_three_show_nothing) {
    cr_expect_not(LOST(9));
    cr_expect_not(LOST(9, 9));
    cr_expect(LOST(9, 9, 9));
}

Test(rounds, before_six_the_loss_has_to_exceed_the_scatter) {
    cr_expect(LOST(1.10, 1.12, 1.13));
    cr_expect_not(LOST(1.10, 1.12, 1.25), "a loss of 12 %% in a scatter of 15 %%");
    cr_expect_not(LOST(1.10, 1.12, 1.13, 0.99), "a round was won");
}

Test(rounds, six_show_it_whatever_the_scatter_if_one_was_won_at_most) {
    cr_expect(LOST(1.10, 1.40, 1.10, 1.05, 1.30, 0.90));
    cr_expect_not(LOST(1.10, 1.40, 1.10, 1.05, 0.99, 0.90));
    cr_expect_not(LOST(1.10, 1.40, 1.10, 1.05, 1.30, 0.90, 1.1, 1.1, 1.1, 1.1, 0.9));
    cr_expect(LOST(1.10, 1.40, 1.10, 1.05, 1.30, 0.90, 1.1, 1.1, 1.1, 1.1, 1.1, 0.9));
}

Test(rounds, small_losses_are_ties) {
    cr_expect_not(LOST(1.015, 1.015, 1.015));
    cr_expect_not(LOST(1.015, 1.015, 1.015, 1.015, 1.015, 1.015, 1.2));
}

/* Half of the machine's phases fall on one of the two only. */
Test(rounds, a_phase_within_rounds_is_no_loss) {
    cr_expect_not(LOST(1, 2, 0.5, 1, 2, 0.5));
    cr_expect_not(LOST(2, 2, 0.5, 2, 2, 0.5));
}

Test(rounds, the_ratio_is_the_median_of_rounds) {
    const uint64_t ns[] = {300, 20, 11}, rival_ns[] = {100, 10, 10};
    cr_expect_float_eq(gf_rounds_ratio(ns, rival_ns, 3), 2, 1e-12);
    cr_expect_float_eq(gf_rounds_ratio(ns, rival_ns, 2), 2.5, 1e-12);
}

/* No kernel could be built, or a clock without resolution. */
Test(rounds, extreme_times_are_compared) {
    const uint64_t none[] = {UINT64_MAX, UINT64_MAX, UINT64_MAX}, zero[] = {0, 0, 0};
    cr_expect(gf_rounds_lost(none, zero, 3));
    cr_expect_not(gf_rounds_lost(zero, none, 3));
    cr_expect_not(gf_rounds_lost(none, none, 3));
    cr_expect_not(gf_rounds_lost(zero, zero, 3));
}
