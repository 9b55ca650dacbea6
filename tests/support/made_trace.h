/* Trace files that tests make, record by record, so that what a report must say is known to the ns.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "made_folder.h"
#include "trace/raw_records.h"

#define MADE_PID 100

typedef struct made_trace {
    const char *path;
    FILE *file;
    uint64_t commands;
} made_trace;

static inline void made_put(made_trace *trace, gf_trace_type type, const void *content,
                            size_t bytes, const char *text) {
    gf_error error = GF_ERROR_INIT;
    if (gf_raw_write(trace->file, type, content, bytes, text, &error) != GF_OK)
        abort();
}

#define MADE_PUT(trace, type, ...) made_put(trace, type, &(__VA_ARGS__), sizeof(__VA_ARGS__), NULL)

/* A file with a process, a device, a queue and a kernel, each of number 1. The process runs from
 * 0 to `end_ns`; its first OpenCL call is at 1000. */
static inline made_trace made_trace_begin(uint64_t end_ns) {
    made_trace trace = {.path = made_path("trace")};
    gf_error error = GF_ERROR_INIT;
    trace.file = fopen(trace.path, "wb");
    if (trace.file == NULL || gf_raw_write_header(trace.file, &error) != GF_OK)
        abort();
    MADE_PUT(&trace, GF_TRACE_LAUNCH,
             (gf_trace_launch){.start_ns = 0, .end_ns = end_ns, .pid = MADE_PID});
    MADE_PUT(&trace, GF_TRACE_PROCESS, (gf_trace_process){.pid = MADE_PID, .start_ns = 1000});
    const gf_trace_device device = {.id = 1, .type = 4, .units = 8};
    made_put(&trace, GF_TRACE_DEVICE, &device, sizeof device, "a device");
    MADE_PUT(&trace, GF_TRACE_QUEUE, (gf_trace_queue){.id = 1, .device = 1});
    const gf_trace_kernel kernel = {.id = 1, .multiple = 8};
    made_put(&trace, GF_TRACE_KERNEL, &kernel, sizeof kernel, "work");
    return trace;
}

/* Closes the file and reads it; the file is removed. NULL: it was refused. */
static inline gf_trace *made_trace_read(made_trace *trace, gf_error *error) {
    gf_trace *read = NULL;
    fclose(trace->file);
    gf_trace_read(trace->path, &read, error);
    return read;
}

static inline void made_call(made_trace *trace, gf_trace_call_kind kind, uint64_t start_ns,
                             uint64_t end_ns, uint64_t hash) {
    MADE_PUT(trace, GF_TRACE_CALL,
             (gf_trace_call){.kind = (uint32_t)kind,
                             .thread = 1,
                             .start_ns = start_ns,
                             .end_ns = end_ns,
                             .hash = hash});
}

/* Memory of so many bytes, which is there from `at_ns` on. */
static inline void made_memory(made_trace *trace, uint64_t number, uint64_t bytes, uint64_t at_ns) {
    MADE_PUT(trace, GF_TRACE_MEMORY,
             (gf_trace_memory){
                 .id = number, .bytes = bytes, .start_ns = at_ns, .end_ns = at_ns, .thread = 1});
}

static inline void made_free(made_trace *trace, uint64_t number, uint64_t at_ns) {
    MADE_PUT(trace, GF_TRACE_CALL,
             (gf_trace_call){.kind = GF_TRACE_CALL_FREE,
                             .thread = 1,
                             .start_ns = at_ns,
                             .end_ns = at_ns,
                             .object = number});
}

/* From here on launches of kernel 1 have this memory. `constant`: a bit for each. */
static inline void made_arguments(made_trace *trace, const uint64_t *memory, uint32_t count,
                                  uint64_t constant) {
    gf_trace_arguments record = {.kernel = 1, .count = count, .constant = constant};
    memcpy(record.memory, memory, count * sizeof *memory);
    made_put(trace, GF_TRACE_ARGUMENTS, &record,
             offsetof(gf_trace_arguments, memory) + count * sizeof *memory, NULL);
}

/* A blocking transfer that runs from `at_ns` for `run_ns`, between the host's address and memory of
 * number 1. */
static inline gf_trace_command made_transfer(gf_trace_command_kind kind, uint64_t host,
                                             uint64_t bytes, uint64_t at_ns, uint64_t run_ns) {
    return (gf_trace_command){.kind = (uint32_t)kind,
                              .host = host,
                              .bytes = bytes,
                              .start_ns = at_ns,
                              .end_ns = at_ns + run_ns,
                              .flags = GF_TRACE_BLOCKING};
}

static inline gf_trace_times made_run(uint64_t at_ns, uint64_t run_ns) {
    return (gf_trace_times){
        .queued = at_ns, .submit = at_ns, .start = at_ns, .end = at_ns + run_ns};
}

/* A command on queue 1 with times. `times`: its four times; of a clock that is `clock_ns` ahead of
 * the host's. */
static inline void made_command(made_trace *trace, gf_trace_command command, gf_trace_times times,
                                uint64_t clock_ns) {
    command.id = ++trace->commands;
    command.queue = 1;
    command.thread = 1;
    command.object = 1;
    command.flags |= GF_TRACE_TIMED;
    times.command = command.id;
    times.seen_ns = times.end + 100;
    uint64_t *const all[] = {&times.queued, &times.submit, &times.start, &times.end};
    for (int i = 0; i < 4; i++)
        *all[i] += clock_ns;
    MADE_PUT(trace, GF_TRACE_COMMAND, command);
    MADE_PUT(trace, GF_TRACE_TIMES, times);
}
