/* The diagnosis: every rule on recorded facts, and the guard beside drivers that misbehave. */
#define _GNU_SOURCE 1 /* asprintf, mkdtemp */

#include <criterion/criterion.h>

#include "backends/opencl/diagnose.h"
#include "backends/opencl/icd.h"
#include "backends/opencl/probe_cache.h"
#include "gpufare.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- A sink that remembers ------------------------------------------------------------------ */

typedef struct row {
    char subject[200], finding[1300], fix[700];
    gf_check_status status;
} row;

typedef struct recording {
    row rows[64];
    size_t count;
} recording;

static gf_status record(void *context, const char *subject, gf_check_status status,
                        const char *finding, const char *fix, gf_error *error) {
    recording *all = context;
    (void)error;
    cr_assert_lt(all->count, 64);
    row *added = &all->rows[all->count++];
    added->status = status;
    snprintf(added->subject, sizeof added->subject, "%s", subject);
    snprintf(added->finding, sizeof added->finding, "%s", finding);
    snprintf(added->fix, sizeof added->fix, "%s", fix);
    return GF_OK;
}

static const row *find_row(const recording *all, const char *subject) {
    for (size_t i = 0; i < all->count; i++)
        if (strncmp(all->rows[i].subject, subject, strlen(subject)) == 0)
            return &all->rows[i];
    return NULL;
}

/* ---- Recorded facts ------------------------------------------------------------------------- */

#define POCL_LIBRARY "libpocl.so.2.10.0"

#define DEVICE(name, version, f64, rest)                                                           \
    "{\"name\":\"" name "\",\"version\":\"" version "\",\"driver\":\"1\",\"type\":\"cpu\","        \
    "\"compiler\":true,\"f64\":" f64 "," rest "}"
#define PLATFORM(name, version, devices)                                                           \
    "{\"stage\":\"verify\",\"complete\":true,\"library\":\"/l\",\"platforms\":[{\"name\":\"" name  \
    "\",\"version\":\"" version "\",\"devices\":[" devices "]}]}"
#define STAGE(stage) "{\"stage\":\"" stage "\",\"complete\":false}"
#define WORKING                                                                                    \
    PLATFORM("Portable Computing Language", "OpenCL 3.0 PoCL 3.1  Linux, X",                       \
             DEVICE("cpu0", "OpenCL 3.0", "true", "\"works\":true"))

typedef struct scene {
    const char *name;
    const char *library;
    gf_probe_end end;
    int code;
    const char *report, *noise;
    void (*arrange)(gf_facts *facts); /* may be NULL */
    /* expected */
    const char *subject;
    gf_check_status status;
    const char *finding, *fix; /* pieces */
    gf_status result;
} scene;

static void add_node(gf_facts *facts, const char *path, const char *driver, uint32_t vendor,
                     bool accessible) {
    gf_node_facts *node = &facts->nodes[facts->node_count++];
    *node = (gf_node_facts){.vendor = vendor, .accessible = accessible};
    snprintf(node->path, sizeof node->path, "%s", path);
    snprintf(node->group, sizeof node->group, "render");
    snprintf(node->driver, sizeof node->driver, "%s", driver);
}

static void add_variable(gf_facts *facts, const char *name, const char *value) {
    gf_variable *variable = &facts->variables[facts->variable_count++];
    variable->name = name;
    snprintf(variable->value, sizeof variable->value, "%s", value);
}

static void unwritable_cache(gf_facts *facts) {
    facts->cache.write_error = EROFS;
}
static void full_cache(gf_facts *facts) {
    facts->cache.free_bytes = 4096;
}
static void shared_cache(gf_facts *facts) {
    facts->cache.shared = true;
}
static void remote_cache(gf_facts *facts) {
    facts->cache.on_network = true;
}
static void intel_denied(gf_facts *facts) {
    add_node(facts, "/dev/dri/renderD128", "i915", 0x8086, false);
}
static void amd_denied(gf_facts *facts) {
    add_node(facts, "/dev/kfd", "amdkfd", 0x1002, false);
}
static void intel_allowed(gf_facts *facts) {
    add_node(facts, "/dev/dri/renderD128", "i915", 0x8086, true);
}
static void denied_in_container(gf_facts *facts) {
    intel_denied(facts);
    snprintf(facts->machine.container, sizeof facts->machine.container, "podman");
}
static void nvidia_container(gf_facts *facts) {
    snprintf(facts->machine.container, sizeof facts->machine.container, "docker");
    facts->machine.nvidia = true;
}
static void plain_container(gf_facts *facts) {
    snprintf(facts->machine.container, sizeof facts->machine.container, "docker");
}
static void wsl(gf_facts *facts) {
    facts->machine.wsl = true;
    facts->machine.nvidia = true;
}
static void missing_layer(gf_facts *facts) {
    add_variable(facts, "OPENCL_LAYERS", "/nowhere/layer.so");
}
static void preload(gf_facts *facts) {
    add_variable(facts, "LD_PRELOAD", "/lib/x.so");
}
static void powersave(gf_facts *facts) {
    snprintf(facts->machine.governor, sizeof facts->machine.governor, "powersave");
}
static void steady(gf_facts *facts) {
    snprintf(facts->machine.governor, sizeof facts->machine.governor, "performance");
}
static void intel_turbo(gf_facts *facts) {
    facts->machine.turbo = true;
    snprintf(facts->machine.turbo_file, sizeof facts->machine.turbo_file,
             "/sys/devices/system/cpu/intel_pstate/no_turbo");
}
static void other_turbo(gf_facts *facts) {
    facts->machine.turbo = true;
    snprintf(facts->machine.turbo_file, sizeof facts->machine.turbo_file,
             "/sys/devices/system/cpu/cpufreq/boost");
}
static void busy(gf_facts *facts) {
    facts->machine.load = 7.5;
}
static void no_loader(gf_facts *facts) {
    facts->loader[0] = '\0';
}
static void unreadable(gf_facts *facts) {
    facts->set.drivers[0].read_error = EACCES;
}
static void quarrel(gf_facts *facts) {
    facts->together.end = GF_PROBE_CRASHED;
    facts->together.code = SIGABRT;
    snprintf(facts->together.noise, sizeof facts->together.noise,
             "CommandLine Error: Option 'x' registered more than once!\n");
}
static void not_probed(gf_facts *facts) {
    facts->can_probe = false;
    snprintf(facts->probe_error, sizeof facts->probe_error, "gpufare-probe was not found");
}

static const scene scenes[] = {
    {"all is well", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", NULL, "driver", GF_CHECK_PASS,
     "OpenCL 3.0 PoCL 3.1), library /l: 1 of 1 device works", "", GF_OK},
    {"a device works", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", NULL, "device cpu0",
     GF_CHECK_PASS, "f64: yes", "", GF_OK},
    {"no f64", "x.so", GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 1.2", DEVICE("g", "OpenCL 1.2", "false", "\"works\":true")), "", NULL,
     "device g", GF_CHECK_WARN, "f64: no", "--precision f32", GF_OK},
    {"library missing", "libnvidia-opencl.so.1", GF_PROBE_FINISHED, 0,
     "{\"stage\":\"load\",\"complete\":true,\"error\":{\"stage\":\"load\",\"text\":"
     "\"libnvidia-opencl.so.1: cannot open shared object file\"}}",
     "", NULL, "driver", GF_CHECK_FAIL, "can't be loaded: libnvidia-opencl.so.1: cannot open",
     "nvidia-opencl-icd", GF_NO_DEVICE},
    {"dependency missing", "libforeign.so", GF_PROBE_FINISHED, 0,
     "{\"stage\":\"load\",\"complete\":true,\"error\":{\"stage\":\"load\",\"text\":"
     "\"libLLVM-15.so.1: cannot open shared object file\"}}",
     "", NULL, "driver", GF_CHECK_FAIL, "libLLVM-15.so.1", "library that dlopen names",
     GF_NO_DEVICE},
    {"carriage return", "libx.so\r", GF_PROBE_FINISHED, 0,
     "{\"stage\":\"load\",\"complete\":true,\"error\":{\"stage\":\"load\",\"text\":\"libx.so\"}}",
     "", NULL, "driver", GF_CHECK_FAIL, "carriage return", "sed -i", GF_NO_DEVICE},
    {"unreadable", "", GF_PROBE_NOT_RUN, 0, "{}", "", unreadable, "driver", GF_CHECK_FAIL,
     "Permission denied", "chmod a+r", GF_NO_DEVICE},
    {"no library named", "", GF_PROBE_NOT_RUN, 0, "{}", "", NULL, "driver", GF_CHECK_FAIL,
     "names no library", "rm", GF_NO_DEVICE},
    {"not probed", "x.so", GF_PROBE_NOT_RUN, 0, "{}", "", not_probed, "driver", GF_CHECK_WARN,
     "not tested: gpufare-probe was not found", "GPUFARE_PROBE", GF_OK},
    {"crash", "libx.so", GF_PROBE_CRASHED, SIGSEGV, STAGE("load"), "last words\n", NULL, "driver",
     GF_CHECK_FAIL, "SIGSEGV while its library was loaded (library libx.so); it said: last words",
     "reinstall", GF_NO_DEVICE},
    {"hang", "libx.so", GF_PROBE_TIMED_OUT, 0, STAGE("platforms"), "", NULL, "driver",
     GF_CHECK_FAIL, "gave no answer within", "GPUFARE_PROBE_TIMEOUT", GF_NO_DEVICE},
    {"exit", "libx.so", GF_PROBE_EXITED, 1, STAGE("platforms"), "", NULL, "driver", GF_CHECK_FAIL,
     "ended the process with exit status 1 while it listed its platforms", "reinstall",
     GF_NO_DEVICE},
    {"LLVM twice", "libx.so", GF_PROBE_CRASHED, SIGABRT, STAGE("load"),
     "CommandLine Error: Option registered more than once!\n", NULL, "driver", GF_CHECK_FAIL,
     "registered more than once", "OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd", GF_NO_DEVICE},
    {"drivers quarrel", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", quarrel,
     "drivers together", GF_CHECK_FAIL, "test.icd", "OCL_ICD_VENDORS=/v/test.icd", GF_OK},
    {"rusticl", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0", ""), "", NULL, "driver", GF_CHECK_WARN, "lists no device",
     "RUSTICL_ENABLE=radeonsi", GF_NO_DEVICE},
    {"rusticl on Intel", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0", ""), "", intel_allowed, "driver", GF_CHECK_WARN,
     "RUSTICL_ENABLE", "RUSTICL_ENABLE=iris", GF_NO_DEVICE},
    {"Clover", "libMesaOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("Clover", "OpenCL 1.1 Mesa", ""), "", NULL, "driver", GF_CHECK_WARN,
     "needs OpenCL 1.2", "rusticl", GF_NO_DEVICE},
    {"old device", "x.so", GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 1.2", DEVICE("g", "OpenCL 1.1", "true", "\"works\":false")), "", NULL,
     "device g", GF_CHECK_WARN, "needs OpenCL 1.2", "vendor's driver", GF_NO_DEVICE},
    {"no platform", "libx.so", GF_PROBE_FINISHED, 0,
     "{\"stage\":\"platforms\",\"complete\":true,\"error\":{\"stage\":\"platforms\",\"text\":"
     "\"clGetPlatformIDs\",\"name\":\"CL_PLATFORM_NOT_FOUND_KHR\",\"code\":-1001}}",
     "", NULL, "driver", GF_CHECK_FAIL, "CL_PLATFORM_NOT_FOUND_KHR (-1001)", "hardware",
     GF_NO_DEVICE},
    {"Intel denied", "libigdrcl.so", GF_PROBE_FINISHED, 0,
     PLATFORM("Intel(R) OpenCL", "OpenCL 3.0", ""), "", intel_denied, "driver", GF_CHECK_FAIL,
     "may not open", "usermod -aG render,video", GF_NO_DEVICE},
    {"render node denied", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", intel_denied,
     "device node /dev/dri/renderD128", GF_CHECK_FAIL, "permission denied",
     "sudo usermod -aG render,video $USER", GF_OK},
    {"kfd denied", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", amd_denied,
     "device node /dev/kfd", GF_CHECK_FAIL, "permission denied", "usermod", GF_OK},
    {"denied in a container", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", denied_in_container,
     "device node", GF_CHECK_FAIL, "permission denied", "--device /dev/dri", GF_OK},
    {"NVIDIA container", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", nvidia_container,
     "container", GF_CHECK_WARN, "NVIDIA", "NVIDIA_DRIVER_CAPABILITIES=compute,utility", GF_OK},
    {"plain container", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", plain_container,
     "container", GF_CHECK_PASS, "without access", "--device /dev/dri", GF_OK},
    {"WSL", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", wsl, "WSL", GF_CHECK_WARN,
     "exposes no OpenCL", "pocl-opencl-icd", GF_OK},
    {"PoCL's LLVM too old", POCL_LIBRARY, GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 3.0",
              DEVICE("c", "OpenCL 3.0", "true",
                     "\"works\":false,\"log\":\"error: unknown target CPU 'znver5'\",\"error\":{"
                     "\"stage\":\"compile\",\"text\":\"clBuildProgram\",\"name\":"
                     "\"CL_BUILD_PROGRAM_FAILURE\",\"code\":-11}")),
     "", NULL, "device c", GF_CHECK_FAIL, "unknown target CPU", "newer PoCL", GF_NO_DEVICE},
    {"PoCL's LLVM dies", POCL_LIBRARY, GF_PROBE_CRASHED, SIGABRT, STAGE("devices"),
     "LLVM ERROR: unknown target CPU 'x'\n", NULL, "driver", GF_CHECK_FAIL, "SIGABRT", "newer PoCL",
     GF_NO_DEVICE},
    {"PoCL sees no memory", POCL_LIBRARY, GF_PROBE_CRASHED, SIGABRT, STAGE("devices"),
     "Not enough memory to run on this device.\n", NULL, "driver", GF_CHECK_FAIL, "SIGABRT",
     "mount -t sysfs", GF_NO_DEVICE},
    {"SIGILL in PoCL", POCL_LIBRARY, GF_PROBE_CRASHED, SIGILL, STAGE("run"), "", NULL, "driver",
     GF_CHECK_FAIL, "another CPU", "rm -r /cache/pocl", GF_NO_DEVICE},
    {"damaged cache", POCL_LIBRARY, GF_PROBE_CRASHED, SIGBUS, STAGE("run"), "", NULL, "driver",
     GF_CHECK_FAIL, "damaged entry", "rm -r /cache/pocl", GF_NO_DEVICE},
    {"full disk kills", POCL_LIBRARY, GF_PROBE_EXITED, 1, STAGE("compile"), "", full_cache,
     "driver", GF_CHECK_FAIL, "is full", "POCL_CACHE_DIR", GF_NO_DEVICE},
    {"unwritable cache", POCL_LIBRARY, GF_PROBE_FINISHED, 0,
     PLATFORM("Portable Computing Language", "OpenCL 3.0", ""), "", unwritable_cache, "driver",
     GF_CHECK_FAIL, "Read-only file system", "POCL_CACHE_DIR", GF_NO_DEVICE},
    {"cache unwritable", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", unwritable_cache, "PoCL",
     GF_CHECK_FAIL, "Read-only", "POCL_CACHE_DIR", GF_OK},
    {"cache full", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", full_cache, "PoCL",
     GF_CHECK_FAIL, "MiB free", "POCL_CACHE_DIR", GF_OK},
    {"cache shared", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", shared_cache, "PoCL",
     GF_CHECK_WARN, "another user", "POCL_CACHE_DIR", GF_OK},
    {"cache on a network", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", remote_cache, "PoCL",
     GF_CHECK_WARN, "SIGILL", "POCL_CACHE_DIR", GF_OK},
    {"wrong result", "x.so", GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 1.2",
              DEVICE("g", "OpenCL 1.2", "true",
                     "\"works\":false,\"error\":{\"stage\":\"verify\",\"text\":\"wrong result\"}")),
     "", NULL, "device g", GF_CHECK_FAIL, "wrong result", "leave the device out", GF_NO_DEVICE},
    {"no loader", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", no_loader, "loader",
     GF_CHECK_FAIL, "libOpenCL.so.1", "ocl-icd-libopencl1", GF_OK},
    {"missing layer", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", missing_layer,
     "environment OPENCL_LAYERS", GF_CHECK_WARN, "/nowhere/layer.so", "unset OPENCL_LAYERS", GF_OK},
    {"preload", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", preload, "environment LD_PRELOAD",
     GF_CHECK_PASS, "/lib/x.so", "", GF_OK},
    {"no variable", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", NULL, "environment",
     GF_CHECK_PASS, "no variable", "", GF_OK},
    {"powersave", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", powersave, "CPU governor",
     GF_CHECK_WARN, "powersave", "cpupower frequency-set -g performance", GF_OK},
    {"performance", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", steady, "CPU governor",
     GF_CHECK_PASS, "performance", "", GF_OK},
    {"Intel turbo", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", intel_turbo, "CPU turbo",
     GF_CHECK_WARN, "on", "echo 1 | sudo tee", GF_OK},
    {"AMD turbo", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", other_turbo, "CPU turbo",
     GF_CHECK_WARN, "on", "echo 0 | sudo tee", GF_OK},
    {"busy", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", busy, "machine load", GF_CHECK_WARN,
     "7.50", "top", GF_OK},
    {"native", "x.so", GF_PROBE_FINISHED, 0, "{}", "", NULL, "native path", GF_CHECK_PASS,
     "-d native", "", GF_NO_DEVICE},
};

/* Texts of a recorded set are literals: nothing of it is freed but the report. */
static char *literal(const char *text) {
    return (char *)(uintptr_t)text;
}

static void check_scene(const scene *s) {
    static gf_facts facts; /* too large for a stack */
    static recording all;
    gf_icd_driver driver = {literal("/v/test.icd"), literal("test.icd"), literal(s->library), 0};
    gf_probe_result probe = {
        .end = s->end, .code = s->code, .report = json_loads(s->report, 0, NULL)};
    cr_assert_not_null(probe.report, "%s: the recorded report is no JSON", s->name);
    snprintf(probe.noise, sizeof probe.noise, "%s", s->noise);
    facts = (gf_facts){.loader = "/lib/libOpenCL.so.1", .probes = &probe, .can_probe = true};
    facts.set = (gf_icd_set){.where = literal("/v"), .drivers = &driver, .count = 1};
    facts.machine.cpus = 4;
    facts.cache = (gf_cache_facts){.path = "/cache/pocl", .free_bytes = UINT64_C(1) << 33};
    all.count = 0;
    if (s->arrange != NULL)
        s->arrange(&facts);
    const gf_diagnosis_sink sink = {&all, record};
    const gf_status result = gf_diagnose_facts(&facts, &sink, NULL);
    const row *found = find_row(&all, s->subject);
    cr_expect_eq(result, s->result, "%s: status %d", s->name, result);
    cr_assert_not_null(found, "%s: no row %s", s->name, s->subject);
    cr_expect_eq(found->status, s->status, "%s: %s", s->name, found->finding);
    cr_expect_not_null(strstr(found->finding, s->finding), "%s: \"%s\" has no \"%s\"", s->name,
                       found->finding, s->finding);
    cr_expect_not_null(strstr(found->fix, s->fix), "%s: fix \"%s\" has no \"%s\"", s->name,
                       found->fix, s->fix);
    cr_expect(s->fix[0] != '\0' || found->fix[0] == '\0', "%s: needless fix \"%s\"", s->name,
              found->fix);
    json_decref(probe.report);
}

Test(doctor, rules_on_recorded_facts, .timeout = 30) {
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        check_scene(&scenes[i]);
}

/* ---- No driver, from the environment and from a fake tree ----------------------------------- */

static char *make_directory(void) {
    char *path = strdup("/tmp/gpufare-test-XXXXXX");
    cr_assert_not_null(mkdtemp(path));
    return path;
}

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
    static gf_facts facts;
    cr_assert_eq(gf_facts_collect(root, &facts, NULL), GF_OK);
    facts.can_probe = true;
    const gf_diagnosis_sink sink = {all, record};
    const gf_status status = gf_diagnose_facts(&facts, &sink, NULL);
    gf_facts_clear(&facts);
    return status;
}

Test(doctor, no_driver_because_of_a_variable, .timeout = 30) {
    static recording all;
    forget_environment();
    setenv("OCL_ICD_VENDORS", "/nowhere/vendors", 1);
    cr_assert_eq(diagnose_tree("", &all), GF_NO_DEVICE);
    const row *found = find_row(&all, "OpenCL drivers");
    cr_assert_not_null(found);
    cr_expect_eq(found->status, GF_CHECK_FAIL);
    cr_expect_not_null(strstr(found->finding, "OCL_ICD_VENDORS=/nowhere/vendors is the reason"));
    cr_expect_not_null(strstr(found->fix, "unset OCL_ICD_VENDORS"));
    cr_expect_not_null(strstr(found->fix, "sudo apt install pocl-opencl-icd"));
}

Test(doctor, no_driver_installed, .timeout = 30) {
    static recording all;
    forget_environment();
    char *root = make_directory();
    cr_assert_eq(diagnose_tree(root, &all), GF_NO_DEVICE);
    const row *found = find_row(&all, "OpenCL drivers");
    cr_assert_not_null(found);
    cr_expect_not_null(strstr(found->finding, "-1001"));
    cr_expect_not_null(strstr(found->fix, "sudo apt install pocl-opencl-icd"));
    cr_expect_not_null(strstr(found->fix, "-d native"));
    gf_private_directory_remove(root);
}

static void make_tree(const char *root, const char *const *directories, size_t count) {
    char path[512];
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", root, directories[i]);
        cr_assert_eq(mkdir(path, 0700), 0, "%s", path);
    }
}

Test(doctor, facts_of_a_recorded_tree, .timeout = 30) {
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
    static gf_facts facts;
    forget_environment();
    char *root = make_directory();
    make_tree(root, directories, sizeof directories / sizeof *directories);
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
    cr_assert_eq(gf_facts_collect(root, &facts, NULL), GF_OK);
    cr_assert_eq(facts.set.count, 2);
    cr_expect_str_eq(facts.set.drivers[0].label, "a.icd");
    cr_expect_str_eq(facts.set.drivers[0].library, "/opt/liba.so");
    cr_expect_str_eq(facts.set.drivers[1].library, "libb.so");
    cr_assert_eq(facts.node_count, 2);
    cr_expect_str_eq(facts.nodes[0].path, "/dev/dri/renderD128");
    cr_expect_eq(facts.nodes[0].vendor, 0x1002);
    cr_expect_str_eq(facts.nodes[1].path, "/dev/kfd");
    cr_expect(facts.machine.wsl);
    cr_expect_str_eq(facts.machine.container, "docker");
    cr_expect_str_eq(facts.machine.governor, "powersave");
    cr_expect(facts.machine.turbo);
    cr_expect_float_eq(facts.machine.load, 3.25, 1e-9);
    gf_facts_clear(&facts);
    gf_private_directory_remove(root);
}

Test(doctor, vendor_settings_are_read_as_the_loader_reads_them, .timeout = 30) {
    gf_icd_set set;
    char *directory = make_directory(), path[512];
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
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setenv("OCL_ICD_VENDORS", cases[i].vendors, 1);
        setenv("OPENCL_VENDOR_PATH", cases[i].vendor_path, 1);
        cr_assert_eq(gf_icd_find("", &set, NULL), GF_OK);
        cr_expect_eq(set.place, cases[i].place, "case %zu", i);
        cr_expect_eq(set.source, cases[i].source, "case %zu", i);
        cr_expect_eq(set.count, cases[i].count, "case %zu", i);
        gf_icd_set_clear(&set);
    }
    gf_private_directory_remove(directory);
}

/* ---- Real probes of fake drivers ------------------------------------------------------------ */

/* A directory of drivers with a link to each installed one. */
static char *installed_drivers(void) {
    gf_icd_set set;
    forget_environment();
    cr_assert_eq(gf_icd_find("", &set, NULL), GF_OK);
    char *directory = make_directory();
    for (size_t i = 0; i < set.count; i++)
        cr_assert_eq(gf_icd_show(&set.drivers[i], directory, NULL), GF_OK);
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

/* The problem lines of a session that found all devices; NULL if none holds `piece`. */
static void check_session(const char *piece, bool expected) {
    gf_session *session = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_session_open(NULL, &session, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_session_find_all(session, &error), GF_OK, "%s", error.text);
    bool told = false;
    for (size_t i = 0; i < gf_session_problem_count(session); i++)
        told = told || strstr(gf_session_problem(session, i), piece) != NULL;
    cr_expect_eq(told, expected, "a problem with \"%s\": %d", piece, told);
    size_t opencl = 0;
    for (size_t i = 0; i < gf_session_device_count(session); i++) {
        const gf_device_info *info = gf_device_get_info(gf_session_device(session, i));
        opencl += strncmp(info->kind, "opencl", 6) == 0;
    }
    cr_expect_gt(opencl, 0, "the installed drivers' devices are there beside \"%s\"", piece);
    gf_session_close(session);
}

/* The limit must let a slow machine compile a kernel: only the fake that hangs takes all of it. */
static void check_beside(const char *fake, const char *piece) {
    setenv("GPUFARE_PROBE_TIMEOUT", "8", 1);
    char *directory = installed_drivers();
    add_fake(directory, fake);
    check_session(piece, true);
    cr_expect_str_eq(getenv("OCL_ICD_VENDORS"), directory, "the environment is restored");
    gf_private_directory_remove(directory);
}

Test(doctor, beside_a_driver_that_crashes, .timeout = 60) {
    check_beside("crash",
                 "(crash.icd): crashed with SIGABRT while its library was loaded; not used");
}

Test(doctor, beside_a_driver_that_hangs, .timeout = 60) {
    check_beside("hang", "(hang.icd): gave no answer within 8");
}

Test(doctor, beside_a_driver_that_exits, .timeout = 60) {
    check_beside("leave", "(leave.icd): ended the process with exit status 1");
}

Test(doctor, beside_a_driver_without_library, .timeout = 60) {
    char *directory = installed_drivers();
    write_file(directory, "gone.icd", "libgone.so.1\n");
    check_session("(gone.icd): its library can't be loaded: libgone.so.1: cannot open", true);
    gf_private_directory_remove(directory);
}

Test(doctor, beside_drivers_that_quarrel, .timeout = 60) {
    char *directory = installed_drivers();
    add_fake(directory, "quarrel");
    add_fake(directory, "quarrel2");
    check_session("(quarrel2.icd): crashed with SIGABRT", true);
    check_session("(quarrel.icd)", false);
    gf_private_directory_remove(directory);
}

Test(doctor, a_good_driver_is_probed_once, .timeout = 60) {
    char *cache = make_directory();
    setenv("XDG_CACHE_HOME", cache, 1);
    char *directory = installed_drivers();
    check_session("not used", false);
    /* With a limit that no probe meets, only a remembered result leaves the driver in use. */
    setenv("GPUFARE_PROBE_TIMEOUT", "0.000001", 1);
    check_session("not used", false);
    gf_private_directory_remove(directory);
    gf_private_directory_remove(cache);
}

static void check_memory(const char *label, const char *key, bool expected) {
    char problem[GF_PROBE_PROBLEM];
    cr_expect_eq(gf_probe_cache_load(key, problem), expected, "%s", label);
}

Test(doctor, a_memory_ends_when_something_changes, .timeout = 30) {
    char *cache = make_directory(), library[512], icd[512], file[600];
    setenv("XDG_CACHE_HOME", cache, 1);
    snprintf(library, sizeof library, "%s/lib.so", cache);
    snprintf(icd, sizeof icd, "%s/d.icd", cache);
    write_file(cache, "lib.so", "one");
    write_file(cache, "d.icd", library);
    const gf_icd_driver driver = {icd, literal("d.icd"), library, 0};
    const char *const libraries[] = {library};
    char *key = gf_probe_cache_key(&driver, 1);
    check_memory("at first", key, false);
    gf_probe_cache_store(key, libraries, 1, "");
    check_memory("stored", key, true);
    setenv("POCL_CACHE_DIR", "/elsewhere", 1);
    char *other = gf_probe_cache_key(&driver, 1);
    check_memory("another environment", other, false);
    write_file(cache, "lib.so", "another one");
    check_memory("another library", key, false);
    gf_probe_cache_store(key, libraries, 1, "");
    check_memory("stored again", key, true);
    gf_probe_cache_forget(key);
    check_memory("forgotten", key, false);
    gf_probe_cache_store(key, libraries, 1, "");
    snprintf(file, sizeof file, "for f in %s/gpufare/probe-*; do echo '{' >$f; done", cache);
    cr_assert_eq(system(file), 0);
    check_memory("damaged", key, false);
    free(other);
    free(key);
    gf_private_directory_remove(cache);
}

/* ---- The whole diagnosis -------------------------------------------------------------------- */

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

Test(doctor, reports_in_every_format, .timeout = 60) {
    gf_diagnosis *diagnosis = NULL;
    setenv("OCL_ICD_VENDORS", "/nowhere/a,b|c", 1);
    cr_assert_eq(gf_diagnosis_create(&diagnosis, NULL), GF_OK);
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

Test(doctor, a_full_disk_is_an_error, .timeout = 60) {
    gf_diagnosis *diagnosis = NULL;
    setenv("OCL_ICD_VENDORS", "/nowhere", 1);
    cr_assert_eq(gf_diagnosis_create(&diagnosis, NULL), GF_OK);
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

Test(doctor, a_broken_driver_beside_a_working_one_passes, .timeout = 120) {
    static recording all;
    setenv("GPUFARE_PROBE_TIMEOUT", "30", 1);
    char *directory = installed_drivers();
    add_fake(directory, "crash");
    const gf_diagnosis_sink sink = {&all, record};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_opencl_diagnose(&sink, &error), GF_OK, "%s", error.text);
    const row *found = find_row(&all, "driver crash.icd");
    cr_assert_not_null(found);
    cr_expect_eq(found->status, GF_CHECK_FAIL);
    cr_expect_not_null(strstr(found->finding, "it said: fake driver: fatal: cannot continue"));
    cr_expect_null(find_row(&all, "OpenCL devices"));
    gf_private_directory_remove(directory);
}

/* PoCL then lists no device, without a word. */
Test(doctor, real_unusable_kernel_cache, .timeout = 120) {
    static recording all;
    setenv("GPUFARE_PROBE_TIMEOUT", "30", 1);
    setenv("POCL_CACHE_DIR", "/proc/no-cache", 1);
    forget_environment();
    const gf_diagnosis_sink sink = {&all, record};
    gf_status status = gf_opencl_diagnose(&sink, NULL);
    const row *found = find_row(&all, "PoCL's kernel cache");
    if (found == NULL)
        cr_skip_test("PoCL is not installed");
    cr_expect(status == GF_OK || status == GF_NO_DEVICE);
    cr_expect_eq(found->status, GF_CHECK_FAIL, "%s", found->finding);
    cr_expect_not_null(strstr(found->fix, "POCL_CACHE_DIR"));
}
