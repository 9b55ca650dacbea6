/* gpufare-worker: the process in which a driver may crash or hang. Loads the drivers that the
 * loader shows it. Then it serves devices to its parent, or tries each device and reports at the
 * start of each stage (format: drivers/probe_result.h).
 *
 *   gpufare-worker [vendors DIRECTORY] [simulate LOG] serve
 *   gpufare-worker [vendors DIRECTORY] [list] [fresh] [library NAME]
 *
 * vendors   shows the loader the drivers of this directory only
 * simulate  has Oclgrind, the driver that is shown, write what it finds in kernels into this file
 * serve     serves requests (worker/message.h) from the socket that is descriptor 3
 * list      ends after listing the devices
 * fresh     also compiles a kernel that is in no kernel cache, and one with fma()
 * library   loads this library by itself first, to get dlopen's reason when it can't be loaded
 *
 * Reports go to descriptor 3, or to stdout when that is not open.
 */
#define _GNU_SOURCE 1 /* dlinfo */

#include "backends/opencl/cl/cl_class.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"
#include "backends/opencl/drivers/icd_find.h"
#include "backends/opencl/drivers/probe_kernel.h"
#include "backends/opencl/drivers/probe_result.h"
#include "backends/opencl/opencl_workers.h"
#include "backends/opencl/runtime/cl_enumerate.h"
#include "backends/opencl/simulator/simulator.h"
#include "base/json.h"
#include "os/cores.h"
#include "problem/facts/fact.h"
#include "problem/facts/needs.h"
#include "problem/ndrange_plan.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define LOG_LIMIT     2000
#define MAX_PLATFORMS 64 /* more drivers than any machine has */
#define MAX_DEVICES   64 /* of one platform */

typedef struct probe {
    int descriptor;
    bool list_only, fresh, serve;
    const char *library;
    json_t *report;
} probe;

/* ---- Reporting --------------------------------------------------------- */

/* For lack of memory or descriptors: the parent sees an end without a complete report. */
static void give_up(void) {
    _exit(EXIT_FAILURE);
}

static void set_member(json_t *object, const char *key, json_t *value) {
    if (value == NULL || json_object_set_new(object, key, value) != 0)
        give_up();
}

static void set_text(json_t *object, const char *key, const char *text) {
    set_member(object, key, gf_json_text(text));
}

static json_t *add_row(json_t *object, const char *key) {
    json_t *rows = json_object_get(object, key);
    if (rows == NULL) {
        set_member(object, key, json_array());
        rows = json_object_get(object, key);
    }
    json_t *row = json_object();
    if (json_array_append_new(rows, row) != 0)
        give_up();
    return row;
}

static void write_report(const probe *self) {
    char *text = json_dumps(self->report, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (text == NULL)
        give_up();
    const size_t length = strlen(text);
    text[length] = '\n'; /* replaces the terminating zero: the length is known */
    for (size_t done = 0; done <= length;) {
        const ssize_t count = write(self->descriptor, text + done, length + 1 - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            give_up();
        done += (size_t)count;
    }
    free(text);
}

static void enter_stage(void *context, const char *stage) {
    const probe *self = context;
    set_text(self->report, "stage", stage);
    write_report(self);
}

static void set_error(const probe *self, json_t *object, const char *text, cl_int code) {
    json_t *error = json_object();
    set_member(object, "error", error);
    set_text(error, "stage", gf_probe_text(self->report, "stage"));
    set_text(error, "text", text);
    if (code != CL_SUCCESS) {
        set_text(error, "name", gf_cl_error_name(code));
        set_member(error, "code", json_integer(code));
    }
}

/* ---- Loading ----------------------------------------------------------- */

/* Loads it with the loader's flags, and leaves the handle open as the loader does. */
static bool load_library(probe *self) {
    enter_stage(self, "load");
    void *handle = dlopen(self->library, RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = dlerror();
        set_error(self, self->report, reason != NULL ? reason : "dlopen gives no reason", 0);
        return false;
    }
    struct link_map *map = NULL;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != NULL) {
        char *real = realpath(map->l_name, NULL);
        set_text(self->report, "library", real != NULL ? real : map->l_name);
        free(real);
    }
    return true;
}

/* ---- Devices ----------------------------------------------------------- */

static void try_device(probe *self, cl_device_id device, json_t *row) {
    gf_probe_kernel test = {
        .device = device, .fresh = self->fresh, .enter_stage = enter_stage, .context = self};
    const bool works = gf_probe_kernel_run(&test);
    set_member(row, "works", json_boolean(works));
    if (works && self->fresh)
        set_member(row, "fma", json_boolean(gf_probe_kernel_fma(&test)));
    if (test.failed != NULL)
        set_error(self, row, test.failed, test.code);
    if (test.log != NULL) {
        test.log[strnlen(test.log, LOG_LIMIT)] = '\0';
        set_text(row, "log", test.log);
    }
    free(test.log);
}

static void set_owned_text(json_t *object, const char *key, char *text) {
    set_text(object, key, text != NULL ? text : "");
    free(text);
}

static const char *type_name(cl_platform_id platform, cl_device_id device) {
    const gf_device_class found = gf_cl_class_of(platform, device, NULL, 0);
    return found == GF_CLASS_GPU ? "gpu" : found == GF_CLASS_CPU ? "cpu" : "accel";
}

/* What earlier uses of the device have found out. */
static void set_facts(json_t *row, cl_platform_id platform, cl_device_id device) {
    gf_fact facts[GF_FACT_COUNT];
    char text[800];
    if (!gf_cl_kept_facts(platform, device, facts))
        return;
    gf_facts_format_lacks(facts, text, sizeof text);
    set_text(row, "lacks", text);
    set_member(row, "strict_f32", json_boolean(gf_facts_hold(facts, GF_NEEDS_SUMS_AND_PRODUCTS)));
    set_member(row, "refuses", json_boolean(gf_facts_refuse(facts)));
    set_member(row, "needs_relaxed_f32", json_boolean(gf_facts_need_relaxed_f32(facts)));
}

static json_t *list_device(json_t *report, cl_platform_id platform, cl_device_id device) {
    json_t *row = add_row(report, "devices");
    set_owned_text(row, "name", gf_cl_device_text(device, CL_DEVICE_NAME));
    set_owned_text(row, "version", gf_cl_device_text(device, CL_DEVICE_VERSION));
    set_owned_text(row, "driver", gf_cl_device_text(device, CL_DRIVER_VERSION));
    set_text(row, "type", type_name(platform, device));
    set_member(row, "f64", json_boolean(gf_cl_device_u64(device, CL_DEVICE_DOUBLE_FP_CONFIG) != 0));
    set_member(
        row, "denormals_f32",
        json_boolean((gf_cl_device_u64(device, CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_DENORM) != 0));
    set_member(row, "compiler",
               json_boolean(gf_cl_device_u32(device, CL_DEVICE_COMPILER_AVAILABLE) != 0));
    set_member(row, "works", json_false());
    set_facts(row, platform, device);
    return row;
}

static void try_devices(probe *self, cl_platform_id platform, json_t *row) {
    cl_device_id devices[MAX_DEVICES];
    cl_uint count = 0;
    enter_stage(self, "devices");
    const cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, MAX_DEVICES, devices, &count);
    if (code != CL_SUCCESS) {
        if (code != CL_DEVICE_NOT_FOUND) /* an empty list says that */
            set_error(self, row, "clGetDeviceIDs", code);
        return;
    }
    for (cl_uint i = 0; i < count && i < MAX_DEVICES; i++) {
        json_t *device = list_device(row, platform, devices[i]);
        if (!self->list_only && gf_cl_version_suffices(gf_probe_text(device, "version")))
            try_device(self, devices[i], device);
    }
}

static void try_platforms(probe *self) {
    cl_platform_id platforms[MAX_PLATFORMS];
    cl_uint count = 0;
    enter_stage(self, "platforms");
    const cl_int code = clGetPlatformIDs(MAX_PLATFORMS, platforms, &count);
    if (code != CL_SUCCESS) {
        set_error(self, self->report, "clGetPlatformIDs", code);
        return;
    }
    for (cl_uint i = 0; i < count && i < MAX_PLATFORMS; i++) {
        json_t *row = add_row(self->report, "platforms");
        set_owned_text(row, "name", gf_cl_platform_text(platforms[i], CL_PLATFORM_NAME));
        set_owned_text(row, "version", gf_cl_platform_text(platforms[i], CL_PLATFORM_VERSION));
        try_devices(self, platforms[i], row);
    }
}

/* ---- The process ------------------------------------------------------- */

/* Before the loader's first call, which reads these variables. */
static void show_only(const char *directory) {
    if (setenv("OCL_ICD_VENDORS", directory, 1) != 0 || unsetenv("OPENCL_VENDOR_PATH") != 0 ||
        unsetenv("OCL_ICD_FILENAMES") != 0)
        give_up();
}

/* The parent's private directory of drivers, which a killed parent leaves behind. */
static const char *vendors;

static void remove_vendors(void) {
    if (vendors != NULL && gf_private_directory_is(vendors))
        gf_private_directory_remove(strdup(vendors));
}

static bool read_arguments(probe *self, int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "serve") == 0)
            self->serve = true;
        else if (strcmp(arguments[i], "list") == 0)
            self->list_only = true;
        else if (strcmp(arguments[i], "fresh") == 0)
            self->fresh = true;
        else if (strcmp(arguments[i], "vendors") == 0 && i + 1 < count)
            show_only(vendors = arguments[++i]);
        else if (strcmp(arguments[i], "library") == 0 && i + 1 < count)
            self->library = arguments[++i];
        else if (strcmp(arguments[i], "simulate") != 0 || i + 1 == count ||
                 !gf_simulator_set_up(arguments[++i]))
            return false;
    }
    return true;
}

static void *wait_for_orphaning(void *context) {
    int number = 0;
    while (sigwait(context, &number) != 0 || number != SIGTERM)
        continue;
    remove_vendors();
    if (getpgrp() == getpid())
        (void)kill(0, SIGKILL);
    _exit(EXIT_FAILURE);
}

/* Ends a probe, and what the driver has started, with its parent, even while the driver hangs. A
 * parent that waits for reports does so in the thread that started this process, so that the signal
 * comes when the parent ends. */
static void end_with_parent(void) {
    static sigset_t term;
    pthread_t thread;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    const bool watched = pthread_sigmask(SIG_BLOCK, &term, NULL) == 0 &&
                         pthread_create(&thread, NULL, wait_for_orphaning, &term) == 0;
    (void)prctl(PR_SET_PDEATHSIG, watched ? SIGTERM : SIGKILL);
}

/* A crash leaves no core file. What the driver starts does not get the channel to the parent. */
static void be_harmless(const probe *self) {
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    if (self->descriptor > STDERR_FILENO)
        (void)fcntl(self->descriptor, F_SETFD, FD_CLOEXEC);
}

int main(int count, char **arguments) {
    probe self = {.descriptor = GF_CHILD_CHANNEL, .report = json_object()};
    if (!read_arguments(&self, count, arguments)) {
        fprintf(stderr,
                "usage: gpufare-worker [vendors DIRECTORY] [simulate LOG] [serve] [list] [fresh] "
                "[library NAME]\n");
        return GF_USAGE;
    }
    if (fcntl(self.descriptor, F_GETFD) < 0)
        self.descriptor = STDOUT_FILENO;
    be_harmless(&self);
    /* OpenMP may have bound this thread to a core, and drivers start others from it. */
    (void)gf_cores_unbind();
    if (self.serve) {
        json_decref(self.report);
        return gf_opencl_serve(GF_CHILD_CHANNEL, remove_vendors);
    }
    end_with_parent();
    set_text(self.report, "schema", "gpufare.probe/1");
    set_member(self.report, "complete", json_false());
    if (self.library == NULL || load_library(&self))
        try_platforms(&self);
    set_member(self.report, "complete", json_true());
    write_report(&self);
    /* Without the drivers' clean-up at exit, which is not tested here and sometimes hangs. */
    _exit(EXIT_SUCCESS);
}
