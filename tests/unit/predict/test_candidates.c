/* Candidates on fake devices: stored profiles, missing measurements, failures. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "calibrate/calibrate.h"
#include "calibrate/profile_json.h"
#include "calibrate/profile_store.h"
#include "made_profiles.h"
#include "predict/candidates_create.h"
#include "predict/cases.h"

FAKE_GLOBALS

TestSuite(candidates, .timeout = 120);

/* Makes measuring short: kernels are long enough at once, and large arrays have no room. */
#define KERNEL_NS    40000000
#define SMALL_MEMORY (UINT64_C(64) << 20)

/* A profile of a fake device with every case of its kernels, so that nothing must be measured. */
static gf_profile *whole_profile(const fake_bench *bench, size_t index) {
    const gf_problem *problem = bench->comparison->problem;
    const gf_device_info *info = gf_device_get_info(gf_session_device(bench->session, index));
    static const char *const variants[] = {"best", "plain"};
    gf_profile *profile = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(info, 1, &profile, &error), GF_OK, "%s", error.text);
    profile->transfers[GF_UP][GF_MEMORY_PAGEABLE] = line(100, 0.1);
    profile->transfers[GF_DOWN][GF_MEMORY_PAGEABLE] = line(100, 0.1);
    profile->first_touch = line(100, 0.1);
    profile->ceilings = (gf_ceilings){.copy_cached = 2e10,
                                      .copy_memory = 1e10,
                                      .cached_bytes = 1e6,
                                      .f32 = 2e9,
                                      .f64 = 1e9,
                                      .integer = 1e9};
    snprintf(profile->measured_at, sizeof profile->measured_at, "2026-05-21T12:00:00Z");
    for (size_t v = 0; v < 2; v++) {
        const maker m = {.variant = variants[v], .op_ns = 1 + (double)v, .up_ns = 1, .down_ns = 1};
        for (int i = 0; problem->workload->calibration[i] != NULL; i++) {
            add_case(profile, &m, problem, i % 8);
            gf_case *added = &profile->cases[profile->case_count - 1];
            snprintf(added->values, sizeof added->values, "%s", problem->workload->calibration[i]);
            added->total_ns = added->kernel_ns + added->h2d_ns + added->d2h_ns;
        }
    }
    return profile;
}

static void keep_profile(const fake_bench *bench, size_t index, const char *version) {
    gf_profile *profile = whole_profile(bench, index);
    snprintf(profile->version, sizeof profile->version, "%s", version);
    cr_assert(gf_profile_save(profile));
    gf_profile_destroy(profile);
}

static void open_two(fake_bench *bench) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_add(0, "0:0", "one", GF_CLASS_CPU)->kernel_ns = KERNEL_NS;
    fake_add(0, "0:1", "two", GF_CLASS_GPU)->kernel_ns = KERNEL_NS;
    fake_machines[0].devices[0].info.global_memory_bytes = SMALL_MEMORY;
    *bench = fake_bench_new();
    FAKE_BENCH_OPEN(bench, "sum", "count=1000");
}

static gf_status create_with(const fake_bench *bench, const char *device_model,
                             gf_candidates **candidates, gf_error *error) {
    gf_target choices[] = {{gf_session_device(bench->session, 0), "best", "first"},
                           {gf_session_device(bench->session, 0), "plain", "second"},
                           {gf_session_device(bench->session, 1), "best", "third"}};
    const gf_target_list targets = {.targets = choices, .count = 3};
    const gf_context context = {bench->session, &bench->options};
    return gf_candidates_create(&context, bench->params, &targets, device_model, candidates, error);
}

static gf_status create(const fake_bench *bench, gf_candidates **candidates, gf_error *error) {
    return create_with(bench, NULL, candidates, error);
}

Test(candidates, stored_profiles_are_not_measured_again) {
    fake_bench bench;
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_two(&bench);
    keep_profile(&bench, 0, gf_version());
    keep_profile(&bench, 1, gf_version());
    cr_assert_eq(create(&bench, &candidates, &error), GF_OK, "%s", error.text);
    cr_assert_eq(candidates->count, 3);
    cr_expect_eq(candidates->profile_count, 2);
    cr_expect_eq(candidates->notes.count, 0);
    cr_expect_eq(candidates->items[0].profile, candidates->items[1].profile);
    cr_expect_str_eq(candidates->items[1].label, "0:0:plain");
    cr_expect_str_eq(candidates->items[2].why, "third");
    for (size_t i = 0; i < candidates->count; i++)
        cr_expect_str_eq(candidates->items[i].failure, "");
    /* Nothing was measured. */
    cr_expect_eq(fake_machines[0].devices[0].calls[FAKE_OPEN], 0);
    gf_prediction predictions[3];
    cr_assert_eq(gf_candidates_predict_values(candidates, bench.params, predictions, &error), GF_OK,
                 "%s", error.text);
    /* 2 ns an operation instead of 1, and the same fare. */
    cr_expect_float_eq(predictions[1].phases[GF_PHASE_KERNEL].value /
                           predictions[0].phases[GF_PHASE_KERNEL].value,
                       2, 1e-6);
    gf_candidates_destroy(candidates);
    fake_bench_close(&bench, "kept");
}

Test(candidates, a_stale_profile_is_named_and_measured_anew) {
    fake_bench bench;
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_two(&bench);
    keep_profile(&bench, 0, "0.0.1");
    keep_profile(&bench, 1, gf_version());
    cr_assert_eq(create(&bench, &candidates, &error), GF_OK, "%s", error.text);
    cr_assert_eq(candidates->notes.count, 1);
    expect_words(candidates->notes.lines[0], "0:0", "note");
    expect_words(candidates->notes.lines[0], "stale", "note");
    expect_words(candidates->notes.lines[0], "measured again", "note");
    cr_expect_gt(fake_machines[0].devices[0].calls[FAKE_OPEN], 0);
    cr_expect_eq(fake_machines[0].devices[1].calls[FAKE_OPEN], 0);
    gf_candidates_destroy(candidates);
    fake_bench_close(&bench, "stale");
}

/* What was measured in a budget stays; the other parts, and the second turn of its cases, follow.
 */
Test(candidates, a_partial_profile_is_completed) {
    fake_bench bench;
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_two(&bench);
    keep_profile(&bench, 1, gf_version());
    gf_profile *partial = whole_profile(&bench, 0);
    partial->missing = (gf_profile_parts){true, true, true, true, true, true};
    partial->ceilings = (gf_ceilings){.f64 = 0};
    partial->cases[0].turns = 1;
    const double whole_ns = partial->cases[1].total_ns;
    cr_assert(gf_profile_save(partial));
    cr_assert_eq(create(&bench, &candidates, &error), GF_OK, "%s", error.text);
    const gf_profile *profile = candidates->items[0].profile;
    cr_expect_not(gf_profile_is_partial(profile));
    cr_expect_gt(profile->ceilings.f64, 0);
    cr_expect_gt(profile->ceilings.launch_ns, 0);
    cr_expect_eq(profile->case_count, partial->case_count);
    const gf_case *begun =
        gf_profile_find_case(profile, "best", bench.params, partial->cases[0].values);
    cr_assert_not_null(begun);
    cr_expect_gt(begun->turns, 1);
    cr_expect_eq(profile->cases[1].total_ns, whole_ns, "a whole case is not measured again");
    cr_expect_eq(fake_machines[0].devices[1].calls[FAKE_OPEN], 0, "the other profile is whole");
    gf_profile_destroy(partial);
    gf_candidates_destroy(candidates);
    fake_bench_close(&bench, "partial");
}

static gf_missing announced;
static size_t announcements;
static volatile sig_atomic_t enough;

/* Interrupts the measuring that follows. */
static void keep_announcement(const gf_missing *missing, void *context) {
    cr_expect_eq(context, &announced);
    cr_expect_eq(fake_machines[0].devices[0].calls[FAKE_OPEN], 0, "it has begun");
    announced = *missing;
    announcements++;
    enough = 1;
}

/* The first device, with two kernels, has no stored profile; the second has a complete one. */
Test(candidates, what_is_missing_is_announced_before_it_is_measured) {
    fake_bench bench;
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_two(&bench);
    keep_profile(&bench, 1, gf_version());
    bench.options.announce = keep_announcement;
    bench.options.announce_context = &announced;
    bench.options.cancel = &enough;
    const gf_device *device = gf_session_device(bench.session, 0);
    const size_t cases =
        2 * gf_profile_missing_cases(&(gf_profile){.cases = NULL}, device, "best", bench.params);
    cr_expect_eq(create(&bench, &candidates, &error), GF_INTERRUPTED);
    cr_expect_eq(announcements, 1);
    cr_expect_eq(announced.devices, 1);
    cr_expect_eq(announced.cases, cases, "%zu cases", announced.cases);
    cr_expect_float_eq(announced.seconds,
                       gf_calibrate_seconds(device) + gf_cases_seconds(device, cases), 1e-9);
    gf_error_clear(&error);
    enough = 0;
    keep_profile(&bench, 0, gf_version());
    cr_assert_eq(create(&bench, &candidates, &error), GF_OK, "%s", error.text);
    cr_expect_eq(announcements, 1, "everything is kept");
    gf_candidates_destroy(candidates);
    fake_bench_close(&bench, "announced");
}

Test(candidates, a_device_that_fails_does_not_cost_the_others_their_prediction) {
    fake_bench bench;
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_two(&bench);
    keep_profile(&bench, 0, gf_version());
    fake_machines[0].devices[1].fault = (fake_fault){FAKE_OPEN, 1, FAKE_FAILS, GF_FAILED};
    cr_assert_eq(create(&bench, &candidates, &error), GF_OK, "%s", error.text);
    cr_assert_eq(candidates->count, 3);
    expect_words(candidates->items[2].failure, "injected into open", "failure");
    gf_prediction predictions[3];
    cr_assert_eq(gf_candidates_predict_values(candidates, bench.params, predictions, &error), GF_OK,
                 "%s", error.text);
    cr_expect(predictions[0].possible);
    cr_expect_not(predictions[2].possible);
    expect_words(predictions[2].why_not, "injected into open", "reason");
    gf_candidates_destroy(candidates);
    fake_bench_close(&bench, "failure");
}

Test(candidates, an_interruption_ends_the_measuring) {
    fake_bench bench;
    volatile sig_atomic_t cancel = 1;
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_two(&bench);
    bench.options.cancel = &cancel;
    cr_expect_eq(create(&bench, &candidates, &error), GF_INTERRUPTED, "%s", error.text);
    cr_expect_null(candidates);
    gf_error_clear(&error);
    fake_bench_close(&bench, "interruption");
}

/* Two machines may each have a device 0:0. */
Test(candidates, models_of_one_name_are_told_apart) {
    fake_bench bench;
    const maker makers[] = {{.id = "0:0", .variant = "best", .op_ns = 1},
                            {.id = "0:0", .variant = "best", .op_ns = 2},
                            {.id = "0:0", .variant = "", .op_ns = 1},
                            {.id = "0:0", .variant = "best", .op_ns = 3},
                            {.id = "0:0", .variant = "", .op_ns = 1}};
    static const char *const labels[] = {"model 0:0:best", "model 0:0:best (2)", "model 0:0",
                                         "model 0:0:best (3)", "model 0:0 (2)"};
    made_cache();
    open_two(&bench);
    gf_candidates *candidates = make_candidates(&bench, makers, 5);
    cr_assert_eq(candidates->count, 5);
    for (size_t i = 0; i < 5; i++)
        cr_expect_str_eq(candidates->items[i].label, labels[i]);
    gf_candidates_destroy(candidates);
    fake_bench_close(&bench, "one name");
}

/* ---- Files of profiles ------------------------------------------------- */

/* Writes profiles of both devices, called GPUs of `machine`; NULL: of this machine. */
static void write_models(const fake_bench *bench, const char *path, const char *machine) {
    json_t *profiles = json_array();
    for (size_t i = 0; i < 2; i++) {
        gf_profile *profile = whole_profile(bench, i);
        profile->device_class = GF_CLASS_GPU;
        snprintf(profile->kind, sizeof profile->kind, "opencl-gpu");
        if (machine != NULL)
            snprintf(profile->machine, sizeof profile->machine, "%s", machine);
        cr_assert_eq(json_array_append_new(profiles, gf_profile_to_json(profile)), 0);
        gf_profile_destroy(profile);
    }
    json_t *document =
        json_pack("{s:s, s:o}", "schema", "gpufare.calibrate/1", "profiles", profiles);
    cr_assert_eq(json_dump_file(document, path, 0), 0, "%s", path);
    json_decref(document);
}

static void expect_models(const fake_bench *bench, const char *machine, size_t wanted, size_t notes,
                          const char *words) {
    const char *path = made_path("models.json");
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    write_models(bench, path, machine);
    cr_assert_eq(create_with(bench, path, &candidates, &error), GF_OK, "%s", error.text);
    cr_expect_eq(candidates->count, wanted, "%zu candidates", candidates->count);
    cr_assert_eq(candidates->notes.count, notes, "%zu notes", candidates->notes.count);
    for (size_t i = 0; i < notes; i++) {
        expect_words(candidates->notes.lines[i],
                     i < notes / 2 ? "0:0 of the device model" : "0:1 of the dev", "");
        expect_words(candidates->notes.lines[i], words, "note");
    }
    for (size_t i = 3; i < candidates->count; i++) {
        cr_expect_null(candidates->items[i].device);
        expect_words(candidates->items[i].label, "model 0:", "label");
    }
    gf_candidates_destroy(candidates);
}

/* A file adds both kernels of each device, except of devices that were measured on this machine.
 * Kernels that this build lacks, as all of fake devices, are named. */
Test(candidates, a_model_of_a_device_that_takes_part_is_left_out) {
    fake_bench bench;
    made_cache();
    open_two(&bench);
    keep_profile(&bench, 0, gf_version());
    keep_profile(&bench, 1, gf_version());
    expect_models(&bench, "Another machine", 3 + 2 * 2, 4, "which this build lacks");
    expect_models(&bench, NULL, 3, 2, "this machine's own device");
    fake_bench_close(&bench, "own device");
}

/* What gpufare finds here of another version is stale, and so is what a file holds. */
Test(candidates, a_model_of_another_version_is_refused) {
    const char *path = made_path("models.json");
    fake_bench bench;
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_two(&bench);
    write_models(&bench, path, "Another machine");
    json_t *document = json_load_file(path, 0, NULL);
    cr_assert_not_null(document);
    json_t *second = json_array_get(json_object_get(document, "profiles"), 1);
    cr_assert_eq(json_object_set_new(second, "gpufare", json_string("0.0.9")), 0);
    cr_assert_eq(json_dump_file(document, path, 0), 0);
    json_decref(document);
    cr_expect_eq(create_with(&bench, path, &candidates, &error), GF_USAGE);
    expect_words(error.text, "the profile of 0:1 is stale: it is of gpufare 0.0.9", "error");
    cr_expect_str_eq(error.parameter, "device-model");
    cr_expect_null(candidates);
    cr_expect_eq(fake_machines[0].devices[0].calls[FAKE_OPEN], 0);
    gf_error_clear(&error);
    fake_bench_close(&bench, "another version");
}

Test(candidates, a_file_without_profiles_fails_before_anything_is_measured) {
    fake_bench bench;
    gf_candidates *candidates = NULL;
    gf_error error = GF_ERROR_INIT;
    made_cache();
    open_two(&bench);
    cr_expect_eq(create_with(&bench, "/dev/null", &candidates, &error), GF_USAGE);
    expect_words(error.text, "device-model: /dev/null is not a regular file", "error");
    cr_expect_str_eq(error.parameter, "device-model");
    cr_expect_null(candidates);
    cr_expect_eq(fake_machines[0].devices[0].calls[FAKE_OPEN], 0);
    gf_error_clear(&error);
    fake_bench_close(&bench, "no file");
}
