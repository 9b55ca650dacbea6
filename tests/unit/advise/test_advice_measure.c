/* Advice in a budget, on model devices whose true times are known (model_devices.h). Their clock is
 * the test's, so that a busy machine changes nothing. */
#include <math.h>

#define SLOWNESS 30.0 /* so that transfers take less than budgets */

#include "advise/advice_measure.h"
#include "advise/advice_text.h"
#include "base/array.h"
#include "calibrate/calibrate.h"
#include "calibrate/profile_store.h"
#include "made_profiles.h"
#include "model_devices.h"
#include "problem/problem.h"

FAKE_GLOBALS

TestSuite(advice_measure, .timeout = 300);

#define COUNT     "300000"
#define MEMORY    (UINT64_C(16) << 20) /* so that few transfers tell a line */
#define LONGEST_S 4.0                  /* a first turn on the slowest bus, with its transfers */

static double now_s(void) {
    return (double)fake_time_ns * 1e-9;
}

static void open_models(fake_bench *bench, const char *count) {
    char setting[48];
    memset(fake_machines, 0, sizeof fake_machines);
    for (size_t i = 0; i < MODELS; i++)
        add_model_device(&models[i], MEMORY);
    *bench = fake_bench_new();
    snprintf(setting, sizeof setting, "count=%s", count);
    FAKE_BENCH_OPEN(bench, "sum", setting);
}

static gf_status advise_within(const fake_bench *bench, double seconds, gf_advice **advice,
                               gf_error *error) {
    gf_target choices[MODELS];
    for (size_t i = 0; i < MODELS; i++)
        choices[i] = (gf_target){gf_session_device(bench->session, i), "best", "by the test"};
    const gf_target_list targets = {.targets = choices, .count = MODELS};
    return gf_advice_create_within(bench->comparison, &targets, NULL, seconds, advice, error);
}

static gf_advice *advised(const fake_bench *bench, double seconds) {
    gf_advice *advice = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(advise_within(bench, seconds, &advice, &error), GF_OK, "%s", error.text);
    return advice;
}

/* The true total of a sum on a model device. */
static double true_ns(const model *m, const char *count) {
    const double values = strtod(count, NULL), blocks = ceil(values / 16384);
    const double up = blocks * 16384 * 8, down = blocks * 8;
    return model_transfer_ns(m, m->up, 1, up) + model_transfer_ns(m, m->down, 1, down) +
           model_compute_ns(m, "sum", false, 1, 1, values, up + down);
}

static size_t fastest_in_truth(const char *count) {
    size_t best = 0;
    for (size_t i = 1; i < MODELS; i++)
        best = true_ns(&models[i], count) < true_ns(&models[best], count) ? i : best;
    return best;
}

static size_t turns_kept(const gf_advice *advice) {
    size_t turns = 0;
    for (size_t i = 0; i < MODELS; i++) {
        const gf_profile *profile = advice->candidates->items[i].profile;
        for (size_t k = 0; k < profile->case_count; k++)
            turns += profile->cases[k].turns;
    }
    return turns;
}

static void expect_text(const gf_advice *advice, const char *words) {
    char text[GF_VERDICT_TEXT];
    gf_advice_format_measured(&advice->measured, text, sizeof text);
    expect_words(text, words, "profile");
}

static bool is_named(const gf_advice *advice) {
    return advice->verdict.kind == GF_ADVICE_DEVICE || advice->verdict.kind == GF_ADVICE_SPLIT;
}

/* Whatever the budget, it is held but for one turn, and the verdict is right or says that it knows
 * none. */
Test(advice_measure, a_budget_is_held_and_a_verdict_named_in_it_is_right) {
    static const double budgets[] = {0, 1, 3, 10, 1e9};
    size_t named = 0;
    for (size_t i = 0; i < GF_COUNT_OF(budgets); i++) {
        fake_bench bench;
        made_cache();
        open_models(&bench, COUNT);
        const double start = now_s();
        gf_advice *advice = advised(&bench, budgets[i]);
        cr_expect_leq(now_s() - start, budgets[i] + LONGEST_S, "%g s: %g s", budgets[i],
                      now_s() - start);
        const bool sure = is_named(advice);
        cr_expect(sure || advice->verdict.kind == GF_ADVICE_UNMEASURED, "%g s", budgets[i]);
        cr_expect(sure || advice->measured.spent, "%g s", budgets[i]);
        if (sure) {
            named++;
            cr_expect_eq(advice->verdict.ranking.winner, fastest_in_truth(COUNT), "%g s",
                         budgets[i]);
            cr_expect_lt(advice->measured.turns, 3 * MODELS, "it ends when it is sure");
        }
        gf_advice_destroy(advice);
        fake_bench_close(&bench, "budget");
    }
    cr_expect_geq(named, 2);
}

/* The nearest case takes more than a device's share of this budget, those below it do not. */
Test(advice_measure, a_long_case_waits_for_shorter_ones) {
    static const double beyond_s[] = {0.015, 1};
    static const char *const first[] = {"count=250000", "count=900000"};
    for (size_t i = 0; i < GF_COUNT_OF(first); i++) {
        fake_bench bench;
        made_cache();
        open_models(&bench, "900000");
        const double turn_s = gf_cases_seconds(gf_session_device(bench.session, 0), 1) / 2;
        gf_advice *advice = advised(&bench, 2 * MODELS * (turn_s + beyond_s[i]));
        const gf_profile *profile = advice->candidates->items[0].profile;
        cr_assert_gt(profile->case_count, 0, "%s", first[i]);
        cr_expect_not_null(strstr(profile->cases[0].values, first[i]), "%s comes first, not %s",
                           profile->cases[0].values, first[i]);
        gf_advice_destroy(advice);
        fake_bench_close(&bench, "long case");
    }
}

/* Nothing is known of four devices: no device is opened, and the verdict says why it is none. */
Test(advice_measure, without_time_nothing_is_measured_and_the_verdict_says_so) {
    fake_bench bench;
    char text[GF_VERDICT_TEXT];
    made_cache();
    open_models(&bench, COUNT);
    gf_advice *advice = advised(&bench, 0);
    cr_expect_eq(advice->verdict.kind, GF_ADVICE_UNMEASURED);
    cr_expect_eq(fake_machines[0].devices[0].calls[FAKE_OPEN], 0);
    gf_advice_format(advice, text, sizeof text);
    expect_words(text, "not known: there was no time to measure 0:0:best", "verdict");
    expect_text(advice, "partial: 0 of 20 cases measured; not measured: all of 0:0; all of 0:1");
    expect_text(advice, "There was no time to measure");
    gf_profile *stored = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(&gf_session_device(bench.session, 0)->info, 1, &stored, &error),
                 GF_OK);
    cr_expect_eq(gf_profile_load(stored, NULL, 0), GF_PROFILE_NONE, "nothing is stored");
    gf_profile_destroy(stored);
    gf_advice_destroy(advice);
    fake_bench_close(&bench, "no time");
}

/* A device that there was time for is no winner over one that there was none for. */
Test(advice_measure, a_device_that_was_not_measured_may_be_the_fastest) {
    fake_bench bench;
    char text[GF_VERDICT_TEXT];
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_models(&bench, COUNT);
    gf_advice *advice = advised(&bench, 1e9);
    cr_assert(is_named(advice));
    const size_t winner = advice->verdict.ranking.winner, other = winner == 0 ? 1 : 0;
    gf_candidate *item = &advice->candidates->items[other];
    item->unmeasured = true;
    snprintf(item->failure, sizeof item->failure, "no time");
    gf_candidates_predict(advice->candidates, bench.comparison->problem, &advice->estimate);
    advice->verdict = gf_advice_judge(advice->candidates, NULL);
    cr_expect_eq(advice->verdict.kind, GF_ADVICE_UNMEASURED);
    gf_advice_format(advice, text, sizeof text);
    expect_words(text, item->label, "verdict");
    expect_words(text, "which may be the fastest. Of the others ", "verdict");
    gf_flips flips;
    cr_assert_eq(gf_flips_find(advice->candidates, bench.comparison->problem, NULL, &flips, &error),
                 GF_OK);
    cr_expect_eq(flips.count, 0, "nothing is said of what would flip no verdict");
    gf_advice_destroy(advice);
    fake_bench_close(&bench, "unmeasured");
}

/* Cases that were measured whole, and transfers, are as they were; turns are only added. */
static void expect_kept(const gf_profile *before, const gf_profile *after, const char *id) {
    cr_expect_arr_eq(before->transfers, after->transfers, sizeof before->transfers, "%s", id);
    cr_expect_geq(after->case_count, before->case_count, "%s", id);
    for (size_t i = 0; i < before->case_count; i++) {
        const gf_case *a = &before->cases[i], *b = &after->cases[i];
        cr_expect_str_eq(a->values, b->values, "%s", id);
        cr_expect_geq(b->turns, a->turns, "%s %s", id, a->values);
        if (a->turns > 1)
            cr_expect_eq(a->total_ns, b->total_ns, "%s %s", id, a->values);
    }
}

Test(advice_measure, later_runs_go_on_and_measure_nothing_twice) {
    enum { RUNS = 12 };
    fake_bench bench;
    gf_advice *before = NULL;
    made_cache();
    open_models(&bench, COUNT);
    size_t runs = 0;
    for (bool measured = true; measured && runs < RUNS; runs++) {
        const uint32_t writes = fake_machines[0].devices[1].calls[FAKE_BUFFER_WRITE];
        gf_advice *advice = advised(&bench, 1e9);
        measured = advice->measured.turns > 0;
        if (before != NULL) {
            cr_expect_eq(turns_kept(advice), turns_kept(before) + advice->measured.turns);
            for (size_t i = 0; i < MODELS; i++)
                expect_kept(before->candidates->items[i].profile,
                            advice->candidates->items[i].profile, models[i].id);
        }
        cr_expect(measured || fake_machines[0].devices[1].calls[FAKE_BUFFER_WRITE] == writes);
        gf_advice_destroy(before);
        before = advice;
    }
    cr_expect_gt(runs, 2, "the second run refined");
    cr_expect_lt(runs, RUNS, "an end is reached");
    expect_text(before, "not measured: first touches, launches, copies, reads, arithmetic, other "
                        "transfers of 0:0");
    gf_advice_destroy(before);
    fake_bench_close(&bench, "later runs");
}

/* Asks until nothing is left to measure. */
static gf_advice *advised_wholly(const fake_bench *bench) {
    gf_advice *advice = advised(bench, 1e9);
    for (int i = 0; advice->measured.turns > 0 && i < 12; i++) {
        gf_advice_destroy(advice);
        advice = advised(bench, 1e9);
    }
    return advice;
}

/* It is known the next time, too: not tried again, and not counted as missing. */
Test(advice_measure, a_case_that_a_device_refuses_is_not_missing) {
    fake_bench bench;
    made_cache();
    open_models(&bench, COUNT);
    fake_machines[0].devices[1].fault =
        (fake_fault){FAKE_PREPARE, UINT32_MAX, FAKE_FAILS, GF_UNSUPPORTED};
    gf_advice_destroy(advised_wholly(&bench));
    const uint32_t tries = fake_machines[0].devices[1].calls[FAKE_PREPARE];
    gf_advice *advice = advised_wholly(&bench);
    const gf_profile *profile = advice->candidates->items[1].profile;
    cr_expect_eq(fake_machines[0].devices[1].calls[FAKE_PREPARE], tries);
    cr_expect_gt(profile->refused_count, 0);
    cr_expect_eq(profile->case_count, 0);
    const size_t all = advice->measured.cases + profile->refused_count;
    cr_expect_eq(all, MODELS * profile->refused_count, "each device has the same cases");
    gf_advice_destroy(advice);
    fake_bench_close(&bench, "refused");
}

static volatile sig_atomic_t cancel;

/* As a signal handler would, when the first devices were measured. */
static void interrupt(const gf_progress *progress, void *context) {
    (void)context;
    if (strcmp(progress->device_id, models[MODELS - 1].id) == 0)
        cancel = 1;
}

Test(advice_measure, an_interruption_keeps_what_was_measured) {
    fake_bench bench;
    gf_advice *advice = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_models(&bench, COUNT);
    bench.comparison->options.cancel = &cancel;
    bench.comparison->options.progress = interrupt;
    cr_expect_eq(advise_within(&bench, 1e9, &advice, &error), GF_INTERRUPTED);
    cr_expect_null(advice);
    gf_error_clear(&error);
    bench.comparison->options.cancel = NULL;
    bench.comparison->options.progress = NULL;
    advice = advised(&bench, 0);
    cr_expect_gt(turns_kept(advice), 0);
    gf_advice_destroy(advice);
    fake_bench_close(&bench, "interruption");
}

/* Its kernel takes longer to build than all else: the build is told of, and no longer counted with
 * the turns that follow. */
Test(advice_measure, a_long_build_is_told_of) {
    fake_bench bench;
    made_cache();
    open_models(&bench, COUNT);
    fake_machines[0].devices[2].compile_ns = UINT64_C(6000000000);
    gf_advice *advice = advised(&bench, 60);
    expect_text(advice, "building 0:2:best, 6");
    cr_expect_neq(advice->verdict.kind, GF_ADVICE_UNMEASURED);
    gf_advice_destroy(advice);
    fake_bench_close(&bench, "long build");
}

/* A kernel that fails costs the others nothing, and is not taken for one that there was no time
 * for. */
Test(advice_measure, a_device_that_fails_is_no_reason_to_know_nothing) {
    fake_bench bench;
    made_cache();
    open_models(&bench, COUNT);
    fake_machines[0].devices[1].fault = (fake_fault){FAKE_OPEN, UINT32_MAX, FAKE_FAILS, GF_FAILED};
    gf_advice *advice = advised(&bench, 1e9);
    cr_expect(is_named(advice));
    cr_expect_not(advice->candidates->items[1].unmeasured);
    expect_words(advice->candidates->items[1].failure, "injected into open", "failure");
    gf_advice_destroy(advice);
    fake_bench_close(&bench, "failure");
}
