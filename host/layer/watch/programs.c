#include "layer/watch/programs.h"

#include <string.h>

#include "layer/call.h"
#include "layer/command.h"
#include "layer/objects.h"
#include "layer/watch/memory.h"
#include "layer/watch/sample.h"
#include "layer/writer.h"

/* ---- Programs ---------------------------------------------------------- */

static cl_program note_program(gf_timed_call *call, cl_program program, uint64_t hash,
                               cl_int code) {
    gf_objects_lock();
    gf_object *object = program == NULL ? NULL : gf_object_add(GF_OBJECT_PROGRAM, program);
    const uint64_t id = object == NULL ? 0 : object->id;
    if (object != NULL)
        object->facts.program_hash = hash;
    gf_objects_unlock();
    gf_call_end(call, id, code);
    return program;
}

/* Of a source that the driver has accepted, so that its texts can be read. */
static uint64_t hash_source(cl_uint count, const char **texts, const size_t *lengths) {
    uint64_t hash = 1;
    for (cl_uint i = 0; i < count; i++) {
        const size_t length = lengths == NULL || lengths[i] == 0 ? strlen(texts[i]) : lengths[i];
        hash = gf_hash(hash, texts[i], length);
    }
    return hash;
}

cl_program gf_watch_clCreateProgramWithSource(const gf_loader *to, cl_context context,
                                              cl_uint count, const char **texts,
                                              const size_t *lengths, cl_int *code) {
    cl_int own = CL_SUCCESS, *place = code == NULL ? &own : code;
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_PROGRAM);
    const cl_program program =
        to->below.clCreateProgramWithSource(context, count, texts, lengths, place);
    const uint64_t hash = program == NULL ? 0 : hash_source(count, texts, lengths);
    return note_program(&call, program, hash, *place);
}

cl_program gf_watch_clCreateProgramWithBinary(const gf_loader *to, cl_context context,
                                              cl_uint count, const cl_device_id *devices,
                                              const size_t *lengths, const unsigned char **binaries,
                                              cl_int *binary_status, cl_int *code) {
    cl_int own = CL_SUCCESS, *place = code == NULL ? &own : code;
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_PROGRAM);
    const cl_program program = to->below.clCreateProgramWithBinary(context, count, devices, lengths,
                                                                   binaries, binary_status, place);
    const uint64_t hash = program == NULL || count == 0 ? 0 : gf_hash(2, binaries[0], lengths[0]);
    return note_program(&call, program, hash, *place);
}

cl_program gf_watch_clCreateProgramWithIL(const gf_loader *to, cl_context context, const void *il,
                                          size_t length, cl_int *code) {
    cl_int own = CL_SUCCESS, *place = code == NULL ? &own : code;
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_PROGRAM);
    const cl_program program = to->below.clCreateProgramWithIL(context, il, length, place);
    return note_program(&call, program, program == NULL ? 0 : gf_hash(3, il, length), *place);
}

cl_int gf_watch_clRetainProgram(const gf_loader *to, cl_program program) {
    const cl_int code = to->below.clRetainProgram(program);
    if (code == CL_SUCCESS)
        gf_object_retain(GF_OBJECT_PROGRAM, program);
    return code;
}

cl_int gf_watch_clReleaseProgram(const gf_loader *to, cl_program program) {
    gf_object_release(GF_OBJECT_PROGRAM, program, NULL);
    return to->below.clReleaseProgram(program);
}

/* ---- Builds ------------------------------------------------------------ */

/* Source and options are what a build depends on. */
static uint64_t note_build(gf_timed_call *call, cl_program program, const char *options,
                           bool later) {
    gf_objects_lock();
    const gf_object *object = gf_object_find(GF_OBJECT_PROGRAM, program);
    const uint64_t id = object == NULL ? 0 : object->id;
    const uint64_t source = object == NULL ? 0 : object->facts.program_hash;
    gf_objects_unlock();
    if (source != 0)
        call->record.hash =
            gf_hash(source, options == NULL ? "" : options, options == NULL ? 0 : strlen(options));
    call->record.later = later;
    return id;
}

cl_int gf_watch_clBuildProgram(const gf_loader *to, cl_program program, cl_uint count,
                               const cl_device_id *devices, const char *options,
                               gf_program_notify notify, void *data) {
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_BUILD);
    const uint64_t id = note_build(&call, program, options, notify != NULL);
    const cl_int code = to->below.clBuildProgram(program, count, devices, options, notify, data);
    gf_call_end(&call, id, code);
    return code;
}

cl_int gf_watch_clCompileProgram(const gf_loader *to, cl_program program, cl_uint count,
                                 const cl_device_id *devices, const char *options,
                                 cl_uint header_count, const cl_program *headers,
                                 const char **names, gf_program_notify notify, void *data) {
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_BUILD);
    const uint64_t id = note_build(&call, program, options, notify != NULL);
    if (header_count > 0) /* which are not compared */
        call.record.hash = 0;
    const cl_int code = to->below.clCompileProgram(program, count, devices, options, header_count,
                                                   headers, names, notify, data);
    gf_call_end(&call, id, code);
    return code;
}

cl_program gf_watch_clLinkProgram(const gf_loader *to, cl_context context, cl_uint count,
                                  const cl_device_id *devices, const char *options,
                                  cl_uint program_count, const cl_program *programs,
                                  gf_program_notify notify, void *data, cl_int *code) {
    cl_int own = CL_SUCCESS, *place = code == NULL ? &own : code;
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_BUILD);
    call.record.later = notify != NULL;
    const cl_program program = to->below.clLinkProgram(
        context, count, devices, options, program_count, programs, notify, data, place);
    return note_program(&call, program, 0, *place);
}

/* ---- Kernels ----------------------------------------------------------- */

static void note_kernel(const gf_loader *to, cl_program program, cl_kernel kernel) {
    char name[256] = "?";
    gf_trace_kernel record = {.program = 0};
    size_t multiple = 0;
    if (!gf_writer_is_open())
        return;
    if (to->below.clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL) !=
        CL_SUCCESS)
        strcpy(name, "?");
    name[sizeof name - 1] = '\0';
    /* Of the program's only device; with several the driver refuses. */
    if (to->below.clGetKernelWorkGroupInfo(kernel, NULL,
                                           CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE,
                                           sizeof multiple, &multiple, NULL) == CL_SUCCESS)
        record.multiple = multiple;
    gf_objects_lock();
    record.program = gf_object_id(GF_OBJECT_PROGRAM, program);
    const gf_object *object = gf_object_add(GF_OBJECT_KERNEL, kernel);
    record.id = object == NULL ? 0 : object->id;
    gf_objects_unlock();
    if (record.id != 0)
        gf_writer_add(GF_TRACE_KERNEL, &record, sizeof record, name, strlen(name));
}

cl_kernel gf_watch_clCreateKernel(const gf_loader *to, cl_program program, const char *name,
                                  cl_int *code) {
    cl_int own = CL_SUCCESS, *place = code == NULL ? &own : code;
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_KERNEL);
    const cl_kernel kernel = to->below.clCreateKernel(program, name, place);
    gf_call_end(&call, 0, *place);
    if (kernel != NULL)
        note_kernel(to, program, kernel);
    return kernel;
}

cl_int gf_watch_clCreateKernelsInProgram(const gf_loader *to, cl_program program, cl_uint count,
                                         cl_kernel *kernels, cl_uint *count_ret) {
    cl_uint own = 0, *made = count_ret == NULL ? &own : count_ret;
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_KERNEL);
    const cl_int code = to->below.clCreateKernelsInProgram(program, count, kernels, made);
    gf_call_end(&call, 0, code);
    for (cl_uint i = 0; code == CL_SUCCESS && kernels != NULL && i < count && i < *made; i++)
        note_kernel(to, program, kernels[i]);
    return code;
}

/* The kernel may write buffers that nothing is known of. */
static void note_unknown(cl_kernel kernel) {
    gf_objects_lock();
    gf_object *object = gf_object_find(GF_OBJECT_KERNEL, kernel);
    if (object != NULL)
        object->facts.kernel.unknown = object->facts.kernel.changed = true;
    gf_objects_unlock();
}

cl_kernel gf_watch_clCloneKernel(const gf_loader *to, cl_kernel kernel, cl_int *code) {
    const cl_kernel clone = to->below.clCloneKernel(kernel, code);
    if (clone != NULL) {
        note_kernel(to, NULL, clone);
        note_unknown(clone);
    }
    return clone;
}

cl_int gf_watch_clRetainKernel(const gf_loader *to, cl_kernel kernel) {
    const cl_int code = to->below.clRetainKernel(kernel);
    if (code == CL_SUCCESS)
        gf_object_retain(GF_OBJECT_KERNEL, kernel);
    return code;
}

cl_int gf_watch_clReleaseKernel(const gf_loader *to, cl_kernel kernel) {
    gf_object_release(GF_OBJECT_KERNEL, kernel, NULL);
    return to->below.clReleaseKernel(kernel);
}

/* ---- Which buffers a kernel may write ---------------------------------- */

/* Whether the compiler says that the kernel only reads this buffer. Drivers know that of programs
 * that they keep arguments' names of; else it may write. */
static bool is_constant(const gf_loader *to, cl_kernel kernel, cl_uint index) {
    cl_kernel_arg_type_qualifier type = 0;
    cl_kernel_arg_address_qualifier address = 0;
    const cl_int typed = to->below.clGetKernelArgInfo(kernel, index, CL_KERNEL_ARG_TYPE_QUALIFIER,
                                                      sizeof type, &type, NULL);
    const cl_int placed = to->below.clGetKernelArgInfo(
        kernel, index, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof address, &address, NULL);
    return (typed == CL_SUCCESS && (type & CL_KERNEL_ARG_TYPE_CONST) != 0) ||
           (placed == CL_SUCCESS && address == CL_KERNEL_ARG_ADDRESS_CONSTANT);
}

/* `memory` NULL: none that is known. A number is used once, an address is not. */
static void enter_argument(gf_kernel_facts *facts, cl_uint index, const gf_object *memory) {
    const uint64_t id = memory == NULL ? 0 : memory->id;
    if (facts->ids[index] == id)
        return;
    facts->memory[index] = memory == NULL ? NULL : memory->handle;
    facts->ids[index] = id;
    facts->changed = true;
    if (index >= facts->argument_count)
        facts->argument_count = index + 1;
}

/* Notes the memory of an argument; true: the argument was not met before. */
static bool note_argument(cl_kernel kernel, cl_uint index, const void *memory) {
    bool is_new = false;
    gf_objects_lock();
    gf_object *object = gf_object_find(GF_OBJECT_KERNEL, kernel);
    const gf_object *found = gf_object_find(GF_OBJECT_MEMORY, memory);
    if (object != NULL) {
        gf_kernel_facts *facts = &object->facts.kernel;
        enter_argument(facts, index, found);
        is_new = found != NULL && (facts->queried >> index & 1u) == 0;
        facts->queried |= (uint32_t)is_new << index;
    }
    gf_objects_unlock();
    return is_new;
}

static void note_constant(cl_kernel kernel, cl_uint index) {
    gf_objects_lock();
    gf_object *object = gf_object_find(GF_OBJECT_KERNEL, kernel);
    if (object != NULL)
        object->facts.kernel.constant |= UINT32_C(1) << index;
    gf_objects_unlock();
}

static void set_memory(const gf_loader *to, cl_kernel kernel, cl_uint index, const void *memory) {
    if (index >= GF_TRACE_MOST_ARGUMENTS)
        note_unknown(kernel);
    else if (note_argument(kernel, index, memory) && is_constant(to, kernel, index))
        note_constant(kernel, index);
}

cl_int gf_watch_clSetKernelArg(const gf_loader *to, cl_kernel kernel, cl_uint index, size_t size,
                               const void *value) {
    const cl_int code = to->below.clSetKernelArg(kernel, index, size, value);
    if (code != CL_SUCCESS || size != sizeof(cl_mem))
        return code;
    cl_mem memory = NULL;
    if (value != NULL)
        memcpy(&memory, value, sizeof memory);
    set_memory(to, kernel, index, memory);
    return code;
}

cl_int gf_watch_clSetKernelArgSVMPointer(const gf_loader *to, cl_kernel kernel, cl_uint index,
                                         const void *memory) {
    const cl_int code = to->below.clSetKernelArgSVMPointer(kernel, index, memory);
    if (code != CL_SUCCESS)
        return code;
    gf_objects_lock();
    const void *begin = gf_svm_begin_of(memory);
    gf_objects_unlock();
    set_memory(to, kernel, index, begin);
    if (begin == NULL && memory != NULL) /* a device may reach all of the host's memory */
        note_unknown(kernel);
    return code;
}

static void touch(gf_object *memory, void *context) {
    (void)context;
    gf_memory_facts *facts = &memory->facts.memory;
    for (size_t i = 0; !facts->constant && i < facts->place_count; i++)
        facts->places[i].touched = true;
}

static void touch_all(void) {
    gf_objects_lock();
    gf_objects_visit(GF_OBJECT_MEMORY, touch, NULL);
    gf_objects_unlock();
}

static void touch_known(const gf_kernel_facts *facts) {
    for (size_t i = 0; i < facts->argument_count; i++) {
        gf_object *memory = facts->memory[i] == NULL || (facts->constant >> i & 1u) != 0
                                ? NULL
                                : gf_object_find(GF_OBJECT_MEMORY, facts->memory[i]);
        if (memory != NULL)
            touch(memory, NULL);
    }
}

/* In locked state: what the kernel has now, if that was not recorded. */
static bool take_arguments(gf_object *kernel, gf_trace_arguments *record) {
    gf_kernel_facts *facts = &kernel->facts.kernel;
    if (!facts->changed)
        return false;
    *record = (gf_trace_arguments){.kernel = kernel->id, .unknown = facts->unknown};
    for (size_t i = 0; i < facts->argument_count; i++) {
        if (facts->ids[i] == 0)
            continue;
        record->constant |= (uint64_t)(facts->constant >> i & 1u) << record->count;
        record->memory[record->count++] = facts->ids[i];
    }
    facts->changed = false;
    return true;
}

/* Of a launch that the driver has accepted: what the buffers hold may differ from now on. */
static void note_launch(gf_command *command, cl_kernel kernel) {
    gf_trace_arguments record;
    gf_objects_lock();
    gf_object *object = gf_object_find(GF_OBJECT_KERNEL, kernel);
    command->record.object = object == NULL ? 0 : object->id;
    const bool known = object != NULL && !object->facts.kernel.unknown;
    if (known)
        touch_known(&object->facts.kernel);
    const bool is_new = object != NULL && take_arguments(object, &record);
    gf_objects_unlock();
    if (!known)
        touch_all();
    if (is_new)
        gf_writer_add(GF_TRACE_ARGUMENTS, &record,
                      offsetof(gf_trace_arguments, memory) + record.count * sizeof(uint64_t), NULL,
                      0);
}

/* ---- Launches ---------------------------------------------------------- */

static void set_range(gf_trace_command *record, cl_uint dimensions, const size_t *global,
                      const size_t *local) {
    record->dimensions = dimensions;
    for (cl_uint i = 0; i < 3; i++) {
        record->global[i] = i < dimensions && global != NULL ? global[i] : 1;
        record->local[i] = local == NULL ? 0 : i < dimensions ? local[i] : 1;
    }
}

cl_int gf_watch_clEnqueueNDRangeKernel(const gf_loader *to, cl_command_queue queue,
                                       cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                                       const size_t *global, const size_t *local, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_LAUNCH_KERNEL, event);
    const cl_int code = to->below.clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, global,
                                                         local, wait_count, waits, command.event);
    gf_command_stop(&command);
    if (code == CL_SUCCESS) { /* else the sizes may be nonsense */
        set_range(&command.record, dimensions, global, local);
        command.record.offset = offset != NULL && (offset[0] != 0 || dimensions > 1);
        note_launch(&command, kernel);
    }
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueTask(const gf_loader *to, cl_command_queue queue, cl_kernel kernel,
                              GF_WAITS) {
    static const size_t one[] = {1};
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_LAUNCH_KERNEL, event);
    const cl_int code = to->below.clEnqueueTask(queue, kernel, wait_count, waits, command.event);
    gf_command_stop(&command);
    set_range(&command.record, 1, one, one);
    if (code == CL_SUCCESS)
        note_launch(&command, kernel);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueNativeKernel(const gf_loader *to, cl_command_queue queue,
                                      gf_native function, void *arguments, size_t bytes,
                                      cl_uint count, const cl_mem *memory, const void **places,
                                      GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_NATIVE, event);
    touch_all();
    return gf_command_end(
        &command, to->below.clEnqueueNativeKernel(queue, function, arguments, bytes, count, memory,
                                                  places, wait_count, waits, command.event));
}
