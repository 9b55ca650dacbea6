#include "trace/transfer_findings.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"

#define LOOKS_ON  512  /* commands, and calls, between a download and what overwrites it */
#define LOOK_RATE 50.0 /* bytes a ns, which no core reads faster */

typedef unsigned long long count;

/* ---- Downloads that nobody is seen to use ------------------------------ */

/* Those that end at one address of the host, one after the other. */
static int by_host(const void *left, const void *right) {
    const gf_traced_command *const *a = left, *const *b = right;
    if ((*a)->record.host != (*b)->record.host)
        return (*a)->record.host < (*b)->record.host ? -1 : 1;
    return *a < *b ? -1 : *a > *b;
}

static gf_status list_downloads(const gf_finding_search *in, const gf_traced_command ***list,
                                size_t *list_count, gf_error *error) {
    for (size_t i = 0; i < in->trace->command_count; i++) {
        const gf_traced_command *command = &in->trace->commands[i];
        if (!gf_finding_is_of(in, command) || command->record.kind != GF_TRACE_READ ||
            command->record.host == 0)
            continue;
        if (gf_array_grow(list, *list_count, sizeof **list, error) != GF_OK)
            return GF_FAILED;
        (*list)[(*list_count)++] = command;
    }
    if (*list_count > 1)
        qsort(*list, *list_count, sizeof **list, by_host);
    return GF_OK;
}

static bool overlap(const gf_trace_command *a, const gf_trace_command *b) {
    return b->host - a->host < a->bytes || a->host - b->host < b->bytes;
}

/* Whether anything between the two uses what the first one brought; *busy_ns: what the thread spent
 * in calls of commands meanwhile. */
static bool is_used(const gf_finding_search *in, const gf_traced_command *first,
                    const gf_traced_command *next, double *busy_ns) {
    *busy_ns = 0;
    if (next - first > LOOKS_ON)
        return true;
    for (const gf_traced_command *at = first + 1; at < next; at++) {
        const gf_trace_command *record = &at->record;
        if (!gf_finding_is_of(in, at))
            continue;
        if (record->kind == GF_TRACE_WRITE && overlap(&first->record, record))
            return true;
        if (record->thread == first->record.thread && record->end_ns > record->start_ns)
            *busy_ns += (double)(record->end_ns - record->start_ns);
    }
    return false;
}

/* The first call that begins at or after a time. */
static size_t first_call(const gf_trace *trace, uint32_t process, uint64_t from_ns) {
    size_t low = 0, high = trace->call_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const gf_traced_call *call = &trace->calls[middle];
        const bool before = call->process < process ||
                            (call->process == process && call->record.start_ns < from_ns);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

/* What the thread spent in other calls between two times. */
static double in_calls_ns(const gf_finding_search *in, uint32_t thread, uint64_t from_ns,
                          uint64_t to_ns) {
    const gf_trace *trace = in->trace;
    const size_t begin = first_call(trace, in->process, from_ns);
    double ns = 0;
    for (size_t i = begin; i < trace->call_count && i - begin < LOOKS_ON; i++) {
        const gf_trace_call *record = &trace->calls[i].record;
        if (trace->calls[i].process != in->process || record->start_ns >= to_ns)
            break;
        if (record->thread == thread && record->end_ns > record->start_ns)
            ns += (double)(record->end_ns - record->start_ns);
    }
    return ns;
}

typedef struct transfer_sum {
    uint64_t times, bytes, ns;
} transfer_sum;

static void add_transfer_to(transfer_sum *sum, const gf_traced_command *command) {
    sum->times++;
    sum->bytes += command->record.bytes;
    sum->ns += gf_traced_run_ns(command);
}

/* The host may look from when the download has ended, on its own time. */
static void judge(const gf_finding_search *in, const gf_traced_command *first,
                  const gf_traced_command *next, transfer_sum *unseen, transfer_sum *perhaps) {
    const gf_trace_command *record = &first->record;
    const bool waits = (record->flags & GF_TRACE_BLOCKING) != 0;
    const uint64_t from = record->end_ns, to = next->record.start_ns;
    double busy_ns = 0;
    if (record->host != next->record.host || next->record.bytes < record->bytes || to < from ||
        is_used(in, first, next, &busy_ns))
        return;
    busy_ns += in_calls_ns(in, record->thread, from, to);
    const double own_ns = (double)(to - from) - busy_ns;
    const bool hurried = waits && own_ns * LOOK_RATE < (double)record->bytes;
    add_transfer_to(hurried ? unseen : perhaps, first);
    if (hurried)
        in->claimed[first - in->trace->commands] = true;
}

gf_status gf_find_unseen(const gf_finding_search *in, gf_error *error) {
    const gf_traced_command **list = NULL;
    size_t list_count = 0;
    transfer_sum unseen = {0}, perhaps = {0};
    const gf_status status = list_downloads(in, &list, &list_count, error);
    for (size_t i = 1; status == GF_OK && i < list_count; i++)
        judge(in, list[i - 1], list[i], &unseen, &perhaps);
    in->findings->overwritten = perhaps.times;
    in->findings->overwritten_ns = perhaps.ns;
    char text[GF_TRACE_FINDING_TEXT], bytes[32];
    gf_format_bytes((double)unseen.bytes, bytes, sizeof bytes);
    snprintf(text, sizeof text,
             "%llu of %zu downloads (%s) were overwritten by a later one, OpenCL saw nothing use "
             "them, and their thread had less of its own time in between than reading them takes: "
             "leave them out",
             (count)unseen.times, list_count, bytes);
    gf_finding_add(in, GF_FOUND_UNSEEN, (double)unseen.ns, text);
    free(list);
    return status;
}

/* ---- By device --------------------------------------------------------- */

/* Large transfers that no other finding has; NULL: it is none of them. */
static const gf_traced_device *device_of(const gf_finding_search *in, size_t index) {
    const gf_traced_command *command = &in->trace->commands[index];
    if (!gf_finding_is_of(in, command) || !gf_traced_is_transfer(command) || in->claimed[index] ||
        command->record.bytes <= GF_SMALL_TRANSFER)
        return NULL;
    const uint32_t device = gf_traced_device_of(in->trace, command);
    return device == GF_NONE ? NULL : &in->trace->devices[device];
}

void gf_find_shared(const gf_finding_search *in) {
    transfer_sum sum = {0};
    const char *name = "";
    for (size_t i = 0; i < in->trace->command_count; i++) {
        const gf_traced_device *device = device_of(in, i);
        if (device == NULL || device->record.unified == 0)
            continue;
        name = device->name;
        add_transfer_to(&sum, &in->trace->commands[i]);
    }
    char text[GF_TRACE_FINDING_TEXT], bytes[32];
    gf_format_bytes((double)sum.bytes, bytes, sizeof bytes);
    snprintf(text, sizeof text,
             "transfers copy %s (%llu in all), and %.100s has one memory with the host: map the "
             "buffers instead (clEnqueueMapBuffer), and let the host work in them",
             bytes, (count)sum.times, name);
    gf_finding_add(in, GF_FOUND_SHARED, (double)sum.ns, text);
}

/* ---- Pageable memory --------------------------------------------------- */

/* In the middle of its range. */
static double middle_ns(const gf_cost_range *cost, double bytes) {
    return sqrt((cost->best.a_ns + cost->best.b_ns * bytes) *
                (cost->worst.a_ns + cost->worst.b_ns * bytes));
}

/* What pinned memory would save of a transfer that ran `run_ns`; below 0: not known. */
static double pinned_saves(const gf_traced_device *device, const gf_traced_command *command) {
    const gf_cost_range *costs =
        command->record.kind == GF_TRACE_WRITE ? device->profile.up : device->profile.down;
    const double bytes = (double)command->record.bytes, run = (double)gf_traced_run_ns(command);
    if (!device->has_profile || !costs[0].known || !costs[1].known)
        return -1;
    const double saved = middle_ns(&costs[0], bytes) - middle_ns(&costs[1], bytes);
    return fmin(fmax(saved, 0), run);
}

static void count_unpinned(gf_trace_findings *findings, const gf_traced_command *command) {
    findings->unpinned++;
    findings->unpinned_bytes += command->record.bytes;
    findings->unpinned_ns += gf_traced_run_ns(command);
}

void gf_find_pageable(const gf_finding_search *in) {
    transfer_sum sum = {0};
    double saved_ns = 0;
    const char *name = "", *basis = "";
    for (size_t i = 0; i < in->trace->command_count; i++) {
        const gf_traced_device *device = device_of(in, i);
        const gf_traced_command *command = &in->trace->commands[i];
        if (device == NULL || device->record.unified != 0 ||
            (command->record.flags & GF_TRACE_PINNED) != 0)
            continue;
        const double saved = pinned_saves(device, command);
        if (saved < 0) {
            count_unpinned(in->findings, command);
            continue;
        }
        saved_ns += saved;
        add_transfer_to(&sum, command);
        name = device->name;
        basis = device->profile.basis;
    }
    char text[GF_TRACE_FINDING_TEXT], bytes[32];
    gf_format_bytes((double)sum.bytes, bytes, sizeof bytes);
    snprintf(text, sizeof text,
             "%llu transfers move %s from or to memory that is not pinned; by the %.60s, %.100s "
             "takes so much less with memory that it made itself (CL_MEM_ALLOC_HOST_PTR, mapped)",
             (count)sum.times, bytes, basis, name);
    gf_finding_add(in, GF_FOUND_PAGEABLE, saved_ns, text);
}
