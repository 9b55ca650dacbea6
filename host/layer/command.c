#include "layer/command.h"

#include <stdatomic.h>

#include "layer/pending.h"
#include "layer/writer.h"

static uint64_t next_number(void) {
    static atomic_uint_fast64_t latest;
    return atomic_fetch_add(&latest, 1) + 1;
}

void gf_command_begin(gf_command *command, const gf_loader *to, cl_command_queue queue,
                      gf_trace_command_kind kind, cl_event *event) {
    *command = (gf_command){.loader = to, .queue = queue, .given = event, .event = event};
    if (!gf_writer_is_open())
        return;
    gf_objects_lock();
    const gf_object *object = gf_object_find(GF_OBJECT_QUEUE, queue);
    const bool timed = object != NULL && object->facts.queue.timed;
    command->record.queue = object == NULL ? 0 : object->id;
    gf_objects_unlock();
    if (timed && gf_pending_has_room()) {
        command->event = event == NULL ? &command->own : event;
        command->record.flags |= GF_TRACE_TIMED;
    }
    if (event != NULL)
        command->record.flags |= GF_TRACE_HAS_EVENT;
    command->record.kind = (uint32_t)kind;
    command->record.thread = gf_thread_number();
    command->record.id = next_number();
    command->record.start_ns = gf_now_ns();
}

void gf_command_set(gf_command *command, gf_object_kind kind, const void *object, uint64_t offset,
                    uint64_t bytes) {
    gf_objects_lock();
    command->record.object = gf_object_id(kind, object);
    gf_objects_unlock();
    command->record.offset = offset;
    command->record.bytes = bytes;
}

/* Keeps the event: our own, or one more reference to the program's. */
static void keep_event(gf_command *command) {
    const bool is_own = command->event == &command->own;
    if (!is_own && command->loader->below.clRetainEvent(*command->event) != CL_SUCCESS)
        gf_writer_drop_times();
    else
        gf_pending_add(command->loader, command->queue, *command->event, command->record.id);
}

void gf_command_stop(gf_command *command) {
    if (command->record.id != 0 && command->record.end_ns == 0)
        command->record.end_ns = gf_now_ns();
}

cl_int gf_command_end(gf_command *command, cl_int code) {
    if (!gf_writer_is_open() || command->record.id == 0)
        return code;
    gf_command_stop(command);
    command->record.status = code;
    const bool timed = (command->record.flags & GF_TRACE_TIMED) != 0;
    if (code != CL_SUCCESS)
        command->record.flags &= ~(uint32_t)GF_TRACE_TIMED;
    gf_writer_add(GF_TRACE_COMMAND, &command->record, sizeof command->record, NULL, 0);
    if (code != CL_SUCCESS || !timed)
        return code;
    keep_event(command);
    if ((command->record.flags & GF_TRACE_BLOCKING) != 0)
        gf_pending_harvest(command->loader, command->queue);
    else
        gf_pending_tidy(command->loader, command->queue);
    return code;
}
