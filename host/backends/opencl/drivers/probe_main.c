/* gpufare-probe: the child in which a driver may crash or hang. Loads the drivers that the loader
 * shows it, tries each device, and reports at the start of each stage (format: probe_result.h).
 *
 *   gpufare-probe [list] [fresh] [library NAME]
 *
 * list      ends after listing the devices
 * fresh     also compiles a kernel that is in no kernel cache
 * library   loads this library by itself first, to get dlopen's reason when it can't be loaded
 *
 * Reports go to descriptor 3, or to stdout when that is not open.
 */
#define _GNU_SOURCE 1 /* dladdr, dlinfo */

#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"
#include "backends/opencl/drivers/probe_kernel.h"
#include "backends/opencl/drivers/probe_result.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct probe {
    int descriptor;
    bool list_only, fresh;
    const char *library;
    json_t *report;
} probe;

/* ---- Reporting --------------------------------------------------------- */

/* For lack of memory or descriptors: the parent sees an end without a complete report. */
static void give_up(void) {
    _exit(EXIT_FAILURE);
}

static void set(json_t *object, const char *key, json_t *value) {
    if (value == NULL || json_object_set_new(object, key, value) != 0)
        give_up();
}

/* JSON takes UTF-8 only, and drivers' texts may be anything. */
static void set_text(json_t *object, const char *key, const char *text) {
    json_t *value = json_string(text);
    set(object, key, value != NULL ? value : json_string("(not readable text)"));
}

static json_t *add_row(json_t *object, const char *key) {
    json_t *rows = json_object_get(object, key);
    if (rows == NULL) {
        set(object, key, json_array());
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

static void enter_stage(const probe *self, json_t *device, const char *stage) {
    set_text(self->report, "stage", stage);
    if (device != NULL)
        set_text(device, "stage", stage);
    write_report(self);
}

static void set_error(const probe *self, json_t *object, const char *text, cl_int code) {
    json_t *error = json_object();
    set(object, "error", error);
    set_text(error, "stage", gf_probe_text(self->report, "stage"));
    set_text(error, "text", text);
    if (code != CL_SUCCESS) {
        set_text(error, "name", gf_cl_error_name(code));
        set(error, "code", json_integer(code));
    }
}

/* ---- Loading ----------------------------------------------------------- */

static void set_real_path(json_t *object, const char *key, const char *path) {
    char *real = realpath(path, NULL);
    set_text(object, key, real != NULL ? real : path);
    free(real);
}

/* Loads it with the loader's flags, and leaves the handle open as the loader does. */
static bool load_library(const probe *self) {
    enter_stage(self, NULL, "load");
    void *handle = dlopen(self->library, RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL) {
        const char *reason = dlerror();
        set_error(self, self->report, reason != NULL ? reason : "dlopen gives no reason", 0);
        return false;
    }
    struct link_map *map = NULL;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != NULL)
        set_real_path(self->report, "library", map->l_name);
    return true;
}

static void report_loader(const probe *self) {
    /* ISO C has no conversion from a function's address to an object's. */
    cl_int (*function)(cl_uint, cl_platform_id *, cl_uint *) = clGetPlatformIDs;
    void *address;
    memcpy(&address, &function, sizeof address);
    Dl_info object;
    if (dladdr(address, &object) != 0 && object.dli_fname != NULL)
        set_real_path(self->report, "loader", object.dli_fname);
}

/* ---- Devices ----------------------------------------------------------- */

typedef struct device_report {
    const probe *self;
    json_t *row;
} device_report;

static void enter_device_stage(void *context, const char *stage) {
    const device_report *report = context;
    enter_stage(report->self, report->row, stage);
}

static void try_device(const probe *self, cl_device_id device, json_t *row) {
    device_report report = {self, row};
    gf_probe_kernel test = {.device = device,
                            .fresh = self->fresh,
                            .enter_stage = enter_device_stage,
                            .context = &report};
    set(row, "works", json_boolean(gf_probe_kernel_run(&test)));
    if (test.failed != NULL)
        set_error(self, row, test.failed, test.code);
    if (test.log != NULL)
        set_text(row, "log", test.log);
    free(test.log);
}

static void set_owned_text(json_t *object, const char *key, char *text) {
    set_text(object, key, text != NULL ? text : "");
    free(text);
}

static const char *type_name(cl_device_id device) {
    const uint64_t type = gf_cl_device_u64(device, CL_DEVICE_TYPE);
    if ((type & CL_DEVICE_TYPE_GPU) != 0)
        return "gpu";
    return (type & CL_DEVICE_TYPE_CPU) != 0 ? "cpu" : "accel";
}

static json_t *list_device(json_t *platform, cl_device_id device) {
    json_t *row = add_row(platform, "devices");
    set_owned_text(row, "name", gf_cl_device_text(device, CL_DEVICE_NAME));
    set_owned_text(row, "version", gf_cl_device_text(device, CL_DEVICE_VERSION));
    set_owned_text(row, "driver", gf_cl_device_text(device, CL_DRIVER_VERSION));
    set_text(row, "type", type_name(device));
    set(row, "f64", json_boolean(gf_cl_device_u64(device, CL_DEVICE_DOUBLE_FP_CONFIG) != 0));
    set(row, "compiler", json_boolean(gf_cl_device_u32(device, CL_DEVICE_COMPILER_AVAILABLE) != 0));
    set(row, "works", json_false());
    return row;
}

static void try_devices(const probe *self, cl_platform_id platform, json_t *row) {
    cl_uint count = 0;
    enter_stage(self, NULL, "devices");
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &count);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && count == 0))
        return; /* the reader of the report sees the empty list */
    cl_device_id *devices = code == CL_SUCCESS ? calloc(count, sizeof *devices) : NULL;
    if (devices != NULL)
        code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, devices, NULL);
    if (devices == NULL || code != CL_SUCCESS) {
        set_error(self, row, "clGetDeviceIDs", code);
        free(devices);
        return;
    }
    for (cl_uint i = 0; i < count; i++) {
        json_t *device = list_device(row, devices[i]);
        if (!self->list_only && gf_cl_version_suffices(gf_probe_text(device, "version")))
            try_device(self, devices[i], device);
    }
    free(devices);
}

static void try_platforms(const probe *self) {
    cl_uint count = 0;
    enter_stage(self, NULL, "platforms");
    report_loader(self);
    cl_int code = clGetPlatformIDs(0, NULL, &count);
    cl_platform_id *platforms = code == CL_SUCCESS ? calloc(count + 1, sizeof *platforms) : NULL;
    if (platforms != NULL && count > 0)
        code = clGetPlatformIDs(count, platforms, NULL);
    if (platforms == NULL || code != CL_SUCCESS) {
        set_error(self, self->report, "clGetPlatformIDs", code);
        free(platforms);
        return;
    }
    for (cl_uint i = 0; i < count; i++) {
        json_t *row = add_row(self->report, "platforms");
        set_owned_text(row, "name", gf_cl_platform_text(platforms[i], CL_PLATFORM_NAME));
        set_owned_text(row, "vendor", gf_cl_platform_text(platforms[i], CL_PLATFORM_VENDOR));
        set_owned_text(row, "version", gf_cl_platform_text(platforms[i], CL_PLATFORM_VERSION));
        try_devices(self, platforms[i], row);
    }
    free(platforms);
}

/* ---- The process ------------------------------------------------------- */

static bool read_arguments(probe *self, int count, char **arguments) {
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "list") == 0)
            self->list_only = true;
        else if (strcmp(arguments[i], "fresh") == 0)
            self->fresh = true;
        else if (strcmp(arguments[i], "library") == 0 && i + 1 < count)
            self->library = arguments[++i];
        else
            return false;
    }
    return true;
}

/* A crash leaves no core file, and the parent's death ends even a child that hangs. */
static void be_harmless(void) {
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int main(int count, char **arguments) {
    probe self = {.descriptor = GF_PROBE_REPORT_FD, .report = json_object()};
    if (!read_arguments(&self, count, arguments)) {
        fprintf(stderr, "usage: gpufare-probe [list] [fresh] [library NAME]\n");
        return GF_USAGE;
    }
    if (fcntl(self.descriptor, F_GETFD) < 0)
        self.descriptor = STDOUT_FILENO;
    be_harmless();
    set_text(self.report, "schema", "gpufare.probe/1");
    set(self.report, "complete", json_false());
    if (self.library == NULL || load_library(&self))
        try_platforms(&self);
    set(self.report, "complete", json_true());
    write_report(&self);
    /* Without the drivers' clean-up at exit, which is not tested here and sometimes hangs. */
    _exit(EXIT_SUCCESS);
}
