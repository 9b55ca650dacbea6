#include "trace/trace.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "trace/device_clock.h"
#include "trace/raw_records.h"

/* Times of commands, until these are sorted. */
typedef struct late_times {
    uint32_t process;
    gf_trace_times record;
} late_times;

typedef struct reading {
    gf_trace *trace;
    uint32_t process; /* of the records that follow */
    uint64_t order;   /* of the present record */
    late_times *times;
    size_t time_count;
    gf_error *error;
} reading;

/* Adds a cleared item to an array of the trace, as `item` of the enclosing function. */
#define ADD(array, count)                                                                          \
    if (gf_array_grow(&(array), count, sizeof *(array), in->error) != GF_OK)                       \
        return GF_FAILED;                                                                          \
    memset(&(array)[count], 0, sizeof *(array));

static void copy_text(char *into, size_t size, const char *text) {
    snprintf(into, size, "%s", text);
    gf_flatten_text(into);
}

static char *keep_text(const char *text) {
    char *kept = strdup(text);
    if (kept != NULL)
        gf_flatten_text(kept);
    return kept;
}

/* What records say about when the process was alive. */
static void note_time(reading *in, uint64_t time_ns) {
    gf_traced_process *process = &in->trace->processes[in->process];
    if (time_ns > process->last_ns)
        process->last_ns = time_ns;
}

/* ---- One function for each type of record ------------------------------ */

static gf_status take_launch(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    if (trace->has_launch || !gf_raw_take(raw, &trace->launch, sizeof trace->launch))
        return GF_OK;
    trace->has_launch = true;
    trace->command = keep_text(gf_raw_text(raw, sizeof trace->launch, 0));
    return trace->command == NULL ? gf_error_no_memory(in->error, "a trace", raw->bytes) : GF_OK;
}

static gf_status take_process(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    ADD(trace->processes, trace->process_count)
    gf_traced_process *process = &trace->processes[trace->process_count];
    if (!gf_raw_take(raw, &process->record, sizeof process->record))
        return GF_OK;
    process->command = keep_text(gf_raw_text(raw, sizeof process->record, 0));
    if (process->command == NULL)
        return gf_error_no_memory(in->error, "a trace", raw->bytes);
    in->process = (uint32_t)trace->process_count++;
    note_time(in, process->record.start_ns);
    return GF_OK;
}

static gf_status take_loader(reading *in, const gf_raw_record *raw) {
    gf_trace_loader record;
    if (!gf_raw_take(raw, &record, sizeof record))
        return GF_OK;
    in->trace->processes[in->process].loaders++;
    in->trace->processes[in->process].refused_loaders += record.refused != 0;
    return GF_OK;
}

static gf_status take_device(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    ADD(trace->devices, trace->device_count)
    gf_traced_device *device = &trace->devices[trace->device_count];
    device->process = in->process;
    if (!gf_raw_take(raw, &device->record, sizeof device->record))
        return GF_OK;
    copy_text(device->name, sizeof device->name, gf_raw_text(raw, sizeof device->record, 0));
    copy_text(device->driver, sizeof device->driver, gf_raw_text(raw, sizeof device->record, 2));
    trace->device_count++;
    return GF_OK;
}

static gf_status take_queue(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    ADD(trace->queues, trace->queue_count)
    gf_traced_queue *queue = &trace->queues[trace->queue_count];
    queue->process = in->process;
    if (gf_raw_take(raw, &queue->record, sizeof queue->record))
        trace->queue_count++;
    return GF_OK;
}

static gf_status take_kernel(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    ADD(trace->kernels, trace->kernel_count)
    gf_traced_kernel *kernel = &trace->kernels[trace->kernel_count];
    kernel->process = in->process;
    if (!gf_raw_take(raw, &kernel->record, sizeof kernel->record))
        return GF_OK;
    copy_text(kernel->name, sizeof kernel->name, gf_raw_text(raw, sizeof kernel->record, 0));
    trace->kernel_count++;
    return GF_OK;
}

static gf_status take_memory(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    ADD(trace->memories, trace->memory_count)
    gf_traced_memory *memory = &trace->memories[trace->memory_count];
    memory->process = in->process;
    if (!gf_raw_take(raw, &memory->record, sizeof memory->record))
        return GF_OK;
    if (memory->record.kind >= GF_TRACE_MEMORY_KINDS)
        return GF_OK;
    trace->memory_count++;
    note_time(in, memory->record.end_ns);
    return GF_OK;
}

static gf_status take_call(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    ADD(trace->calls, trace->call_count)
    gf_traced_call *call = &trace->calls[trace->call_count];
    call->process = in->process;
    if (!gf_raw_take(raw, &call->record, sizeof call->record) ||
        call->record.kind >= GF_TRACE_CALL_KINDS)
        return GF_OK;
    trace->call_count++;
    trace->processes[in->process].failed_calls += call->record.status != 0;
    note_time(in, call->record.end_ns);
    return GF_OK;
}

static gf_status take_command(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    ADD(trace->commands, trace->command_count)
    gf_traced_command *command = &trace->commands[trace->command_count];
    command->process = in->process;
    command->order = in->order;
    command->arguments = GF_NONE;
    if (!gf_raw_take(raw, &command->record, sizeof command->record) ||
        command->record.kind >= GF_TRACE_COMMAND_KINDS)
        return GF_OK;
    trace->processes[in->process].failed_calls += command->record.status != 0;
    trace->command_count++;
    note_time(in, command->record.end_ns);
    return GF_OK;
}

static gf_status take_times(reading *in, const gf_raw_record *raw) {
    ADD(in->times, in->time_count)
    late_times *times = &in->times[in->time_count];
    times->process = in->process;
    if (!gf_raw_take(raw, &times->record, sizeof times->record))
        return GF_OK;
    in->time_count++;
    note_time(in, times->record.seen_ns);
    return GF_OK;
}

static gf_status take_asked(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    gf_trace_asked record;
    ADD(trace->asked, trace->asked_count)
    gf_traced_asked *asked = &trace->asked[trace->asked_count];
    if (!gf_raw_take(raw, &record, sizeof record))
        return GF_OK;
    asked->process = in->process;
    asked->answered = record.answered != 0;
    copy_text(asked->name, sizeof asked->name, gf_raw_text(raw, sizeof record, 0));
    trace->asked_count++;
    return GF_OK;
}

static gf_status take_arguments(reading *in, const gf_raw_record *raw) {
    gf_trace *trace = in->trace;
    const size_t fixed = offsetof(gf_trace_arguments, memory);
    ADD(trace->arguments, trace->arguments_count)
    gf_traced_arguments *arguments = &trace->arguments[trace->arguments_count];
    if (!gf_raw_take(raw, &arguments->record, fixed) ||
        arguments->record.count > GF_TRACE_MOST_ARGUMENTS ||
        !gf_raw_take(raw, &arguments->record, fixed + 8 * (size_t)arguments->record.count))
        return GF_OK;
    arguments->process = in->process;
    arguments->order = in->order;
    trace->arguments_count++;
    return GF_OK;
}

static gf_status take_fork(reading *in, const gf_raw_record *raw) {
    gf_trace_fork record;
    if (gf_raw_take(raw, &record, sizeof record)) {
        in->trace->processes[in->process].forks++;
        note_time(in, record.time_ns);
    }
    return GF_OK;
}

static gf_status take_end(reading *in, const gf_raw_record *raw) {
    gf_traced_process *process = &in->trace->processes[in->process];
    process->has_end = gf_raw_take(raw, &process->end, sizeof process->end);
    if (process->has_end)
        note_time(in, process->end.time_ns);
    return GF_OK;
}

static gf_status take(reading *in, const gf_raw_record *raw) {
    static gf_status (*const takers[GF_TRACE_TYPE_COUNT])(reading *, const gf_raw_record *) = {
        [GF_TRACE_LAUNCH] = take_launch,   [GF_TRACE_PROCESS] = take_process,
        [GF_TRACE_LOADER] = take_loader,   [GF_TRACE_DEVICE] = take_device,
        [GF_TRACE_QUEUE] = take_queue,     [GF_TRACE_KERNEL] = take_kernel,
        [GF_TRACE_MEMORY] = take_memory,   [GF_TRACE_CALL] = take_call,
        [GF_TRACE_COMMAND] = take_command, [GF_TRACE_TIMES] = take_times,
        [GF_TRACE_ASKED] = take_asked,     [GF_TRACE_FORK] = take_fork,
        [GF_TRACE_END] = take_end,         [GF_TRACE_ARGUMENTS] = take_arguments};
    const bool outside = raw->type == GF_TRACE_LAUNCH || raw->type == GF_TRACE_PROCESS;
    if (!outside && in->trace->process_count == 0)
        return GF_OK; /* of no process */
    return takers[raw->type](in, raw);
}

/* ---- Numbers to indices ------------------------------------------------ */

#define BY_NUMBER(name, type)                                                                      \
    static int name(const void *left, const void *right) {                                         \
        const type *a = left, *b = right;                                                          \
        if (a->process != b->process)                                                              \
            return a->process < b->process ? -1 : 1;                                               \
        return a->record.id < b->record.id ? -1 : a->record.id > b->record.id;                     \
    }
BY_NUMBER(by_device, gf_traced_device)
BY_NUMBER(by_queue, gf_traced_queue)
BY_NUMBER(by_kernel, gf_traced_kernel)
BY_NUMBER(by_memory, gf_traced_memory)
BY_NUMBER(by_command, gf_traced_command)

static int by_kernel_and_order(const void *left, const void *right) {
    const gf_traced_arguments *a = left, *b = right;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    if (a->record.kernel != b->record.kernel)
        return a->record.kernel < b->record.kernel ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static int by_begin(const void *left, const void *right) {
    const gf_traced_call *a = left, *b = right;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    return a->record.start_ns < b->record.start_ns ? -1 : a->record.start_ns > b->record.start_ns;
}

static void sort(void *items, size_t count, size_t bytes,
                 int (*order)(const void *, const void *)) {
    if (count > 1)
        qsort(items, count, bytes, order);
}

/* The index of what the key is equal to; GF_NONE: nothing. */
static uint32_t find(const void *key, const void *items, size_t count, size_t bytes,
                     int (*order)(const void *, const void *)) {
    const void *found = count == 0 ? NULL : bsearch(key, items, count, bytes, order);
    return found == NULL ? GF_NONE
                         : (uint32_t)((size_t)((const char *)found - (const char *)items) / bytes);
}

static void sort_all(gf_trace *trace) {
    sort(trace->devices, trace->device_count, sizeof *trace->devices, by_device);
    sort(trace->queues, trace->queue_count, sizeof *trace->queues, by_queue);
    sort(trace->kernels, trace->kernel_count, sizeof *trace->kernels, by_kernel);
    sort(trace->memories, trace->memory_count, sizeof *trace->memories, by_memory);
    sort(trace->commands, trace->command_count, sizeof *trace->commands, by_command);
    sort(trace->calls, trace->call_count, sizeof *trace->calls, by_begin);
    sort(trace->arguments, trace->arguments_count, sizeof *trace->arguments, by_kernel_and_order);
}

static void resolve_queue(const gf_trace *trace, gf_traced_queue *queue) {
    const gf_traced_device key = {.process = queue->process, .record.id = queue->record.device};
    queue->device = find(&key, trace->devices, trace->device_count, sizeof key, by_device);
}

static bool has_memory(const gf_traced_arguments *arguments, uint32_t memory) {
    bool found = false;
    for (uint32_t i = 0; i < arguments->count; i++)
        found = found || arguments->memory[i] == memory;
    return found;
}

/* Memory that stands twice counts once; a kernel that writes through one of both writes it. */
static void resolve_arguments(const gf_trace *trace, gf_traced_arguments *arguments) {
    for (uint32_t i = 0; i < arguments->record.count; i++) {
        const uint32_t memory =
            gf_traced_find_memory(trace, arguments->process, arguments->record.memory[i]);
        if (memory == GF_NONE)
            arguments->record.unknown = 1;
        if (memory == GF_NONE || has_memory(arguments, memory))
            continue;
        const uint64_t bytes = trace->memories[memory].record.bytes;
        if (__builtin_add_overflow(arguments->bytes, bytes, &arguments->bytes))
            arguments->bytes = UINT64_MAX;
        arguments->memory[arguments->count++] = memory;
    }
}

/* Those of a kernel that were recorded last before the launch. */
static uint32_t find_arguments(const gf_trace *trace, const gf_traced_command *launch) {
    const gf_traced_arguments key = {
        .process = launch->process, .record.kernel = launch->record.object, .order = launch->order};
    size_t low = 0, high = trace->arguments_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (by_kernel_and_order(&trace->arguments[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const gf_traced_arguments *found = low == 0 ? NULL : &trace->arguments[low - 1];
    return found != NULL && found->process == key.process &&
                   found->record.kernel == key.record.kernel
               ? (uint32_t)(low - 1)
               : GF_NONE;
}

static void resolve_command(const gf_trace *trace, gf_traced_command *command) {
    command->queue = gf_traced_find_queue(trace, command->process, command->record.queue);
    const gf_traced_kernel kernel = {.process = command->process,
                                     .record.id = command->record.object};
    command->object =
        gf_traced_is_kernel(command)
            ? find(&kernel, trace->kernels, trace->kernel_count, sizeof kernel, by_kernel)
            : gf_traced_find_memory(trace, command->process, command->record.object);
    if (command->record.kind == GF_TRACE_LAUNCH_KERNEL)
        command->arguments = find_arguments(trace, command);
}

static void resolve_times(const gf_trace *trace, const late_times *times) {
    const gf_traced_command key = {.process = times->process, .record.id = times->record.command};
    const uint32_t at = find(&key, trace->commands, trace->command_count, sizeof key, by_command);
    if (at == GF_NONE)
        return;
    trace->commands[at].times = times->record;
    trace->commands[at].has_times = times->record.failed == 0 && times->record.status == 0;
}

static void resolve_all(reading *in) {
    gf_trace *trace = in->trace;
    sort_all(trace);
    for (size_t i = 0; i < trace->queue_count; i++)
        resolve_queue(trace, &trace->queues[i]);
    for (size_t i = 0; i < trace->arguments_count; i++)
        resolve_arguments(trace, &trace->arguments[i]);
    for (size_t i = 0; i < trace->command_count; i++)
        resolve_command(trace, &trace->commands[i]);
    for (size_t i = 0; i < in->time_count; i++)
        resolve_times(trace, &in->times[i]);
}

/* ---- The whole file ---------------------------------------------------- */

/* Of a process whose end nobody noted, the header has what was dropped. */
static void take_header(gf_trace *trace, const gf_trace_header *header) {
    if (trace->process_count == 0 || trace->processes[trace->process_count - 1].has_end)
        return;
    trace->processes[trace->process_count - 1].end.dropped = header->dropped;
    trace->processes[trace->process_count - 1].end.dropped_times = header->dropped_times;
}

static gf_status read_records(reading *in, gf_raw_records *records, gf_error *error) {
    gf_raw_record raw;
    gf_status status;
    while ((status = gf_raw_records_next(records, &raw, error)) == GF_OK &&
           raw.type != GF_TRACE_END_OF_FILE) {
        in->order++;
        status = take(in, &raw);
        if (status != GF_OK)
            return status;
    }
    in->trace->cut_off = records->cut_off;
    take_header(in->trace, &records->header);
    return status;
}

gf_status gf_trace_read(const char *path, gf_trace **trace, gf_error *error) {
    GF_ENTER(error);
    gf_raw_records *records = NULL;
    reading in = {.trace = calloc(1, sizeof(gf_trace)), .error = error};
    if (in.trace == NULL)
        return gf_error_no_memory(error, "a trace", sizeof(gf_trace));
    gf_status status = gf_raw_records_open(path, &records, error);
    if (status == GF_OK)
        status = read_records(&in, records, error);
    gf_raw_records_close(records);
    if (status == GF_OK) {
        resolve_all(&in);
        status = gf_trace_place_commands(in.trace, error);
    }
    free(in.times);
    if (status != GF_OK) {
        gf_trace_destroy(in.trace);
        return status;
    }
    *trace = in.trace;
    return GF_OK;
}
