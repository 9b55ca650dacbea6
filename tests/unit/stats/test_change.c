/* By what factor a time has changed: against closed forms, tables of distributions, and made-up
 * samples without any change. */
#include <criterion/criterion.h>
#include <math.h>

#include "stats/change/change.h"
#include "stats/change/quantile.h"
#include "stats/random.h"

#define SEED    UINT64_C(20261130)
#define MOST    512
#define Z_975   1.959963985
#define T_975_8 2.306004135 /* of 8 degrees of freedom */
#define NEAR(a, b, share)                                                                          \
    cr_assert(fabs((a) - (b)) <= (share)*fabs(b), "%s is %.9g, not %.9g", #a, (double)(a),         \
              (double)(b))

static gf_change estimate_shared(const gf_samples *before, size_t old_count,
                                 const gf_samples *after, size_t new_count, double outside,
                                 bool shared) {
    gf_change change;
    gf_error error = GF_ERROR_INIT;
    gf_change_run runs[2][8];
    for (size_t i = 0; i < 8; i++) {
        runs[0][i] = (gf_change_run){before[i < old_count ? i : 0], shared};
        runs[1][i] = (gf_change_run){after[i < new_count ? i : 0], false};
    }
    cr_assert_eq(
        gf_change_estimate(runs[0], old_count, runs[1], new_count, outside, SEED, &change, &error),
        GF_OK, "%s", error.text);
    return change;
}

static gf_change estimate(const gf_samples *before, size_t old_count, const gf_samples *after,
                          size_t new_count, double outside) {
    return estimate_shared(before, old_count, after, new_count, outside, false);
}

static gf_samples fill(uint64_t *ns, uint32_t count, double middle, double scatter,
                       uint64_t *random) {
    for (uint32_t i = 0; i < count; i++)
        ns[i] = (uint64_t)llround(middle * exp(scatter * gf_random_normal(random)));
    return (gf_samples){ns, count};
}

/* The values of printed tables. */
Test(change, quantiles_are_those_of_tables) {
    NEAR(gf_normal_quantile(0.025), 1.959963985, 1e-8);
    NEAR(gf_normal_quantile(0.001), 3.090232306, 1e-8);
    NEAR(gf_t_quantile(0.025, 1), 12.7062047, 1e-7);
    NEAR(gf_t_quantile(0.025, 2), 4.30265273, 1e-7);
    NEAR(gf_t_quantile(0.025, 8), T_975_8, 1e-8);
    NEAR(gf_t_quantile(0.001, 5), 5.89342953, 1e-7);
    NEAR(gf_t_quantile(0.025, 10000), gf_normal_quantile(0.025), 1e-3);
    cr_assert_lt(fabs(gf_t_quantile(0.5, 3)), 1e-9);
}

/* Of the ways to choose five of ten samples, two put all of one side below the other. */
Test(change, least_doubt_counts_the_ways) {
    NEAR(gf_change_least_doubt(5, 5), 2.0 / 252, 1e-12);
    NEAR(gf_change_least_doubt(3, 7), 2.0 / 120, 1e-12);
    NEAR(gf_change_least_doubt(1, 1), 1.0, 1e-12);
    NEAR(gf_change_least_doubt(0, 4), 1.0, 1e-12);
    cr_assert(gf_change_least_doubt(100000, 100000) >= 0);
}

/* One sample far beyond the others looks like the step of a clock, and leaves a wide interval, but
 * a finite one. */
Test(change, a_single_late_sample_leaves_a_finite_interval) {
    uint64_t ns[30], late[30];
    for (size_t i = 0; i < 30; i++)
        ns[i] = late[i] = 1000;
    late[29] = 2000000;
    const gf_samples before = {ns, 30}, after = {late, 30};
    const gf_change change = estimate(&before, 1, &after, 1, 0.05);
    cr_assert(isfinite(change.high) && change.high < 1e6, "%g", change.high);
    cr_assert_gt(change.low, 0);
}

/* Without any scatter only the differences between runs are left: a normal distribution. */
Test(change, steady_times_differ_as_runs_do) {
    uint64_t ns[30];
    for (size_t i = 0; i < 30; i++)
        ns[i] = 1000000;
    uint64_t slow[30];
    for (size_t i = 0; i < 30; i++)
        slow[i] = 1100000;
    const gf_samples before = {ns, 30}, after = {slow, 30};
    const gf_change change = estimate(&before, 1, &after, 1, 0.05);
    const double width = Z_975 * sqrt(2) * GF_RUN_DEVIATION;
    NEAR(change.ratio, 1.1, 1e-12);
    NEAR(change.low, 1.1 * exp(-width), 1e-7);
    NEAR(change.high, 1.1 * exp(width), 1e-7);
    NEAR(change.by_runs, width, 1e-7);
    cr_assert_eq(change.by_samples, 0);
}

/* The old run was measured beside other programs. */
Test(change, runs_beside_others_differ_more) {
    uint64_t ns = 1000000;
    const gf_samples run = {&ns, 1};
    const gf_change change = estimate_shared(&run, 1, &run, 1, 0.05, true);
    NEAR(change.by_runs, Z_975 * hypot(GF_RUN_DEVIATION, GF_SHARED_RUN_DEVIATION), 1e-7);
}

/* Five runs on each side with medians that are known: t with the 4 degrees that are assumed and the
 * 8 of these runs. */
Test(change, measured_runs_take_the_place_of_assumed_ones) {
    uint64_t ns[10];
    gf_samples runs[10];
    const double off[5] = {-0.08, -0.04, 0, 0.04, 0.08};
    for (size_t i = 0; i < 10; i++) {
        ns[i] = (uint64_t)llround(1e9 * exp(off[i % 5]));
        runs[i] = (gf_samples){&ns[i], 1};
    }
    const gf_change change = estimate(runs, 5, runs + 5, 5, 0.05);
    const double squares = 2 * 2 * (0.08 * 0.08 + 0.04 * 0.04);
    NEAR(change.ratio, 1.0, 1e-8);
    NEAR(change.by_runs, gf_t_quantile(0.025, 12) * sqrt(squares / 8 * (2.0 / 5)), 1e-6);
}

/* Equal runs are no proof that runs are equal: what is assumed keeps a share. */
Test(change, runs_alike_by_chance_are_not_trusted) {
    uint64_t ns = 1000000;
    const gf_samples runs[4] = {{&ns, 1}, {&ns, 1}, {&ns, 1}, {&ns, 1}};
    const gf_change change = estimate(runs, 2, runs + 2, 2, 0.05);
    NEAR(change.by_runs, gf_t_quantile(0.025, 6) * sqrt(4.0 / 6) * GF_RUN_DEVIATION * sqrt(2.0 / 2),
         1e-7);
}

/* The median of n normal samples has the standard deviation 1.2533 / sqrt(n) of theirs. */
Test(change, samples_count_as_the_median_of_a_normal_distribution) {
    static uint64_t a[MOST], b[MOST];
    uint64_t random = SEED;
    const gf_samples before = fill(a, 401, 1e7, 0.05, &random);
    const gf_samples after = fill(b, 401, 1e7, 0.05, &random);
    const gf_change change = estimate(&before, 1, &after, 1, 0.05);
    NEAR(change.by_samples, Z_975 * 1.2533 * 0.05 * sqrt(2.0 / 401), 0.3);
    const double by_scatter = GF_RUN_SCATTER_SHARE * GF_STEADY_SCATTER +
                              GF_RUN_SHARE_UNSTEADY * (0.05 - GF_STEADY_SCATTER);
    NEAR(change.by_runs, Z_975 * sqrt(2) * hypot(GF_RUN_DEVIATION, by_scatter), 0.2);
}

/* The same samples in another order: slowly rising ones say less. */
Test(change, neighbours_alike_say_less) {
    static uint64_t mixed[MOST], rising[MOST];
    uint64_t random = SEED;
    for (uint64_t i = 0; i < 100; i++)
        mixed[i] = rising[i] = 1000000 + 1000 * i;
    for (uint64_t i = 99; i > 0; i--) {
        const uint64_t other = gf_random_below(&random, i + 1), kept = mixed[i];
        mixed[i] = mixed[other];
        mixed[other] = kept;
    }
    const gf_samples a = {mixed, 100}, b = {rising, 100};
    const gf_change apart = estimate(&a, 1, &a, 1, 0.05), alike = estimate(&b, 1, &b, 1, 0.05);
    cr_assert_gt(alike.by_samples, 3 * apart.by_samples);
    NEAR(alike.ratio, 1.0, 1e-12);
}

/* A clock of 4 % steps: medians may be a step off, though all samples are equal. */
Test(change, steps_of_a_coarse_clock_count) {
    uint64_t ns[30];
    for (size_t i = 0; i < 30; i++)
        ns[i] = 1000000 + (i == 0 ? 40000 : 0);
    const gf_samples samples = {ns, 30};
    const gf_change change = estimate(&samples, 1, &samples, 1, 0.05);
    NEAR(log(change.high), log(1.04) + change.by_runs, 1e-6);
}

/* A factor of all samples moves the interval, and nothing else. */
Test(change, the_interval_moves_with_the_ratio) {
    static uint64_t a[MOST], b[MOST], c[MOST];
    uint64_t random = SEED;
    const gf_samples before = fill(a, 30, 1e9, 0.02, &random);
    const gf_samples after = fill(b, 30, 1e9, 0.02, &random);
    for (size_t i = 0; i < 30; i++)
        c[i] = 2 * b[i];
    const gf_samples slower = {c, 30};
    const gf_change once = estimate(&before, 1, &after, 1, 0.01);
    const gf_change twice = estimate(&before, 1, &slower, 1, 0.01);
    NEAR(twice.ratio, 2 * once.ratio, 1e-7);
    NEAR(twice.low, 2 * once.low, 1e-7);
    NEAR(twice.high, 2 * once.high, 1e-7);
    const gf_change again = estimate(&before, 1, &after, 1, 0.01);
    cr_assert_eq(again.low, once.low, "equal seeds give equal intervals");
}

/* Runs that differ as they are assumed to, without any change. */
Test(change, one_in_twenty_at_most_without_a_change, .timeout = 120) {
    static uint64_t a[MOST], b[MOST];
    uint64_t random = SEED;
    uint32_t wrong = 0, found = 0;
    for (int i = 0; i < 300; i++) {
        const double drift = GF_RUN_DEVIATION * gf_random_normal(&random);
        const gf_samples before = fill(a, 30, 1e7, 0.02, &random);
        const gf_samples after = fill(b, 30, 1e7 * exp(drift), 0.02, &random);
        const gf_change change = estimate(&before, 1, &after, 1, 0.05);
        wrong += change.low > 1 || change.high < 1;
        const gf_samples slower = fill(b, 30, 1.1e7, 0.02, &random);
        found += estimate(&before, 1, &slower, 1, 0.05).low > 1;
    }
    cr_assert_leq(wrong, 15, "%u of 300", wrong);
    cr_assert_geq(found, 285, "%u of 300 slow-downs by 10 %% were found", found);
}
