/* Round trips on fake devices: what moves, where the memory is, and what stops see. */
#include <criterion/criterion.h>

#include "device/session.h"
#include "fake_runs.h"
#include "made_folder.h"
#include "measure/run.h"

FAKE_GLOBALS

TestSuite(round_trip, .timeout = 120);

/* ---- Traffic ----------------------------------------------------------- */

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

Test(round_trip, traffic_is_what_moved) {
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

Test(round_trip, in_place_is_said_only_of_all_buffers) {
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

Test(round_trip, host_memory_is_the_devices_own_where_it_has_some) {
    check_host_memory(0, false, "pageable");
    check_host_memory(1, false, "mixed");
    check_host_memory(2, false, "pinned");
    check_host_memory(0, true, "in place");
}

/* A later run closes the device while the earlier comparison still has its result to write. */
Test(round_trip, host_arrays_outlive_their_device) {
    fake_device *device = add_gpu();
    device->pinned_arrays = 2;
    fake_bench bench = fake_bench_new();
    fake_bench_open_workload(&bench, gf_workload_find("diffusion", NULL), diffusion_one);
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    gf_device_close(gf_session_device(bench.session, 0));
    cr_expect_eq(device->arrays_alive, 2);
    fake_bench_close(&bench, "closed before");
}

/* ---- Stops, as for frames ---------------------------------------------- */

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

Test(round_trip, stops_see_the_field_after_so_many_steps) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=7");
    cr_assert_eq(gf_comparison_make_inputs(bench.comparison, NULL), GF_OK);
    stop_log log = {.problem = bench.comparison->problem};
    gf_error error = GF_ERROR_INIT;
    const gf_stops stops = {3, note_stop, &log};
    cr_expect_eq(gf_run_with_stops(&bench.comparison->run, gf_session_device(bench.session, 0),
                                   "best", &stops, &error),
                 GF_OK, "%s", error.text);
    cr_assert_eq(log.count, 3);
    cr_expect(log.steps[0] == 3 && log.steps[1] == 6 && log.steps[2] == 7);
    /* The output at each stop is the result of a problem with that number of steps. */
    const double seen[3] = {log.sums[0], log.sums[1], log.sums[2]};
    fake_bench_close(&bench, "stops");
    static const char *const steps[3] = {"steps=3", "steps=6", "steps=7"};
    for (int i = 0; i < 3; i++) {
        fake_bench single = fake_bench_new();
        FAKE_BENCH_OPEN(&single, "diffusion", "size=9x9", steps[i]);
        cr_expect_eq(fake_bench_run(&single, 0)->outcome, GF_OUTCOME_OK);
        cr_expect_eq(((const double *)single.comparison->run.output)[4 * 9 + 4], seen[i], "%s",
                     steps[i]);
        fake_bench_close(&single, steps[i]);
    }
}

Test(round_trip, frames_of_a_wrong_run_are_reported) {
    add_gpu()->fault = (fake_fault){FAKE_LAUNCH, 3, FAKE_FLIPS_LAST, GF_OK};
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=7");
    char prefix[64];
    snprintf(prefix, sizeof prefix, "%s/frame", made_folder());
    const gf_target target = {.device = gf_session_device(bench.session, 0), .variant = "best"};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_comparison_write_frames(bench.comparison, &target, 3, prefix, &error),
                 GF_MISMATCH, "%s", error.text);
    gf_error_clear(&error);
    fake_bench_close(&bench, "wrong frames");
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
    const gf_stops stops = {3, note_stop, &log};
    cr_expect_eq(gf_run_with_stops(&bench.comparison->run, gf_session_device(bench.session, 0),
                                   "best", &stops, &error),
                 GF_FAILED, "%s", words);
    cr_expect_not_null(strstr(error.text, words), "%s: '%s'", words, error.text);
    cr_expect_null(bench.comparison->run.output, "%s: half a run can be written", words);
    cr_expect(!device->is_lost || !device->is_open, "%s: a lost device is still open", words);
    gf_error_clear(&error);
    fake_bench_close(&bench, words);
}

Test(round_trip, stops_that_fail_leave_nothing) {
    check_failed_stops(&(fake_fault){FAKE_OPEN, 0, FAKE_FAILS, GF_FAILED}, 2, "disk full");
    check_failed_stops(&(fake_fault){FAKE_LAUNCH, 2, FAKE_FAILS, GF_FAILED}, 0, "into launch");
    check_failed_stops(&(fake_fault){FAKE_FINISH, 3, FAKE_FAILS, GF_FAILED}, 0, "into finish");
    check_failed_stops(&(fake_fault){FAKE_PREPARE, 1, FAKE_FAILS, GF_FAILED}, 0, "into prepare");
    check_failed_stops(&(fake_fault){FAKE_BUFFER_CREATE, 2, FAKE_FAILS, GF_FAILED}, 0,
                       "into buffer_create");
    check_failed_stops(&(fake_fault){FAKE_BUFFER_READ, 2, FAKE_FAILS, GF_FAILED}, 0,
                       "into buffer_read");
}

Test(round_trip, frames_are_refused_where_they_make_no_sense) {
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
        const gf_target target = {gf_session_device(bench.session, 0), NULL, ""};
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(
            gf_comparison_write_frames(bench.comparison, &target, cases[i].every, "x", &error),
            GF_USAGE, "case %zu", i);
        cr_expect_not_null(strstr(error.text, cases[i].words), "case %zu: '%s'", i, error.text);
        fake_bench_close(&bench, cases[i].words);
    }
}
