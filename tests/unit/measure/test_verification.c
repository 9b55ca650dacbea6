/* Verification on fake devices: wrong results are found and have no time. */
#include <criterion/criterion.h>
#include <math.h>

#include "fake_runs.h"
#include "os/machine.h"
#include "problem/elements.h"

FAKE_GLOBALS

TestSuite(verification, .timeout = 120);

/* ---- Wrong results ----------------------------------------------------- */

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

Test(verification, a_kernel_that_does_nothing_is_found) {
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
Test(verification, a_picture_of_one_count_is_no_hiding_place) {
    static const char *const inside[] = {"size=9x5", "max-iter=65535", "c=0,0",
                                         "view=-0.1,0.1,-0.1,0.1", NULL};
    for (uint32_t call = 1; call <= 4; call++) {
        check_wrong("julia", inside, FAKE_LAUNCH, call, FAKE_DOES_NOTHING, false, "one count");
        check_wrong("julia", inside, FAKE_BUFFER_READ, call, FAKE_DOES_NOTHING, false, "one count");
    }
}

/* The last download of each round trip: earlier ones only serve the host. */
Test(verification, a_download_that_does_nothing_is_found) {
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
Test(verification, an_upload_that_does_nothing_is_found) {
    for (uint32_t trip = 0; trip < 3; trip++) {
        check_wrong("julia", julia_list, FAKE_BUFFER_WRITE, trip * 5 + 4, FAKE_DOES_NOTHING, false,
                    "julia, zs");
        check_wrong("julia", julia_list, FAKE_BUFFER_WRITE, trip * 5 + 5, FAKE_DOES_NOTHING, false,
                    "julia, cs");
        check_wrong("diffusion", diffusion_one, FAKE_BUFFER_WRITE, trip * 3 + 3, FAKE_DOES_NOTHING,
                    false, "diffusion");
    }
}

Test(verification, one_wrong_element_is_found_wherever_it_is) {
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

Test(verification, a_mismatch_counts_what_differs) {
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

Test(verification, nan_is_an_infinite_error) {
    add_gpu()->fault = (fake_fault){FAKE_LAUNCH, 2, FAKE_WRITES_NAN, GF_OK};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=3", "precision=f32", "math=relaxed");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "a tolerance must not let NaN pass");
    cr_expect(isinf(result->verification.difference.max_abs_error));
    fake_bench_close(&bench, "NaN");
}

Test(verification, sampled_verification_finds_what_it_looks_at) {
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
        cr_expect_null(bench.comparison->truth.reference, "effect %zu: the reference was computed",
                       i);
        fake_bench_close(&bench, "sampled");
    }
}

Test(verification, sampled_verification_accepts_what_is_right) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    bench.options.verify = GF_VERIFY_SAMPLED;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=500x400", "steps=6");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_expect_gt(result->verification.sample_count, 0);
    cr_expect_gt(result->verification.difference.compared, 0);
    cr_expect_null(bench.comparison->truth.reference);
    fake_bench_close(&bench, "sampled");
}

/* ---- What samples leave out --------------------------------------------
 *
 * One of 40001 rows is wrong; a round trip's 256 samples hardly meet it. */

static const char *const many_rows[] = {"size=3x40001", "max-iter=20", NULL};
static const char *const many_listed[] = {"size=3x40001", "max-iter=20", "inputs=list", NULL};

/* The session keeps the address of the bench's backend. */
static void open_sampled(fake_bench *bench, const char *workload, const char *const *settings) {
    *bench = fake_bench_new();
    bench->options.verify = GF_VERIFY_SAMPLED;
    bench->options.repeat = 3;
    fake_bench_open_workload(bench, gf_workload_find(workload, NULL), settings);
}

Test(verification, round_trips_that_differ_where_no_sample_was_are_found) {
    for (uint32_t call = 1; call <= 4; call++) { /* the warm-up and each sample */
        memset(fake_machines, 0, sizeof fake_machines);
        add_gpu()->fault = (fake_fault){FAKE_LAUNCH, call, FAKE_FLIPS_INSIDE, GF_OK};
        fake_bench bench;
        open_sampled(&bench, "julia", many_rows);
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "call %u", call);
        cr_expect_not_null(
            strstr(result->error.text, call == 1 ? "an earlier one was wrong" : "1 of 120003"),
            "call %u: '%s'", call, result->error.text);
        expect_no_time(&bench, "inside");
        fake_bench_close(&bench, "inside");
    }
}

/* Inputs in reverse order move a fault that is always at the same place. */
Test(verification, a_place_that_is_always_wrong_is_found_where_inputs_vary) {
    add_gpu()->fault = (fake_fault){FAKE_LAUNCH, UINT32_MAX, FAKE_FLIPS_INSIDE, GF_OK};
    fake_bench bench;
    open_sampled(&bench, "julia", many_listed);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "%s", result->error.text);
    expect_no_time(&bench, "always");
    fake_bench_close(&bench, "always");
}

/* What is there instead is another poison in each round trip. */
Test(verification, an_element_that_is_never_written_is_found) {
    for (int in_place = 0; in_place < 2; in_place++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *device = add_gpu();
        device->in_place = in_place == 1;
        device->fault = (fake_fault){FAKE_LAUNCH, UINT32_MAX, FAKE_OMITS_INSIDE, GF_OK};
        fake_bench bench;
        open_sampled(&bench, "julia", many_rows);
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "in place %d: %s", in_place,
                     result->error.text);
        expect_no_time(&bench, "never written");
        fake_bench_close(&bench, "never written");
    }
}

/* The first or the second device is always wrong at one place. */
Test(verification, devices_that_differ_where_no_sample_was_are_told_apart) {
    for (size_t wrong = 0; wrong < 2; wrong++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *devices[] = {add_gpu(), fake_add(0, "1:0", "Second", GF_CLASS_GPU)};
        devices[wrong]->fault = (fake_fault){FAKE_LAUNCH, UINT32_MAX, FAKE_FLIPS_INSIDE, GF_OK};
        fake_bench bench;
        open_sampled(&bench, "julia", many_rows);
        const gf_result *results[] = {fake_bench_run(&bench, 0), NULL};
        cr_expect_eq(results[0]->outcome, GF_OUTCOME_OK, "%s", results[0]->error.text);
        results[1] = fake_bench_run(&bench, 1);
        for (size_t i = 0; i < 2; i++) {
            cr_expect_eq(results[i]->outcome, i == wrong ? GF_OUTCOME_MISMATCH : GF_OUTCOME_OK,
                         "wrong: %zu, device %zu: '%s'", wrong, i, results[i]->error.text);
            cr_expect_eq(gf_result_phase(results[i], GF_PHASE_KERNEL).count > 0, i != wrong,
                         "wrong: %zu, device %zu", wrong, i);
        }
        fake_bench_close(&bench, "two devices");
    }
}

/* In relaxed arithmetic right results may differ. */
Test(verification, relaxed_results_need_not_agree) {
    add_gpu()->fault = (fake_fault){FAKE_LAUNCH, 2, FAKE_FLIPS_INSIDE, GF_OK};
    static const char *const relaxed[] = {"size=500x400", "steps=2", "math=relaxed", NULL};
    fake_bench bench;
    open_sampled(&bench, "diffusion", relaxed);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_expect_null(bench.comparison->truth.reference);
    fake_bench_close(&bench, "relaxed");
}

/* A hash that misses a bit would let a wrong result pass. */
Test(verification, every_bit_of_an_array_changes_its_hash) {
    unsigned char bytes[131];
    for (size_t size = 0; size <= sizeof bytes; size += size < 70 ? 1 : 61) {
        memset(bytes, 0, sizeof bytes);
        const uint64_t hash = gf_hash_array(bytes, size);
        cr_expect(size == 0 || hash != gf_hash_array(bytes, size - 1), "%zu bytes", size);
        for (size_t bit = 0; bit < size * 8; bit++) {
            bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
            cr_expect_neq(gf_hash_array(bytes, size), hash, "%zu bytes, bit %zu", size, bit);
            bytes[bit / 8] = 0;
        }
    }
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
    cr_expect_eq(result->ledger.pipelined.count, 0, "%s: it has a time", name);
    cr_expect_eq(device->calls[FAKE_PIPELINE_RUN], call, "%s: %u calls", name,
                 device->calls[FAKE_PIPELINE_RUN]);
    expect_no_time(&bench, name);
    fake_bench_close(&bench, name);
}

Test(verification, a_wrong_pipelined_result_is_found) {
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

/* ---- Tolerances -------------------------------------------------------- */

static gf_tolerance given_tolerance;

static void give_tolerance(const gf_problem *problem, const void *const *inputs,
                           gf_tolerance *tolerance) {
    (void)problem;
    (void)inputs;
    *tolerance = given_tolerance;
}

/* 64 x 64 counts, the fewest whose sum is looked at; one is wrong by 1, in the last row, or all. */
Test(verification, every_limit_of_a_tolerance_holds) {
    static const struct {
        gf_tolerance tolerance;
        fake_effect effect;
        const char *words; /* NULL: it passes */
        const char *name;
    } cases[] = {
        {{0, 0, 0, 0, "t", 0, 0}, FAKE_FLIPS_LAST, "1 of 4096 result elements", "none"},
        {{1, 0, 0, 0, "t", 0, 0}, FAKE_FLIPS_LAST, NULL, "an error of 1"},
        {{0.5, 0, 0, 0, "t", 0, 0}, FAKE_FLIPS_LAST, "1 of 4096", "an error of 0.5"},
        {{0, 1e-6, 1e-6, 0, "t", 0, 0}, FAKE_FLIPS_LAST, NULL, "two are allowed beside any share"},
        {{0, 0.5, 1, 0, "t", 0, 0}, FAKE_DOES_NOTHING, "4096 of 4096", "more than half of all"},
        {{0, 0.5, 0, 0, "t", 0, 0}, FAKE_FLIPS_LAST, "1 of 4096", "half of all, none in a row"},
        {{0, 0.5, 0.001, 0, "t", 0, 0}, FAKE_FLIPS_LAST, NULL, "two in any row are allowed"},
        {{0, 1, 0.5, 0, "t", 0, 0}, FAKE_DOES_NOTHING, "4096 of 4096", "a kernel that did nothing"},
        {{0, 1, 1, 0, "t", 0, 0}, FAKE_DOES_NOTHING, NULL, "everything is allowed"},
        {{0, 1, 1, 0.02, "t", 0, 0},
         FAKE_DOES_NOTHING,
         "too far from the reference's",
         "but not its sum"},
        {{0, 1, 1, 0.02, "t", 0, 0}, FAKE_FLIPS_LAST, NULL, "the sum hardly moved"},
        {{0, 0, 0, 0.02, "t", 0, 0},
         FAKE_FLIPS_LAST,
         "1 of 4096",
         "elements are named before the sum"},
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

/* ---- f32 against f64 --------------------------------------------------- */

static gf_status (*real_set_up)(gf_problem *, gf_error *);

static gf_status set_up_f32_only(gf_problem *problem, gf_error *error) {
    if (problem->precision == GF_PRECISION_F64)
        return gf_error_set(error, GF_UNSUPPORTED, "f64 does not fit");
    return real_set_up(problem, error);
}

/* How far f32 is from f64 is worth knowing, and no reason to refuse f32. */
Test(verification, f32_runs_where_f64_can_not) {
    gf_workload workload = *gf_workload_find("julia", NULL);
    real_set_up = workload.set_up;
    workload.set_up = set_up_f32_only;
    add_gpu();
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, &workload,
                             (const char *const[]){"size=20x10", "precision=f32", NULL});
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    cr_expect_not(bench.comparison->truth.has_f64_difference);
    fake_bench_close(&bench, "f32 only");
}

/* ---- A reference beyond the memory ------------------------------------- */

/* A reference that does not fit is refused before it is computed, with the way around it. The
 * problem nearly fills the memory; sampling it needs no more than its own arrays. */
Test(verification, a_reference_beyond_the_memory_is_refused) {
    const uint64_t all = gf_machine_memory_room("", 0).bytes, memory = all / 16 * 15;
    if (all == UINT64_MAX || memory / 4 > UINT64_C(2147483647) * 1000)
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
    cr_expect_not_null(strstr(error.text, "sampled verification or a smaller problem"), "'%s'",
                       error.text);
    cr_expect_eq(device->calls[FAKE_OPEN], 0);
    gf_error_clear(&error);
    fake_bench_close(&bench, "a large reference");
}

/* A workload without a parameter called size is refused by the name of its own. */
Test(verification, a_large_reference_is_refused_in_words_for_any_workload) {
    static const char *const names[] = {"sum", "prime"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        add_gpu();
        fake_bench bench = fake_bench_new();
        fake_bench_open_workload(&bench, gf_workload_find(names[i], NULL), NULL);
        gf_error error = GF_ERROR_INIT;
        bench.comparison->problem->buffers[0].bytes = SIZE_MAX / 4;
        cr_expect_eq(gf_truth_make_reference(&bench.comparison->truth, &error), GF_UNSUPPORTED);
        cr_expect_not_null(strstr(error.text, "a smaller problem"), "%s: '%s'", names[i],
                           error.text);
        cr_expect_null(strstr(error.text, "size"), "%s: '%s'", names[i], error.text);
        gf_error_clear(&error);
        gf_problem problem = {.workload = gf_workload_find(names[i], NULL),
                              .params = bench.comparison->problem->params};
        cr_expect_eq(
            gf_problem_add_buffer(&problem, "a", GF_ACCESS_IN, GF_TYPE_F64, 1, SIZE_MAX, 2, &error),
            GF_UNSUPPORTED);
        cr_expect_not_null(strstr(error.text, "a smaller problem"), "'%s'", error.text);
        cr_expect_null(strstr(error.text, "size"), "'%s'", error.text);
        gf_error_clear(&error);
        fake_bench_close(&bench, names[i]);
    }
}

/* ---- A known answer ---------------------------------------------------- */

static bool wrong_answer(const gf_problem *problem, gf_known_answer *answer) {
    (void)problem;
    *answer = (gf_known_answer){-1, 0};
    return true;
}

/* Reference and device agree and both are wrong: only a checksum from elsewhere can tell. */
Test(verification, a_checksum_that_is_not_the_known_answer_has_no_time) {
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

Test(verification, a_known_answer_that_holds_is_noted) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=17x17");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_expect(result->verification.has_known_answer && result->verification.known_answer_holds);
    cr_expect_eq(result->checksum, 10972);
    fake_bench_close(&bench, "known answer");
}
