#include "trace/program_ledger.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"

/* What may go on at one moment. */
typedef enum activity {
    RUNS_UP,
    RUNS_DOWN,
    RUNS_COPY,
    RUNS_KERNEL,
    IN_BUILD,
    IN_ALLOC,
    IN_WAIT,
    IN_TRANSFER,  /* a thread is in a call of a transfer */
    HAS_TRANSFER, /* a transfer was asked for, and has not ended */
    ACTIVITIES
} activity;

typedef struct edge {
    uint64_t time_ns;
    uint32_t activity;
    int32_t step; /* 1: begins; -1: ends */
} edge;

typedef struct edges {
    edge *items;
    size_t count;
    uint64_t begin_ns, end_ns; /* outside of which nothing counts */
    gf_error *error;
} edges;

const char *gf_program_part_name(gf_program_part part) {
    static const char *const names[GF_PROGRAM_PARTS] = {
        "build", "alloc", "up", "down", "copy", "kernels", "overlap", "waiting", "host"};
    return names[part];
}

/* ---- Edges ------------------------------------------------------------- */

static gf_status add_edge(edges *all, uint64_t time_ns, activity what, int32_t step) {
    if (gf_array_grow(&all->items, all->count, sizeof *all->items, all->error) != GF_OK)
        return GF_FAILED;
    all->items[all->count++] = (edge){time_ns, (uint32_t)what, step};
    return GF_OK;
}

static gf_status add(edges *all, activity what, uint64_t begin_ns, uint64_t end_ns) {
    begin_ns = begin_ns > all->begin_ns ? begin_ns : all->begin_ns;
    end_ns = end_ns < all->end_ns ? end_ns : all->end_ns;
    if (begin_ns >= end_ns)
        return GF_OK;
    const gf_status status = add_edge(all, begin_ns, what, 1);
    return status == GF_OK ? add_edge(all, end_ns, what, -1) : status;
}

static int by_time(const void *left, const void *right) {
    const edge *a = left, *b = right;
    return a->time_ns < b->time_ns ? -1 : a->time_ns > b->time_ns;
}

/* ---- What commands and calls were at ----------------------------------- */

static activity run_of(const gf_traced_command *command) {
    switch ((gf_trace_command_kind)command->record.kind) {
    case GF_TRACE_WRITE:
        return RUNS_UP;
    case GF_TRACE_READ:
        return RUNS_DOWN;
    case GF_TRACE_LAUNCH_KERNEL:
    case GF_TRACE_NATIVE:
        return RUNS_KERNEL;
    default:
        return RUNS_COPY;
    }
}

/* Maps move nothing that a device times: only their calls count. */
static bool is_map(const gf_traced_command *command) {
    return command->record.kind == GF_TRACE_MAP || command->record.kind == GF_TRACE_UNMAP;
}

static gf_status add_transfer(edges *all, const gf_traced_command *command) {
    const gf_trace_command *record = &command->record;
    const gf_status status = add(all, IN_TRANSFER, record->start_ns, record->end_ns);
    if (status != GF_OK || !command->is_placed)
        return status;
    return add(all, HAS_TRANSFER, record->start_ns, command->end_ns);
}

static gf_status add_command(edges *all, const gf_trace *trace, size_t index) {
    const gf_traced_command *command = &trace->commands[index];
    const gf_trace_command *record = &command->record;
    gf_status status = GF_OK;
    if ((record->flags & GF_TRACE_BLOCKING) != 0)
        status = add(all, IN_WAIT, record->start_ns, record->end_ns);
    if (status == GF_OK && gf_traced_is_transfer(command))
        status = add_transfer(all, command);
    if (status == GF_OK && command->is_placed && !is_map(command))
        status = add(all, run_of(command), command->begin_ns, command->end_ns);
    if (status == GF_OK && gf_trace_compiles(trace, index))
        status = add(all, IN_BUILD, command->begin_ns - command->gap_ns, command->begin_ns);
    return status;
}

static gf_status add_call(edges *all, const gf_traced_call *call) {
    static const int activities[GF_TRACE_CALL_KINDS] = {
        [GF_TRACE_CALL_CONTEXT] = ACTIVITIES, [GF_TRACE_CALL_PROGRAM] = IN_BUILD,
        [GF_TRACE_CALL_BUILD] = IN_BUILD,     [GF_TRACE_CALL_ALLOC] = IN_ALLOC,
        [GF_TRACE_CALL_FREE] = IN_ALLOC,      [GF_TRACE_CALL_WAIT] = IN_WAIT,
        [GF_TRACE_CALL_FLUSH] = ACTIVITIES,   [GF_TRACE_CALL_KERNEL] = IN_BUILD};
    const int what = activities[call->record.kind];
    return what == ACTIVITIES
               ? GF_OK
               : add(all, (activity)what, call->record.start_ns, call->record.end_ns);
}

static gf_status add_all(edges *all, const gf_trace *trace, uint32_t process) {
    gf_status status = GF_OK;
    for (size_t i = 0; i < trace->command_count && status == GF_OK; i++) {
        if (trace->commands[i].process == process && trace->commands[i].record.status == 0)
            status = add_command(all, trace, i);
    }
    for (size_t i = 0; i < trace->call_count && status == GF_OK; i++) {
        if (trace->calls[i].process == process)
            status = add_call(all, &trace->calls[i]);
    }
    for (size_t i = 0; i < trace->memory_count && status == GF_OK; i++) {
        const gf_trace_memory *memory = &trace->memories[i].record;
        if (trace->memories[i].process == process)
            status = add(all, IN_ALLOC, memory->start_ns, memory->end_ns);
    }
    return status;
}

/* A gap counts as compiling from here on: the shortest that was seen was 60 ms, and launches of all
 * drivers begin within 1 ms. */
#define COMPILES_NS 5000000
#define LOOKS_BACK  10000 /* commands; such gaps are few, but a file may hold anything */

/* Drivers compile for a local size; PoCL also for grids of few groups, or without an offset. */
static bool is_same_launch(const gf_traced_command *a, const gf_traced_command *b) {
    return a->object == b->object && a->process == b->process &&
           memcmp(a->record.local, b->record.local, sizeof a->record.local) == 0 &&
           memcmp(a->record.global, b->record.global, sizeof a->record.global) == 0 &&
           a->record.offset == b->record.offset;
}

bool gf_trace_compiles(const gf_trace *trace, size_t index) {
    const gf_traced_command *command = &trace->commands[index];
    if (command->record.kind != GF_TRACE_LAUNCH_KERNEL || !command->is_placed ||
        command->gap_ns < COMPILES_NS)
        return false;
    /* An earlier one of the same form was compiled by then. */
    for (size_t i = index, seen = 0; i-- > 0 && seen < LOOKS_BACK; seen++) {
        if (is_same_launch(&trace->commands[i], command) && trace->commands[i].is_placed)
            return false;
    }
    return true;
}

/* ---- From one edge to the next ----------------------------------------- */

static gf_program_part part_at(const uint32_t counts[ACTIVITIES]) {
    static const gf_program_part alone[] = {
        [RUNS_UP] = GF_PART_UP,
        [RUNS_DOWN] = GF_PART_DOWN,
        [RUNS_COPY] = GF_PART_COPY,
        [RUNS_KERNEL] = GF_PART_KERNELS,
    };
    size_t running = 0;
    gf_program_part part = GF_PART_HOST;
    for (size_t i = 0; i < GF_COUNT_OF(alone); i++) {
        running += counts[i] > 0;
        part = counts[i] > 0 ? alone[i] : part;
    }
    if (running > 0)
        return running > 1 ? GF_PART_OVERLAP : part;
    if (counts[IN_BUILD] > 0)
        return GF_PART_BUILD;
    if (counts[IN_ALLOC] > 0)
        return GF_PART_ALLOC;
    return counts[IN_WAIT] > 0 ? GF_PART_WAITING : GF_PART_HOST;
}

static void enter(gf_program_ledger *ledger, const uint32_t counts[ACTIVITIES], uint64_t ns) {
    const gf_program_part part = part_at(counts);
    const bool moves = counts[RUNS_UP] + counts[RUNS_DOWN] > 0;
    const bool computes = counts[RUNS_KERNEL] + counts[RUNS_COPY] > 0;
    const bool builds = part == GF_PART_BUILD;
    const bool fare =
        !computes && !builds &&
        (moves || counts[IN_TRANSFER] > 0 || (counts[IN_WAIT] > 0 && counts[HAS_TRANSFER] > 0));
    ledger->parts_ns[part] += ns;
    ledger->device_ns += moves || computes ? ns : 0;
    ledger->transfers_ns += fare ? ns : 0;
    ledger->builds_ns += builds ? ns : 0;
    ledger->both_ns += fare || builds ? ns : 0;
}

static void sweep(const edges *all, gf_program_ledger *ledger) {
    uint32_t counts[ACTIVITIES] = {0};
    uint64_t at = ledger->begin_ns;
    for (size_t i = 0; i < all->count; i++) {
        enter(ledger, counts, all->items[i].time_ns - at);
        at = all->items[i].time_ns;
        counts[all->items[i].activity] += (uint32_t)all->items[i].step;
    }
    enter(ledger, counts, ledger->end_ns - at);
}

/* The launch is that of the main process; of others the first call of OpenCL is known. */
static void find_span(const gf_trace *trace, uint32_t process, gf_program_ledger *ledger) {
    const gf_traced_process *of = &trace->processes[process];
    ledger->begin_ns = of->record.start_ns;
    ledger->end_ns = of->last_ns;
    if (trace->has_launch && trace->launch.pid == of->record.pid) {
        if (trace->launch.start_ns < ledger->begin_ns)
            ledger->begin_ns = trace->launch.start_ns;
        if (trace->launch.end_ns > ledger->end_ns)
            ledger->end_ns = trace->launch.end_ns;
    }
    ledger->total_ns = ledger->end_ns - ledger->begin_ns;
}

static bool lacks_kernels(const gf_trace *trace, uint32_t process) {
    for (size_t i = 0; i < trace->command_count; i++) {
        const gf_traced_command *command = &trace->commands[i];
        if (command->process == process && gf_traced_is_kernel(command) &&
            command->record.status == 0 && !command->is_placed)
            return true;
    }
    return false;
}

gf_status gf_program_ledger_make(const gf_trace *trace, uint32_t process, gf_program_ledger *ledger,
                                 gf_error *error) {
    *ledger = (gf_program_ledger){0};
    find_span(trace, process, ledger);
    ledger->by_host = lacks_kernels(trace, process);
    edges all = {.begin_ns = ledger->begin_ns, .end_ns = ledger->end_ns, .error = error};
    const gf_status status = add_all(&all, trace, process);
    if (status == GF_OK) {
        if (all.count > 1)
            qsort(all.items, all.count, sizeof *all.items, by_time);
        sweep(&all, ledger);
    }
    free(all.items);
    return status;
}
