#include "layer/watch/memory.h"

#include "layer/call.h"
#include "layer/objects.h"
#include "layer/writer.h"

/* ---- Buffers and images ------------------------------------------------ */

typedef struct made {
    gf_timed_call call;
    cl_int own;
    cl_int *code;
    gf_trace_memory_kind kind;
    cl_mem_flags flags;
} made;

static made begin(gf_trace_memory_kind kind, cl_mem_flags flags, cl_int *code) {
    return (made){
        .call = gf_call_begin(GF_TRACE_CALL_ALLOC), .code = code, .kind = kind, .flags = flags};
}

static cl_int *place_of(made *step) {
    return step->code == NULL ? &step->own : step->code;
}

static size_t element_bytes(const gf_loader *to, cl_mem memory, gf_trace_memory_kind kind) {
    size_t bytes = 1;
    if (kind == GF_TRACE_IMAGE &&
        to->below.clGetImageInfo(memory, CL_IMAGE_ELEMENT_SIZE, sizeof bytes, &bytes, NULL) !=
            CL_SUCCESS)
        bytes = 1;
    return bytes;
}

static uint64_t add_memory(const gf_loader *to, cl_mem memory, const made *step, size_t bytes) {
    const size_t element = element_bytes(to, memory, step->kind);
    gf_objects_lock();
    gf_object *object = gf_object_add(GF_OBJECT_MEMORY, memory);
    const uint64_t id = object == NULL ? 0 : object->id;
    if (object != NULL) {
        object->facts.memory.bytes = bytes;
        object->facts.memory.element_bytes = element;
        object->facts.memory.constant = (step->flags & CL_MEM_READ_ONLY) != 0;
    }
    gf_objects_unlock();
    return id;
}

static cl_mem finish(const gf_loader *to, made *step, cl_mem memory) {
    step->call.record.end_ns = gf_now_ns();
    if (memory == NULL) {
        gf_call_end(&step->call, 0, *place_of(step));
        return NULL;
    }
    size_t bytes = 0;
    if (to->below.clGetMemObjectInfo(memory, CL_MEM_SIZE, sizeof bytes, &bytes, NULL) != CL_SUCCESS)
        bytes = 0;
    const gf_trace_memory record = {.id = add_memory(to, memory, step, bytes),
                                    .bytes = bytes,
                                    .flags = step->flags,
                                    .start_ns = step->call.record.start_ns,
                                    .end_ns = step->call.record.end_ns,
                                    .kind = (uint32_t)step->kind,
                                    .thread = gf_thread_number()};
    gf_writer_add(GF_TRACE_MEMORY, &record, sizeof record, NULL, 0);
    return memory;
}

cl_mem gf_watch_clCreateBuffer(const gf_loader *to, cl_context context, cl_mem_flags flags,
                               size_t size, void *host, cl_int *code) {
    made step = begin(GF_TRACE_BUFFER, flags, code);
    return finish(to, &step, to->below.clCreateBuffer(context, flags, size, host, place_of(&step)));
}

cl_mem gf_watch_clCreateBufferWithProperties(const gf_loader *to, cl_context context,
                                             const cl_mem_properties *properties,
                                             cl_mem_flags flags, size_t size, void *host,
                                             cl_int *code) {
    made step = begin(GF_TRACE_BUFFER, flags, code);
    return finish(to, &step,
                  to->below.clCreateBufferWithProperties(context, properties, flags, size, host,
                                                         place_of(&step)));
}

/* Both are known to have the same bytes. `whole` NULL: it is of its own. */
static cl_mem finish_part(const gf_loader *to, made *step, cl_mem whole, cl_mem part) {
    const cl_mem memory = finish(to, step, part);
    if (memory != NULL && whole != NULL) {
        gf_object_share(whole);
        gf_object_share(memory);
    }
    return memory;
}

static cl_mem source_of(const cl_image_desc *shape) {
    return shape == NULL ? NULL : shape->buffer;
}

cl_mem gf_watch_clCreateSubBuffer(const gf_loader *to, cl_mem buffer, cl_mem_flags flags,
                                  cl_buffer_create_type type, const void *info, cl_int *code) {
    made step = begin(GF_TRACE_SUB_BUFFER, flags, code);
    return finish_part(to, &step, buffer,
                       to->below.clCreateSubBuffer(buffer, flags, type, info, place_of(&step)));
}

cl_mem gf_watch_clCreateImage(const gf_loader *to, cl_context context, cl_mem_flags flags,
                              const cl_image_format *format, const cl_image_desc *shape, void *host,
                              cl_int *code) {
    made step = begin(GF_TRACE_IMAGE, flags, code);
    return finish_part(
        to, &step, source_of(shape),
        to->below.clCreateImage(context, flags, format, shape, host, place_of(&step)));
}

cl_mem gf_watch_clCreateImageWithProperties(const gf_loader *to, cl_context context,
                                            const cl_mem_properties *properties, cl_mem_flags flags,
                                            const cl_image_format *format,
                                            const cl_image_desc *shape, void *host, cl_int *code) {
    made step = begin(GF_TRACE_IMAGE, flags, code);
    return finish_part(to, &step, source_of(shape),
                       to->below.clCreateImageWithProperties(context, properties, flags, format,
                                                             shape, host, place_of(&step)));
}

cl_mem gf_watch_clCreateImage2D(const gf_loader *to, cl_context context, cl_mem_flags flags,
                                const cl_image_format *format, size_t width, size_t height,
                                size_t row_pitch, void *host, cl_int *code) {
    made step = begin(GF_TRACE_IMAGE, flags, code);
    return finish(to, &step,
                  to->below.clCreateImage2D(context, flags, format, width, height, row_pitch, host,
                                            place_of(&step)));
}

cl_mem gf_watch_clCreateImage3D(const gf_loader *to, cl_context context, cl_mem_flags flags,
                                const cl_image_format *format, size_t width, size_t height,
                                size_t depth, size_t row_pitch, size_t slice_pitch, void *host,
                                cl_int *code) {
    made step = begin(GF_TRACE_IMAGE, flags, code);
    return finish(to, &step,
                  to->below.clCreateImage3D(context, flags, format, width, height, depth, row_pitch,
                                            slice_pitch, host, place_of(&step)));
}

cl_int gf_watch_clRetainMemObject(const gf_loader *to, cl_mem memory) {
    const cl_int code = to->below.clRetainMemObject(memory);
    if (code == CL_SUCCESS)
        gf_object_retain(GF_OBJECT_MEMORY, memory);
    return code;
}

cl_int gf_watch_clReleaseMemObject(const gf_loader *to, cl_mem memory) {
    gf_object gone;
    const bool last = gf_object_release(GF_OBJECT_MEMORY, memory, &gone);
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_FREE);
    const cl_int code = to->below.clReleaseMemObject(memory);
    if (last || code != CL_SUCCESS)
        gf_call_end(&call, last ? gone.id : 0, code);
    return code;
}

/* ---- Shared virtual memory --------------------------------------------- */

#define MOST_RANGES 256 /* at a time; of more SVM, copies are told as copies on the device */

typedef struct range {
    const char *begin;
    size_t bytes;
    uint64_t id; /* 0: of a map */
} range;

/* Under the lock of the objects. */
typedef struct range_list {
    range items[MOST_RANGES];
    size_t count;
} range_list;
static range_list svm, mapped;

static const range *find_range(const range_list *list, const void *address) {
    for (size_t i = 0; i < list->count; i++) {
        if ((uintptr_t)address - (uintptr_t)list->items[i].begin < list->items[i].bytes)
            return &list->items[i];
    }
    return NULL;
}

static void enter_range(range_list *list, range item) {
    if (list->count < MOST_RANGES)
        list->items[list->count++] = item;
}

/* Of those that begin there the latest. */
static void leave_range(range_list *list, const void *begin) {
    size_t i = list->count;
    while (i > 0 && list->items[i - 1].begin != begin)
        i--;
    if (i > 0)
        list->items[i - 1] = list->items[--list->count];
}

bool gf_svm_find(const void *address, uint64_t *id) {
    gf_objects_lock();
    const range *found = find_range(&svm, address);
    if (found != NULL)
        *id = found->id;
    gf_objects_unlock();
    return found != NULL;
}

const void *gf_svm_begin_of(const void *address) {
    const range *found = find_range(&svm, address);
    return found == NULL ? NULL : found->begin;
}

void gf_mapped_add(const void *address, uint64_t bytes) {
    gf_objects_lock();
    enter_range(&mapped, (range){address, (size_t)bytes, 0});
    gf_objects_unlock();
}

void gf_mapped_remove(const void *address) {
    gf_objects_lock();
    leave_range(&mapped, address);
    gf_objects_unlock();
}

bool gf_memory_is_driver_s(const void *address) {
    gf_objects_lock();
    const bool found = find_range(&mapped, address) != NULL || find_range(&svm, address) != NULL;
    gf_objects_unlock();
    return found;
}

/* Numbers of SVM are those of buffers, so that one table has both. */
static uint64_t add_range(void *memory, size_t bytes) {
    gf_objects_lock();
    gf_object *object = gf_object_add(GF_OBJECT_MEMORY, memory);
    const uint64_t id = object == NULL ? 0 : object->id;
    if (object != NULL)
        object->facts.memory.bytes = bytes;
    enter_range(&svm, (range){memory, bytes, id});
    gf_objects_unlock();
    return id;
}

void *gf_watch_clSVMAlloc(const gf_loader *to, cl_context context, cl_svm_mem_flags flags,
                          size_t size, cl_uint alignment) {
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_ALLOC);
    void *memory = to->below.clSVMAlloc(context, flags, size, alignment);
    const uint64_t ended = gf_now_ns();
    if (memory == NULL) {
        gf_call_end(&call, 0, CL_OUT_OF_RESOURCES);
        return NULL;
    }
    const gf_trace_memory record = {.id = add_range(memory, size),
                                    .bytes = size,
                                    .flags = flags,
                                    .start_ns = call.record.start_ns,
                                    .end_ns = ended,
                                    .kind = GF_TRACE_SVM,
                                    .thread = gf_thread_number()};
    gf_writer_add(GF_TRACE_MEMORY, &record, sizeof record, NULL, 0);
    return memory;
}

/* Returns its number; 0: it is not known. */
static uint64_t forget_svm(const void *memory) {
    gf_object gone = {.id = 0};
    gf_objects_lock();
    leave_range(&svm, memory);
    gf_objects_unlock();
    return gf_object_release(GF_OBJECT_MEMORY, memory, &gone) ? gone.id : 0;
}

void gf_watch_clSVMFree(const gf_loader *to, cl_context context, void *memory) {
    const uint64_t id = forget_svm(memory);
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_FREE);
    to->below.clSVMFree(context, memory);
    gf_call_end(&call, id, CL_SUCCESS);
}

/* The memory goes when the queue comes to it; the program may not touch it any more. Forgotten
 * first: once the queue has it, another thread may get the same address. */
cl_int gf_watch_clEnqueueSVMFree(const gf_loader *to, cl_command_queue queue, cl_uint count,
                                 void **memory, gf_free_notify notify, void *data, GF_WAITS) {
    for (cl_uint i = 0; memory != NULL && i < count; i++) {
        gf_timed_call part = gf_call_begin(GF_TRACE_CALL_FREE);
        gf_call_end(&part, forget_svm(memory[i]), CL_SUCCESS);
    }
    gf_timed_call call = gf_call_begin(GF_TRACE_CALL_FREE);
    const cl_int code =
        to->below.clEnqueueSVMFree(queue, count, memory, notify, data, wait_count, waits, event);
    gf_call_end(&call, 0, code);
    return code;
}
