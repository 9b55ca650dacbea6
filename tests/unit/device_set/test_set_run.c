/* Sets of fake devices: the bits of the joined result, failures, and what is reported. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "device/registry.h"
#include "fake_bench.h"
#include "json_schema.h"

extern const gf_backend gf_backend_device_set;

FAKE_GLOBALS

TestSuite(set_run, .timeout = 120);

/* ---- A bench with sets -------------------------------------------------- */

typedef struct set_bench {
    fake_bench bench;
    gf_target_list targets;
} set_bench;

static void add_devices(void) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_add(0, "0:0", "Fake One", GF_CLASS_GPU);
    fake_add(0, "1:0", "Fake Two", GF_CLASS_GPU);
    fake_add(0, "2:0", "Fake Three", GF_CLASS_GPU);
}

/* By the real clock, because the members' threads have no time in common with the fake one. */
static void open_set_bench(set_bench *set, const char *workload, const char *list,
                           const char *const *settings) {
    gf_error error = GF_ERROR_INIT;
    fake_bench *bench = &set->bench;
    const gf_backend *const backends[] = {&bench->backend, &gf_backend_device_set};
    const gf_session_options options = {.thread_count = 1};
    unsetenv("GPUFARE_DEVICE");
    cr_assert_eq(gf_session_open_with(&options, backends, 2, &bench->session, &error), GF_OK);
    bench->session->read_contention = fake_quiet;
    const gf_workload *found = gf_workload_find(workload, NULL);
    cr_assert_eq(gf_params_create(found, &bench->params, &error), GF_OK, "%s", error.text);
    fake_bench_set(bench->params, settings);
    cr_assert_eq(gf_comparison_create(bench->session, bench->params, &bench->options,
                                      &bench->comparison, &error),
                 GF_OK, "%s", error.text);
    cr_assert_eq(
        gf_session_select(bench->session, found, list, GF_PICK_MANY, &set->targets, &error), GF_OK,
        "%s: %s", list, error.text);
    cr_assert_eq(gf_comparison_resolve_targets(bench->comparison, &set->targets, &error), GF_OK,
                 "%s", error.text);
}

static const gf_result *run_target(set_bench *set, size_t index) {
    const gf_result *result = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_lt(index, set->targets.count);
    cr_assert_eq(
        gf_comparison_run(set->bench.comparison, &set->targets.targets[index], &result, &error),
        GF_OK, "%s", error.text);
    return result;
}

static void close_set_bench(set_bench *set, const char *name) {
    gf_target_list_clear(&set->targets);
    fake_bench_close(&set->bench, name);
}

static set_bench new_set_bench(void) {
    set_bench set = {.bench = fake_bench_new()};
    set.bench.options.verify = GF_VERIFY_FULL;
    return set;
}

#define TWO   "0:0+1:0"
#define THREE "0:0+1:0+2:0"

/* ---- Bits --------------------------------------------------------------- */

typedef struct bits_case {
    const char *workload;
    const char *settings[6];
} bits_case;

static const bits_case cases[] = {
    {"julia", {"size=37x41", "max-iter=60"}},
    {"julia", {"size=1x1", "max-iter=60"}},
    {"julia", {"size=5x3", "max-iter=70000"}},
    {"julia", {"size=64x300", "max-iter=60", "inputs=list"}},
    {"julia", {"size=31x77", "max-iter=60", "inputs=shuffled", "precision=f32"}},
    {"sum", {"count=1"}},
    {"sum", {"count=300001"}},
    {"sum", {"count=300001", "precision=f32"}},
    {"prime", {"number=2"}},
    {"prime", {"number=999999999989"}},
    {"prime", {"number=1000000016000000063"}}, /* 1000000007 x 1000000009 */
    {"prime", {"number=999998000001"}},        /* its divisor is early */
    {"diffusion", {"size=21x13", "steps=7"}},
    {"diffusion", {"size=21x13", "steps=7", "boundary=periodic"}},
    {"diffusion", {"size=21x13", "steps=7", "boundary=insulated"}},
    {"diffusion", {"size=1x1", "steps=3", "boundary=periodic"}},
    {"diffusion", {"size=9x2", "steps=50", "boundary=periodic"}},
    {"diffusion", {"size=2x9", "steps=50", "boundary=insulated", "precision=f32"}},
    {"diffusion", {"size=33x130", "steps=200"}},
    {"diffusion", {"size=33x130", "steps=199", "boundary=periodic", "precision=f32"}},
    {"diffusion", {"size=40x67", "steps=130", "boundary=insulated", "init=gaussian"}},
    {"diffusion", {"size=40x67", "steps=20", "steps-per-transfer=3", "init=gaussian"}},
    {"diffusion", {"size=40x67", "steps=20", "steps-per-transfer=4", "host-use=write"}},
};

static void expect_bits(const bits_case *c, const char *list) {
    set_bench set = new_set_bench();
    open_set_bench(&set, c->workload, list, c->settings);
    const gf_result *result = run_target(&set, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s %s %s on %s: %s", c->workload, c->settings[0],
                 c->settings[1] == NULL ? "" : c->settings[1], list, result->error.text);
    const gf_shares *shares = gf_result_shares(result);
    cr_expect_not_null(shares);
    uint64_t units = 0;
    for (uint32_t i = 0; shares != NULL && i < shares->count; i++)
        units += shares->members[i].units;
    /* Behind a divisor nothing is searched. */
    if (strcmp(c->workload, "prime") != 0 && shares != NULL)
        cr_expect_eq(units, shares->units, "%s: %llu of %llu units", c->workload,
                     (unsigned long long)units, (unsigned long long)shares->units);
    close_set_bench(&set, c->workload);
}

Test(set_run, two_devices_give_the_bits_of_one) {
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        add_devices();
        expect_bits(&cases[i], TWO);
    }
}

Test(set_run, three_devices_of_other_speeds_give_the_bits_of_one) {
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        add_devices();
        fake_machines[0].devices[1].sleeps_ns = 200;
        fake_machines[0].devices[2].sleeps_ns = 1000;
        expect_bits(&cases[i], THREE);
    }
}

/* One works in place, one has memory of its own and pinned arrays, one is prompt. */
Test(set_run, every_kind_of_memory_gives_the_bits) {
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        add_devices();
        fake_machines[0].devices[0].in_place = true;
        fake_machines[0].devices[1].pinned_arrays = 100;
        expect_bits(&cases[i], TWO);
    }
}

Test(set_run, members_of_a_prompt_backend_work_in_the_memory_of_the_whole) {
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        add_devices();
        fake_machines[0].devices[0].in_place = fake_machines[0].devices[1].in_place = true;
        set_bench set = new_set_bench();
        set.bench.backend.prompt = true;
        open_set_bench(&set, cases[i].workload, TWO, cases[i].settings);
        const gf_result *result = run_target(&set, 0);
        cr_expect_eq(result->outcome, GF_OUTCOME_OK, "%s: %s", cases[i].workload,
                     result->error.text);
        close_set_bench(&set, cases[i].workload);
    }
}

/* A fast member at first that becomes slow: rows move while the steps go on. */
static uint64_t slow_from;
static uint64_t steps_made;

static uint64_t becomes_slow(const fake_device *device, const gf_problem *problem, uint64_t steps) {
    fake_device *fake = &fake_machines[0].devices[0];
    (void)problem;
    if (device == fake && (steps_made += steps) > slow_from)
        fake->sleeps_ns = 3000;
    return 1;
}

Test(set_run, rows_move_to_the_faster_member) {
    static const char *const settings[] = {"size=16x400", "steps=600", "boundary=periodic", NULL};
    add_devices();
    fake_machines[0].devices[0].sleeps_ns = 100;
    fake_machines[0].devices[1].sleeps_ns = 300;
    set_bench set = new_set_bench();
    set.bench.options.repeat = 1;
    fake_machines[0].devices[0].steps_ns = becomes_slow;
    slow_from = 6 * 600 + 100; /* after the rehearsal */
    open_set_bench(&set, "diffusion", TWO, settings);
    const gf_result *result = run_target(&set, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    const gf_shares *shares = gf_result_shares(result);
    cr_expect_lt(shares->members[0].units, shares->members[1].units,
                 "the slow one ends with %llu rows, the other with %llu",
                 (unsigned long long)shares->members[0].units,
                 (unsigned long long)shares->members[1].units);
    close_set_bench(&set, "rows move");
}

/* ---- Failures ----------------------------------------------------------- */

static const char *const julia[] = {"size=40x64", "max-iter=20", NULL};
static const char *const diffusion[] = {"size=16x64", "steps=300", NULL};

/* Whatever times say on a busy machine, the rows are divided, and there are transfers and launches
 * at each of the stops: few steps need few rows of halos. */
static const char *const stopped[] = {"size=16x200", "steps=120", "steps-per-transfer=5", NULL};

static void expect_failed(fake_slot slot, uint32_t call, const char *workload,
                          const char *const *settings) {
    add_devices();
    fake_machines[0].devices[0].sleeps_ns = fake_machines[0].devices[1].sleeps_ns = 1e3;
    fake_machines[0].devices[1].fault = (fake_fault){slot, call, FAKE_FAILS, GF_FAILED};
    set_bench set = new_set_bench();
    open_set_bench(&set, workload, "0:0,0:0+1:0,2:0", settings);
    cr_expect_eq(run_target(&set, 0)->outcome, GF_OUTCOME_OK);
    const gf_result *failed = run_target(&set, 1);
    cr_expect_eq(failed->outcome, GF_OUTCOME_FAILED, "slot %d, call %u", slot, call);
    cr_expect_not_null(strstr(failed->error.text, "1:0: injected"), "slot %d: %s", slot,
                       failed->error.text);
    cr_expect_null(gf_result_shares(failed));
    cr_expect_eq(run_target(&set, 2)->outcome, GF_OUTCOME_OK, "the others go on");
    close_set_bench(&set, workload);
}

Test(set_run, a_member_that_fails_fails_the_set_with_its_reason) {
    static const fake_slot slots[] = {FAKE_PREPARE,      FAKE_BUFFER_CREATE, FAKE_LAUNCH,
                                      FAKE_BUFFER_WRITE, FAKE_BUFFER_READ,   FAKE_FINISH};
    for (size_t i = 0; i < GF_COUNT_OF(slots); i++) {
        expect_failed(slots[i], 1, "julia", julia);
        expect_failed(slots[i], 1, "diffusion", diffusion);
    }
    expect_failed(FAKE_LAUNCH, 12, "julia", julia);
    expect_failed(FAKE_BUFFER_READ, 30, "diffusion", stopped);
    expect_failed(FAKE_LAUNCH, 12, "diffusion", stopped);
}

Test(set_run, a_member_that_computes_something_else_is_a_mismatch) {
    static const fake_effect effects[] = {FAKE_FLIPS_FIRST, FAKE_FLIPS_LAST, FAKE_DOES_NOTHING};
    for (size_t i = 0; i < GF_COUNT_OF(effects); i++) {
        add_devices();
        fake_machines[0].devices[0].sleeps_ns = fake_machines[0].devices[1].sleeps_ns = 20e3;
        fake_machines[0].devices[1].fault =
            (fake_fault){FAKE_LAUNCH, UINT32_MAX, effects[i], GF_OK};
        set_bench set = new_set_bench();
        open_set_bench(&set, "julia", TWO, julia);
        const gf_result *result = run_target(&set, 0);
        cr_expect_eq(result->outcome, GF_OUTCOME_MISMATCH, "effect %d", effects[i]);
        cr_expect_null(gf_result_shares(result), "a wrong result has no times");
        close_set_bench(&set, "mismatch");
    }
}

Test(set_run, an_interruption_ends_all_members) {
    static volatile sig_atomic_t cancel;
    static const struct {
        const char *workload;
        const char *const *settings;
    } all[] = {{"julia", julia}, {"diffusion", diffusion}};
    for (size_t i = 0; i < 2; i++) {
        cancel = 0;
        add_devices();
        fake_machines[0].devices[0].cancel = &cancel;
        fake_machines[0].devices[0].fault = (fake_fault){FAKE_LAUNCH, 3, FAKE_CANCELS, GF_OK};
        set_bench set = new_set_bench();
        set.bench.options.cancel = &cancel;
        open_set_bench(&set, all[i].workload, TWO, all[i].settings);
        const gf_result *result = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(
            gf_comparison_run(set.bench.comparison, &set.targets.targets[0], &result, &error),
            GF_INTERRUPTED, "%s", all[i].workload);
        gf_error_clear(&error);
        close_set_bench(&set, all[i].workload);
    }
}

/* ---- What can't be divided, and what is no set -------------------------- */

Test(set_run, what_can_not_be_divided_says_why) {
    static const char *const none[] = {NULL};
    add_devices();
    set_bench set = new_set_bench();
    open_set_bench(&set, "peak", TWO, none);
    const gf_result *result = run_target(&set, 0);
    cr_expect_eq(result->outcome, GF_OUTCOME_UNSUPPORTED);
    cr_expect_str_eq(result->error.text, "peak can't be divided: it measures what one device "
                                         "sustains; name one device instead of a set");
    close_set_bench(&set, "peak");
}

static const void *one_channel(const gf_device *device) {
    (void)device;
    return &fake_machines;
}

Test(set_run, sets_that_make_no_sense_are_refused) {
    static const struct {
        const char *list, *words;
        gf_status status;
        bool one_channel;
    } lists[] = {
        {"0:0+0:0", "twice", GF_USAGE, false},
        {"0:0+2:0", "one chip (PCI 1)", GF_USAGE, false},
        {"0:0+1:0", "one after the other", GF_USAGE, true},
        {"0:0+", "fits no one device", GF_NO_DEVICE, false},
        {"+0:0", "fits no one device", GF_NO_DEVICE, false},
        {"0:0+7:7", "'7:7' fits no one device", GF_NO_DEVICE, false},
        {"0:0+1:0:fast", "'1:0:fast' fits no one device", GF_NO_DEVICE, false},
        {"!0:0+1:0", "can't be excluded", GF_USAGE, false},
        {"0:0+fake", "'fake' fits no one device", GF_NO_DEVICE, false},
    };
    for (size_t i = 0; i < GF_COUNT_OF(lists); i++) {
        add_devices();
        fake_machines[0].devices[0].info.chip = fake_machines[0].devices[2].info.chip = "PCI 1";
        gf_backend backend = fake_backend(0);
        backend.channel = lists[i].one_channel ? one_channel : NULL;
        const gf_backend *const backends[] = {&backend, &gf_backend_device_set};
        gf_session *session = NULL;
        gf_target_list targets;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_session_open_with(NULL, backends, 2, &session, NULL), GF_OK);
        const gf_status status = gf_session_select(session, gf_workload_find("julia", NULL),
                                                   lists[i].list, GF_PICK_MANY, &targets, &error);
        cr_expect_eq(status, lists[i].status, "%s: status %d", lists[i].list, status);
        cr_expect_not_null(strstr(error.text, lists[i].words), "%s: %s", lists[i].list, error.text);
        gf_error_clear(&error);
        gf_session_close(session);
        cr_expect_null(fake_complaint());
    }
}

Test(set_run, lists_name_sets) {
    static const struct {
        const char *list, *id, *variant;
    } lists[] = {
        {"0:0+1:0", "0:0+1:0", NULL},
        {"0+1+2", "0:0+1:0+2:0", NULL},
        {"one+two", "0:0+1:0", NULL},
        {"0:0:plain+1:0", "0:0:plain+1:0", NULL},
        {"0:0+1:0:chosen", "0:0+1:0", "chosen"},
        {"0:0+1:0:plain:divided", "0:0+1:0:plain", "divided"},
    };
    for (size_t i = 0; i < GF_COUNT_OF(lists); i++) {
        add_devices();
        gf_backend backend = fake_backend(0);
        const gf_backend *const backends[] = {&backend, &gf_backend_device_set};
        gf_session *session = NULL;
        gf_target_list targets;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(gf_session_open_with(NULL, backends, 2, &session, NULL), GF_OK);
        cr_assert_eq(gf_session_select(session, gf_workload_find("julia", NULL), lists[i].list,
                                       GF_PICK_ONE, &targets, &error),
                     GF_OK, "%s: %s", lists[i].list, error.text);
        const gf_target *target = &targets.targets[0];
        cr_expect_str_eq(gf_device_get_info(target->device)->id, lists[i].id);
        cr_expect((target->variant == NULL) == (lists[i].variant == NULL) &&
                      (target->variant == NULL || strcmp(target->variant, lists[i].variant) == 0),
                  "%s: variant %s", lists[i].list, target->variant);
        cr_expect_eq(gf_session_device_count(session), 3, "a set is no device of the machine");
        gf_target_list_clear(&targets);
        gf_session_close(session);
        cr_expect_null(fake_complaint());
    }
}

/* ---- Times -------------------------------------------------------------- */

/* How near they come to it is shown and not judged: this machine may be busy. The plan's own test
 * judges. */
typedef struct sleepers {
    const char *list;
    double speeds[3]; /* 0: it is not in the set */
    int fastest, slowest;
} sleepers;

static void expect_sum_of_speeds(const sleepers *c) {
    static const char *const settings[] = {"size=16x2000", "max-iter=2", NULL};
    const double alone_ns = 20e3 * 2000; /* at speed 1 */
    double sum = 0;
    add_devices();
    for (int d = 0; d < 3 && c->speeds[d] > 0; d++) {
        fake_machines[0].devices[d].sleeps_ns = 20e3 / c->speeds[d];
        sum += c->speeds[d];
    }
    set_bench set = new_set_bench();
    open_set_bench(&set, "julia", c->list, settings);
    const gf_result *result = run_target(&set, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    const gf_shares *shares = gf_result_shares(result);
    cr_log_info("%s: %.3f of the ceiling", c->list, shares->ceiling_ns / gf_result_best_ns(result));
    cr_expect_geq(shares->ceiling_ns, 0.9 * alone_ns / sum, "the ceiling is %g ns",
                  shares->ceiling_ns);
    cr_expect_geq(shares->members[shares->best].alone_ns, 0.9 * alone_ns / c->speeds[c->fastest]);
    if (c->fastest != c->slowest)
        cr_expect_gt(shares->members[c->fastest].units, shares->members[c->slowest].units);
    close_set_bench(&set, "sleeping");
}

Test(set_run, devices_that_sleep_add_their_speeds) {
    static const sleepers all[] = {
        {TWO, {1, 1}, 0, 0}, {TWO, {1, 4}, 1, 0}, {TWO, {20, 1}, 0, 1}, {THREE, {1, 4, 20}, 2, 0}};
    for (size_t i = 0; i < GF_COUNT_OF(all); i++)
        expect_sum_of_speeds(&all[i]);
}

Test(set_run, the_chosen_variant_takes_the_best_alone_where_nothing_is_gained) {
    add_devices();
    fake_machines[0].devices[0].info.device_class = GF_CLASS_CPU;
    fake_machines[0].devices[1].info.device_class = GF_CLASS_CPU;
    fake_machines[0].devices[0].sleeps_ns = 100e3;
    fake_machines[0].devices[1].sleeps_ns = 10e3;
    set_bench set = new_set_bench();
    open_set_bench(&set, "julia", TWO ":chosen", julia);
    const gf_result *result = run_target(&set, 0);
    const gf_shares *shares = gf_result_shares(result);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_expect_not(shares->divided);
    cr_expect_eq(shares->best, 1);
    cr_expect_eq(shares->members[0].units, 0);
    cr_expect_eq(shares->members[1].units, shares->units);
    cr_expect_not_null(strstr(shares->forecast, "nothing can be gained"), "%s", shares->forecast);
    close_set_bench(&set, "chosen");
}

/* The ledgers of a comparison are at hand. */
Test(set_run, times_of_the_comparison_make_the_ceiling) {
    add_devices();
    fake_machines[0].devices[0].sleeps_ns = 100e3;
    fake_machines[0].devices[1].sleeps_ns = 50e3;
    set_bench set = new_set_bench();
    open_set_bench(&set, "diffusion", "0:0,1:0,0:0+1:0", diffusion);
    const double first_ns = gf_result_best_ns(run_target(&set, 0));
    const double second_ns = gf_result_best_ns(run_target(&set, 1));
    const gf_shares *shares = gf_result_shares(run_target(&set, 2));
    cr_assert_not_null(shares);
    cr_expect_float_eq(shares->members[0].alone_ns, first_ns, 0.5);
    cr_expect_float_eq(shares->ceiling_ns, 1 / (1 / first_ns + 1 / second_ns), 1);
    close_set_bench(&set, "ledgers at hand");
}

/* ---- Reports ------------------------------------------------------------ */

static char *report(const set_bench *set, gf_format format) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert_not_null(stream);
    cr_assert_eq(gf_comparison_report(set->bench.comparison, format, NULL, stream, NULL), GF_OK);
    cr_assert_eq(fclose(stream), 0);
    return text;
}

Test(set_run, reports_have_the_ledger_of_every_member) {
    add_devices();
    set_bench set = new_set_bench();
    open_set_bench(&set, "diffusion", "0:0,0:0+1:0", diffusion);
    (void)run_target(&set, 0);
    const gf_result *result = run_target(&set, 1);
    const gf_shares *shares = gf_result_shares(result);
    for (uint32_t i = 0; i < shares->count; i++) {
        const gf_member_share *share = &shares->members[i];
        cr_expect_eq(share->h2d_ns + share->launch_ns + share->kernel_ns + share->d2h_ns +
                         share->halo_ns + share->idle_ns,
                     shares->wall_ns, "the phases of %s do not add up", share->device->id);
    }
    char *text = report(&set, GF_FORMAT_TEXT), *csv = report(&set, GF_FORMAT_CSV);
    char *json = report(&set, GF_FORMAT_JSON);
    cr_expect_not_null(strstr(text, "Devices of sets in that round trip"), "%s", text);
    cr_expect_not_null(strstr(text, "rows are exchanged every"), "%s", text);
    cr_expect_not_null(
        strstr(csv, "0:0 50.0 %; 1:0 50.0 %") != NULL ? csv : strstr(csv, " %; 1:0 "), "%s", csv);
    json_t *root = json_loads(json, 0, NULL);
    json_verdict verdict = {.text = ""};
    cr_assert_not_null(root);
    json_check_report(root, "gpufare.compare/1", &verdict);
    cr_expect_str_empty(verdict.text, "%s", verdict.text);
    cr_expect(
        json_is_null(json_object_get(json_array_get(json_object_get(root, "results"), 0), "set")));
    cr_expect(json_is_object(
        json_object_get(json_array_get(json_object_get(root, "results"), 1), "set")));
    json_decref(root);
    free(text);
    free(csv);
    free(json);
    close_set_bench(&set, "reports");
}
