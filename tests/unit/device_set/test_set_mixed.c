/* Sets of three devices of three kinds: the native path, the CPU's OpenCL driver (or another fake
 * where there is none) and a fake GPU give the bits of one device. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "device/registry.h"
#include "fake_bench.h"

extern const gf_backend gf_backend_device_set;

FAKE_GLOBALS

TestSuite(set_mixed, .timeout = 300);

typedef struct mixed_case {
    const char *workload;
    const char *settings[5];
} mixed_case;

static const mixed_case cases[] = {
    {"julia", {"size=131x77", "max-iter=300"}},
    {"julia", {"size=50x64", "max-iter=60", "inputs=list", "precision=f32"}},
    {"sum", {"count=300001"}},
    {"prime", {"number=1000000016000000063"}},
    {"diffusion", {"size=61x143", "steps=90", "init=gaussian"}},
    {"diffusion", {"size=61x143", "steps=90", "boundary=periodic", "precision=f32"}},
    {"diffusion", {"size=40x90", "steps=30", "boundary=insulated", "steps-per-transfer=7"}},
};

static size_t find_backends(const gf_backend *fake, const gf_backend *backends[8]) {
    size_t count = 0;
    backends[count++] = fake;
    for (size_t i = 0; i < gf_backends_length && count < 8; i++)
        backends[count++] = gf_backends[i];
    return count;
}

/* The first device of a driver that is a CPU; NULL: none. */
static const char *find_driver(gf_session *session) {
    for (size_t i = 0; i < gf_session_device_count(session); i++) {
        const gf_device_info *info = gf_device_get_info(gf_session_device(session, i));
        if (info->device_class == GF_CLASS_CPU && info->id[0] >= '0' && info->id[0] <= '8')
            return info->id;
    }
    return NULL;
}

static void expect_bits(gf_session *session, const mixed_case *c, const char *list) {
    gf_error error = GF_ERROR_INIT;
    gf_run_options options;
    gf_params *params = NULL;
    gf_comparison *comparison = NULL;
    gf_target_list targets;
    const gf_result *result = NULL;
    const gf_workload *workload = gf_workload_find(c->workload, NULL);
    gf_run_options_defaults(&options);
    options.repeat = 2;
    options.min_time_s = 0;
    options.search = false;
    options.verify = GF_VERIFY_FULL;
    cr_assert_eq(gf_params_create(workload, &params, &error), GF_OK);
    fake_bench_set(params, c->settings);
    cr_assert_eq(gf_comparison_create(session, params, &options, &comparison, &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(gf_session_select(session, workload, list, GF_PICK_ONE, &targets, &error), GF_OK,
                 "%s", error.text);
    cr_assert_eq(gf_comparison_resolve_targets(comparison, &targets, &error), GF_OK, "%s",
                 error.text);
    cr_assert_eq(gf_comparison_run(comparison, &targets.targets[0], &result, &error), GF_OK, "%s",
                 error.text);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s %s on %s: %s", c->workload, c->settings[0],
                 list, result->error.text);
    cr_expect_eq(result->verification.difference.mismatches, 0);
    const gf_shares *shares = gf_result_shares(result);
    cr_expect(shares != NULL && shares->count == 3, "%s: not three devices", list);
    gf_target_list_clear(&targets);
    gf_comparison_destroy(comparison);
    gf_params_destroy(params);
}

/* A fake one stands in for a driver that is not there, so that there are always three. */
Test(set_mixed, three_kinds_of_devices_give_the_bits_of_one) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_add(0, "9:0", "Fake", GF_CLASS_GPU)->sleeps_ns = 200;
    fake_add(0, "9:1", "Other Fake", GF_CLASS_GPU)->sleeps_ns = 50;
    const gf_backend fake = fake_backend(0);
    const gf_backend *backends[8];
    const size_t count = find_backends(&fake, backends);
    const gf_session_options options = {.thread_count = 1, .in_process = true};
    gf_session *session = NULL;
    gf_error error = GF_ERROR_INIT;
    char list[64];
    unsetenv("GPUFARE_DEVICE");
    cr_assert_eq(gf_session_open_with(&options, backends, count, &session, &error), GF_OK);
    session->read_contention = fake_quiet;
    cr_assert_eq(gf_session_find_all(session, &error), GF_OK, "%s", error.text);
    const char *driver = find_driver(session);
    snprintf(list, sizeof list, "native+%s+9:0", driver == NULL ? "9:1" : driver);
    cr_log_info("%s", list);
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        expect_bits(session, &cases[i], list);
    gf_session_close(session);
    cr_expect_null(fake_complaint());
}
