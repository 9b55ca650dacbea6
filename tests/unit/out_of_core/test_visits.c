/* Problems larger than the memory of fake devices: the bits of the result, what is refused, what is
 * told, and that the device never holds more than was announced. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "device/registry.h"
#include "fake_bench.h"
#include "image/npy.h"
#include "made_folder.h"

extern const gf_backend gf_backend_out_of_core;

FAKE_GLOBALS

TestSuite(visits, .timeout = 120);

/* ---- A bench that counts the device's memory ----------------------------- */

static uint64_t bytes_now, bytes_peak;

static gf_status counted_create(gf_buffer *buffer, gf_error *error) {
    const gf_status status = fake_buffer_create(buffer, error);
    bytes_now += status == GF_OK ? buffer->bytes : 0;
    bytes_peak = bytes_now > bytes_peak ? bytes_now : bytes_peak;
    return status;
}

static void counted_release(gf_buffer *buffer) {
    bytes_now -= buffer->bytes;
    fake_buffer_release(buffer);
}

static fake_device *new_device(void) {
    memset(fake_machines, 0, sizeof fake_machines);
    bytes_now = bytes_peak = 0;
    return fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
}

static fake_bench new_bench(void) {
    fake_bench bench = fake_bench_new();
    bench.options.verify = GF_VERIFY_FULL;
    bench.backend.buffer_create = counted_create;
    bench.backend.buffer_release = counted_release;
    return bench;
}

/* Copies beside kernels are made as late as they may be: what is read too early, or changed before,
 * gives other bits. */
static gf_copy waiting[GF_MOST_COPIES];
static uint32_t waiting_count, copied;

static gf_status beside_launch(gf_program *program, const gf_launch *launch, gf_error *error) {
    const gf_status status = fake_launch(program, launch, error);
    waiting_count = status == GF_OK ? launch->copy_count : 0;
    for (uint32_t i = 0; i < waiting_count; i++) {
        waiting[i] = launch->copies[i];
        for (uint32_t b = 0; b < program->problem->buffer_count; b++)
            cr_expect_neq(waiting[i].buffer->handle, launch->buffers[b].handle,
                          "a copy of a buffer that the kernels use");
    }
    return status;
}

static gf_status beside_finish(gf_program *program, bool *swapped, gf_error *error) {
    const gf_status status = fake_finish(program, swapped, error);
    for (uint32_t i = 0; status == GF_OK && i < waiting_count; i++) {
        const gf_copy *copy = &waiting[i];
        char *device = (char *)copy->buffer->handle + copy->first;
        char *host = (char *)copy->array + copy->first;
        memcpy(copy->up ? device : host, copy->up ? host : device, copy->bytes);
        copied++;
    }
    waiting_count = 0;
    return status;
}

static void open_bench(fake_bench *bench, const char *workload, const char *const *settings,
                       uint64_t memory) {
    gf_error error = GF_ERROR_INIT;
    const gf_backend *const backends[] = {&bench->backend, &gf_backend_out_of_core};
    const gf_session_options options = {.thread_count = 1, .device_memory_bytes = memory};
    cr_assert_eq(gf_session_open_with(&options, backends, 2, &bench->session, &error), GF_OK);
    bench->session->read_contention = fake_quiet;
    cr_assert_eq(gf_session_find_all(bench->session, &error), GF_OK, "%s", error.text);
    const gf_workload *found = gf_workload_find(workload, NULL);
    cr_assert_eq(gf_params_create(found, &bench->params, &error), GF_OK, "%s", error.text);
    fake_bench_set(bench->params, settings);
    cr_assert_eq(gf_comparison_create(bench->session, bench->params, &bench->options,
                                      &bench->comparison, &error),
                 GF_OK, "%s", error.text);
}

/* ---- Bits --------------------------------------------------------------- */

typedef struct bits_case {
    const char *workload;
    const char *settings[6];
    uint64_t whole_bytes; /* of the device's buffers */
} bits_case;

static const bits_case cases[] = {
    {"julia", {"size=37x41", "max-iter=60"}, 37 * 41 * 2},
    {"julia", {"size=5x3", "max-iter=70000"}, 5 * 3 * 4},
    {"julia", {"size=64x300", "max-iter=60", "inputs=list"}, 64 * 300 * 34},
    {"julia", {"size=31x77", "max-iter=60", "inputs=shuffled", "precision=f32"}, 31 * 77 * 18},
    {"sum", {"count=300001"}, 300001 * 8},
    {"sum", {"count=300001", "precision=f32"}, 300001 * 4},
    {"diffusion", {"size=21x13", "steps=7"}, 21 * 13 * 16},
    {"diffusion", {"size=21x13", "steps=7", "boundary=periodic"}, 21 * 13 * 16},
    {"diffusion", {"size=21x13", "steps=7", "boundary=insulated"}, 21 * 13 * 16},
    {"diffusion", {"size=9x5", "steps=50", "boundary=periodic"}, 9 * 5 * 16},
    {"diffusion", {"size=2x9", "steps=50", "boundary=insulated", "precision=f32"}, 2 * 9 * 8},
    {"diffusion", {"size=33x130", "steps=200"}, 33 * 130 * 16},
    {"diffusion", {"size=33x130", "steps=199", "boundary=periodic", "precision=f32"}, 33 * 130 * 8},
    {"diffusion", {"size=40x67", "steps=130", "boundary=insulated", "init=gaussian"}, 40 * 67 * 16},
    {"diffusion",
     {"size=40x67", "steps=20", "steps-per-transfer=3", "init=gaussian"},
     40 * 67 * 16},
    {"diffusion",
     {"size=40x67", "steps=20", "steps-per-transfer=4", "host-use=write"},
     40 * 67 * 16},
};

/* With `parts` of 8 of the memory that the whole needs. Returns the bands; 0: it was refused. */
static uint64_t expect_bits(const bits_case *c, uint64_t parts, bool beside) {
    fake_bench bench = new_bench();
    if (beside) {
        bench.backend.copies_beside = true;
        bench.backend.launch = beside_launch;
        bench.backend.finish = beside_finish;
    }
    const uint64_t memory = c->whole_bytes * parts / 8;
    open_bench(&bench, c->workload, c->settings, memory);
    const gf_result *result = fake_bench_run(&bench, 0);
    const gf_visits visits = result->visits;
    const bool refused = result->outcome == GF_OUTCOME_UNSUPPORTED;
    if (!refused) {
        cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s %s %s in %llu bytes: %s", c->workload,
                     c->settings[0], c->settings[1], (unsigned long long)memory,
                     result->error.text);
        cr_expect_gt(visits.bands, 0, "%s %s: no visits", c->workload, c->settings[0]);
        cr_expect_leq(bytes_peak, memory, "%s %s: %llu bytes at a time", c->workload,
                      c->settings[0], (unsigned long long)bytes_peak);
        cr_expect_eq(bytes_peak, visits.planned_bytes, "announced %llu, reached %llu",
                     (unsigned long long)visits.planned_bytes, (unsigned long long)bytes_peak);
        cr_expect_eq(visits.reached_bytes, bytes_peak);
    } else {
        cr_expect_not_null(strstr(result->error.text, "not even its smallest band fits"), "%s",
                           result->error.text);
    }
    fake_bench_close(&bench, c->workload);
    return refused ? 0 : visits.bands;
}

static void expect_all_bits(bool in_place, uint64_t pinned_arrays, bool beside) {
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        uint64_t most = 0;
        for (uint64_t parts = 1; parts < 8; parts += 3) {
            fake_device *device = new_device();
            device->in_place = in_place;
            device->pinned_arrays = (uint32_t)pinned_arrays;
            const uint64_t bands = expect_bits(&cases[i], parts, beside);
            most = bands > most ? bands : most;
        }
        cr_expect_gt(most, 1, "%s %s: never more than one band", cases[i].workload,
                     cases[i].settings[0]);
    }
}

Test(visits, give_the_bits_of_the_whole_on_a_device_with_memory_of_its_own) {
    expect_all_bits(false, 100, false);
}

Test(visits, give_the_bits_of_the_whole_on_a_device_that_works_in_place) {
    expect_all_bits(true, 0, false);
}

Test(visits, give_the_bits_of_the_whole_where_bands_move_beside_kernels) {
    copied = 0;
    expect_all_bits(false, 100, true);
    cr_expect_gt(copied, 1000, "%u copies were made beside kernels", copied);
}

/* What goes up and comes down is what the report says. The rehearsal and poison are besides. */
Test(visits, move_the_bytes_that_are_told) {
    static const char *const settings[] = {"size=40x64", "max-iter=20", "inputs=list", NULL};
    fake_device *device = new_device();
    fake_bench bench = new_bench();
    bench.options.repeat = 1;
    open_bench(&bench, "julia", settings, 40 * 64 * 34 / 4);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_expect_eq(result->visits.bands, 4);
    cr_expect_eq(result->bytes_up, 40 * 64 * 32);
    cr_expect_eq(result->bytes_down, 40 * 64 * 2);
    cr_expect_eq(device->bytes_down, 2 * result->bytes_down, "warm-up and one sample");
    fake_bench_close(&bench, "bytes");
}

/* Counted by hand: steps from one stop to the next, in passes of `most` at most. */
static uint64_t passes_of(uint64_t steps, uint64_t every, uint64_t most) {
    uint64_t passes = 0;
    for (uint64_t done = 0; done < steps; done += every) {
        const uint64_t here = steps - done < every ? steps - done : every;
        passes += (here + most - 1) / most;
    }
    return passes;
}

/* A run of 30 steps of 40 x 64 cells that saves each `every` steps, or goes on from step 25. */
static gf_visits run_saved(const char *folder, uint64_t every, bool beside) {
    static const char *const settings[] = {"size=40x64", "steps=30", NULL};
    const gf_checkpoint_options checkpoint = {.directory = every > 0 ? folder : NULL,
                                              .every_steps = every,
                                              .resume = every > 0 ? NULL : folder};
    (void)new_device();
    fake_bench bench = new_bench();
    bench.options.checkpoint = &checkpoint;
    if (beside) {
        bench.backend.copies_beside = true;
        bench.backend.launch = beside_launch;
        bench.backend.finish = beside_finish;
    }
    open_bench(&bench, "diffusion", settings, 40 * 64 * 16 / 3);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    const gf_visits visits = result->visits;
    fake_bench_close(&bench, "saved");
    return visits;
}

static void expect_passes(const gf_visits *visits, uint64_t passes) {
    const uint64_t whole = 40 * 64 * 8;
    cr_expect_gt(visits->bands, 1);
    cr_expect_eq(visits->visits, passes * visits->bands);
    cr_expect_eq(visits->bytes_down, passes * whole);
    /* Each of the bands' borders has a halo on both sides, of a row at least. */
    cr_expect_geq(visits->bytes_up, passes * (whole + 2 * (visits->bands - 1) * 40 * 8));
}

/* Not what a run without stops would have made. */
Test(visits, that_end_at_stops_are_counted_where_they_are_made) {
    for (int beside = 0; beside < 2; beside++) {
        char folder[64];
        snprintf(folder, sizeof folder, "%s/c", made_folder());
        gf_visits visits = run_saved(folder, 5, beside == 1);
        expect_passes(&visits, passes_of(30, 5, visits.steps));
        visits = run_saved(folder, 0, beside == 1);
        expect_passes(&visits, passes_of(5, 5, visits.steps));
    }
}

/* ---- What fits needs no visits ------------------------------------------ */

Test(visits, are_none_where_the_problem_fits) {
    static const char *const settings[] = {"size=40x64", "steps=30", NULL};
    (void)new_device();
    fake_bench bench = new_bench();
    open_bench(&bench, "diffusion", settings, 40 * 64 * 16);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK);
    cr_expect_eq(result->visits.bands, 0);
    fake_bench_close(&bench, "fits");
}

/* ---- Refused ------------------------------------------------------------- */

Test(visits, what_can_not_be_divided_says_why) {
    static const char *const none[] = {NULL};
    (void)new_device();
    fake_bench bench = new_bench();
    open_bench(&bench, "peak", none, 1000);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_UNSUPPORTED);
    cr_expect_not_null(strstr(result->error.text, "can't go through it in bands"), "%s",
                       result->error.text);
    fake_bench_close(&bench, "peak");
}

/* ---- Failures ------------------------------------------------------------ */

static const char *const diffusion[] = {"size=16x64", "steps=300", NULL};

Test(visits, a_failing_device_fails_with_its_reason) {
    static const fake_fault faults[] = {{FAKE_PREPARE, 1, FAKE_FAILS, GF_FAILED},
                                        {FAKE_BUFFER_CREATE, 1, FAKE_FAILS, GF_FAILED},
                                        {FAKE_BUFFER_CREATE, 2, FAKE_FAILS, GF_FAILED},
                                        {FAKE_LAUNCH, 1, FAKE_FAILS, GF_FAILED},
                                        {FAKE_LAUNCH, 12, FAKE_FAILS, GF_FAILED},
                                        {FAKE_BUFFER_WRITE, 7, FAKE_FAILS, GF_FAILED},
                                        {FAKE_BUFFER_READ, 3, FAKE_FAILS, GF_FAILED},
                                        {FAKE_FINISH, 6, FAKE_FAILS, GF_FAILED}};
    for (size_t i = 0; i < GF_COUNT_OF(faults); i++) {
        new_device()->fault = faults[i];
        fake_bench bench = new_bench();
        open_bench(&bench, "diffusion", diffusion, 16 * 64 * 16 / 3);
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_expect_eq(result->outcome, GF_OUTCOME_FAILED, "fault %zu: %s", i, result->error.text);
        cr_expect_not_null(strstr(result->error.text, "injected"), "fault %zu: %s", i,
                           result->error.text);
        cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_OK, "fault %zu: once more", i);
        fake_bench_close(&bench, "failure");
    }
}

Test(visits, a_band_that_is_computed_wrongly_is_a_mismatch) {
    static const fake_effect effects[] = {FAKE_FLIPS_INSIDE, FAKE_DOES_NOTHING};
    static const char *const julia[] = {"size=40x64", "max-iter=20", NULL};
    for (size_t i = 0; i < GF_COUNT_OF(effects); i++) {
        new_device()->fault = (fake_fault){FAKE_LAUNCH, 3, effects[i], GF_OK};
        fake_bench bench = new_bench();
        open_bench(&bench, "julia", julia, 40 * 64 * 2 / 4);
        cr_expect_eq(fake_bench_run(&bench, 0)->outcome, GF_OUTCOME_MISMATCH, "effect %d",
                     effects[i]);
        fake_bench_close(&bench, "mismatch");
    }
}

Test(visits, an_interruption_ends_them) {
    static volatile sig_atomic_t cancel;
    fake_device *device = new_device();
    device->cancel = &cancel;
    device->fault = (fake_fault){FAKE_LAUNCH, 9, FAKE_CANCELS, GF_OK};
    fake_bench bench = new_bench();
    bench.options.cancel = &cancel;
    open_bench(&bench, "diffusion", diffusion, 16 * 64 * 16 / 3);
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(fake_bench_try(&bench, 0, NULL, &result, &error), GF_INTERRUPTED);
    gf_error_clear(&error);
    fake_bench_close(&bench, "interrupted");
}

/* ---- Fields in files ------------------------------------------------------- */

/* Memory that every file has a share of is at least this. */
#define FIELD_MEMORY UINT64_C(65536)

/* Tests run at the same time in one folder. */
static char field_path[64];
static gf_field_options field_options = {.path = field_path};

/* The scalar kernel's result of the whole problem in memory; the caller frees it. */
static void *whole_result(const char *const *settings, size_t *bytes) {
    fake_bench bench = new_bench();
    gf_array_info info;
    const void *memory = NULL;
    gf_error error = GF_ERROR_INIT;
    (void)new_device();
    open_bench(&bench, "diffusion", settings, 0);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_assert_eq(gf_comparison_output(bench.comparison, result, &info, &memory, &error), GF_OK);
    *bytes = info.bytes;
    void *copy = malloc(info.bytes);
    memcpy(copy, memory, info.bytes);
    fake_bench_close(&bench, "whole");
    return copy;
}

static void expect_file(const char *const *settings) {
    gf_npy npy;
    gf_error error = GF_ERROR_INIT;
    size_t bytes = 0;
    void *expected = whole_result(settings, &bytes), *found = malloc(bytes);
    cr_assert_eq(gf_npy_open(field_options.path, &npy, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_npy_read(&npy, found, &error), GF_OK, "%s", error.text);
    cr_expect_arr_eq(found, expected, bytes, "%s %s: other bits in the file", settings[0],
                     settings[1]);
    cr_expect_eq(unlink(field_options.path), 0);
    gf_npy_close(&npy);
    free(found);
    free(expected);
}

static fake_bench new_field_bench(gf_field_access access) {
    fake_bench bench = new_bench();
    snprintf(field_path, sizeof field_path, "test_visits-%ld.npy", (long)getpid());
    field_options.memory_bytes = FIELD_MEMORY;
    field_options.access = access;
    bench.options.field = &field_options;
    return bench;
}

static const char *const fields[][6] = {
    {"size=100x210", "steps=9"},
    {"size=100x210", "steps=9", "boundary=periodic", "init=gaussian"},
    {"size=99x211", "steps=20", "boundary=insulated", "precision=f32", "init=gaussian"},
    {"size=100x210", "steps=9", "steps-per-transfer=4", "host-use=write", "init=gaussian"},
};

static void expect_field(const char *const *settings, gf_field_access access, bool beside) {
    fake_bench bench = new_field_bench(access);
    if (beside) {
        bench.backend.copies_beside = true;
        bench.backend.launch = beside_launch;
        bench.backend.finish = beside_finish;
    }
    open_bench(&bench, "diffusion", settings, 0);
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s: %s", settings[0], result->error.text);
    cr_expect_gt(result->visits.bands, 2, "%s: %llu bands", settings[0],
                 (unsigned long long)result->visits.bands);
    cr_expect_leq(bytes_peak, FIELD_MEMORY);
    cr_expect_leq(result->field.read_bytes, result->visits.bytes_up, "a last visit may be shorter");
    cr_expect_eq(result->field.written_bytes, result->visits.bytes_down);
    cr_expect_eq(result->field.direct, access == GF_FIELD_DIRECT);
    fake_bench_close(&bench, "field");
}

static void expect_fields(bool in_place, bool beside) {
    for (size_t i = 0; i < GF_COUNT_OF(fields); i++) {
        new_device()->in_place = in_place;
        expect_field(fields[i], GF_FIELD_MAPPED, beside);
        expect_file(fields[i]);
    }
}

Test(visits, of_a_field_in_a_file_give_the_bits_of_the_whole) {
    expect_fields(true, false);
    expect_fields(false, false);
    copied = 0;
    expect_fields(false, true);
    cr_expect_gt(copied, 20);
}

/* Runs with a fault in the Nth call of its kind; leaves a right file, or none. */
static gf_outcome run_field_with(fake_fault fault) {
    new_device()->fault = fault;
    fake_bench bench = new_field_bench(GF_FIELD_MAPPED);
    open_bench(&bench, "diffusion", fields[1], 0);
    const gf_outcome outcome = fake_bench_run(&bench, 0)->outcome;
    fake_bench_close(&bench, "field");
    if (outcome == GF_OUTCOME_OK)
        expect_file(fields[1]);
    else
        cr_expect_neq(access(field_options.path, F_OK), 0, "launch %u: there is a file",
                      fault.call);
    return outcome;
}

/* What a launch spoils need not reach the result: it measures what a visit takes, or the rows are
 * another band's. */
Test(visits, of_a_field_leave_no_file_with_a_wrong_result) {
    static const fake_effect effects[] = {FAKE_FLIPS_INSIDE, FAKE_DOES_NOTHING};
    for (size_t i = 0; i < GF_COUNT_OF(effects); i++) {
        unsigned refused = 0;
        for (uint32_t call = 5; call <= 8; call++) {
            const gf_outcome outcome =
                run_field_with((fake_fault){FAKE_LAUNCH, call, effects[i], GF_OK});
            refused += outcome == GF_OUTCOME_MISMATCH;
            cr_expect(outcome == GF_OUTCOME_OK || outcome == GF_OUTCOME_MISMATCH);
        }
        cr_expect_gt(refused, 0, "effect %zu", i);
    }
}

Test(visits, of_a_field_leave_no_file_of_a_device_that_fails) {
    static const fake_fault faults[] = {{FAKE_LAUNCH, 7, FAKE_FAILS, GF_FAILED},
                                        {FAKE_BUFFER_READ, 4, FAKE_FAILS, GF_FAILED},
                                        {FAKE_PREPARE, 1, FAKE_FAILS, GF_FAILED}};
    for (size_t i = 0; i < GF_COUNT_OF(faults); i++)
        cr_expect_eq(run_field_with(faults[i]), GF_OUTCOME_FAILED, "fault %zu", i);
}

Test(visits, of_a_field_end_when_they_are_interrupted) {
    static volatile sig_atomic_t cancel;
    fake_device *device = new_device();
    device->cancel = &cancel;
    device->fault = (fake_fault){FAKE_LAUNCH, 8, FAKE_CANCELS, GF_OK};
    fake_bench bench = new_field_bench(GF_FIELD_MAPPED);
    bench.options.cancel = &cancel;
    open_bench(&bench, "diffusion", fields[0], 0);
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(fake_bench_try(&bench, 0, NULL, &result, &error), GF_INTERRUPTED);
    cr_expect_neq(access(field_options.path, F_OK), 0);
    gf_error_clear(&error);
    fake_bench_close(&bench, "interrupted");
}
