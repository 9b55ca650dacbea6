/* The diagnosis: every rule on recorded set-ups. */
#include <errno.h>
#include <signal.h>

#include "fake_setup.h"

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
    void (*arrange)(gf_opencl_setup *setup); /* may be NULL */
    /* expected */
    const char *subject;
    gf_diagnosis_level status;
    const char *finding, *fix; /* pieces */
    gf_status result;
} scene;

static void add_node(gf_opencl_setup *setup, const char *path, const char *driver, uint32_t vendor,
                     bool accessible) {
    gf_render_node *node = &setup->nodes[setup->node_count++];
    *node = (gf_render_node){.vendor = vendor, .accessible = accessible};
    snprintf(node->path, sizeof node->path, "%s", path);
    snprintf(node->group, sizeof node->group, "render");
    snprintf(node->driver, sizeof node->driver, "%s", driver);
}

static void add_variable(gf_opencl_setup *setup, const char *name, const char *value) {
    static gf_variable variables[16];
    cr_assert_lt(setup->variable_count, sizeof variables / sizeof variables[0]);
    setup->variables = variables;
    gf_variable *variable = &variables[setup->variable_count++];
    snprintf(variable->name, sizeof variable->name, "%s", name);
    snprintf(variable->value, sizeof variable->value, "%s", value);
}

static void unwritable_cache(gf_opencl_setup *setup) {
    setup->cache.write_error = EROFS;
}
static void full_cache(gf_opencl_setup *setup) {
    setup->cache.free_bytes = 4096;
}
static void shared_cache(gf_opencl_setup *setup) {
    setup->cache.shared = true;
}
static void remote_cache(gf_opencl_setup *setup) {
    setup->cache.on_network = true;
}
static void intel_denied(gf_opencl_setup *setup) {
    add_node(setup, "/dev/dri/renderD128", "i915", 0x8086, false);
}
static void amd_denied(gf_opencl_setup *setup) {
    add_node(setup, "/dev/kfd", "amdkfd", 0x1002, false);
}
static void intel_allowed(gf_opencl_setup *setup) {
    add_node(setup, "/dev/dri/renderD128", "i915", 0x8086, true);
}
static void denied_in_container(gf_opencl_setup *setup) {
    intel_denied(setup);
    snprintf(setup->machine.container, sizeof setup->machine.container, "podman");
}
static void nvidia_container(gf_opencl_setup *setup) {
    snprintf(setup->machine.container, sizeof setup->machine.container, "docker");
    setup->machine.nvidia = true;
}
static void plain_container(gf_opencl_setup *setup) {
    snprintf(setup->machine.container, sizeof setup->machine.container, "docker");
}
static void wsl(gf_opencl_setup *setup) {
    setup->machine.wsl = true;
    setup->machine.nvidia = true;
}
static void missing_layer(gf_opencl_setup *setup) {
    add_variable(setup, "OPENCL_LAYERS", "/nowhere/layer.so");
}
static void probe_limit(gf_opencl_setup *setup) {
    add_variable(setup, "GPUFARE_PROBE_TIMEOUT", "soon");
}
static void preload(gf_opencl_setup *setup) {
    add_variable(setup, "LD_PRELOAD", "/lib/x.so");
}
static void steering_variable(gf_opencl_setup *setup) {
    add_variable(setup, "POCL_CACHE_DIR", "/cache/pocl");
    add_variable(setup, "POCL_MADE_UP", "7");
}
static void own_cache(gf_opencl_setup *setup) {
    add_variable(setup, "POCL_CACHE_DIR", "/cache/pocl");
}
static void failed_before(gf_opencl_setup *setup) {
    static gf_driver_failure failure = {
        .when = 1785000000, .reason = "crashed with SIGABRT while it compiled the kernel"};
    setup->failures = &failure;
}
static void powersave(gf_opencl_setup *setup) {
    snprintf(setup->machine.governor, sizeof setup->machine.governor, "powersave");
}
static void steady(gf_opencl_setup *setup) {
    snprintf(setup->machine.governor, sizeof setup->machine.governor, "performance");
}
static void intel_turbo(gf_opencl_setup *setup) {
    setup->machine.turbo = true;
    snprintf(setup->machine.turbo_file, sizeof setup->machine.turbo_file,
             "/sys/devices/system/cpu/intel_pstate/no_turbo");
}
static void other_turbo(gf_opencl_setup *setup) {
    setup->machine.turbo = true;
    snprintf(setup->machine.turbo_file, sizeof setup->machine.turbo_file,
             "/sys/devices/system/cpu/cpufreq/boost");
}
static void busy(gf_opencl_setup *setup) {
    setup->machine.load = 7.5;
}
static void no_loader(gf_opencl_setup *setup) {
    setup->loader[0] = '\0';
}
static void unreadable(gf_opencl_setup *setup) {
    setup->set.drivers[0].read_error = EACCES;
}
static void quarrel(gf_opencl_setup *setup) {
    setup->together.end = GF_PROBE_CRASHED;
    setup->together.code = SIGABRT;
    snprintf(setup->together.noise, sizeof setup->together.noise,
             "CommandLine Error: Option 'x' registered more than once!\n");
}
static void not_probed(gf_opencl_setup *setup) {
    setup->can_probe = false;
    snprintf(setup->probe_error, sizeof setup->probe_error, "gpufare-worker was not found");
}

static const scene scenes[] = {
    {"all is well", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", NULL, "driver",
     GF_DIAGNOSIS_PASS, "OpenCL 3.0 PoCL 3.1), library /l: 1 of 1 device works", "", GF_OK},
    {"a device works", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", NULL, "device cpu0",
     GF_DIAGNOSIS_PASS, "f64: yes", "", GF_OK},
    {"no f64", "x.so", GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 1.2", DEVICE("g", "OpenCL 1.2", "false", "\"works\":true")), "", NULL,
     "device g", GF_DIAGNOSIS_WARN, "f64: no", "--precision f32", GF_OK},
    {"library missing", "libnvidia-opencl.so.1", GF_PROBE_FINISHED, 0,
     "{\"stage\":\"load\",\"complete\":true,\"error\":{\"stage\":\"load\",\"text\":"
     "\"libnvidia-opencl.so.1: cannot open shared object file\"}}",
     "", NULL, "driver", GF_DIAGNOSIS_FAIL, "can't be loaded: libnvidia-opencl.so.1: cannot open",
     "nvidia-opencl-icd", GF_NO_DEVICE},
    {"dependency missing", "libforeign.so", GF_PROBE_FINISHED, 0,
     "{\"stage\":\"load\",\"complete\":true,\"error\":{\"stage\":\"load\",\"text\":"
     "\"libLLVM-15.so.1: cannot open shared object file\"}}",
     "", NULL, "driver", GF_DIAGNOSIS_FAIL, "libLLVM-15.so.1", "library that dlopen names",
     GF_NO_DEVICE},
    {"carriage return", "libx.so\r", GF_PROBE_FINISHED, 0,
     "{\"stage\":\"load\",\"complete\":true,\"error\":{\"stage\":\"load\",\"text\":\"libx.so\"}}",
     "", NULL, "driver", GF_DIAGNOSIS_FAIL, "carriage return", "sed -i", GF_NO_DEVICE},
    {"unreadable", "", GF_PROBE_NOT_RUN, 0, "{}", "", unreadable, "driver", GF_DIAGNOSIS_FAIL,
     "Permission denied", "chmod a+r", GF_NO_DEVICE},
    {"no library named", "", GF_PROBE_NOT_RUN, 0, "{}", "", NULL, "driver", GF_DIAGNOSIS_FAIL,
     "names no library", "rm", GF_NO_DEVICE},
    {"not probed", "x.so", GF_PROBE_NOT_RUN, 0, "{}", "", not_probed, "driver", GF_DIAGNOSIS_WARN,
     "not tested: gpufare-worker was not found", "GPUFARE_WORKER", GF_OK},
    {"crash", "libx.so", GF_PROBE_CRASHED, SIGSEGV, STAGE("load"), "last words\n", NULL, "driver",
     GF_DIAGNOSIS_FAIL,
     "SIGSEGV while its library was loaded (library libx.so); it said: last words", "reinstall",
     GF_NO_DEVICE},
    {"hang", "libx.so", GF_PROBE_TIMED_OUT, 0, STAGE("platforms"), "", NULL, "driver",
     GF_DIAGNOSIS_FAIL, "gave no answer within", "GPUFARE_PROBE_TIMEOUT", GF_NO_DEVICE},
    {"exit", "libx.so", GF_PROBE_EXITED, 1, STAGE("platforms"), "", NULL, "driver",
     GF_DIAGNOSIS_FAIL, "ended the process with exit status 1 while it listed its platforms",
     "reinstall", GF_NO_DEVICE},
    {"LLVM twice", "libx.so", GF_PROBE_CRASHED, SIGABRT, STAGE("load"),
     "CommandLine Error: Option registered more than once!\n", NULL, "driver", GF_DIAGNOSIS_FAIL,
     "registered more than once", "OCL_ICD_VENDORS=/etc/OpenCL/vendors/pocl.icd", GF_NO_DEVICE},
    {"drivers quarrel", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", quarrel,
     "drivers together", GF_DIAGNOSIS_FAIL, "test.icd", "OCL_ICD_VENDORS=/v/test.icd", GF_OK},
    {"rusticl", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0", ""), "", NULL, "driver", GF_DIAGNOSIS_WARN,
     "lists no device", "such as radeonsi", GF_NO_DEVICE},
    {"rusticl on Intel", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0", ""), "", intel_allowed, "driver", GF_DIAGNOSIS_WARN,
     "RUSTICL_ENABLE", "RUSTICL_ENABLE=iris", GF_NO_DEVICE},
    {"Clover", "libMesaOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("Clover", "OpenCL 1.1 Mesa", ""), "", NULL, "driver", GF_DIAGNOSIS_WARN,
     "needs OpenCL 1.2", "rusticl", GF_NO_DEVICE},
    {"old device", "x.so", GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 1.2", DEVICE("g", "OpenCL 1.1", "true", "\"works\":false")), "", NULL,
     "device g", GF_DIAGNOSIS_WARN, "needs OpenCL 1.2", "vendor's driver", GF_NO_DEVICE},
    {"no platform", "libx.so", GF_PROBE_FINISHED, 0,
     "{\"stage\":\"platforms\",\"complete\":true,\"error\":{\"stage\":\"platforms\",\"text\":"
     "\"clGetPlatformIDs\",\"name\":\"CL_PLATFORM_NOT_FOUND_KHR\",\"code\":-1001}}",
     "", NULL, "driver", GF_DIAGNOSIS_FAIL, "CL_PLATFORM_NOT_FOUND_KHR (-1001)", "hardware",
     GF_NO_DEVICE},
    {"Intel denied", "libigdrcl.so", GF_PROBE_FINISHED, 0,
     PLATFORM("Intel(R) OpenCL", "OpenCL 3.0", ""), "", intel_denied, "driver", GF_DIAGNOSIS_FAIL,
     "may not open", "usermod -aG render,video", GF_NO_DEVICE},
    {"render node denied", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", intel_denied,
     "device node /dev/dri/renderD128", GF_DIAGNOSIS_FAIL, "permission denied",
     "sudo usermod -aG render,video $USER", GF_OK},
    {"kfd denied", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", amd_denied,
     "device node /dev/kfd", GF_DIAGNOSIS_FAIL, "permission denied", "usermod", GF_OK},
    {"denied in a container", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", denied_in_container,
     "device node", GF_DIAGNOSIS_FAIL, "permission denied", "--device /dev/dri", GF_OK},
    {"NVIDIA container", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", nvidia_container,
     "container", GF_DIAGNOSIS_WARN, "NVIDIA", "NVIDIA_DRIVER_CAPABILITIES=compute,utility", GF_OK},
    {"plain container", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", plain_container,
     "container", GF_DIAGNOSIS_PASS, "without access", "--device /dev/dri", GF_OK},
    {"WSL", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", wsl, "WSL", GF_DIAGNOSIS_WARN,
     "exposes no OpenCL", "pocl-opencl-icd", GF_OK},
    {"PoCL's LLVM too old", POCL_LIBRARY, GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 3.0",
              DEVICE("c", "OpenCL 3.0", "true",
                     "\"works\":false,\"log\":\"error: unknown target CPU 'znver5'\",\"error\":{"
                     "\"stage\":\"compile\",\"text\":\"clBuildProgram\",\"name\":"
                     "\"CL_BUILD_PROGRAM_FAILURE\",\"code\":-11}")),
     "", NULL, "device c", GF_DIAGNOSIS_FAIL, "unknown target CPU", "newer PoCL", GF_NO_DEVICE},
    {"PoCL's LLVM dies", POCL_LIBRARY, GF_PROBE_CRASHED, SIGABRT, STAGE("devices"),
     "LLVM ERROR: unknown target CPU 'x'\n", NULL, "driver", GF_DIAGNOSIS_FAIL, "SIGABRT",
     "newer PoCL", GF_NO_DEVICE},
    {"PoCL sees no memory", POCL_LIBRARY, GF_PROBE_CRASHED, SIGABRT, STAGE("devices"),
     "Not enough memory to run on this device.\n", NULL, "driver", GF_DIAGNOSIS_FAIL, "SIGABRT",
     "mount -t sysfs", GF_NO_DEVICE},
    {"SIGILL in PoCL", POCL_LIBRARY, GF_PROBE_CRASHED, SIGILL, STAGE("run"), "", NULL, "driver",
     GF_DIAGNOSIS_FAIL, "perhaps its kernel cache holds code that was built for another CPU",
     "POCL_CACHE_DIR=$(mktemp -d) gpufare doctor; if the driver works then: rm -r /cache/pocl;",
     GF_NO_DEVICE},
    {"damaged cache", POCL_LIBRARY, GF_PROBE_CRASHED, SIGBUS, STAGE("run"), "", NULL, "driver",
     GF_DIAGNOSIS_FAIL, "perhaps an entry of its kernel cache is damaged",
     "POCL_CACHE_DIR=$(mktemp -d) gpufare doctor; if the driver works then: rm -r /cache/pocl;",
     GF_NO_DEVICE},
    {"damaged cache of its own", POCL_LIBRARY, GF_PROBE_CRASHED, SIGBUS, STAGE("run"), "",
     own_cache, "driver", GF_DIAGNOSIS_FAIL, "perhaps an entry of its kernel cache is damaged",
     "if the driver works then: rm -r /cache/pocl;", GF_NO_DEVICE},
    {"a variable steers it", POCL_LIBRARY, GF_PROBE_CRASHED, SIGABRT, STAGE("run"),
     "made_up: Assertion `number < 7' failed.\n", steering_variable, "driver", GF_DIAGNOSIS_FAIL,
     "perhaps because of POCL_MADE_UP=7", "unset POCL_MADE_UP", GF_NO_DEVICE},
    {"no memory to compile", POCL_LIBRARY, GF_PROBE_CRASHED, SIGABRT, STAGE("compile"),
     "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n",
     NULL, "driver", GF_DIAGNOSIS_FAIL, "std::bad_alloc'; it got no memory", "ulimit -v unlimited",
     GF_NO_DEVICE},
    {"failed earlier", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", failed_before,
     "last failure of driver test.icd", GF_DIAGNOSIS_WARN,
     "2026-07-25 17:20: crashed with SIGABRT while it compiled the kernel", "update", GF_OK},
    {"full disk kills", POCL_LIBRARY, GF_PROBE_EXITED, 1, STAGE("compile"), "", full_cache,
     "driver", GF_DIAGNOSIS_FAIL, "is full", "POCL_CACHE_DIR", GF_NO_DEVICE},
    {"unwritable cache", POCL_LIBRARY, GF_PROBE_FINISHED, 0,
     PLATFORM("Portable Computing Language", "OpenCL 3.0", ""), "", unwritable_cache, "driver",
     GF_DIAGNOSIS_FAIL, "Read-only file system", "POCL_CACHE_DIR", GF_NO_DEVICE},
    {"cache unwritable", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", unwritable_cache, "PoCL",
     GF_DIAGNOSIS_FAIL, "Read-only", "POCL_CACHE_DIR", GF_OK},
    {"cache full", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", full_cache, "PoCL",
     GF_DIAGNOSIS_FAIL, "MiB free", "POCL_CACHE_DIR", GF_OK},
    {"cache shared", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", shared_cache, "PoCL",
     GF_DIAGNOSIS_WARN, "another user", "POCL_CACHE_DIR", GF_OK},
    {"cache on a network", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", remote_cache, "PoCL",
     GF_DIAGNOSIS_WARN, "SIGILL", "POCL_CACHE_DIR", GF_OK},
    {"wrong result", "x.so", GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 1.2",
              DEVICE("g", "OpenCL 1.2", "true",
                     "\"works\":false,\"error\":{\"stage\":\"verify\",\"text\":\"wrong result\"}")),
     "", NULL, "device g", GF_DIAGNOSIS_FAIL, "wrong result", "leave the device out", GF_NO_DEVICE},
    {"a compiler without fma", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0",
              DEVICE("llvmpipe", "OpenCL 3.0", "false",
                     "\"works\":true,\"fma\":false,\"log\":\"error: undefined fma\",\"error\":{"
                     "\"stage\":\"compile\",\"text\":\"clBuildProgram\",\"name\":"
                     "\"CL_BUILD_PROGRAM_FAILURE\",\"code\":-11}")),
     "", NULL, "device llvmpipe", GF_DIAGNOSIS_WARN,
     "works, but not with fma(): failed a test: clBuildProgram: CL_BUILD_PROGRAM_FAILURE (-11); the "
     "compiler said: error: undefined fma",
     "libclc", GF_OK},
    {"neither f64 nor strict f32", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0",
              DEVICE("llvmpipe", "OpenCL 3.0", "false",
                     "\"denormals_f32\":false,\"works\":true,\"fma\":true")),
     "", NULL, "device llvmpipe", GF_DIAGNOSIS_WARN, "f64: no", "--precision f32 --math relaxed",
     GF_OK},
    {"no f64", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0",
              DEVICE("iris", "OpenCL 3.0", "false",
                     "\"denormals_f32\":true,\"works\":true,\"fma\":true")),
     "", NULL, "device iris", GF_DIAGNOSIS_WARN, "f64: no", "use --precision f32 on this device",
     GF_OK},
    {"no f64, strict f32 without fma", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0",
              DEVICE("llvmpipe", "OpenCL 3.0", "false",
                     "\"denormals_f32\":false,\"works\":true,\"fma\":true,\"strict_f32\":true,"
                     "\"lacks\":\"f32 fma denormals: no\",\"refuses\":true,"
                     "\"needs_relaxed_f32\":true")),
     "", NULL, "device llvmpipe", GF_DIAGNOSIS_WARN, "f64: no",
     "use --precision f32 on this device, and --math relaxed for workloads", GF_OK},
    {"no f64, short loops", "libRusticlOpenCL.so.1", GF_PROBE_FINISHED, 0,
     PLATFORM("rusticl", "OpenCL 3.0",
              DEVICE("iris", "OpenCL 3.0", "false",
                     "\"works\":true,\"fma\":true,\"strict_f32\":true,\"lacks\":\"rounds of loops: "
                     "65533\",\"refuses\":true,\"needs_relaxed_f32\":false")),
     "", NULL, "device iris", GF_DIAGNOSIS_WARN, "rounds of loops: 65533",
     "use --precision f32 on this device; workloads that need what it lacks are refused", GF_OK},
    {"what refuses", POCL_LIBRARY, GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 3.0",
              DEVICE("c", "OpenCL 3.0", "true",
                     "\"works\":true,\"lacks\":\"f64 divide: no\",\"refuses\":true,"
                     "\"needs_relaxed_f32\":false")),
     "", NULL, "device c", GF_DIAGNOSIS_WARN, "measured: f64 divide: no",
     "workloads that need it are refused", GF_OK},
    {"what refuses nothing", POCL_LIBRARY, GF_PROBE_FINISHED, 0,
     PLATFORM("P", "OpenCL 3.0",
              DEVICE("c", "OpenCL 3.0", "true",
                     "\"works\":true,\"lacks\":\"local memory: unknown: it crashed\","
                     "\"refuses\":false,\"needs_relaxed_f32\":false")),
     "", NULL, "device c", GF_DIAGNOSIS_WARN, "measured: local memory: unknown",
     "nothing to do: no workload is refused for that", GF_OK},
    {"no loader", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", no_loader, "loader",
     GF_DIAGNOSIS_FAIL, "libOpenCL.so.1", "ocl-icd-libopencl1", GF_OK},
    {"missing layer", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", missing_layer,
     "environment OPENCL_LAYERS", GF_DIAGNOSIS_WARN, "/nowhere/layer.so", "unset OPENCL_LAYERS",
     GF_OK},
    {"limit of probes", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", probe_limit,
     "environment GPUFARE_PROBE_TIMEOUT", GF_DIAGNOSIS_FAIL, "soon: no number of seconds",
     "unset GPUFARE_PROBE_TIMEOUT", GF_OK},
    {"preload", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", preload, "environment LD_PRELOAD",
     GF_DIAGNOSIS_PASS, "/lib/x.so", "", GF_OK},
    {"no variable", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", NULL, "environment",
     GF_DIAGNOSIS_PASS, "no variable", "", GF_OK},
    {"powersave", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", powersave, "CPU governor",
     GF_DIAGNOSIS_WARN, "powersave", "cpupower frequency-set -g performance", GF_OK},
    {"performance", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", steady, "CPU governor",
     GF_DIAGNOSIS_PASS, "performance", "", GF_OK},
    {"Intel turbo", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", intel_turbo, "CPU turbo",
     GF_DIAGNOSIS_WARN, "on", "echo 1 | sudo tee", GF_OK},
    {"AMD turbo", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", other_turbo, "CPU turbo",
     GF_DIAGNOSIS_WARN, "on", "echo 0 | sudo tee", GF_OK},
    {"busy", POCL_LIBRARY, GF_PROBE_FINISHED, 0, WORKING, "", busy, "machine load",
     GF_DIAGNOSIS_WARN, "7.50", "top", GF_OK},
    {"native", "x.so", GF_PROBE_FINISHED, 0, "{}", "", NULL, "native path", GF_DIAGNOSIS_PASS,
     "-d native", "", GF_NO_DEVICE},
};

static void check_scene(const scene *s) {
    static gf_opencl_setup setup; /* too large for a stack */
    static recording all;
    gf_icd_driver driver = {literal("/v/test.icd"), literal("test.icd"), literal(s->library), 0};
    gf_probe_result probe = {
        .end = s->end, .code = s->code, .report = json_loads(s->report, 0, NULL)};
    cr_assert_not_null(probe.report, "%s: the recorded report is not JSON", s->name);
    snprintf(probe.noise, sizeof probe.noise, "%s", s->noise);
    setup = (gf_opencl_setup){.loader = "/lib/libOpenCL.so.1", .probes = &probe, .can_probe = true};
    setup.set = (gf_icd_set){.where = literal("/v"), .drivers = &driver, .count = 1};
    setup.machine.cpus = 4;
    setup.cache = (gf_kernel_cache){.path = "/cache/pocl", .free_bytes = UINT64_C(1) << 33};
    all.count = 0;
    if (s->arrange != NULL)
        s->arrange(&setup);
    const gf_diagnosis_sink sink = {&all, record};
    gf_error error = GF_ERROR_INIT;
    const gf_status result = gf_diagnose_setup(&setup, &sink, &error);
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
    cr_expect(s->arrange != steering_variable || strstr(found->fix, "rm -r") == NULL, "%s",
              found->fix);
    json_decref(probe.report);
}

Test(doctor, rules_on_recorded_setups, .timeout = 30) {
    setenv("TZ", "UTC0", 1);
    for (size_t i = 0; i < GF_COUNT_OF(scenes); i++)
        check_scene(&scenes[i]);
}
