/* Running on fake devices: wrong results are found, failures are results, nothing leaks. */
#include <criterion/criterion.h>
#include <math.h>

#include "fake_bench.h"
#include "machine.h"

FAKE_GLOBALS

TestSuite(run, .timeout = 120);

static fake_device *add_gpu(void) {
    fake_device *device = fake_add(0, "0:0", "Fake GPU", GF_CLASS_GPU);
    device->launch_ns = 7000;
    device->kernel_ns = 123457000; /* so that "123.457" in a report is its time */
    device->bytes_per_ns = 1;
    return device;
}

/* ---- Wrong results -------------------------------------------------------------------------- */

static const char *const julia_list[] = {"size=37x11", "max-iter=50", "inputs=list", NULL};
static const char *const julia_bare[] = {"size=37x11", "max-iter=50", NULL};
static const char *const diffusion_one[] = {"size=21x13", "steps=5", NULL};
static const char *const diffusion_stops[] = {"size=21x13", "steps=6", "steps-per-transfer=2",
                                              NULL};
static const char *const diffusion_writes[] = {
    "size=21x13", "steps=6", "steps-per-transfer=2", "host-use=write", "precision=f32", NULL};

/* No time in any format: neither the kernel's nor the total's, under any key. */
static void expect_no_time(const fake_bench *bench, const char *name) {
    static const gf_format formats[] = {GF_FORMAT_TEXT, GF_FORMAT_MARKDOWN, GF_FORMAT_CSV,
                                        GF_FORMAT_JSON};
    const gf_report_style style = {.verbose = true};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char *text = NULL;
        size_t length = 0;
        FILE *stream = open_memstream(&text, &length);
        cr_assert_not_null(stream);
        cr_assert_eq(gf_comparison_report(bench->comparison, formats[i], &style, stream, NULL),
                     GF_OK);
        fclose(stream);
        cr_expect_null(strstr(text, "123.4"), "%s, format %zu: a time in ms:\n%s", name, i, text);
        cr_expect_null(strstr(text, "1234"), "%s, format %zu: a time in ns:\n%s", name, i, text);
        cr_expect_null(strstr(text, "samples_ns"), "%s, format %zu: samples", name, i);
        free(text);
    }
}

static void check_wrong(const char *workload, const char *const *settings, fake_slot slot,
                        uint32_t call, fake_effect effect, bool in_place, const char *name) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    device->in_place = in_place;
    device->fault = (fake_fault){slot, call, effect, GF_OK};
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 3;
    fake_bench_open_workload(&bench, gf_workload_find(workload, NULL), settings);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "%s: outcome %d", name,
                 (int)result->outcome);
    cr_expect_gt(result->verification.difference.mismatches, 0, "%s: no mismatches", name);
    cr_expect_not_null(strstr(result->error.text, "differ from the reference"), "%s: reason '%s'",
                       name, result->error.text);
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        cr_expect_eq(gf_result_phase(result, phase).count, 0, "%s: %s has a time", name,
                     gf_phase_name(phase));
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_comparison_status(bench.comparison, &error), GF_MISMATCH, "%s", name);
    gf_error_clear(&error);
    expect_no_time(&bench, name);
    fake_bench_close(&bench, name);
}

Test(run, a_kernel_that_does_nothing_is_found) {
    for (uint32_t call = 1; call <= 4; call++) { /* the warm-up and each sample */
        check_wrong("julia", julia_bare, FAKE_LAUNCH, call, FAKE_DOES_NOTHING, false, "julia");
        check_wrong("julia", julia_list, FAKE_LAUNCH, call, FAKE_DOES_NOTHING, false,
                    "julia, list");
        check_wrong("julia", julia_list, FAKE_LAUNCH, call, FAKE_DOES_NOTHING, true,
                    "julia in place");
        check_wrong("diffusion", diffusion_one, FAKE_LAUNCH, call, FAKE_DOES_NOTHING, false,
                    "diffusion");
        check_wrong("diffusion", diffusion_one, FAKE_LAUNCH, call, FAKE_DOES_NOTHING, true,
                    "diffusion in place");
    }
    for (uint32_t call = 1; call <= 6; call++) /* each stop of two round trips */
        check_wrong("diffusion", diffusion_stops, FAKE_LAUNCH, call, FAKE_DOES_NOTHING, false,
                    "diffusion with stops");
}

/* All counts are 65535 here, the largest number of their type: poison must be another. */
Test(run, a_picture_of_one_count_is_no_hiding_place) {
    static const char *const inside[] = {"size=9x5", "max-iter=65535", "c=0,0",
                                         "view=-0.1,0.1,-0.1,0.1", NULL};
    for (uint32_t call = 1; call <= 4; call++) {
        check_wrong("julia", inside, FAKE_LAUNCH, call, FAKE_DOES_NOTHING, false, "one count");
        check_wrong("julia", inside, FAKE_BUFFER_READ, call, FAKE_DOES_NOTHING, false, "one count");
    }
}

/* The last download of each round trip: earlier ones only serve the host. */
Test(run, a_download_that_does_nothing_is_found) {
    for (uint32_t call = 1; call <= 4; call++) {
        check_wrong("julia", julia_bare, FAKE_BUFFER_READ, call, FAKE_DOES_NOTHING, false, "julia");
        check_wrong("diffusion", diffusion_one, FAKE_BUFFER_READ, call, FAKE_DOES_NOTHING, false,
                    "diffusion");
    }
    for (uint32_t call = 3; call <= 12; call += 3)
        check_wrong("diffusion", diffusion_stops, FAKE_BUFFER_READ, call, FAKE_DOES_NOTHING, false,
                    "diffusion with stops");
    for (uint32_t call = 1; call <= 12; call++) /* what comes down goes up again */
        check_wrong("diffusion", diffusion_writes, FAKE_BUFFER_READ, call, FAKE_DOES_NOTHING, false,
                    "diffusion, host writes");
}

/* Before each round trip every buffer is poisoned: these writes come first and are no uploads. */
Test(run, an_upload_that_does_nothing_is_found) {
    for (uint32_t trip = 0; trip < 3; trip++) {
        check_wrong("julia", julia_list, FAKE_BUFFER_WRITE, trip * 5 + 4, FAKE_DOES_NOTHING, false,
                    "julia, zs");
        check_wrong("julia", julia_list, FAKE_BUFFER_WRITE, trip * 5 + 5, FAKE_DOES_NOTHING, false,
                    "julia, cs");
        check_wrong("diffusion", diffusion_one, FAKE_BUFFER_WRITE, trip * 3 + 3, FAKE_DOES_NOTHING,
                    false, "diffusion");
    }
}

Test(run, one_wrong_element_is_found_wherever_it_is) {
    static const struct {
        fake_effect effect;
        const char *name;
    } effects[] = {
        {FAKE_FLIPS_FIRST, "first"}, {FAKE_FLIPS_LAST, "last"}, {FAKE_WRITES_NAN, "NaN"}};
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++) {
        for (uint32_t call = 1; call <= 4; call++) {
            check_wrong("julia", julia_bare, FAKE_LAUNCH, call, effects[i].effect, false,
                        effects[i].name);
            check_wrong("diffusion", diffusion_one, FAKE_LAUNCH, call, effects[i].effect, true,
                        effects[i].name);
        }
    }
}

Test(run, a_mismatch_counts_what_differs) {
    add_gpu()->fault = (fake_fault){FAKE_LAUNCH, 1, FAKE_FLIPS_LAST, GF_OK};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=37x11", "max-iter=50");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->verification.difference.mismatches, 1);
    cr_expect_eq(result->verification.difference.compared, 37 * 11);
    cr_expect_eq(result->verification.difference.max_abs_error, 1);
    cr_expect_not(result->verification.sampled);
    fake_bench_close(&bench, "one element");
}

Test(run, nan_is_an_infinite_error) {
    add_gpu()->fault = (fake_fault){FAKE_LAUNCH, 2, FAKE_WRITES_NAN, GF_OK};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=3", "precision=f32", "math=relaxed");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "a tolerance must not let NaN pass");
    cr_expect(isinf(result->verification.difference.max_abs_error));
    fake_bench_close(&bench, "NaN");
}

Test(run, sampled_verification_finds_what_it_looks_at) {
    static const fake_effect effects[] = {FAKE_DOES_NOTHING, FAKE_FLIPS_FIRST, FAKE_FLIPS_LAST};
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        add_gpu()->fault = (fake_fault){FAKE_LAUNCH, 2, effects[i], GF_OK};
        fake_bench bench = fake_bench_new();
        bench.options.verify = GF_VERIFY_SAMPLED;
        FAKE_BENCH_OPEN(&bench, "julia", "size=301x401", "max-iter=50");
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "effect %zu", i);
        cr_expect(result->verification.sampled, "effect %zu", i);
        cr_expect_null(bench.comparison->reference, "effect %zu: the reference was computed", i);
        fake_bench_close(&bench, "sampled");
    }
}

Test(run, sampled_verification_accepts_what_is_right) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    bench.options.verify = GF_VERIFY_SAMPLED;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=500x400", "steps=6");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_expect_gt(result->verification.sample_count, 0);
    cr_expect_gt(result->verification.difference.compared, 0);
    cr_expect_null(bench.comparison->reference);
    fake_bench_close(&bench, "sampled");
}

/* Serial and pipelined round trips take turns: 1 warm-up and 3 samples of each. */
static void check_wrong_pipeline(const char *workload, const char *const *settings, uint32_t call,
                                 fake_effect effect, const char *name) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    device->overlaps = true;
    device->fault = (fake_fault){FAKE_PIPELINE_RUN, call, effect, GF_OK};
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 3;
    fake_bench_open_workload(&bench, gf_workload_find(workload, NULL), settings);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "%s: outcome %d", name,
                 (int)result->outcome);
    cr_expect_not_null(strstr(result->error.text, "in a pipelined round trip"), "%s: reason '%s'",
                       name, result->error.text);
    cr_expect_eq(result->timing.pipelined.count, 0, "%s: it has a time", name);
    cr_expect_eq(device->calls[FAKE_PIPELINE_RUN], call, "%s: %u calls", name,
                 device->calls[FAKE_PIPELINE_RUN]);
    expect_no_time(&bench, name);
    fake_bench_close(&bench, name);
}

Test(run, a_wrong_pipelined_result_is_found) {
    static const fake_effect effects[] = {FAKE_DOES_NOTHING, FAKE_FLIPS_FIRST, FAKE_FLIPS_LAST,
                                          FAKE_WRITES_NAN};
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++) {
        for (uint32_t call = 1; call <= 4; call++) {
            check_wrong_pipeline("julia", julia_list, call, effects[i], "julia, pipelined");
            check_wrong_pipeline("diffusion", diffusion_stops, call, effects[i],
                                 "diffusion, pipelined");
        }
    }
}

/* ---- Tolerances ----------------------------------------------------------------------------- */

static gf_tolerance given_tolerance;

static void give_tolerance(const gf_problem *problem, gf_tolerance *tolerance) {
    (void)problem;
    *tolerance = given_tolerance;
}

/* 64 x 64 counts, the fewest whose sum is looked at; one is wrong by 1, in the last row, or all. */
Test(run, every_limit_of_a_tolerance_holds) {
    static const struct {
        gf_tolerance tolerance;
        fake_effect effect;
        const char *words; /* NULL: it passes */
        const char *name;
    } cases[] = {
        {{0, 0, 0, 0, "t"}, FAKE_FLIPS_LAST, "1 of 4096 result elements", "none"},
        {{1, 0, 0, 0, "t"}, FAKE_FLIPS_LAST, NULL, "an error of 1"},
        {{0.5, 0, 0, 0, "t"}, FAKE_FLIPS_LAST, "1 of 4096", "an error of 0.5"},
        {{0, 1e-6, 1e-6, 0, "t"}, FAKE_FLIPS_LAST, NULL, "two are allowed beside any share"},
        {{0, 0.5, 1, 0, "t"}, FAKE_DOES_NOTHING, "4096 of 4096", "more than half of all"},
        {{0, 0.5, 0, 0, "t"}, FAKE_FLIPS_LAST, "1 of 4096", "half of all, none in a row"},
        {{0, 0.5, 0.001, 0, "t"}, FAKE_FLIPS_LAST, NULL, "two in any row are allowed"},
        {{0, 1, 0.5, 0, "t"}, FAKE_DOES_NOTHING, "4096 of 4096", "a kernel that did nothing"},
        {{0, 1, 1, 0, "t"}, FAKE_DOES_NOTHING, NULL, "everything is allowed"},
        {{0, 1, 1, 0.02, "t"},
         FAKE_DOES_NOTHING,
         "too far from the reference's",
         "but not its sum"},
        {{0, 1, 1, 0.02, "t"}, FAKE_FLIPS_LAST, NULL, "the sum hardly moved"},
        {{0, 0, 0, 0.02, "t"}, FAKE_FLIPS_LAST, "1 of 4096", "elements are named before the sum"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_workload workload = *gf_workload_find("julia", NULL);
        workload.tolerance = give_tolerance;
        given_tolerance = cases[i].tolerance;
        memset(fake_machines, 0, sizeof fake_machines);
        /* In the last sample: the sum is looked at once, at the end. */
        add_gpu()->fault = (fake_fault){FAKE_LAUNCH, 3, cases[i].effect, GF_OK};
        fake_bench bench = fake_bench_new();
        fake_bench_open_workload(&bench, &workload,
                                 (const char *const[]){"size=64x64", "max-iter=50", NULL});
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_expect_eq(result->outcome, cases[i].words == NULL ? GF_OUTCOME_OK : GF_OUTCOME_MISMATCH,
                     "%s: %s", cases[i].name, result->error.text);
        if (cases[i].words != NULL)
            cr_expect_not_null(strstr(result->error.text, cases[i].words), "%s: '%s'",
                               cases[i].name, result->error.text);
        fake_bench_close(&bench, cases[i].name);
    }
}

/* ---- f32 against f64 ------------------------------------------------------------------------- */

static gf_status (*real_set_up)(gf_problem *, gf_error *);

static gf_status set_up_f32_only(gf_problem *problem, gf_error *error) {
    if (problem->precision == GF_PRECISION_F64)
        return gf_error_set(error, GF_UNSUPPORTED, "f64 does not fit");
    return real_set_up(problem, error);
}

/* How far f32 is from f64 is worth knowing, and no reason to refuse f32. */
Test(run, f32_runs_where_f64_can_not) {
    gf_workload workload = *gf_workload_find("julia", NULL);
    real_set_up = workload.set_up;
    workload.set_up = set_up_f32_only;
    add_gpu();
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, &workload,
                             (const char *const[]){"size=20x10", "precision=f32", NULL});
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    cr_expect_not(bench.comparison->has_f64_difference);
    fake_bench_close(&bench, "f32 only");
}

/* ---- A reference beyond the memory ----------------------------------------------------------- */

/* A reference that does not fit is refused before it is computed, with the way around it. The
 * problem is as large as the machine's memory; sampling it needs no more than its own arrays. */
Test(run, a_reference_beyond_the_memory_is_refused) {
    const uint64_t memory = gf_machine_memory_bytes();
    if (memory == UINT64_MAX || memory / 4 > UINT64_C(2147483647) * 1000)
        cr_skip("this machine's memory is unknown or beyond what Julia can ask for");
    char size[64];
    snprintf(size, sizeof size, "size=1000x%ju", (uintmax_t)(memory / 2000));
    fake_device *device = add_gpu();
    fake_bench bench = fake_bench_new();
    bench.options.verify = GF_VERIFY_FULL;
    FAKE_BENCH_OPEN(&bench, "julia", size);
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(fake_bench_try(&bench, 0, NULL, &result, &error), GF_UNSUPPORTED);
    cr_expect_not_null(strstr(error.text, "--verify sampled"), "'%s'", error.text);
    cr_expect_eq(device->calls[FAKE_OPEN], 0);
    gf_error_clear(&error);
    fake_bench_close(&bench, "a large reference");
}

/* ---- A known answer ------------------------------------------------------------------------- */

static bool wrong_answer(const gf_problem *problem, gf_known_answer *answer) {
    (void)problem;
    *answer = (gf_known_answer){-1, 0};
    return true;
}

/* Reference and device agree and both are wrong: only a checksum from elsewhere can tell. */
Test(run, a_checksum_that_is_not_the_known_answer_has_no_time) {
    gf_workload workload = *gf_workload_find("julia", NULL);
    workload.known_answer = wrong_answer;
    add_gpu()->prepare_ns = 1234567000;
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, &workload, julia_bare);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH);
    cr_expect_not_null(strstr(result->error.text, "is not the known answer -1"), "%s",
                       result->error.text);
    cr_expect(result->verification.has_known_answer);
    cr_expect_not(result->verification.known_answer_holds);
    expect_no_time(&bench, "known answer");
    fake_bench_close(&bench, "known answer");
}

Test(run, a_known_answer_that_holds_is_noted) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=17x17");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_expect(result->verification.has_known_answer && result->verification.known_answer_holds);
    cr_expect_eq(result->checksum, 10972);
    fake_bench_close(&bench, "known answer");
}

/* ---- Failures are results ------------------------------------------------------------------- */

/* Every slot that can fail, at its first and at later calls, in a problem that uses them all. */
static void check_failure(fake_slot slot, uint32_t call, gf_status status) {
    const bool overlaps = slot == FAKE_PIPELINE_RUN;
    char name[80];
    snprintf(name, sizeof name, "%s call %u status %d", fake_slot_name(slot), call, (int)status);
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    device->fault = (fake_fault){slot, call, FAKE_FAILS, status};
    device->overlaps = overlaps;
    add_gpu()->info.id = "0:1";
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, gf_workload_find("diffusion", NULL), diffusion_writes);
    const gf_result *result = fake_bench_run(&bench, 0);
    const gf_outcome want = status == GF_UNSUPPORTED ? GF_OUTCOME_UNSUPPORTED : GF_OUTCOME_FAILED;
    cr_expect_eq(result->outcome, want, "%s: outcome %d", name, (int)result->outcome);
    cr_expect_not_null(strstr(result->error.text, "injected into"), "%s: reason '%s'", name,
                       result->error.text);
    cr_expect_str_eq(result->error.native_name, "FAKE_CODE", "%s: the native code is lost", name);
    cr_expect_eq(device->calls[slot], call, "%s: %u calls", name, device->calls[slot]);
    cr_expect_not(device->is_open, "%s: the device is still open", name);
    cr_expect_null(bench.comparison->output, "%s: there is an output to write", name);
    expect_no_time(&bench, name);
    cr_expect_eq(fake_bench_run(&bench, 1)->outcome, GF_OUTCOME_OK, "%s: the next device", name);
    gf_error error = GF_ERROR_INIT;
    const gf_status overall = gf_comparison_status(bench.comparison, &error);
    cr_expect_eq(overall, status == GF_UNSUPPORTED ? GF_OK : GF_FAILED, "%s: status %d", name,
                 (int)overall);
    gf_error_clear(&error);
    fake_bench_close(&bench, name);
}

Test(run, a_fault_in_any_slot_is_a_result_and_leaks_nothing) {
    static const struct {
        fake_slot slot;
        uint32_t calls; /* of one run: 1 warm-up and 2 samples of 3 stops */
    } slots[] = {
        {FAKE_OPEN, 1},
        {FAKE_PREPARE, 1},
        {FAKE_HOST_ARRAY_CREATE, 2},
        {FAKE_BUFFER_CREATE, 2},
        {FAKE_BUFFER_WRITE, 15},
        {FAKE_BUFFER_CLAIM, 6},
        {FAKE_BUFFER_READ, 9},
        {FAKE_LAUNCH, 9},
        {FAKE_FINISH, 9},
        {FAKE_PIPELINE_CREATE, 1},
        {FAKE_PIPELINE_RUN, 3},
    };
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        for (uint32_t call = 1; call <= slots[i].calls; call++)
            check_failure(slots[i].slot, call, GF_FAILED);
    }
}

Test(run, what_a_device_lacks_is_unsupported_and_no_failure) {
    check_failure(FAKE_PREPARE, 1, GF_UNSUPPORTED);
    check_failure(FAKE_BUFFER_CREATE, 2, GF_UNSUPPORTED);
    check_failure(FAKE_OPEN, 1, GF_UNSUPPORTED);
}

/* The table of calls above must be whole: one more call would never come. */
Test(run, a_run_calls_each_slot_as_often_as_expected) {
    fake_device *device = add_gpu();
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, gf_workload_find("diffusion", NULL), diffusion_writes);
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    static const uint32_t want[FAKE_SLOT_COUNT] = {
        [FAKE_OPEN] = 1,
        [FAKE_PREPARE] = 1,
        [FAKE_PROGRAM_RELEASE] = 1,
        [FAKE_BUFFER_CREATE] = 2,
        [FAKE_BUFFER_RELEASE] = 2,
        [FAKE_BUFFER_WRITE] = 15,
        [FAKE_BUFFER_READ] = 9,
        [FAKE_LAUNCH] = 9,
        [FAKE_FINISH] = 9,
        [FAKE_DEVICE_TIME] = 9,
        [FAKE_BUFFER_CLAIM] = 6,
        [FAKE_HOST_ARRAY_CREATE] = 2,
        [FAKE_PIPELINE_CREATE] = 1,
    };
    for (fake_slot slot = 0; slot < FAKE_SLOT_COUNT; slot++)
        cr_expect_eq(device->calls[slot], want[slot], "%s: %u calls, not %u", fake_slot_name(slot),
                     device->calls[slot], want[slot]);
    fake_bench_close(&bench, "calls");
}

Test(run, a_device_that_failed_is_opened_anew) {
    fake_device *device = add_gpu();
    device->fault = (fake_fault){FAKE_FINISH, 1, FAKE_FAILS, GF_FAILED};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=5x5", "max-iter=9");
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_FAILED);
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    cr_expect_eq(device->calls[FAKE_OPEN], 2);
    fake_bench_close(&bench, "opened anew");
}

Test(run, a_device_without_f64_is_unsupported) {
    add_gpu()->info.f64 = false;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=5x5", "max-iter=9");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_UNSUPPORTED);
    cr_expect_not_null(strstr(gf_result_reason(result), "--precision f32"));
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_comparison_status(bench.comparison, &error), GF_UNSUPPORTED, "alone");
    gf_error_clear(&error);
    fake_bench_close(&bench, "no f64");
}

/* ---- The status of the whole ---------------------------------------------------------------- */

static gf_status status_of(const gf_outcome *outcomes, size_t count, gf_error *error) {
    static gf_device device = {.info = {.id = "x"}};
    static gf_result results[4];
    gf_result *pointers[4];
    for (size_t i = 0; i < count; i++) {
        results[i] = (gf_result){.device = &device, .outcome = outcomes[i]};
        snprintf(results[i].label, sizeof results[i].label, "label%zu", i);
        snprintf(results[i].error.text, sizeof results[i].error.text, "reason%zu", i);
        pointers[i] = &results[i];
    }
    const gf_comparison comparison = {.results = pointers, .result_count = count};
    return gf_comparison_status(&comparison, error);
}

Test(run, the_worst_result_decides_the_status) {
    enum { OK, UN, FA, MI };
    static const struct {
        size_t count;
        int outcomes[3];
        gf_status want;
        const char *names;
    } cases[] = {
        {1, {OK}, GF_OK, ""},
        {1, {UN}, GF_UNSUPPORTED, "label0"},
        {2, {UN, OK}, GF_OK, ""},
        {2, {UN, UN}, GF_UNSUPPORTED, "label0"},
        {2, {OK, FA}, GF_FAILED, "label1"},
        {3, {UN, FA, OK}, GF_FAILED, "label1"},
        {3, {FA, MI, OK}, GF_MISMATCH, "label1"},
        {3, {MI, FA, UN}, GF_MISMATCH, "label0"},
        {2, {UN, FA}, GF_FAILED, "label1"},
        {0, {0}, GF_NO_DEVICE, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static const gf_outcome outcome_of[] = {GF_OUTCOME_OK, GF_OUTCOME_UNSUPPORTED,
                                                GF_OUTCOME_FAILED, GF_OUTCOME_MISMATCH};
        gf_outcome outcomes[3] = {GF_OUTCOME_OK, GF_OUTCOME_OK, GF_OUTCOME_OK};
        for (size_t k = 0; k < cases[i].count; k++)
            outcomes[k] = outcome_of[cases[i].outcomes[k]];
        gf_error error = GF_ERROR_INIT;
        const gf_status got = status_of(outcomes, cases[i].count, &error);
        cr_expect_eq(got, cases[i].want, "case %zu: %d, not %d", i, (int)got, (int)cases[i].want);
        cr_expect_not_null(strstr(error.text, cases[i].names), "case %zu: '%s'", i, error.text);
        cr_expect_eq(error.status, got, "case %zu: the error's own status", i);
        gf_error_clear(&error);
    }
}

/* ---- Interruption --------------------------------------------------------------------------- */

static volatile sig_atomic_t cancel;

static void check_cancel(fake_slot slot, uint32_t call) {
    char name[64];
    snprintf(name, sizeof name, "interrupt in %s, call %u", fake_slot_name(slot), call);
    memset(fake_machines, 0, sizeof fake_machines);
    cancel = 0;
    fake_device *device = add_gpu();
    device->fault = (fake_fault){slot, call, FAKE_CANCELS, GF_OK};
    device->cancel = &cancel;
    device->overlaps = slot == FAKE_PIPELINE_RUN;
    fake_bench bench = fake_bench_new();
    bench.options.cancel = &cancel;
    fake_bench_open_workload(&bench, gf_workload_find("diffusion", NULL), diffusion_stops);
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(fake_bench_try(&bench, 0, NULL, &result, &error), GF_INTERRUPTED, "%s", name);
    cr_expect_eq(error.status, GF_INTERRUPTED, "%s", name);
    cr_expect_null(result, "%s: a result was set", name);
    cr_expect_eq(gf_comparison_result_count(bench.comparison), 0, "%s: a result was appended",
                 name);
    gf_error_clear(&error);
    cancel = 0;
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK, "%s: the run after it", name);
    fake_bench_close(&bench, name);
}

Test(run, an_interrupt_at_any_launch_ends_the_run_and_appends_nothing) {
    for (uint32_t call = 1; call <= 9; call++) {
        check_cancel(FAKE_LAUNCH, call);
        check_cancel(FAKE_FINISH, call);
    }
    for (uint32_t call = 1; call <= 3; call++)
        check_cancel(FAKE_PIPELINE_RUN, call);
    check_cancel(FAKE_PREPARE, 1);
    check_cancel(FAKE_BUFFER_CREATE, 1);
    check_cancel(FAKE_BUFFER_READ, 1);
}

Test(run, an_interrupt_before_the_start_runs_nothing) {
    fake_device *device = add_gpu();
    cancel = 1;
    fake_bench bench = fake_bench_new();
    bench.options.cancel = &cancel;
    FAKE_BENCH_OPEN(&bench, "julia", "size=5x5", "max-iter=9");
    const gf_result *result = NULL;
    cr_expect_eq(fake_bench_try(&bench, 0, NULL, &result, NULL), GF_INTERRUPTED);
    cr_expect_eq(device->calls[FAKE_OPEN], 0);
    fake_bench_close(&bench, "before the start");
}

static gf_status (*real_fill)(const gf_problem *, uint32_t, void *, gf_error *);

static gf_status fill_and_cancel(const gf_problem *problem, uint32_t index, void *host,
                                 gf_error *error) {
    cancel = 1; /* the signal comes just before the reference is computed */
    return real_fill(problem, index, host, error);
}

/* What an interrupted reference leaves must not be taken for the truth later. */
Test(run, an_interrupted_reference_is_computed_anew) {
    add_gpu();
    gf_workload workload = *gf_workload_find("diffusion", NULL);
    real_fill = workload.fill;
    workload.fill = fill_and_cancel;
    cancel = 0;
    fake_bench bench = fake_bench_new();
    bench.options.cancel = &cancel;
    fake_bench_open_workload(&bench, &workload, diffusion_one);
    const gf_result *result = NULL;
    cr_expect_eq(fake_bench_try(&bench, 0, NULL, &result, NULL), GF_INTERRUPTED);
    cr_expect_null(bench.comparison->reference, "half a reference is kept");
    cancel = 0;
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    fake_bench_close(&bench, "interrupted reference");
}

/* ---- Traffic -------------------------------------------------------------------------------- */

static void check_traffic(const char *workload, const char *const *settings, uint64_t up,
                          uint64_t down, uint64_t transfers, uint64_t on_device, const char *name) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, gf_workload_find(workload, NULL), settings);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s: %s", name, result->error.text);
    cr_expect_eq(result->bytes_up, up, "%s: %ju up", name, (uintmax_t)result->bytes_up);
    cr_expect_eq(result->bytes_down, down, "%s: %ju down", name, (uintmax_t)result->bytes_down);
    cr_expect_eq(result->transfers, transfers, "%s: %ju transfers", name,
                 (uintmax_t)result->transfers);
    cr_expect_eq(result->device_bytes, on_device, "%s: %ju on the device", name,
                 (uintmax_t)result->device_bytes);
    cr_expect_not(result->in_place, "%s: in place", name);
    /* What really moved in 1 warm-up and 2 samples; going up, the poison as well. */
    cr_expect_eq(device->bytes_down, 3 * down, "%s: %ju came down", name,
                 (uintmax_t)device->bytes_down);
    cr_expect_eq(device->bytes_up, 3 * (up + on_device), "%s: %ju went up", name,
                 (uintmax_t)device->bytes_up);
    fake_bench_close(&bench, name);
}

Test(run, traffic_is_what_moved) {
    const uint64_t pixels = 37 * 11, cells = 21 * 13;
    check_traffic("julia", julia_list, 32 * pixels, 2 * pixels, 3, 34 * pixels,
                  "32 bytes a pixel in f64");
    check_traffic("julia", julia_bare, 0, 2 * pixels, 1, 2 * pixels, "nothing goes up");
    check_traffic("diffusion", diffusion_one, 8 * cells, 8 * cells, 2, 16 * cells, "one stop");
    check_traffic("diffusion", diffusion_stops, 8 * cells, 24 * cells, 4, 16 * cells,
                  "three stops");
    check_traffic("diffusion", diffusion_writes, 12 * cells, 12 * cells, 6, 8 * cells,
                  "three stops both ways, f32");
}

Test(run, in_place_is_said_only_of_all_buffers) {
    add_gpu()->in_place = true;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=5x5", "max-iter=9", "inputs=list");
    cr_expect(fake_bench_run(&bench, 0)->in_place);
    fake_bench_close(&bench, "in place");
}

/* Two buffers, so two host arrays; the device has pinned memory for none, one or both. */
static void check_host_memory(uint32_t pinned, bool in_place, const char *kind) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    device->pinned_arrays = pinned;
    device->in_place = in_place;
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, gf_workload_find("diffusion", NULL), diffusion_one);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s: %s", kind, result->error.text);
    cr_expect_str_eq(result->host_memory, kind, "%u pinned: %s", pinned, result->host_memory);
    cr_expect_eq(device->arrays_alive, pinned, "%s: the output needs its memory", kind);
    device->pinned_arrays = 0;
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK, "%s: the run after", kind);
    cr_expect_eq(device->arrays_alive, 0, "%s: the run after keeps the old arrays", kind);
    fake_bench_close(&bench, kind);
}

Test(run, host_memory_is_the_devices_own_where_it_has_some) {
    check_host_memory(0, false, "pageable");
    check_host_memory(1, false, "mixed");
    check_host_memory(2, false, "pinned");
    check_host_memory(0, true, "in place");
}

/* A later run closes the device while the earlier comparison still has its result to write. */
Test(run, host_arrays_outlive_their_device) {
    fake_device *device = add_gpu();
    device->pinned_arrays = 2;
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, gf_workload_find("diffusion", NULL), diffusion_one);
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    gf_device_close(gf_session_device(bench.session, 0));
    cr_expect_eq(device->arrays_alive, 2);
    fake_bench_close(&bench, "closed before");
}

/* ---- Stops, as for frames ------------------------------------------------------------------- */

typedef struct stop_log {
    uint64_t steps[8];
    double sums[8];
    size_t count, fail_at;
    const gf_problem *problem;
} stop_log;

static gf_status note_stop(void *context, uint64_t step, const void *output, gf_error *error) {
    stop_log *log = context;
    cr_assert_lt(log->count, 8);
    log->steps[log->count] = step;
    log->sums[log->count++] = ((const double *)output)[4 * 9 + 4];
    if (log->count == log->fail_at)
        return gf_error_set(error, GF_FAILED, "disk full");
    return GF_OK;
}

Test(run, stops_see_the_field_after_so_many_steps) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=7");
    cr_assert_eq(gf_comparison_make_inputs(bench.comparison, NULL), GF_OK);
    stop_log log = {.problem = bench.comparison->problem};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_run_with_stops(bench.comparison, gf_session_device(bench.session, 0), "best", 3,
                                   note_stop, &log, &error),
                 GF_OK, "%s", error.text);
    cr_assert_eq(log.count, 3);
    cr_expect(log.steps[0] == 3 && log.steps[1] == 6 && log.steps[2] == 7);
    /* Each is the result of a problem of so many steps. */
    const double seen[3] = {log.sums[0], log.sums[1], log.sums[2]};
    fake_bench_close(&bench, "stops");
    static const char *const steps[3] = {"steps=3", "steps=6", "steps=7"};
    for (int i = 0; i < 3; i++) {
        fake_bench single = fake_bench_new();
        FAKE_BENCH_OPEN(&single, "diffusion", "size=9x9", steps[i]);
        cr_expect_eq(fake_bench_run(&single, 0)->outcome, GF_OUTCOME_OK);
        cr_expect_eq(((const double *)single.comparison->output)[4 * 9 + 4], seen[i], "%s",
                     steps[i]);
        fake_bench_close(&single, steps[i]);
    }
}

Test(run, frames_of_a_wrong_run_are_reported) {
    add_gpu()->fault = (fake_fault){FAKE_LAUNCH, 3, FAKE_FLIPS_LAST, GF_OK};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=7");
    char directory[] = "/tmp/gpufare-frames-XXXXXX", prefix[64], command[96];
    cr_assert_not_null(mkdtemp(directory));
    snprintf(prefix, sizeof prefix, "%s/frame", directory);
    const gf_choice choice = {.device = gf_session_device(bench.session, 0), .variant = "best"};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_comparison_write_frames(bench.comparison, &choice, 3, prefix, &error),
                 GF_MISMATCH, "%s", error.text);
    gf_error_clear(&error);
    fake_bench_close(&bench, "wrong frames");
    snprintf(command, sizeof command, "rm -r '%s'", directory);
    cr_expect_eq(system(command), 0);
}

static void check_failed_stops(const fake_fault *fault, size_t fail_at, const char *words) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    device->fault = *fault;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=7");
    cr_assert_eq(gf_comparison_make_inputs(bench.comparison, NULL), GF_OK);
    stop_log log = {.fail_at = fail_at};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_run_with_stops(bench.comparison, gf_session_device(bench.session, 0), "best", 3,
                                   note_stop, &log, &error),
                 GF_FAILED, "%s", words);
    cr_expect_not_null(strstr(error.text, words), "%s: '%s'", words, error.text);
    cr_expect_null(bench.comparison->output, "%s: half a run can be written", words);
    cr_expect(!device->is_lost || !device->is_open, "%s: a lost device is still open", words);
    gf_error_clear(&error);
    fake_bench_close(&bench, words);
}

Test(run, stops_that_fail_leave_nothing) {
    check_failed_stops(&(fake_fault){FAKE_OPEN, 0, FAKE_FAILS, GF_FAILED}, 2, "disk full");
    check_failed_stops(&(fake_fault){FAKE_LAUNCH, 2, FAKE_FAILS, GF_FAILED}, 0, "into launch");
    check_failed_stops(&(fake_fault){FAKE_FINISH, 3, FAKE_FAILS, GF_FAILED}, 0, "into finish");
    check_failed_stops(&(fake_fault){FAKE_PREPARE, 1, FAKE_FAILS, GF_FAILED}, 0, "into prepare");
    check_failed_stops(&(fake_fault){FAKE_BUFFER_CREATE, 2, FAKE_FAILS, GF_FAILED}, 0,
                       "into buffer_create");
    check_failed_stops(&(fake_fault){FAKE_BUFFER_READ, 2, FAKE_FAILS, GF_FAILED}, 0,
                       "into buffer_read");
}

Test(run, frames_are_refused_where_they_make_no_sense) {
    add_gpu();
    static const struct {
        const char *workload;
        uint64_t every;
        const char *words;
    } cases[] = {
        {"julia", 1, "no time steps"}, {"diffusion", 0, "1 to"}, {"diffusion", 501, "1 to"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_bench bench = fake_bench_new();
        FAKE_BENCH_OPEN(&bench, cases[i].workload, "size=9x9");
        const gf_choice choice = {gf_session_device(bench.session, 0), NULL, ""};
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(
            gf_comparison_write_frames(bench.comparison, &choice, cases[i].every, "x", &error),
            GF_USAGE, "case %zu", i);
        cr_expect_not_null(strstr(error.text, cases[i].words), "case %zu: '%s'", i, error.text);
        fake_bench_close(&bench, cases[i].words);
    }
}

/* ---- Progress ------------------------------------------------------------------------------- */

typedef struct progress_log {
    char text[2048];
    uint64_t last_expected_ns;
    bool overdone;
} progress_log;

static void note_progress(const gf_progress *progress, void *context) {
    progress_log *log = context;
    const size_t used = strlen(log->text);
    snprintf(log->text + used, sizeof log->text - used, "%s %u/%u;", progress->stage,
             progress->done, progress->planned);
    log->last_expected_ns = progress->expected_ns;
    log->overdone = log->overdone || (progress->planned > 0 && progress->done >= progress->planned);
}

Test(run, progress_tells_each_stage_and_what_is_left) {
    fake_device *device = fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    device->kernel_ns = 1000;
    progress_log log = {"", 0, false};
    fake_bench bench = fake_bench_new();
    bench.options.progress = note_progress;
    bench.options.progress_context = &log;
    FAKE_BENCH_OPEN(&bench, "julia", "size=5x5", "max-iter=9");
    (void)fake_bench_run(&bench, 0);
    cr_expect_str_eq(log.text, "reference 0/0;build 0/0;warm-up 0/3;sample 0/2;sample 1/2;", "%s",
                     log.text);
    cr_expect_eq(log.last_expected_ns, 1000, "one round trip is left, %ju ns",
                 (uintmax_t)log.last_expected_ns);
    cr_expect_not(log.overdone);
    fake_bench_close(&bench, "progress");
}

/* ---- Variants ------------------------------------------------------------------------------- */

Test(run, the_best_variant_is_the_default) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=5x5", "max-iter=9");
    cr_expect_str_eq(gf_result_label(fake_bench_run(&bench, 0)), "0:0:best");
    const gf_result *result = NULL;
    cr_assert_eq(fake_bench_try(&bench, 0, "plain", &result, NULL), GF_OK);
    cr_expect_str_eq(gf_result_label(result), "0:0:plain");
    cr_expect_str_eq(gf_result_variant(result), "plain");
    cr_expect_eq(gf_comparison_result_count(bench.comparison), 2);
    cr_expect_null(gf_comparison_result(bench.comparison, 2));
    fake_bench_close(&bench, "variants");
}
