/* Pipelined round trips before a run: predicted from cases whose times are known in closed form. */
#include <criterion/criterion.h>

#include "advise/advice_text.h"
#include "breakeven/breakeven.h"
#include "calibrate/profile_json.h"
#include "made_profiles.h"
#include "predict/cases.h"

FAKE_GLOBALS

TestSuite(advice_pipelined, .timeout = 120);

/* 40 steps of 7 operations on 300 x 200 cells of 8 bytes, a stop after each. Serial the GPU loses
 * against the CPU's 16.8 ms: 10.08 ms of computing and 40 downloads of 0.25 ms. Overlapped only the
 * upload, the first segment and the last download are not hidden. */
#define CELLS     (300.0 * 200)
#define COMPUTING (0.6 * 7 * CELLS * 40)
#define UP        (10000 + 0.5 * CELLS * 8)
#define DOWN      (10000 + 0.5 * CELLS * 8)
#define SERIAL    (UP + COMPUTING + 40 * DOWN)
#define PIPELINED (UP + COMPUTING + DOWN) /* a segment takes 252 us, a download 250 */

static const maker remote = {.id = "gpu",
                             .variant = "fast",
                             .device_class = GF_CLASS_GPU,
                             .op_ns = 0.6,
                             .up_ns = 10000,
                             .down_ns = 10000,
                             .byte_ns = 0.5,
                             .memory = 1 << 30};
static const maker local = {
    .id = "cpu", .variant = "best", .device_class = GF_CLASS_NATIVE, .op_ns = 1, .memory = 1 << 30};

/* Turns a case of one segment into one of 10, with launches of one step, whose downloads overlap
 * the first launch of the next segment. `help`: 1 where they do, or more where they take longer. */
static void add_stops(gf_profile *profile, double help) {
    for (size_t i = 0; i < profile->case_count; i++) {
        gf_case *c = &profile->cases[i];
        const double segment = c->kernel_ns / 10, first = segment / c->segment_steps;
        c->segments = c->downloads = 10;
        c->bytes_down = 10000;
        c->pipelined_parts = 10;
        c->part_launches = c->segment_steps;
        c->pipelined_ns =
            help * (c->h2d_ns + c->kernel_ns + c->d2h_ns + 9 * fmax(c->d2h_ns - first, 0));
        c->d2h_ns *= 10;
    }
}

typedef struct pair {
    made m;
    double help; /* 0: the cases have no pipelined times */
} pair;

/* The remote device first. */
static void advise_pair(pair *p) {
    const maker *makers[] = {&remote, &local};
    const gf_problem *problem = p->m.bench.comparison->problem;
    gf_error error = GF_ERROR_INIT;
    p->m.candidates = no_candidates();
    for (size_t i = 0; i < 2; i++) {
        gf_profile *profile = make_profile(makers[i], problem);
        if (i == 0 && p->help > 0)
            add_stops(profile, p->help);
        cr_assert_eq(gf_candidates_add_model(p->m.candidates, problem->params, profile,
                                             "by the test", &error),
                     GF_OK, "%s", error.text);
    }
    cr_assert_eq(gf_advice_of(p->m.bench.comparison, p->m.candidates, &p->m.advice, &error), GF_OK,
                 "%s", error.text);
}

/* The session points into the bench, which must not move. */
static void open_pair(pair *p, double help) {
    p->help = help;
    memset(fake_machines, 0, sizeof fake_machines);
    p->m.bench = fake_bench_new();
    FAKE_BENCH_OPEN(&p->m.bench, "diffusion", "size=300x200", "steps=40", "steps-per-transfer=1");
    advise_pair(p);
}

static char *report(const gf_advice *advice, gf_format format) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    cr_assert_not_null(stream);
    cr_assert_eq(gf_advice_report(advice, format, NULL, stream, NULL), GF_OK);
    fclose(stream);
    return text;
}

Test(advice_pipelined, a_device_that_overlaps_is_predicted_and_wins) {
    pair p;
    open_pair(&p, 1);
    const gf_prediction *gpu = &p.m.candidates->items[0].prediction;
    cr_expect_float_eq(gpu->phases[GF_PHASE_TOTAL].value / SERIAL, 1, 1e-6);
    cr_expect_float_eq(gpu->pipelined.value / PIPELINED, 1, 1e-6, "%g, not %g",
                       gpu->pipelined.value, PIPELINED);
    cr_expect_lt(gpu->pipelined.low, PIPELINED);
    cr_expect_gt(gpu->pipelined.high, PIPELINED);
    cr_expect_eq(gf_prediction_schedule(gpu), GF_SCHEDULE_PIPELINED);
    const gf_advice_verdict *verdict = &p.m.advice->verdict;
    cr_expect_eq(verdict->kind, GF_ADVICE_DEVICE);
    cr_expect_eq(verdict->ranking.winner, 0);
    cr_expect_float_eq(verdict->lead.ratio.value, 7 * CELLS * 40 / PIPELINED, 1e-4);
    char text[1024];
    gf_advice_format(p.m.advice, text, sizeof text);
    expect_words(text, " pipelined, 20.3 ms serial a round trip", "verdict");
    const gf_criterion_result *movement = &p.m.advice->criteria[GF_CRITERION_MOVEMENT].result;
    cr_expect_float_eq(movement->value, (UP + DOWN) / PIPELINED, 1e-6);
    cr_expect_eq(movement->grade, GF_GRADE_PASS);
    done(&p.m, "wins");
}

Test(advice_pipelined, reports_state_both) {
    pair p;
    open_pair(&p, 1);
    char *csv = report(p.m.advice, GF_FORMAT_CSV), *text = report(p.m.advice, GF_FORMAT_TEXT);
    char *json = report(p.m.advice, GF_FORMAT_JSON);
    expect_words(csv, ",points,pipelined_ns,pipelined_low_ns,pipelined_high_ns,build_ns,", "CSV");
    expect_words(text, "or pipelined where that is shorter, against", "text");
    json_t *root = json_loads(json, 0, NULL), *verdict = json_object_get(root, "verdict");
    cr_expect_str_eq(json_string_value(json_object_get(verdict, "winner_schedule")), "pipelined");
    cr_expect_str_eq(json_string_value(json_object_get(verdict, "runner_up_schedule")), "serial");
    const json_t *items = json_object_get(root, "contenders");
    const json_t *first = json_object_get(json_array_get(items, 0), "pipelined");
    cr_expect_float_eq(json_real_value(json_object_get(first, "value_ns")) / PIPELINED, 1, 1e-6);
    cr_expect(json_is_null(json_object_get(json_array_get(items, 1), "pipelined")));
    json_decref(root);
    free(csv);
    free(text);
    free(json);
    done(&p.m, "reports");
}

/* Nothing is hidden on a device whose measured cases did not profit; nothing is predicted without
 * such cases. */
Test(advice_pipelined, only_measured_overlap_counts) {
    pair none;
    open_pair(&none, 0);
    cr_expect_eq(none.m.candidates->items[0].prediction.pipelined.value, 0);
    cr_expect_eq(none.m.advice->verdict.ranking.winner, 1);
    done(&none.m, "not measured");
    pair slow;
    open_pair(&slow, 2.5);
    const gf_prediction *gpu = &slow.m.candidates->items[0].prediction;
    cr_expect_float_eq(gpu->pipelined.value / PIPELINED, 2.5, 1e-6);
    cr_expect_eq(gf_prediction_schedule(gpu), GF_SCHEDULE_SERIAL);
    cr_expect_eq(slow.m.advice->verdict.ranking.winner, 1);
    done(&slow.m, "slow");
}

/* Serial the GPU wins from 2 steps on: 40 / k 0.25 ms < 6.47 ms. Overlapped it always wins. */
Test(advice_pipelined, predicted_break_even_is_of_the_better_round_trip) {
    gf_crossover_kind kinds[2];
    for (int overlaps = 0; overlaps < 2; overlaps++) {
        pair p;
        open_pair(&p, overlaps);
        gf_breakeven *breakeven = NULL;
        gf_params *params = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_params_create(gf_workload_find("diffusion", NULL), &params, &error), GF_OK);
        cr_assert_eq(gf_params_set(params, "size", "300x200", &error), GF_OK);
        cr_assert_eq(gf_params_set(params, "steps", "40", &error), GF_OK);
        cr_assert_eq(gf_breakeven_create(params, "steps-per-transfer=1:40", &breakeven, &error),
                     GF_OK, "%s", error.text);
        cr_assert_eq(gf_breakeven_add_predictions(breakeven, p.m.candidates, NULL, &error), GF_OK);
        cr_assert_eq(gf_breakeven_conclude(breakeven, 1, &error), GF_OK);
        gf_breakeven_result result;
        cr_assert(gf_breakeven_get_result(breakeven, 0, &result));
        kinds[overlaps] = result.thresholds[GF_PREDICTED].kind;
        cr_expect_float_eq(
            gf_breakeven_predicted_ns(breakeven, 0, 0) / (overlaps ? PIPELINED : SERIAL), 1, 1e-6);
        gf_breakeven_destroy(breakeven);
        gf_params_destroy(params);
        done(&p.m, "break-even");
    }
    cr_expect_eq(kinds[0], GF_CROSSOVER_AT);
    cr_expect_eq(kinds[1], GF_CROSSOVER_ALWAYS);
}

/* Profiles of older versions lack these times. */
Test(advice_pipelined, profiles_keep_pipelined_times_and_may_lack_them) {
    static const char *const keys[] = {"pipelined_ns", "pipelined_parts", "part_launches"};
    pair p;
    open_pair(&p, 1);
    gf_profile *read = NULL;
    gf_error error = GF_ERROR_INIT;
    const gf_profile *profile = p.m.candidates->items[0].profile;
    json_t *json = gf_profile_to_json(profile);
    cr_assert_eq(gf_profile_from_json(json, &read, &error), GF_OK, "%s", error.text);
    cr_expect_eq(read->cases[0].pipelined_ns, profile->cases[0].pipelined_ns);
    cr_expect_eq(read->cases[0].pipelined_parts, 10);
    cr_expect_eq(read->cases[0].part_launches, profile->cases[0].part_launches);
    gf_profile_destroy(read);
    for (size_t i = 0; i < 3; i++)
        (void)json_object_del(json_array_get(json_object_get(json, "points"), 0), keys[i]);
    cr_assert_eq(gf_profile_from_json(json, &read, &error), GF_OK, "%s", error.text);
    cr_expect_eq(read->cases[0].pipelined_ns, 0);
    gf_profile_destroy(read);
    json_decref(json);
    done(&p.m, "profiles");
}

/* ---- Calibrated by the tool itself ---------------------------------------- */

/* A device that takes 2 ns a cell and step, 5 us a launch, 3 us and 1 ns a byte a transfer, and
 * overlaps downloads with launches of one step. */
static uint64_t launch_of(const gf_problem *problem) {
    const gf_buffer_spec *field = &problem->buffers[problem->result];
    return 5000 + 2 * (uint64_t)field->rows * field->cols * problem->steps_per_transfer;
}

static uint64_t segment_ns(const fake_device *device, const gf_problem *problem) {
    (void)device;
    return launch_of(problem);
}

static uint64_t transfer_of(const gf_problem *problem) {
    return 3000 + problem->buffers[problem->result].bytes;
}

static uint64_t overlapped_trip_ns(const fake_device *device, const gf_problem *problem) {
    const uint64_t segment = launch_of(problem), down = transfer_of(problem);
    const uint64_t first = segment / problem->steps_per_transfer;
    const uint64_t waiting = down > first ? down - first : 0;
    (void)device;
    return transfer_of(problem) + segment + down +
           (gf_problem_stops(problem) - 1) * (segment + waiting);
}

static const char *const few_cases[] = {
    "size=16x16 steps=8 steps-per-transfer=1",   "size=64x64 steps=8 steps-per-transfer=1",
    "size=32x32 steps=16 steps-per-transfer=2",  "size=64x64 steps=16 steps-per-transfer=4",
    "size=128x128 steps=8 steps-per-transfer=1", NULL};

Test(advice_pipelined, calibration_measures_what_predictions_need) {
    gf_workload workload = *gf_workload_find("diffusion", NULL);
    workload.calibration = few_cases;
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    device->h2d_latency_ns = device->d2h_latency_ns = 3000;
    device->bytes_per_ns = 1;
    device->problem_ns = segment_ns;
    device->overlaps = true;
    device->problem_pipeline_ns = overlapped_trip_ns;
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(
        &bench, &workload,
        (const char *const[]){"size=100x80", "steps=12", "steps-per-transfer=1", NULL});
    gf_device *found = gf_session_device(bench.session, 0);
    gf_profile *profile = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(&found->info, 1, &profile, &error), GF_OK);
    profile->used = GF_MEMORY_PAGEABLE;
    profile->transfers[GF_UP][GF_MEMORY_PAGEABLE] = line(3000, 1);
    profile->transfers[GF_DOWN][GF_MEMORY_PAGEABLE] = line(3000, 1);
    profile->ceilings.launch_ns = 5000;
    const gf_context context = {bench.session, &bench.options};
    cr_assert_eq(gf_profile_measure_cases(&context, found, "best", bench.params, profile, &error),
                 GF_OK, "%s", error.text);
    cr_assert_eq(profile->case_count, 5);
    cr_expect_eq(profile->cases[1].pipelined_parts, 8);
    cr_expect_eq(profile->cases[1].part_launches, 1);
    const gf_problem *problem = bench.comparison->problem;
    gf_estimate estimate = gf_estimate_of(problem);
    gf_prediction prediction;
    gf_predict(profile, "best", problem, &estimate, &prediction);
    const double want = (double)overlapped_trip_ns(device, problem);
    cr_expect_float_eq(prediction.pipelined.value / want, 1, 0.03, "%g, not %g",
                       prediction.pipelined.value, want);
    cr_expect_eq(gf_prediction_schedule(&prediction), GF_SCHEDULE_PIPELINED);
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "calibration");
}
