#include "layer/watch/transfers.h"

#include "layer/command.h"
#include "layer/watch/memory.h"
#include "layer/watch/sample.h"
#include "layer/writer.h"

static void set_blocking(gf_command *command, cl_bool blocking) {
    if (blocking != CL_FALSE)
        command->record.flags |= GF_TRACE_BLOCKING;
}

/* The host's memory of a transfer; `whole`: its bytes follow one another. */
static void set_host(gf_command *command, const void *host, bool whole) {
    if (gf_memory_is_driver_s(host))
        command->record.flags |= GF_TRACE_PINNED;
    command->record.host = whole ? (uint64_t)(uintptr_t)host : 0;
}

/* ---- What places of buffers hold --------------------------------------- */

/* Anything but a write of the host: the bytes are not known any more. */
static void forget_bytes(cl_mem memory) {
    gf_objects_lock();
    gf_object *object = gf_object_find(GF_OBJECT_MEMORY, memory);
    if (object != NULL)
        object->facts.memory.place_count = 0;
    gf_objects_unlock();
}

static bool overlap(const gf_place *a, const gf_place *b) {
    return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

static bool is_place(const gf_place *a, const gf_place *b) {
    return a->offset == b->offset && a->bytes == b->bytes;
}

/* Enters what a place got; returns the flags of the command. */
static uint32_t enter_bytes(gf_memory_facts *facts, const gf_place *got) {
    uint32_t flags = 0;
    size_t kept = 0, found = GF_PLACES;
    for (size_t i = 0; i < facts->place_count; i++) {
        const gf_place place = facts->places[i];
        if (is_place(&place, got))
            found = kept;
        else if (overlap(&place, got))
            continue; /* half of it is new */
        facts->places[kept++] = place;
    }
    facts->place_count = kept;
    if (found < kept && facts->places[found].hash == got->hash)
        flags = GF_TRACE_SAME | (facts->places[found].touched ? GF_TRACE_TOUCHED : 0u);
    if (found >= kept) {
        found = kept < GF_PLACES ? kept : facts->next_place++ % GF_PLACES;
        facts->place_count = kept < GF_PLACES ? kept + 1 : kept;
    }
    facts->places[found] = *got;
    return flags;
}

/* Of a write that the driver has accepted, so that the host's memory can be read. */
static void note_bytes(gf_command *command, cl_mem memory, const void *host) {
    const gf_place got = {.offset = command->record.offset,
                          .bytes = command->record.bytes,
                          .hash = gf_sample_hash(host, (size_t)command->record.bytes)};
    gf_objects_lock();
    gf_object *object = gf_object_find(GF_OBJECT_MEMORY, memory);
    if (object != NULL && !object->facts.memory.shared)
        command->record.flags |= enter_bytes(&object->facts.memory, &got);
    gf_objects_unlock();
}

/* ---- Buffers ----------------------------------------------------------- */

static uint64_t volume(const size_t *region) {
    return region == NULL ? 0 : (uint64_t)region[0] * region[1] * region[2];
}

cl_int gf_watch_clEnqueueReadBuffer(const gf_loader *to, cl_command_queue queue, cl_mem buffer,
                                    cl_bool blocking, size_t offset, size_t size, void *host,
                                    GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_READ, event);
    set_blocking(&command, blocking);
    const cl_int code = to->below.clEnqueueReadBuffer(queue, buffer, blocking, offset, size, host,
                                                      wait_count, waits, command.event);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, buffer, offset, size);
    set_host(&command, host, true);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueWriteBuffer(const gf_loader *to, cl_command_queue queue, cl_mem buffer,
                                     cl_bool blocking, size_t offset, size_t size, const void *host,
                                     GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_WRITE, event);
    set_blocking(&command, blocking);
    const cl_int code = to->below.clEnqueueWriteBuffer(queue, buffer, blocking, offset, size, host,
                                                       wait_count, waits, command.event);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, buffer, offset, size);
    set_host(&command, host, true);
    if (code == CL_SUCCESS && gf_writer_is_open())
        note_bytes(&command, buffer, host);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueReadBufferRect(const gf_loader *to, cl_command_queue queue, cl_mem buffer,
                                        cl_bool blocking, const size_t *origin,
                                        const size_t *host_origin, const size_t *region, size_t row,
                                        size_t slice, size_t host_row, size_t host_slice,
                                        void *host, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_READ, event);
    set_blocking(&command, blocking);
    const cl_int code = to->below.clEnqueueReadBufferRect(
        queue, buffer, blocking, origin, host_origin, region, row, slice, host_row, host_slice,
        host, wait_count, waits, command.event);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, buffer, 0, volume(region));
    set_host(&command, host, false);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueWriteBufferRect(const gf_loader *to, cl_command_queue queue, cl_mem buffer,
                                         cl_bool blocking, const size_t *origin,
                                         const size_t *host_origin, const size_t *region,
                                         size_t row, size_t slice, size_t host_row,
                                         size_t host_slice, const void *host, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_WRITE, event);
    set_blocking(&command, blocking);
    const cl_int code = to->below.clEnqueueWriteBufferRect(
        queue, buffer, blocking, origin, host_origin, region, row, slice, host_row, host_slice,
        host, wait_count, waits, command.event);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, buffer, 0, volume(region));
    set_host(&command, host, false);
    forget_bytes(buffer);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueFillBuffer(const gf_loader *to, cl_command_queue queue, cl_mem buffer,
                                    const void *pattern, size_t pattern_size, size_t offset,
                                    size_t size, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_FILL, event);
    const cl_int code = to->below.clEnqueueFillBuffer(queue, buffer, pattern, pattern_size, offset,
                                                      size, wait_count, waits, command.event);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, buffer, offset, size);
    forget_bytes(buffer);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueCopyBuffer(const gf_loader *to, cl_command_queue queue, cl_mem from,
                                    cl_mem into, size_t from_offset, size_t into_offset,
                                    size_t size, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_COPY, event);
    const cl_int code = to->below.clEnqueueCopyBuffer(queue, from, into, from_offset, into_offset,
                                                      size, wait_count, waits, command.event);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, into, into_offset, size);
    forget_bytes(into);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueCopyBufferRect(const gf_loader *to, cl_command_queue queue, cl_mem from,
                                        cl_mem into, const size_t *from_origin,
                                        const size_t *into_origin, const size_t *region,
                                        size_t from_row, size_t from_slice, size_t into_row,
                                        size_t into_slice, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_COPY, event);
    const cl_int code = to->below.clEnqueueCopyBufferRect(
        queue, from, into, from_origin, into_origin, region, from_row, from_slice, into_row,
        into_slice, wait_count, waits, command.event);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, into, 0, volume(region));
    forget_bytes(into);
    return gf_command_end(&command, code);
}

/* ---- Images ------------------------------------------------------------ */

/* After the call. */
static void set_image(gf_command *command, cl_mem image, const size_t *region) {
    gf_objects_lock();
    const gf_object *object = gf_object_find(GF_OBJECT_MEMORY, image);
    const uint64_t element = object == NULL ? 1 : object->facts.memory.element_bytes;
    gf_objects_unlock();
    gf_command_stop(command);
    gf_command_set(command, GF_OBJECT_MEMORY, image, 0, volume(region) * element);
}

cl_int gf_watch_clEnqueueReadImage(const gf_loader *to, cl_command_queue queue, cl_mem image,
                                   cl_bool blocking, const size_t *origin, const size_t *region,
                                   size_t row, size_t slice, void *host, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_READ, event);
    set_blocking(&command, blocking);
    const cl_int code = to->below.clEnqueueReadImage(queue, image, blocking, origin, region, row,
                                                     slice, host, wait_count, waits, command.event);
    set_image(&command, image, region);
    set_host(&command, host, row == 0 && slice == 0);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueWriteImage(const gf_loader *to, cl_command_queue queue, cl_mem image,
                                    cl_bool blocking, const size_t *origin, const size_t *region,
                                    size_t row, size_t slice, const void *host, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_WRITE, event);
    set_blocking(&command, blocking);
    const cl_int code = to->below.clEnqueueWriteImage(
        queue, image, blocking, origin, region, row, slice, host, wait_count, waits, command.event);
    set_image(&command, image, region);
    set_host(&command, host, row == 0 && slice == 0);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueFillImage(const gf_loader *to, cl_command_queue queue, cl_mem image,
                                   const void *color, const size_t *origin, const size_t *region,
                                   GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_FILL, event);
    const cl_int code = to->below.clEnqueueFillImage(queue, image, color, origin, region,
                                                     wait_count, waits, command.event);
    set_image(&command, image, region);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueCopyImage(const gf_loader *to, cl_command_queue queue, cl_mem from,
                                   cl_mem into, const size_t *from_origin,
                                   const size_t *into_origin, const size_t *region, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_COPY, event);
    const cl_int code = to->below.clEnqueueCopyImage(queue, from, into, from_origin, into_origin,
                                                     region, wait_count, waits, command.event);
    set_image(&command, into, region);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueCopyImageToBuffer(const gf_loader *to, cl_command_queue queue, cl_mem from,
                                           cl_mem into, const size_t *origin, const size_t *region,
                                           size_t offset, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_COPY, event);
    const cl_int code = to->below.clEnqueueCopyImageToBuffer(
        queue, from, into, origin, region, offset, wait_count, waits, command.event);
    set_image(&command, from, region);
    forget_bytes(into);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueCopyBufferToImage(const gf_loader *to, cl_command_queue queue, cl_mem from,
                                           cl_mem into, size_t offset, const size_t *origin,
                                           const size_t *region, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_COPY, event);
    const cl_int code = to->below.clEnqueueCopyBufferToImage(
        queue, from, into, offset, origin, region, wait_count, waits, command.event);
    set_image(&command, into, region);
    return gf_command_end(&command, code);
}

/* ---- Maps -------------------------------------------------------------- */

void *gf_watch_clEnqueueMapBuffer(const gf_loader *to, cl_command_queue queue, cl_mem buffer,
                                  cl_bool blocking, cl_map_flags flags, size_t offset, size_t size,
                                  GF_WAITS, cl_int *code) {
    cl_int own = CL_SUCCESS, *place = code == NULL ? &own : code;
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_MAP, event);
    set_blocking(&command, blocking);
    void *mapped = to->below.clEnqueueMapBuffer(queue, buffer, blocking, flags, offset, size,
                                                wait_count, waits, command.event, place);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, buffer, offset, size);
    if (mapped != NULL)
        gf_mapped_add(mapped, size);
    if ((flags & (CL_MAP_WRITE | CL_MAP_WRITE_INVALIDATE_REGION)) != 0)
        forget_bytes(buffer);
    gf_command_end(&command, *place);
    return mapped;
}

void *gf_watch_clEnqueueMapImage(const gf_loader *to, cl_command_queue queue, cl_mem image,
                                 cl_bool blocking, cl_map_flags flags, const size_t *origin,
                                 const size_t *region, size_t *row, size_t *slice, GF_WAITS,
                                 cl_int *code) {
    cl_int own = CL_SUCCESS, *place = code == NULL ? &own : code;
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_MAP, event);
    set_blocking(&command, blocking);
    void *mapped = to->below.clEnqueueMapImage(queue, image, blocking, flags, origin, region, row,
                                               slice, wait_count, waits, command.event, place);
    set_image(&command, image, region);
    if (mapped != NULL)
        gf_mapped_add(mapped, command.record.bytes);
    gf_command_end(&command, *place);
    return mapped;
}

cl_int gf_watch_clEnqueueUnmapMemObject(const gf_loader *to, cl_command_queue queue, cl_mem memory,
                                        void *mapped, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_UNMAP, event);
    const cl_int code =
        to->below.clEnqueueUnmapMemObject(queue, memory, mapped, wait_count, waits, command.event);
    gf_command_stop(&command);
    gf_command_set(&command, GF_OBJECT_MEMORY, memory, 0, 0);
    if (code == CL_SUCCESS)
        gf_mapped_remove(mapped);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueMigrateMemObjects(const gf_loader *to, cl_command_queue queue,
                                           cl_uint count, const cl_mem *memory,
                                           cl_mem_migration_flags flags, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_MIGRATE, event);
    return gf_command_end(&command,
                          to->below.clEnqueueMigrateMemObjects(queue, count, memory, flags,
                                                               wait_count, waits, command.event));
}

/* ---- Shared virtual memory --------------------------------------------- */

/* From the host's memory up, to it down, between two ranges or neither a copy. */
static void set_svm(gf_command *command, const void *into, const void *from, size_t size) {
    uint64_t into_id = 0, from_id = 0;
    const bool is_into = gf_svm_find(into, &into_id);
    const bool is_from = from != NULL && gf_svm_find(from, &from_id);
    if (from != NULL && is_into != is_from) {
        command->record.kind = is_into ? GF_TRACE_WRITE : GF_TRACE_READ;
        set_host(command, is_into ? from : into, true);
    }
    command->record.object = is_into ? into_id : from_id;
    command->record.bytes = size;
}

cl_int gf_watch_clEnqueueSVMMemcpy(const gf_loader *to, cl_command_queue queue, cl_bool blocking,
                                   void *into, const void *from, size_t size, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_COPY, event);
    set_blocking(&command, blocking);
    const cl_int code = to->below.clEnqueueSVMMemcpy(queue, blocking, into, from, size, wait_count,
                                                     waits, command.event);
    gf_command_stop(&command);
    set_svm(&command, into, from, size);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueSVMMemFill(const gf_loader *to, cl_command_queue queue, void *svm,
                                    const void *pattern, size_t pattern_size, size_t size,
                                    GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_FILL, event);
    const cl_int code = to->below.clEnqueueSVMMemFill(queue, svm, pattern, pattern_size, size,
                                                      wait_count, waits, command.event);
    gf_command_stop(&command);
    set_svm(&command, svm, NULL, size);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueSVMMap(const gf_loader *to, cl_command_queue queue, cl_bool blocking,
                                cl_map_flags flags, void *svm, size_t size, GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_MAP, event);
    set_blocking(&command, blocking);
    const cl_int code = to->below.clEnqueueSVMMap(queue, blocking, flags, svm, size, wait_count,
                                                  waits, command.event);
    gf_command_stop(&command);
    set_svm(&command, svm, NULL, size);
    return gf_command_end(&command, code);
}

cl_int gf_watch_clEnqueueSVMUnmap(const gf_loader *to, cl_command_queue queue, void *svm,
                                  GF_WAITS) {
    gf_command command;
    gf_command_begin(&command, to, queue, GF_TRACE_UNMAP, event);
    const cl_int code = to->below.clEnqueueSVMUnmap(queue, svm, wait_count, waits, command.event);
    gf_command_stop(&command);
    set_svm(&command, svm, NULL, 0);
    return gf_command_end(&command, code);
}
