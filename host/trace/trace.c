#include "trace/trace.h"

#include <stdlib.h>

static int by_number(const void *left, const void *right) {
    const gf_traced_queue *a = left, *b = right;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    return a->record.id < b->record.id ? -1 : a->record.id > b->record.id;
}

uint32_t gf_traced_find_queue(const gf_trace *trace, uint32_t process, uint64_t number) {
    const gf_traced_queue key = {.process = process, .record.id = number};
    const gf_traced_queue *found =
        trace->queue_count == 0
            ? NULL
            : bsearch(&key, trace->queues, trace->queue_count, sizeof key, by_number);
    return found == NULL ? GF_NONE : (uint32_t)(found - trace->queues);
}

static int by_memory_number(const void *left, const void *right) {
    const gf_traced_memory *a = left, *b = right;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    return a->record.id < b->record.id ? -1 : a->record.id > b->record.id;
}

uint32_t gf_traced_find_memory(const gf_trace *trace, uint32_t process, uint64_t number) {
    const gf_traced_memory key = {.process = process, .record.id = number};
    const gf_traced_memory *found =
        trace->memory_count == 0
            ? NULL
            : bsearch(&key, trace->memories, trace->memory_count, sizeof key, by_memory_number);
    return found == NULL ? GF_NONE : (uint32_t)(found - trace->memories);
}

uint32_t gf_traced_device_of(const gf_trace *trace, const gf_traced_command *command) {
    return command->queue == GF_NONE ? GF_NONE : trace->queues[command->queue].device;
}

void gf_trace_destroy(gf_trace *trace) {
    if (trace == NULL)
        return;
    for (size_t i = 0; i < trace->process_count; i++)
        free(trace->processes[i].command);
    free(trace->command);
    free(trace->processes);
    free(trace->devices);
    free(trace->queues);
    free(trace->kernels);
    free(trace->memories);
    free(trace->calls);
    free(trace->commands);
    free(trace->asked);
    free(trace->arguments);
    free(trace->others);
    free(trace);
}

int gf_trace_exit_status(const gf_trace *trace) {
    return trace->launch.signal != 0 ? 128 + trace->launch.signal : trace->launch.code;
}
