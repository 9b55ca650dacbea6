/* A small OpenCL driver that starts in a millisecond: one device, whose kernels are those of sum,
 * peak, julia (naive) and diffusion (naive), and the probe's, written in C. It compiles nothing: a
 * program's options say only how wide its numbers are. Every command has ended when its call
 * returns.
 *
 * Thousands of runs, of which each starts a driver, are what it is for. All results are right. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#include <CL/cl.h>
#include <CL/cl_icd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tiny_kernels.h"

#define EXPORT __attribute__((visibility("default")))

/* Every object of OpenCL begins with the table through which the loader finds its functions. */
#define OBJECT                                                                                     \
    cl_icd_dispatch *dispatch;                                                                     \
    int references

struct _cl_platform_id {
    OBJECT;
};
struct _cl_device_id {
    OBJECT;
};
struct _cl_context {
    OBJECT;
};
struct _cl_command_queue {
    OBJECT;
};
struct _cl_mem {
    OBJECT;
    char *data;
    bool own;
};
struct _cl_program {
    OBJECT;
    tiny_options options;
};
struct _cl_kernel {
    OBJECT;
    const tiny_kernel *code;
    tiny_options options;
    tiny_arguments arguments;
};
struct _cl_event {
    OBJECT;
    cl_ulong start_ns, end_ns;
};

static cl_icd_dispatch table;
static struct _cl_platform_id platform = {&table, 1};
static struct _cl_device_id device = {&table, 1};

static void *make_object(size_t size, cl_int *code) {
    struct _cl_context *made = calloc(1, size);
    if (made != NULL) {
        made->dispatch = &table;
        made->references = 1;
    }
    if (code != NULL)
        *code = made == NULL ? CL_OUT_OF_HOST_MEMORY : CL_SUCCESS;
    return made;
}

static cl_int retain(void *object) {
    ((struct _cl_context *)object)->references++;
    return CL_SUCCESS;
}

static cl_int release(void *object) {
    if (--((struct _cl_context *)object)->references == 0)
        free(object);
    return CL_SUCCESS;
}

static cl_int give(const void *value, size_t length, size_t size, void *target, size_t *needed) {
    if (target != NULL && size < length)
        return CL_INVALID_VALUE;
    if (target != NULL)
        memcpy(target, value, length);
    if (needed != NULL)
        *needed = length;
    return CL_SUCCESS;
}

static cl_int give_text(const char *text, size_t size, void *target, size_t *needed) {
    return give(text, strlen(text) + 1, size, target, needed);
}

#define GIVE(type, value) give(&(type){value}, sizeof(type), size, target, needed)

/* ---- Platform and device ----------------------------------------------- */

static cl_int CL_API_CALL get_platforms(cl_uint room, cl_platform_id *platforms, cl_uint *count) {
    if (platforms != NULL && room > 0)
        platforms[0] = &platform;
    if (count != NULL)
        *count = 1;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL get_platform_info(cl_platform_id of, cl_platform_info name, size_t size,
                                            void *target, size_t *needed) {
    (void)of;
    switch (name) {
    case CL_PLATFORM_NAME:
        return give_text("Tiny", size, target, needed);
    case CL_PLATFORM_VERSION:
        return give_text("OpenCL 1.2 tiny", size, target, needed);
    case CL_PLATFORM_EXTENSIONS:
        return give_text("cl_khr_icd", size, target, needed);
    case CL_PLATFORM_ICD_SUFFIX_KHR:
        return give_text("TINY", size, target, needed);
    default:
        return give_text("", size, target, needed);
    }
}

static cl_int CL_API_CALL get_devices(cl_platform_id of, cl_device_type type, cl_uint room,
                                      cl_device_id *devices, cl_uint *count) {
    (void)of, (void)type;
    if (devices != NULL && room > 0)
        devices[0] = &device;
    if (count != NULL)
        *count = 1;
    return CL_SUCCESS;
}

static cl_int give_number(cl_device_info name, size_t size, void *target, size_t *needed) {
    switch (name) {
    case CL_DEVICE_TYPE:
        return GIVE(cl_device_type, CL_DEVICE_TYPE_CPU);
    case CL_DEVICE_AVAILABLE:
    case CL_DEVICE_COMPILER_AVAILABLE:
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
        return GIVE(cl_bool, CL_TRUE);
    case CL_DEVICE_SINGLE_FP_CONFIG:
    case CL_DEVICE_DOUBLE_FP_CONFIG:
        return GIVE(cl_device_fp_config, CL_FP_DENORM | CL_FP_INF_NAN | CL_FP_ROUND_TO_NEAREST |
                                             CL_FP_FMA | CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT);
    case CL_DEVICE_GLOBAL_MEM_SIZE:
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
        return GIVE(cl_ulong, (cl_ulong)1 << 30);
    case CL_DEVICE_LOCAL_MEM_SIZE:
        return GIVE(cl_ulong, (cl_ulong)1 << 16);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
        return GIVE(size_t, 1024);
    case CL_DEVICE_MAX_CLOCK_FREQUENCY:
        return GIVE(cl_uint, 1000);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT:
    case CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE:
        return GIVE(cl_uint, 4);
    default:
        return CL_INVALID_VALUE;
    }
}

static cl_int CL_API_CALL get_device_info(cl_device_id of, cl_device_info name, size_t size,
                                          void *target, size_t *needed) {
    static const size_t most_items[3] = {1024, 1024, 64};
    static cl_platform_id own = &platform;
    (void)of;
    switch (name) {
    case CL_DEVICE_NAME:
        return give_text("Tiny CPU", size, target, needed);
    case CL_DEVICE_VERSION:
        return give_text("OpenCL 1.2 tiny", size, target, needed);
    case CL_DRIVER_VERSION:
        return give_text("1", size, target, needed);
    case CL_DEVICE_EXTENSIONS:
        return give_text("cl_khr_fp64", size, target, needed);
    case CL_DEVICE_PLATFORM:
        return give(&own, sizeof own, size, target, needed);
    case CL_DEVICE_MAX_WORK_ITEM_SIZES:
        return give(most_items, sizeof most_items, size, target, needed);
    default:
        return give_number(name, size, target, needed);
    }
}

/* ---- Contexts, queues, memory ------------------------------------------ */

static cl_context CL_API_CALL create_context(const cl_context_properties *properties, cl_uint count,
                                             const cl_device_id *devices,
                                             void(CL_CALLBACK *notify)(const char *, const void *,
                                                                       size_t, void *),
                                             void *data, cl_int *code) {
    (void)properties, (void)count, (void)devices, (void)notify, (void)data;
    return make_object(sizeof(struct _cl_context), code);
}

static cl_command_queue CL_API_CALL create_queue(cl_context context, cl_device_id of,
                                                 cl_command_queue_properties properties,
                                                 cl_int *code) {
    (void)context, (void)of, (void)properties;
    return make_object(sizeof(struct _cl_command_queue), code);
}

static cl_mem CL_API_CALL create_buffer(cl_context context, cl_mem_flags flags, size_t size,
                                        void *host, cl_int *code) {
    (void)context;
    cl_mem made = make_object(sizeof *made, code);
    if (made == NULL)
        return NULL;
    made->own = (flags & CL_MEM_USE_HOST_PTR) == 0;
    made->data = made->own ? aligned_alloc(128, (size + 127) / 128 * 128) : host;
    if (made->data == NULL) {
        free(made);
        if (code != NULL)
            *code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
        return NULL;
    }
    if ((flags & CL_MEM_COPY_HOST_PTR) != 0)
        memcpy(made->data, host, size);
    return made;
}

static cl_int CL_API_CALL release_memory(cl_mem memory) {
    if (memory->references == 1 && memory->own)
        free(memory->data);
    return release(memory);
}

/* ---- Programs and kernels ---------------------------------------------- */

static cl_program CL_API_CALL create_program(cl_context context, cl_uint count, const char **texts,
                                             const size_t *lengths, cl_int *code) {
    (void)context, (void)count, (void)texts, (void)lengths;
    return make_object(sizeof(struct _cl_program), code);
}

static cl_int CL_API_CALL build_program(cl_program program, cl_uint count,
                                        const cl_device_id *devices, const char *options,
                                        void(CL_CALLBACK *notify)(cl_program, void *), void *data) {
    (void)count, (void)devices, (void)notify, (void)data;
    const char *text = options == NULL ? "" : options;
    program->options = (tiny_options){.f32 = strstr(text, "GF_REAL_BITS=32") != NULL,
                                      .integer = strstr(text, "GF_INTEGER=1") != NULL,
                                      .narrow = strstr(text, "GF_COUNT=ushort") != NULL};
    return CL_SUCCESS;
}

static cl_int CL_API_CALL get_build_info(cl_program program, cl_device_id of,
                                         cl_program_build_info name, size_t size, void *target,
                                         size_t *needed) {
    (void)program, (void)of, (void)name;
    return give_text("", size, target, needed);
}

static cl_kernel CL_API_CALL create_kernel(cl_program program, const char *name, cl_int *code) {
    const tiny_kernel *found = tiny_find(name);
    if (found == NULL) {
        if (code != NULL)
            *code = CL_INVALID_KERNEL_NAME;
        return NULL;
    }
    cl_kernel made = make_object(sizeof *made, code);
    if (made != NULL) {
        made->code = found;
        made->options = program->options;
    }
    return made;
}

static cl_int CL_API_CALL set_argument(cl_kernel kernel, cl_uint index, size_t size,
                                       const void *value) {
    if (index >= kernel->code->argument_count || size > sizeof kernel->arguments.values[0])
        return CL_INVALID_ARG_INDEX;
    memcpy(kernel->arguments.values[index], value, size);
    return CL_SUCCESS;
}

static cl_int CL_API_CALL get_kernel_info(cl_kernel kernel, cl_kernel_info name, size_t size,
                                          void *target, size_t *needed) {
    return name == CL_KERNEL_NUM_ARGS ? GIVE(cl_uint, kernel->code->argument_count)
                                      : CL_INVALID_VALUE;
}

static cl_int CL_API_CALL get_argument_info(cl_kernel kernel, cl_uint index,
                                            cl_kernel_arg_info name, size_t size, void *target,
                                            size_t *needed) {
    (void)kernel, (void)index, (void)name, (void)size, (void)target, (void)needed;
    return CL_KERNEL_ARG_INFO_NOT_AVAILABLE;
}

static cl_int CL_API_CALL get_work_group_info(cl_kernel kernel, cl_device_id of,
                                              cl_kernel_work_group_info name, size_t size,
                                              void *target, size_t *needed) {
    static const size_t none[3] = {0, 0, 0};
    (void)kernel, (void)of;
    if (name == CL_KERNEL_COMPILE_WORK_GROUP_SIZE)
        return give(none, sizeof none, size, target, needed);
    return GIVE(size_t, name == CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE ? 8 : 1024);
}

/* ---- Commands ---------------------------------------------------------- */

static cl_ulong now_ns(void) {
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (cl_ulong)time.tv_sec * 1000000000 + (cl_ulong)time.tv_nsec;
}

static cl_int end_command(cl_ulong start_ns, cl_event *event) {
    cl_int code = CL_SUCCESS;
    if (event == NULL)
        return code;
    *event = make_object(sizeof **event, &code);
    if (*event != NULL) {
        (*event)->start_ns = start_ns;
        (*event)->end_ns = now_ns();
    }
    return code;
}

static cl_int CL_API_CALL enqueue_kernel(cl_command_queue queue, cl_kernel kernel,
                                         cl_uint dimensions, const size_t *offset,
                                         const size_t *global, const size_t *local, cl_uint waits,
                                         const cl_event *wait_list, cl_event *event) {
    const cl_ulong start = now_ns();
    tiny_arguments arguments = kernel->arguments;
    (void)queue, (void)dimensions, (void)offset, (void)global, (void)local, (void)waits,
        (void)wait_list;
    for (unsigned i = 0; i < kernel->code->buffer_count; i++) {
        cl_mem memory;
        memcpy(&memory, arguments.values[i], sizeof memory);
        if (memory == NULL)
            return CL_INVALID_KERNEL_ARGS;
        arguments.buffers[i] = memory->data;
    }
    kernel->code->run(&arguments, &kernel->options);
    return end_command(start, event);
}

static cl_int CL_API_CALL enqueue_read(cl_command_queue queue, cl_mem memory, cl_bool blocking,
                                       size_t offset, size_t size, void *target, cl_uint waits,
                                       const cl_event *wait_list, cl_event *event) {
    const cl_ulong start = now_ns();
    (void)queue, (void)blocking, (void)waits, (void)wait_list;
    memcpy(target, memory->data + offset, size);
    return end_command(start, event);
}

static cl_int CL_API_CALL enqueue_write(cl_command_queue queue, cl_mem memory, cl_bool blocking,
                                        size_t offset, size_t size, const void *source,
                                        cl_uint waits, const cl_event *wait_list, cl_event *event) {
    const cl_ulong start = now_ns();
    (void)queue, (void)blocking, (void)waits, (void)wait_list;
    memcpy(memory->data + offset, source, size);
    return end_command(start, event);
}

static void *CL_API_CALL enqueue_map(cl_command_queue queue, cl_mem memory, cl_bool blocking,
                                     cl_map_flags flags, size_t offset, size_t size, cl_uint waits,
                                     const cl_event *wait_list, cl_event *event, cl_int *code) {
    (void)queue, (void)blocking, (void)flags, (void)size, (void)waits, (void)wait_list;
    const cl_int ended = end_command(now_ns(), event);
    if (code != NULL)
        *code = ended;
    return ended == CL_SUCCESS ? memory->data + offset : NULL;
}

static cl_int CL_API_CALL enqueue_unmap(cl_command_queue queue, cl_mem memory, void *mapped,
                                        cl_uint waits, const cl_event *wait_list, cl_event *event) {
    (void)queue, (void)memory, (void)mapped, (void)waits, (void)wait_list;
    return end_command(now_ns(), event);
}

static cl_int CL_API_CALL finish(cl_command_queue queue) {
    (void)queue;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL wait_for(cl_uint count, const cl_event *events) {
    (void)count, (void)events;
    return CL_SUCCESS;
}

static cl_int CL_API_CALL get_event_info(cl_event event, cl_event_info name, size_t size,
                                         void *target, size_t *needed) {
    (void)event;
    return name == CL_EVENT_COMMAND_EXECUTION_STATUS ? GIVE(cl_int, CL_COMPLETE) : CL_INVALID_VALUE;
}

static cl_int CL_API_CALL get_profiling_info(cl_event event, cl_profiling_info name, size_t size,
                                             void *target, size_t *needed) {
    return GIVE(cl_ulong, name == CL_PROFILING_COMMAND_END ? event->end_ns : event->start_ns);
}

/* ---- The loader's entries ---------------------------------------------- */

static cl_int CL_API_CALL retain_queue(cl_command_queue queue) {
    return retain(queue);
}

static cl_int CL_API_CALL retain_program(cl_program program) {
    return retain(program);
}

#define RELEASE(name, type)                                                                        \
    static cl_int CL_API_CALL name(type object) {                                                  \
        return release(object);                                                                    \
    }
RELEASE(release_context, cl_context)
RELEASE(release_queue, cl_command_queue)
RELEASE(release_program, cl_program)
RELEASE(release_kernel, cl_kernel)
RELEASE(release_event, cl_event)

EXPORT cl_int CL_API_CALL clIcdGetPlatformIDsKHR(cl_uint room, cl_platform_id *platforms,
                                                 cl_uint *count) {
    return get_platforms(room, platforms, count);
}

EXPORT void *CL_API_CALL clGetExtensionFunctionAddress(const char *name) {
    if (strcmp(name, "clIcdGetPlatformIDsKHR") == 0)
        return (void *)(uintptr_t)clIcdGetPlatformIDsKHR;
    return NULL;
}

static void *CL_API_CALL get_function(cl_platform_id of, const char *name) {
    (void)of;
    return clGetExtensionFunctionAddress(name);
}

EXPORT cl_int CL_API_CALL clGetPlatformInfo(cl_platform_id of, cl_platform_info name, size_t size,
                                            void *target, size_t *needed) {
    return get_platform_info(of, name, size, target, needed);
}

__attribute__((constructor)) static void fill_table(void) {
    table = (cl_icd_dispatch){.clGetPlatformIDs = get_platforms,
                              .clGetPlatformInfo = get_platform_info,
                              .clGetDeviceIDs = get_devices,
                              .clGetDeviceInfo = get_device_info,
                              .clCreateContext = create_context,
                              .clReleaseContext = release_context,
                              .clCreateCommandQueue = create_queue,
                              .clRetainCommandQueue = retain_queue,
                              .clReleaseCommandQueue = release_queue,
                              .clCreateBuffer = create_buffer,
                              .clReleaseMemObject = release_memory,
                              .clCreateProgramWithSource = create_program,
                              .clRetainProgram = retain_program,
                              .clReleaseProgram = release_program,
                              .clBuildProgram = build_program,
                              .clGetProgramBuildInfo = get_build_info,
                              .clCreateKernel = create_kernel,
                              .clReleaseKernel = release_kernel,
                              .clSetKernelArg = set_argument,
                              .clGetKernelInfo = get_kernel_info,
                              .clGetKernelArgInfo = get_argument_info,
                              .clGetKernelWorkGroupInfo = get_work_group_info,
                              .clEnqueueNDRangeKernel = enqueue_kernel,
                              .clEnqueueReadBuffer = enqueue_read,
                              .clEnqueueWriteBuffer = enqueue_write,
                              .clEnqueueMapBuffer = enqueue_map,
                              .clEnqueueUnmapMemObject = enqueue_unmap,
                              .clFlush = finish,
                              .clFinish = finish,
                              .clWaitForEvents = wait_for,
                              .clReleaseEvent = release_event,
                              .clGetEventInfo = get_event_info,
                              .clGetEventProfilingInfo = get_profiling_info,
                              .clGetExtensionFunctionAddressForPlatform = get_function};
}
