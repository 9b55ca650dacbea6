/* Which variant a device that compiles takes by default: fake devices whose variants take known
 * times, are wrong, fail or can't be built. */
#include <unistd.h>

#include "fake_bench.h"
#include "made_folder.h"
#include "problem/problem.h"

FAKE_GLOBALS

TestSuite(variant_trial, .timeout = 60);

#define MS UINT64_C(1000000)

static size_t contestant_count(const gf_device *device, const gf_problem *problem) {
    size_t count = 0;
    while (device->backend->variant(device, problem->workload, problem, count) != NULL)
        count++;
    return count;
}

/* What the three variants take for all 64 steps, in ns; set by each test. */
static uint64_t ranked_ns, second_ns, third_ns;

static uint64_t ns_of_variant(const char *variant, uint64_t steps) {
    const uint64_t all_ns = strcmp(variant, "ranked") == 0   ? ranked_ns
                            : strcmp(variant, "second") == 0 ? second_ns
                                                             : third_ns;
    return all_ns * steps / 64;
}

static fake_device *device_of_three(uint64_t ranked, uint64_t second, uint64_t third) {
    made_cache();
    fake_device *device = fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    device->variants[0] = "ranked";
    device->variants[1] = "second";
    device->variants[2] = "third";
    device->variants[3] = NULL;
    device->tuning_key = "fake device, driver 1";
    device->prepare_ns = 100 * MS;
    device->variant_ns = ns_of_variant;
    ranked_ns = ranked;
    second_ns = second;
    third_ns = third;
    return device;
}

/* What resolving a list of one device chose, and what the run after it gave. */
typedef struct outcome {
    char ran[32], why[160]; /* of the result */
    gf_variant_try tries[GF_MOST_VARIANT_TRIES];
    uint32_t try_count;
    gf_outcome run;
    uint32_t prepared; /* until the variant was chosen */
    uint64_t took_ns;  /* likewise */
} outcome;

static outcome resolve_with(fake_device *device, const char *list, bool search) {
    fake_bench bench = fake_bench_new();
    bench.backend.contestants = contestant_count;
    bench.options.min_time_s = 0.25;
    bench.options.search = search;
    device->calls[FAKE_PREPARE] = 0;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=160x160", "steps=64");
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_comparison_make_inputs(bench.comparison, &error), GF_OK);
    gf_target_list targets = {NULL, 0, NULL, 0};
    cr_assert_eq(gf_session_select(bench.session, gf_workload_find("diffusion", NULL), list,
                                   GF_PICK_MANY, &targets, &error),
                 GF_OK, "%s", error.text);
    const uint64_t start_ns = fake_time_ns;
    cr_assert_eq(gf_comparison_resolve_targets(bench.comparison, &targets, &error), GF_OK, "%s",
                 error.text);
    outcome made = {.prepared = device->calls[FAKE_PREPARE], .took_ns = fake_time_ns - start_ns};
    const gf_result *result = NULL;
    cr_assert_eq(gf_comparison_run(bench.comparison, &targets.targets[0], &result, &error), GF_OK,
                 "%s", error.text);
    made.run = result->outcome;
    snprintf(made.ran, sizeof made.ran, "%s", result->variant);
    snprintf(made.why, sizeof made.why, "%s", result->why);
    memcpy(made.tries, result->tries, sizeof made.tries);
    made.try_count = result->try_count;
    gf_target_list_clear(&targets);
    fake_bench_close(&bench, "a trial");
    return made;
}

static outcome resolve(fake_device *device) {
    return resolve_with(device, "0:0", true);
}

static void expect_fate(const outcome *made, uint32_t index, gf_variant_fate fate) {
    cr_assert_lt(index, made->try_count, "only %u tries are told", made->try_count);
    cr_expect_eq(made->tries[index].fate, fate, "%s: %s, not %s", made->tries[index].variant,
                 gf_variant_fate_name(made->tries[index].fate), gf_variant_fate_name(fate));
}

Test(variant_trial, a_faster_variant_than_the_ranked_one_is_taken_and_kept) {
    fake_device *device = device_of_three(40 * MS, 10 * MS, 30 * MS);
    const outcome first = resolve(device);
    cr_expect_str_eq(first.ran, "second");
    cr_expect_not_null(strstr(first.why, "fastest variant in a search"), "%s", first.why);
    cr_expect_eq(first.try_count, 3);
    cr_expect_eq(first.tries[1].ns, 10 * MS);
    second_ns = 400 * MS; /* what is kept counts, not what would be found now */
    const outcome again = resolve(device);
    cr_expect_str_eq(again.ran, "second");
    cr_expect_eq(again.prepared, 0, "it was tried again");
    cr_expect_eq(again.try_count, 0);
    cr_expect_not_null(strstr(again.why, "earlier search"), "%s", again.why);
}

Test(variant_trial, the_ranked_variant_is_taken_where_it_is_the_fastest) {
    const outcome made = resolve(device_of_three(10 * MS, 11 * MS, 12 * MS));
    cr_expect_str_eq(made.ran, "ranked");
    cr_expect_eq(made.try_count, 3);
}

Test(variant_trial, a_wrong_variant_is_not_taken_however_fast) {
    fake_device *device = device_of_three(40 * MS, 1 * MS, 20 * MS);
    device->wrong_variant = "second";
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "third");
    cr_expect_eq(made.run, GF_OUTCOME_OK);
    expect_fate(&made, 1, GF_VARIANT_WRONG);
    const outcome again = resolve(device);
    cr_expect_str_eq(again.ran, "third");
}

Test(variant_trial, without_a_right_variant_the_ranked_one_reports_it) {
    fake_device *device = device_of_three(40 * MS, 400 * MS, 400 * MS);
    device->wrong_variant = "ranked";
    device->variants[1] = NULL;
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "ranked");
    cr_expect_eq(made.run, GF_OUTCOME_MISMATCH);
}

/* Two of 64 steps take longer than twice what the ranked one takes for all. */
Test(variant_trial, a_far_slower_variant_is_stopped_early) {
    fake_device *device = device_of_three(10 * MS, 3200 * MS, 12 * MS);
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "ranked");
    expect_fate(&made, 1, GF_VARIANT_STOPPED);
    expect_fate(&made, 2, GF_VARIANT_TIMED);
    cr_expect_lt(made.took_ns, 1500 * MS, "it took %.1f ms", (double)made.took_ns * 1e-6);
}

Test(variant_trial, failing_variant_does_not_cost_the_others_their_chance) {
    fake_device *device = device_of_three(40 * MS, 10 * MS, 20 * MS);
    device->failing_variant = "second";
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "third");
    cr_expect_eq(made.run, GF_OUTCOME_OK);
    expect_fate(&made, 1, GF_VARIANT_FAILED);
}

Test(variant_trial, failure_of_the_ranked_variant_is_reported_by_its_run) {
    fake_device *device = device_of_three(40 * MS, 10 * MS, 20 * MS);
    device->failing_variant = "ranked";
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "ranked");
    cr_expect_eq(made.run, GF_OUTCOME_FAILED);
}

/* The run with the ranked one takes about 0.7 s, and so may the others; the second takes more. */
Test(variant_trial, trying_takes_as_long_as_the_run_and_is_not_kept_if_that_is_too_short) {
    fake_device *device = device_of_three(200 * MS, 390 * MS, 100 * MS);
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "ranked");
    expect_fate(&made, 1, GF_VARIANT_TIMED);
    expect_fate(&made, 2, GF_VARIANT_NOT_TRIED);
    cr_expect_gt(resolve(device).prepared, 0, "an incomplete trial was kept");
}

Test(variant_trial, short_problems_are_not_worth_a_trial) {
    fake_device *device = device_of_three(MS / 2, MS / 10, MS / 10);
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "ranked");
    cr_expect_eq(made.try_count, 0);
    cr_expect_eq(made.prepared, 1, "%u kernels were built", made.prepared);
    cr_expect_eq(resolve(device).prepared, 0, "the same was found out again");
}

Test(variant_trial, the_users_variant_always_wins) {
    fake_device *device = device_of_three(40 * MS, 10 * MS, 20 * MS);
    const outcome tried = resolve(device);
    cr_expect_str_eq(tried.ran, "second");
    const outcome made = resolve_with(device, "0:0:ranked", true);
    cr_expect_str_eq(made.ran, "ranked");
    cr_expect_eq(made.try_count, 0);
    cr_expect_eq(made.prepared, 0);
}

Test(variant_trial, without_search_the_rank_counts) {
    fake_device *device = device_of_three(40 * MS, 10 * MS, 20 * MS);
    const outcome made = resolve_with(device, "0:0", false);
    cr_expect_str_eq(made.ran, "ranked");
}

/* ---- With tunables ------------------------------------------------------- */

static const uint32_t tile_candidates[] = {16, 32, 64, 0};
static const gf_tunable tunables[] = {{"tile", "cells in a tile", 1, 64, tile_candidates}};
static const uint32_t defaults[] = {32};

/* The second has poor defaults. */
static uint64_t ns_of_values(const char *variant, const uint32_t *values) {
    if (strcmp(variant, "ranked") == 0)
        return 20 * MS;
    return strcmp(variant, "third") == 0 ? 200 * MS : values[0] == 64 ? 8 * MS : 30 * MS;
}

static fake_device *device_with_tunables(void) {
    fake_device *device = device_of_three(1, 1, 1);
    device->variant_ns = NULL;
    device->tuned_variant_ns = ns_of_values;
    device->tunables = tunables;
    device->tunable_count = 1;
    device->tuning_defaults = defaults;
    return device;
}

Test(variant_trial, a_variant_counts_with_the_values_of_its_own_search) {
    fake_device *device = device_with_tunables();
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "second");
    cr_expect_eq(made.run, GF_OUTCOME_OK);
    cr_assert_eq(made.try_count, 3);
    cr_expect_eq(made.tries[1].ns, 8 * MS, "%.1f ms", (double)made.tries[1].ns * 1e-6);
    expect_fate(&made, 2, GF_VARIANT_NOT_TRIED); /* the search took the time for it */
    const outcome again = resolve(device);
    cr_expect_str_eq(again.ran, "second");
    expect_fate(&again, 2, GF_VARIANT_STOPPED);
}

/* Its kernel fails in the search for its values only. */
Test(variant_trial, failure_in_the_search_for_values_costs_nobody_the_chance) {
    fake_device *device = device_with_tunables();
    device->fault = (fake_fault){FAKE_FINISH, 16, FAKE_FAILS, GF_FAILED};
    const outcome made = resolve(device);
    cr_expect_eq(made.run, GF_OUTCOME_OK);
    cr_expect_eq(made.try_count, 3);
}

/* The second is slow in the first three of its launches of all steps. */
static uint64_t ns_of_a_restless_machine(const char *variant, uint64_t steps) {
    static uint32_t launches;
    if (strcmp(variant, "second") == 0 && steps == 64)
        return launches++ < 3 ? 9 * MS / 2 : MS;
    return 3 * MS * steps / 64;
}

Test(variant_trial, short_launches_go_on_until_some_were_undisturbed) {
    fake_device *device = device_of_three(1, 1, 1);
    device->variants[2] = NULL;
    device->variant_ns = ns_of_a_restless_machine;
    const outcome made = resolve(device);
    cr_expect_str_eq(made.ran, "second");
}
