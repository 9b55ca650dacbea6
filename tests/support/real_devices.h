/* What the tests of the workloads share: a bench of one problem and the devices to run it on,
 * files, and random numbers. */
#pragma once

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "device/session.h"
#include "image/npy.h"
#include "made_folder.h"
#include "measure/comparison.h"
#include "measure/verify.h"
#include "problem/params.h"

/* ---- Random numbers ---------------------------------------------------- */

/* splitmix64: the same on every machine. */
static inline uint64_t random_bits(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit) {
    return random_bits(state) % limit;
}

/* In [low, high). */
static inline double random_real(uint64_t *state, double low, double high) {
    return low + (high - low) * ((double)(random_bits(state) >> 11) * 0x1p-53);
}

/* ---- A bench ----------------------------------------------------------- */

typedef struct setting {
    const char *name, *text; /* name NULL ends a list */
} setting;

typedef struct bench {
    gf_session *session;
    gf_params *params;
    gf_target_list selection;
    gf_comparison *comparison;
} bench;

#define EVERYTHING "all" /* every variant of every device */

/* Lets tests that open drivers run one after the other: Criterion runs tests in parallel, and
 * drivers that share a cache directory disturb one another. */
static inline void wait_for_drivers(void) {
    static int lock = -1;
    if (lock >= 0)
        return;
    lock = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    cr_assert(lock >= 0 && flock(lock, LOCK_EX) == 0, "the tests can't wait for one another");
}

static inline gf_session *open_session(uint32_t threads) {
    const gf_session_options options = {.thread_count = threads};
    gf_session *session = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_session_open(&options, &session, &error), GF_OK, "%s", error.text);
    return session;
}

/* To open drivers takes longer than most runs. So all benches of a test with the same number of
 * threads share a session, which is closed when the test's process ends. */
#define MOST_SESSIONS 8
static gf_session *shared_sessions[MOST_SESSIONS];

static inline void close_shared_sessions(void) {
    for (size_t i = 0; i < MOST_SESSIONS; i++)
        gf_session_close(shared_sessions[i]);
}

static inline gf_session *share_session(uint32_t threads) {
    static bool is_to_be_closed;
    cr_assert_lt(threads, MOST_SESSIONS);
    if (!is_to_be_closed)
        cr_assert_eq(atexit(close_shared_sessions), 0);
    is_to_be_closed = true;
    if (shared_sessions[threads] == NULL)
        shared_sessions[threads] = open_session(threads);
    return shared_sessions[threads];
}

static inline gf_params *make_values(const char *workload, const setting *settings) {
    gf_params *params = NULL;
    gf_error error = GF_ERROR_INIT;
    const gf_workload *found = gf_workload_find(workload, &error);
    cr_assert_not_null(found, "%s", error.text);
    cr_assert_eq(gf_params_create(found, &params, &error), GF_OK, "%s", error.text);
    for (; settings->name != NULL; settings++)
        cr_assert_eq(gf_params_set(params, settings->name, settings->text, &error), GF_OK,
                     "--%s %s: %s", settings->name, settings->text, error.text);
    return params;
}

/* The devices of a list; for EVERYTHING, each in every variant. */
static inline gf_target_list select_devices(gf_session *session, const gf_workload *workload,
                                            const char *list) {
    gf_target_list targets = {.targets = NULL};
    gf_error error = GF_ERROR_INIT;
    if (strncmp(list, "native", strlen("native")) != 0)
        wait_for_drivers();
    gf_status status = gf_session_select(session, workload, list, GF_PICK_MANY, &targets, &error);
    if (status == GF_OK && strcmp(list, EVERYTHING) == 0)
        status = gf_target_list_add_variants(&targets, workload, &error);
    cr_assert_eq(status, GF_OK, "%s", error.text);
    return targets;
}

static inline gf_run_options one_sample(gf_verify_mode verify) {
    gf_run_options options;
    gf_run_options_defaults(&options);
    options.repeat = 1;
    options.min_time_s = 0;
    options.verify = verify;
    options.search = false;
    return options;
}

/* A new comparison of the bench's values, which a test may have changed. */
static inline void bench_restart(bench *b, gf_verify_mode verify) {
    const gf_run_options options = one_sample(verify);
    gf_error error = GF_ERROR_INIT;
    gf_comparison_destroy(b->comparison);
    b->comparison = NULL;
    cr_assert_eq(gf_comparison_create(b->session, b->params, &options, &b->comparison, &error),
                 GF_OK, "%s", error.text);
}

/* threads 0: all of the machine. Verification is full. */
static inline bench bench_open(const char *workload, const setting *settings, const char *devices,
                               uint32_t threads) {
    bench b = {.session = share_session(threads), .params = make_values(workload, settings)};
    b.selection = select_devices(b.session, gf_params_workload(b.params), devices);
    bench_restart(&b, GF_VERIFY_FULL);
    return b;
}

static inline void bench_close(bench *b) {
    gf_comparison_destroy(b->comparison);
    gf_target_list_clear(&b->selection);
    gf_params_destroy(b->params);
}

static inline void bench_set(bench *b, const char *name, const char *text) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_set(b->params, name, text, &error), GF_OK, "--%s %s: %s", name, text,
                 error.text);
}

/* Runs one selected device and expects the outcome ok; `what` names the case in messages. */
static inline const gf_result *bench_run(bench *b, size_t index, const char *what) {
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_comparison_run(b->comparison, &b->selection.targets[index], &result, &error),
                 GF_OK, "%s: %s", what, error.text);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s on %s: %s", what, result->label,
                 result->error.text);
    return result;
}

static inline const gf_buffer_spec *bench_result_spec(const bench *b) {
    return &b->comparison->problem->buffers[b->comparison->problem->result];
}

/* The inputs, before the first run; a test may overwrite them. */
static inline void bench_make_inputs(bench *b) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_comparison_make_inputs(b->comparison, &error), GF_OK, "%s", error.text);
}

/* Overwrites the input reals with random ones in [low, high). */
static inline void bench_scramble_inputs(bench *b, double low, double high, uint64_t *state) {
    const gf_problem *problem = b->comparison->problem;
    bench_make_inputs(b);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const size_t count = spec->rows * spec->cols * spec->components;
        for (size_t k = 0; b->comparison->truth.inputs[i] != NULL && k < count; k++) {
            if (spec->type == GF_TYPE_F64)
                ((double *)b->comparison->truth.inputs[i])[k] = random_real(state, low, high);
            else if (spec->type == GF_TYPE_F32)
                ((float *)b->comparison->truth.inputs[i])[k] = (float)random_real(state, low, high);
        }
    }
}

/* A copy of an array, which the caller frees. */
static inline void *copy_bytes(const void *bytes, size_t count) {
    void *copy = malloc(count);
    cr_assert_not_null(copy);
    return memcpy(copy, bytes, count);
}

/* A copy of the latest result. */
static inline void *bench_copy_output(const bench *b) {
    cr_assert_not_null(b->comparison->run.output);
    return copy_bytes(b->comparison->run.output, bench_result_spec(b)->bytes);
}

/* Makes the truth that results are compared with, without running a device. */
static inline void bench_prepare_truth(bench *b) {
    gf_error error = GF_ERROR_INIT;
    bench_make_inputs(b);
    cr_assert_eq(gf_verification_prepare(&b->comparison->truth, &error), GF_OK, "%s", error.text);
}

/* Whether verification takes `output` for right. */
static inline bool bench_accepts(bench *b, const void *output, gf_verification *verification) {
    bool holds = false;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_verification_check(&b->comparison->truth, output, verification, &holds, &error),
                 GF_OK, "%s", error.text);
    return holds;
}

/* ---- Files ------------------------------------------------------------- */

static inline void write_array(const char *path, gf_type type, size_t rows, size_t cols,
                               const void *data) {
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_npy_write(path, type, rows, cols, data, &error), GF_OK, "%s", error.text);
}
