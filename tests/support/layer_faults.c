/* An OpenCL layer (cl_khr_layers) that misbehaves on purpose, between the ICD loader and a real
 * driver. The loader finds it through OPENCL_LAYERS. It acts only in the process whose program is
 * LAYER_PROGRAM and which, if LAYER_WORD is set, has that word among its arguments:
 *
 * LAYER_LOG=FILE: gets "loaded", "met FUNCTION N" for the first fault in each process and "then
 * FUNCTION" for the next calls, and at exit
 * "calls FUNCTION N" for each function that was called and "alive KIND N" for each kind of object.
 * LAYER_LIST=1: also "wraps FUNCTION" for each function that can fail, and "calls" at once, since a
 * process may end without its exit.
 *
 * LAYER_FAIL=FUNCTION:N:CODE: the N-th call of a function returns CODE and does nothing. With a +
 * after N, so do all later ones. CODE may be abort, exit, segv, kill, hang, noise or noise-stdout:
 * the process then does that; noise is output without end.
 *
 * LAYER_FLIP=1: flips a bit of all data that is read back or mapped for reading. LAYER_FLIP=async:
 * only of data that is read without waiting, as in pipelined round trips.
 *
 * LAYER_TIMES: makes event times so:
 *   zero, disorder (within an event), none (not available), long (1000 s more);
 *   one: each interval is 1 ns, as with rusticl 22.3; same: all events have the first one's times;
 *   backwards: each launch is a second before the one before; micro, pico: the intervals are a
 *   thousandth of what they are, or a thousand times that.
 *
 * LAYER_LATE=1: transfers without waiting start as late as allowed: 20 ms after the program begins
 * to wait for something. By then a command that should have waited for the transfer has run.
 *
 * LAYER_NO_DENORMALS=1: devices say that they take small f32 numbers for 0.
 *
 * LAYER_NO_FMA=1: programs that use fma() can't be built.
 *
 * LAYER_REPLACE=OLD=>NEW: in all sources, the first text by the second. LAYER_OPTIONS=TEXT: is
 * added to the options of all programs. LAYER_ABORT=TEXT[,TEXT]...: aborts when a program is
 * built with options that have one of these texts.
 *
 * LAYER_MEMORY=BYTES: devices say that they have no more memory, and no larger buffers.
 *
 * LAYER_AS_GPU=1: CPUs say that they are GPUs with memory of their own. LAYER_AS_GPU=llvmpipe: and
 * that they are called llvmpipe.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* program_invocation_short_name */
#endif
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LAYER_NAME "gpufare test faults"
#include "tools/mutants/layer_template.h"

/* Calls come from one thread of the tool, so plain counters are enough. */
#define FUNCTIONS(X)                                                                               \
    X(clGetPlatformIDs)                                                                            \
    X(clGetExtensionFunctionAddressForPlatform)                                                    \
    X(clGetDeviceIDs)                                                                              \
    X(clGetDeviceInfo)                                                                             \
    X(clGetPlatformInfo)                                                                           \
    X(clCreateContext)                                                                             \
    X(clReleaseContext)                                                                            \
    X(clCreateCommandQueue)                                                                        \
    X(clRetainCommandQueue)                                                                        \
    X(clReleaseCommandQueue)                                                                       \
    X(clCreateBuffer)                                                                              \
    X(clCreateSubBuffer)                                                                           \
    X(clReleaseMemObject)                                                                          \
    X(clCreateProgramWithSource)                                                                   \
    X(clCreateProgramWithBinary)                                                                   \
    X(clRetainProgram)                                                                             \
    X(clReleaseProgram)                                                                            \
    X(clBuildProgram)                                                                              \
    X(clGetProgramInfo)                                                                            \
    X(clGetProgramBuildInfo)                                                                       \
    X(clCreateKernel)                                                                              \
    X(clReleaseKernel)                                                                             \
    X(clSetKernelArg)                                                                              \
    X(clGetKernelInfo)                                                                             \
    X(clGetKernelArgInfo)                                                                          \
    X(clGetKernelWorkGroupInfo)                                                                    \
    X(clEnqueueNDRangeKernel)                                                                      \
    X(clEnqueueReadBuffer)                                                                         \
    X(clEnqueueWriteBuffer)                                                                        \
    X(clEnqueueReadBufferRect)                                                                     \
    X(clEnqueueWriteBufferRect)                                                                    \
    X(clEnqueueMapBuffer)                                                                          \
    X(clEnqueueUnmapMemObject)                                                                     \
    X(clFlush)                                                                                     \
    X(clFinish)                                                                                    \
    X(clWaitForEvents)                                                                             \
    X(clReleaseEvent)                                                                              \
    X(clGetEventInfo)                                                                              \
    X(clGetEventProfilingInfo)

#define AS_ENUM(name) AT_##name,
#define AS_TEXT(name) #name,
enum function { FUNCTIONS(AS_ENUM) FUNCTION_COUNT };
static const char *const function_names[] = {FUNCTIONS(AS_TEXT)};

enum kind { CONTEXT, QUEUE, MEMORY, PROGRAM, KERNEL, EVENT, KIND_COUNT };
static const char *const kind_names[] = {"context", "queue",  "memory",
                                         "program", "kernel", "event"};

static bool active;
static unsigned long calls[FUNCTION_COUNT];
static long alive[KIND_COUNT];

/* ---- Settings and the log ---------------------------------------------- */

static bool is_set(const char *name, const char *value) {
    const char *text = getenv(name);
    return active && text != NULL && strcmp(text, value) == 0;
}

static FILE *open_log(void) {
    const char *path = getenv("LAYER_LOG");
    return active && path != NULL ? fopen(path, "a") : NULL;
}

static void log_loaded(void) {
    FILE *log = open_log();
    if (log == NULL)
        return;
    fputs("loaded\n", log);
    for (int i = 0; i < FUNCTION_COUNT && is_set("LAYER_LIST", "1"); i++)
        fprintf(log, "wraps %s\n", function_names[i]);
    fclose(log);
}

static void log_early_call(enum function function) {
    FILE *log = calls[function] <= 64 && is_set("LAYER_LIST", "1") ? open_log() : NULL;
    if (log == NULL)
        return;
    fprintf(log, "calls %s %lu\n", function_names[function], calls[function]);
    fclose(log);
}

static bool met;

static void log_met(enum function function, unsigned long call) {
    FILE *log = met ? NULL : open_log();
    met = true;
    if (log == NULL)
        return;
    fprintf(log, "met %s %lu\n", function_names[function], call);
    fclose(log);
}

__attribute__((destructor)) static void log_end(void) {
    FILE *log = open_log();
    if (log == NULL)
        return;
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        if (calls[i] > 0)
            fprintf(log, "calls %s %lu\n", function_names[i], calls[i]);
    }
    for (int i = 0; i < KIND_COUNT; i++)
        fprintf(log, "alive %s %ld\n", kind_names[i], alive[i]);
    fclose(log);
}

static void log_next(enum function function) {
    static unsigned logged;
    FILE *log = logged++ < 3 ? open_log() : NULL;
    if (log == NULL)
        return;
    fprintf(log, "then %s\n", function_names[function]);
    fclose(log);
}

/* As fast as it can at first; later slower, so that other processes get somewhere. */
static void write_without_end(FILE *stream) {
    for (unsigned long line = 0;; line++) {
        fputs("layer: and so on and so on and so on and so on and so on and so on\n", stream);
        if (line > 50000 && line % 200 == 0)
            nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
}

/* The last words of a driver, and its end. */
static void end_by(const char *how) {
    fprintf(stderr, "layer: this driver will %s\n", how);
    fflush(stderr);
    if (strcmp(how, "abort") == 0)
        abort();
    if (strcmp(how, "exit") == 0)
        exit(7);
    if (strcmp(how, "segv") == 0) {
        (void)signal(SIGSEGV, SIG_DFL); /* PoCL has a handler, for faults of its kernels */
        (void)raise(SIGSEGV);
    }
    if (strcmp(how, "kill") == 0)
        (void)raise(SIGKILL);
    if (strcmp(how, "noise") == 0)
        write_without_end(stderr);
    if (strcmp(how, "noise-stdout") == 0)
        write_without_end(stdout);
    while (strcmp(how, "hang") == 0)
        pause();
}

/* Counts a call. Returns the code that it must fail with, or CL_SUCCESS. */
static cl_int enter(enum function function) {
    const unsigned long call = ++calls[function];
    log_early_call(function);
    if (met)
        log_next(function);
    const char *fault = getenv("LAYER_FAIL");
    const size_t length = strlen(function_names[function]);
    if (!active || fault == NULL || strncmp(fault, function_names[function], length) != 0 ||
        fault[length] != ':')
        return CL_SUCCESS;
    char *end = NULL;
    const unsigned long first = strtoul(fault + length + 1, &end, 10);
    const bool always = *end == '+';
    end += always ? 1 : 0;
    if (call < first || (call > first && !always) || *end != ':')
        return CL_SUCCESS;
    log_met(function, call);
    end_by(end + 1);
    return (cl_int)strtol(end + 1, NULL, 10);
}

/* Whether the process was started with this argument. */
static bool has_argument(const char *word) {
    char arguments[4096];
    FILE *file = fopen("/proc/self/cmdline", "r");
    const size_t length = file == NULL ? 0 : fread(arguments, 1, sizeof arguments - 1, file);
    if (file != NULL)
        fclose(file);
    arguments[length] = '\0';
    for (size_t at = 0; at < length; at += strlen(arguments + at) + 1) {
        if (strcmp(arguments + at, word) == 0)
            return true;
    }
    return false;
}

/* The body of a wrapper whose function only returns a code. */
#define CALL(name, ...)                                                                            \
    do {                                                                                           \
        const cl_int injected = enter(AT_##name);                                                  \
        return injected != CL_SUCCESS ? injected : below->name(__VA_ARGS__);                       \
    } while (0)

/* The body of a wrapper whose function makes an object and returns its code through a pointer. */
#define CREATE(name, kind, code, ...)                                                              \
    do {                                                                                           \
        const cl_int injected = enter(AT_##name);                                                  \
        if (injected != CL_SUCCESS) {                                                              \
            if ((code) != NULL)                                                                    \
                *(code) = injected;                                                                \
            return NULL;                                                                           \
        }                                                                                          \
        void *const made = (void *)below->name(__VA_ARGS__);                                       \
        alive[kind] += made != NULL ? 1 : 0;                                                       \
        return made;                                                                               \
    } while (0)

#define RELEASE(name, kind, object)                                                                \
    do {                                                                                           \
        const cl_int injected = enter(AT_##name);                                                  \
        const cl_int code = below->name(object);                                                   \
        alive[kind] -= code == CL_SUCCESS ? 1 : 0;                                                 \
        return injected != CL_SUCCESS ? injected : code;                                           \
    } while (0)

static cl_int count_event(cl_int code, const cl_event *event) {
    alive[EVENT] += code == CL_SUCCESS && event != NULL ? 1 : 0;
    return code;
}

/* ---- Platforms and devices --------------------------------------------- */

static cl_int CL_API_CALL layer_clGetPlatformIDs(cl_uint room, cl_platform_id *platforms,
                                                 cl_uint *count) {
    CALL(clGetPlatformIDs, room, platforms, count);
}

/* It has no code to return: any fault is that there is no such function. */
static void *CL_API_CALL layer_clGetExtensionFunctionAddressForPlatform(cl_platform_id platform,
                                                                        const char *name) {
    if (enter(AT_clGetExtensionFunctionAddressForPlatform) != CL_SUCCESS)
        return NULL;
    return below->clGetExtensionFunctionAddressForPlatform(platform, name);
}

static cl_int CL_API_CALL layer_clGetPlatformInfo(cl_platform_id platform, cl_platform_info name,
                                                  size_t size, void *value, size_t *size_ret) {
    CALL(clGetPlatformInfo, platform, name, size, value, size_ret);
}

static cl_int CL_API_CALL layer_clGetDeviceIDs(cl_platform_id platform, cl_device_type type,
                                               cl_uint room, cl_device_id *devices,
                                               cl_uint *count) {
    CALL(clGetDeviceIDs, platform, type, room, devices, count);
}

static void limit_memory(void *value) {
    const char *limit = getenv("LAYER_MEMORY");
    if (active && limit != NULL)
        memcpy(value, &(cl_ulong){strtoull(limit, NULL, 10)}, sizeof(cl_ulong));
}

static cl_int CL_API_CALL layer_clGetDeviceInfo(cl_device_id device, cl_device_info name,
                                                size_t size, void *value, size_t *size_ret) {
    const cl_int injected = enter(AT_clGetDeviceInfo);
    if (injected != CL_SUCCESS)
        return injected;
    const char *as_gpu = getenv("LAYER_AS_GPU");
    const cl_int code = below->clGetDeviceInfo(device, name, size, value, size_ret);
    if (code != CL_SUCCESS || value == NULL)
        return code;
    if (name == CL_DEVICE_SINGLE_FP_CONFIG && is_set("LAYER_NO_DENORMALS", "1") &&
        size >= sizeof(cl_device_fp_config))
        memcpy(value, &(cl_device_fp_config){CL_FP_ROUND_TO_NEAREST}, sizeof(cl_device_fp_config));
    if ((name == CL_DEVICE_GLOBAL_MEM_SIZE || name == CL_DEVICE_MAX_MEM_ALLOC_SIZE) &&
        size >= sizeof(cl_ulong))
        limit_memory(value);
    if (as_gpu == NULL || as_gpu[0] == '\0')
        return code;
    /* PoCL's own name would tell that it is the CPU. Each of these is shorter. */
    if (name == CL_DEVICE_NAME)
        snprintf(value, size, "%s", is_set("LAYER_AS_GPU", "1") ? "Fake" : as_gpu);
    if (name == CL_DEVICE_TYPE && size >= sizeof(cl_device_type))
        memcpy(value, &(cl_device_type){CL_DEVICE_TYPE_GPU}, sizeof(cl_device_type));
    if (name == CL_DEVICE_HOST_UNIFIED_MEMORY && size >= sizeof(cl_bool))
        memcpy(value, &(cl_bool){CL_FALSE}, sizeof(cl_bool));
    return code;
}

static cl_context CL_API_CALL layer_clCreateContext(
    const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,
    void(CL_CALLBACK *notify)(const char *, const void *, size_t, void *), void *data,
    cl_int *code) {
    CREATE(clCreateContext, CONTEXT, code, properties, count, devices, notify, data, code);
}

static cl_int CL_API_CALL layer_clReleaseContext(cl_context context) {
    RELEASE(clReleaseContext, CONTEXT, context);
}

static cl_command_queue CL_API_CALL layer_clCreateCommandQueue(
    cl_context context, cl_device_id device, cl_command_queue_properties properties, cl_int *code) {
    CREATE(clCreateCommandQueue, QUEUE, code, context, device, properties, code);
}

#define RETAIN(function, kind, object)                                                             \
    const cl_int injected = enter(AT_##function);                                                  \
    const cl_int code = injected == CL_SUCCESS ? below->function(object) : injected;               \
    alive[kind] += code == CL_SUCCESS ? 1 : 0;                                                     \
    return code

static cl_int CL_API_CALL layer_clRetainCommandQueue(cl_command_queue queue) {
    RETAIN(clRetainCommandQueue, QUEUE, queue);
}

static cl_int CL_API_CALL layer_clReleaseCommandQueue(cl_command_queue queue) {
    RELEASE(clReleaseCommandQueue, QUEUE, queue);
}

/* ---- Programs ---------------------------------------------------------- */

#define MOST_SOURCE ((size_t)1 << 20)

/* The text after LAYER_REPLACE. */
static const char *replace(const char *text, const char *rule) {
    static char made[MOST_SOURCE];
    const char *arrow = strstr(rule, "=>");
    if (arrow == NULL)
        abort();
    const size_t length = (size_t)(arrow - rule), added = strlen(arrow + 2);
    size_t used = 0;
    for (const char *at = text; *at != '\0' && used + added + 1 < MOST_SOURCE;) {
        if (strncmp(at, rule, length) == 0) {
            memcpy(made + used, arrow + 2, added);
            used += added;
            at += length;
        } else {
            made[used++] = *at++;
        }
    }
    made[used] = '\0';
    return made;
}

static cl_program CL_API_CALL layer_clCreateProgramWithSource(cl_context context, cl_uint count,
                                                              const char **texts,
                                                              const size_t *lengths, cl_int *code) {
    const char *rule = getenv("LAYER_REPLACE"), *replaced = NULL;
    if (active && rule != NULL && rule[0] != '\0') {
        char *all = join(count, texts, lengths);
        if (all == NULL)
            abort();
        replaced = replace(all, rule);
        free(all);
        count = 1;
        texts = &replaced;
        lengths = NULL;
    }
    CREATE(clCreateProgramWithSource, PROGRAM, code, context, count, texts, lengths, code);
}

static cl_program CL_API_CALL layer_clCreateProgramWithBinary(cl_context context, cl_uint count,
                                                              const cl_device_id *devices,
                                                              const size_t *sizes,
                                                              const unsigned char **binaries,
                                                              cl_int *statuses, cl_int *code) {
    CREATE(clCreateProgramWithBinary, PROGRAM, code, context, count, devices, sizes, binaries,
           statuses, code);
}

static cl_int CL_API_CALL layer_clRetainProgram(cl_program program) {
    RETAIN(clRetainProgram, PROGRAM, program);
}

static cl_int CL_API_CALL layer_clReleaseProgram(cl_program program) {
    RELEASE(clReleaseProgram, PROGRAM, program);
}

static bool uses_fma(cl_program program) {
    static char source[1 << 20];
    return below->clGetProgramInfo(program, CL_PROGRAM_SOURCE, sizeof source, source, NULL) ==
               CL_SUCCESS &&
           strstr(source, "fma(") != NULL;
}

/* Whether a text has one of those in a list with commas. */
static bool has_one_of(const char *text, const char *list) {
    char one[64];
    for (const char *at = list; *at != '\0'; at += at[0] == ',') {
        const size_t length = strcspn(at, ",");
        snprintf(one, sizeof one, "%.*s", (int)length, at);
        if (length > 0 && length < sizeof one && strstr(text, one) != NULL)
            return true;
        at += length;
    }
    return false;
}

static cl_int CL_API_CALL layer_clBuildProgram(cl_program program, cl_uint count,
                                               const cl_device_id *devices, const char *options,
                                               void(CL_CALLBACK *notify)(cl_program, void *),
                                               void *data) {
    static char all[4096];
    const char *fatal = getenv("LAYER_ABORT"), *added = getenv("LAYER_OPTIONS");
    if (is_set("LAYER_NO_FMA", "1") && uses_fma(program))
        return CL_BUILD_PROGRAM_FAILURE;
    if (active && fatal != NULL && options != NULL && has_one_of(options, fatal))
        end_by("abort");
    if (active && added != NULL && options != NULL) {
        snprintf(all, sizeof all, "%s %s", options, added);
        options = all;
    }
    CALL(clBuildProgram, program, count, devices, options, notify, data);
}

static cl_int CL_API_CALL layer_clGetProgramInfo(cl_program program, cl_program_info name,
                                                 size_t size, void *value, size_t *size_ret) {
    CALL(clGetProgramInfo, program, name, size, value, size_ret);
}

static cl_int CL_API_CALL layer_clGetProgramBuildInfo(cl_program program, cl_device_id device,
                                                      cl_program_build_info name, size_t size,
                                                      void *value, size_t *size_ret) {
    CALL(clGetProgramBuildInfo, program, device, name, size, value, size_ret);
}

static cl_kernel CL_API_CALL layer_clCreateKernel(cl_program program, const char *name,
                                                  cl_int *code) {
    CREATE(clCreateKernel, KERNEL, code, program, name, code);
}

static cl_int CL_API_CALL layer_clReleaseKernel(cl_kernel kernel) {
    RELEASE(clReleaseKernel, KERNEL, kernel);
}

static cl_int CL_API_CALL layer_clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size,
                                               const void *value) {
    CALL(clSetKernelArg, kernel, index, size, value);
}

static cl_int CL_API_CALL layer_clGetKernelInfo(cl_kernel kernel, cl_kernel_info name, size_t size,
                                                void *value, size_t *size_ret) {
    CALL(clGetKernelInfo, kernel, name, size, value, size_ret);
}

static cl_int CL_API_CALL layer_clGetKernelArgInfo(cl_kernel kernel, cl_uint index,
                                                   cl_kernel_arg_info name, size_t size,
                                                   void *value, size_t *size_ret) {
    CALL(clGetKernelArgInfo, kernel, index, name, size, value, size_ret);
}

static cl_int CL_API_CALL layer_clGetKernelWorkGroupInfo(cl_kernel kernel, cl_device_id device,
                                                         cl_kernel_work_group_info name,
                                                         size_t size, void *value,
                                                         size_t *size_ret) {
    CALL(clGetKernelWorkGroupInfo, kernel, device, name, size, value, size_ret);
}

/* ---- Memory ------------------------------------------------------------ */

static cl_mem CL_API_CALL layer_clCreateBuffer(cl_context context, cl_mem_flags flags, size_t size,
                                               void *host, cl_int *code) {
    CREATE(clCreateBuffer, MEMORY, code, context, flags, size, host, code);
}

static cl_mem CL_API_CALL layer_clCreateSubBuffer(cl_mem buffer, cl_mem_flags flags,
                                                  cl_buffer_create_type type, const void *info,
                                                  cl_int *code) {
    CREATE(clCreateSubBuffer, MEMORY, code, buffer, flags, type, info, code);
}

static cl_int CL_API_CALL layer_clReleaseMemObject(cl_mem memory) {
    RELEASE(clReleaseMemObject, MEMORY, memory);
}

/* Events that late transfers wait for. */
#define MOST_GATES 256
static cl_event gates[MOST_GATES];
static unsigned gate_count;

/* A wait list with one more event in it, if the transfer is to be late. */
typedef struct late_list {
    cl_event events[8];
    cl_uint count;
} late_list;

static late_list make_late(cl_command_queue queue, cl_bool blocking, size_t size, cl_uint waits,
                           const cl_event *wait_list) {
    late_list list = {.count = waits};
    cl_context context = NULL;
    if (waits > 0)
        memcpy(list.events, wait_list, waits * sizeof *wait_list);
    if (blocking || size <= 1 || !is_set("LAYER_LATE", "1") || gate_count == MOST_GATES ||
        below->clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof(cl_context), &context, NULL) !=
            CL_SUCCESS)
        return list;
    gates[gate_count] = below->clCreateUserEvent(context, NULL);
    if (gates[gate_count] != NULL)
        list.events[list.count++] = gates[gate_count++];
    return list;
}

/* Called before every wait. */
static void open_gates(void) {
    if (gate_count > 0)
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    while (gate_count > 0) {
        gate_count--;
        below->clSetUserEventStatus(gates[gate_count], CL_COMPLETE);
        below->clReleaseEvent(gates[gate_count]);
    }
}

/* Leaves single bytes alone: the tool reads those to touch new memory. */
static void flip(void *data, size_t size, const char *which) {
    if (data != NULL && size > 1 && is_set("LAYER_FLIP", which))
        ((unsigned char *)data)[size - 1] ^= 1;
}

static cl_int CL_API_CALL layer_clEnqueueReadBuffer(cl_command_queue queue, cl_mem memory,
                                                    cl_bool blocking, size_t offset, size_t size,
                                                    void *target, cl_uint waits,
                                                    const cl_event *wait_list, cl_event *event) {
    const cl_int injected = enter(AT_clEnqueueReadBuffer);
    if (injected != CL_SUCCESS)
        return injected;
    const bool spoil = is_set("LAYER_FLIP", "async");
    const late_list list = make_late(queue, blocking, size, waits, wait_list);
    if (blocking)
        open_gates();
    const cl_int code =
        below->clEnqueueReadBuffer(queue, memory, spoil ? CL_TRUE : blocking, offset, size, target,
                                   list.count, list.count == 0 ? NULL : list.events, event);
    if (code == CL_SUCCESS && (blocking || spoil))
        flip(target, size, blocking ? "1" : "async");
    return count_event(code, event);
}

static cl_int CL_API_CALL layer_clEnqueueWriteBuffer(cl_command_queue queue, cl_mem memory,
                                                     cl_bool blocking, size_t offset, size_t size,
                                                     const void *source, cl_uint waits,
                                                     const cl_event *wait_list, cl_event *event) {
    const cl_int injected = enter(AT_clEnqueueWriteBuffer);
    if (injected != CL_SUCCESS)
        return injected;
    const late_list list = make_late(queue, blocking, size, waits, wait_list);
    if (blocking)
        open_gates();
    return count_event(below->clEnqueueWriteBuffer(queue, memory, blocking, offset, size, source,
                                                   list.count, list.count == 0 ? NULL : list.events,
                                                   event),
                       event);
}

static cl_int CL_API_CALL layer_clEnqueueReadBufferRect(
    cl_command_queue queue, cl_mem memory, cl_bool blocking, const size_t *origin,
    const size_t *host_origin, const size_t *region, size_t row_pitch, size_t slice_pitch,
    size_t host_row_pitch, size_t host_slice_pitch, void *target, cl_uint waits,
    const cl_event *wait_list, cl_event *event) {
    const cl_int injected = enter(AT_clEnqueueReadBufferRect);
    if (injected != CL_SUCCESS)
        return injected;
    open_gates();
    const cl_int code = below->clEnqueueReadBufferRect(
        queue, memory, blocking, origin, host_origin, region, row_pitch, slice_pitch,
        host_row_pitch, host_slice_pitch, target, waits, wait_list, event);
    if (code == CL_SUCCESS && blocking)
        flip(target, region[0], "1");
    return count_event(code, event);
}

static cl_int CL_API_CALL layer_clEnqueueWriteBufferRect(
    cl_command_queue queue, cl_mem memory, cl_bool blocking, const size_t *origin,
    const size_t *host_origin, const size_t *region, size_t row_pitch, size_t slice_pitch,
    size_t host_row_pitch, size_t host_slice_pitch, const void *source, cl_uint waits,
    const cl_event *wait_list, cl_event *event) {
    const cl_int injected = enter(AT_clEnqueueWriteBufferRect);
    if (injected != CL_SUCCESS)
        return injected;
    open_gates();
    return count_event(below->clEnqueueWriteBufferRect(queue, memory, blocking, origin, host_origin,
                                                       region, row_pitch, slice_pitch,
                                                       host_row_pitch, host_slice_pitch, source,
                                                       waits, wait_list, event),
                       event);
}

static void *CL_API_CALL layer_clEnqueueMapBuffer(cl_command_queue queue, cl_mem memory,
                                                  cl_bool blocking, cl_map_flags flags,
                                                  size_t offset, size_t size, cl_uint waits,
                                                  const cl_event *wait_list, cl_event *event,
                                                  cl_int *code) {
    const cl_int injected = enter(AT_clEnqueueMapBuffer);
    if (injected != CL_SUCCESS) {
        if (code != NULL)
            *code = injected;
        return NULL;
    }
    void *const mapped = below->clEnqueueMapBuffer(queue, memory, blocking, flags, offset, size,
                                                   waits, wait_list, event, code);
    if ((flags & CL_MAP_READ) != 0 && is_set("LAYER_FLIP", "1")) {
        if (!blocking)
            (void)below->clFinish(queue); /* there is nothing to be flipped before */
        flip(mapped, size, "1");
    }
    (void)count_event(mapped != NULL ? CL_SUCCESS : CL_MAP_FAILURE, event);
    return mapped;
}

static cl_int CL_API_CALL layer_clEnqueueUnmapMemObject(cl_command_queue queue, cl_mem memory,
                                                        void *mapped, cl_uint waits,
                                                        const cl_event *wait_list,
                                                        cl_event *event) {
    const cl_int injected = enter(AT_clEnqueueUnmapMemObject);
    const cl_int code = count_event(
        below->clEnqueueUnmapMemObject(queue, memory, mapped, waits, wait_list, event), event);
    return injected != CL_SUCCESS ? injected : code;
}

/* ---- Work -------------------------------------------------------------- */

static cl_int CL_API_CALL layer_clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel,
                                                       cl_uint dimensions, const size_t *offset,
                                                       const size_t *global, const size_t *local,
                                                       cl_uint waits, const cl_event *wait_list,
                                                       cl_event *event) {
    const cl_int injected = enter(AT_clEnqueueNDRangeKernel);
    if (injected != CL_SUCCESS)
        return injected;
    return count_event(below->clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global,
                                                     local, waits, wait_list, event),
                       event);
}

static cl_int CL_API_CALL layer_clFlush(cl_command_queue queue) {
    CALL(clFlush, queue);
}

static cl_int CL_API_CALL layer_clFinish(cl_command_queue queue) {
    open_gates();
    CALL(clFinish, queue);
}

static cl_int CL_API_CALL layer_clWaitForEvents(cl_uint count, const cl_event *events) {
    open_gates();
    CALL(clWaitForEvents, count, events);
}

static cl_int CL_API_CALL layer_clReleaseEvent(cl_event event) {
    RELEASE(clReleaseEvent, EVENT, event);
}

static cl_int CL_API_CALL layer_clGetEventInfo(cl_event event, cl_event_info name, size_t size,
                                               void *value, size_t *size_ret) {
    CALL(clGetEventInfo, event, name, size, value, size_ret);
}

static cl_ulong time_below(cl_event event, cl_profiling_info name) {
    cl_ulong time = 0;
    below->clGetEventProfilingInfo(event, name, sizeof time, &time, NULL);
    return time;
}

/* Times that are in order within each event. */
static cl_ulong spoil_time(cl_event event, cl_profiling_info name, cl_ulong time) {
    static const cl_ulong second = 1000000000;
    static cl_ulong first[4];
    static cl_event latest;
    static cl_ulong events;
    const unsigned point = name - CL_PROFILING_COMMAND_QUEUED; /* the four follow one another */
    const cl_ulong start = time_below(event, CL_PROFILING_COMMAND_START);
    const cl_ulong lasted = time_below(event, CL_PROFILING_COMMAND_END) - start;
    if (name == CL_PROFILING_COMMAND_QUEUED || event != latest)
        events++;
    latest = event;
    if (is_set("LAYER_TIMES", "one"))
        return name == CL_PROFILING_COMMAND_END ? start + 1 : time;
    if (is_set("LAYER_TIMES", "backwards"))
        return time - events * second;
    if (is_set("LAYER_TIMES", "micro") && name == CL_PROFILING_COMMAND_END)
        return start + lasted / 1000;
    if (is_set("LAYER_TIMES", "pico") && name == CL_PROFILING_COMMAND_END)
        return start + lasted * 1000;
    if (!is_set("LAYER_TIMES", "same") || point > 3)
        return time;
    if (first[point] == 0)
        first[point] = time;
    return first[point];
}

static cl_int CL_API_CALL layer_clGetEventProfilingInfo(cl_event event, cl_profiling_info name,
                                                        size_t size, void *value,
                                                        size_t *size_ret) {
    static const cl_ulong second = 1000000000;
    const cl_int injected = enter(AT_clGetEventProfilingInfo);
    if (injected != CL_SUCCESS)
        return injected;
    if (is_set("LAYER_TIMES", "none"))
        return CL_PROFILING_INFO_NOT_AVAILABLE;
    const cl_int code = below->clGetEventProfilingInfo(event, name, size, value, size_ret);
    cl_ulong time = 0;
    if (code != CL_SUCCESS || value == NULL || size < sizeof time)
        return code;
    memcpy(&time, value, sizeof time);
    if (is_set("LAYER_TIMES", "zero"))
        time = 0;
    if (is_set("LAYER_TIMES", "disorder") && name == CL_PROFILING_COMMAND_QUEUED)
        time += second;
    if (is_set("LAYER_TIMES", "long") && name == CL_PROFILING_COMMAND_END)
        time += 1000 * second;
    if (getenv("LAYER_TIMES") != NULL)
        time = spoil_time(event, name, time);
    memcpy(value, &time, sizeof time);
    return code;
}

/* ---- The layer's table ------------------------------------------------- */

#define AS_ENTRY(name) table.name = layer_##name;

static void layer_begin(void) {
    const char *program = getenv("LAYER_PROGRAM");
    const char *word = getenv("LAYER_WORD");
    active = program != NULL && strcmp(program, program_invocation_short_name) == 0 &&
             (word == NULL || has_argument(word));
    FUNCTIONS(AS_ENTRY)
    log_loaded();
}
