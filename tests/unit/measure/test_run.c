/* Running on fake devices: failures are results, interrupts leave nothing, nothing leaks. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "fake_runs.h"
#include "made_folder.h"

FAKE_GLOBALS

TestSuite(run, .timeout = 120);

/* ---- Failures are results ---------------------------------------------- */

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
    cr_expect_null(bench.comparison->run.output, "%s: there is an output to write", name);
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

/* ---- The status of the whole ------------------------------------------- */

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

/* ---- Interruption ------------------------------------------------------ */

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
    cr_expect_null(bench.comparison->truth.reference, "half a reference is kept");
    cancel = 0;
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    fake_bench_close(&bench, "interrupted reference");
}

/* ---- Progress ---------------------------------------------------------- */

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

Test(run, progress_names_each_stage_and_the_time_left) {
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

/* ---- Kernels that cheat ------------------------------------------------ */

/* The inputs change from round trip to round trip, where there are some. */
Test(run, an_earlier_result_is_not_taken_for_a_new_one) {
    static const struct {
        const char *workload;
        const char *settings[4];
        gf_outcome replayed;
    } cases[] = {
        {"sum", {"count=40000"}, GF_OUTCOME_MISMATCH},
        {"sum", {"count=32768", "precision=f32"}, GF_OUTCOME_MISMATCH},
        {"julia", {"size=37x11", "max-iter=50", "inputs=list"}, GF_OUTCOME_MISMATCH},
        {"diffusion", {"size=21x13", "steps=5"}, GF_OUTCOME_MISMATCH},
        {"diffusion", {"size=21x14", "steps=6", "boundary=periodic"}, GF_OUTCOME_MISMATCH},
        {"julia", {"size=37x11", "max-iter=50"}, GF_OUTCOME_OK}, /* nothing goes up */
        {"sum", {"count=20000"}, GF_OUTCOME_OK},                 /* one block is full */
    };
    for (size_t i = 0; i < GF_COUNT_OF(cases) * 2 * 2 * 2; i++) {
        const bool replays = i % 2 == 1, sampled = i / 2 % 2 == 1, once = i / 4 % 2 == 1;
        const gf_outcome replayed = cases[i / 8].replayed;
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *device = add_gpu();
        device->replays = replays;
        fake_bench bench = fake_bench_new();
        bench.options.repeat = once ? 1 : 4;
        bench.options.pipeline = false;
        bench.options.verify = sampled ? GF_VERIFY_SAMPLED : GF_VERIFY_FULL;
        fake_bench_open_workload(&bench, gf_workload_find(cases[i / 8].workload, NULL),
                                 cases[i / 8].settings);
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_expect_eq(result->outcome, replays ? replayed : GF_OUTCOME_OK, "case %zu: %s", i,
                     result->error.text);
        fake_bench_close(&bench, "replayed");
        free(device->replayed);
    }
}

/* ---- Other programs ---------------------------------------------------- */

static uint32_t busy_readings;

/* A sample longer than a block, on any number of cores, by the clock of the fake devices. */
#define LONG_KERNEL_NS UINT64_C(1000000000000)

/* A thread of this process waits all the time, and more threads of others run than there are
 * cores, in so many readings. */
static gf_contention read_busy(void) {
    static uint64_t waited_ns;
    if (busy_readings == 0)
        return (gf_contention){.waited_ns = waited_ns};
    busy_readings--;
    waited_ns += UINT64_C(1000000000000);
    return (gf_contention){.waited_ns = waited_ns, .others = 100000};
}

/* Each block of samples, here one sample, takes two readings. As many are taken again as
 * there should be. */
Test(run, samples_that_other_programs_disturb_are_taken_again) {
    static const struct {
        uint32_t readings, retaken, disturbed;
        bool is_disturbed;
    } cases[] = {
        {0, 0, 0, false}, {4, 2, 0, false}, {10, 4, 1, false}, {12, 4, 2, true}, {14, 4, 3, true}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        add_gpu()->kernel_ns = LONG_KERNEL_NS;
        fake_bench bench = fake_bench_new();
        bench.options.repeat = 4;
        bench.options.pipeline = false;
        FAKE_BENCH_OPEN(&bench, "julia", "size=5x5", "max-iter=9");
        busy_readings = cases[i].readings;
        bench.session->read_contention = read_busy;
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_expect_eq(result->statistics[GF_PHASE_TOTAL].count, 4, "case %zu", i);
        cr_expect_eq(result->statistics[GF_PHASE_KERNEL].count, 4, "case %zu", i);
        cr_expect_eq(result->retaken, cases[i].retaken, "case %zu: %u", i, result->retaken);
        cr_expect_eq(result->disturbed, cases[i].disturbed, "case %zu: %u", i, result->disturbed);
        cr_expect_eq(gf_result_is_disturbed(result), cases[i].is_disturbed, "case %zu", i);
        fake_bench_close(&bench, "busy");
    }
}

/* The launches: warm-up, with a pipeline once more, then samples, of serial and pipelined round
 * trips in turns. Also a sample in the place of a disturbed one has other inputs than that. */
Test(run, the_latest_result_is_not_taken_for_a_new_one) {
    static const struct {
        uint32_t replays_at, readings;
        bool pipelined;
    } cases[] = {{2, 0, false}, {3, 0, false}, {3, 2, false}, {4, 4, false},
                 {2, 0, true},  {3, 0, true},  {4, 0, true},  {6, 2, true}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *device = add_gpu();
        device->kernel_ns = LONG_KERNEL_NS;
        device->overlaps = cases[i].pipelined;
        device->replays_at = cases[i].replays_at;
        fake_bench bench = fake_bench_new();
        bench.options.repeat = 4;
        bench.options.pipeline = cases[i].pipelined;
        FAKE_BENCH_OPEN(&bench, "julia", "size=37x11", "max-iter=50", "inputs=list");
        busy_readings = cases[i].readings;
        bench.session->read_contention = read_busy;
        const gf_result *result = fake_bench_run(&bench, 0);
        /* The serial round trip after a pipelined one computes the same. */
        const bool same = cases[i].pipelined && cases[i].replays_at % 2 == 1;
        cr_expect_eq(result->outcome, same ? GF_OUTCOME_OK : GF_OUTCOME_MISMATCH, "case %zu: %s", i,
                     result->error.text);
        fake_bench_close(&bench, "latest");
        free(device->replayed);
    }
}

/* A hill in the middle is its own mirror image. */
Test(run, inputs_that_stay_the_same_are_told) {
    static const struct {
        const char *workload, *settings[3];
        bool vary;
    } cases[] = {{"diffusion", {"size=21x14", "init=gaussian"}, false},
                 {"diffusion", {"size=21x14"}, true},
                 {"julia", {"size=37x11"}, false},
                 {"julia", {"size=37x11", "inputs=list"}, true},
                 {"sum", {"count=20000"}, false},
                 {"sum", {"count=40000"}, true}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        add_gpu();
        fake_bench bench = fake_bench_new();
        fake_bench_open_workload(&bench, gf_workload_find(cases[i].workload, NULL),
                                 cases[i].settings);
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_assert_eq(result->outcome, GF_OUTCOME_OK, "case %zu: %s", i, result->error.text);
        cr_expect_eq(result->inputs_vary, cases[i].vary, "case %zu", i);
        fake_bench_close(&bench, "inputs");
    }
}

/* ---- Outputs ----------------------------------------------------------- */

/* Only the latest run's output is kept: a file named after one device must not show another's. */
Test(run, the_output_of_an_earlier_run_is_refused) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=5x5", "max-iter=9");
    const gf_result *first = fake_bench_run(&bench, 0), *second = fake_bench_run(&bench, 0);
    gf_error error = GF_ERROR_INIT;
    const char *path = made_path("output");
    cr_expect_eq(gf_comparison_write_png(bench.comparison, first, path, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "is not kept"), "'%s'", error.text);
    cr_expect_eq(gf_comparison_write_npy(bench.comparison, first, path, NULL), GF_USAGE);
    cr_expect_eq(gf_comparison_write_difference(bench.comparison, first, path, NULL), GF_USAGE);
    cr_expect_null(first->png_path);
    cr_expect_eq(gf_comparison_write_png(bench.comparison, second, path, &error), GF_OK);
    cr_expect_str_eq(second->png_path, path);
    gf_error_clear(&error);
    fake_bench_close(&bench, "outputs");
}

Test(run, statistics_and_fare_are_there_when_the_run_ends) {
    fake_device *device = add_gpu();
    device->h2d_latency_ns = device->d2h_latency_ns = 50000000;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=2");
    const gf_result *result = fake_bench_run(&bench, 0);
    double sum = 0, ns[GF_PHASE_COUNT];
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        const gf_statistics got = gf_result_phase(result, phase);
        const gf_statistics want = gf_samples_statistics(&result->ledger.phases[phase]);
        /* One by one: what lies between the fields is nobody's. */
        cr_expect(got.count == want.count && got.median_ns == want.median_ns &&
                      got.min_ns == want.min_ns && got.max_ns == want.max_ns &&
                      got.q1_ns == want.q1_ns && got.q3_ns == want.q3_ns,
                  "%s", gf_phase_name(phase));
        ns[phase] = (double)want.median_ns;
    }
    sum = ns[GF_PHASE_H2D] + ns[GF_PHASE_LAUNCH] + ns[GF_PHASE_D2H];
    cr_expect_gt(result->fare, 0.4);
    cr_expect_float_eq(result->fare, sum / ns[GF_PHASE_TOTAL], 1e-15);
    cr_expect_eq(result->median_trip, gf_ledger_median_trip(&result->ledger));
    fake_bench_close(&bench, "statistics");
}

/* ---- Variants ---------------------------------------------------------- */

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
