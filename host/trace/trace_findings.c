#include "trace/trace_findings.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"
#include "trace/transfer_findings.h"

#define LEAST_RUN      8 /* small transfers in a row */
#define LEAST_SMALL    100
#define LEAST_CYCLES   8
#define LEAST_LAUNCHES 100
#define LEAST_IDLE     0.1 /* share of lanes */

/* ---- The same bytes again ---------------------------------------------- */

static void claim_resent(const gf_finding_search *in) {
    for (size_t i = 0; i < in->trace->command_count; i++) {
        const uint32_t flags = in->trace->commands[i].record.flags;
        if (gf_finding_is_of(in, &in->trace->commands[i]) &&
            (flags & (GF_TRACE_SAME | GF_TRACE_TOUCHED)) == GF_TRACE_SAME)
            in->claimed[i] = true;
    }
}

static void find_resent(const gf_finding_search *in) {
    claim_resent(in);
    for (size_t i = 0; i < in->rows->memory_count; i++) {
        const gf_memory_row *row = &in->rows->memories[i];
        char buffer[GF_TRACE_FINDING_TEXT], bytes[32];
        gf_text text = gf_text_in(buffer, sizeof buffer);
        gf_format_bytes((double)row->same_bytes, bytes, sizeof bytes);
        gf_text_add(&text,
                    "%llu of %llu uploads to buffer %llu sent the bytes that were there already "
                    "(%s, by a sample of them), and no kernel that may write it ran in between: "
                    "send them once",
                    (unsigned long long)row->same, (unsigned long long)row->ups,
                    (unsigned long long)row->number, bytes);
        gf_finding_add(in, GF_FOUND_RESENT, (double)row->same_ns, buffer);
    }
}

/* ---- Small transfers --------------------------------------------------- */

typedef struct small_run {
    uint64_t count, bytes, cost_ns;
    uint32_t queue, kind;
} small_run;

typedef struct small_sum {
    uint64_t runs, count, bytes, cost_ns;
} small_sum;

static uint64_t cost_of(const gf_traced_command *command) {
    const uint64_t call = command->record.end_ns - command->record.start_ns;
    const uint64_t run = gf_traced_run_ns(command);
    return call > run ? call : run;
}

static void end_run(small_run *run, small_sum *sum) {
    if (run->count >= LEAST_RUN) {
        sum->runs++;
        sum->count += run->count;
        sum->bytes += run->bytes;
        sum->cost_ns += run->cost_ns;
    }
    *run = (small_run){0};
}

/* Bytes per ns of the fastest large transfer; 0: there was none. */
static double best_rate(const gf_finding_search *in) {
    double best = 0;
    for (size_t i = 0; i < in->trace->command_count; i++) {
        const gf_traced_command *command = &in->trace->commands[i];
        const uint64_t run = gf_traced_run_ns(command);
        if (!gf_finding_is_of(in, command) || !gf_traced_is_transfer(command) || run == 0)
            continue;
        const double rate = (double)command->record.bytes / (double)run;
        best = rate > best ? rate : best;
    }
    return best;
}

static small_sum sum_small(const gf_finding_search *in, uint32_t kind) {
    small_sum sum = {0};
    small_run run = {0};
    for (size_t i = 0; i < in->trace->command_count; i++) {
        const gf_traced_command *command = &in->trace->commands[i];
        if (!gf_finding_is_of(in, command))
            continue;
        const bool fits =
            command->record.kind == kind && command->record.bytes <= GF_SMALL_TRANSFER;
        if (!fits || (run.count > 0 && run.queue != command->queue))
            end_run(&run, &sum);
        if (!fits)
            continue;
        run.queue = command->queue;
        run.count++;
        run.bytes += command->record.bytes;
        run.cost_ns += cost_of(command);
    }
    end_run(&run, &sum);
    return sum;
}

static void find_small(const gf_finding_search *in, uint32_t kind) {
    const small_sum sum = sum_small(in, kind);
    const double rate = best_rate(in);
    if (sum.count < LEAST_SMALL)
        return;
    const double each = (double)sum.cost_ns / (double)sum.count;
    const double moved = rate > 0 ? (double)sum.bytes / rate : 0;
    char text[GF_TRACE_FINDING_TEXT], bytes[32], time[32];
    gf_format_bytes((double)sum.bytes / (double)sum.count, bytes, sizeof bytes);
    gf_format_ns(each, time, sizeof time);
    snprintf(text, sizeof text,
             "%llu %s of %s on average, %s each, with nothing in between, could be %llu: gather "
             "them in one array, or map the buffer",
             (unsigned long long)sum.count, kind == GF_TRACE_WRITE ? "uploads" : "downloads", bytes,
             time, (unsigned long long)sum.runs);
    gf_finding_add(in, GF_FOUND_SMALL, (double)sum.cost_ns - each * (double)sum.runs - moved, text);
}

/* ---- Host and device in turns ------------------------------------------ */

typedef struct cycles {
    uint64_t busy_ns;   /* of commands since the latest wait */
    uint64_t waited_ns; /* the same before it; 0: nothing was waited for */
    uint64_t back_ns;   /* when the host was back */
    uint64_t count, saving_ns;
} cycles;

static void end_wait(cycles *in, uint64_t back_ns) {
    in->waited_ns += in->busy_ns;
    in->busy_ns = 0;
    in->back_ns = back_ns;
}

/* The host begins the next turn: what it did since could have run beside the device. */
static void begin_turn(cycles *in, uint64_t now_ns) {
    if (in->waited_ns == 0 || now_ns < in->back_ns)
        return;
    const uint64_t worked = now_ns - in->back_ns;
    in->saving_ns += worked < in->waited_ns ? worked : in->waited_ns;
    in->count++;
    in->waited_ns = 0;
}

static void find_idle(const gf_finding_search *in) {
    const gf_trace *trace = in->trace;
    cycles turns = {0};
    size_t call = 0;
    for (size_t i = 0; i < trace->command_count; i++) {
        const gf_traced_command *command = &trace->commands[i];
        if (!gf_finding_is_of(in, command))
            continue;
        for (; call < trace->call_count &&
               (trace->calls[call].process < in->process ||
                (trace->calls[call].process == in->process &&
                 trace->calls[call].record.end_ns <= command->record.start_ns));
             call++) {
            if (trace->calls[call].process == in->process &&
                trace->calls[call].record.kind == GF_TRACE_CALL_WAIT)
                end_wait(&turns, trace->calls[call].record.end_ns);
        }
        begin_turn(&turns, command->record.start_ns);
        turns.busy_ns += gf_traced_run_ns(command);
        if ((command->record.flags & GF_TRACE_BLOCKING) != 0)
            end_wait(&turns, command->record.end_ns);
    }
    char text[GF_TRACE_FINDING_TEXT];
    snprintf(text, sizeof text,
             "%llu times the host waited for the device and then worked while the device had "
             "nothing to do: with two buffers and calls that don't block, one can work while the "
             "other does",
             (unsigned long long)turns.count);
    if (turns.count >= LEAST_CYCLES)
        gf_finding_add(in, GF_FOUND_IDLE, (double)turns.saving_ns, text);
}

/* ---- Builds ------------------------------------------------------------ */

static int by_hash(const void *left, const void *right) {
    const gf_trace_call *const *a = left, *const *b = right;
    if ((*a)->hash != (*b)->hash)
        return (*a)->hash < (*b)->hash ? -1 : 1;
    return (*a)->start_ns < (*b)->start_ns ? -1 : (*a)->start_ns > (*b)->start_ns;
}

static gf_status list_builds(const gf_finding_search *in, const gf_trace_call ***builds,
                             size_t *count, gf_error *error) {
    for (size_t i = 0; i < in->trace->call_count; i++) {
        const gf_traced_call *call = &in->trace->calls[i];
        if (call->process != in->process || call->record.kind != GF_TRACE_CALL_BUILD ||
            call->record.hash == 0 || call->record.status != 0)
            continue;
        if (gf_array_grow(builds, *count, sizeof **builds, error) != GF_OK)
            return GF_FAILED;
        (*builds)[(*count)++] = &call->record;
    }
    return GF_OK;
}

static gf_status find_rebuilt(const gf_finding_search *in, gf_error *error) {
    const gf_trace_call **builds = NULL;
    size_t count = 0, again = 0;
    uint64_t spent_ns = 0;
    const gf_status status = list_builds(in, &builds, &count, error);
    if (status == GF_OK && count > 1)
        qsort(builds, count, sizeof *builds, by_hash);
    for (size_t i = 1; status == GF_OK && i < count; i++) {
        if (builds[i]->hash == builds[i - 1]->hash) {
            again++;
            spent_ns += builds[i]->end_ns - builds[i]->start_ns;
        }
    }
    free(builds);
    char text[GF_TRACE_FINDING_TEXT];
    snprintf(text, sizeof text,
             "%zu of %zu builds had the source and the options of an earlier one: keep its "
             "program (if they are for other devices, build for all at once)",
             again, count);
    gf_finding_add(in, GF_FOUND_REBUILT, (double)spent_ns, text);
    return status;
}

/* ---- Kernels ----------------------------------------------------------- */

static void find_short(const gf_finding_search *in) {
    for (size_t i = 0; i < in->rows->kernel_count; i++) {
        const gf_kernel_row *row = &in->rows->kernels[i];
        if (row->timed < LEAST_LAUNCHES || row->median_ns >= row->median_gap_ns)
            continue;
        char text[GF_TRACE_FINDING_TEXT], run[32], gap[32];
        gf_format_ns((double)row->median_ns, run, sizeof run);
        gf_format_ns((double)row->median_gap_ns, gap, sizeof gap);
        snprintf(text, sizeof text,
                 "%s runs %s and begins %s after it could (medians of %llu launches): give each "
                 "launch more work, or put several launches on the queue before waiting",
                 row->name, run, gap, (unsigned long long)row->launches);
        gf_finding_add(in, GF_FOUND_SHORT, (double)row->gap_ns, text);
    }
}

static void find_lanes(const gf_finding_search *in) {
    for (size_t i = 0; i < in->rows->kernel_count; i++) {
        const gf_kernel_row *row = &in->rows->kernels[i];
        if (row->run_ns == 0 || (double)row->idle_ns < LEAST_IDLE * (double)row->run_ns)
            continue;
        char text[GF_TRACE_FINDING_TEXT];
        snprintf(text, sizeof text,
                 "%s has work-groups of %llu items, and the device computes %llu at a time: %.0f "
                 "%% of the lanes idle; take a multiple of %llu",
                 row->name, (unsigned long long)row->local, (unsigned long long)row->multiple,
                 100 * (double)row->idle_ns / (double)row->run_ns,
                 (unsigned long long)row->multiple);
        gf_finding_add(in, GF_FOUND_LANES, (double)row->idle_ns, text);
    }
}

/* ---- All --------------------------------------------------------------- */

static int by_saving(const void *left, const void *right) {
    const gf_trace_finding *a = left, *b = right;
    return a->saving_ns > b->saving_ns ? -1 : a->saving_ns < b->saving_ns;
}

/* What claims commands comes before what counts the others. */
static gf_status find_all(const gf_finding_search *in, gf_error *error) {
    find_resent(in);
    find_small(in, GF_TRACE_WRITE);
    find_small(in, GF_TRACE_READ);
    find_idle(in);
    find_short(in);
    find_lanes(in);
    gf_status status = gf_find_unseen(in, error);
    if (status == GF_OK) {
        gf_find_shared(in);
        gf_find_pageable(in);
        status = find_rebuilt(in, error);
    }
    return status;
}

gf_status gf_trace_findings_make(const gf_trace *trace, uint32_t process,
                                 const gf_program_ledger *ledger, const gf_program_rows *rows,
                                 gf_trace_findings *findings, gf_error *error) {
    *findings = (gf_trace_findings){.count = 0};
    const gf_finding_search in = {trace, process,  ledger,
                                  rows,  findings, calloc(trace->command_count + 1, sizeof(bool))};
    if (in.claimed == NULL)
        return gf_error_no_memory(error, "a trace", trace->command_count);
    const gf_status status = find_all(&in, error);
    free(in.claimed);
    if (findings->count > 1)
        qsort(findings->items, findings->count, sizeof findings->items[0], by_saving);
    return status;
}
