#include "trace/device_clock.h"

#include <stdlib.h>

#include "base/error.h"

#define MOST_DEVICES 256        /* whose commands are placed; programs have one or two */
#define BLOCK_NS     1000000000 /* two clocks drift by less than 0.5 ms in it */
#define SLACK_NS     1000000    /* by which a run may seem to end after it was seen to have ended */

/* What is known while the commands pass in their order. */
typedef struct queue_state {
    uint64_t latest_end_ns; /* of what ran last */
    uint64_t enqueued_ns;   /* the last command that nobody waited for */
    uint64_t clean_ns;      /* a wait for the queue returned */
} queue_state;

static uint64_t later(uint64_t a, uint64_t b) {
    return a > b ? a : b;
}

/* ---- Whether a clock is believed --------------------------------------- */

typedef struct clock_counts {
    size_t count, disordered, late;
    uint64_t longest_ns;
} clock_counts;

static bool is_disordered(const gf_trace_times *times) {
    const bool late_queued = times->queued != 0 && times->queued > times->start;
    return late_queued || times->submit > times->start || times->start > times->end ||
           times->end == 0;
}

static void count_times(clock_counts *counts, const gf_trace_times *times) {
    const uint64_t length = times->end > times->start ? times->end - times->start : 0;
    counts->count++;
    counts->disordered += is_disordered(times);
    counts->longest_ns = later(counts->longest_ns, length);
}

static const char *judge(const clock_counts *counts) {
    if (counts->count > 0 && counts->longest_ns <= 1)
        return "says that every command takes 1 ns or less";
    if (counts->disordered * 100 > counts->count)
        return "gives times that are out of order";
    if (counts->late * 100 > counts->count)
        return "says that commands end after the host saw their end";
    return NULL;
}

/* ---- Tying it to the host's clock -------------------------------------- */

/* What is added to a device's times. QUEUED is not before the call, so that the largest difference
 * is the best one. Differences wrap: the origins may be anywhere. */
static void add_offset(const gf_traced_command *command, bool *has, uint64_t *offset) {
    if (!command->has_times || command->times.queued == 0)
        return;
    const uint64_t own = command->record.start_ns - command->times.queued;
    if (!*has || (int64_t)(own - *offset) > 0)
        *offset = own;
    *has = true;
}

static void place(gf_traced_command *command, uint64_t offset, clock_counts *counts) {
    command->begin_ns = command->times.start + offset;
    command->end_ns = command->times.end + offset;
    if (command->end_ns > command->times.seen_ns) {
        counts->late += command->end_ns - command->times.seen_ns > SLACK_NS;
        command->end_ns = command->times.seen_ns;
    }
    if (command->begin_ns > command->end_ns)
        command->begin_ns = command->end_ns;
    command->is_placed = true;
}

static bool is_of(const gf_trace *trace, const gf_traced_command *command, uint32_t device) {
    return gf_traced_device_of(trace, command) == device;
}

/* Places the timed commands of a device that begin before `until`, from index `first` on; returns
 * the index behind them. */
static size_t place_block(gf_trace *trace, uint32_t device, size_t first, uint64_t until,
                          clock_counts *counts) {
    bool has = false;
    uint64_t offset = 0;
    size_t end = first;
    for (; end < trace->command_count && trace->commands[end].record.start_ns < until; end++) {
        if (is_of(trace, &trace->commands[end], device))
            add_offset(&trace->commands[end], &has, &offset);
    }
    for (size_t i = first; has && i < end; i++) {
        gf_traced_command *command = &trace->commands[i];
        if (is_of(trace, command, device) && command->has_times)
            place(command, offset, counts);
    }
    return end;
}

static void unplace(gf_trace *trace, uint32_t device) {
    for (size_t i = 0; i < trace->command_count; i++) {
        if (is_of(trace, &trace->commands[i], device))
            trace->commands[i].is_placed = false;
    }
}

static void place_device(gf_trace *trace, uint32_t device) {
    clock_counts counts = {0};
    for (size_t i = 0; i < trace->command_count; i++) {
        if (is_of(trace, &trace->commands[i], device) && trace->commands[i].has_times)
            count_times(&counts, &trace->commands[i].times);
    }
    trace->devices[device].trouble = judge(&counts);
    if (trace->devices[device].trouble != NULL)
        return;
    for (size_t at = 0; at < trace->command_count;) {
        const uint64_t begin = trace->commands[at].record.start_ns;
        const size_t end = place_block(trace, device, at, begin + BLOCK_NS, &counts);
        at = end > at ? end : at + 1; /* numbers that run backwards */
    }
    trace->devices[device].trouble = judge(&counts);
    if (trace->devices[device].trouble != NULL)
        unplace(trace, device);
}

/* ---- In the order of each queue ---------------------------------------- */

/* Notes the waits that returned before `until`. */
static size_t pass_waits(const gf_trace *trace, uint32_t process, size_t at, uint64_t until,
                         queue_state *queues, uint64_t *all_clean_ns) {
    for (; at < trace->call_count; at++) {
        const gf_traced_call *call = &trace->calls[at];
        if (call->process > process || (call->process == process && call->record.start_ns >= until))
            break;
        if (call->process != process || call->record.kind != GF_TRACE_CALL_WAIT ||
            call->record.end_ns > until)
            continue;
        const uint32_t queue = gf_traced_find_queue(trace, process, call->record.object);
        if (call->record.object == 0)
            *all_clean_ns = later(*all_clean_ns, call->record.end_ns);
        else if (queue != GF_NONE)
            queues[queue].clean_ns = later(queues[queue].clean_ns, call->record.end_ns);
    }
    return at;
}

/* By the host's clock, where there is no better one and the call says it all. */
static void place_by_host(gf_traced_command *command, queue_state *queue, uint64_t all_clean_ns) {
    const bool waits = (command->record.flags & GF_TRACE_BLOCKING) != 0;
    const bool alone = queue->enqueued_ns <= later(queue->clean_ns, all_clean_ns);
    if (waits && alone && gf_traced_is_transfer(command)) {
        command->begin_ns = command->record.start_ns;
        command->end_ns = command->record.end_ns;
        command->is_placed = command->begin_ns <= command->end_ns;
    }
    if (waits)
        queue->clean_ns = later(queue->clean_ns, command->record.end_ns);
    else
        queue->enqueued_ns = later(queue->enqueued_ns, command->record.end_ns);
}

/* The time between when a command could begin, behind its predecessor, and its begin. */
static void find_gap(const gf_trace *trace, gf_traced_command *command, queue_state *queue) {
    const bool ordered = (trace->queues[command->queue].record.asked & 1) == 0;
    const uint64_t called = command->record.start_ns;
    const uint64_t ready = ordered ? later(called, queue->latest_end_ns) : called;
    command->gap_ns = command->begin_ns > ready ? command->begin_ns - ready : 0;
    queue->latest_end_ns = later(queue->latest_end_ns, command->end_ns);
}

static void pass_commands(gf_trace *trace, queue_state *queues) {
    size_t call = 0;
    uint64_t all_clean_ns = 0;
    for (size_t i = 0; i < trace->command_count; i++) {
        gf_traced_command *command = &trace->commands[i];
        if (i > 0 && command->process != trace->commands[i - 1].process)
            all_clean_ns = 0;
        call = pass_waits(trace, command->process, call, command->record.start_ns, queues,
                          &all_clean_ns);
        if (command->queue == GF_NONE || command->record.status != 0)
            continue;
        queue_state *queue = &queues[command->queue];
        if (command->is_placed)
            find_gap(trace, command, queue);
        else
            place_by_host(command, queue, all_clean_ns);
    }
}

gf_status gf_trace_place_commands(gf_trace *trace, gf_error *error) {
    queue_state *queues = calloc(trace->queue_count + 1, sizeof *queues);
    if (queues == NULL)
        return gf_error_no_memory(error, "a trace", trace->queue_count * sizeof *queues);
    for (uint32_t i = 0; i < trace->device_count && i < MOST_DEVICES; i++)
        place_device(trace, i);
    pass_commands(trace, queues);
    free(queues);
    return GF_OK;
}
