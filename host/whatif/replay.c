#include "whatif/replay.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"

#define COPIES_HOST (UINT64_C(1) << 5) /* CL_MEM_COPY_HOST_PTR */
#define LOOKS_BACK  4096               /* commands that a wait for events may be for */
#define MOST_NS     1e18

/* Of what a file may hold: more threads share their states, and longer searches are given up. */
#define MOST_THREADS 1024
#define MOST_LOOKS   50000000

/* What a thread of the host does: a command, a call, or making memory. */
typedef enum step_kind { STEP_COMMAND, STEP_CALL, STEP_MEMORY } step_kind;

typedef struct step {
    uint64_t start_ns;
    size_t index;
    step_kind kind;
    uint32_t thread;
} step;

typedef struct thread_state {
    uint32_t thread;
    double late_ns; /* by which it is behind the trace; may be negative */
} thread_state;

typedef struct queue_line {
    double ready_ns;     /* when its last command has ended */
    uint32_t last;       /* that command; GF_NONE: none */
    uint64_t was_end_ns; /* in the trace: the latest end of its commands so far */
} queue_line;

typedef struct replay {
    const gf_trace *trace;
    uint32_t process;
    const gf_other_device *device;
    gf_scenario scenario;
    uint64_t begin_ns;
    step *steps;
    size_t step_count;
    thread_state *threads;
    size_t thread_count;
    double latest_late_ns; /* of the latest step of any thread */
    uint64_t looks;        /* at commands that a wait may be for */
    queue_line *queues;
    uint32_t *before; /* of a command: the one before it on its queue */
    gf_trace moved;   /* the trace with other times, which begin with 0 */
    double launches_ns;
    bool known;
    gf_error *error;
} replay;

/* ---- Times ------------------------------------------------------------- */

static double since(const replay *in, uint64_t time_ns) {
    return time_ns > in->begin_ns ? (double)(time_ns - in->begin_ns) : 0;
}

static uint64_t as_time(double ns) {
    return ns <= 0 ? 0 : ns < MOST_NS ? (uint64_t)ns : (uint64_t)MOST_NS;
}

static bool is_worst(const replay *in) {
    return in->device != NULL && in->scenario == GF_SCENARIO_SAME_WORST;
}

/* What the host needs to be back after what it waited for: of a bound nothing at best. */
static double return_ns(const replay *in, uint64_t was_end_ns, uint64_t back_ns) {
    if (in->device != NULL && !is_worst(in))
        return 0;
    return back_ns > was_end_ns ? (double)(back_ns - was_end_ns) : 0;
}

/* A thread begins as late as what ran before it. */
static thread_state *find_thread(replay *in, uint32_t thread) {
    for (size_t i = 0; i < in->thread_count; i++) {
        if (in->threads[i].thread == thread)
            return &in->threads[i];
    }
    if (in->thread_count == MOST_THREADS)
        return &in->threads[thread % MOST_THREADS];
    if (gf_array_grow(&in->threads, in->thread_count, sizeof *in->threads, in->error) != GF_OK)
        return NULL;
    in->threads[in->thread_count] = (thread_state){thread, in->latest_late_ns};
    return &in->threads[in->thread_count++];
}

/* ---- Steps ------------------------------------------------------------- */

static gf_status add_step(replay *in, step_kind kind, size_t index, uint64_t start_ns,
                          uint32_t thread) {
    if (gf_array_grow(&in->steps, in->step_count, sizeof *in->steps, in->error) != GF_OK)
        return GF_FAILED;
    in->steps[in->step_count++] = (step){start_ns, index, kind, thread};
    return GF_OK;
}

static int by_start(const void *left, const void *right) {
    const step *a = left, *b = right;
    if (a->start_ns != b->start_ns)
        return a->start_ns < b->start_ns ? -1 : 1;
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : a->index < b->index ? -1 : 1;
}

static gf_status list_steps(replay *in) {
    const gf_trace *trace = in->trace;
    gf_status status = GF_OK;
    for (size_t i = 0; i < trace->command_count && status == GF_OK; i++) {
        const gf_trace_command *record = &trace->commands[i].record;
        if (trace->commands[i].process == in->process)
            status = add_step(in, STEP_COMMAND, i, record->start_ns, record->thread);
    }
    for (size_t i = 0; i < trace->call_count && status == GF_OK; i++) {
        const gf_trace_call *record = &trace->calls[i].record;
        if (trace->calls[i].process == in->process)
            status = add_step(in, STEP_CALL, i, record->start_ns, record->thread);
    }
    for (size_t i = 0; i < trace->memory_count && status == GF_OK; i++) {
        const gf_trace_memory *record = &trace->memories[i].record;
        if (trace->memories[i].process == in->process)
            status = add_step(in, STEP_MEMORY, i, record->start_ns, record->thread);
    }
    if (status == GF_OK && in->step_count > 1)
        qsort(in->steps, in->step_count, sizeof *in->steps, by_start);
    return status;
}

/* ---- Commands ---------------------------------------------------------- */

static bool is_ordered(const replay *in, const gf_traced_command *command) {
    return is_worst(in) || (in->trace->queues[command->queue].record.asked & 1) == 0;
}

static bool is_launch(const gf_traced_command *command) {
    return gf_traced_is_kernel(command);
}

/* Puts a command that was called at `called` on its queue; returns its end. */
static double run_command(replay *in, size_t index, double called) {
    gf_traced_command *command = &in->moved.commands[index];
    queue_line *queue = &in->queues[command->queue];
    const gf_command_cost cost = gf_command_cost_of(in->trace, index, in->device, in->scenario);
    const double ready =
        is_ordered(in, command) && queue->ready_ns > called ? queue->ready_ns : called;
    const double begin = ready + cost.before_ns, end = begin + cost.run_ns;
    const bool compiles = gf_trace_compiles(in->trace, index);
    in->known = in->known && cost.known;
    in->launches_ns +=
        is_launch(command) ? cost.before_ns - (compiles ? (double)command->gap_ns : 0) : 0;
    command->begin_ns = as_time(begin);
    command->end_ns = as_time(end);
    command->gap_ns = compiles ? as_time(cost.before_ns) : 0;
    command->is_placed = true;
    in->before[index] = queue->last;
    queue->last = (uint32_t)index;
    queue->ready_ns = end > queue->ready_ns ? end : queue->ready_ns;
    return end;
}

static double replay_command(replay *in, size_t index, double called) {
    const gf_traced_command *was = &in->trace->commands[index];
    const double took = since(in, was->record.end_ns) - since(in, was->record.start_ns);
    const double returned = called + (took > 0 ? took : 0);
    if (was->queue == GF_NONE || was->record.status != 0)
        return returned;
    const double end = run_command(in, index, called);
    if ((was->record.flags & GF_TRACE_BLOCKING) == 0)
        return returned;
    const uint64_t was_end_ns = was->is_placed ? was->end_ns : was->record.end_ns;
    return end + return_ns(in, was_end_ns, was->record.end_ns);
}

/* ---- Waits ------------------------------------------------------------- */

/* The last command of a queue that had ended when the wait returned; GF_NONE: none. */
static uint32_t awaited(replay *in, const queue_line *queue, uint64_t back_ns) {
    uint32_t at = queue->last;
    in->looks++;
    for (size_t seen = 0; at != GF_NONE && seen < LOOKS_BACK; seen++, at = in->before[at]) {
        in->looks++;
        const gf_traced_command *was = &in->trace->commands[at];
        if (!was->is_placed || was->end_ns <= back_ns)
            return at;
    }
    return GF_NONE;
}

static void wait_for(replay *in, const queue_line *queue, uint64_t back_ns, double *until,
                     uint64_t *was_end_ns) {
    const uint32_t last = awaited(in, queue, back_ns);
    if (last == GF_NONE)
        return;
    const double end = (double)in->moved.commands[last].end_ns;
    const gf_traced_command *was = &in->trace->commands[last];
    *until = end > *until ? end : *until;
    if (was->is_placed && was->end_ns > *was_end_ns)
        *was_end_ns = was->end_ns;
}

/* Which events it was for is not known: those that had ended by then. */
static double replay_wait(replay *in, const gf_trace_call *call, double called) {
    double until = called;
    uint64_t was_end_ns = call->start_ns;
    const uint32_t one =
        call->object == 0 ? GF_NONE : gf_traced_find_queue(in->trace, in->process, call->object);
    in->known = in->known && in->looks < MOST_LOOKS;
    for (uint32_t i = 0; i < in->trace->queue_count && in->looks < MOST_LOOKS; i++, in->looks++) {
        if (in->trace->queues[i].process == in->process && (one == GF_NONE || one == i))
            wait_for(in, &in->queues[i], call->end_ns, &until, &was_end_ns);
    }
    return until + return_ns(in, was_end_ns, call->end_ns);
}

/* ---- Everything in its order ------------------------------------------- */

static double replay_call(replay *in, size_t index, double called) {
    const gf_trace_call *record = &in->trace->calls[index].record;
    const double took = since(in, record->end_ns) - since(in, record->start_ns);
    return record->kind == GF_TRACE_CALL_WAIT ? replay_wait(in, record, called)
                                              : called + (took > 0 ? took : 0);
}

/* What is copied when memory is made goes over the bus at worst; a driver may put that off. */
static double replay_memory(const replay *in, size_t index, double called) {
    const gf_trace_memory *record = &in->trace->memories[index].record;
    const double took = since(in, record->end_ns) - since(in, record->start_ns);
    const bool copies = (record->flags & COPIES_HOST) != 0 && is_worst(in);
    return called + (took > 0 ? took : 0) +
           (copies ? gf_cost_ns(&in->device->up[0], true, (double)record->bytes) : 0);
}

static double replay_step(replay *in, const step *one, double called, uint64_t **start,
                          uint64_t **end) {
    switch (one->kind) {
    case STEP_COMMAND:
        *start = &in->moved.commands[one->index].record.start_ns;
        *end = &in->moved.commands[one->index].record.end_ns;
        return replay_command(in, one->index, called);
    case STEP_CALL:
        *start = &in->moved.calls[one->index].record.start_ns;
        *end = &in->moved.calls[one->index].record.end_ns;
        return replay_call(in, one->index, called);
    default:
        *start = &in->moved.memories[one->index].record.start_ns;
        *end = &in->moved.memories[one->index].record.end_ns;
        return replay_memory(in, one->index, called);
    }
}

static gf_status replay_steps(replay *in) {
    for (size_t i = 0; i < in->step_count; i++) {
        uint64_t *start = NULL, *end = NULL;
        thread_state *thread = find_thread(in, in->steps[i].thread);
        if (thread == NULL)
            return GF_FAILED;
        const double called = since(in, in->steps[i].start_ns) + thread->late_ns;
        const double returned = replay_step(in, &in->steps[i], called, &start, &end);
        thread->late_ns += (returned - called) - (since(in, *end) - since(in, *start));
        in->latest_late_ns = thread->late_ns;
        *start = as_time(called);
        *end = as_time(returned);
    }
    return GF_OK;
}

/* ---- The copy ---------------------------------------------------------- */

static void *copy_of(const void *items, size_t count, size_t bytes) {
    void *copy = calloc(count + 1, bytes);
    if (copy != NULL && count > 0)
        memcpy(copy, items, count * bytes);
    return copy;
}

static gf_status copy_trace(replay *in) {
    const gf_trace *trace = in->trace;
    in->moved = *trace;
    in->moved.processes = copy_of(trace->processes, trace->process_count, sizeof *trace->processes);
    in->moved.memories = copy_of(trace->memories, trace->memory_count, sizeof *trace->memories);
    in->moved.calls = copy_of(trace->calls, trace->call_count, sizeof *trace->calls);
    in->moved.commands = copy_of(trace->commands, trace->command_count, sizeof *trace->commands);
    in->queues = calloc(trace->queue_count + 1, sizeof *in->queues);
    in->before = calloc(trace->command_count + 1, sizeof *in->before);
    if (in->moved.processes == NULL || in->moved.memories == NULL || in->moved.calls == NULL ||
        in->moved.commands == NULL || in->queues == NULL || in->before == NULL)
        return gf_error_no_memory(in->error, "a replay",
                                  trace->command_count * sizeof *trace->commands);
    for (size_t i = 0; i < trace->queue_count; i++)
        in->queues[i].last = GF_NONE;
    return GF_OK;
}

static void clear(replay *in) {
    free(in->moved.processes);
    free(in->moved.memories);
    free(in->moved.calls);
    free(in->moved.commands);
    free(in->queues);
    free(in->before);
    free(in->steps);
    free(in->threads);
}

/* The process ends as late as the last thing that its threads did. */
static void set_span(replay *in, const gf_program_ledger *was) {
    gf_traced_process *process = &in->moved.processes[in->process];
    double end = (double)was->total_ns + in->latest_late_ns;
    process->record.start_ns = as_time(since(in, process->record.start_ns));
    process->last_ns = as_time(end);
    in->moved.launch.start_ns = 0;
    in->moved.launch.end_ns = process->last_ns;
}

gf_status gf_replay(const gf_trace *trace, uint32_t process, const gf_other_device *device,
                    gf_scenario scenario, gf_replayed *replayed, gf_error *error) {
    gf_program_ledger was;
    *replayed = (gf_replayed){.known = false};
    gf_status status = gf_program_ledger_make(trace, process, &was, error);
    if (status != GF_OK)
        return status;
    replay in = {.trace = trace,
                 .process = process,
                 .device = device,
                 .scenario = scenario,
                 .begin_ns = was.begin_ns,
                 .known = true,
                 .error = error};
    status = copy_trace(&in);
    if (status == GF_OK)
        status = list_steps(&in);
    if (status == GF_OK)
        status = replay_steps(&in);
    if (status == GF_OK) {
        set_span(&in, &was);
        status = gf_program_ledger_make(&in.moved, process, &replayed->ledger, error);
        replayed->launches_ns = as_time(in.launches_ns);
        replayed->known = in.known;
    }
    clear(&in);
    return status;
}
