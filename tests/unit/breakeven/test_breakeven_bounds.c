/* Bounds along a sweep: the CPU that models are compared with, and conclusions from the verdicts.
 */
#include "breakeven/bound_lines.h"
#include "breakeven/breakeven.h"
#include "made_profiles.h"
#include "problem/params.h"

FAKE_GLOBALS

TestSuite(breakeven_bounds, .timeout = 60);

#define VALUES 4

static gf_breakeven *sweep_of_sums(void) {
    gf_error error = GF_ERROR_INIT;
    gf_params *params = NULL;
    gf_breakeven *breakeven = NULL;
    cr_assert_eq(gf_params_create(gf_workload_find("sum", &error), &params, &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(gf_params_set(params, "precision", "f64", &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_breakeven_create(params, "count=1000:1000000:x10", &breakeven, &error), GF_OK,
                 "%s", error.text);
    cr_assert_eq(breakeven->sweep.count, VALUES);
    gf_params_destroy(params);
    return breakeven;
}

/* A series of a native device with two cores that took as long at every value. */
static gf_breakeven_series *add_measured(gf_breakeven *breakeven, const char *label, uint64_t ns,
                                         uint32_t threads) {
    const size_t count = breakeven->series_count;
    breakeven->series = realloc(breakeven->series, (count + 1) * sizeof *breakeven->series);
    gf_breakeven_series *series = calloc(1, sizeof *series);
    cr_assert(breakeven->series != NULL && series != NULL);
    breakeven->series[breakeven->series_count++] = series;
    snprintf(series->label, sizeof series->label, "%s", label);
    series->device_class = GF_CLASS_NATIVE;
    series->compute_units = 2;
    series->memory_rate = 1e9;
    for (size_t i = 0; i < VALUES; i++) {
        series->cells[i].total = (gf_statistics){.count = 5, .median_ns = ns};
        series->cells[i].threads = threads;
    }
    return series;
}

static const gf_host_time *bound(gf_breakeven *breakeven, uint32_t host_cores) {
    const gf_bound_options options = {.device_model = "h100-pcie", .host_cores = host_cores};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_breakeven_bound(breakeven, &options, &error), GF_OK, "%s", error.text);
    return &breakeven->bounds->hosts[VALUES - 1];
}

/* A million f64 at 1 GB/s take 8 ms, however many cores read them. */
Test(breakeven_bounds, more_cores_are_no_faster_than_memory) {
    gf_breakeven *breakeven = sweep_of_sums();
    (void)add_measured(breakeven, "native:fast", 10000000, 2);
    const gf_host_time *host = bound(breakeven, 64);
    cr_expect_float_eq(host->low, 1e7 * 2 / 64, 1);
    cr_expect(host->high >= 8e6 && host->high < 8.4e6, "%g", host->high); /* and partial sums */
    gf_breakeven_destroy(breakeven);
}

/* By Amdahl's law a ninth is serial: 18 ms on one core, 10 on two. */
Test(breakeven_bounds, one_thread_counts_if_it_is_of_the_same_kernel) {
    gf_breakeven *breakeven = sweep_of_sums();
    gf_breakeven_series *fast = add_measured(breakeven, "native:fast", 10000000, 2);
    (void)add_measured(breakeven, "native:slow-1t", 90000000, 2);
    fast->memory_rate = breakeven->series[1]->memory_rate = 1e12;
    cr_expect_float_eq(bound(breakeven, 8)->single_ns, 0, 0);
    (void)add_measured(breakeven, "native:fast-1t", 18000000, 2);
    const gf_host_time *host = bound(breakeven, 8);
    cr_expect_float_eq(host->single_ns, 18e6, 0);
    cr_expect_float_eq(host->high, 4e6, 1, "%g", host->high);
    gf_breakeven_destroy(breakeven);
}

Test(breakeven_bounds, cores_are_those_that_it_was_measured_with) {
    gf_breakeven *breakeven = sweep_of_sums();
    (void)add_measured(breakeven, "native:fast", 10000000, 1);
    cr_expect_eq(bound(breakeven, 0)->cores, 1);
    const gf_host_time *host = bound(breakeven, 64);
    cr_expect_float_eq(host->low, 1e7 / 64, 1);
    cr_expect_float_eq(host->high, 1e7, 1);
    gf_breakeven_destroy(breakeven);
}

/* What was measured counts, also where a prediction is shorter. */
Test(breakeven_bounds, measurements_count_before_predictions) {
    gf_breakeven *breakeven = sweep_of_sums();
    (void)add_measured(breakeven, "native:slow", 20000000, 2);
    gf_breakeven_series *fast = add_measured(breakeven, "native:fast", 10000000, 2);
    for (size_t i = 0; i < VALUES; i++) {
        fast->cells[i].total.count = 0;
        fast->cells[i].asked = fast->cells[i].prediction.possible = true;
        fast->cells[i].prediction.phases[GF_PHASE_TOTAL] = (gf_interval){1e7, 9e6, 1.1e7};
    }
    fast->doubtful = true;
    cr_expect_str_eq(bound(breakeven, 0)->label, "native:slow");
    breakeven->series[0]->device_class = GF_CLASS_CPU;
    const gf_host_time *host = bound(breakeven, 0);
    cr_expect_str_eq(host->label, "native:fast");
    cr_expect_float_eq(host->high, 1.1e7, 1);
    cr_expect(host->disturbed, "it is predicted from what other programs disturbed");
    gf_breakeven_destroy(breakeven);
}

/* 50 us: any round trip takes 10 at least and may take 80, the bus alone 137 for a million values.
 */
Test(breakeven_bounds, where_they_do_not_decide_is_said_with_the_command) {
    gf_breakeven *breakeven = sweep_of_sums();
    const gf_bound_options options = {.device_model = "h100-pcie", .command = "measure it"};
    gf_error error = GF_ERROR_INIT;
    char text[160];
    (void)add_measured(breakeven, "native:fast", 50000, 2);
    cr_assert_eq(gf_breakeven_bound(breakeven, &options, &error), GF_OK, "%s", error.text);
    const gf_bound_line *line = &breakeven->bounds->lines[0];
    const gf_worth expected[VALUES] = {GF_WORTH_OPEN, GF_WORTH_OPEN, GF_WORTH_OPEN, GF_WORTH_NOT};
    for (size_t i = 0; i < VALUES; i++)
        cr_expect_eq(line->cells[i].worth, expected[i], "%zu: %d, %g to %g", i,
                     (int)line->cells[i].worth, line->cells[i].bound.total.best,
                     line->cells[i].bound.total.worst);
    cr_expect_str_eq(breakeven->bounds->command, "measure it");
    gf_bound_line_format_open(&breakeven->sweep, line, text, sizeof text);
    cr_expect_str_eq(text, "open from 1000 to 100000", "%s", text);
    breakeven->bounds->lines[0].cells[1].worth = GF_WORTH_YES;
    gf_bound_line_format_open(&breakeven->sweep, line, text, sizeof text);
    cr_expect_str_eq(text, "open from 1000 to 100000, at 2 values", "%s", text);
    gf_breakeven_destroy(breakeven);
}

/* An hour is longer than any bound; other programs may have had a part in it. */
Test(breakeven_bounds, conclusions_are_those_of_the_verdicts) {
    for (int disturbed = 0; disturbed < 2; disturbed++) {
        gf_breakeven *breakeven = sweep_of_sums();
        gf_breakeven_series *series =
            add_measured(breakeven, "native:fast", UINT64_C(3600000000000), 2);
        series->cells[1].disturbed = disturbed == 1;
        (void)bound(breakeven, 0);
        const gf_bound_line *line = &breakeven->bounds->lines[0];
        cr_expect_eq(line->cells[1].worth, disturbed == 1 ? GF_WORTH_OPEN : GF_WORTH_YES);
        cr_expect_eq(line->from_best, 0);
        cr_expect_eq(line->from_worst, disturbed == 1 ? 2 : 0);
        char text[160];
        gf_bound_line_format_open(&breakeven->sweep, line, text, sizeof text);
        cr_expect_str_eq(text, disturbed == 1 ? "open at 10000, only because other programs "
                                                "disturbed the times of the CPU"
                                              : "");
        gf_breakeven_destroy(breakeven);
    }
}
