/* gpufare-probe: the child in which a driver may crash or hang. Loads the drivers that the loader
 * shows it, tries each device, and reports at the start of each stage (probe.h has the format).
 *
 *   gpufare-probe [--list] [--fresh] [--library NAME]
 *
 * --list      ends after listing the devices
 * --fresh     also compiles a kernel that no kernel cache holds
 * --library   loads this library by itself first, to get dlopen's reason when it can't be loaded
 *
 * Reports go to descriptor 3, or to stdout when that is not open.
 */
#define _GNU_SOURCE 1 /* dladdr, dlinfo */

#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"
#include "backends/opencl/drivers/probe.h"
#include "backends/opencl/drivers/probe_text.h"

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
#include <time.h>
#include <unistd.h>

#define ELEMENTS  256 /* of the test vectors */
#define LOG_LIMIT 2000

typedef struct probe {
    int descriptor;
    bool list_only, fresh;
    const char *library;
    json_t *report;
} probe;

/* What one device's test owns. */
typedef struct trial {
    cl_device_id device;
    json_t *row;
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_kernel kernel;
    cl_mem a, b, sum;
} trial;

/* ---- Reporting --------------------------------------------------------- */

/* Out of memory or out of descriptors: the parent sees an end without a complete report. */
static void give_up(void) {
    _exit(EXIT_FAILURE);
}

static void set(json_t *object, const char *key, json_t *value) {
    if (value == NULL || json_object_set_new(object, key, value) != 0)
        give_up();
}

/* Drivers' texts may hold anything; what is no UTF-8 can't be in JSON. */
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
    text[length] = '\n'; /* in place of the end: the length is known */
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

/* As the loader loads it; the handle stays open, as the loader's does. */
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
    /* ISO C has no way from a function's address to an object's. */
    cl_int (*function)(cl_uint, cl_platform_id *, cl_uint *) = clGetPlatformIDs;
    void *address;
    memcpy(&address, &function, sizeof address);
    Dl_info facts;
    if (dladdr(address, &facts) != 0 && facts.dli_fname != NULL)
        set_real_path(self->report, "loader", facts.dli_fname);
}

/* ---- A device at work -------------------------------------------------- */

/* A constant that is new each time makes the kernel new to every cache. */
static const char source_format[] = "__constant uint gf_nonce = %luu;\n"
                                    "__kernel void gf_probe(__global const float *a,\n"
                                    "    __global const float *b, __global float *sum) {\n"
                                    "    size_t i = get_global_id(0);\n"
                                    "    sum[i] = a[i] + b[i] + (gf_nonce == 1u ? 1.0f : 0.0f);\n"
                                    "}\n";

#define KNOWN_NONCE 2UL /* the same in every run, so that caches come to know that kernel */

static unsigned long fresh_nonce(void) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const unsigned long mixed = (unsigned long)now.tv_nsec ^ ((unsigned long)now.tv_sec << 12);
    return (mixed & 0x7fffffffUL) | 4; /* fits a uint, and is neither 1 nor the known one */
}

static bool failed(const probe *self, trial *test, const char *what, cl_int code) {
    if (code == CL_SUCCESS)
        return false;
    set_error(self, test->row, what, code);
    return true;
}

static void add_log(const trial *test) {
    char *log = NULL;
    size_t bytes = 0;
    cl_int code =
        clGetProgramBuildInfo(test->program, test->device, CL_PROGRAM_BUILD_LOG, 0, NULL, &bytes);
    if (code != CL_SUCCESS || bytes == 0 || (log = calloc(bytes + 1, 1)) == NULL)
        return;
    code =
        clGetProgramBuildInfo(test->program, test->device, CL_PROGRAM_BUILD_LOG, bytes, log, NULL);
    if (code == CL_SUCCESS) {
        if (bytes > LOG_LIMIT)
            log[LOG_LIMIT] = '\0';
        set_text(test->row, "log", log);
    }
    free(log);
}

static bool make_context(const probe *self, trial *test) {
    enter_stage(self, test->row, "context");
    cl_int code;
    test->context = clCreateContext(NULL, 1, &test->device, NULL, NULL, &code);
    if (failed(self, test, "clCreateContext", code))
        return false;
    test->queue = clCreateCommandQueue(test->context, test->device, 0, &code);
    return !failed(self, test, "clCreateCommandQueue", code);
}

static bool compile(const probe *self, trial *test, unsigned long nonce) {
    char text[sizeof source_format + 24];
    const char *source = text;
    snprintf(text, sizeof text, source_format, nonce);
    enter_stage(self, test->row, "compile");
    cl_int code;
    test->program = clCreateProgramWithSource(test->context, 1, &source, NULL, &code);
    if (failed(self, test, "clCreateProgramWithSource", code))
        return false;
    code = clBuildProgram(test->program, 1, &test->device, "", NULL, NULL);
    if (failed(self, test, "clBuildProgram", code)) {
        add_log(test);
        return false;
    }
    test->kernel = clCreateKernel(test->program, "gf_probe", &code);
    return !failed(self, test, "clCreateKernel", code);
}

static bool make_buffers(const probe *self, trial *test, float *a, float *b) {
    const size_t bytes = ELEMENTS * sizeof(float);
    const cl_mem_flags input = CL_MEM_READ_ONLY | CL_MEM_COPY_HOST_PTR;
    cl_int code;
    test->a = clCreateBuffer(test->context, input, bytes, a, &code);
    if (code == CL_SUCCESS)
        test->b = clCreateBuffer(test->context, input, bytes, b, &code);
    if (code == CL_SUCCESS)
        test->sum = clCreateBuffer(test->context, CL_MEM_WRITE_ONLY, bytes, NULL, &code);
    if (failed(self, test, "clCreateBuffer", code))
        return false;
    const cl_mem arguments[] = {test->a, test->b, test->sum};
    for (cl_uint i = 0; i < 3 && code == CL_SUCCESS; i++)
        code = clSetKernelArg(test->kernel, i, sizeof(cl_mem), &arguments[i]);
    return !failed(self, test, "clSetKernelArg", code);
}

/* a + b with whole numbers, which every float type adds exactly. */
static bool run_and_verify(const probe *self, trial *test) {
    float a[ELEMENTS], b[ELEMENTS], sum[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
        a[i] = (float)i;
        b[i] = (float)(3 * i + 1);
        sum[i] = -1.0f;
    }
    enter_stage(self, test->row, "run");
    if (!make_buffers(self, test, a, b))
        return false;
    const size_t global = ELEMENTS;
    cl_int code =
        clEnqueueNDRangeKernel(test->queue, test->kernel, 1, NULL, &global, NULL, 0, NULL, NULL);
    if (failed(self, test, "clEnqueueNDRangeKernel", code) ||
        failed(self, test, "clFinish", clFinish(test->queue)))
        return false;
    enter_stage(self, test->row, "verify");
    code = clEnqueueReadBuffer(test->queue, test->sum, CL_TRUE, 0, sizeof sum, sum, 0, NULL, NULL);
    if (failed(self, test, "clEnqueueReadBuffer", code))
        return false;
    for (int i = 0; i < ELEMENTS; i++) {
        if (sum[i] != (float)(4 * i + 1)) {
            set_error(self, test->row, "a test kernel computed a wrong result", CL_SUCCESS);
            return false;
        }
    }
    return true;
}

/* Everything is left to the end of the process but the device's memory, which others may need. */
static void release(trial *test) {
    const cl_mem memories[] = {test->a, test->b, test->sum};
    for (size_t i = 0; i < 3; i++)
        if (memories[i] != NULL)
            clReleaseMemObject(memories[i]);
    if (test->kernel != NULL)
        clReleaseKernel(test->kernel);
    if (test->program != NULL)
        clReleaseProgram(test->program);
    if (test->queue != NULL)
        clReleaseCommandQueue(test->queue);
    if (test->context != NULL)
        clReleaseContext(test->context);
}

static bool try_kernel(const probe *self, cl_device_id device, json_t *row, unsigned long nonce) {
    trial test = {.device = device, .row = row};
    const bool works =
        make_context(self, &test) && compile(self, &test, nonce) && run_and_verify(self, &test);
    release(&test);
    return works;
}

/* The known kernel comes out of the driver's cache, if it has one, and shows whether that is
 * sound; the fresh one shows whether the compiler works and the cache has room. */
static void try_device(const probe *self, cl_device_id device, json_t *row) {
    bool works = try_kernel(self, device, row, KNOWN_NONCE);
    if (works && self->fresh)
        works = try_kernel(self, device, row, fresh_nonce());
    set(row, "works", json_boolean(works));
}

/* ---- Listing ----------------------------------------------------------- */

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
        return; /* an empty list is a finding of its own */
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
        if (strcmp(arguments[i], "--list") == 0)
            self->list_only = true;
        else if (strcmp(arguments[i], "--fresh") == 0)
            self->fresh = true;
        else if (strcmp(arguments[i], "--library") == 0 && i + 1 < count)
            self->library = arguments[++i];
        else
            return false;
    }
    return true;
}

/* A crash leaves no core file, and the death of the parent ends the child, whatever hangs. */
static void be_harmless(void) {
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int main(int count, char **arguments) {
    probe self = {.descriptor = GF_PROBE_REPORT_FD, .report = json_object()};
    if (!read_arguments(&self, count, arguments)) {
        fprintf(stderr, "usage: gpufare-probe [--list] [--fresh] [--library NAME]\n");
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
    /* The drivers' own clean-up is not under test, and some of it hangs. */
    _exit(EXIT_SUCCESS);
}
