/* Break-even on fake devices whose times, and so their thresholds, are known in closed form. */
#include <jansson.h>
#include <math.h>

#include "breakeven/breakeven_text.h"
#include "stats/random.h"
#include "sweep_study.h"

FAKE_GLOBALS

#define NOISY_CASES 200

/* The threshold of a device against all others. */
static const gf_breakeven_threshold *threshold_of(const sweep_study *study, size_t device,
                                                  gf_basis basis) {
    for (size_t i = 0; i < study->breakeven->threshold_count; i++) {
        const gf_breakeven_threshold *found = &study->breakeven->thresholds[i];
        if (found->series == device && found->basis == basis && found->rival == GF_ALL_RIVALS)
            return found;
    }
    cr_assert_fail("device %zu has no threshold", device);
    return NULL;
}

/* ---- A size ------------------------------------------------------------ */

/* Julia's result has 2 bytes a pixel and nothing goes up. The remote device takes 50 us, 2 ns a
 * pixel to bring the result down and 1 ns a pixel to compute; the local one 10 ns a pixel:
 * 50000 + 3 n^2 = 10 n^2. */
#define REMOTE_NS_PER_PIXEL 1
#define LOCAL_NS_PER_PIXEL  10
#define SIDE                sqrt(50000.0 / 7)

static void measure_sides(sweep_study *study) {
    const gf_sweep *sweep = &study->breakeven->sweep;
    for (size_t i = 0; i < sweep->count; i++) {
        const uint64_t side = (uint64_t)sweep->values[i].number;
        fake_machines[0].devices[REMOTE].kernel_ns = side * side * REMOTE_NS_PER_PIXEL;
        fake_machines[0].devices[LOCAL].kernel_ns = side * side * LOCAL_NS_PER_PIXEL;
        measure(study, i);
    }
}

static void open_sides(sweep_study *study, const char *sweep) {
    add_devices();
    open_study(study, "julia", sweep, (const char *const[]){"max-iter=8", NULL});
    measure_sides(study);
}

Test(breakeven, times_are_those_of_the_devices) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    const gf_breakeven_cell *cell = &study.breakeven->series[REMOTE]->cells[2]; /* 64 x 64 */
    cr_expect_eq(cell->total.median_ns, 50000 + 3 * 64 * 64);
    cr_expect_eq(cell->total.count, 5);
    cr_expect_eq(study.breakeven->series[LOCAL]->cells[4].total.median_ns, 10 * 256 * 256);
    cr_expect_eq(study.breakeven->footprints[2], 2 * 64 * 64);
    cr_expect_str_eq(study.breakeven->series[REMOTE]->label, "0:0:best");
    close_study(&study);
}

Test(breakeven, a_side_within_one_step) {
    static const char *const sweeps[] = {"size=16:256", "size=16:256:x1.5", "size=40:240:+20",
                                         "size=16x16:256x256:x4"};
    for (size_t s = 0; s < sizeof sweeps / sizeof sweeps[0]; s++) {
        sweep_study study;
        fake_machines[0] = (fake_machine){.count = 0};
        open_sides(&study, sweeps[s]);
        conclude(&study);
        const gf_sweep *sweep = &study.breakeven->sweep;
        const gf_crossover *found = &threshold_of(&study, REMOTE, GF_MEASURED)->crossover;
        cr_assert_eq(found->kind, GF_CROSSOVER_AT, "%s", sweeps[s]);
        cr_expect(sweep->values[found->index - 1].number < SIDE &&
                      SIDE < sweep->values[found->index].number,
                  "%s: %g", sweeps[s], sweep->values[found->index].number);
        cr_expect(found->low <= SIDE && SIDE <= found->high, "%s: %g to %g", sweeps[s], found->low,
                  found->high);
        cr_expect_eq(threshold_of(&study, LOCAL, GF_MEASURED)->crossover.kind, GF_CROSSOVER_NEVER);
        close_study(&study);
    }
}

Test(breakeven, always_and_never) {
    sweep_study study;
    open_sides(&study, "size=128:256");
    conclude(&study);
    cr_expect_eq(threshold_of(&study, REMOTE, GF_MEASURED)->crossover.kind, GF_CROSSOVER_ALWAYS);
    cr_expect_eq(threshold_of(&study, LOCAL, GF_MEASURED)->crossover.kind, GF_CROSSOVER_NEVER);
    char text[640];
    gf_breakeven_format(study.breakeven, threshold_of(&study, REMOTE, GF_MEASURED), text,
                        sizeof text);
    cr_expect_str_eq(text, "measured: 0:0:best wins against all others always, from 128x128 on");
    close_study(&study);
    fake_machines[0] = (fake_machine){.count = 0};
    open_sides(&study, "size=8:64");
    conclude(&study);
    cr_expect_eq(threshold_of(&study, LOCAL, GF_MEASURED)->crossover.kind, GF_CROSSOVER_ALWAYS);
    gf_breakeven_format(study.breakeven, threshold_of(&study, REMOTE, GF_MEASURED), text,
                        sizeof text);
    cr_expect_str_eq(text, "measured: 0:0:best wins against all others never up to 64x64");
    close_study(&study);
}

/* At 256 x 256 the remote device saves 655360 - 246608 in each call; at 128 x 128, 163840 - 99152.
 */
Test(breakeven, calls_until_a_device_is_ahead) {
    sweep_study study;
    char text[320];
    open_sides(&study, "size=16:256");
    conclude(&study);
    const gf_breakeven_series *remote = study.breakeven->series[REMOTE];
    const gf_breakeven_series *local = study.breakeven->series[LOCAL];
    for (size_t i = 0; i < 5; i++) {
        study.breakeven->series[REMOTE]->cells[i].cost.build_ns = 900000000;
        study.breakeven->series[REMOTE]->cells[i].cost.alloc_ns = 100000000;
        study.breakeven->series[LOCAL]->cells[i].cost.build_ns = 0;
        study.breakeven->series[LOCAL]->cells[i].cost.alloc_ns = 0;
    }
    cr_expect_eq(gf_breakeven_ahead_after(study.breakeven, remote, 4, GF_MEASURED), 2447);
    cr_expect_eq(gf_breakeven_ahead_after(study.breakeven, remote, 3, GF_MEASURED), 15459);
    cr_expect_eq(gf_breakeven_ahead_after(study.breakeven, remote, 2, GF_MEASURED), 0);
    cr_expect_eq(gf_breakeven_ahead_after(study.breakeven, local, 2, GF_MEASURED), 1);
    cr_expect_eq(gf_breakeven_ahead_after(study.breakeven, local, 4, GF_MEASURED), 0);
    cr_expect_eq(gf_breakeven_ahead_after(study.breakeven, remote, 4, GF_PREDICTED), 0);
    gf_breakeven_format_calls(study.breakeven, threshold_of(&study, REMOTE, GF_MEASURED), text,
                              sizeof text);
    cr_expect_str_eq(text, "measured: 0:0:best is ahead after 15459 calls at size 128x128, after "
                           "2447 at 256x256; its build (900 ms) and buffers are counted");
    gf_breakeven_format_calls(study.breakeven, threshold_of(&study, LOCAL, GF_MEASURED), text,
                              sizeof text);
    cr_expect_str_eq(text, ""); /* it does not win in the end */
    study.breakeven->series[LOCAL]->cells[4].disturbed = true;
    cr_expect_eq(gf_breakeven_ahead_after(study.breakeven, remote, 4, GF_MEASURED), 0);
    close_study(&study);
}

/* Every sample off by a few per cent, as on a real machine. */
static void add_noise(sweep_study *study, uint64_t clean[DEVICES][GF_SWEEP_MAX], double scatter,
                      uint64_t *random) {
    for (size_t d = 0; d < DEVICES; d++) {
        for (size_t i = 0; i < study->breakeven->sweep.count; i++) {
            gf_samples *totals = &study->breakeven->series[d]->cells[i].totals;
            for (uint32_t k = 0; k < totals->count; k++)
                totals->ns[k] = (uint64_t)llround((double)clean[d][i] *
                                                  exp(scatter * gf_random_normal(random)));
        }
    }
}

Test(breakeven, noisy_intervals_cover_the_truth, .timeout = 120) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    const gf_sweep *sweep = &study.breakeven->sweep;
    uint64_t clean[DEVICES][GF_SWEEP_MAX], random = SEED;
    for (size_t d = 0; d < DEVICES; d++) {
        for (size_t i = 0; i < sweep->count; i++)
            clean[d][i] = study.breakeven->series[d]->cells[i].total.median_ns;
    }
    uint32_t held = 0, near = 0;
    for (int i = 0; i < NOISY_CASES; i++) {
        add_noise(&study, clean, 0.05, &random);
        conclude(&study);
        const gf_crossover *found = &threshold_of(&study, REMOTE, GF_MEASURED)->crossover;
        held += found->low <= SIDE && SIDE <= found->high;
        near += found->kind == GF_CROSSOVER_AT && found->index >= 2 && found->index <= 4;
    }
    cr_log_info("held %u, within a step %u of %d", held, near, NOISY_CASES);
    cr_expect_geq(held, NOISY_CASES * 9 / 10);
    cr_expect_eq(near, NOISY_CASES);
    close_study(&study);
}

/* ---- Steps between transfers ------------------------------------------- */

/* 64 steps on 32 x 32 cells of 8 bytes. The field goes up once, 20 us + 8192 ns. After each k steps
 * it comes down, 40 us + 8192 ns, with a launch of 10 us; a step takes 1 us there and 20 us here:
 * 28192 + 64/k 58192 + 64000 = 1280000 at k = 64 * 58192 / 1187808 = 3.1354. */
#define STEPS 64
#define EVERY (STEPS * 58192.0 / (1280000.0 - 64000.0 - 28192.0))

Test(breakeven, steps_between_transfers) {
    sweep_study study;
    add_devices();
    open_study(&study, "diffusion", "steps-per-transfer=1:64",
               (const char *const[]){"size=32x32", "steps=64", NULL});
    const gf_sweep *sweep = &study.breakeven->sweep;
    for (size_t i = 0; i < sweep->count; i++) {
        fake_machines[0].devices[REMOTE].kernel_ns = (uint64_t)sweep->values[i].number * 1000;
        fake_machines[0].devices[LOCAL].kernel_ns = (uint64_t)sweep->values[i].number * 20000;
        measure(&study, i);
    }
    conclude(&study);
    cr_expect_eq(study.breakeven->series[REMOTE]->cells[0].total.median_ns,
                 28192 + 64 * 58192 + 64000);
    const gf_crossover *found = &threshold_of(&study, REMOTE, GF_MEASURED)->crossover;
    cr_expect_eq(sweep->values[found->index].number, 4);
    cr_expect(found->low <= EVERY && EVERY <= found->high, "%g to %g, not %g", found->low,
              found->high, EVERY);
    cr_expect_float_eq(found->crossing / EVERY, 1, 0.05, "%g", found->crossing);
    close_study(&study);
}

Test(breakeven, more_steps_than_there_are_raise_them) {
    sweep_study study;
    add_devices();
    open_study(&study, "diffusion", "steps-per-transfer=1:600:x600",
               (const char *const[]){"size=8x8", NULL});
    cr_expect_str_eq(gf_params_text(study.breakeven->params[0], "steps"), "600");
    cr_assert_eq(study.breakeven->notes.count, 1);
    cr_expect_not_null(
        strstr(study.breakeven->notes.lines[0], "steps is 600, not the default 500"));
    close_study(&study);
}

Test(breakeven, values_can_be_read) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "size=16:64", NULL);
    cr_expect_str_eq(gf_breakeven_parameter(study.breakeven), "size");
    cr_assert_eq(gf_breakeven_value_count(study.breakeven), 3);
    cr_expect_str_eq(gf_breakeven_value(study.breakeven, 1), "32x32");
    cr_expect_str_eq(gf_params_text(gf_breakeven_params(study.breakeven, 1), "size"), "32x32");
    cr_expect_eq(gf_breakeven_threads(study.breakeven, 1), 0);
    close_study(&study);
}

Test(breakeven, threads_are_of_the_session_and_not_predicted) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "threads=1:4", NULL);
    cr_expect_str_eq(gf_breakeven_parameter(study.breakeven), "threads");
    cr_expect_eq(gf_breakeven_threads(study.breakeven, 2), 4);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_breakeven_predict(study.breakeven, study.bench.session, &study.selection, NULL,
                                      &study.bench.options, &error),
                 GF_USAGE);
    cr_expect_str_eq(error.parameter, "sweep");
    close_study(&study);
}

Test(breakeven, values_that_cannot_be) {
    add_devices();
    fake_bench bench = fake_bench_new();
    const gf_workload *workload = gf_workload_find("diffusion", NULL);
    fake_bench_open_session(&bench, workload, NULL);
    gf_breakeven *breakeven = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_breakeven_create(bench.params, "dt=0.1:0.4", &breakeven, &error), GF_USAGE);
    cr_expect_null(breakeven);
    cr_expect_not_null(strstr(error.text, "sweep dt, at 0.4: "), "%s", error.text);
    cr_expect_not_null(strstr(error.text, "unstable"), "%s", error.text);
    cr_expect_str_eq(error.parameter, "sweep");
    cr_expect_eq(gf_breakeven_create(bench.params, "size=64:1000000000", &breakeven, &error),
                 GF_UNSUPPORTED);
    cr_expect_not_null(strstr(error.text, "sweep size, at"), "%s", error.text);
    fake_bench_close(&bench, "values");
}

/* ---- What goes wrong --------------------------------------------------- */

/* A wrong result has no time, so the other device wins there; the status says so. */
Test(breakeven, a_device_that_disagrees) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "size=128:256:+64", (const char *const[]){"max-iter=8", NULL});
    fake_device *remote = &fake_machines[0].devices[REMOTE];
    remote->fault = (fake_fault){FAKE_LAUNCH, 7, FAKE_FLIPS_FIRST, GF_OK}; /* at the second value */
    measure_sides(&study);
    conclude(&study);
    const gf_breakeven_series *series = study.breakeven->series[REMOTE];
    cr_expect_eq(series->cells[0].outcome, GF_OUTCOME_OK);
    cr_expect_eq(series->cells[1].outcome, GF_OUTCOME_MISMATCH);
    cr_expect_eq(series->cells[1].total.count, 0);
    cr_expect_not(gf_breakeven_has(series, 1, GF_MEASURED));
    cr_expect_eq(threshold_of(&study, REMOTE, GF_MEASURED)->crossover.index, 2);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_breakeven_status(study.breakeven, &error), GF_MISMATCH);
    cr_expect_not_null(strstr(error.text, "at 192x192: 0:0:best"), "%s", error.text);
    close_study(&study);
}

Test(breakeven, interrupted) {
    sweep_study study;
    add_devices();
    volatile sig_atomic_t cancel = 0;
    open_study(&study, "julia", "size=16:32", (const char *const[]){"max-iter=8", NULL});
    fake_device *remote = &fake_machines[0].devices[REMOTE];
    remote->fault = (fake_fault){FAKE_LAUNCH, 2, FAKE_CANCELS, GF_OK};
    remote->cancel = &cancel;
    study.bench.options.cancel = &cancel;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_breakeven_measure(study.breakeven, 0, study.bench.session, &study.selection,
                                      &study.bench.options, &error),
                 GF_INTERRUPTED);
    close_study(&study);
}

/* ---- Reading ----------------------------------------------------------- */

static void add_predictions(sweep_study *study);

Test(breakeven, results_can_be_read) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    add_predictions(&study);
    gf_breakeven_result result;
    cr_assert_eq(gf_breakeven_result_count(study.breakeven), DEVICES);
    cr_assert(gf_breakeven_get_result(study.breakeven, REMOTE, &result));
    cr_expect_not(result.concluded[GF_MEASURED], "nothing is concluded yet");
    conclude(&study);
    cr_assert(gf_breakeven_get_result(study.breakeven, REMOTE, &result));
    cr_expect_str_eq(result.label, "0:0:best");
    cr_expect_str_eq(result.name, "Remote");
    cr_expect_str_eq(result.kind, "opencl-gpu");
    cr_expect_not(result.modelled);
    for (gf_basis basis = 0; basis < GF_BASES; basis++) {
        const gf_crossover *threshold = &result.thresholds[basis];
        cr_assert(result.concluded[basis]);
        cr_expect_eq(threshold->kind, GF_CROSSOVER_AT);
        cr_expect_str_eq(gf_breakeven_value(study.breakeven, threshold->index), "128x128");
        cr_expect(threshold->low <= SIDE && SIDE <= threshold->high);
    }
    cr_assert(gf_breakeven_get_result(study.breakeven, LOCAL, &result));
    cr_expect_eq(result.thresholds[GF_MEASURED].kind, GF_CROSSOVER_NEVER);
    cr_expect_not(gf_breakeven_get_result(study.breakeven, DEVICES, &result));
    const gf_statistics time = gf_breakeven_time(study.breakeven, REMOTE, 2);
    cr_expect_eq(time.count, 5);
    cr_expect_eq(time.median_ns, 50000 + 3 * 64 * 64);
    cr_expect_float_eq(gf_breakeven_predicted_ns(study.breakeven, REMOTE, 2),
                       1.1 * (50000 + 3 * 64 * 64), 1e-6);
    cr_expect_eq(gf_breakeven_time(study.breakeven, DEVICES, 2).count, 0);
    cr_expect_eq(gf_breakeven_time(study.breakeven, REMOTE, 5).count, 0);
    cr_expect_eq(gf_breakeven_predicted_ns(study.breakeven, REMOTE, 5), 0);
    close_study(&study);
}

Test(breakeven, values_beyond_the_end) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "threads=1:4", NULL);
    const size_t beyond[] = {3, GF_SWEEP_MAX, SIZE_MAX};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        gf_error error = GF_ERROR_INIT;
        cr_expect_null(gf_breakeven_value(study.breakeven, beyond[i]));
        cr_expect_null(gf_breakeven_params(study.breakeven, beyond[i]));
        cr_expect_eq(gf_breakeven_threads(study.breakeven, beyond[i]), 0);
        cr_expect_eq(gf_breakeven_measure(study.breakeven, beyond[i], study.bench.session,
                                          &study.selection, &study.bench.options, &error),
                     GF_USAGE);
        cr_expect_str_eq(error.parameter, "sweep");
    }
    close_study(&study);
}

/* Without options the defaults hold: as many samples as add up to 0.25 s, of 1 s each. */
Test(breakeven, options_may_be_left_out) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "size=16:32", (const char *const[]){"max-iter=8", NULL});
    for (size_t d = 0; d < DEVICES; d++)
        fake_machines[0].devices[d].kernel_ns = 1000000000;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_breakeven_measure(study.breakeven, 0, study.bench.session, &study.selection,
                                      NULL, &error),
                 GF_OK, "%s", error.text);
    cr_expect_eq(gf_breakeven_time(study.breakeven, REMOTE, 0).count, 5);
    const gf_target_list nothing = {NULL, 0, NULL, 0};
    cr_expect_eq(
        gf_breakeven_predict(study.breakeven, study.bench.session, &nothing, NULL, NULL, &error),
        GF_OK, "%s", error.text);
    close_study(&study);
}

/* The second outcome stands alone, without the times of the first, and the other way round. */
Test(breakeven, measuring_again_replaces) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "size=16:32", (const char *const[]){"max-iter=8", NULL});
    fake_device *remote = &fake_machines[0].devices[REMOTE];
    measure(&study, 0);
    cr_expect_eq(gf_breakeven_time(study.breakeven, REMOTE, 0).count, 5);
    measure(&study, 0);
    cr_expect_eq(gf_breakeven_time(study.breakeven, REMOTE, 0).count, 5);
    remote->fault =
        (fake_fault){FAKE_LAUNCH, remote->calls[FAKE_LAUNCH] + 1, FAKE_FLIPS_FIRST, GF_OK};
    measure(&study, 0);
    cr_expect_eq(study.breakeven->series[REMOTE]->cells[0].outcome, GF_OUTCOME_MISMATCH);
    cr_expect_eq(gf_breakeven_time(study.breakeven, REMOTE, 0).count, 0);
    measure(&study, 0);
    cr_expect_eq(study.breakeven->series[REMOTE]->cells[0].outcome, GF_OUTCOME_OK);
    cr_expect_eq(gf_breakeven_time(study.breakeven, REMOTE, 0).count, 5);
    close_study(&study);
}

/* A failure at a later value outranks a device that lacked something at an earlier one. */
Test(breakeven, the_status_is_the_worst) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "size=16:64", (const char *const[]){"max-iter=8", NULL});
    study.selection.count = 1;
    fake_device *remote = &fake_machines[0].devices[REMOTE];
    static const struct {
        gf_status fault, worst;
    } values[] = {
        {GF_UNSUPPORTED, GF_UNSUPPORTED}, {GF_FAILED, GF_FAILED}, {GF_UNSUPPORTED, GF_FAILED}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        remote->fault =
            (fake_fault){FAKE_LAUNCH, remote->calls[FAKE_LAUNCH] + 1, FAKE_FAILS, values[i].fault};
        measure(&study, i);
        cr_expect_eq(gf_breakeven_status(study.breakeven, NULL), values[i].worst, "value %zu", i);
    }
    close_study(&study);
}

/* ---- Reports ----------------------------------------------------------- */

/* As if each device had been predicted 10 % too high. */
static void add_predictions(sweep_study *study) {
    gf_breakeven *breakeven = study->breakeven;
    for (size_t d = 0; d < DEVICES; d++) {
        for (size_t i = 0; i < breakeven->sweep.count; i++) {
            gf_breakeven_cell *cell = &breakeven->series[d]->cells[i];
            const double ns = 1.1 * (double)cell->total.median_ns;
            cell->asked = true;
            cell->prediction.possible = true;
            cell->prediction.log_deviation = 0.05;
            cell->prediction.phases[GF_PHASE_TOTAL] = (gf_interval){ns, 0.92 * ns, 1.09 * ns};
        }
    }
}

static char *report(const sweep_study *study, gf_format format) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_not_null(stream);
    gf_error error = GF_ERROR_INIT;
    const gf_report_style style = {0};
    cr_assert_eq(gf_breakeven_report(study->breakeven, format, &style, stream, &error), GF_OK, "%s",
                 error.text);
    fclose(stream);
    return text;
}

Test(breakeven, a_report_needs_no_style_but_a_format) {
    sweep_study study;
    open_sides(&study, "size=16:64");
    conclude(&study);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_not_null(stream);
    cr_expect_eq(gf_breakeven_report(study.breakeven, (gf_format)9, NULL, stream, NULL), GF_USAGE);
    cr_expect_eq(gf_breakeven_plot(study.breakeven, (gf_plot_format)2, stream, NULL), GF_USAGE);
    fflush(stream);
    cr_expect_eq(size, 0);
    cr_expect_eq(gf_breakeven_report(study.breakeven, GF_FORMAT_TEXT, NULL, stream, NULL), GF_OK);
    cr_expect_gt(size, 0);
    fclose(stream);
    free(text);
    close_study(&study);
}

static void expect_words(const char *text, const char *const *words) {
    for (; *words != NULL; words++)
        cr_expect_not_null(strstr(text, *words), "'%s' is missing in:\n%s", *words, text);
}

/* A warm-up and 5 samples of each device, and a reference like the slowest. */
Test(breakeven, says_how_long_it_takes) {
    sweep_study study;
    open_sides(&study, "size=16:64");
    study.bench.options.min_time_s = 0.5;
    bool at_least = false;
    double seconds =
        gf_breakeven_seconds(study.breakeven, &study.selection, &study.bench.options, &at_least);
    cr_expect(at_least, "nothing is predicted");
    cr_expect_float_eq(seconds, 3 * DEVICES * 0.5, 1e-9, "%g", seconds);
    add_predictions(&study);
    study.bench.options.min_time_s = 0;
    double want = 0;
    for (double side = 16; side <= 64; side *= 2) {
        const double remote = 1.1 * (50000 + 3 * side * side), local = 1.1 * 10 * side * side;
        want += (6 * (remote + local) + fmax(remote, local)) * 1e-9;
    }
    seconds =
        gf_breakeven_seconds(study.breakeven, &study.selection, &study.bench.options, &at_least);
    cr_expect_not(at_least);
    cr_expect_float_eq(seconds / want, 1, 1e-9, "%g, not %g", seconds, want);
    close_study(&study);
}

Test(breakeven, the_text_has_the_answer_first_and_a_row_of_each_value_and_device) {
    sweep_study study;
    open_sides(&study, "size=16:64");
    conclude(&study);
    char *text = report(&study, GF_FORMAT_TEXT);
    cr_expect_eq(strncmp(text, "Answer: ", 8), 0, "%s", text);
    expect_words(text,
                 (const char *const[]){"\n  Measured at 3 values of size, 16x16 to 64x64, on ",
                                       "\nsize   device  ", "\n16x16  0:0:best  ",
                                       "\n16x16  native:best  ", "\n64x64  0:0:best  ", NULL});
    free(text);
    close_study(&study);
}

/* As after an interruption: the second and third value were not reached. */
Test(breakeven, values_that_were_not_reached_have_no_row) {
    sweep_study study;
    open_sides(&study, "size=16:64");
    for (size_t s = 0; s < study.breakeven->series_count; s++) {
        for (size_t i = 1; i < 3; i++)
            study.breakeven->series[s]->cells[i].ran = false;
    }
    char *text = report(&study, GF_FORMAT_TEXT);
    expect_words(text, (const char *const[]){"\n16x16  0:0:best  ", NULL});
    cr_expect_null(strstr(text, "\n32x32  "), "%s", text);
    free(text);
    close_study(&study);
}

/* 2^18 and 6.3e7 in all their digits. */
Test(breakeven, numbers_on_the_axis) {
    static const struct {
        double number;
        const char *text;
    } cases[] = {{4.0149, "4.01"}, {99.94, "99.9"}, {262144, "262144"}, {62914560.4, "62914560"}};
    sweep_study study;
    char text[64];
    open_sides(&study, "size=16:256");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_breakeven_format_number(study.breakeven, cases[i].number, text, sizeof text);
        cr_expect_str_eq(text, cases[i].text);
    }
    study.breakeven->knees[0] = (gf_knee){"L2", 2097152, 262144};
    study.breakeven->knee_count = 1;
    char *told = report(&study, GF_FORMAT_TEXT);
    expect_words(told, (const char *const[]){"knee: from size 262144 on the problem", NULL});
    free(told);
    close_study(&study);
}

Test(breakeven, text_and_markdown) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    add_predictions(&study);
    conclude(&study);
    char *text = report(&study, GF_FORMAT_TEXT), *markdown = report(&study, GF_FORMAT_MARKDOWN);
    expect_words(text,
                 (const char *const[]){
                     "0:0:best: Remote (opencl-gpu)", "predicted ms", "10.0 %", "8.0 KiB",
                     "measured: 0:0:best wins against all others from 128x128 on; the curves "
                     "cross at about 84",
                     "predicted: 0:0:best wins against all others from 128x128 on",
                     "measured: native:best wins against all others never up to 256x256", NULL});
    cr_expect_null(strstr(text, "no GPU"), "a GPU was measured");
    char heading[320];
    gf_breakeven_format_short(study.breakeven, threshold_of(&study, REMOTE, GF_MEASURED), heading,
                              sizeof heading);
    expect_words(heading, (const char *const[]){"measured: 0:0:best wins from 128x128 on; curves "
                                                "cross at 84",
                                                NULL});
    expect_words(markdown, (const char *const[]){"| size ", "- measured: 0:0:best wins", NULL});
    free(text);
    free(markdown);
    close_study(&study);
}

Test(breakeven, no_gpu_is_no_evidence) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    study.breakeven->series[REMOTE]->device_class = GF_CLASS_CPU;
    conclude(&study);
    cr_expect_not(gf_breakeven_gpu_evidence(study.breakeven));
    char *text = report(&study, GF_FORMAT_TEXT);
    expect_words(
        text, (const char *const[]){"No GPU was measured: this says nothing about GPUs.\n", NULL});
    free(text);
    close_study(&study);
}

/* The samples 80, 90, 100, 110 and 120 have the quartiles 90 and 110: a fifth of the median. */
/* The JSON has the notes of the text, in its order. */
static void expect_same_notes(const sweep_study *study, const char *text, size_t count) {
    char *json = report(study, GF_FORMAT_JSON);
    json_t *root = json_loads(json, 0, NULL);
    const json_t *notes = json_object_get(root, "notes");
    cr_assert_eq(json_array_size(notes), count, "%zu notes", json_array_size(notes));
    for (size_t i = 0; i < count; i++) {
        const char *note = json_string_value(json_array_get(notes, i));
        text = strstr(text, "\nnote: ");
        cr_assert(text != NULL && note != NULL);
        text += strlen("\nnote: ");
        cr_expect_eq(strncmp(text, note, strlen(note)), 0, "%s, not %.80s", note, text);
        cr_expect_eq(text[strlen(note)], '\n', "%s goes on in the text", note);
    }
    cr_expect_null(strstr(text, "\nnote: "), "the text has more notes");
    json_decref(root);
    free(json);
}

Test(breakeven, no_threshold_comes_from_a_busy_machine) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    conclude(&study);
    cr_expect_gt(study.breakeven->threshold_count, 0);
    char *text = report(&study, GF_FORMAT_TEXT);
    expect_words(text, (const char *const[]){"Answer: 0:0:best wins from size 128x128 on\n", NULL});
    free(text);
    study.breakeven->series[LOCAL]->cells[1].disturbed = true;
    study.breakeven->series[LOCAL]->cells[3].disturbed = true;
    conclude(&study);
    cr_expect_eq(study.breakeven->threshold_count, 0);
    text = report(&study, GF_FORMAT_TEXT);
    expect_words(
        text, (const char *const[]){
                  "Answer: can't tell by measurements: the machine is busy\n",
                  "\nnote: can't tell from where on native:best wins: the machine is busy. Other "
                  "programs had the cores in most of its samples at 32x32, 128x128; measure",
                  NULL});
    cr_expect_null(strstr(text, "wins from"), "%s", text);
    free(text);
    close_study(&study);
}

static void expect_answer(const sweep_study *study, const char *words) {
    char answer[1024];
    gf_breakeven_answer(study->breakeven, answer, sizeof answer);
    cr_expect_str_eq(answer, words);
}

/* Measurements that name no winner are not replaced by predictions that do. */
Test(breakeven, the_answer_is_of_one_basis) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    add_predictions(&study);
    conclude(&study);
    gf_breakeven *breakeven = study.breakeven;
    expect_answer(&study, "0:0:best wins from size 128x128 on");
    cr_expect(gf_breakeven_is_sure(breakeven));
    for (size_t i = 0; i < breakeven->threshold_count; i++)
        breakeven->thresholds[i].crossover.high = INFINITY;
    expect_answer(&study, "0:0:best may win from size 128x128 on, but not surely: the interval "
                          "reaches beyond the end");
    cr_expect_not(gf_breakeven_is_sure(breakeven));
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        if (breakeven->thresholds[i].basis == GF_MEASURED)
            breakeven->thresholds[i].crossover.kind = GF_CROSSOVER_NEVER;
    }
    expect_answer(&study, "no device wins up to the last value");
    gf_statistics *local = &breakeven->series[LOCAL]->cells[4].total;
    gf_statistics *remote = &breakeven->series[REMOTE]->cells[4].total;
    local->median_ns = 1000000;
    remote->median_ns = 1049000;
    expect_answer(&study, "no device wins: the fastest are too close at the last value");
    remote->median_ns = 1051000;
    expect_answer(&study, "no device wins up to the last value");
    for (size_t i = 0; i < breakeven->sweep.count; i++)
        breakeven->series[REMOTE]->cells[i].total.count = 0;
    breakeven->threshold_count = 0;
    expect_answer(&study, "only one device has times, so none wins");
    close_study(&study);
}

Test(breakeven, unsteady_values_are_named) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    conclude(&study);
    char *text = report(&study, GF_FORMAT_TEXT);
    cr_expect_null(strstr(text, "unsteady"), "equal samples are steady:\n%s", text);
    free(text);
    for (size_t i = 1; i < 4; i += 2) {
        gf_breakeven_cell *cell = &study.breakeven->series[LOCAL]->cells[i];
        cr_assert_eq(cell->totals.count, 5);
        for (uint32_t k = 0; k < 5; k++)
            cell->totals.ns[k] = 80 + 10 * k;
        cell->total = gf_samples_statistics(&cell->totals);
    }
    text = report(&study, GF_FORMAT_TEXT);
    expect_words(text, (const char *const[]){"\nnote: native:best is unsteady at 32x32, 128x128: "
                                             "half of its samples spread by more than 10 % of the "
                                             "median; quit other programs or sample for "
                                             "longer\n",
                                             NULL});
    cr_expect_null(strstr(text, "0:0:best is unsteady"));
    expect_same_notes(&study, text, 1);
    free(text);
    study.breakeven->series[REMOTE]->modelled = true;
    study.breakeven->series[REMOTE]->device_class = GF_CLASS_CPU;
    text = report(&study, GF_FORMAT_TEXT);
    expect_words(text, (const char *const[]){"\nnote: devices called model are predicted",
                                             " No GPU was measured", NULL});
    expect_same_notes(&study, text, 2);
    free(text);
    close_study(&study);
}

Test(breakeven, a_model_is_called_one) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    add_predictions(&study);
    gf_breakeven_series *model = study.breakeven->series[REMOTE];
    model->modelled = true;
    for (size_t i = 0; i < study.breakeven->sweep.count; i++)
        model->cells[i].totals.count = model->cells[i].total.count = 0;
    conclude(&study);
    char *text = report(&study, GF_FORMAT_TEXT);
    expect_words(text, (const char *const[]){"predicted from a profile of another machine",
                                             "none of them was measured here",
                                             "No GPU was measured", NULL});
    free(text);
    close_study(&study);
}

Test(breakeven, csv_has_a_row_for_each_device_and_value) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    conclude(&study);
    char *text = report(&study, GF_FORMAT_CSV);
    size_t lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    cr_expect_eq(lines, 1 + DEVICES * study.breakeven->sweep.count);
    expect_words(text, (const char *const[]){"device,kind,name,modelled,parameter,value,",
                                             "0:0:best,opencl-gpu,Remote,no,size,64x64,64,8192,ok,"
                                             "62288,62288,62288,5,,,,,,serial,62288,,,,,1,0,,,,\n",
                                             NULL});
    free(text);
    close_study(&study);
}

Test(breakeven, json) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    add_predictions(&study);
    conclude(&study);
    char *text = report(&study, GF_FORMAT_JSON);
    json_t *root = json_loads(text, 0, NULL);
    cr_assert_not_null(root);
    const char *schema = NULL, *kind = NULL, *value = NULL, *first = NULL;
    double crossing = 0, error = 0;
    json_int_t median = 0, footprint = 0;
    cr_assert_eq(json_unpack(root, "{s:s, s:{s:[{s:s, s:I}]}, s:[{s:[{s:{s:I}, s:{s:F}}]}]}",
                             "schema", &schema, "sweep", "values", "text", &first,
                             "footprint_bytes", &footprint, "devices", "values", "measured",
                             "median_ns", &median, "predicted", "error", &error),
                 0);
    cr_expect_str_eq(schema, "gpufare.breakeven/1");
    cr_expect_str_eq(first, "16x16");
    cr_expect_eq(footprint, 512);
    cr_expect_eq(median, 50000 + 3 * 16 * 16);
    cr_expect_float_eq(error, 0.1, 1e-6);
    const json_t *threshold = json_array_get(json_object_get(root, "thresholds"), 0);
    cr_assert_eq(json_unpack((json_t *)(uintptr_t)threshold, "{s:s, s:s, s:F}", "kind", &kind,
                             "value", &value, "crossing", &crossing),
                 0);
    cr_expect_str_eq(kind, "from");
    cr_expect_str_eq(value, "128x128");
    cr_expect_float_eq(crossing / SIDE, 1, 0.02);
    json_decref(root);
    free(text);
    close_study(&study);
}

/* ---- Plots ------------------------------------------------------------- */

static char *plot(const sweep_study *study, gf_plot_format format, size_t *size) {
    char *bytes = NULL;
    FILE *stream = open_memstream(&bytes, size);
    cr_assert_not_null(stream);
    gf_error error = GF_ERROR_INIT;
    const gf_status wanted = gf_plot_check(NULL);
    cr_assert_eq(gf_breakeven_plot(study->breakeven, format, stream, &error), wanted, "%s",
                 error.text);
    if (wanted != GF_OK)
        cr_assert_not_null(strstr(error.text, "install libcairo2-dev"));
    fclose(stream);
    return bytes;
}

Test(breakeven, plots) {
    sweep_study study;
    open_sides(&study, "size=16:256");
    add_predictions(&study);
    conclude(&study);
    size_t svg_size = 0, png_size = 0, again_size = 0;
    char *svg = plot(&study, GF_PLOT_SVG, &svg_size);
    char *png = plot(&study, GF_PLOT_PNG, &png_size),
         *again = plot(&study, GF_PLOT_PNG, &again_size);
    cr_expect_eq(png_size, again_size);
    cr_expect(memcmp(png, again, png_size) == 0, "equal sweeps give different files");
    if (gf_plot_check(NULL) == GF_OK) {
        cr_expect_not_null(strstr(svg, "</svg>"));
        cr_expect(png_size > 1000 && memcmp(png, "\x89PNG", 4) == 0);
    } else {
        cr_expect_eq(svg_size + png_size, 0, "something was drawn without cairo");
    }
    free(svg);
    free(png);
    free(again);
    close_study(&study);
}

/* Names come from drivers and may hold any bytes: stray and missing continuations, a long form of
 * '/', a surrogate, a code point that is none, beyond the last one, a character that was cut. With
 * '?' in their place the plot is the one of the name that has them. */
Test(breakeven, plots_of_names_that_are_no_utf_8) {
    static const char *const names[][2] = {
        {"G\xfc"
         "e GPU",
         "G?e GPU"},
        {"\x80\xbf", "??"},
        {"a\xc0\xaf"
         "b",
         "a??b"},
        {"\xed\xa0\x80", "???"},
        {"\xef\xbf\xbe", "???"},
        {"\xef\xb7\x90", "???"},
        {"\xf4\x90\x80\x80", "????"},
        {"\xff\xfe", "??"},
        {"cut \xe2\x82", "cut ??"},
        {"\xc3\xa4 \xe2\x82\xac \xc3", "\xc3\xa4 \xe2\x82\xac ?"}};
    sweep_study study;
    open_sides(&study, "size=16:256");
    conclude(&study);
    gf_breakeven_series *series = study.breakeven->series[REMOTE];
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        size_t sizes[2];
        char *pictures[2];
        for (size_t i = 0; i < 2; i++) {
            snprintf(series->name, sizeof series->name, "%s", names[n][i]);
            snprintf(series->label, sizeof series->label, "%s", names[n][i]);
            pictures[i] = plot(&study, GF_PLOT_PNG, &sizes[i]);
        }
        cr_expect(sizes[0] == sizes[1] && memcmp(pictures[0], pictures[1], sizes[0]) == 0, "%s",
                  names[n][1]);
        free(pictures[0]);
        free(pictures[1]);
    }
    memset(series->name, '\x80', sizeof series->name - 1); /* cut to fit the legend */
    size_t size = 0;
    free(plot(&study, GF_PLOT_SVG, &size));
    close_study(&study);
}

/* A stream that takes nothing, and sweeps without anything to draw. */
Test(breakeven, plots_that_fail_or_are_empty) {
    sweep_study study;
    add_devices();
    open_study(&study, "julia", "size=16:32", NULL);
    conclude(&study);
    gf_error error = GF_ERROR_INIT;
    FILE *full = fopen("/dev/full", "w");
    cr_assert_not_null(full);
    setvbuf(full, NULL, _IONBF, 0);
    cr_expect_neq(gf_breakeven_plot(study.breakeven, GF_PLOT_SVG, full, &error), GF_OK);
    cr_expect_neq(gf_breakeven_plot(study.breakeven, GF_PLOT_PNG, full, &error), GF_OK);
    fclose(full);
    size_t size = 0;
    free(plot(&study, GF_PLOT_PNG, &size));
    close_study(&study);
}
