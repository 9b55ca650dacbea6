/* Device lists: every form of docs/devices.md, on two fake backends. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "fake_backend.h"

FAKE_GLOBALS

TestSuite(select, .timeout = 60);

/* What `devices` would list: index, id, class, name.
 *   0  native  native  Test Processor
 *   1  0:0     gpu     GeForce One       (platform Green)
 *   2  0:1     gpu     GeForce Two       (platform Green)
 *   3  1:0     cpu     pthread-Test      (platform Portable)
 *   4  1:10    accel   Board             (platform Portable) */
typedef struct two_backends {
    gf_backend first, second;
    gf_session *session;
    const gf_workload *workload;
} two_backends;

static void add_native(void) {
    fake_device *native = fake_add(0, "native", "Test Processor", GF_CLASS_NATIVE);
    native->info.platform = "native";
    native->info.baseline_variant = "scalar";
    native->variants[0] = "avx512";
    native->variants[1] = "avx2";
    native->variants[2] = "scalar";
}

static void add_opencl(void) {
    fake_add(1, "0:0", "GeForce One", GF_CLASS_GPU)->info.platform = "Green";
    fake_add(1, "0:1", "GeForce Two", GF_CLASS_GPU)->info.platform = "Green";
    fake_add(1, "1:0", "pthread-Test", GF_CLASS_CPU)->info.platform = "Portable";
    fake_add(1, "1:10", "Board", GF_CLASS_ACCELERATOR)->info.platform = "Portable";
}

static void open_session(two_backends *both) {
    both->first = fake_backend(0);
    both->second = fake_backend(1);
    both->workload = gf_workload_find("julia", NULL);
    /* In the wrong order on purpose: `order` decides. */
    const gf_backend *const backends[] = {&both->second, &both->first};
    cr_assert_eq(gf_session_open_with(NULL, backends, 2, &both->session, NULL), GF_OK);
}

static void open_both(two_backends *both) {
    memset(fake_machines, 0, sizeof fake_machines);
    unsetenv("GPUFARE_DEVICE");
    add_native();
    add_opencl();
    open_session(both);
}

static void close_both(two_backends *both, const char *name) {
    gf_session_close(both->session);
    const char *complaint = fake_complaint();
    cr_expect_null(complaint, "%s: %s", name, complaint);
}

/* "native:scalar 0:0" */
static void describe(const gf_target_list *targets, char *text, size_t room) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < targets->count && used < room; i++) {
        const gf_target *target = &targets->targets[i];
        used += (size_t)snprintf(text + used, room - used, "%s%s%s%s", i == 0 ? "" : " ",
                                 gf_device_get_info(target->device)->id,
                                 target->variant == NULL ? "" : ":",
                                 target->variant == NULL ? "" : target->variant);
    }
}

/* ---- Lists that name something ----------------------------------------- */

Test(select, every_form_of_a_list) {
    static const struct {
        const char *list, *want;
        uint32_t backends; /* that had to be asked */
    } cases[] = {
        {"0", "native", 1},
        {"3", "1:0", 2},
        {"native", "native", 1},
        {"NATIVE", "native", 1},
        {"0:0", "0:0", 2},
        {"1:10", "1:10", 2},
        {"native:avx2", "native:avx2", 1},
        {"Native:AVX2", "native:avx2", 1},
        {"0:1:plain", "0:1:plain", 2},
        {"native,native:scalar", "native native:scalar", 1},
        {"all", "native 0:0 0:1 1:0 1:10", 2},
        {"ALL", "native 0:0 0:1 1:0 1:10", 2},
        {"gpu", "0:0 0:1", 2},
        {"GPU", "0:0 0:1", 2},
        {"cpu", "1:0", 2},
        {"accel", "1:10", 2},
        {"geforce one", "0:0", 2},
        {"two", "0:1", 2},
        {"pthread", "1:0", 2},
        {"board", "1:10", 2},
        {"one,native", "0:0 native", 2},
        {"one, native", "0:0 native", 2},
        {" native:avx2 ,\t!0:1 , gpu ", "native:avx2 0:0", 2},
        {"gpu,native", "0:0 0:1 native", 2},
        {"native,gpu", "native 0:0 0:1", 2},
        /* twice is once, at the first place */
        {"native,native,0", "native", 1},
        {"0:1,gpu", "0:1 0:0", 2},
        {"native:avx2,native:avx2", "native:avx2", 1},
        /* taken out */
        {"all,!gpu", "native 1:0 1:10", 2},
        {"all,!native", "0:0 0:1 1:0 1:10", 2},
        {"all,!0:1,!board", "native 0:0 1:0", 2},
        {"all,!1", "native 0:1 1:0 1:10", 2},
        {"!native", "0:0 0:1 1:0 1:10", 2},
        {"!gpu,!cpu", "native 1:10", 2},
        {"native:avx2,native:scalar,!native:avx2", "native:scalar", 1},
        {"native,native:scalar,!native:scalar", "native", 1},
        {"native,native:scalar,gpu,!native", "0:0 0:1", 2},
        {"native,!native:scalar", "native", 1}, /* not known before the variant is */
        {"!gpu,all", "native 1:0 1:10", 2},     /* wherever in the list it stands */
        {"!0:0,gpu", "0:1", 2},
        {"!native:scalar,native:scalar,0:0", "0:0", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        two_backends both;
        open_both(&both);
        gf_target_list targets;
        gf_error error = GF_ERROR_INIT;
        char got[256];
        const gf_status status = gf_session_select(both.session, both.workload, cases[i].list,
                                                   GF_PICK_MANY, &targets, &error);
        cr_expect_eq(status, GF_OK, "%s: %s", cases[i].list, error.text);
        describe(&targets, got, sizeof got);
        cr_expect_str_eq(got, cases[i].want, "%s: '%s', not '%s'", cases[i].list, got,
                         cases[i].want);
        const uint32_t asked = fake_machines[0].enumerations + fake_machines[1].enumerations;
        cr_expect_eq(asked, cases[i].backends, "%s: %u backends were asked, not %u", cases[i].list,
                     asked, cases[i].backends);
        gf_target_list_clear(&targets);
        cr_expect_eq(targets.count, 0);
        gf_error_clear(&error);
        close_both(&both, cases[i].list);
    }
}

/* ---- Lists that are wrong ---------------------------------------------- */

Test(select, wrong_lists_name_the_candidates) {
    static char longest[140];
    memset(longest, 'x', sizeof longest - 1);
    static const char everything[] =
        "native (Test Processor), 0:0 (GeForce One), 0:1 (GeForce Two), "
        "1:0 (pthread-Test), 1:10 (Board)";
    static const struct {
        const char *list;
        gf_status status;
        const char *words, *candidates;
    } cases[] = {
        {"radeon", GF_NO_DEVICE, "device radeon: no such device", everything},
        {"5", GF_NO_DEVICE, "device 5", everything},
        {"99999", GF_NO_DEVICE, "device 99999", everything},
        {"2:0", GF_NO_DEVICE, "device 2:0", everything},
        {"1:1", GF_NO_DEVICE, "device 1:1", everything},
        {"geforce", GF_USAGE, "matches 2 devices",
         "by its id: 0:0 (GeForce One), 0:1 (GeForce Two)"},
        {"portable", GF_USAGE, "matches 2 devices", "by its id: 1:0 (pthread-Test), 1:10 (Board)"},
        {"native,geforce", GF_USAGE, "device geforce", "by its id: 0:0 (GeForce One), 0:1"},
        {"0:0,!gpu", GF_NO_DEVICE, "nothing is left", everything},
        {"native,radeon", GF_NO_DEVICE, "device radeon", everything},
        {"all,!all", GF_NO_DEVICE, "nothing is left", everything},
        {"native,!native", GF_NO_DEVICE, "nothing is left", "native (Test Processor)"},
        {"!radeon", GF_NO_DEVICE, "no such device", everything},
        {"native:sse9", GF_NO_DEVICE, "no variant 'sse9'", "avx512, avx2, scalar"},
        {"native:", GF_NO_DEVICE, "no variant ''", "avx512, avx2, scalar"},
        {"0:0:avx2", GF_NO_DEVICE, "no variant 'avx2'", "best, plain"},
        {"", GF_USAGE, "empty", ""},
        {"native, ", GF_USAGE, "empty name", ""},
        {"native, , gpu", GF_USAGE, "empty name", ""},
        {",", GF_USAGE, "empty name", ""},
        {"native,,gpu", GF_USAGE, "empty name", ""},
        {",native", GF_USAGE, "empty name", ""},
        {"!", GF_USAGE, "empty name", ""},
        {"native,!", GF_USAGE, "empty name", ""},
        {longest, GF_USAGE, "longer than 127", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        two_backends both;
        open_both(&both);
        gf_target_list targets = {.targets = (gf_target *)&both, .count = 7};
        gf_error error = GF_ERROR_INIT;
        const gf_status status = gf_session_select(both.session, both.workload, cases[i].list,
                                                   GF_PICK_MANY, &targets, &error);
        cr_expect_eq(status, cases[i].status, "'%s': %d (%s)", cases[i].list, (int)status,
                     error.text);
        cr_expect_not_null(strstr(error.text, cases[i].words), "'%s': '%s' lacks '%s'",
                           cases[i].list, error.text, cases[i].words);
        cr_expect_not_null(strstr(error.text, cases[i].candidates), "'%s': '%s' lacks '%s'",
                           cases[i].list, error.text, cases[i].candidates);
        cr_expect_eq(targets.count, 0, "'%s': a selection is left", cases[i].list);
        cr_expect_null(targets.targets, "'%s': a selection is left", cases[i].list);
        gf_error_clear(&error);
        close_both(&both, cases[i].list);
    }
}

Test(select, a_comma_at_the_end_is_an_empty_name) {
    two_backends both;
    open_both(&both);
    gf_target_list targets;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(
        gf_session_select(both.session, both.workload, "native,", GF_PICK_MANY, &targets, &error),
        GF_USAGE, "'%s'", error.text);
    gf_target_list_clear(&targets);
    gf_error_clear(&error);
    close_both(&both, "native,");
}

Test(select, one_device_means_one) {
    static const struct {
        const char *list;
        gf_status status;
    } cases[] = {{"native", GF_OK},     {"cpu", GF_OK},      {"one", GF_OK},
                 {"gpu", GF_USAGE},     {"all", GF_USAGE},   {"native,0:0", GF_USAGE},
                 {"!native", GF_USAGE}, {"gpu,!0:0", GF_OK}, {"native,native:avx2", GF_USAGE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        two_backends both;
        open_both(&both);
        gf_target_list targets;
        gf_error error = GF_ERROR_INIT;
        const gf_status status = gf_session_select(both.session, both.workload, cases[i].list,
                                                   GF_PICK_ONE, &targets, &error);
        cr_expect_eq(status, cases[i].status, "%s: %d (%s)", cases[i].list, (int)status,
                     error.text);
        if (status != GF_OK) {
            cr_expect_not_null(strstr(error.text, "this command runs one"), "%s: '%s'",
                               cases[i].list, error.text);
            cr_expect_not_null(strstr(error.text, "(Test Processor)"), "%s: '%s'", cases[i].list,
                               error.text);
        }
        gf_target_list_clear(&targets);
        gf_error_clear(&error);
        close_both(&both, cases[i].list);
    }
}

/* ---- Where the list comes from ----------------------------------------- */

Test(select, the_reason_is_kept) {
    two_backends both;
    open_both(&both);
    gf_target_list targets;
    cr_assert_eq(gf_session_select(both.session, both.workload, "native:avx2,gpu", GF_PICK_MANY,
                                   &targets, NULL),
                 GF_OK);
    cr_expect_str_eq(targets.targets[0].why, "asked for as native:avx2");
    cr_expect_str_eq(targets.targets[1].why, "asked for as gpu");
    gf_target_list_clear(&targets);
    close_both(&both, "reason");
}

Test(select, the_environment_stands_in_for_the_option) {
    two_backends both;
    open_both(&both);
    setenv("GPUFARE_DEVICE", "0:1", 1);
    gf_target_list targets;
    gf_error error = GF_ERROR_INIT;
    char got[256];
    cr_assert_eq(
        gf_session_select(both.session, both.workload, NULL, GF_PICK_ONE, &targets, &error), GF_OK,
        "%s", error.text);
    describe(&targets, got, sizeof got);
    cr_expect_str_eq(got, "0:1");
    cr_expect_not_null(strstr(targets.targets[0].why, "GPUFARE_DEVICE"), "'%s'",
                       targets.targets[0].why);
    gf_target_list_clear(&targets);
    cr_assert_eq(
        gf_session_select(both.session, both.workload, "native", GF_PICK_ONE, &targets, &error),
        GF_OK, "%s", error.text);
    describe(&targets, got, sizeof got);
    cr_expect_str_eq(got, "native", "the option wins");
    gf_target_list_clear(&targets);
    setenv("GPUFARE_DEVICE", "radeon", 1);
    cr_expect_eq(
        gf_session_select(both.session, both.workload, NULL, GF_PICK_ONE, &targets, &error),
        GF_NO_DEVICE, "a wrong variable must not fall back to a default");
    cr_expect_not_null(strstr(error.text, "GPUFARE_DEVICE"), "'%s'", error.text);
    gf_error_clear(&error);
    close_both(&both, "environment");
}

static void check_default(two_backends *both, gf_purpose purpose, const char *want,
                          const char *reason) {
    gf_target_list targets;
    gf_error error = GF_ERROR_INIT;
    char got[256];
    cr_assert_eq(gf_session_select(both->session, both->workload, NULL, purpose, &targets, &error),
                 GF_OK, "%s", error.text);
    describe(&targets, got, sizeof got);
    cr_expect_str_eq(got, want, "'%s', not '%s'", got, want);
    cr_expect_not_null(strstr(targets.targets[0].why, reason), "'%s'", targets.targets[0].why);
    gf_target_list_clear(&targets);
    close_both(both, want);
}

Test(select, run_takes_the_first_gpu_by_default) {
    two_backends both;
    open_both(&both);
    check_default(&both, GF_PICK_ONE, "0:0", "the first GPU");
}

Test(select, run_takes_native_where_there_is_no_gpu) {
    unsetenv("GPUFARE_DEVICE");
    add_native();
    fake_add(1, "0:0", "pthread-Test", GF_CLASS_CPU);
    two_backends both = {0};
    open_session(&both);
    check_default(&both, GF_PICK_ONE, "native", "there is no GPU");
}

Test(select, compare_takes_the_baseline_and_every_device_by_default) {
    two_backends both;
    open_both(&both);
    check_default(&both, GF_PICK_MANY, "native:scalar native 0:0 0:1 1:0 1:10", "the baseline");
}

Test(select, no_device_at_all) {
    static const gf_purpose purposes[] = {GF_PICK_ONE, GF_PICK_MANY};
    for (size_t i = 0; i < 2; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        unsetenv("GPUFARE_DEVICE");
        two_backends both = {0};
        open_session(&both);
        gf_target_list targets;
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(
            gf_session_select(both.session, both.workload, NULL, purposes[i], &targets, &error),
            GF_NO_DEVICE, "purpose %zu: '%s'", i, error.text);
        cr_expect_not_null(strstr(error.text, "gpufare doctor"), "purpose %zu: '%s'", i,
                           error.text);
        gf_target_list_clear(&targets);
        gf_error_clear(&error);
        close_both(&both, "no device");
    }
}

/* ---- All variants ------------------------------------------------------ */

Test(select, all_variants_come_once_each) {
    static const struct {
        const char *list, *want;
    } cases[] = {
        {"native", "native:avx512 native:avx2 native:scalar"},
        {"native:scalar,native", "native:scalar native:avx512 native:avx2"},
        {"0:0,native:avx2", "native:avx2 0:0:best 0:0:plain native:avx512 native:scalar"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        two_backends both;
        open_both(&both);
        gf_target_list targets;
        char got[256];
        cr_assert_eq(gf_session_select(both.session, both.workload, cases[i].list, GF_PICK_MANY,
                                       &targets, NULL),
                     GF_OK);
        cr_assert_eq(gf_target_list_add_variants(&targets, both.workload, NULL), GF_OK);
        describe(&targets, got, sizeof got);
        cr_expect_str_eq(got, cases[i].want, "%s: '%s', not '%s'", cases[i].list, got,
                         cases[i].want);
        gf_target_list_clear(&targets);
        close_both(&both, cases[i].list);
    }
}

Test(select, a_device_without_variants_keeps_its_place) {
    memset(fake_machines, 0, sizeof fake_machines);
    fake_add(0, "x", "Bare", GF_CLASS_GPU)->variants[0] = NULL;
    two_backends both = {0};
    open_session(&both);
    gf_target_list targets;
    char got[64];
    cr_assert_eq(gf_session_select(both.session, both.workload, "x", GF_PICK_MANY, &targets, NULL),
                 GF_OK);
    cr_assert_eq(gf_target_list_add_variants(&targets, both.workload, NULL), GF_OK);
    describe(&targets, got, sizeof got);
    cr_expect_str_eq(got, "x");
    gf_target_list_clear(&targets);
    close_both(&both, "without variants");
}

/* ---- Resolving: variants that are only known once the problem is ------- */

Test(select, a_resolved_selection_runs_nothing_twice_and_nothing_excluded) {
    static const struct {
        const char *list, *want; /* NULL: nothing is left */
    } cases[] = {
        {"native", "native:avx512"},
        {"native,native:avx512", "native:avx512"},
        {"native:avx512,native,native:scalar", "native:avx512 native:scalar"},
        {"native,native:scalar,!native:avx512", "native:scalar"},
        {"native,!native:scalar", "native:avx512"},
        {"native,!native:avx512", NULL},
        {"0:0,native", "0:0:best native:avx512"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        two_backends both;
        open_both(&both);
        gf_target_list targets;
        gf_params *params = NULL;
        gf_comparison *comparison = NULL;
        gf_error error = GF_ERROR_INIT;
        char got[128];
        cr_assert_eq(gf_session_select(both.session, both.workload, cases[i].list, GF_PICK_MANY,
                                       &targets, &error),
                     GF_OK, "%s", error.text);
        cr_assert_eq(gf_params_create(both.workload, &params, &error), GF_OK);
        cr_assert_eq(gf_comparison_create(both.session, params, NULL, &comparison, &error), GF_OK);
        const gf_status status = gf_comparison_resolve_targets(comparison, &targets, &error);
        cr_expect_eq(status, cases[i].want == NULL ? GF_NO_DEVICE : GF_OK, "%s: %d", cases[i].list,
                     (int)status);
        describe(&targets, got, sizeof got);
        cr_expect_str_eq(got, cases[i].want == NULL ? "" : cases[i].want, "%s: '%s'", cases[i].list,
                         got);
        gf_error_clear(&error);
        gf_comparison_destroy(comparison);
        gf_params_destroy(params);
        gf_target_list_clear(&targets);
        cr_expect_null(targets.excluded);
        close_both(&both, cases[i].list);
    }
}

/* ---- Sessions ---------------------------------------------------------- */

Test(select, a_backend_that_cannot_look_is_a_problem_and_no_error) {
    add_native();
    add_opencl();
    fake_machines[0].enumerate_status = GF_FAILED;
    fake_machines[1].complaint = "driver libbroken.so crashed";
    two_backends both = {0};
    open_session(&both);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_session_find_all(both.session, &error), GF_OK, "%s", error.text);
    cr_expect_eq(gf_session_device_count(both.session), 5);
    cr_assert_eq(gf_session_warning_count(both.session), 2);
    cr_expect_str_eq(gf_session_warning(both.session, 0), "fake: could not look");
    cr_expect_str_eq(gf_session_warning(both.session, 1), "driver libbroken.so crashed");
    cr_expect_null(gf_session_warning(both.session, 2));
    cr_expect_null(gf_session_device(both.session, 5));
    cr_assert_eq(gf_session_find_all(both.session, &error), GF_OK, "asking twice");
    cr_expect_eq(gf_session_device_count(both.session), 5, "asking twice");
    close_both(&both, "a backend that cannot look");
}

/* A wrong --threads or --isa is the caller's: it must not be buried among the problems. */
Test(select, a_usage_error_of_a_backend_is_an_error) {
    add_native();
    fake_machines[0].enumerate_status = GF_USAGE;
    two_backends both = {0};
    open_session(&both);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_session_find_all(both.session, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "could not look"), "'%s'", error.text);
    cr_expect_eq(gf_session_warning_count(both.session), 0);
    gf_error_clear(&error);
    close_both(&both, "usage");
}

/* Each call gives the same answer, and nothing of a refused one remains. */
Test(select, a_refused_look_up_is_tried_again) {
    static const gf_status refusals[] = {GF_USAGE, GF_INTERRUPTED};
    for (size_t i = 0; i < 2; i++) {
        memset(fake_machines, 0, sizeof fake_machines);
        add_native();
        fake_machines[0].enumerate_status = refusals[i];
        fake_machines[0].complaint = "a driver is old";
        two_backends both = {0};
        open_session(&both);
        for (int attempt = 0; attempt < 2; attempt++) {
            gf_error error = GF_ERROR_INIT;
            cr_expect_eq(gf_session_find_all(both.session, &error), refusals[i], "attempt %d",
                         attempt);
            gf_error_clear(&error);
            cr_expect_eq(gf_session_device_count(both.session), 0);
            cr_expect_eq(gf_session_warning_count(both.session), 0);
        }
        fake_machines[0].enumerate_status = GF_OK;
        cr_expect_eq(gf_session_find_all(both.session, NULL), GF_OK);
        cr_expect_gt(gf_session_device_count(both.session), 0);
        cr_expect_eq(gf_session_warning_count(both.session), 1);
        close_both(&both, "refused");
    }
}

Test(select, a_backend_of_another_abi_is_left_out) {
    add_native();
    add_opencl();
    gf_backend other = fake_backend(1), right = fake_backend(0);
    other.abi_version = GF_BACKEND_ABI + 1;
    const gf_backend *const backends[] = {&other, &right};
    gf_session *session = NULL;
    cr_assert_eq(gf_session_open_with(NULL, backends, 2, &session, NULL), GF_OK);
    cr_assert_eq(gf_session_find_all(session, NULL), GF_OK);
    cr_expect_eq(gf_session_device_count(session), 1);
    cr_expect_eq(fake_machines[1].enumerations, 0);
    gf_session_close(session);
    gf_session_close(NULL);
    cr_expect_null(fake_complaint());
}

Test(select, options_reach_every_backend) {
    add_native();
    const gf_session_options options = {.thread_count = 3, .isa = "avx2"};
    const gf_backend backend = fake_backend(0);
    const gf_backend *const backends[] = {&backend};
    gf_session *session = NULL;
    cr_assert_eq(gf_session_open_with(&options, backends, 1, &session, NULL), GF_OK);
    cr_assert_eq(gf_session_find_all(session, NULL), GF_OK);
    cr_expect_eq(fake_machines[0].options.thread_count, 3);
    cr_expect_str_eq(fake_machines[0].options.isa, "avx2");
    gf_session_close(session);
    cr_expect_null(fake_complaint());
}

/* 24 devices: the lists that hold them grow. */
Test(select, many_devices) {
    static char ids[FAKE_MAX_DEVICES][8];
    for (int i = 0; i < FAKE_MAX_DEVICES; i++) {
        snprintf(ids[i], sizeof ids[i], "0:%d", i);
        fake_add(1, ids[i], "Twin", GF_CLASS_GPU);
    }
    two_backends both = {0};
    open_session(&both);
    gf_target_list targets;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(
        gf_session_select(both.session, both.workload, "all", GF_PICK_MANY, &targets, &error),
        GF_OK, "%s", error.text);
    cr_expect_eq(targets.count, FAKE_MAX_DEVICES);
    for (size_t i = 0; i < targets.count; i++)
        cr_expect_str_eq(gf_device_get_info(targets.targets[i].device)->id, ids[i]);
    gf_target_list_clear(&targets);
    cr_expect_eq(
        gf_session_select(both.session, both.workload, "twin", GF_PICK_MANY, &targets, &error),
        GF_USAGE);
    cr_expect_not_null(strstr(error.text, "matches 24 devices"), "'%s'", error.text);
    gf_error_clear(&error);
    close_both(&both, "many");
}
