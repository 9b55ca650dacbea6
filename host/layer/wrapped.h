/* The functions that the layer watches: X(RESULT, NAME, (PARAMETERS), (ARGUMENTS)). All others stay
 * NULL in its table, so that the loader calls what is below. For each there is a function
 * gf_watch_NAME, which takes the loader first. */
#pragma once

#include "layer/loader.h"

typedef void(CL_CALLBACK *gf_context_notify)(const char *, const void *, size_t, void *);
typedef void(CL_CALLBACK *gf_program_notify)(cl_program, void *);
typedef void(CL_CALLBACK *gf_free_notify)(cl_command_queue, cl_uint, void **, void *);
typedef void(CL_CALLBACK *gf_native)(void *);

#define GF_WAITS      cl_uint wait_count, const cl_event *waits, cl_event *event
#define GF_WAITS_HERE wait_count, waits, event

#define GF_WATCHED_CONTEXTS(X)                                                                     \
    X(cl_context, clCreateContext,                                                                 \
      (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,        \
       gf_context_notify notify, void *data, cl_int *code),                                        \
      (properties, count, devices, notify, data, code))                                            \
    X(cl_context, clCreateContextFromType,                                                         \
      (const cl_context_properties *properties, cl_device_type type, gf_context_notify notify,     \
       void *data, cl_int *code),                                                                  \
      (properties, type, notify, data, code))                                                      \
    X(cl_int, clReleaseContext, (cl_context context), (context))                                   \
    X(cl_command_queue, clCreateCommandQueue,                                                      \
      (cl_context context, cl_device_id device, cl_command_queue_properties properties,            \
       cl_int * code),                                                                             \
      (context, device, properties, code))                                                         \
    X(cl_command_queue, clCreateCommandQueueWithProperties,                                        \
      (cl_context context, cl_device_id device, const cl_queue_properties *properties,             \
       cl_int *code),                                                                              \
      (context, device, properties, code))                                                         \
    X(cl_int, clRetainCommandQueue, (cl_command_queue queue), (queue))                             \
    X(cl_int, clReleaseCommandQueue, (cl_command_queue queue), (queue))                            \
    X(cl_int, clGetCommandQueueInfo,                                                               \
      (cl_command_queue queue, cl_command_queue_info name, size_t size, void *value,               \
       size_t *size_ret),                                                                          \
      (queue, name, size, value, size_ret))                                                        \
    X(cl_int, clGetEventProfilingInfo,                                                             \
      (cl_event event, cl_profiling_info name, size_t size, void *value, size_t *size_ret),        \
      (event, name, size, value, size_ret))                                                        \
    X(cl_int, clFlush, (cl_command_queue queue), (queue))                                          \
    X(cl_int, clFinish, (cl_command_queue queue), (queue))                                         \
    X(cl_int, clWaitForEvents, (cl_uint count, const cl_event *events), (count, events))           \
    X(void *, clGetExtensionFunctionAddress, (const char *name), (name))                           \
    X(void *, clGetExtensionFunctionAddressForPlatform,                                            \
      (cl_platform_id platform, const char *name), (platform, name))

#define GF_WATCHED_MEMORY(X)                                                                       \
    X(cl_mem, clCreateBuffer,                                                                      \
      (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *code),             \
      (context, flags, size, host, code))                                                          \
    X(cl_mem, clCreateBufferWithProperties,                                                        \
      (cl_context context, const cl_mem_properties *properties, cl_mem_flags flags, size_t size,   \
       void *host, cl_int *code),                                                                  \
      (context, properties, flags, size, host, code))                                              \
    X(cl_mem, clCreateSubBuffer,                                                                   \
      (cl_mem buffer, cl_mem_flags flags, cl_buffer_create_type type, const void *info,            \
       cl_int *code),                                                                              \
      (buffer, flags, type, info, code))                                                           \
    X(cl_mem, clCreateImage,                                                                       \
      (cl_context context, cl_mem_flags flags, const cl_image_format *format,                      \
       const cl_image_desc *shape, void *host, cl_int *code),                                      \
      (context, flags, format, shape, host, code))                                                 \
    X(cl_mem, clCreateImageWithProperties,                                                         \
      (cl_context context, const cl_mem_properties *properties, cl_mem_flags flags,                \
       const cl_image_format *format, const cl_image_desc *shape, void *host, cl_int *code),       \
      (context, properties, flags, format, shape, host, code))                                     \
    X(cl_mem, clCreateImage2D,                                                                     \
      (cl_context context, cl_mem_flags flags, const cl_image_format *format, size_t width,        \
       size_t height, size_t row_pitch, void *host, cl_int *code),                                 \
      (context, flags, format, width, height, row_pitch, host, code))                              \
    X(cl_mem, clCreateImage3D,                                                                     \
      (cl_context context, cl_mem_flags flags, const cl_image_format *format, size_t width,        \
       size_t height, size_t depth, size_t row_pitch, size_t slice_pitch, void *host,              \
       cl_int *code),                                                                              \
      (context, flags, format, width, height, depth, row_pitch, slice_pitch, host, code))          \
    X(cl_int, clRetainMemObject, (cl_mem memory), (memory))                                        \
    X(cl_int, clReleaseMemObject, (cl_mem memory), (memory))                                       \
    X(void *, clSVMAlloc,                                                                          \
      (cl_context context, cl_svm_mem_flags flags, size_t size, cl_uint alignment),                \
      (context, flags, size, alignment))                                                           \
    X(cl_int, clEnqueueSVMFree,                                                                    \
      (cl_command_queue queue, cl_uint count, void **memory, gf_free_notify notify, void *data,    \
       GF_WAITS),                                                                                  \
      (queue, count, memory, notify, data, GF_WAITS_HERE))

#define GF_WATCHED_PROGRAMS(X)                                                                     \
    X(cl_program, clCreateProgramWithSource,                                                       \
      (cl_context context, cl_uint count, const char **texts, const size_t *lengths,               \
       cl_int *code),                                                                              \
      (context, count, texts, lengths, code))                                                      \
    X(cl_program, clCreateProgramWithBinary,                                                       \
      (cl_context context, cl_uint count, const cl_device_id *devices, const size_t *lengths,      \
       const unsigned char **binaries, cl_int *binary_status, cl_int *code),                       \
      (context, count, devices, lengths, binaries, binary_status, code))                           \
    X(cl_program, clCreateProgramWithIL,                                                           \
      (cl_context context, const void *il, size_t length, cl_int *code),                           \
      (context, il, length, code))                                                                 \
    X(cl_int, clRetainProgram, (cl_program program), (program))                                    \
    X(cl_int, clReleaseProgram, (cl_program program), (program))                                   \
    X(cl_int, clBuildProgram,                                                                      \
      (cl_program program, cl_uint count, const cl_device_id *devices, const char *options,        \
       gf_program_notify notify, void *data),                                                      \
      (program, count, devices, options, notify, data))                                            \
    X(cl_int, clCompileProgram,                                                                    \
      (cl_program program, cl_uint count, const cl_device_id *devices, const char *options,        \
       cl_uint header_count, const cl_program *headers, const char **names,                        \
       gf_program_notify notify, void *data),                                                      \
      (program, count, devices, options, header_count, headers, names, notify, data))              \
    X(cl_program, clLinkProgram,                                                                   \
      (cl_context context, cl_uint count, const cl_device_id *devices, const char *options,        \
       cl_uint program_count, const cl_program *programs, gf_program_notify notify, void *data,    \
       cl_int *code),                                                                              \
      (context, count, devices, options, program_count, programs, notify, data, code))             \
    X(cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *code),             \
      (program, name, code))                                                                       \
    X(cl_int, clCreateKernelsInProgram,                                                            \
      (cl_program program, cl_uint count, cl_kernel * kernels, cl_uint * count_ret),               \
      (program, count, kernels, count_ret))                                                        \
    X(cl_kernel, clCloneKernel, (cl_kernel kernel, cl_int * code), (kernel, code))                 \
    X(cl_int, clRetainKernel, (cl_kernel kernel), (kernel))                                        \
    X(cl_int, clReleaseKernel, (cl_kernel kernel), (kernel))                                       \
    X(cl_int, clSetKernelArg, (cl_kernel kernel, cl_uint index, size_t size, const void *value),   \
      (kernel, index, size, value))                                                                \
    X(cl_int, clSetKernelArgSVMPointer, (cl_kernel kernel, cl_uint index, const void *memory),     \
      (kernel, index, memory))                                                                     \
    X(cl_int, clEnqueueNDRangeKernel,                                                              \
      (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,         \
       const size_t *global, const size_t *local, GF_WAITS),                                       \
      (queue, kernel, dimensions, offset, global, local, GF_WAITS_HERE))                           \
    X(cl_int, clEnqueueTask, (cl_command_queue queue, cl_kernel kernel, GF_WAITS),                 \
      (queue, kernel, GF_WAITS_HERE))                                                              \
    X(cl_int, clEnqueueNativeKernel,                                                               \
      (cl_command_queue queue, gf_native function, void *arguments, size_t bytes, cl_uint count,   \
       const cl_mem *memory, const void **places, GF_WAITS),                                       \
      (queue, function, arguments, bytes, count, memory, places, GF_WAITS_HERE))

#define GF_WATCHED_TRANSFERS(X)                                                                    \
    X(cl_int, clEnqueueReadBuffer,                                                                 \
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,        \
       void *host, GF_WAITS),                                                                      \
      (queue, buffer, blocking, offset, size, host, GF_WAITS_HERE))                                \
    X(cl_int, clEnqueueWriteBuffer,                                                                \
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, size_t offset, size_t size,        \
       const void *host, GF_WAITS),                                                                \
      (queue, buffer, blocking, offset, size, host, GF_WAITS_HERE))                                \
    X(cl_int, clEnqueueReadBufferRect,                                                             \
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, const size_t *origin,              \
       const size_t *host_origin, const size_t *region, size_t row, size_t slice, size_t host_row, \
       size_t host_slice, void *host, GF_WAITS),                                                   \
      (queue, buffer, blocking, origin, host_origin, region, row, slice, host_row, host_slice,     \
       host, GF_WAITS_HERE))                                                                       \
    X(cl_int, clEnqueueWriteBufferRect,                                                            \
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, const size_t *origin,              \
       const size_t *host_origin, const size_t *region, size_t row, size_t slice, size_t host_row, \
       size_t host_slice, const void *host, GF_WAITS),                                             \
      (queue, buffer, blocking, origin, host_origin, region, row, slice, host_row, host_slice,     \
       host, GF_WAITS_HERE))                                                                       \
    X(cl_int, clEnqueueFillBuffer,                                                                 \
      (cl_command_queue queue, cl_mem buffer, const void *pattern, size_t pattern_size,            \
       size_t offset, size_t size, GF_WAITS),                                                      \
      (queue, buffer, pattern, pattern_size, offset, size, GF_WAITS_HERE))                         \
    X(cl_int, clEnqueueCopyBuffer,                                                                 \
      (cl_command_queue queue, cl_mem from, cl_mem into, size_t from_offset, size_t into_offset,   \
       size_t size, GF_WAITS),                                                                     \
      (queue, from, into, from_offset, into_offset, size, GF_WAITS_HERE))                          \
    X(cl_int, clEnqueueCopyBufferRect,                                                             \
      (cl_command_queue queue, cl_mem from, cl_mem into, const size_t *from_origin,                \
       const size_t *into_origin, const size_t *region, size_t from_row, size_t from_slice,        \
       size_t into_row, size_t into_slice, GF_WAITS),                                              \
      (queue, from, into, from_origin, into_origin, region, from_row, from_slice, into_row,        \
       into_slice, GF_WAITS_HERE))                                                                 \
    X(cl_int, clEnqueueReadImage,                                                                  \
      (cl_command_queue queue, cl_mem image, cl_bool blocking, const size_t *origin,               \
       const size_t *region, size_t row, size_t slice, void *host, GF_WAITS),                      \
      (queue, image, blocking, origin, region, row, slice, host, GF_WAITS_HERE))                   \
    X(cl_int, clEnqueueWriteImage,                                                                 \
      (cl_command_queue queue, cl_mem image, cl_bool blocking, const size_t *origin,               \
       const size_t *region, size_t row, size_t slice, const void *host, GF_WAITS),                \
      (queue, image, blocking, origin, region, row, slice, host, GF_WAITS_HERE))                   \
    X(cl_int, clEnqueueFillImage,                                                                  \
      (cl_command_queue queue, cl_mem image, const void *color, const size_t *origin,              \
       const size_t *region, GF_WAITS),                                                            \
      (queue, image, color, origin, region, GF_WAITS_HERE))                                        \
    X(cl_int, clEnqueueCopyImage,                                                                  \
      (cl_command_queue queue, cl_mem from, cl_mem into, const size_t *from_origin,                \
       const size_t *into_origin, const size_t *region, GF_WAITS),                                 \
      (queue, from, into, from_origin, into_origin, region, GF_WAITS_HERE))                        \
    X(cl_int, clEnqueueCopyImageToBuffer,                                                          \
      (cl_command_queue queue, cl_mem from, cl_mem into, const size_t *origin,                     \
       const size_t *region, size_t offset, GF_WAITS),                                             \
      (queue, from, into, origin, region, offset, GF_WAITS_HERE))                                  \
    X(cl_int, clEnqueueCopyBufferToImage,                                                          \
      (cl_command_queue queue, cl_mem from, cl_mem into, size_t offset, const size_t *origin,      \
       const size_t *region, GF_WAITS),                                                            \
      (queue, from, into, offset, origin, region, GF_WAITS_HERE))                                  \
    X(void *, clEnqueueMapBuffer,                                                                  \
      (cl_command_queue queue, cl_mem buffer, cl_bool blocking, cl_map_flags flags, size_t offset, \
       size_t size, GF_WAITS, cl_int * code),                                                      \
      (queue, buffer, blocking, flags, offset, size, GF_WAITS_HERE, code))                         \
    X(void *, clEnqueueMapImage,                                                                   \
      (cl_command_queue queue, cl_mem image, cl_bool blocking, cl_map_flags flags,                 \
       const size_t *origin, const size_t *region, size_t *row, size_t *slice, GF_WAITS,           \
       cl_int *code),                                                                              \
      (queue, image, blocking, flags, origin, region, row, slice, GF_WAITS_HERE, code))            \
    X(cl_int, clEnqueueUnmapMemObject,                                                             \
      (cl_command_queue queue, cl_mem memory, void *mapped, GF_WAITS),                             \
      (queue, memory, mapped, GF_WAITS_HERE))                                                      \
    X(cl_int, clEnqueueMigrateMemObjects,                                                          \
      (cl_command_queue queue, cl_uint count, const cl_mem *memory, cl_mem_migration_flags flags,  \
       GF_WAITS),                                                                                  \
      (queue, count, memory, flags, GF_WAITS_HERE))                                                \
    X(cl_int, clEnqueueSVMMemcpy,                                                                  \
      (cl_command_queue queue, cl_bool blocking, void *into, const void *from, size_t size,        \
       GF_WAITS),                                                                                  \
      (queue, blocking, into, from, size, GF_WAITS_HERE))                                          \
    X(cl_int, clEnqueueSVMMemFill,                                                                 \
      (cl_command_queue queue, void *svm, const void *pattern, size_t pattern_size, size_t size,   \
       GF_WAITS),                                                                                  \
      (queue, svm, pattern, pattern_size, size, GF_WAITS_HERE))                                    \
    X(cl_int, clEnqueueSVMMap,                                                                     \
      (cl_command_queue queue, cl_bool blocking, cl_map_flags flags, void *svm, size_t size,       \
       GF_WAITS),                                                                                  \
      (queue, blocking, flags, svm, size, GF_WAITS_HERE))                                          \
    X(cl_int, clEnqueueSVMUnmap, (cl_command_queue queue, void *svm, GF_WAITS),                    \
      (queue, svm, GF_WAITS_HERE))

#define GF_WATCHED(X)                                                                              \
    GF_WATCHED_CONTEXTS(X) GF_WATCHED_MEMORY(X) GF_WATCHED_PROGRAMS(X) GF_WATCHED_TRANSFERS(X)

#define GF_PARTS(...) __VA_ARGS__
#define GF_DECLARE_WATCH(result, name, parameters, arguments)                                      \
    result gf_watch_##name(const gf_loader *to, GF_PARTS parameters);
