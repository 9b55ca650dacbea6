/* The diagnosis of libraries that can't be loaded or are there twice, of variables, and of rusticl.
 */
#include <unistd.h>

#include "backends/native/diagnose.h"
#include "fake_setup.h"
#include "made_tree.h"

#define MOST_DRIVERS 3

/* A set-up with these drivers; their reports are JSON. */
typedef struct made_setup {
    gf_opencl_setup setup;
    gf_icd_driver drivers[MOST_DRIVERS];
    gf_probe_result probes[MOST_DRIVERS];
    recording all;
} made_setup;

static made_setup made;

static void add_driver(const char *path, const char *library, const char *report) {
    const size_t i = made.setup.set.count++;
    const char *slash = strrchr(path, '/');
    cr_assert_lt(i, MOST_DRIVERS);
    made.drivers[i] = (gf_icd_driver){.path = literal(path),
                                      .label = literal(slash != NULL ? slash + 1 : path),
                                      .library = literal(library)};
    made.probes[i].end = GF_PROBE_FINISHED;
    made.probes[i].report = json_loads(report, 0, NULL);
    cr_assert_not_null(made.probes[i].report, "%s", report);
}

static void set_variable(const char *name, const char *value) {
    static gf_variable variables[16];
    cr_assert_lt(made.setup.variable_count, sizeof variables / sizeof variables[0]);
    made.setup.variables = variables;
    gf_variable *variable = &variables[made.setup.variable_count++];
    snprintf(variable->name, sizeof variable->name, "%s", name);
    snprintf(variable->value, sizeof variable->value, "%s", value);
}

static void diagnose(void) {
    const gf_diagnosis_sink sink = {&made.all, record};
    made.setup.set.drivers = made.drivers;
    made.setup.set.where = literal("/etc/OpenCL/vendors");
    made.setup.probes = made.probes;
    made.setup.can_probe = true;
    snprintf(made.setup.loader, sizeof made.setup.loader, "/lib/libOpenCL.so.1");
    gf_error error = GF_ERROR_INIT;
    (void)gf_diagnose_setup(&made.setup, &sink, &error);
    gf_error_clear(&error);
    for (size_t i = 0; i < made.setup.set.count; i++)
        json_decref(made.probes[i].report);
}

static void expect_row(const char *subject, gf_diagnosis_level status, const char *finding,
                       const char *fix) {
    const row *found = find_row(&made.all, subject);
    cr_assert_not_null(found, "%s", subject);
    cr_expect_eq(found->status, status, "%s: %s", subject, found->finding);
    cr_expect_not_null(strstr(found->finding, finding), "%s: '%s'", subject, found->finding);
    cr_expect_not_null(strstr(found->fix, fix), "%s: '%s'", subject, found->fix);
}

/* ---- Libraries --------------------------------------------------------- */

#define NOT_LOADED(text)                                                                           \
    "{\"stage\":\"load\",\"complete\":true,\"error\":{\"stage\":\"load\",\"text\":\"" text "\"}}"
#define CANNOT_OPEN ": cannot open shared object file: No such file or directory"

Test(doctor_loading, a_conda_placeholder_is_replaced_by_the_library_that_is_there) {
    static const char placeholder[] = "/opt/anaconda1anaconda2anaconda3/lib/libintelocl.so";
    char icd[256], fix[512], *root = made_folder();
    made_tree_write(root, "/venv/lib/libintelocl.so", "");
    snprintf(icd, sizeof icd, "%s/venv/etc/OpenCL/vendors/intel64.icd", root);
    snprintf(fix, sizeof fix, "echo %s/venv/lib/libintelocl.so > %s", root, icd);
    add_driver(icd, placeholder,
               NOT_LOADED("/opt/anaconda1anaconda2anaconda3/lib/libintelocl.so" CANNOT_OPEN));
    diagnose();
    expect_row("driver intel64.icd", GF_DIAGNOSIS_FAIL, "placeholder of a conda package", fix);
}

Test(doctor_loading, a_placeholder_whose_library_is_in_the_conda_environment) {
    static const char placeholder[] = "/home/b/_h_env_placehold_placehold/lib/libpocl.so.2.12";
    char conda[100], fix[512], *root = made_folder();
    made_tree_write(root, "/conda/lib/libpocl.so.2.12", "");
    add_driver("/nowhere/pocl.icd", placeholder, NOT_LOADED("x" CANNOT_OPEN));
    snprintf(conda, sizeof conda, "%s/conda", root);
    set_variable("CONDA_PREFIX", conda);
    snprintf(fix, sizeof fix, "echo %s/conda/lib/libpocl.so.2.12 > /nowhere/pocl.icd", root);
    diagnose();
    expect_row("driver pocl.icd", GF_DIAGNOSIS_FAIL, "placeholder", fix);
}

Test(doctor_loading, a_library_that_is_nowhere_is_looked_for) {
    add_driver("/nowhere/intel64.icd", "/opt/anaconda1anaconda2anaconda3/lib/libintelocl.so",
               NOT_LOADED("x" CANNOT_OPEN));
    diagnose();
    expect_row("driver intel64.icd", GF_DIAGNOSIS_FAIL, "placeholder",
               "find / -name libintelocl.so");
}

Test(doctor_loading, a_missing_library_next_to_the_driver_is_pointed_to) {
    char library[256], fix[300], *root = made_folder();
    made_tree_write(root, "/venv/lib/libimf.so", "");
    snprintf(library, sizeof library, "%s/venv/lib/libintelocl.so", root);
    snprintf(fix, sizeof fix, "export LD_LIBRARY_PATH=%s/venv/lib", root);
    add_driver("/nowhere/intel.icd", library, NOT_LOADED("libimf.so" CANNOT_OPEN));
    diagnose();
    expect_row("driver intel.icd", GF_DIAGNOSIS_FAIL, "libimf.so: cannot open", fix);
}

Test(doctor_loading, a_library_of_intels_compiler_has_a_package) {
    add_driver("/nowhere/intel.icd", "/opt/lib/libintelocl.so",
               NOT_LOADED("libimf.so" CANNOT_OPEN));
    diagnose();
    expect_row("driver intel.icd", GF_DIAGNOSIS_FAIL, "libimf.so: cannot open",
               "intel-cmplr-lib-rt");
}

/* By ulimit -v: the library is there, and its package need not be installed again. */
Test(doctor_loading, a_limited_address_space_is_no_missing_library) {
    add_driver("/v/pocl.icd", "libpocl.so.2.10.0",
               NOT_LOADED("libz3.so.4: failed to map segment from shared object"));
    add_driver("/v/x.icd", "libx.so",
               NOT_LOADED("libx.so: cannot allocate memory in static TLS block"));
    diagnose();
    expect_row("driver pocl.icd", GF_DIAGNOSIS_FAIL, "libz3.so.4: failed to map",
               "ulimit -v unlimited");
    expect_row("driver x.icd", GF_DIAGNOSIS_FAIL, "cannot allocate memory", "ulimit -v unlimited");
}

Test(doctor_loading, a_file_system_that_runs_no_code_is_named) {
    add_driver("/v/x.icd", "/home/u/libx.so",
               NOT_LOADED("/home/u/libx.so: failed to map segment from shared object: Operation "
                          "not permitted"));
    diagnose();
    expect_row("driver x.icd", GF_DIAGNOSIS_FAIL, "failed to map", "noexec");
}

#define REPORT(library, platform, devices)                                                         \
    "{\"complete\":true,\"library\":\"" library "\",\"platforms\":[{\"name\":\"" platform          \
    "\",\"version\":\"OpenCL 3.0\",\"devices\":[" devices "]}]}"
#define DEVICE                                                                                     \
    "{\"name\":\"d\",\"version\":\"OpenCL 3.0\",\"type\":\"cpu\",\"f64\":true,\"compiler\":true,"  \
    "\"works\":true}"

Test(doctor_loading, drivers_that_are_there_twice) {
    add_driver("/v/a.icd", "libpocl.so.2", REPORT("/lib/libpocl.so.2.1", "P", DEVICE));
    add_driver("/v/b.icd", "libother.so", REPORT("/lib/libother.so", "O", DEVICE));
    add_driver("/v/c.icd", "/lib/libpocl.so.2", REPORT("/lib/libpocl.so.2.1", "P", DEVICE));
    diagnose();
    expect_row("drivers twice", GF_DIAGNOSIS_WARN, "a.icd and c.icd name one library",
               "sudo rm /v/c.icd");
    size_t count = 0;
    for (size_t i = 0; i < made.all.count; i++)
        count += strcmp(made.all.rows[i].subject, "drivers twice") == 0;
    cr_expect_eq(count, 1);
}

/* ---- Rusticl ----------------------------------------------------------- */

Test(doctor_loading, a_switch_is_no_driver_of_rusticl) {
    static const char *const values[] = {"1", "true", "Yes"};
    for (size_t i = 0; i < GF_COUNT_OF(values); i++) {
        memset(&made, 0, sizeof made);
        set_variable("RUSTICL_ENABLE", values[i]);
        diagnose();
        expect_row("environment RUSTICL_ENABLE", GF_DIAGNOSIS_WARN, ": that is no driver's name",
                   "RUSTICL_ENABLE=llvmpipe");
    }
}

Test(doctor_loading, rusticl_may_be_switched_off) {
    static const char *const values[] = {"0", "off", "no", "False"};
    for (size_t i = 0; i < GF_COUNT_OF(values); i++) {
        memset(&made, 0, sizeof made);
        set_variable("RUSTICL_ENABLE", values[i]);
        add_driver("/v/rusticl.icd", "libRusticlOpenCL.so.1", REPORT("/l", "rusticl", ""));
        diagnose();
        expect_row("environment RUSTICL_ENABLE", GF_DIAGNOSIS_PASS, values[i], "");
        expect_row("driver rusticl.icd", GF_DIAGNOSIS_PASS,
                   "lists no device, as RUSTICL_ENABLE=", "");
    }
}

/* A GPU that Mesa does not know is a GPU. */
Test(doctor_loading, a_gpu_without_a_mesa_driver_is_not_denied) {
    made.setup.nodes[0] = (gf_render_node){.vendor = 0x10de, .accessible = true};
    snprintf(made.setup.nodes[0].driver, sizeof made.setup.nodes[0].driver, "nvidia");
    made.setup.node_count = 1;
    add_driver("/v/rusticl.icd", "libRusticlOpenCL.so.1", REPORT("/l", "rusticl", ""));
    diagnose();
    expect_row("driver rusticl.icd", GF_DIAGNOSIS_WARN, "lists no device",
               "Mesa has no driver for the GPU that is here");
}

Test(doctor_loading, names_of_drivers_are_right) {
    set_variable("RUSTICL_ENABLE", "radeonsi,iris");
    diagnose();
    expect_row("environment RUSTICL_ENABLE", GF_DIAGNOSIS_PASS, "radeonsi,iris", "");
}

/* Without a GPU radeonsi can't be its driver. */
Test(doctor_loading, rusticl_is_enabled_for_what_is_there) {
    add_driver("/v/rusticl.icd", "libRusticlOpenCL.so.1", REPORT("/l", "rusticl", ""));
    diagnose();
    expect_row("driver rusticl.icd", GF_DIAGNOSIS_WARN, "lists no device",
               "RUSTICL_ENABLE=llvmpipe (the CPU");
}

/* Advice to set what is set would lead in a circle. */
Test(doctor_loading, rusticl_whose_driver_mesa_lacks) {
    set_variable("RUSTICL_ENABLE", "llvmpipe");
    add_driver("/v/rusticl.icd", "libRusticlOpenCL.so.1", REPORT("/l", "rusticl", ""));
    snprintf(made.probes[0].noise, sizeof made.probes[0].noise, "Libclc failed to load.\n");
    diagnose();
    expect_row("driver rusticl.icd", GF_DIAGNOSIS_WARN, "although RUSTICL_ENABLE=llvmpipe names",
               "--reinstall mesa-opencl-icd");
    expect_row("driver rusticl.icd", GF_DIAGNOSIS_WARN, "it said: Libclc failed to load.", "");
    cr_expect_null(strstr(find_row(&made.all, "driver rusticl.icd")->fix, "RUSTICL_ENABLE"));
}

Test(doctor_loading, clover_is_left_alone_where_rusticl_works) {
    add_driver("/v/mesa.icd", "libMesaOpenCL.so.1",
               "{\"complete\":true,\"library\":\"/m\",\"platforms\":[{\"name\":\"Clover\","
               "\"version\":\"OpenCL 1.1 Mesa\",\"devices\":[" DEVICE "]}]}");
    add_driver("/v/rusticl.icd", "libRusticlOpenCL.so.1", REPORT("/l", "rusticl", DEVICE));
    diagnose();
    expect_row("driver mesa.icd", GF_DIAGNOSIS_WARN, "needs OpenCL 1.2", "nothing to do: rusticl");
}

/* ---- Variables --------------------------------------------------------- */

Test(doctor_loading, flags_that_change_results_are_a_warning) {
    set_variable("POCL_EXTRA_BUILD_FLAGS", "-cl-fast-relaxed-math");
    diagnose();
    expect_row("environment POCL_EXTRA_BUILD_FLAGS", GF_DIAGNOSIS_WARN,
               "-cl-fast-relaxed-math: PoCL builds every kernel with these",
               "unset POCL_EXTRA_BUILD_FLAGS");
}

Test(doctor_loading, every_variable_that_steers_is_found_and_explained) {
    static const struct {
        const char *name, *words;
    } cases[] = {
        {"POCL_MEMORY_LIMIT", "limits the memory"},
        {"POCL_MAX_WORK_GROUP_SIZE", "limits work-groups"},
        {"POCL_WORK_GROUP_METHOD", "times depend on it"},
        {"POCL_DEVICES", "which devices"},
        {"POCL_EXTRA_BUILD_FLAGS", "PoCL builds"},
        {"RUSTICL_ENABLE", "v"},
        {"RUSTICL_DEVICE_TYPE", "gpufare goes by what they are"},
        {"IGC_ShaderDumpEnable", "compiler of Intel's GPU driver"},
        {"OverrideDefaultFP64Settings", "emulate f64"},
        {"CONDA_PREFIX", "their own loader"},
        {"OCL_ICD_DEBUG", "v"},
        {"OCL_ICD_PLATFORM_SORT", "v"},
        {"OPENCL_LAYER_PATH", "v"},
        {"CL_CONFIG_CPU_TARGET_ARCH", "Intel's CPU runtime"},
        {"OMP_PROC_BIND", "native path"},
    };
    gf_opencl_setup found;
    char *root = made_folder();
    clearenv();
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        setenv(cases[i].name, "v", 1);
    setenv("HOME", "/nowhere", 1);
    setenv("OCL_ICD_EMPTY", "", 1);
    setenv("NEOVIM", "v", 1);
    cr_assert_eq(gf_setup_collect(root, &found, NULL), GF_OK);
    cr_expect_eq(found.variable_count, GF_COUNT_OF(cases));
    for (size_t i = 0; i < found.variable_count; i++)
        set_variable(found.variables[i].name, found.variables[i].value);
    gf_setup_clear(&found);
    diagnose();
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        char subject[100];
        snprintf(subject, sizeof subject, "environment %s", cases[i].name);
        const row *shown = find_row(&made.all, subject);
        cr_assert_not_null(shown, "%s is not shown", cases[i].name);
        cr_expect_not_null(strstr(shown->finding, cases[i].words), "%s: '%s'", subject,
                           shown->finding);
    }
}

/* None is dropped where a job script sets many. */
Test(doctor_loading, a_hundred_variables_are_kept) {
    char name[32], *root = made_folder();
    gf_opencl_setup found;
    clearenv();
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "CUDA_%d", i);
        setenv(name, "v", 1);
    }
    setenv("RUSTICL_ENABLE", "iris", 1);
    cr_assert_eq(gf_setup_collect(root, &found, NULL), GF_OK);
    cr_expect_eq(found.variable_count, 101);
    cr_expect_str_eq(gf_setup_variable(&found, "RUSTICL_ENABLE"), "iris");
    gf_setup_clear(&found);
}

/* ---- Cores and memory ------------------------------------------------------------- */

Test(doctor_loading, limits_and_hybrid_cores_are_said) {
    char *root = made_folder();
    unsetenv("OMP_NUM_THREADS");
    made_tree_write(root, "/proc/self/cgroup", "0::/job\n");
    made_tree_write(root, "/proc/self/mountinfo",
                    "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    made_tree_write(root, "/sys/fs/cgroup/job/cpu.max", "50000 100000\n");
    made_tree_write(root, "/sys/fs/cgroup/job/memory.max", "1073741824\n");
    made_tree_write(root, "/sys/fs/cgroup/job/memory.current", "0\n");
    made_tree_write(root, "/sys/devices/cpu_core/cpus", "0-7\n");
    made_tree_write(root, "/sys/devices/cpu_atom/cpus", "8-15\n");
    const gf_diagnosis_sink sink = {&made.all, record};
    cr_assert_eq(gf_native_diagnose_limits(root, &sink, NULL), GF_OK);
    expect_row("native threads", GF_DIAGNOSIS_WARN, "a CPU quota of 0.5 cores (", "cpus-per-task");
    expect_row("native threads", GF_DIAGNOSIS_WARN, "job/cpu.max", "");
    expect_row("native cores", GF_DIAGNOSIS_WARN, "8 fast processors (0-7) and 8 slow ones",
               "taskset -c 0-7");
    expect_row("native memory", GF_DIAGNOSIS_WARN, "job/memory.max of its control group leaves",
               "mem of the batch system");
}
