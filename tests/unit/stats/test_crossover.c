/* Thresholds and fits of curves whose crossings and shares are known in closed form. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "stats/amdahl.h"
#include "stats/bootstrap.h"
#include "stats/crossover.h"
#include "stats/random.h"
#include "stats/sort.h"

#define MAX_VALUES  32
#define MAX_CURVES  3
#define MAX_SAMPLES 400
#define NOISY_CASES 200
#define SEED        UINT64_C(20260521)

/* Curves of a sweep and the room for their samples. */
typedef struct sweep_table {
    double values[MAX_VALUES];
    size_t count;
    gf_samples samples[MAX_CURVES][MAX_VALUES];
    uint64_t ns[MAX_CURVES][MAX_VALUES][MAX_SAMPLES];
    gf_curve curves[MAX_CURVES];
} sweep_table;

static sweep_table *new_table(double first, double factor, size_t count) {
    sweep_table *made = calloc(1, sizeof *made);
    cr_assert_not_null(made);
    made->count = count;
    for (size_t i = 0; i < count; i++)
        made->values[i] = first * pow(factor, (double)i);
    for (size_t c = 0; c < MAX_CURVES; c++) {
        made->curves[c].samples = made->samples[c];
        for (size_t v = 0; v < count; v++)
            made->samples[c][v].ns = made->ns[c][v];
    }
    return made;
}

/* Fills a curve with samples of ns that scatter lognormally, as times do. */
static void fill(sweep_table *table, size_t c, double (*time)(double value), uint32_t count,
                 double scatter, uint64_t *random) {
    for (size_t v = 0; v < table->count; v++) {
        table->samples[c][v].count = count;
        for (uint32_t i = 0; i < count; i++)
            table->ns[c][v][i] =
                (uint64_t)llround(time(table->values[v]) * exp(scatter * gf_random_normal(random)));
    }
}

static gf_crossover find(const sweep_table *table, size_t curve_count) {
    gf_crossover threshold;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_crossover_find(table->values, table->count, table->curves, curve_count, SEED,
                                   &threshold, &error),
                 GF_OK, "%s", error.text);
    return threshold;
}

/* A device across a bus: a latency, 8 bytes down for each item at 4 GB/s, 1 ns an item. */
#define LATENCY_NS 200000.0
static double remote(double side) {
    return LATENCY_NS + side * side * (8 / 4.0 + 1.0);
}
/* One without fare that takes 10 ns an item. */
static double local(double side) {
    return side * side * 10.0;
}
/* LATENCY + 3 n^2 = 10 n^2 */
#define CROSSING sqrt(LATENCY_NS / 7)

Test(threshold, a_crossing_in_closed_form) {
    sweep_table *table = new_table(16, 2, 10);
    uint64_t random = 1;
    fill(table, 0, remote, 5, 0, &random);
    fill(table, 1, local, 5, 0, &random);
    const gf_crossover found = find(table, 2);
    cr_expect_eq(found.kind, GF_CROSSOVER_AT);
    cr_expect_eq(table->values[found.index], 256); /* the crossing is at 169.03 */
    cr_expect_float_eq(found.crossing / CROSSING, 1, 0.02, "%g", found.crossing);
    cr_expect_leq(found.low, CROSSING);
    cr_expect_geq(found.high, CROSSING);
    cr_expect_geq(found.low, 128, "%g", found.low);
    cr_expect_leq(found.high, 256, "%g", found.high);
    free(table);
}

Test(threshold, the_other_side_never_wins_in_the_end) {
    sweep_table *table = new_table(16, 2, 10);
    uint64_t random = 1;
    fill(table, 0, local, 5, 0, &random);
    fill(table, 1, remote, 5, 0, &random);
    const gf_crossover found = find(table, 2);
    cr_expect_eq(found.kind, GF_CROSSOVER_NEVER);
    cr_expect(isinf(found.crossing) && isinf(found.low) && isinf(found.high));
    free(table);
}

Test(threshold, always_and_equal) {
    sweep_table *table = new_table(512, 2, 4);
    uint64_t random = 1;
    fill(table, 0, remote, 5, 0.01, &random);
    fill(table, 1, local, 5, 0.01, &random);
    gf_crossover found = find(table, 2);
    cr_expect_eq(found.kind, GF_CROSSOVER_ALWAYS);
    cr_expect(found.crossing == 0 && found.low == 0 && found.high == 0);
    fill(table, 0, local, 5, 0, &random); /* equal times are no win */
    fill(table, 1, local, 5, 0, &random);
    found = find(table, 2);
    cr_expect_eq(found.kind, GF_CROSSOVER_NEVER);
    free(table);
}

/* Winning for a while is not winning from there on. */
Test(threshold, only_for_all_that_follow) {
    sweep_table *table = new_table(1, 2, 6);
    static const uint64_t own[] = {5, 20, 5, 5, 20, 5};
    for (size_t v = 0; v < 6; v++) {
        table->samples[0][v].count = table->samples[1][v].count = 1;
        table->ns[0][v][0] = own[v];
        table->ns[1][v][0] = 10;
    }
    const gf_crossover found = find(table, 2);
    cr_expect_eq(found.kind, GF_CROSSOVER_AT);
    cr_expect_eq(found.index, 5);
    free(table);
}

/* Every rival counts: the fastest of them at each value. */
Test(threshold, several_rivals) {
    sweep_table *table = new_table(1, 2, 4);
    static const uint64_t times[3][4] = {{10, 10, 10, 10}, {20, 5, 20, 20}, {20, 20, 5, 20}};
    for (size_t c = 0; c < 3; c++) {
        for (size_t v = 0; v < 4; v++) {
            table->samples[c][v].count = 1;
            table->ns[c][v][0] = times[c][v];
        }
    }
    cr_expect_eq(find(table, 3).index, 3);
    cr_expect_eq(find(table, 2).index, 2);
    free(table);
}

Test(threshold, values_without_times) {
    sweep_table *table = new_table(1, 2, 3);
    for (size_t v = 0; v < 3; v++) {
        table->ns[0][v][0] = 10;
        table->ns[1][v][0] = 5;
    }
    table->samples[0][0].count = table->samples[0][1].count = table->samples[0][2].count = 1;
    table->samples[1][0].count = 1; /* the rival does not fit beyond the first value */
    const gf_crossover found = find(table, 2);
    cr_expect_eq(found.kind, GF_CROSSOVER_AT);
    cr_expect_eq(found.index, 1);
    cr_expect_geq(found.low, 1 - 1e-9);
    cr_expect_leq(found.low, found.crossing);
    table->samples[0][2].count = 0; /* nobody wins where nobody has a time */
    cr_expect_eq(find(table, 2).kind, GF_CROSSOVER_NEVER);
    free(table);
}

/* Two values tell nothing of the shape between them: the interval is all of it. */
Test(threshold, two_values) {
    sweep_table *table = new_table(128, 2, 2);
    uint64_t random = 1;
    fill(table, 0, remote, 3, 0, &random);
    fill(table, 1, local, 3, 0, &random);
    const gf_crossover found = find(table, 2);
    cr_expect_eq(found.index, 1);
    cr_expect(found.low <= 128.1 || found.high >= 255.9, "%g to %g", found.low, found.high);
    cr_expect(found.low <= CROSSING && CROSSING <= found.high);
    free(table);
}

/* Shares of seeded noisy cases whose interval holds the crossing, and whose threshold is within
 * one step of it. */
static void expect_cover(double factor, size_t count, uint32_t samples, double scatter) {
    sweep_table *table = new_table(20, factor, count);
    uint64_t random = SEED;
    uint32_t held = 0, near = 0;
    for (int i = 0; i < NOISY_CASES; i++) {
        fill(table, 0, remote, samples, scatter, &random);
        fill(table, 1, local, samples, scatter, &random);
        const gf_crossover found = find(table, 2);
        held += found.low <= CROSSING && CROSSING <= found.high;
        near += found.kind == GF_CROSSOVER_AT && found.index > 0 &&
                table->values[found.index] / factor / factor <= CROSSING &&
                table->values[found.index] * factor >= CROSSING;
    }
    cr_log_info("x%g, %u samples, scatter %g: held %u, near %u of %d", factor, samples, scatter,
                held, near, NOISY_CASES);
    cr_expect_geq(held, NOISY_CASES * 9 / 10, "x%g, %u samples, scatter %g: only %u intervals hold",
                  factor, samples, scatter, held);
    cr_expect_eq(near, NOISY_CASES, "x%g, %u samples, scatter %g: %u within a step", factor,
                 samples, scatter, near);
    free(table);
}

Test(threshold, intervals_cover_the_truth, .timeout = 120) {
    expect_cover(2, 9, 5, 0.02);
    expect_cover(2, 9, 5, 0.10);
    expect_cover(2, 9, 25, 0.10);
    expect_cover(2, 9, 300, 0.10);
    expect_cover(1.5, 15, 5, 0.05);
    expect_cover(2, 9, 6, 0.001);
}

/* Noise takes nothing away from a device that always wins, and gives nothing to one that never
 * does. */
Test(threshold, noisy_always_and_never) {
    sweep_table *table = new_table(1024, 2, 5);
    uint64_t random = SEED;
    for (int i = 0; i < 20; i++) {
        fill(table, 0, remote, 5, 0.1, &random);
        fill(table, 1, local, 5, 0.1, &random);
        cr_expect_eq(find(table, 2).kind, GF_CROSSOVER_ALWAYS);
        fill(table, 0, local, 5, 0.1, &random);
        fill(table, 1, remote, 5, 0.1, &random);
        cr_expect_eq(find(table, 2).kind, GF_CROSSOVER_NEVER);
    }
    free(table);
}

Test(threshold, equal_seeds_give_equal_intervals) {
    sweep_table *table = new_table(20, 2, 8);
    uint64_t random = SEED;
    fill(table, 0, remote, 5, 0.1, &random);
    fill(table, 1, local, 5, 0.1, &random);
    const gf_crossover first = find(table, 2), second = find(table, 2);
    cr_expect(first.low == second.low && first.high == second.high);
    free(table);
}

/* Predicted curves: an error common to all values of a curve moves the crossing of
 * LATENCY + 3 n^2 = 10 n^2 z, z lognormal, to n = sqrt(LATENCY / (10 z - 3)). The interval of z
 * leaves 5 % outside at each end: 1.645 standard deviations. */
static void expect_predicted(double remote_deviation, double local_deviation, double low,
                             double high) {
    double values[9], ns[2][9], deviations[2][9];
    for (int i = 0; i < 9; i++) {
        values[i] = 20 * pow(2, i);
        ns[0][i] = remote(values[i]);
        ns[1][i] = local(values[i]);
        deviations[0][i] = remote_deviation;
        deviations[1][i] = local_deviation;
    }
    const gf_curve curves[] = {{NULL, ns[0], deviations[0]}, {NULL, ns[1], deviations[1]}};
    gf_crossover found;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_crossover_find(values, 9, curves, 2, SEED, &found, &error), GF_OK);
    cr_expect_float_eq(found.crossing / CROSSING, 1, 0.02);
    cr_expect_float_eq(found.low / low, 1, 0.05, "%g, not %g", found.low, low);
    cr_expect_float_eq(found.high / high, 1, 0.05, "%g, not %g", found.high, high);
}

Test(threshold, predicted_curves) {
    expect_predicted(0, 0.1, sqrt(LATENCY_NS / (10 * exp(0.1645) - 3)),
                     sqrt(LATENCY_NS / (10 * exp(-0.1645) - 3)));
    /* With errors alike by 0.6 their difference has the deviation 0.1 sqrt(2 - 1.2); the remote
     * device's own moves both of its terms: LATENCY + 3 n^2 = 10 n^2 z. */
    const double spread = 1.645 * 0.1 * sqrt(0.8);
    expect_predicted(0.1, 0.1, sqrt(LATENCY_NS / (10 * exp(spread) - 3)),
                     sqrt(LATENCY_NS / (10 * exp(-spread) - 3)));
}

/* ---- The bootstrap ----------------------------------------------------- */

/* The median of n uniform numbers has the standard deviation 1 / (2 sqrt(n + 2)), n odd; drawing
 * again from n evenly spread ones comes to the same but for 1/n. */
static void expect_scatter(uint32_t count) {
    uint64_t *sorted = calloc(count, sizeof *sorted);
    cr_assert_not_null(sorted);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = (uint64_t)i * 1000000;
    double sum = 0, squares = 0;
    uint64_t random = SEED;
    const int draws = 4000;
    for (int i = 0; i < draws; i++) {
        const double share = gf_resampled_median(sorted, count, &random) / (1e6 * (count - 1));
        sum += share;
        squares += share * share;
    }
    const double mean = sum / draws, deviation = sqrt(squares / draws - mean * mean);
    cr_expect_float_eq(mean, 0.5, 0.01, "%u: %g", count, mean);
    cr_expect_float_eq(deviation * 2 * sqrt(count + 2), 1, 0.08, "%u: %g", count, deviation);
    free(sorted);
}

Test(bootstrap, medians_scatter_as_they_should) {
    expect_scatter(25);
    expect_scatter(49);
    expect_scatter(51);
    expect_scatter(1001);
}

/* By symmetry the mean of the medians of 0, 1, ..., n - 1 is their middle. One median scatters by
 * about sqrt(n) / 2 ranks, at most 5; the mean of 40000 by 0.025. */
Test(bootstrap, medians_are_unbiased) {
    static const uint32_t counts[] = {49, 51, 53, 101};
    uint64_t sorted[101], random = SEED;
    for (uint32_t i = 0; i < 101; i++)
        sorted[i] = i;
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        double sum = 0;
        for (int i = 0; i < 40000; i++)
            sum += gf_resampled_median(sorted, counts[k], &random);
        cr_expect_float_eq(sum / 40000, 0.5 * (counts[k] - 1), 0.1, "%u: %g", counts[k],
                           sum / 40000);
    }
}

Test(bootstrap, quantiles) {
    double numbers[] = {5, INFINITY, 1, -INFINITY, 3};
    gf_sort_reals(numbers, 5);
    cr_expect(numbers[0] == -INFINITY && numbers[2] == 3 && numbers[4] == INFINITY);
    cr_expect(gf_quantile(numbers, 5, 0) == -INFINITY);
    cr_expect_eq(gf_quantile(numbers, 5, 0.5), 3);
    cr_expect_eq(gf_quantile(numbers, 5, 0.6), 3);
    cr_expect_eq(gf_quantile(numbers, 5, 0.61), 5);
    cr_expect(gf_quantile(numbers, 5, 1) == INFINITY);
}

/* ---- Levels ------------------------------------------------------------ */

Test(level, is_passed_between_two_values) {
    const double sides[] = {10, 100, 1000}, bytes[] = {800, 80000, 8000000};
    cr_expect_float_eq(gf_passes_level(sides, bytes, 3, 8 * 300.0 * 300.0), 300, 1e-9);
    cr_expect_float_eq(gf_passes_level(sides, bytes, 3, 80000), 100, 1e-9);
    cr_expect_eq(gf_passes_level(sides, bytes, 3, 800), 0, "above it from the start");
    cr_expect_eq(gf_passes_level(sides, bytes, 3, 8000001), 0, "never");
}

/* ---- Amdahl ------------------------------------------------------------ */

#define SERIAL    0.07
#define SINGLE_NS 5e7
static double amdahl(double threads) {
    return SINGLE_NS * (SERIAL + (1 - SERIAL) / threads);
}

static gf_amdahl fit(const sweep_table *table) {
    gf_amdahl found;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(
        gf_amdahl_fit(table->values, table->samples[0], table->count, SEED, &found, &error), GF_OK);
    return found;
}

Test(amdahl, a_law_is_found_again) {
    sweep_table *table = new_table(1, 2, 5);
    uint64_t random = 1;
    fill(table, 0, amdahl, 3, 0, &random);
    const gf_amdahl found = fit(table);
    cr_expect(found.fitted);
    cr_expect_float_eq(found.serial, SERIAL, 1e-6, "%g", found.serial);
    cr_expect_float_eq(found.low, SERIAL, 1e-6);
    cr_expect_float_eq(found.high, SERIAL, 1e-6);
    cr_expect_float_eq(found.single_ns / SINGLE_NS, 1, 1e-6);
    cr_expect_lt(found.worst_deviation, 1e-6);
    free(table);
}

Test(amdahl, what_the_fit_needs) {
    sweep_table *table = new_table(1, 2, 4);
    uint64_t random = 1;
    fill(table, 0, amdahl, 3, 0, &random);
    table->samples[0][1].count = table->samples[0][2].count = 0; /* two are left */
    cr_expect_float_eq(fit(table).serial, SERIAL, 1e-6);
    cr_expect(isnan(fit(table).worst_deviation), "two times always fit");
    table->samples[0][3].count = 0; /* one */
    cr_expect_not(fit(table).fitted);
    table->samples[0][0].count = 0;
    cr_expect_not(fit(table).fitted);
    free(table);
}

/* A share of the time is neither below 0 nor above 1: there the law with the least squares is
 * b / n, or a constant. */
static double better_than_linear(double threads) {
    return SINGLE_NS * (-0.05 + 1.05 / threads);
}

static double worse_with_more(double threads) {
    return SINGLE_NS * threads;
}

Test(amdahl, shares_stay_from_0_to_1) {
    sweep_table *table = new_table(1, 2, 3);
    uint64_t random = 1;
    fill(table, 0, better_than_linear, 3, 0, &random);
    gf_amdahl found = fit(table);
    cr_expect(found.fitted && found.serial == 0 && found.low == 0 && found.high == 0, "%g",
              found.serial);
    /* v = 1 / (1.05 - 0.05 n) in units of 1 / T1; b = sum v / sum v^2 */
    const double v[] = {1, 1 / 0.95, 1 / 0.85};
    const double b = (v[0] + v[1] + v[2]) / (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    cr_expect_float_eq(found.single_ns / SINGLE_NS, b, 1e-6, "%g", found.single_ns);
    cr_expect_float_eq(found.worst_deviation, 1 / b - 1, 1e-6, "%g", found.worst_deviation);
    fill(table, 0, worse_with_more, 3, 0, &random);
    found = fit(table);
    cr_expect(found.fitted && found.serial == 1 && found.low == 1 && found.high == 1, "%g",
              found.serial);
    /* u = 1, 1/2, 1/4: a = (7/4) / (21/16) = 4/3 */
    cr_expect_float_eq(found.single_ns / SINGLE_NS, 4.0 / 3, 1e-6, "%g", found.single_ns);
    cr_expect_float_eq(found.worst_deviation, 2, 1e-6, "%g", found.worst_deviation);
    free(table);
}

/* An interval at an edge of the law ends there. */
Test(amdahl, intervals_stay_from_0_to_1) {
    sweep_table *table = new_table(1, 2, 5);
    uint64_t random = SEED;
    for (int i = 0; i < 20; i++) {
        fill(table, 0, i % 2 == 0 ? better_than_linear : worse_with_more, 5, 0.3, &random);
        const gf_amdahl found = fit(table);
        cr_expect(found.fitted && found.low >= 0 && found.low <= found.high && found.high <= 1,
                  "%g to %g", found.low, found.high);
        cr_expect(isfinite(found.worst_deviation), "%g", found.worst_deviation);
    }
    free(table);
}

Test(amdahl, intervals_cover_the_truth, .timeout = 120) {
    static const uint32_t sample_counts[] = {5, 15};
    sweep_table *table = new_table(1, 2, 6);
    uint64_t random = SEED;
    for (size_t k = 0; k < 2; k++) {
        uint32_t held = 0;
        for (int i = 0; i < NOISY_CASES; i++) {
            fill(table, 0, amdahl, sample_counts[k], 0.02, &random);
            const gf_amdahl found = fit(table);
            held += found.low <= SERIAL && SERIAL <= found.high;
        }
        cr_log_info("amdahl, %u samples: held %u of %d", sample_counts[k], held, NOISY_CASES);
        cr_expect_geq(held, NOISY_CASES * 9 / 10, "%u samples: only %u intervals hold",
                      sample_counts[k], held);
    }
    free(table);
}

/* ---- Every change of the lead ------------------------------------------ */

typedef struct changes {
    gf_crossing items[MAX_VALUES];
    size_t count;
    bool wins_first;
} changes;

static changes find_all(const sweep_table *table, double least_lead) {
    changes found = {.count = 99};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_crossings_find(table->values, table->count, table->curves, 2, least_lead, SEED,
                                   &found.wins_first, found.items, &found.count, &error),
                 GF_OK, "%s", error.text);
    return found;
}

/* The lead is exp(0.4 sin(pi (log2 n - 1.3) / 4)): it changes at 2^1.3, 2^5.3, 2^9.3. */
static double plain(double n) {
    return 1e6 * n;
}
static double waving(double n) {
    return 1e6 * n * exp(0.4 * sin(acos(-1) * (log2(n) - 1.3) / 4));
}

Test(crossings, each_of_several_in_closed_form) {
    sweep_table *table = new_table(1, sqrt(2), 24);
    uint64_t random = 1;
    fill(table, 0, waving, 9, 0.01, &random);
    fill(table, 1, plain, 9, 0.01, &random);
    const changes found = find_all(table, 1);
    cr_assert_eq(found.count, 3);
    cr_expect(found.wins_first);
    for (size_t k = 0; k < 3; k++) {
        const gf_crossing *item = &found.items[k];
        const double truth = exp2(1.3 + 4 * (double)k);
        cr_expect_eq(item->wins, k == 1, "%zu", k);
        cr_expect(item->low <= truth && truth <= item->high, "%g to %g, not %g", item->low,
                  item->high, truth);
        cr_expect_float_eq(item->at / truth, 1, 0.06, "%g, not %g", item->at, truth);
        cr_expect(table->values[item->index - 1] < truth && truth < table->values[item->index]);
    }
    free(table);
}

Test(crossings, one_is_that_of_the_threshold) {
    sweep_table *table = new_table(16, 2, 10);
    uint64_t random = 1;
    fill(table, 0, remote, 7, 0.05, &random);
    fill(table, 1, local, 7, 0.05, &random);
    const gf_crossover one = find(table, 2);
    const changes found = find_all(table, 1.05);
    cr_assert_eq(found.count, 1);
    cr_expect(!found.wins_first && found.items[0].wins);
    cr_expect_eq(found.items[0].index, one.index);
    cr_expect_eq(found.items[0].at, one.crossing);
    cr_expect_eq(found.items[0].low, one.low);
    cr_expect_eq(found.items[0].high, one.high);
    /* Seen from the other side the same change is a loss. */
    const gf_curve remote_curve = table->curves[0];
    table->curves[0] = table->curves[1];
    table->curves[1] = remote_curve;
    const changes mirrored = find_all(table, 1.05);
    cr_assert_eq(mirrored.count, 1);
    cr_expect(mirrored.wins_first && !mirrored.items[0].wins);
    cr_expect_float_eq(mirrored.items[0].at / one.crossing, 1, 1e-6, "%g", mirrored.items[0].at);
    free(table);
}

Test(crossings, none_and_noise) {
    static const uint64_t own[] = {120, 120, 98, 120, 120, 50, 50};
    sweep_table *table = new_table(1, 2, 7);
    for (size_t v = 0; v < 7; v++) {
        table->samples[0][v].count = table->samples[1][v].count = 1;
        table->ns[0][v][0] = own[v] * 1000;
        table->ns[1][v][0] = 100 * 1000;
    }
    cr_expect_eq(find_all(table, 1.01).count, 3);
    const changes found = find_all(table, 1.05); /* a lead of 2 % at one value is none */
    cr_assert_eq(found.count, 1);
    cr_expect_eq(found.items[0].index, 5);
    cr_expect(found.items[0].low >= 8 && found.items[0].high <= 64, "%g to %g", found.items[0].low,
              found.items[0].high);
    table->count = 2;
    const changes never = find_all(table, 1.05);
    cr_expect(never.count == 0 && !never.wins_first);
    free(table);
}
