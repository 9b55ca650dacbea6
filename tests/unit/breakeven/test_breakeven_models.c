/* Predicted break-even, on profiles whose times and thresholds are known in closed form. */
#include "breakeven/breakeven.h"
#include "made_profiles.h"

FAKE_GLOBALS

/* 64 steps of 7 operations on 64 x 64 cells of 8 bytes. One device has a fare and is fast, the
 * other has none: with a stop after each k steps
 *   20000 + 0.1 B + 64/k (60000 + 0.1 B) + 0.1 O = O,  B = 32768 bytes, O = 64 64^2 7 operations,
 * at k = 64 63276.8 / (0.9 O - 23276.8) = 2.4871. */
#define BYTES      (64.0 * 64 * 8)
#define OPERATIONS (64.0 * 64 * 64 * 7)
#define EVERY      (64 * (60000 + 0.1 * BYTES) / (0.9 * OPERATIONS - 20000 - 0.1 * BYTES))

static const maker remote = {.id = "0:0",
                             .variant = "fast",
                             .device_class = GF_CLASS_GPU,
                             .op_ns = 0.1,
                             .up_ns = 20000,
                             .down_ns = 60000,
                             .byte_ns = 0.1};
static const maker local = {
    .id = "native", .variant = "best", .device_class = GF_CLASS_NATIVE, .op_ns = 1};

typedef struct models {
    fake_bench bench;
    gf_candidates *candidates;
    gf_breakeven *breakeven;
} models;

static void open_models(models *m) {
    gf_error error = GF_ERROR_INIT;
    m->bench = fake_bench_new();
    FAKE_BENCH_OPEN(&m->bench, "diffusion", "size=64x64", "steps=64");
    cr_assert_eq(
        gf_breakeven_create(m->bench.params, "steps-per-transfer=1:64", &m->breakeven, &error),
        GF_OK, "%s", error.text);
    m->candidates = no_candidates();
}

/* Adds a device; `slow` NULL, or a second kernel of it. */
static void add_model(models *m, const maker *fast, const maker *slow) {
    const gf_problem *problem = m->bench.comparison->problem;
    gf_profile *profile = make_profile(fast, problem);
    gf_error error = GF_ERROR_INIT;
    for (int corner = 0; slow != NULL && corner < 8; corner++)
        add_case(profile, slow, problem, corner);
    cr_assert_eq(gf_candidates_add_model(m->candidates, problem->params, profile, "test", &error),
                 GF_OK, "%s", error.text);
}

static void predict(models *m) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_breakeven_add_predictions(m->breakeven, m->candidates, NULL, &error), GF_OK,
                 "%s", error.text);
    cr_assert_eq(gf_breakeven_conclude(m->breakeven, 1, &error), GF_OK);
}

static void close_models(models *m) {
    gf_breakeven_destroy(m->breakeven);
    gf_candidates_destroy(m->candidates);
    fake_bench_close(&m->bench, "models");
}

Test(breakeven_models, a_threshold_in_closed_form) {
    models m;
    open_models(&m);
    add_model(&m, &remote, NULL);
    add_model(&m, &local, NULL);
    predict(&m);
    cr_assert_eq(m.breakeven->threshold_count, 2);
    const gf_breakeven_threshold *found = &m.breakeven->thresholds[0];
    cr_expect_eq(found->basis, GF_PREDICTED);
    cr_expect_eq(found->crossover.kind, GF_CROSSOVER_AT);
    cr_expect_eq(m.breakeven->sweep.values[found->crossover.index].number, 4);
    cr_expect_float_eq(found->crossover.crossing / EVERY, 1, 0.1, "%g, not %g",
                       found->crossover.crossing, EVERY);
    cr_expect(found->crossover.low <= EVERY && EVERY <= found->crossover.high, "%g to %g",
              found->crossover.low, found->crossover.high);
    cr_expect_eq(m.breakeven->thresholds[1].crossover.kind, GF_CROSSOVER_NEVER);
    close_models(&m);
}

/* A model is one, whatever its class: nothing was measured. */
Test(breakeven_models, models_are_no_evidence) {
    models m;
    open_models(&m);
    add_model(&m, &remote, NULL);
    predict(&m);
    cr_assert_eq(m.breakeven->series_count, 1);
    const gf_breakeven_series *series = m.breakeven->series[0];
    cr_expect(series->modelled);
    cr_expect_eq(series->device_class, GF_CLASS_GPU);
    cr_expect_str_eq(series->kind, "opencl-gpu");
    cr_expect(gf_breakeven_has_any(m.breakeven, series, GF_PREDICTED));
    cr_expect_not(gf_breakeven_has_any(m.breakeven, series, GF_MEASURED));
    cr_expect_not(gf_breakeven_gpu_evidence(m.breakeven));
    cr_expect_eq(m.breakeven->threshold_count, 0, "one device alone wins nothing");
    close_models(&m);
}

/* Of a device that is not here, the kernel that is best at the end of the sweep stands for it. */
Test(breakeven_models, the_best_kernel_of_a_model) {
    maker slow = remote;
    slow.variant = "slow";
    slow.op_ns = 10;
    for (int order = 0; order < 2; order++) {
        models m;
        memset(fake_machines, 0, sizeof fake_machines);
        open_models(&m);
        add_model(&m, order == 0 ? &remote : &slow, order == 0 ? &slow : &remote);
        add_model(&m, &local, NULL);
        predict(&m);
        cr_assert_eq(m.breakeven->series_count, 2);
        cr_expect_str_eq(m.breakeven->series[0]->label, "model 0:0:fast");
        cr_expect_str_eq(m.breakeven->series[1]->label, "model native:best");
        close_models(&m);
    }
}

Test(breakeven_models, a_device_that_cannot_be_predicted) {
    maker empty = remote;
    empty.variant = "";
    models m;
    open_models(&m);
    add_model(&m, &empty, NULL);
    add_model(&m, &local, NULL);
    predict(&m);
    cr_assert_eq(m.breakeven->series_count, 2);
    const gf_breakeven_cell *cell = &m.breakeven->series[0]->cells[0];
    cr_expect(cell->asked);
    cr_expect_not(cell->prediction.possible);
    expect_words(cell->prediction.why_not, "has no", "the reason");
    cr_expect_eq(m.breakeven->threshold_count, 0);
    close_models(&m);
}

Test(breakeven_models, interrupted) {
    models m;
    volatile sig_atomic_t cancel = 1;
    gf_error error = GF_ERROR_INIT;
    open_models(&m);
    add_model(&m, &remote, NULL);
    cr_expect_eq(gf_breakeven_add_predictions(m.breakeven, m.candidates, &cancel, &error),
                 GF_INTERRUPTED);
    cr_expect_eq(m.breakeven->series_count, 0);
    close_models(&m);
}
