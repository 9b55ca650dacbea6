/* Which values tunables get, on fake devices whose times are known for every value: the search,
 * what is kept of it, overrides, and what happens when something is damaged or fails. */
#include <dirent.h>
#include <unistd.h>

#include <math.h>

#include "fake_bench.h"
#include "made_folder.h"
#include "measure/tuning.h"
#include "problem/problem.h"
#include "workloads/diffusion/diffusion_tiling.h"

FAKE_GLOBALS

TestSuite(tuning, .timeout = 60);

static const uint32_t tile_candidates[] = {16, 32, 64, 128, 0};
static const uint32_t step_candidates[] = {1, 2, 4, 8, 0};
static const gf_tunable tunables[] = {
    {"tile", "cells in a tile", 1, 128, tile_candidates},
    {"steps", "steps in one pass", 1, 8, step_candidates},
    {"fixed", "not searched", 0, 9, NULL},
};
static const uint32_t defaults[] = {32, 1, 5};

static uint64_t away(uint32_t value, uint32_t best) {
    return value > best ? value - best : best - value;
}

/* Fastest at tile 64 and steps 4. */
static uint64_t ns_of(const uint32_t *values) {
    return 2000000 + 10000 * away(values[0], 64) + 100000 * away(values[1], 4);
}

/* As ns_of, but no kernel can be had with the fastest tile. */
static uint64_t ns_without_64(const uint32_t *values) {
    return values[0] == 64 ? 0 : ns_of(values);
}

static uint64_t ns_too_short(const uint32_t *values) {
    return ns_of(values) / 10;
}

static uint64_t ns_long(const uint32_t *values) {
    return 700 * ns_of(values);
}

static const char *cache;

/* A device with tunables, and an empty folder for what is kept. */
static fake_device *tunable_device(uint64_t (*tuned_ns)(const uint32_t *values)) {
    cache = made_cache();
    return fake_add_tunable(tunables, sizeof tunables / sizeof tunables[0], defaults, tuned_ns);
}

/* One run of a small problem; what it says is checked by expect_values. */
static gf_tuning run_on(fake_device *device, const gf_run_options *options, gf_outcome expected) {
    fake_bench bench = fake_bench_new();
    if (options != NULL)
        bench.options = *options;
    device->calls[FAKE_PREPARE] = 0;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=4");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, expected, "%s", result->error.text);
    const gf_tuning tuning = result->tuning;
    fake_bench_close(&bench, "a tuned run");
    return tuning;
}

static void expect_values(const gf_tuning *tuning, uint32_t tile, uint32_t steps,
                          const char *basis) {
    cr_assert_eq(tuning->count, 3);
    cr_expect_eq(tuning->values[0], tile, "tile is %u, not %u", tuning->values[0], tile);
    cr_expect_eq(tuning->values[1], steps, "steps is %u, not %u", tuning->values[1], steps);
    cr_expect_eq(tuning->values[2], 5, "what is not searched changed to %u", tuning->values[2]);
    cr_expect_not_null(strstr(tuning->basis, basis), "'%s' does not say '%s'", tuning->basis,
                       basis);
}

/* The path of the one file that searches left; "" if there is none. */
static const char *kept_file(void) {
    static char path[512];
    char folder[128];
    path[0] = '\0';
    snprintf(folder, sizeof folder, "%s/gpufare", cache);
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strncmp(entry->d_name, "tuning-", strlen("tuning-")) == 0)
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
    return path;
}

static void overwrite(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    fputs(text, file);
    cr_assert_eq(fclose(file), 0);
}

static gf_run_options options_with(bool search, const char *override) {
    gf_run_options options = fake_bench_new().options;
    options.search = search;
    options.tuning = override;
    return options;
}

/* The search fills the driver's cache, so that the run's own build is short. */
Test(tuning, a_cold_build_during_the_search_is_noted) {
    fake_device *device = tunable_device(ns_of);
    device->prepare_ns = 1000000;
    device->compile_ns = 500000000;
    device->specialise_ns = 700000000;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=4");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_expect_eq(result->statistics[GF_PHASE_BUILD].median_ns, device->prepare_ns);
    const double cold_ns = (double)result->build.cold_ns;
    cr_expect_float_eq(cold_ns, 1201e6, 3e6, "the cold build took %g ns", cold_ns);
    fake_bench_close(&bench, "a cold build");
}

/* ---- Searching --------------------------------------------------------- */

Test(tuning, search_finds_the_best_and_keeps_it) {
    fake_device *device = tunable_device(ns_of);
    const gf_tuning found = run_on(device, NULL, GF_OUTCOME_OK);
    /* the default, 3 other tiles, 3 other numbers of steps; then the run itself */
    expect_values(&found, 64, 4, "best of 7 tries");
    cr_expect_eq(device->calls[FAKE_PREPARE], 8, "%u programs", device->calls[FAKE_PREPARE]);
    const gf_tuning again = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&again, 64, 4, "earlier search");
    cr_expect_eq(device->calls[FAKE_PREPARE], 1, "it searched again");
}

Test(tuning, no_search_takes_defaults_even_if_something_is_kept) {
    fake_device *device = tunable_device(ns_of);
    const gf_run_options options = options_with(false, NULL);
    (void)run_on(device, NULL, GF_OUTCOME_OK);
    const gf_tuning tuning = run_on(device, &options, GF_OUTCOME_OK);
    expect_values(&tuning, 32, 1, "fake defaults");
}

Test(tuning, another_driver_searches_anew) {
    fake_device *device = tunable_device(ns_of);
    (void)run_on(device, NULL, GF_OUTCOME_OK);
    device->tuning_key = "fake device, driver 2";
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&tuning, 64, 4, "best of 7 tries");
}

Test(tuning, device_without_key_is_not_searched) {
    fake_device *device = tunable_device(ns_of);
    device->tuning_key = NULL;
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&tuning, 32, 1, "fake defaults");
    cr_expect_eq(device->calls[FAKE_PREPARE], 1);
}

Test(tuning, values_that_give_no_kernel_are_passed_over) {
    fake_device *device = tunable_device(ns_without_64);
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&tuning, 32, 4, "best of 7 tries");
}

Test(tuning, short_runs_are_not_searched_for) {
    fake_device *device = tunable_device(ns_too_short);
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&tuning, 32, 1, "fake defaults");
    cr_expect_str_empty(kept_file());
}

Test(tuning, search_ends_when_its_time_is_up) {
    fake_device *device = tunable_device(ns_long);
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    /* Each try is two launches of 1.8 s or more: after the second no further one starts. */
    expect_values(&tuning, 32, 1, "best of 2 tries");
}

/* The defaults take 9 launches, of which the first may compile. */
Test(tuning, failure_in_the_search_is_survived) {
    fake_device *device = tunable_device(ns_of);
    device->fault = (fake_fault){FAKE_FINISH, 12, FAKE_FAILS, GF_FAILED};
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    cr_expect_eq(tuning.values[0], 32, "a value whose kernel failed was taken");
    cr_expect_eq(device->opened, 0);
}

/* A second time it would not fail: what a driver says first is what counts. */
Test(tuning, failure_of_the_first_try_is_that_of_the_run) {
    fake_device *device = tunable_device(ns_of);
    device->fault = (fake_fault){FAKE_FINISH, 1, FAKE_FAILS, GF_FAILED};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=4");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_FAILED);
    cr_expect_not_null(strstr(result->error.text, "injected into finish, call 1"), "%s",
                       result->error.text);
    fake_bench_close(&bench, "a driver that fails on the defaults");
    cr_expect_str_empty(kept_file());
}

Test(tuning, kernel_that_fails_with_the_defaults_is_not_built_again) {
    fake_device *device = tunable_device(ns_of);
    device->fault = (fake_fault){FAKE_PREPARE, 1, FAKE_FAILS, GF_FAILED};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=4");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_FAILED);
    cr_expect_not_null(strstr(result->error.text, "injected into prepare, call 1"), "%s",
                       result->error.text);
    cr_expect_eq(device->calls[FAKE_PREPARE], 1);
    fake_bench_close(&bench, "a compiler that fails on the defaults");
    cr_expect_str_empty(kept_file());
}

/* Other values can't be tried then, so that the best so far is no find. */
Test(tuning, device_that_is_lost_ends_the_search) {
    fake_device *device = tunable_device(ns_of);
    device->fault = (fake_fault){FAKE_PREPARE, 3, FAKE_LOSES, GF_FAILED};
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    cr_expect_not_null(strstr(tuning.basis, "not saved: a try failed"), "%s", tuning.basis);
    cr_expect_str_empty(kept_file());
    device->fault = (fake_fault){.call = 0};
    const gf_tuning whole = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&whole, 64, 4, "best of 7 tries");
}

Test(tuning, cancel_in_the_search_ends_the_run) {
    static volatile sig_atomic_t flag;
    fake_device *device = tunable_device(ns_of);
    fake_bench bench = fake_bench_new();
    bench.options.cancel = &flag;
    device->cancel = &flag;
    device->fault = (fake_fault){FAKE_FINISH, 3, FAKE_CANCELS, GF_OK};
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=4");
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(fake_bench_try(&bench, 0, NULL, &result, &error), GF_INTERRUPTED);
    cr_expect_null(result);
    gf_error_clear(&error);
    fake_bench_close(&bench, "a cancelled search");
    cr_expect_str_empty(kept_file());
}

static void name_of_number(const char *setting, char *name, size_t size) {
    fake_bench bench = fake_bench_new();
    (void)tunable_device(ns_of);
    FAKE_BENCH_OPEN(&bench, "prime", setting);
    gf_tuning_name("key", bench.comparison->problem, "scalar", name, size);
    fake_bench_close(&bench, setting);
}

/* The result of prime is as small for every number, but more threads pay for a large one only. */
Test(tuning, problems_of_other_work_have_values_of_their_own) {
    char small[768], similar[768], large[768];
    name_of_number("number=10007", small, sizeof small);
    name_of_number("number=10009", similar, sizeof similar);
    name_of_number("number=1000000000000037", large, sizeof large);
    cr_expect_str_eq(small, similar);
    cr_expect_str_neq(small, large);
}

/* ---- Prompt devices ---------------------------------------------------- */

/* As run_on, with a backend whose programs cost nothing to prepare. */
static gf_tuning run_promptly(fake_device *device, double min_time_s, const char *override) {
    fake_bench bench = fake_bench_new();
    bench.backend.prompt = true;
    bench.options.min_time_s = min_time_s;
    bench.options.tuning = override;
    device->calls[FAKE_PREPARE] = 0;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=4");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    const gf_tuning tuning = result->tuning;
    fake_bench_close(&bench, "a tuned run");
    return tuning;
}

Test(tuning, prompt_device_is_searched_for_short_stops) {
    fake_device *device = tunable_device(ns_too_short);
    const gf_tuning found = run_promptly(device, 0.25, NULL);
    expect_values(&found, 64, 4, "best of");
    const gf_tuning again = run_promptly(device, 0.25, NULL);
    expect_values(&again, 64, 4, "earlier search");
    cr_expect_eq(device->calls[FAKE_PREPARE], 1, "it searched again");
}

/* Each tunable alone makes it slower than the defaults; both together are the fastest. */
static uint64_t ns_of_two_valleys(const uint32_t *values) {
    if (values[0] == 16)
        return values[1] == 8 ? 100000 : 250000;
    return 200000 + 10000 * values[1];
}

Test(tuning, prompt_device_is_searched_from_each_value_of_the_first_tunable) {
    fake_device *device = tunable_device(ns_of_two_valleys);
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    expect_values(&tuning, 16, 8, "best of");
}

/* Eight steps pay only with the other value of the last tunable, which pays only with four steps or
 * more: each is the best only once the other was changed. */
static uint64_t ns_of_a_path(const uint32_t *values) {
    if (values[2] == 2)
        return values[1] == 8 ? 600000 : values[1] == 4 ? 900000 : 1300000;
    return values[1] == 4 ? 1000000 : 1200000;
}

Test(tuning, prompt_device_is_searched_again_from_better_values) {
    static const uint32_t last_candidates[] = {1, 2, 0}, first[] = {32, 1, 1};
    gf_tunable three[3];
    memcpy(three, tunables, sizeof three);
    three[2].candidates = last_candidates;
    fake_device *device = tunable_device(ns_of_a_path);
    device->tunables = three;
    device->tuning_defaults = first;
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    cr_expect_eq(tuning.values[1], 8, "%u steps", tuning.values[1]);
    cr_expect_eq(tuning.values[2], 2);
}

static bool was_tried_with[129]; /* tile */

/* Fastest at tile 64 by far, but for the least tile, which is another kernel. */
static uint64_t ns_of_one_valley(const uint32_t *values) {
    was_tried_with[values[0]] = true;
    return values[0] == 1 ? 600000 : 1000000 + 100000 * away(values[0], 64);
}

/* What is beyond a hopeless value is not tried, except for the ends of the range. */
Test(tuning, search_goes_no_further_where_values_are_hopeless) {
    static const uint32_t many[] = {32, 128, 1, 2, 4, 8, 16, 56, 64, 72, 0}, first[] = {64, 1, 5};
    gf_tunable three[3];
    memcpy(three, tunables, sizeof three);
    three[0].candidates = many;
    three[1].candidates = NULL;
    fake_device *device = tunable_device(ns_of_one_valley);
    device->tunables = three;
    device->tuning_defaults = first;
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    cr_expect_eq(tuning.values[0], 1, "the tile is %u", tuning.values[0]);
    cr_expect(was_tried_with[56] && was_tried_with[72] && was_tried_with[128]);
    cr_expect(was_tried_with[32] || was_tried_with[2], "no neighbour of the fastest was tried");
    cr_expect_not(was_tried_with[8] || was_tried_with[16]);
}

static bool was_tried[9][81]; /* steps, and the last tunable */

static void derive_last(uint32_t *values) {
    if (values[2] == 0 && values[1] != 0)
        values[2] = 10 * values[1];
}

/* Four steps are the fastest with 7, and with what is derived from them, 40. */
static uint64_t ns_of_derived(const uint32_t *values) {
    was_tried[values[1]][values[2]] = true;
    return 1000000 + 100000 * away(values[1], 4) + (values[2] == 7 ? 0 : 50000);
}

/* What is derived from one step says nothing about eight; what was found to be better may. */
Test(tuning, later_tunables_are_held_only_if_they_were_found) {
    static const uint32_t last_candidates[] = {7, 0}, first[] = {32, 1, 10};
    gf_tunable three[3];
    memcpy(three, tunables, sizeof three);
    three[0].candidates = NULL;
    three[2] = (gf_tunable){"last", "derived from the steps", 1, 80, last_candidates};
    fake_device *device = tunable_device(ns_of_derived);
    device->tunables = three;
    device->tuning_defaults = first;
    device->derive = derive_last;
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    cr_expect_eq(tuning.values[1], 4, "%u steps", tuning.values[1]);
    cr_expect_eq(tuning.values[2], 7, "the last is %u", tuning.values[2]);
    cr_expect(was_tried[8][80] && was_tried[8][7]);
    cr_expect_not(was_tried[8][10] || was_tried[8][40], "what nobody found was held");
}

/* Tile 16 is slow but for the first time, tile 64 is the fastest. */
static uint64_t ns_with_luck(const uint32_t *values) {
    static bool was_lucky;
    if (values[0] == 16 && !was_lucky) {
        was_lucky = true;
        return 500000;
    }
    return values[0] == 64 ? 1000000 : values[0] == 16 ? 1200000 : 1300000;
}

Test(tuning, one_lucky_time_does_not_lead_the_search) {
    fake_device *device = tunable_device(ns_with_luck);
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    cr_expect_eq(tuning.values[0], 64, "the tile is %u", tuning.values[0]);
}

static bool went_on_from_luck;

/* Eight steps are slow but for the first time. They are with other tiles only in a search that goes
 * on from them. */
static uint64_t ns_with_a_lucky_lead(const uint32_t *values) {
    static bool was_lucky;
    if (values[0] != 32) {
        went_on_from_luck = went_on_from_luck || values[1] == 8;
        return 2000000;
    }
    if (values[1] == 8 && !was_lucky) {
        was_lucky = true;
        return 400000;
    }
    return values[1] == 8 ? 1300000 : 1000000 + 1000 * values[1];
}

Test(tuning, search_does_not_go_on_from_one_lucky_time) {
    fake_device *device = tunable_device(ns_with_a_lucky_lead);
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    expect_values(&tuning, 32, 1, "best of");
    cr_expect_not(went_on_from_luck);
}

static uint64_t spent_ns; /* by all turns: each is one launch */

/* Turns that are long for the time that a search has; no value is hopeless. */
static uint64_t ns_of_long_turns(const uint32_t *values) {
    const uint64_t ns = 16000000 + 2 * ns_of(values);
    spent_ns += ns;
    return ns;
}

Test(tuning, search_with_long_turns_keeps_to_its_time) {
    fake_device *device = tunable_device(ns_of_long_turns);
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    const uint64_t of_run_ns = 16000000 + 2 * ns_of(tuning.values);
    /* Twice the samples, and the turn in which the time was over. */
    cr_expect_leq(spent_ns - of_run_ns, 525000000, "%.0f ms", (double)spent_ns * 1e-6);
    cr_expect_eq(tuning.values[0], 64);
    cr_expect_eq(tuning.values[1], 4, "%u %s", tuning.values[1], tuning.basis);
}

/* ---- A field of 1024x1024 ------------------------------------------------ */

/* The tunables of diffusion's CPU kernel on two threads, and a device whose times are those of its
 * tiles in closed form: bands are chains of strips, which hand on columns, and lie side by side
 * where threads would have none. The time is enough for some 15 of the 360 sets of candidates. */
#define FIELD         1024.0
#define FIELD_THREADS 2.0
#define MOST_SETS     4096

enum { STEPS, COLS, ROWS, STORES, TUNABLES };

static gf_problem *field;

static void derive_field(uint32_t *values) {
    const gf_cpu_resources cpu = {(uint32_t)FIELD_THREADS, 8, 32 << 10, 1 << 20, 32 << 20, true};
    gf_diffusion_cpu_defaults(field, &cpu, values);
}

/* Cells in the time of handing on columns, for each row of a strip and step. */
#define HANDING_ON 20.0

static uint64_t ns_of_field(const uint32_t *values) {
    const double steps = values[STEPS], cols = values[COLS], rows = values[ROWS];
    if (steps < 2)
        return 57000000;
    const double passes = ceil(64 / steps), strips = ceil(FIELD / cols), bands = ceil(FIELD / rows);
    const double across = fmod(bands, FIELD_THREADS) > 0 && strips > 1 ? FIELD_THREADS : 1;
    const double chained = ceil(strips / across);
    const double halo = (across > 1 ? 2 * steps : 0) + (chained > 1 ? steps : 0);
    const double width = FIELD / across + halo;
    const double height = rows + (bands > 1 ? steps : 0);
    const double level_bytes = 2 * steps * width / chained * 8;
    const double handing = chained > 1 ? chained * HANDING_ON * height * steps : 0;
    const double slower = level_bytes > 7e5 ? 1.25 : 1;
    const double tile = width * (height * steps + rows * 20) * slower + handing;
    const double of_thread = ceil(across * bands / FIELD_THREADS);
    return (uint64_t)(0.33 * passes * of_thread * tile * (values[STORES] == 2 ? 0.93 : 1));
}

/* Of all sets of candidates. */
static uint64_t best_of_field(void) {
    uint64_t best = UINT64_MAX;
    uint32_t at[TUNABLES] = {0}, sets = 0;
    for (bool more = true; more && sets < MOST_SETS; sets++) {
        uint32_t values[GF_MAX_TUNABLES] = {0};
        for (int i = 0; i < TUNABLES; i++)
            values[i] = gf_diffusion_cpu_tunables[i].candidates[at[i]];
        derive_field(values);
        best = ns_of_field(values) < best ? ns_of_field(values) : best;
        more = false;
        for (int i = 0; i < TUNABLES && !more; i++) {
            more = gf_diffusion_cpu_tunables[i].candidates[++at[i]] != 0;
            at[i] = more ? at[i] : 0;
        }
    }
    return best;
}

static void make_field(void) {
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_create(gf_workload_find("diffusion", NULL), &params, &error), GF_OK);
    cr_assert_eq(gf_params_set(params, "size", "1024x1024", &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_params_set(params, "steps", "64", &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_problem_create(params, &field, &error), GF_OK, "%s", error.text);
    gf_params_destroy(params);
}

Test(tuning, search_finds_the_best_tiles_of_a_large_field_in_its_time) {
    static const uint32_t none[TUNABLES];
    make_field();
    fake_device *device = tunable_device(ns_of_field);
    device->tunables = gf_diffusion_cpu_tunables;
    device->tunable_count = TUNABLES;
    device->tuning_defaults = none;
    device->derive = derive_field;
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    const double found = (double)ns_of_field(tuning.values), best = (double)best_of_field();
    cr_expect_geq(best / found, 0.95, "%u steps in tiles of %u columns, %u rows: %.3f of the best",
                  tuning.values[STEPS], tuning.values[COLS], tuning.values[ROWS], best / found);
    gf_problem_destroy(field);
}

/* ---- Failures on prompt devices ------------------------------------------ */

static fake_device *failing;
static uint32_t failing_tile, failing_turn;

/* As ns_of. The kernel of one tile, with four steps, fails in a certain turn. */
static uint64_t ns_with_failure(const uint32_t *values) {
    static uint32_t turn;
    if (values[0] == failing_tile && values[1] == 4 && ++turn == failing_turn)
        failing->fault =
            (fake_fault){FAKE_FINISH, failing->calls[FAKE_FINISH] + 1, FAKE_FAILS, GF_FAILED};
    return ns_of(values);
}

static gf_tuning run_with_failure(uint32_t tile, uint32_t turn) {
    failing_tile = tile;
    failing_turn = turn;
    failing = tunable_device(ns_with_failure);
    const gf_tuning tuning = run_promptly(failing, 0.25, NULL);
    cr_expect_not_null(strstr(tuning.basis, "a try failed"), "%s", tuning.basis);
    cr_expect_str_empty(kept_file());
    return tuning;
}

Test(tuning, failure_of_a_try_leaves_the_best_so_far) {
    const gf_tuning tuning = run_with_failure(128, 1);
    expect_values(&tuning, 64, 4, "not saved");
}

/* The third turn of the fastest is its first of those that decide. */
Test(tuning, failure_of_the_fastest_leaves_the_next) {
    const gf_tuning tuning = run_with_failure(64, 3);
    expect_values(&tuning, 64, 2, "not saved");
}

/* ---- Short problems ------------------------------------------------------ */

Test(tuning, prompt_device_is_not_searched_for_few_short_samples) {
    fake_device *device = tunable_device(ns_too_short);
    const gf_tuning tuning = run_promptly(device, 0, NULL);
    expect_values(&tuning, 32, 1, "fake defaults");
    cr_expect_str_empty(kept_file());
}

/* What was cut short before it could find much must not stay for ever. */
Test(tuning, search_that_is_cut_short_is_not_kept) {
    fake_device *device = tunable_device(ns_of);
    const gf_tuning tuning = run_promptly(device, 0.03, NULL);
    cr_expect_not_null(strstr(tuning.basis, "not saved"), "%s", tuning.basis);
    cr_expect_str_empty(kept_file());
}

Test(tuning, override_wins_over_kept_values) {
    gf_tunable named[3]; /* as the workload's, or else the override is refused */
    memcpy(named, tunables, sizeof named);
    named[0].name = "tile-rows";
    fake_device *device = tunable_device(ns_too_short);
    device->tunables = named;
    (void)run_promptly(device, 0.25, NULL);
    const gf_tuning tuning = run_promptly(device, 0.25, "tile-rows=16");
    expect_values(&tuning, 16, 1, "as asked for");
}

/* ---- The fastest variant ----------------------------------------------- */

static const char *fastest_name;

/* The first variant is the one with tunables; the others take kernel_ns. */
static size_t all_variants(const gf_device *device, const gf_problem *problem) {
    (void)device;
    (void)problem;
    return 2;
}

static gf_contention_reader read_contention = fake_quiet;

/* Resolves a list of one device without a variant; sets fastest_name. */
static void resolve_one(fake_device *device, bool with_inputs) {
    fake_bench bench = fake_bench_new();
    bench.backend.prompt = true;
    bench.backend.contestants = all_variants;
    bench.options.min_time_s = 0.25;
    device->calls[FAKE_PREPARE] = 0;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=4");
    bench.session->read_contention = read_contention;
    gf_error error = GF_ERROR_INIT;
    if (with_inputs)
        cr_assert_eq(gf_comparison_make_inputs(bench.comparison, &error), GF_OK);
    gf_target_list list = {NULL, 0, NULL, 0};
    cr_assert_eq(gf_session_select(bench.session, gf_workload_find("diffusion", NULL), "0:0",
                                   GF_PICK_MANY, &list, &error),
                 GF_OK, "%s", error.text);
    cr_assert_eq(gf_comparison_resolve_targets(bench.comparison, &list, &error), GF_OK, "%s",
                 error.text);
    fastest_name = list.targets[0].variant;
    gf_target_list_clear(&list);
    fake_bench_close(&bench, "a race");
}

/* Two variants, of which the second takes `second_ns`. */
static fake_device *two_variants(uint64_t second_ns) {
    fake_device *device = tunable_device(ns_of);
    device->variants[0] = "wide";
    device->variants[1] = "narrow";
    device->variants[2] = NULL;
    device->kernel_ns = second_ns;
    return device;
}

Test(tuning, the_faster_variant_is_taken_and_kept) {
    fake_device *device = two_variants(1500000);
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "narrow");
    device->kernel_ns = 9000000;
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "narrow", "what was found was not used again");
    cr_expect_eq(device->calls[FAKE_PREPARE], 0, "it searched again");
}

/* With its defaults the first one would lose. */
Test(tuning, variants_are_compared_with_their_best_values) {
    fake_device *device = two_variants(2200000);
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "wide");
}

static bool is_wide(const char *variant) {
    return strcmp(variant, "wide") == 0;
}

/* The defaults of the second take three times as long as the first, its best values half. */
static uint64_t ns_of_slow_defaults(const char *variant, const uint32_t *values) {
    if (is_wide(variant))
        return 1000000;
    return values[0] == 64 && values[1] == 4 ? 500000 : 3000000 - (values[0] == 64 ? 1000000 : 0);
}

Test(tuning, a_variant_whose_defaults_are_slow_wins_by_its_best_values) {
    fake_device *device = two_variants(0);
    device->tuned_variant_ns = ns_of_slow_defaults;
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "narrow");
}

/* Tile 16 and 8 steps are the best of both variants. In a search of the second alone nothing leads
 * there. */
static uint64_t ns_of_a_hidden_valley(const char *variant, const uint32_t *values) {
    const bool tile = values[0] == 16, steps = values[1] == 8;
    if (is_wide(variant))
        return 900000 + (tile ? 0u : 50000u) + (steps ? 0u : 50000u);
    return tile && steps ? 500000 : tile || steps ? 2000000 : 1200000;
}

Test(tuning, a_variant_is_tried_with_the_best_values_of_another) {
    fake_device *device = two_variants(0);
    device->tuned_variant_ns = ns_of_a_hidden_valley;
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "narrow");
}

/* The same with the first in the place of the second: it is searched before there is a hint. */
static uint64_t ns_of_a_valley_of_the_first(const char *variant, const uint32_t *values) {
    return ns_of_a_hidden_valley(is_wide(variant) ? "narrow" : "wide", values);
}

Test(tuning, an_earlier_variant_is_tried_with_the_best_values_of_a_later_one) {
    fake_device *device = two_variants(0);
    device->tuned_variant_ns = ns_of_a_valley_of_the_first;
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "wide");
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    expect_values(&tuning, 16, 8, "found by an earlier search");
}

/* A value of the first is better than its defaults, but never again as fast as the first time. */
static uint64_t ns_of_a_lucky_variant(const char *variant, const uint32_t *values) {
    static bool was_lucky;
    if (!is_wide(variant))
        return 900000;
    if (values[0] == 64 && !was_lucky) {
        was_lucky = true;
        return 500000;
    }
    return values[0] == 64 ? 1000000 : 1100000;
}

Test(tuning, one_lucky_time_does_not_make_a_variant_the_fastest) {
    fake_device *device = two_variants(0);
    device->tuned_variant_ns = ns_of_a_lucky_variant;
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "narrow");
}

static bool is_final, is_busy_in_final, was_tried_in_final[2][129][9];

/* The final begins where the first variant comes again after the second. */
static void note_turn(const char *variant, const uint32_t *values) {
    static bool saw_narrow;
    saw_narrow = saw_narrow || !is_wide(variant);
    is_final = is_final || (saw_narrow && is_wide(variant));
    if (is_final)
        was_tried_in_final[is_wide(variant)][values[0]][values[1]] = true;
}

/* In the final the best values of the first variant are slower than those that came next. */
static uint64_t ns_of_another_order(const char *variant, const uint32_t *values) {
    note_turn(variant, values);
    if (!is_wide(variant))
        return 1300000;
    if (values[0] != 64 || values[1] == 1 || values[1] == 8)
        return 1500000;
    return values[1] == 2 ? 1050000 : is_final ? 1200000 : 1000000;
}

static gf_contention busy_in_final(void) {
    return is_final && is_busy_in_final ? (gf_contention){.waited_ns = UINT64_C(1000000000000000),
                                                          .others_ns = UINT64_C(1000000000000000)}
                                        : (gf_contention){.waited_ns = 0};
}

static void expect_steps_after_race(uint32_t steps) {
    fake_device *device = two_variants(0);
    device->tuned_variant_ns = ns_of_another_order;
    read_contention = busy_in_final;
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "wide");
    cr_assert(is_final);
    const gf_tuning tuning = run_promptly(device, 0.25, NULL);
    expect_values(&tuning, 64, steps, "found by an earlier search");
}

Test(tuning, values_that_win_the_final_are_saved) {
    expect_steps_after_race(2);
}

/* The search of the variant alone was not disturbed. */
Test(tuning, values_that_win_a_disturbed_final_are_not_saved) {
    is_busy_in_final = true;
    expect_steps_after_race(4);
}

/* The time has room for three turns of two, not of four. */
static uint64_t ns_of_a_long_final(const char *variant, const uint32_t *values) {
    note_turn(variant, values);
    return 30000000 + ns_of(values) + (is_wide(variant) ? 0 : 1000000);
}

Test(tuning, final_has_as_many_as_its_time_has_room_for) {
    fake_device *device = two_variants(0);
    device->tuned_variant_ns = ns_of_a_long_final;
    resolve_one(device, true);
    uint32_t tried[2] = {0};
    for (size_t tile = 0; tile < 129; tile++) {
        for (size_t steps = 0; steps < 9; steps++) {
            tried[0] += was_tried_in_final[0][tile][steps];
            tried[1] += was_tried_in_final[1][tile][steps];
        }
    }
    cr_expect_eq(tried[0], 1, "%u of the second variant", tried[0]);
    cr_expect_eq(tried[1], 1, "%u of the first", tried[1]);
    cr_expect_str_eq(fastest_name, "wide");
}

Test(tuning, variants_are_not_compared_without_inputs) {
    fake_device *device = two_variants(1500000);
    resolve_one(device, false);
    cr_expect_str_eq(fastest_name, "wide");
    cr_expect_eq(device->calls[FAKE_PREPARE], 0);
}

Test(tuning, kept_variant_that_does_not_exist_is_replaced) {
    fake_device *device = two_variants(1500000);
    resolve_one(device, true);
    device->variants[1] = "other";
    resolve_one(device, true);
    cr_expect_str_eq(fastest_name, "other");
}

/* ---- What is kept ------------------------------------------------------ */

static void expect_repair(fake_device *device, const char *text) {
    overwrite(kept_file(), text);
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&tuning, 64, 4, "what was saved is damaged");
    const gf_tuning again = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&again, 64, 4, "earlier search");
}

Test(tuning, damaged_files_are_named_and_replaced) {
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "{\"schema\": \"gpufare.tuning/1\"}",
        ("{\"schema\": \"gpufare.tuning/1\", \"about\": \"something else\", \"values\": "
         "{\"tile\": 16, \"steps\": 1, \"fixed\": 5}}"),
    };
    fake_device *device = tunable_device(ns_of);
    (void)run_on(device, NULL, GF_OUTCOME_OK);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_repair(device, texts[i]);
}

Test(tuning, kept_values_out_of_range_are_damage) {
    fake_device *device = tunable_device(ns_of);
    (void)run_on(device, NULL, GF_OUTCOME_OK);
    char text[2048];
    FILE *file = fopen(kept_file(), "r");
    cr_assert_not_null(file);
    const size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    char *tile = strstr(text, "64");
    while (tile != NULL && strncmp(tile - 6, "\"tile", 5) != 0 &&
           strncmp(tile - 8, "\"tile\": ", 8) != 0)
        tile = strstr(tile + 1, "64");
    cr_assert_not_null(tile, "no tile in %s", text);
    memcpy(tile, "99", 2);
    tile[0] = '9';
    memmove(tile + 1, tile, strlen(tile) + 1); /* 64 becomes 999 */
    expect_repair(device, text);
}

Test(tuning, folder_that_cannot_be_written_is_no_failure) {
    fake_device *device = tunable_device(ns_of);
    cr_assert_eq(setenv("XDG_CACHE_HOME", "/dev/null", 1), 0);
    const gf_tuning tuning = run_on(device, NULL, GF_OUTCOME_OK);
    expect_values(&tuning, 64, 4, "not saved");
}

/* ---- Wishes ------------------------------------------------------------ */

Test(tuning, an_override_replaces_search) {
    fake_device *device = tunable_device(ns_of);
    gf_tuning tuning;
    bool taken = false;
    gf_error error = GF_ERROR_INIT;
    memset(&tuning, 0, sizeof tuning);
    memcpy(tuning.tunables, tunables, sizeof tunables);
    tuning.count = 3;
    memcpy(tuning.values, defaults, sizeof defaults);
    cr_assert_eq(gf_tuning_apply_override(&tuning, "other=3,tile=128", &taken, &error), GF_OK);
    cr_expect(taken);
    cr_expect_eq(tuning.values[0], 128);
    cr_expect_eq(tuning.values[1], 1);
    cr_assert_eq(gf_tuning_apply_override(&tuning, "other=3", &taken, &error), GF_OK);
    cr_expect_not(taken, "another variant's tunable was taken");
    cr_assert_eq(gf_tuning_apply_override(&tuning, "steps=9", &taken, &error), GF_UNSUPPORTED);
    cr_expect_not_null(strstr(error.text, "1 to 8"), "%s", error.text);
    gf_error_clear(&error);
    (void)device;
}
