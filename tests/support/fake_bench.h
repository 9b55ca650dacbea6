/* A comparison on fake devices, ready to run, for tests of the core. */
#pragma once

#include <criterion/criterion.h>

#include "fake_backend.h"

typedef struct fake_bench {
    gf_backend backend; /* may be changed before fake_bench_open */
    gf_run_options options;
    gf_session *session;
    gf_params *params;
    gf_comparison *comparison;
} fake_bench;

static inline fake_bench fake_bench_new(void) {
    fake_bench bench = {.backend = fake_backend(0)};
    gf_run_options_defaults(&bench.options);
    bench.options.repeat = 2;
    bench.options.min_time_s = 0;
    return bench;
}

/* No other program runs, whatever else the machine does. */
static inline gf_contention fake_quiet(void) {
    return (gf_contention){.waited_ns = 0};
}

/* "name=text" each, ended by NULL. */
static inline void fake_bench_set(gf_params *params, const char *const *settings) {
    gf_error error = GF_ERROR_INIT;
    for (; *settings != NULL; settings++) {
        char name[64];
        const size_t length = strcspn(*settings, "=");
        snprintf(name, sizeof name, "%.*s", (int)length, *settings);
        cr_assert_eq(gf_params_set(params, name, *settings + length + 1, &error), GF_OK, "%s: %s",
                     *settings, error.text);
    }
}

/* Opens a session over the fake machine and sets the workload's values, unless `settings` is NULL.
 * Does not make the comparison. */
static inline void fake_bench_open_session(fake_bench *bench, const gf_workload *workload,
                                           const char *const *settings) {
    const gf_backend *const backends[] = {&bench->backend};
    const gf_session_options options = {.thread_count = 1};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_session_open_with(&options, backends, 1, &bench->session, &error), GF_OK);
    bench->session->clock = fake_clock();
    bench->session->read_contention = fake_quiet;
    cr_assert_eq(gf_session_find_all(bench->session, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_params_create(workload, &bench->params, &error), GF_OK, "%s", error.text);
    if (settings != NULL)
        fake_bench_set(bench->params, settings);
}

static inline void fake_bench_open_workload(fake_bench *bench, const gf_workload *workload,
                                            const char *const *settings) {
    gf_error error = GF_ERROR_INIT;
    fake_bench_open_session(bench, workload, settings);
    cr_assert_eq(gf_comparison_create(bench->session, bench->params, &bench->options,
                                      &bench->comparison, &error),
                 GF_OK, "%s", error.text);
}

#define FAKE_BENCH_OPEN(bench, name, ...)                                                          \
    fake_bench_open_workload((bench), gf_workload_find((name), NULL),                              \
                             (const char *const[]){__VA_ARGS__, NULL})

/* Runs device `index` with its best variant. */
static inline gf_status fake_bench_try(fake_bench *bench, size_t index, const char *variant,
                                       const gf_result **result, gf_error *error) {
    const gf_target target = {gf_session_device(bench->session, index), variant, "by the test"};
    return gf_comparison_run(bench->comparison, &target, result, error);
}

static inline const gf_result *fake_bench_run(fake_bench *bench, size_t index) {
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(fake_bench_try(bench, index, NULL, &result, &error), GF_OK, "%s", error.text);
    cr_assert_not_null(result);
    return result;
}

/* Closes everything and fails on leaks and on breaches of the backend's contract. */
static inline void fake_bench_close(fake_bench *bench, const char *name) {
    gf_comparison_destroy(bench->comparison);
    gf_params_destroy(bench->params);
    gf_session_close(bench->session);
    bench->comparison = NULL;
    bench->params = NULL;
    bench->session = NULL;
    const char *complaint = fake_complaint();
    cr_expect_null(complaint, "%s: %s", name, complaint);
}
