/* Devices in closed form whose pipelined round trips win, do not help, or are wrong: what the
 * verdict, the checklist, the reports and break-even make of them. */
#include <jansson.h>

#include "analyse/checklist.h"
#include "analyse/ranking.h"
#include "analyse/verdict.h"
#include "breakeven/breakeven.h"
#include "fake_bench.h"

FAKE_GLOBALS

TestSuite(pipelined, .timeout = 120);

/* 8 stops, each after one launch: 2 ms up, 8 x 1 ms computing, 8 x 1 ms down, in a row 18 ms, or
 * overlapped 2 + 8 + 1 = 11 ms. The native device takes 14 ms. */
enum { STOPS = 8, SERIAL_NS = 18000000, OVERLAPPED_NS = 11000000, NATIVE_NS = 14000000 };

static fake_device *add_remote(uint64_t pipeline_ns) {
    fake_device *remote = fake_add(0, "0:0", "Remote", GF_CLASS_GPU);
    remote->h2d_latency_ns = 2000000;
    remote->kernel_ns = 1000000;
    remote->d2h_latency_ns = 1000000;
    remote->overlaps = true;
    remote->pipeline_ns = pipeline_ns;
    fake_device *local = fake_add(0, "native", "Local", GF_CLASS_NATIVE);
    local->kernel_ns = NATIVE_NS / STOPS;
    local->in_place = true;
    return remote;
}

static void run_both(fake_bench *bench) {
    *bench = fake_bench_new();
    bench->options.repeat = 5;
    FAKE_BENCH_OPEN(bench, "diffusion", "size=32x32", "steps=8", "steps-per-transfer=1");
    for (size_t i = 0; i < 2; i++)
        (void)fake_bench_run(bench, i);
}

static void expect_words(const char *text, const char *words) {
    cr_expect_not_null(strstr(text, words), "'%s' lacks '%s'", text, words);
}

static gf_criterion_result movement_of(const fake_bench *bench, size_t index) {
    gf_criterion_row rows[GF_CRITERION_COUNT];
    gf_criteria_evaluate(bench->comparison, bench->comparison->results[index], rows);
    return rows[GF_CRITERION_MOVEMENT].result;
}

static char *report(const fake_bench *bench, gf_format format) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    cr_assert_eq(gf_comparison_report(bench->comparison, format, NULL, stream, NULL), GF_OK);
    fclose(stream);
    return text;
}

/* ---- A device that wins by overlapping ---------------------------------- */

Test(pipelined, a_device_that_wins_by_overlapping_wins) {
    fake_bench bench;
    gf_verdict verdict;
    (void)add_remote(OVERLAPPED_NS);
    run_both(&bench);
    gf_verdict_reach(bench.comparison, &verdict);
    cr_assert_not_null(verdict.winner);
    cr_expect_str_eq(verdict.winner->label, "0:0:best");
    cr_expect_eq(gf_result_schedule(verdict.winner), GF_SCHEDULE_PIPELINED);
    cr_expect_eq(gf_result_pipelined(verdict.winner).median_ns, OVERLAPPED_NS);
    cr_expect_float_eq(verdict.ratio, (double)NATIVE_NS / (double)OVERLAPPED_NS, 1e-12);
    cr_expect_not(verdict.too_close);
    expect_words(verdict.text,
                 " is the fastest: 11 ms a round trip pipelined, 18 ms serial, 1.27 times as "
                 "fast as native:best (14 ms)");
    fake_bench_close(&bench, "wins");
}

/* 18 of 26 ms are fare: a serial "fail" would be 0.556. Overlapped 3 of 11 ms are not computing. */
Test(pipelined, movement_is_what_kernels_do_not_hide) {
    fake_bench bench;
    (void)add_remote(OVERLAPPED_NS);
    run_both(&bench);
    const gf_criterion_result movement = movement_of(&bench, 0);
    cr_expect_float_eq(movement.value, 3.0 / 11, 1e-12, "%g", movement.value);
    cr_expect_eq(movement.grade, GF_GRADE_MARGINAL);
    expect_words(movement.evidence, "fare (h2d + launch + d2h) is 55.6 % of total");
    expect_words(movement.evidence, "pipelined, kernels hide all but 27.3 % of the round trip");
    /* With k times the computing 3 of 3 + 8 k ms: a fifth at k = 1.5. */
    expect_words(movement.flips_when, "below 20 % with 1.5 times the computing");
    fake_bench_close(&bench, "movement");
}

/* With k >= 1 times the computing the remote device takes 3 + 8 k ms, the other 14 k. It wins
 * there; below a step between two stops there is nothing. */
Test(pipelined, flips_follow_the_overlap) {
    fake_bench bench;
    gf_verdict verdict;
    (void)add_remote(OVERLAPPED_NS);
    run_both(&bench);
    gf_verdict_reach(bench.comparison, &verdict);
    expect_words(verdict.flips_when, "no amount of computing between transfers; native:best wins "
                                     "with a kernel 1.27 times as fast");
    fake_bench_close(&bench, "flips");
    /* A native device of 9 ms wins at first: 9 k = 3 + 8 k at k = 3. */
    memset(fake_machines, 0, sizeof fake_machines);
    (void)add_remote(OVERLAPPED_NS);
    fake_machines[0].devices[1].kernel_ns = 9000000 / STOPS;
    run_both(&bench);
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect_str_eq(verdict.winner->label, "native:best");
    expect_words(verdict.text, "as fast as 0:0:best (11 ms pipelined, 18 ms serial)");
    expect_words(verdict.flips_when,
                 "0:0:best wins with more than 3 times the computing between the "
                 "same transfers, if kernels keep their rate; a kernel that was "
                 "not measured may win earlier");
    fake_bench_close(&bench, "flips upwards");
}

Test(pipelined, every_format_states_both) {
    fake_bench bench;
    (void)add_remote(OVERLAPPED_NS);
    run_both(&bench);
    char *text = report(&bench, GF_FORMAT_TEXT), *markdown = report(&bench, GF_FORMAT_MARKDOWN);
    char *csv = report(&bench, GF_FORMAT_CSV), *json = report(&bench, GF_FORMAT_JSON);
    expect_words(text, "speed-up in total time, or pipelined where that is shorter, against");
    expect_words(text, "total ms  pipelined ms");
    expect_words(text, "18.000        11.000");
    expect_words(text, "the pipelined round trip counts");
    expect_words(markdown, "pipelined ms");
    expect_words(csv, ",png,pipelined_min_ns,pipelined_max_ns,schedule,");
    expect_words(csv, ",11000000,11000000,pipelined,");
    json_t *root = json_loads(json, 0, NULL), *verdict = json_object_get(root, "verdict");
    cr_expect_str_eq(json_string_value(json_object_get(verdict, "winner_schedule")), "pipelined");
    cr_expect_str_eq(json_string_value(json_object_get(verdict, "runner_up_schedule")), "serial");
    const json_t *first = json_array_get(json_object_get(root, "results"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(first, "schedule")), "pipelined");
    json_decref(root);
    free(text);
    free(markdown);
    free(csv);
    free(json);
    fake_bench_close(&bench, "formats");
}

/* Samples that overlap are those of the round trips that count. */
Test(pipelined, too_close_is_judged_by_the_schedule_that_counts) {
    fake_bench bench;
    gf_verdict verdict;
    (void)add_remote(OVERLAPPED_NS);
    run_both(&bench);
    gf_result *remote = bench.comparison->results[0];
    for (uint32_t i = 3; i < 5; i++)
        remote->ledger.phases[GF_PHASE_TOTAL].ns[i] = 1000000; /* serial ones do not count */
    cr_assert_eq(gf_result_summarize(remote, NULL), GF_OK);
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect_not(verdict.too_close, "%s", verdict.text);
    for (uint32_t i = 3; i < 5; i++)
        remote->ledger.pipelined.ns[i] = NATIVE_NS;
    cr_assert_eq(gf_result_summarize(remote, NULL), GF_OK);
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect(verdict.too_close, "%s", verdict.text);
    fake_bench_close(&bench, "too close");
}

/* ---- Where overlapping does not help, or is wrong ------------------------ */

Test(pipelined, overlapping_that_does_not_help_changes_nothing) {
    fake_bench bench;
    gf_verdict verdict;
    (void)add_remote(SERIAL_NS + 1000000);
    run_both(&bench);
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect_str_eq(verdict.winner->label, "native:best");
    cr_expect_float_eq(verdict.ratio, (double)SERIAL_NS / (double)NATIVE_NS, 1e-12);
    expect_words(verdict.text, "0:0:best (18 ms serial, 19 ms pipelined)");
    const gf_criterion_result movement = movement_of(&bench, 0);
    cr_expect_float_eq(movement.value, 10.0 / 18, 1e-12);
    cr_expect_eq(movement.grade, GF_GRADE_FAIL);
    expect_words(movement.evidence, "a pipelined round trip is no shorter");
    fake_bench_close(&bench, "no help");
}

Test(pipelined, a_wrong_pipelined_result_has_no_time) {
    fake_bench bench;
    gf_verdict verdict;
    add_remote(OVERLAPPED_NS)->fault = (fake_fault){FAKE_PIPELINE_RUN, 3, FAKE_FLIPS_LAST, GF_OK};
    run_both(&bench);
    gf_verdict_reach(bench.comparison, &verdict);
    const gf_result *remote = bench.comparison->results[0];
    cr_expect_eq(remote->outcome, GF_OUTCOME_MISMATCH);
    cr_expect_eq(remote->pipelined.count, 0);
    cr_expect_eq(gf_result_best(remote)->count, 0);
    cr_expect_str_eq(verdict.winner->label, "native:best");
    cr_expect_null(verdict.runner_up);
    cr_expect_eq(movement_of(&bench, 0).grade, GF_GRADE_UNKNOWN);
    fake_bench_close(&bench, "wrong");
}

/* ---- What flips a comparison --------------------------------------------- */

/* Three kernels of two devices: the third one, not the runner-up, takes over first. Native takes
 * 2 k ms; 0:0 5 + k or 3 + 1.2 k ms. */
Test(pipelined, any_measured_kernel_may_flip_a_verdict) {
    fake_bench bench = fake_bench_new();
    gf_verdict verdict;
    const gf_result *result = NULL;
    fake_device *remote = fake_add(0, "0:0", "Remote", GF_CLASS_GPU);
    fake_device *local = fake_add(0, "native", "Local", GF_CLASS_NATIVE);
    local->kernel_ns = 2000000;
    bench.options.repeat = 5;
    FAKE_BENCH_OPEN(&bench, "julia", "size=9x9");
    remote->d2h_latency_ns = 3000000;
    remote->kernel_ns = 1200000;
    cr_assert_eq(fake_bench_try(&bench, 0, "best", &result, NULL), GF_OK);
    remote->d2h_latency_ns = 3500000;
    remote->kernel_ns = 900000;
    cr_assert_eq(fake_bench_try(&bench, 0, "plain", &result, NULL), GF_OK);
    (void)fake_bench_run(&bench, 1);
    gf_verdict_reach(bench.comparison, &verdict);
    cr_expect_str_eq(verdict.runner_up->label, "0:0:best");
    /* 3 + 1.2 k = 2 k at 3.75, but 3.5 + 0.9 k = 2 k at 3.18. */
    expect_words(verdict.flips_when, "0:0:plain wins with more than 3.2 times the computing");
    cr_expect_null(strstr(verdict.flips_when, "not measured"), "both were: %s", verdict.flips_when);
    fake_bench_close(&bench, "kernels");
}

/* The remote device wins with 3 + 1 ms at 1 step a stop; 0.6 times the computing would let the
 * other one win, but there is nothing below a step. */
Test(pipelined, nothing_flips_below_one_step) {
    static const char *const steps[] = {"steps-per-transfer=1", "steps-per-transfer=4"};
    for (size_t i = 0; i < 2; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_bench bench = fake_bench_new();
        gf_verdict verdict;
        fake_device *remote = fake_add(0, "0:0", "Remote", GF_CLASS_GPU);
        remote->d2h_latency_ns = 3000000;
        remote->kernel_ns = 1000000;
        fake_add(0, "native", "Local", GF_CLASS_NATIVE)->kernel_ns = 6000000;
        bench.options.repeat = 5;
        FAKE_BENCH_OPEN(&bench, "diffusion", "size=32x32", "steps=8", steps[i]);
        for (size_t k = 0; k < 2; k++)
            (void)fake_bench_run(&bench, k);
        gf_verdict_reach(bench.comparison, &verdict);
        cr_expect_str_eq(verdict.winner->label, "0:0:best");
        if (i == 0)
            expect_words(verdict.flips_when, "no amount of computing between transfers");
        else
            expect_words(verdict.flips_when, "native:best wins with less than 0.6 times");
        fake_bench_close(&bench, steps[i]);
    }
}

/* ---- Break-even ----------------------------------------------------------- */

/* 64 steps, a stop after each k. The remote device computes k us in a segment and brings the result
 * down in 100 us; the upload takes 100 us: in a row 164 + 6400 / k us. Its pipelined round trip,
 * with faster copies, takes 100 + k + 20 + (64 / k - 1) max(k, 20) us. Native takes 15 us a step,
 * 960 us in all: less than the serial one up to k = 8.04, and than the pipelined one up to k = 1.
 */
static uint64_t steps_of(const gf_problem *problem) {
    return problem->steps_per_transfer;
}

static uint64_t remote_kernel_ns(const fake_device *device, const gf_problem *problem) {
    (void)device;
    return 1000 * steps_of(problem);
}

static uint64_t local_kernel_ns(const fake_device *device, const gf_problem *problem) {
    (void)device;
    return 15000 * steps_of(problem);
}

static uint64_t remote_pipeline_ns(const fake_device *device, const gf_problem *problem) {
    const uint64_t k = steps_of(problem), pace = k > 20 ? k : 20;
    (void)device;
    return 1000 * (100 + k + 20 + (64 / k - 1) * pace);
}

Test(pipelined, break_even_is_of_the_better_round_trip) {
    static const bool overlaps[] = {false, true};
    gf_crossover found[2];
    for (size_t o = 0; o < 2; o++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *remote = fake_add(0, "0:0", "Remote", GF_CLASS_GPU);
        remote->h2d_latency_ns = 100000;
        remote->d2h_latency_ns = 100000;
        remote->problem_ns = remote_kernel_ns;
        remote->overlaps = overlaps[o];
        remote->problem_pipeline_ns = remote_pipeline_ns;
        fake_device *local = fake_add(0, "native", "Local", GF_CLASS_NATIVE);
        local->problem_ns = local_kernel_ns;
        fake_bench bench = fake_bench_new();
        bench.options.repeat = 5;
        const gf_workload *workload = gf_workload_find("diffusion", NULL);
        fake_bench_open_session(&bench, workload,
                                (const char *const[]){"size=32x32", "steps=64", NULL});
        gf_target targets[] = {{gf_session_device(bench.session, 0), "best", "test"},
                               {gf_session_device(bench.session, 1), "best", "test"}};
        const gf_target_list list = {.targets = targets, .count = 2};
        gf_breakeven *breakeven = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(
            gf_breakeven_create(bench.params, "steps-per-transfer=1:64", &breakeven, &error), GF_OK,
            "%s", error.text);
        for (size_t i = 0; i < gf_breakeven_value_count(breakeven); i++)
            cr_assert_eq(
                gf_breakeven_measure(breakeven, i, bench.session, &list, &bench.options, &error),
                GF_OK, "%s", error.text);
        cr_assert_eq(gf_breakeven_conclude(breakeven, 1, &error), GF_OK);
        gf_breakeven_result result;
        cr_assert(gf_breakeven_get_result(breakeven, 0, &result));
        found[o] = result.thresholds[GF_MEASURED];
        const gf_breakeven_cell *cell = &breakeven->series[0]->cells[2]; /* 4 steps */
        cr_expect_eq(cell->schedule, overlaps[o] ? GF_SCHEDULE_PIPELINED : GF_SCHEDULE_SERIAL);
        cr_expect_eq(cell->serial_ns, 100000 + 16 * (4000 + 100000));
        cr_expect_eq(cell->pipelined_ns, overlaps[o] ? 1000 * (100 + 4 + 20 + 15 * 20) : 0);
        cr_expect_eq((double)cell->total.median_ns,
                     overlaps[o] ? cell->pipelined_ns : cell->serial_ns);
        gf_breakeven_destroy(breakeven);
        fake_bench_close(&bench, "breakeven");
    }
    /* The values are 1, 2, 4, 8, 16, 32, 64. */
    cr_expect_eq(found[0].kind, GF_CROSSOVER_AT);
    cr_expect_eq(found[0].index, 4, "value %zu", found[0].index);
    cr_expect_eq(found[1].kind, GF_CROSSOVER_AT);
    cr_expect_eq(found[1].index, 1, "value %zu", found[1].index);
}
