/* The diagnosis without drivers, on recorded trees, and with drivers that misbehave. */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/opencl/drivers/driver_failure.h"
#include "backends/opencl/drivers/icd.h"
#include "backends/opencl/drivers/probe_cache.h"
#include "fake_setup.h"
#include "made_folder.h"

/* ---- No driver, from the environment and from a fake tree -------------- */

static void write_file(const char *directory, const char *name, const char *content) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    fputs(content, file);
    cr_assert_eq(fclose(file), 0);
}

static void forget_environment(void) {
    unsetenv("OCL_ICD_VENDORS");
    unsetenv("OPENCL_VENDOR_PATH");
}

static gf_status diagnose_tree(const char *root, recording *all) {
    static gf_opencl_setup setup;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_setup_collect(root, &setup, &error), GF_OK, "%s", error.text);
    setup.can_probe = true;
    const gf_diagnosis_sink sink = {all, record};
    const gf_status status = gf_diagnose_setup(&setup, &sink, &error);
    gf_setup_clear(&setup);
    return status;
}

Test(doctor_drivers, no_driver_because_of_a_variable, .timeout = 30) {
    static recording all;
    forget_environment();
    setenv("OCL_ICD_VENDORS", "/nowhere/vendors", 1);
    cr_assert_eq(diagnose_tree("", &all), GF_NO_DEVICE);
    const row *found = find_row(&all, "OpenCL drivers");
    cr_assert_not_null(found);
    cr_expect_eq(found->status, GF_DIAGNOSIS_FAIL);
    cr_expect_not_null(strstr(found->finding, "OCL_ICD_VENDORS=/nowhere/vendors is the reason"));
    cr_expect_not_null(strstr(found->fix, "unset OCL_ICD_VENDORS"));
    cr_expect_not_null(strstr(found->fix, "sudo apt install pocl-opencl-icd"));
}

Test(doctor_drivers, no_driver_installed, .timeout = 30) {
    static recording all;
    forget_environment();
    char *root = made_folder();
    cr_assert_eq(diagnose_tree(root, &all), GF_NO_DEVICE);
    const row *found = find_row(&all, "OpenCL drivers");
    cr_assert_not_null(found);
    cr_expect_not_null(strstr(found->finding, "-1001"));
    cr_expect_not_null(strstr(found->fix, "sudo apt install pocl-opencl-icd"));
    cr_expect_not_null(strstr(found->fix, "-d native"));
}

static void make_tree(const char *root, const char *const *directories, size_t count) {
    char path[512];
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", root, directories[i]);
        cr_assert_eq(mkdir(path, 0700), 0, "%s", path);
    }
}

Test(doctor_drivers, setup_of_a_recorded_tree, .timeout = 30) {
    static const char *const directories[] = {"etc",
                                              "etc/OpenCL",
                                              "etc/OpenCL/vendors",
                                              "dev",
                                              "dev/dri",
                                              "proc",
                                              "proc/sys",
                                              "proc/sys/kernel",
                                              "sys",
                                              "sys/class",
                                              "sys/class/drm",
                                              "sys/class/drm/renderD128",
                                              "sys/class/drm/renderD128/device",
                                              "sys/devices",
                                              "sys/devices/system",
                                              "sys/devices/system/cpu",
                                              "sys/devices/system/cpu/cpufreq",
                                              "sys/devices/system/cpu/cpu0",
                                              "sys/devices/system/cpu/cpu0/cpufreq"};
    static gf_opencl_setup setup;
    gf_error error = GF_ERROR_INIT;
    forget_environment();
    char *root = made_folder();
    make_tree(root, directories, GF_COUNT_OF(directories));
    write_file(root, "etc/OpenCL/vendors/b.icd", "libb.so\nignored\n");
    write_file(root, "etc/OpenCL/vendors/a.icd", "/opt/liba.so");
    write_file(root, "etc/OpenCL/vendors/notes.txt", "libc.so\n");
    write_file(root, "dev/dri/renderD128", "");
    write_file(root, "dev/kfd", "");
    write_file(root, "sys/class/drm/renderD128/device/vendor", "0x1002\n");
    write_file(root, "proc/sys/kernel/osrelease", "5.15.90.1-microsoft-standard-WSL2\n");
    write_file(root, "proc/loadavg", "3.25 1.00 0.50 1/200 999\n");
    write_file(root, ".dockerenv", "");
    write_file(root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    write_file(root, "sys/devices/system/cpu/cpufreq/boost", "1\n");
    cr_assert_eq(gf_setup_collect(root, &setup, &error), GF_OK, "%s", error.text);
    cr_assert_eq(setup.set.count, 2);
    cr_expect_str_eq(setup.set.drivers[0].label, "a.icd");
    cr_expect_str_eq(setup.set.drivers[0].library, "/opt/liba.so");
    cr_expect_str_eq(setup.set.drivers[1].library, "libb.so");
    cr_assert_eq(setup.node_count, 2);
    cr_expect_str_eq(setup.nodes[0].path, "/dev/dri/renderD128");
    cr_expect_eq(setup.nodes[0].vendor, 0x1002);
    cr_expect_str_eq(setup.nodes[1].path, "/dev/kfd");
    cr_expect(setup.machine.wsl);
    cr_expect_str_eq(setup.machine.container, "docker");
    cr_expect_str_eq(setup.machine.governor, "powersave");
    cr_expect(setup.machine.turbo);
    cr_expect_float_eq(setup.machine.load, 3.25, 1e-9);
    gf_setup_clear(&setup);
}

Test(doctor_drivers, vendor_settings_are_read_as_the_loader_reads_them, .timeout = 30) {
    gf_icd_set set;
    gf_error error = GF_ERROR_INIT;
    char *directory = made_folder(), path[512];
    write_file(directory, "one.icd", "libone.so\n");
    snprintf(path, sizeof path, "%s/one.icd", directory);
    const struct {
        const char *vendors, *vendor_path;
        gf_icd_place place;
        gf_icd_source source;
        size_t count;
    } cases[] = {
        {directory, "", GF_ICD_DIRECTORY, GF_ICD_BY_OCL_ICD_VENDORS, 1},
        {path, "", GF_ICD_FILE, GF_ICD_BY_OCL_ICD_VENDORS, 1},
        {"one.icd", directory, GF_ICD_FILE, GF_ICD_BY_OCL_ICD_VENDORS, 1},
        {"libone.so.1", "", GF_ICD_LIBRARY, GF_ICD_BY_OCL_ICD_VENDORS, 1},
        {"/nowhere", directory, GF_ICD_NOWHERE, GF_ICD_BY_OCL_ICD_VENDORS, 0},
        {"/nowhere/x.icd", "", GF_ICD_NOWHERE, GF_ICD_BY_OCL_ICD_VENDORS, 0},
        {"", directory, GF_ICD_DIRECTORY, GF_ICD_BY_OPENCL_VENDOR_PATH, 1},
        {"", path, GF_ICD_NOWHERE, GF_ICD_BY_OPENCL_VENDOR_PATH, 0},
    };
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        setenv("OCL_ICD_VENDORS", cases[i].vendors, 1);
        setenv("OPENCL_VENDOR_PATH", cases[i].vendor_path, 1);
        cr_assert_eq(gf_icd_find("", &set, &error), GF_OK, "%s", error.text);
        cr_expect_eq(set.place, cases[i].place, "case %zu", i);
        cr_expect_eq(set.source, cases[i].source, "case %zu", i);
        cr_expect_eq(set.count, cases[i].count, "case %zu", i);
        gf_icd_set_clear(&set);
    }
}

/* ---- Real probes of fake drivers --------------------------------------- */

/* A directory of drivers with a link to each installed one. */
static char *installed_drivers(void) {
    gf_icd_set set;
    gf_error error = GF_ERROR_INIT;
    forget_environment();
    cr_assert_eq(gf_icd_find("", &set, &error), GF_OK, "%s", error.text);
    char *directory = made_folder();
    for (size_t i = 0; i < set.count; i++)
        cr_assert_eq(gf_icd_show(&set.drivers[i], directory, &error), GF_OK, "%s", error.text);
    if (set.count == 0)
        cr_skip_test("no OpenCL driver is installed");
    gf_icd_set_clear(&set);
    setenv("OCL_ICD_VENDORS", directory, 1);
    return directory;
}

static void add_fake(const char *directory, const char *fake) {
    char name[64], library[512];
    snprintf(name, sizeof name, "%s.icd", fake);
    snprintf(library, sizeof library, FAKE_ICD_DIR "/libfake_icd_%s.so\n", fake);
    write_file(directory, name, library);
}

/* Whether a line of a session that found all devices holds `piece`. Returns the number of OpenCL
 * devices. */
static size_t check_warnings(bool in_process, const char *piece, bool expected) {
    const gf_session_options options = {.in_process = in_process};
    gf_session *session = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_session_open(&options, &session, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_session_find_all(session, &error), GF_OK, "%s", error.text);
    bool warned = false;
    for (size_t i = 0; i < gf_session_warning_count(session); i++)
        warned = warned || strstr(gf_session_warning(session, i), piece) != NULL;
    cr_expect_eq(warned, expected, "a problem with \"%s\": %d", piece, warned);
    size_t opencl = 0;
    for (size_t i = 0; i < gf_session_device_count(session); i++) {
        const gf_device_info *info = gf_device_get_info(gf_session_device(session, i));
        opencl += strncmp(info->kind, "opencl", 6) == 0;
    }
    gf_session_close(session);
    return opencl;
}

static void check_session_with(bool in_process, const char *piece, bool expected) {
    cr_expect_gt(check_warnings(in_process, piece, expected), 0,
                 "the installed drivers' devices are there despite \"%s\"", piece);
}

/* With and without a worker for each driver. */
static void check_session(const char *piece, bool expected) {
    check_session_with(false, piece, expected);
    check_session_with(true, piece, expected);
}

/* The limit must let a slow machine compile a kernel; only the fake that hangs uses all of it. */
static void check_beside(const char *fake, const char *piece) {
    setenv("GPUFARE_PROBE_TIMEOUT", "8", 1);
    char *directory = installed_drivers();
    add_fake(directory, fake);
    check_session(piece, true);
    cr_expect_str_eq(getenv("OCL_ICD_VENDORS"), directory, "the environment is restored");
}

Test(doctor_drivers, beside_a_driver_that_crashes, .timeout = 60) {
    check_beside("crash",
                 "(crash.icd): crashed with SIGABRT while its library was loaded; not used");
}

Test(doctor_drivers, beside_a_driver_that_hangs, .timeout = 300) {
    check_beside("hang", "(hang.icd): gave no answer within 8");
}

static volatile sig_atomic_t cancelled;

static void on_alarm(int number) {
    (void)number;
    cancelled = 1;
}

/* Long before its time is over, and with nothing saved about a driver that had not ended. */
Test(doctor_drivers, probing_can_be_cancelled, .timeout = 60) {
    const struct sigaction action = {.sa_handler = on_alarm};
    char *directory = made_folder();
    made_cache();
    add_fake(directory, "hang");
    forget_environment();
    setenv("OCL_ICD_VENDORS", directory, 1);
    setenv("GPUFARE_PROBE_TIMEOUT", "600", 1);
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    for (int in_process = 0; in_process < 2; in_process++) {
        const gf_session_options options = {.in_process = in_process != 0, .cancel = &cancelled};
        gf_session *session = NULL;
        gf_error error = GF_ERROR_INIT;
        cancelled = 0;
        (void)alarm(1);
        cr_assert_eq(gf_session_open(&options, &session, &error), GF_OK, "%s", error.text);
        cr_expect_eq(gf_session_find_all(session, &error), GF_INTERRUPTED, "%s", error.text);
        gf_session_close(session);
        gf_error_clear(&error);
    }
}

Test(doctor_drivers, beside_a_driver_that_exits, .timeout = 60) {
    check_beside("leave", "(leave.icd): ended the process with exit status 1");
}

Test(doctor_drivers, beside_a_driver_without_library, .timeout = 60) {
    char *directory = installed_drivers();
    write_file(directory, "gone.icd", "libgone.so.1\n");
    check_session("(gone.icd): its library can't be loaded: libgone.so.1: cannot open", true);
}

Test(doctor_drivers, beside_drivers_that_quarrel, .timeout = 60) {
    char *directory = installed_drivers();
    add_fake(directory, "quarrel");
    add_fake(directory, "quarrel2");
    check_session_with(false, "(quarrel", false);
    check_session_with(true, "(quarrel2.icd): crashed with SIGABRT", true);
    check_session_with(true, "(quarrel.icd)", false);
}

/* Its probe has found nothing wrong, so "no driver is installed" would be. */
Test(doctor_drivers, a_driver_without_a_platform_is_installed, .timeout = 60) {
    char *directory = made_folder();
    add_fake(directory, "quarrel");
    forget_environment();
    setenv("OCL_ICD_VENDORS", directory, 1);
    cr_expect_eq(check_warnings(false, "no OpenCL driver is installed", false), 0);
    check_warnings(false, "1 OpenCL driver is installed, but none offers a platform now", true);
}

/* PoCL then lists no device, without a message. */
Test(doctor_drivers, an_empty_platform_comes_with_a_cause, .timeout = 60) {
    installed_drivers();
    setenv("POCL_CACHE_DIR", "/proc/no-cache", 1);
    if (check_warnings(false, "no such warning", false) == 0)
        check_warnings(false, "PoCL lists none when it can't write its kernel cache", true);
}

Test(doctor_drivers, a_good_driver_is_probed_once, .timeout = 60) {
    made_cache();
    installed_drivers();
    check_session("not used", false);
    /* With a limit that no probe meets, only a saved result keeps the driver in use. */
    setenv("GPUFARE_PROBE_TIMEOUT", "0.000001", 1);
    check_session("not used", false);
}

/* A platform of rusticl without a device: the advice depends on what is set. */
Test(doctor_drivers, an_empty_rusticl_comes_with_its_cause, .timeout = 60) {
    static const struct {
        const char *value, *words;
    } cases[] = {{"", "llvmpipe for the CPU"},
                 {"1", "set RUSTICL_ENABLE to the name of a Mesa driver"},
                 {"llvmpipe", "Mesa does not find the driver that RUSTICL_ENABLE names"}};
    char *directory = made_folder();
    add_fake(directory, "empty");
    forget_environment();
    setenv("OCL_ICD_VENDORS", directory, 1);
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        setenv("RUSTICL_ENABLE", cases[i].value, 1);
        cr_expect_eq(check_warnings(false, cases[i].words, true), 0);
    }
}

/* ---- Failures that are remembered ---------------------------------------- */

static void write_failure(const gf_icd_driver *driver, const char *cache, json_int_t when) {
    gf_driver_failure failure;
    char pattern[512], command[1200];
    gf_driver_failure_save(driver, "hung");
    cr_assert(gf_driver_failure_load(driver, "", &failure));
    snprintf(pattern, sizeof pattern, "s/\"when\": *[0-9]*/\"when\": %lld/", (long long)when);
    snprintf(command, sizeof command, "sed -i '%s' %s/gpufare/failure-*.json", pattern, cache);
    cr_assert_eq(system(command), 0);
}

Test(doctor_drivers, a_failure_is_remembered_until_the_driver_is_replaced, .timeout = 30) {
    char *cache = made_cache(), library[512];
    write_file(cache, "libx.so", "");
    snprintf(library, sizeof library, "%s/libx.so", cache);
    const gf_icd_driver driver = {literal("/v/x.icd"), literal("x.icd"), literal("libx.so"), 0};
    const gf_icd_driver other = {literal("/v/y.icd"), literal("y.icd"), literal("libx.so"), 0};
    const time_t now = time(NULL);
    gf_driver_failure failure;
    cr_expect_not(gf_driver_failure_load(&driver, library, &failure));
    gf_driver_failure_save(&driver, "crashed with SIGABRT; it said: \xff\xfe");
    cr_expect(gf_driver_failure_load(&driver, library, &failure));
    cr_expect(failure.when >= now && failure.when <= now + 20);
    cr_expect_str_eq(failure.reason, "crashed with SIGABRT; it said: ??");
    cr_expect_not(gf_driver_failure_load(&other, library, &failure));
    cr_expect_eq(failure.reason[0], '\0');
    write_failure(&driver, cache, now - 60); /* the library came after that */
    cr_expect(gf_driver_failure_load(&driver, "", &failure));
    cr_expect_not(gf_driver_failure_load(&driver, library, &failure));
    write_failure(&driver, cache, now - 31 * 86400);
    cr_expect_not(gf_driver_failure_load(&driver, "", &failure));
    write_failure(&driver, cache, now + 3600); /* the machine's clock was set back */
    cr_expect_not(gf_driver_failure_load(&driver, "", &failure));
}

static void check_cache(const char *label, const char *key, bool expected) {
    char problem[GF_PROBE_PROBLEM];
    cr_expect_eq(gf_probe_cache_load(key, problem), expected, "%s", label);
}

Test(doctor_drivers, a_saved_result_ends_when_something_changes, .timeout = 30) {
    char *cache = made_cache(), library[512], icd[512], file[600];
    snprintf(library, sizeof library, "%s/lib.so", cache);
    snprintf(icd, sizeof icd, "%s/d.icd", cache);
    write_file(cache, "lib.so", "one");
    write_file(cache, "d.icd", library);
    const gf_icd_driver driver = {icd, literal("d.icd"), library, 0};
    const char *const libraries[] = {library};
    char *key = gf_probe_cache_key(&driver, 1);
    check_cache("at first", key, false);
    gf_probe_cache_store(key, libraries, 1, "");
    check_cache("stored", key, true);
    setenv("POCL_CACHE_DIR", "/elsewhere", 1);
    char *other = gf_probe_cache_key(&driver, 1);
    check_cache("another environment", other, false);
    write_file(cache, "lib.so", "another one");
    check_cache("another library", key, false);
    gf_probe_cache_store(key, libraries, 1, "");
    check_cache("stored again", key, true);
    gf_probe_cache_invalidate(key);
    check_cache("invalidated", key, false);
    gf_probe_cache_store(key, libraries, 1, "");
    static const char *const times[] = {"1", "9223372036854775807", "-9223372036854775808"};
    for (size_t i = 0; i < GF_COUNT_OF(times); i++) {
        snprintf(file, sizeof file,
                 "sed -i 's/\"saved\": [-0-9]*/\"saved\": %s/' %s/gpufare/probe-*", times[i],
                 cache);
        cr_assert_eq(system(file), 0);
        check_cache(times[i], key, false);
    }
    gf_probe_cache_store(key, libraries, 1, "");
    check_cache("stored once more", key, true);
    snprintf(file, sizeof file, "for f in %s/gpufare/probe-*; do echo '{' >$f; done", cache);
    cr_assert_eq(system(file), 0);
    check_cache("damaged", key, false);
    free(other);
    free(key);
}

/* ---- The whole diagnosis ----------------------------------------------- */

static char *report_of(const gf_diagnosis *diagnosis, gf_format format) {
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    const gf_report_style style = {0};
    cr_assert_eq(gf_diagnosis_report(diagnosis, format, &style, stream, NULL), GF_OK);
    cr_assert_eq(fclose(stream), 0);
    return text;
}

static void check_piece(const gf_diagnosis *diagnosis, gf_format format, const char *piece) {
    char *text = report_of(diagnosis, format);
    cr_expect_not_null(strstr(text, piece), "format %d has no \"%s\":\n%s", (int)format, piece,
                       text);
    free(text);
}

Test(doctor_drivers, reports_in_every_format, .timeout = 60) {
    gf_diagnosis *diagnosis = NULL;
    setenv("OCL_ICD_VENDORS", "/nowhere/a,b|c", 1);
    cr_assert_eq(gf_diagnosis_create(NULL, &diagnosis, NULL), GF_OK);
    cr_expect_eq(gf_diagnosis_status(diagnosis), GF_NO_DEVICE);
    check_piece(diagnosis, GF_FORMAT_TEXT, "fix: unset OCL_ICD_VENDORS");
    check_piece(diagnosis, GF_FORMAT_MARKDOWN, "| Subject ");
    check_piece(diagnosis, GF_FORMAT_MARKDOWN, "/nowhere/a,b\\|c");
    check_piece(diagnosis, GF_FORMAT_CSV, "environment OCL_ICD_VENDORS,pass,\"/nowhere/a,b|c\",");
    char *text = report_of(diagnosis, GF_FORMAT_JSON);
    json_t *document = json_loads(text, 0, NULL);
    cr_assert_not_null(document);
    cr_expect_str_eq(json_string_value(json_object_get(document, "schema")), "gpufare.doctor/1");
    const json_t *first = json_array_get(json_object_get(document, "rows"), 0);
    static const char *const keys[] = {"subject", "status", "finding", "fix"};
    for (size_t i = 0; i < 4; i++)
        cr_expect(json_is_string(json_object_get(first, keys[i])), "row has %s", keys[i]);
    json_decref(document);
    free(text);
    gf_diagnosis_destroy(diagnosis);
}

Test(doctor_drivers, a_full_disk_is_an_error, .timeout = 60) {
    gf_diagnosis *diagnosis = NULL;
    setenv("OCL_ICD_VENDORS", "/nowhere", 1);
    cr_assert_eq(gf_diagnosis_create(NULL, &diagnosis, NULL), GF_OK);
    for (int format = GF_FORMAT_TEXT; format <= GF_FORMAT_JSON; format++) {
        FILE *full = fopen("/dev/full", "w");
        cr_assert_not_null(full);
        const gf_status status =
            gf_diagnosis_report(diagnosis, (gf_format)format, NULL, full, NULL);
        cr_expect_eq(status, GF_FAILED, "format %d", format);
        (void)fclose(full);
    }
    gf_diagnosis_destroy(diagnosis);
}

Test(doctor_drivers, a_broken_driver_beside_a_working_one_passes, .timeout = 120) {
    static recording all;
    setenv("GPUFARE_PROBE_TIMEOUT", "30", 1);
    char *directory = installed_drivers();
    add_fake(directory, "crash");
    const gf_diagnosis_sink sink = {&all, record};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_opencl_diagnose(NULL, &sink, &error), GF_OK, "%s", error.text);
    const row *found = find_row(&all, "driver crash.icd");
    cr_assert_not_null(found);
    cr_expect_eq(found->status, GF_DIAGNOSIS_FAIL);
    cr_expect_not_null(strstr(found->finding, "it said: fake driver: fatal: cannot continue"));
    cr_expect_null(find_row(&all, "OpenCL devices"));
}

/* Rows of drivers that had answered stay; nothing is said of the other, nor of all together. */
Test(doctor_drivers, an_examination_can_be_cancelled, .timeout = 120) {
    static recording all;
    const struct sigaction action = {.sa_handler = on_alarm};
    char *directory = made_folder();
    add_fake(directory, "crash");
    add_fake(directory, "hang");
    write_file(directory, "nothing.icd", "");
    forget_environment();
    setenv("OCL_ICD_VENDORS", directory, 1);
    setenv("GPUFARE_PROBE_TIMEOUT", "600", 1);
    cr_assert_eq(sigaction(SIGALRM, &action, NULL), 0);
    cancelled = 0;
    (void)alarm(5); /* the crash comes at once, but this machine may be busy */
    const gf_diagnosis_sink sink = {&all, record};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_opencl_diagnose(&cancelled, &sink, &error), GF_INTERRUPTED);
    cr_expect_str_eq(error.text, "interrupted after 2 of 3 drivers");
    cr_expect_not_null(find_row(&all, "driver crash.icd"));
    cr_expect_not_null(find_row(&all, "driver nothing.icd"));
    cr_expect_null(find_row(&all, "driver hang.icd"));
    cr_expect_null(find_row(&all, "OpenCL devices"));
    cr_expect_not_null(find_row(&all, "native path"));
    gf_error_clear(&error);

    gf_diagnosis *diagnosis = NULL;
    cancelled = 0;
    (void)alarm(2);
    cr_assert_eq(gf_diagnosis_create(&cancelled, &diagnosis, NULL), GF_OK);
    cr_expect_eq(gf_diagnosis_status(diagnosis), GF_INTERRUPTED);
    check_piece(diagnosis, GF_FORMAT_TEXT, "Cut short: interrupted after ");
    check_piece(diagnosis, GF_FORMAT_TEXT, ": the examination was not completed");
    check_piece(diagnosis, GF_FORMAT_MARKDOWN, "**Cut short:** interrupted after ");
    check_piece(diagnosis, GF_FORMAT_CSV, "subject,status,finding,fix,cut_short\n");
    check_piece(diagnosis, GF_FORMAT_JSON, "\"cut_short\": \"interrupted after ");
    gf_diagnosis_destroy(diagnosis);
}

/* PoCL then lists no device, without a message. */
Test(doctor_drivers, real_unusable_kernel_cache, .timeout = 120) {
    static recording all;
    setenv("GPUFARE_PROBE_TIMEOUT", "30", 1);
    setenv("POCL_CACHE_DIR", "/proc/no-cache", 1);
    forget_environment();
    const gf_diagnosis_sink sink = {&all, record};
    gf_error error = GF_ERROR_INIT;
    const gf_status status = gf_opencl_diagnose(NULL, &sink, &error);
    const row *found = find_row(&all, "PoCL's kernel cache");
    if (found == NULL)
        cr_skip_test("PoCL is not installed");
    cr_expect(status == GF_OK || status == GF_NO_DEVICE);
    cr_expect_eq(found->status, GF_DIAGNOSIS_FAIL, "%s", found->finding);
    cr_expect_not_null(strstr(found->fix, "POCL_CACHE_DIR"));
}
