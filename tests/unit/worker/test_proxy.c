/* Devices in a worker: the same results as in this process, and whatever happens to the worker is
 * one failed row. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "device/context.h"
#include "fake_bench.h"
#include "made_folder.h"
#include "os/helpers.h"
#include "worker/proxy/proxy.h"

FAKE_GLOBALS

/* ---- A session whose devices are in a worker --------------------------- */

static const char *fault = "none:none";
static char once[96], complaint[96];

static const char *one_variant(const gf_device *device, const gf_workload *workload,
                               const gf_problem *problem, size_t index) {
    (void)device, (void)workload, (void)problem;
    return index == 0 ? "best" : NULL;
}

static bool may_not_begin;

static gf_status begin(void *context, const char *arguments[GF_LAUNCHER_ARGUMENTS],
                       gf_error *error) {
    (void)context;
    if (may_not_begin)
        return gf_error_set(error, GF_FAILED, "no more processes");
    arguments[0] = FAKE_WORKER;
    arguments[1] = fault;
    arguments[2] = once;
    arguments[3] = complaint;
    arguments[4] = NULL;
    return GF_OK;
}

static void end(void *context) {
    (void)context;
}

/* What the launcher was told of ends. */
static char told[400];

static void failed(void *context, const char *reason) {
    cr_expect_null(context);
    snprintf(told, sizeof told, "%s", reason);
}

static gf_status enumerate(const gf_session_options *options, const gf_device_sink *sink,
                           void **state, gf_error *error) {
    static gf_backend inner;
    inner = fake_backend(0);
    inner.variant = one_variant;
    inner.tunables = NULL;
    inner.tuning_key = NULL;
    inner.device_time = NULL;
    const gf_launcher launcher = {
        .begin = begin, .end = end, .failed = failed, .subject = "the fake driver"};
    gf_proxy *proxy = NULL;
    uint32_t next_platform = 5;
    bool own = false;
    gf_status status = gf_proxy_create(&inner, options, &proxy, error);
    *state = proxy;
    if (status == GF_OK)
        status = gf_proxy_add(proxy, &launcher, 30, &next_platform, sink, &own, error);
    cr_expect(status != GF_OK || next_platform == 6);
    return status;
}

static void shut_down(void *state) {
    gf_proxy_destroy(state);
}

typedef struct workbench {
    gf_session *session;
    gf_params *params;
    gf_comparison *comparison;
} workbench;

static workbench open_bench(const char *with_fault, double deadline_s, const char *workload,
                            const char *const *settings) {
    static const gf_backend backend = {.abi_version = GF_BACKEND_ABI,
                                       .name = "workers",
                                       .enumerate = enumerate,
                                       .shut_down = shut_down};
    const gf_backend *const backends[] = {&backend};
    const gf_session_options options = {.thread_count = 1, .deadline_s = deadline_s};
    gf_run_options run;
    gf_error error = GF_ERROR_INIT;
    workbench b = {NULL, NULL, NULL};
    fault = with_fault;
    const char *directory = made_folder();
    snprintf(once, sizeof once, "%s/once", directory);
    snprintf(complaint, sizeof complaint, "%s/complaint", directory);
    cr_assert_eq(gf_session_open_with(&options, backends, 1, &b.session, &error), GF_OK);
    cr_assert_eq(gf_session_find_all(b.session, &error), GF_OK, "%s", error.text);
    const gf_workload *found = gf_workload_find(workload, NULL);
    cr_assert_eq(gf_params_create(found, &b.params, &error), GF_OK);
    for (; *settings != NULL; settings += 2)
        cr_assert_eq(gf_params_set(b.params, settings[0], settings[1], &error), GF_OK, "%s",
                     error.text);
    gf_run_options_defaults(&run);
    run.repeat = 2;
    run.min_time_s = 0;
    cr_assert_eq(gf_comparison_create(b.session, b.params, &run, &b.comparison, &error), GF_OK,
                 "%s", error.text);
    return b;
}

static const gf_result *run_device(const workbench *b, size_t index) {
    const gf_target target = {gf_session_device(b->session, index), "best", "by the test"};
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_comparison_run(b->comparison, &target, &result, &error), GF_OK, "%s",
                 error.text);
    return result;
}

/* The number of processes that this one has started and not yet seen end. */
static size_t workers_alive(void) {
    pid_t pids[GF_MAX_HELPERS];
    return gf_helpers_list(pids);
}

static void close_bench(workbench *b, const char *name) {
    gf_comparison_destroy(b->comparison);
    gf_params_destroy(b->params);
    gf_session_close(b->session);
    cr_expect_eq(workers_alive(), 0, "%s: a worker is left", name);
    cr_expect_neq(access(complaint, F_OK), 0, "%s: the worker complains in %s", name, complaint);
}

static size_t open_descriptors(void) {
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    cr_assert_not_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

static const char *const julia[] = {"size", "37x11", "max-iter", "50", NULL};
static const char *const julia_list[] = {"size", "37x11", "max-iter", "50", "inputs", "list", NULL};
static const char *const diffusion[] = {"size", "21x13", "steps", "6", NULL};
static const char *const stops[] = {"size", "21x13",    "steps", "6",         "steps-per-transfer",
                                    "2",    "host-use", "write", "precision", "f32",
                                    NULL};

/* ---- Results ----------------------------------------------------------- */

static double checksum_in_process(const char *workload, const char *const *settings) {
    fake_machines[0] = (fake_machine){.count = 0};
    fake_bench b = fake_bench_new();
    fake_add(0, "0:0", "A GPU", GF_CLASS_GPU);
    char pairs[8][64];
    const char *list[9] = {NULL};
    for (size_t i = 0; settings[2 * i] != NULL; i++) {
        snprintf(pairs[i], sizeof pairs[i], "%s=%s", settings[2 * i], settings[2 * i + 1]);
        list[i] = pairs[i];
    }
    fake_bench_open_workload(&b, gf_workload_find(workload, NULL), list);
    const gf_result *result = fake_bench_run(&b, 0);
    cr_assert_eq(gf_result_outcome(result), GF_OUTCOME_OK, "%s", gf_result_reason(result));
    const double checksum = gf_result_checksum(result);
    fake_bench_close(&b, workload);
    return checksum;
}

static void check_results(const char *workload, const char *const *settings) {
    const double expected = checksum_in_process(workload, settings);
    workbench b = open_bench("none:none", 0, workload, settings);
    for (size_t i = 0; i < 2; i++) {
        const gf_result *result = run_device(&b, i);
        const bool shares = i == 1;
        cr_expect_eq(gf_result_outcome(result), GF_OUTCOME_OK, "%s on %zu: %s", workload, i,
                     gf_result_reason(result));
        cr_expect_eq(gf_result_checksum(result), expected, "%s on %zu", workload, i);
        cr_expect_eq(result->in_place, shares);
        cr_expect_str_eq(result->host_memory, shares ? "in place" : "pinned");
        cr_expect_geq(gf_result_phase(result, GF_PHASE_TOTAL).count, 2);
    }
    close_bench(&b, workload);
}

Test(proxy, results_equal_those_of_this_process, .timeout = 120) {
    check_results("julia", julia);
    check_results("julia", julia_list);
    check_results("diffusion", diffusion);
    check_results("diffusion", stops);
}

Test(proxy, nothing_is_left_open, .timeout = 60) {
    workbench warm = open_bench("none:none", 0, "julia", julia);
    close_bench(&warm, "warm");
    const size_t before = open_descriptors();
    workbench b = open_bench("none:none", 0, "julia", julia_list);
    (void)run_device(&b, 0);
    close_bench(&b, "good");
    workbench bad = open_bench("finish:abort", 0, "julia", julia_list);
    (void)run_device(&bad, 0);
    close_bench(&bad, "bad");
    cr_expect_eq(open_descriptors(), before);
}

/* ---- Faults ------------------------------------------------------------ */

typedef struct fault_case {
    const char *fault, *words;
    double deadline_s;
} fault_case;

/* The first run fails with these words, and a second one on a new worker succeeds. */
static void check_fault(const fault_case *c, size_t device) {
    workbench b = open_bench(c->fault, c->deadline_s, "diffusion", stops);
    told[0] = '\0';
    const gf_result *result = run_device(&b, device);
    cr_expect_eq(gf_result_outcome(result), GF_OUTCOME_FAILED, "%s", c->fault);
    cr_expect_not_null(strstr(gf_result_reason(result), c->words), "%s: \"%s\" lacks \"%s\"",
                       c->fault, gf_result_reason(result), c->words);
    /* Somebody's SIGKILL, and a deadline that is asked for, are no driver's failure. */
    const bool blamed = c->deadline_s <= 0 && strstr(c->fault, ":kill") == NULL &&
                        strstr(c->fault, ":term") == NULL;
    cr_expect_eq(told[0] != '\0', blamed, "%s: the launcher is told \"%s\"", c->fault, told);
    cr_expect_not_null(strstr(gf_result_reason(result), told), "%s: \"%s\" lacks \"%s\"", c->fault,
                       gf_result_reason(result), told);
    cr_expect_eq(gf_result_phase(result, GF_PHASE_TOTAL).count, 0);
    cr_expect_eq(gf_comparison_status(b.comparison, NULL), GF_FAILED);
    result = run_device(&b, device);
    cr_expect_eq(gf_result_outcome(result), GF_OUTCOME_OK, "%s, again: %s", c->fault,
                 gf_result_reason(result));
    result = run_device(&b, 1 - device);
    cr_expect_eq(gf_result_outcome(result), GF_OUTCOME_OK, "%s, the other device: %s", c->fault,
                 gf_result_reason(result));
    close_bench(&b, c->fault);
}

Test(proxy, whatever_ends_the_worker_is_one_failed_row, .timeout = 240) {
    static const fault_case cases[] = {
        {"open:abort", "crashed with SIGABRT while it opened the device; it said: fake driver", 0},
        {"prepare:abort", "the driver of device 5:", 0},
        {"prepare:segv", "crashed with SIGSEGV while it compiled the kernel", 0},
        {"prepare:exit", "ended its process with exit status 7 while it compiled the kernel", 0},
        {"finish:kill",
         "the process with the driver of device 5:0 was ended from outside or for lack of memory "
         "(SIGKILL) while a round trip ran",
         0},
        {"open:term", "was ended from outside (SIGTERM) while it opened the device", 0},
        {"finish:exit", "it said: fake driver: exit", 0},
        {"read:segv", "crashed with SIGSEGV", 0},
        {"prepare:nonsense", "sent a message that is none", 0},
        {"prepare:short", "sent a message of a wrong length", 0},
        {"prepare:long", "sent a message that is too long", 0},
        {"prepare:version", "another version of the protocol", 0},
    };
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        check_fault(&cases[i], i % 2);
}

Test(proxy, a_worker_that_is_silent_past_the_deadline_is_a_failed_row, .timeout = 120) {
    static const fault_case cases[] = {
        {"prepare:hang", "gave no answer within the deadline of 1 s while it compiled the kernel",
         1},
        {"finish:hang", "gave no answer within the deadline of 1 s", 1},
        {"open:noise", "it said: on and on", 1},
        {"finish:close", "gave no answer within the deadline of 1 s", 1},
        {"finish:noise", "gave no answer within the deadline of 1 s", 1},
    };
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        check_fault(&cases[i], i % 2);
}

Test(proxy, a_driver_that_hangs_each_time_is_not_started_for_ever, .timeout = 60) {
    workbench b = open_bench("finish:hang", 0.5, "julia", julia);
    for (int i = 0; i < 4; i++) {
        const gf_result *result = run_device(&b, 0);
        cr_expect_not_null(strstr(gf_result_reason(result), "within the deadline of 0.5 s"),
                           "run %d: %s", i, gf_result_reason(result));
        cr_assert_eq(unlink(once), 0);
    }
    const gf_result *result = run_device(&b, 0);
    cr_expect_eq(gf_result_outcome(result), GF_OUTCOME_FAILED);
    cr_expect_not_null(strstr(gf_result_reason(result), "4 times, and is not started again"), "%s",
                       gf_result_reason(result));
    close_bench(&b, "hangs each time");
}

static void check_list_fault(const char *with_fault, const char *words) {
    workbench b = open_bench(with_fault, 1, "julia", julia);
    cr_expect_eq(gf_session_device_count(b.session), 0);
    cr_assert_eq(gf_session_warning_count(b.session), 1);
    cr_expect_not_null(strstr(gf_session_warning(b.session, 0), words), "%s: %s", with_fault,
                       gf_session_warning(b.session, 0));
    close_bench(&b, with_fault);
}

Test(proxy, a_driver_that_can_not_list_its_devices_is_a_warning, .timeout = 60) {
    check_list_fault("list:abort", "the driver of the fake driver crashed with SIGABRT");
    check_list_fault("list:hang", "gave no answer within the deadline of 1 s");
    check_list_fault("list:exit", "exit status 7 while it listed its devices");
}

/* Its platforms begin with 5. The numbers of others are taken, and one more than the last of all
 * would be 0. */
Test(proxy, a_worker_that_numbers_its_devices_at_will_is_a_warning, .timeout = 120) {
    static const char *const faults[] = {"id:4294967295:0", "id:4294967296:0", "id:-1:0",
                                         "id:4:0",          "id:69:0",         "id:5",
                                         "id::0",           "id:five"};
    for (size_t i = 0; i < GF_COUNT_OF(faults); i++)
        check_list_fault(faults[i], "a reply without sense");
}

/* Nothing was asked of it: the next run gets a new one. */
Test(proxy, a_worker_that_is_killed_while_it_waits_is_replaced, .timeout = 60) {
    workbench b = open_bench("none:none", 0, "julia", julia_list);
    cr_expect_eq(gf_result_outcome(run_device(&b, 0)), GF_OUTCOME_OK);
    pid_t pids[GF_MAX_HELPERS];
    cr_assert_eq(gf_helpers_list(pids), 1);
    const pid_t killed = pids[0];
    cr_assert_eq(kill(killed, SIGKILL), 0);
    const gf_result *result = run_device(&b, 0);
    cr_expect_eq(gf_result_outcome(result), GF_OUTCOME_OK, "%s", gf_result_reason(result));
    cr_assert_eq(gf_helpers_list(pids), 1);
    cr_expect_neq(pids[0], killed);
    close_bench(&b, "killed");
}

static void kill_the_worker(void) {
    pid_t pids[GF_MAX_HELPERS];
    siginfo_t info;
    cr_assert_eq(gf_helpers_list(pids), 1);
    cr_assert_eq(kill(pids[0], SIGKILL), 0);
    cr_assert_eq(waitid(P_PID, (id_t)pids[0], &info, WEXITED | WNOWAIT), 0);
}

/* It has listed its devices, and opened none; then one is open. */
Test(proxy, a_worker_that_is_killed_before_it_is_asked_anything_is_replaced, .timeout = 60) {
    workbench b = open_bench("none:none", 0, "julia", julia);
    told[0] = '\0';
    kill_the_worker();
    const gf_result *result = run_device(&b, 0);
    cr_expect_eq(gf_result_outcome(result), GF_OUTCOME_OK, "%s", gf_result_reason(result));
    gf_device *device = gf_session_device(b.session, 1);
    const gf_tuning tuning = {.count = 0};
    gf_program *program = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_device_open(device, &error), GF_OK, "%s", error.text);
    kill_the_worker();
    cr_assert_eq(
        gf_device_prepare(device, b.comparison->problem, "best", &tuning, &program, &error), GF_OK,
        "%s", error.text);
    device->backend->program_release(program);
    cr_expect_str_empty(told);
    close_bench(&b, "killed early");
}

/* A search for tunables then ends, instead of trying other values. */
Test(proxy, a_device_that_can_not_be_opened_again_is_closed, .timeout = 60) {
    workbench b = open_bench("none:none", 0, "julia", julia);
    gf_device *device = gf_session_device(b.session, 0);
    const gf_tuning tuning = {.count = 0};
    gf_program *program = NULL;
    gf_error error = GF_ERROR_INIT;
    pid_t pids[GF_MAX_HELPERS];
    cr_assert_eq(gf_device_open(device, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_helpers_list(pids), 1);
    cr_assert_eq(kill(pids[0], SIGKILL), 0);
    may_not_begin = true;
    const gf_problem *problem = b.comparison->problem;
    cr_expect_neq(gf_device_prepare(device, problem, "best", &tuning, &program, &error), GF_OK);
    gf_error_clear(&error);
    cr_expect_eq(gf_device_prepare(device, problem, "best", &tuning, &program, &error), GF_FAILED);
    cr_expect_str_eq(error.text, "no more processes");
    cr_expect_not(device->is_open);
    gf_error_clear(&error);
    may_not_begin = false;
    cr_expect_eq(gf_result_outcome(run_device(&b, 0)), GF_OUTCOME_OK);
    close_bench(&b, "closed");
}

static volatile sig_atomic_t *cancelled_flag;

static void on_alarm(int number) {
    (void)number;
    *cancelled_flag = 1;
}

/* Sets the flag in a second, by a signal. */
static int alarm_cancel(volatile sig_atomic_t *flag) {
    cancelled_flag = flag;
    const struct sigaction action = {.sa_handler = on_alarm};
    (void)alarm(1);
    return sigaction(SIGALRM, &action, NULL);
}

/* The test of a clock ends early in the worker, which stays. */
Test(proxy, opening_a_device_can_be_cancelled, .timeout = 60) {
    static volatile sig_atomic_t cancel = 1;
    workbench b = open_bench("open:wait", 0, "julia", julia);
    pid_t before[GF_MAX_HELPERS], after[GF_MAX_HELPERS];
    cr_assert_eq(gf_helpers_list(before), 1);
    const gf_run_options options = {.cancel = &cancel};
    const gf_context context = {b.session, &options};
    gf_device *device = gf_session_device(b.session, 0);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_context_open_device(&context, device, &error), GF_OK, "%s", error.text);
    cr_expect(device->is_open);
    cr_assert_eq(gf_helpers_list(after), 1);
    cr_expect_eq(before[0], after[0]);
    gf_error_clear(&error);
    close_bench(&b, "cancelled while it opens");
}

/* A driver that goes on with a cancelled request is cut off. */
Test(proxy, a_hanging_launch_can_be_cancelled, .timeout = 60) {
    static volatile sig_atomic_t cancel;
    workbench b = open_bench("finish:hang", 0, "julia", julia);
    told[0] = '\0';
    b.comparison->options.cancel = &cancel;
    const gf_target target = {gf_session_device(b.session, 0), "best", "by the test"};
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_comparison_prepare_reference(b.comparison, &error), GF_OK);
    cr_assert_eq(alarm_cancel(&cancel), 0);
    cr_expect_eq(gf_comparison_run(b.comparison, &target, &result, &error), GF_INTERRUPTED);
    cr_expect_eq(told[0], '\0', "who cancels is no driver's failure: %s", told);
    gf_error_clear(&error);
    close_bench(&b, "cancelled");
}
