/* A trace as a timeline for Chrome's tracing and Perfetto: a track for each thread of the host and
 * for each queue. */
#include "base/entry.h"
#include "base/json.h"
#include "report/traced/timeline_events.h"
#include "trace/trace.h"

#define QUEUE_TRACKS 100000 /* numbers of tracks from here on are queues */

static const char *command_name(const gf_trace *trace, const gf_traced_command *command) {
    static const char *const names[GF_TRACE_COMMAND_KINDS] = {
        "write", "read", "copy", "fill", "map", "unmap", "migrate", "kernel", "native kernel"};
    if (command->record.kind == GF_TRACE_LAUNCH_KERNEL && command->object != GF_NONE)
        return trace->kernels[command->object].name;
    return names[command->record.kind];
}

static json_t *command_details(const gf_traced_command *command, bool *bad) {
    const gf_trace_command *record = &command->record;
    json_t *object = json_object();
    gf_json_put_count(object, "command", record->id, bad);
    if (gf_traced_is_kernel(command)) {
        for (uint32_t i = 0; i < 3 && i < record->dimensions; i++) {
            const char *const keys[] = {"global 0", "global 1", "global 2"};
            gf_json_put_count(object, keys[i], record->global[i], bad);
        }
    } else {
        gf_json_put_count(object, "buffer", record->object, bad);
        gf_json_put_count(object, "bytes", record->bytes, bad);
    }
    return object;
}

static void put_command(gf_timeline *to, const gf_trace *trace, const gf_traced_command *command) {
    const char *name = command_name(trace, command);
    char call[192];
    snprintf(call, sizeof call, "enqueue %s", name);
    gf_timeline_span(to, command->process, command->record.thread, call, command->record.start_ns,
                     command->record.end_ns, command_details(command, &to->bad));
    if (command->is_placed)
        gf_timeline_span(to, command->process, QUEUE_TRACKS + command->record.queue, name,
                         command->begin_ns, command->end_ns, command_details(command, &to->bad));
}

static void put_call(gf_timeline *to, const gf_traced_call *call) {
    static const char *const names[GF_TRACE_CALL_KINDS] = {
        "context", "program", "build", "allocate", "free", "wait", "flush", "make kernel"};
    json_t *object = json_object();
    gf_json_put_count(object, "object", call->record.object, &to->bad);
    gf_timeline_span(to, call->process, call->record.thread, names[call->record.kind],
                     call->record.start_ns, call->record.end_ns, object);
}

static void put_memory(gf_timeline *to, const gf_traced_memory *memory) {
    json_t *object = json_object();
    gf_json_put_count(object, "buffer", memory->record.id, &to->bad);
    gf_json_put_count(object, "bytes", memory->record.bytes, &to->bad);
    gf_timeline_span(to, memory->process, memory->record.thread, "allocate",
                     memory->record.start_ns, memory->record.end_ns, object);
}

static void put_queues(gf_timeline *to, const gf_trace *trace) {
    for (size_t i = 0; i < trace->queue_count; i++) {
        const gf_traced_queue *queue = &trace->queues[i];
        char name[192];
        snprintf(name, sizeof name, "queue %llu: %s", (unsigned long long)queue->record.id,
                 queue->device == GF_NONE ? "?" : trace->devices[queue->device].name);
        gf_timeline_track(to, queue->process, QUEUE_TRACKS + queue->record.id, name);
    }
}

static uint64_t origin_of(const gf_trace *trace) {
    uint64_t origin = trace->has_launch ? trace->launch.start_ns : UINT64_MAX;
    for (size_t i = 0; i < trace->process_count; i++) {
        if (trace->processes[i].record.start_ns < origin)
            origin = trace->processes[i].record.start_ns;
    }
    return origin;
}

gf_status gf_trace_report_timeline(const gf_trace *trace, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_timeline to = gf_timeline_begin(stream, origin_of(trace));
    put_queues(&to, trace);
    for (size_t i = 0; i < trace->memory_count; i++)
        put_memory(&to, &trace->memories[i]);
    for (size_t i = 0; i < trace->call_count; i++)
        put_call(&to, &trace->calls[i]);
    for (size_t i = 0; i < trace->command_count; i++)
        put_command(&to, trace, &trace->commands[i]);
    return gf_timeline_end(&to, error);
}
