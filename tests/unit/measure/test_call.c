/* Calls with arrays of the caller's: results by hand, what is copied, what is refused, and what a
 * failure leaves. */
#include <criterion/criterion.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_runs.h"
#include "measure/call/call_state.h"

FAKE_GLOBALS

TestSuite(call, .timeout = 120);

#define ROWS  7
#define COLS  9
#define CELLS (ROWS * COLS)
#define BYTES (CELLS * sizeof(double))

static const char *const periodic[] = {"size=9x7", "steps=3", "boundary=periodic", NULL};

/* The scheme itself, with its defaults of D dt = 0.1, on a grid without edges. */
static void diffuse(double *field, unsigned steps) {
    double next[CELLS];
    for (; steps > 0; steps--) {
        for (size_t y = 0; y < ROWS; y++) {
            for (size_t x = 0; x < COLS; x++) {
                const double here = field[y * COLS + x];
                const double around =
                    field[(y + 1) % ROWS * COLS + x] + field[(y + ROWS - 1) % ROWS * COLS + x] +
                    field[y * COLS + (x + 1) % COLS] + field[y * COLS + (x + COLS - 1) % COLS];
                next[y * COLS + x] = here + 0.1 * (around - 4 * here);
            }
        }
        memcpy(field, next, sizeof next);
    }
}

static void fill(double *field) {
    for (size_t i = 0; i < CELLS; i++)
        field[i] = (double)((i * 37 + 11) % 64);
}

static void expect_diffused(const double *field, unsigned steps, const char *name) {
    double want[CELLS];
    fill(want);
    diffuse(want, steps);
    for (size_t i = 0; i < CELLS; i++)
        cr_expect_float_eq(field[i], want[i], 1e-12, "%s: cell %zu is %.17g, not %.17g", name, i,
                           field[i], want[i]);
}

static gf_status make(fake_bench *bench, gf_call **call, gf_error *error) {
    const gf_target target = {gf_session_device(bench->session, 0), NULL, "by the test"};
    *call = NULL;
    return gf_call_create(bench->session, bench->params, &target, &bench->options, call, error);
}

static gf_call *open_call(fake_bench *bench, const char *workload, const char *const *settings) {
    gf_call *call = NULL;
    gf_error error = GF_ERROR_INIT;
    *bench = fake_bench_new();
    fake_bench_open_session(bench, gf_workload_find(workload, NULL), settings);
    cr_assert_eq(make(bench, &call, &error), GF_OK, "%s", error.text);
    return call;
}

static gf_call_times run(gf_call *call) {
    gf_call_times times = {.total_ns = 0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_call_run(call, &times, &error), GF_OK, "%s", error.text);
    return times;
}

static void bind(gf_call *call, size_t index, void *memory) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_call_bind(call, index, memory, &error), GF_OK, "%s", error.text);
}

static void close_call(gf_call *call, fake_bench *bench, const char *name) {
    gf_call_destroy(call);
    fake_bench_close(bench, name);
}

/* ---- Results and copies ------------------------------------------------- */

/* The values of `sum`, in two blocks of 16384, and their sums. */
#define SUMMED 32768
#define SUMS   2
#define MOVED  ((SUMMED + SUMS) * sizeof(double))

/* Each device twice, with other arrays the second time. */
static void check_device(const char *name, bool in_place, uint64_t copied, uint64_t transferred) {
    static const char *const settings[] = {"count=32768", NULL};
    _Alignas(64) static double values[2][SUMMED], sums[2][8];
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    device->in_place = in_place;
    fake_bench bench;
    gf_call *call = open_call(&bench, "sum", settings);
    gf_array_info info;
    cr_assert(gf_call_get_array(call, 0, &info) && info.bytes == sizeof values[0]);
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < SUMMED; k++)
            values[i][k] = (double)(i + 1);
        bind(call, 0, values[i]);
        bind(call, 1, sums[i]);
        const gf_call_times times = run(call);
        double total = 0;
        for (size_t k = 0; k < SUMS; k++)
            total += sums[i][k];
        cr_expect_eq(total, (double)(SUMMED * (i + 1)), "%s: the sum is %g", name, total);
        cr_expect_eq(times.copied_bytes, copied, "%s: %llu bytes are copied", name,
                     (unsigned long long)times.copied_bytes);
        cr_expect_eq(times.transferred_bytes, transferred, "%s: %llu bytes move", name,
                     (unsigned long long)times.transferred_bytes);
        cr_expect_geq(times.compute_ns, device->launch_ns + device->kernel_ns, "%s", name);
        cr_expect_geq(times.total_ns, times.h2d_ns + times.compute_ns + times.d2h_ns, "%s", name);
    }
    cr_expect_eq(device->bytes_up, 2 * sizeof values[0], "%s", name);
    close_call(call, &bench, name);
}

Test(call, a_device_that_shares_memory_computes_on_the_callers) {
    check_device("in place", true, 0, 0);
}

Test(call, for_a_device_apart_arrays_are_copied_up_and_down) {
    check_device("apart", false, MOVED, MOVED);
}

/* Where the steps end in the partner, the result comes from there. */
Test(call, the_result_is_in_the_callers_array_wherever_the_steps_end) {
    memset(fake_machines, 0, sizeof fake_machines);
    add_gpu()->in_place = true;
    fake_bench bench;
    gf_call *call = open_call(&bench, "diffusion", periodic);
    _Alignas(64) double field[CELLS];
    fill(field);
    bind(call, 0, field);
    const uint64_t copied = run(call).copied_bytes;
    expect_diffused(field, 3, "three steps");
    cr_expect(copied == 0 || copied == BYTES, "%llu bytes", (unsigned long long)copied);
    close_call(call, &bench, "three steps");
}

Test(call, a_misaligned_array_is_copied) {
    memset(fake_machines, 0, sizeof fake_machines);
    add_gpu()->in_place = true;
    fake_bench bench;
    gf_call *call = open_call(&bench, "diffusion", periodic);
    _Alignas(64) double field[CELLS + 1];
    fill(field + 1);
    field[0] = -1;
    bind(call, 0, field + 1);
    cr_expect_geq(run(call).copied_bytes, 2 * BYTES);
    expect_diffused(field + 1, 3, "misaligned");
    cr_expect_eq(field[0], -1);
    close_call(call, &bench, "misaligned");
}

Test(call, memory_of_the_library_needs_no_copies) {
    static const char *const settings[] = {"count=32768", NULL};
    _Alignas(64) static double others[SUMMED];
    memset(fake_machines, 0, sizeof fake_machines);
    add_gpu()->pinned_arrays = 2;
    fake_bench bench;
    gf_call *call = open_call(&bench, "sum", settings);
    void *values = NULL, *sums = NULL, *again = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_call_allocate(call, 0, &values, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_call_allocate(call, 1, &sums, &error), GF_OK, "%s", error.text);
    for (size_t i = 0; i < sizeof others; i++)
        cr_assert_eq(((const char *)values)[i], 0, "byte %zu", i);
    ((double *)values)[5] = 7;
    const gf_call_times times = run(call);
    cr_expect_eq(times.copied_bytes, 0);
    cr_expect_eq(times.transferred_bytes, MOVED);
    cr_expect_eq(((const double *)sums)[0], 7);
    cr_assert_eq(gf_call_allocate(call, 0, &again, &error), GF_OK, "%s", error.text);
    cr_expect_eq(again, values);
    /* Other memory takes its place, and it takes that back. */
    others[SUMMED - 1] = 3;
    bind(call, 0, others);
    cr_expect_eq(run(call).copied_bytes, sizeof others);
    cr_expect_eq(((const double *)sums)[1], 3);
    bind(call, 0, values);
    cr_expect_eq(run(call).copied_bytes, 0);
    cr_expect_eq(((const double *)sums)[1], 0);
    close_call(call, &bench, "pinned");
}

/* On the real native device: inputs are only read, so that they may be where nothing can write. */
Test(call, an_input_may_be_read_only) {
    gf_session *session = NULL;
    gf_params *params = NULL;
    gf_call *call = NULL;
    gf_target_list targets = {NULL, 0, NULL, 0};
    gf_error error = GF_ERROR_INIT;
    gf_array_info info;
    const gf_workload *sum = gf_workload_find("sum", NULL);
    cr_assert_eq(gf_session_open(NULL, &session, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_params_create(sum, &params, &error), GF_OK);
    cr_assert_eq(gf_params_set(params, "count", "5000", &error), GF_OK);
    cr_assert_eq(gf_session_select(session, sum, "native", GF_PICK_ONE, &targets, &error), GF_OK);
    cr_assert_eq(gf_call_create(session, params, targets.targets, NULL, &call, &error), GF_OK, "%s",
                 error.text);
    cr_assert(gf_call_get_array(call, 0, &info));
    double *values =
        mmap(NULL, info.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert_neq((void *)values, MAP_FAILED);
    for (size_t i = 0; i < 5000; i++) /* the rest of the last block is 0 */
        values[i] = (double)i;
    cr_assert_eq(mprotect(values, info.bytes, PROT_READ), 0);
    cr_assert(gf_call_get_array(call, 1, &info));
    cr_expect(!info.goes_up && info.comes_down);
    _Alignas(64) double sums[64];
    cr_assert_leq(info.bytes, sizeof sums);
    bind(call, 0, values);
    bind(call, 1, sums);
    cr_expect_eq(run(call).copied_bytes, 0);
    double total = 0;
    for (size_t i = 0; i < info.rows * info.cols; i++)
        total += sums[i];
    cr_expect_eq(total, 4999.0 * 5000 / 2);
    gf_call_destroy(call);
    gf_target_list_clear(&targets);
    gf_params_destroy(params);
    gf_session_close(session);
    munmap(values, info.bytes);
}

/* ---- What is refused ---------------------------------------------------- */

static void expect_refused(gf_status status, gf_error *error, const char *wanted) {
    cr_expect_eq(status, GF_USAGE, "'%s': status %d", wanted, (int)status);
    cr_expect_not_null(strstr(error->text, wanted), "'%s' is not in '%s'", wanted, error->text);
    gf_error_clear(error);
}

Test(call, what_does_not_fit_is_refused_before_anything_runs) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    fake_bench bench;
    gf_error error = GF_ERROR_INIT;
    gf_call *call = open_call(&bench, "julia", julia_list);
    _Alignas(64) static double numbers[37 * 11 * 8];
    char *bytes = (char *)numbers;
    gf_array_info info;
    cr_expect_not(gf_call_get_array(call, gf_call_array_count(call), &info));
    cr_assert_eq(gf_call_array_count(call), 3);
    cr_assert(gf_call_get_array(call, 0, &info));
    cr_expect(strcmp(info.name, "zs") == 0 && strcmp(info.type, "f64") == 0 &&
              info.components == 2 && info.rows == 11 && info.cols == 37 &&
              info.bytes == 37 * 11 * 16 && info.goes_up && !info.comes_down);
    expect_refused(gf_call_bind(call, 3, bytes, &error), &error, "there are 3");
    expect_refused(gf_call_bind(call, 0, bytes + 4, &error), &error, "a multiple of 8");
    expect_refused(gf_call_fill(call, 2, bytes, &error), &error, "no first content");
    bind(call, 0, bytes);
    bind(call, 1, bytes);
    expect_refused(gf_call_run(call, NULL, &error), &error, "counts has no memory");
    bind(call, 2, bytes + info.bytes - 2);
    expect_refused(gf_call_run(call, NULL, &error), &error, "zs and counts overlap");
    cr_expect_eq(device->calls[FAKE_LAUNCH], 0);
    bind(call, 2, bytes + info.bytes); /* inputs may be one array */
    cr_assert_eq(gf_call_fill(call, 0, bytes, &error), GF_OK, "%s", error.text);
    (void)run(call);
    bind(call, 2, NULL);
    expect_refused(gf_call_run(call, NULL, &error), &error, "counts has no memory");
    close_call(call, &bench, "refused");
}

Test(call, scratch_is_the_devices_own) {
    memset(fake_machines, 0, sizeof fake_machines);
    (void)add_gpu();
    fake_bench bench;
    gf_error error = GF_ERROR_INIT;
    void *memory = NULL;
    gf_call *call = open_call(&bench, "diffusion", periodic);
    expect_refused(gf_call_bind(call, 1, &error, &error), &error, "next is scratch");
    expect_refused(gf_call_allocate(call, 1, &memory, &error), &error, "next is scratch");
    close_call(call, &bench, "scratch");
}

Test(call, its_device_is_nobody_elses) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    fake_bench bench;
    gf_error error = GF_ERROR_INIT;
    gf_call *call = open_call(&bench, "diffusion", periodic), *second = NULL;
    expect_refused(make(&bench, &second, &error), &error, "belongs to a call");
    cr_assert_eq(gf_comparison_create(bench.session, bench.params, &bench.options,
                                      &bench.comparison, &error),
                 GF_OK);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_FAILED);
    cr_expect_not_null(strstr(result->error.text, "belongs to a call"), "%s", result->error.text);
    _Alignas(64) double field[CELLS];
    fill(field);
    bind(call, 0, field);
    (void)run(call);
    expect_diffused(field, 3, "still open");
    gf_call_destroy(call);
    cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK);
    cr_expect_eq(device->calls[FAKE_OPEN], 1);
    fake_bench_close(&bench, "held");
}

/* ---- Failures ----------------------------------------------------------- */

/* A slot that fails once: the call says so, and the next one is right. */
static void check_failure(fake_slot slot, uint32_t number, fake_effect effect) {
    static volatile sig_atomic_t cancel;
    _Alignas(64) double field[CELLS];
    char name[64];
    snprintf(name, sizeof name, "%s call %u", fake_slot_name(slot), number);
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = add_gpu();
    device->in_place = slot == FAKE_BUFFER_CLAIM;
    fake_bench bench = fake_bench_new();
    gf_call *call = NULL;
    gf_error error = GF_ERROR_INIT;
    cancel = 0;
    bench.options.cancel = device->cancel = &cancel;
    fake_bench_open_session(&bench, gf_workload_find("diffusion", NULL), periodic);
    cr_assert_eq(make(&bench, &call, &error), GF_OK, "%s: %s", name, error.text);
    fill(field);
    bind(call, 0, field);
    device->fault = (fake_fault){slot, device->calls[slot] + number, effect, GF_FAILED};
    const gf_status status = gf_call_run(call, NULL, &error);
    cr_expect_eq(status, effect == FAKE_CANCELS ? GF_INTERRUPTED : GF_FAILED, "%s: status %d: %s",
                 name, (int)status, error.text);
    cr_expect_not(device->is_open, "%s: the device is still open", name);
    gf_error_clear(&error);
    cancel = 0;
    fill(field);
    (void)run(call);
    expect_diffused(field, 3, name);
    close_call(call, &bench, name);
}

Test(call, after_a_failure_the_next_call_begins_anew) {
    static const fake_slot slots[] = {FAKE_BUFFER_CREATE, FAKE_BUFFER_WRITE, FAKE_BUFFER_READ,
                                      FAKE_LAUNCH,        FAKE_FINISH,       FAKE_BUFFER_CLAIM};
    for (size_t i = 0; i < GF_COUNT_OF(slots); i++)
        check_failure(slots[i], 1, FAKE_FAILS);
    check_failure(FAKE_BUFFER_CREATE, 2, FAKE_FAILS);
    check_failure(FAKE_HOST_ARRAY_CREATE, 1, FAKE_FAILS);
}

Test(call, the_callers_flag_ends_it) {
    check_failure(FAKE_LAUNCH, 1, FAKE_CANCELS);
}

Test(call, a_device_that_can_not_be_opened_or_built_for_gives_no_call) {
    static const fake_slot slots[] = {FAKE_OPEN, FAKE_PREPARE};
    for (size_t i = 0; i < GF_COUNT_OF(slots); i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        fake_device *device = add_gpu();
        device->fault = (fake_fault){slots[i], 1, FAKE_FAILS, GF_UNSUPPORTED};
        fake_bench bench = fake_bench_new();
        gf_call *call = NULL;
        gf_error error = GF_ERROR_INIT;
        fake_bench_open_session(&bench, gf_workload_find("diffusion", NULL), periodic);
        cr_expect_eq(make(&bench, &call, &error), GF_UNSUPPORTED, "%s", error.text);
        cr_expect_null(call);
        gf_error_clear(&error);
        cr_expect_eq(make(&bench, &call, &error), GF_OK, "%s", error.text);
        close_call(call, &bench, fake_slot_name(slots[i]));
    }
}
