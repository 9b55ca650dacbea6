#include "report/traced/program_view.h"

#include <string.h>

#include "base/text.h"
#include "os/child.h"

/* ---- How it ended ------------------------------------------------------ */

static void signal_format(int number, char *text, size_t size) {
    const char *name = gf_signal_name(number);
    snprintf(text, size, "signal %d%s%s%s", number, name == NULL ? "" : " (",
             name == NULL ? "" : name, name == NULL ? "" : ")");
}

void gf_trace_end_format(const gf_trace *trace, char *text, size_t size) {
    const gf_trace_launch *launch = &trace->launch;
    char time[32], signal[48];
    text[0] = '\0';
    if (!trace->has_launch)
        return;
    gf_format_ns((double)(launch->end_ns - launch->start_ns), time, sizeof time);
    signal_format(launch->signal, signal, sizeof signal);
    if (launch->signal != 0)
        snprintf(text, size, "ended by %s after %s", signal, time);
    else
        snprintf(text, size, "exit status %d after %s", launch->code, time);
}

void gf_trace_missing_format(const gf_trace *trace, char *text, size_t size) {
    text[0] = '\0';
    if (trace->process_count > 0)
        return;
    if (trace->cut_off) {
        snprintf(text, size, "the file ends before the first whole record of a process");
        return;
    }
    const char *cut = trace->launch.signal != 0
                          ? " (it was ended by a signal, perhaps before its first call)"
                          : "";
    if (trace->launch.saw_loader != 0)
        snprintf(text, size,
                 "the layer did not report%s, though the program loaded OpenCL: it made no call of "
                 "it, or its loader takes no layers (OPENCL_LAYERS)",
                 cut);
    else
        snprintf(text, size,
                 "the layer did not report%s: the program made no OpenCL call, or its loader takes "
                 "no layers (OPENCL_LAYERS), or it runs with more rights than you",
                 cut);
}

/* ---- Notes ------------------------------------------------------------- */

#define NOTE(...)                                                                                  \
    do {                                                                                           \
        if (gf_notes_add(&view->notes, error, __VA_ARGS__) != GF_OK)                               \
            return GF_FAILED;                                                                      \
    } while (0)

typedef unsigned long long count;

/* A process that has no end in the file, or none that its exit handlers wrote. */
static gf_status note_end(gf_program_view *view, gf_error *error) {
    const gf_trace *trace = view->trace;
    const gf_traced_process *process = &trace->processes[view->process];
    const bool is_main = trace->has_launch && trace->launch.pid == process->record.pid;
    char signal[48];
    signal_format(trace->launch.signal, signal, sizeof signal);
    if (trace->cut_off)
        NOTE("the file ends inside of a record: what followed is missing, of the times of commands "
             "and of other processes, too");
    if (process->end.clean != 0 || (trace->cut_off && !process->has_end))
        return GF_OK;
    if (is_main && trace->launch.signal != 0)
        NOTE("ended by %s: the trace goes up to there; commands that had not been waited for have "
             "no times",
             signal);
    else
        NOTE("it ended without its exit handlers (_exit, quick_exit, exec, or a signal): commands "
             "that had not been waited for have no times");
    return GF_OK;
}

static gf_status note_losses(gf_program_view *view, gf_error *error) {
    const gf_traced_process *process = &view->trace->processes[view->process];
    const gf_trace_end *end = &process->end;
    if (end->dropped > 0)
        NOTE("%llu records are missing: there was no room or no memory for them; "
             "the figures are too small",
             (count)end->dropped);
    if (end->dropped_times > 0)
        NOTE("of %llu commands the times are missing: too many were on the way at once, or there "
             "was no memory",
             (count)end->dropped_times);
    if (end->unfinished > 0)
        NOTE("%llu commands had not ended when the program did", (count)end->unfinished);
    if (process->failed_calls > 0)
        NOTE("calls that failed, as they would without the layer: %llu",
             (count)process->failed_calls);
    if (process->forks > 0)
        NOTE(
            "it forked after its first OpenCL call (%llu); what a child did with OpenCL is not here",
            (count)process->forks);
    if (process->refused_loaders > 0)
        NOTE("%llu of its OpenCL loaders are not watched: there are too many",
             (count)process->refused_loaders);
    return GF_OK;
}

/* What enqueues commands goes past the layer when it is asked for by name. */
static bool is_unseen(const gf_traced_asked *asked) {
    static const char *const words[] = {"Enqueue", "Memcpy", "Alloc", "CommandBuffer",
                                        "ProgramWith"};
    bool found = false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        found = found || strstr(asked->name, words[i]) != NULL;
    return found && asked->answered;
}

static gf_status note_unseen(gf_program_view *view, gf_error *error) {
    const gf_trace *trace = view->trace;
    for (size_t i = 0; i < trace->asked_count; i++) {
        if (trace->asked[i].process == view->process && is_unseen(&trace->asked[i]))
            NOTE("unseen commands are possible: it asked the driver for %s, which goes past this "
                 "trace",
                 trace->asked[i].name);
    }
    return GF_OK;
}

static gf_status note_devices(gf_program_view *view, gf_error *error) {
    const gf_trace *trace = view->trace;
    size_t queues = 0, hidden = 0;
    for (size_t i = 0; i < trace->queue_count; i++) {
        queues += trace->queues[i].process == view->process;
        hidden += trace->queues[i].process == view->process && trace->queues[i].record.added != 0;
    }
    if (queues == 0)
        NOTE("it made no command queue: nothing ran on a device");
    if (hidden > 0)
        NOTE("profiling was added to %zu of %zu queues, which the program does not see", hidden,
             queues);
    for (size_t i = 0; i < trace->device_count; i++) {
        if (trace->devices[i].process == view->process && trace->devices[i].trouble != NULL)
            NOTE("%s %s: its times are not used. Transfers that the host waited for are timed by "
                 "the host's clock; kernels are part of waiting",
                 trace->devices[i].name, trace->devices[i].trouble);
    }
    if (view->ledger.by_host)
        NOTE("the times of some kernels are not known: they are part of waiting");
    return GF_OK;
}

static gf_status note_perhaps(gf_program_view *view, gf_error *error) {
    uint64_t uploads = 0, ns = 0;
    char time[32];
    for (size_t i = 0; i < view->rows.memory_count; i++) {
        uploads += view->rows.memories[i].perhaps;
        ns += view->rows.memories[i].perhaps_ns;
    }
    gf_format_ns((double)ns, time, sizeof time);
    if ((double)ns >= GF_TRACE_FINDING_SHARE * (double)view->ledger.total_ns && ns > 0)
        NOTE("%llu uploads (%s) sent the bytes of the upload before, but a kernel that may write "
             "the buffer ran in between: if it does not, declare its argument const",
             (count)uploads, time);
    if (view->findings.overwritten > 0 &&
        (double)view->findings.overwritten_ns >=
            GF_TRACE_FINDING_SHARE * (double)view->ledger.total_ns) {
        gf_format_ns((double)view->findings.overwritten_ns, time, sizeof time);
        NOTE(
            "%llu downloads (%s) were overwritten by a later one, and OpenCL saw nothing use them; "
            "the host may have looked at them",
            (count)view->findings.overwritten, time);
    }
    if (view->rows.host_copies_bytes > 0) {
        gf_format_bytes((double)view->rows.host_copies_bytes, time, sizeof time);
        NOTE("%s were copied when buffers were made (CL_MEM_COPY_HOST_PTR): part of alloc", time);
    }
    return GF_OK;
}

static gf_status note_unpinned(gf_program_view *view, gf_error *error) {
    const gf_trace_findings *findings = &view->findings;
    char time[32], bytes[32];
    if (findings->unpinned == 0 ||
        (double)findings->unpinned_ns < GF_TRACE_FINDING_SHARE * (double)view->ledger.total_ns)
        return GF_OK;
    gf_format_ns((double)findings->unpinned_ns, time, sizeof time);
    gf_format_bytes((double)findings->unpinned_bytes, bytes, sizeof bytes);
    NOTE("%llu transfers (%s, %s) go from or to memory that is not pinned, as far as OpenCL shows; "
         "what pinned memory would save is not known: no device of this name and driver was "
         "calibrated here (gpufare calibrate)",
         (count)findings->unpinned, bytes, time);
    return GF_OK;
}

/* ---- The verdict ------------------------------------------------------- */

double gf_program_factor(const gf_program_ledger *ledger, uint64_t saved_ns) {
    const uint64_t left = ledger->total_ns > saved_ns ? ledger->total_ns - saved_ns : 0;
    return left == 0 ? 1 : (double)ledger->total_ns / (double)left;
}

static double share(const gf_program_ledger *ledger, uint64_t ns) {
    return ledger->total_ns == 0 ? 0 : 100 * (double)ns / (double)ledger->total_ns;
}

static void say_shares(gf_program_view *view) {
    const gf_program_ledger *ledger = &view->ledger;
    const uint64_t *parts = ledger->parts_ns;
    char time[32];
    gf_format_ns((double)ledger->total_ns, time, sizeof time);
    snprintf(view->verdict[0], sizeof view->verdict[0],
             "of %s a device computed for %.1f %% and moved bytes for %.1f %% (both at once for "
             "%.1f %%); building took %.1f %%, allocating %.1f %%, waiting without a device at "
             "work %.1f %%, the host's own work %.1f %%",
             time, share(ledger, parts[GF_PART_KERNELS]),
             share(ledger, parts[GF_PART_UP] + parts[GF_PART_DOWN] + parts[GF_PART_COPY]),
             share(ledger, parts[GF_PART_OVERLAP]), share(ledger, parts[GF_PART_BUILD]),
             share(ledger, parts[GF_PART_ALLOC]), share(ledger, parts[GF_PART_WAITING]),
             share(ledger, parts[GF_PART_HOST]));
}

static void say_limits(gf_program_view *view) {
    const gf_program_ledger *ledger = &view->ledger;
    char fare[48], builds[48], both[48];
    gf_format_speedup(gf_program_factor(ledger, ledger->transfers_ns), fare, sizeof fare);
    gf_format_speedup(gf_program_factor(ledger, ledger->builds_ns), builds, sizeof builds);
    gf_format_speedup(gf_program_factor(ledger, ledger->both_ns), both, sizeof both);
    snprintf(view->verdict[1], sizeof view->verdict[1],
             "at most, with all transfers free this program would run %s, with all builds free %s, "
             "with both %s",
             fare, builds, both);
}

static void say_first(gf_program_view *view) {
    const gf_trace_findings *findings = &view->findings;
    char time[32];
    const double builds = share(&view->ledger, view->ledger.builds_ns);
    if (findings->count == 0 && builds >= 100 * GF_TRACE_FINDING_SHARE) {
        snprintf(view->verdict[2], sizeof view->verdict[2],
                 "building takes %.0f %% of its time; keep the binaries of programs between runs",
                 builds);
        return;
    }
    if (findings->count == 0) {
        snprintf(view->verdict[2], sizeof view->verdict[2],
                 "nothing was found that would save %.0f %% of its time",
                 100 * GF_TRACE_FINDING_SHARE);
        return;
    }
    gf_format_ns((double)findings->items[0].saving_ns, time, sizeof time);
    snprintf(view->verdict[2], sizeof view->verdict[2], "first (at most %s, %.0f %%): %s", time,
             share(&view->ledger, findings->items[0].saving_ns), findings->items[0].text);
}

/* ---- All --------------------------------------------------------------- */

static gf_status add_notes(gf_program_view *view, gf_error *error) {
    gf_status status = note_end(view, error);
    if (status == GF_OK)
        status = note_losses(view, error);
    if (status == GF_OK)
        status = note_unseen(view, error);
    if (status == GF_OK)
        status = note_devices(view, error);
    if (status == GF_OK)
        status = note_perhaps(view, error);
    return status == GF_OK ? note_unpinned(view, error) : status;
}

gf_status gf_program_view_make(const gf_trace *trace, uint32_t process, gf_program_view *view,
                               gf_error *error) {
    *view = (gf_program_view){.trace = trace, .process = process};
    gf_status status = gf_program_ledger_make(trace, process, &view->ledger, error);
    if (status == GF_OK)
        status = gf_program_rows_make(trace, process, &view->rows, error);
    if (status == GF_OK)
        status = gf_trace_findings_make(trace, process, &view->ledger, &view->rows, &view->findings,
                                        error);
    if (status == GF_OK)
        status = gf_what_if_make(trace, process, view->rows.peak_bytes, &view->what_if, error);
    gf_program_criteria_grade(trace, process, &view->ledger, &view->rows, view->criteria);
    if (status == GF_OK)
        status = add_notes(view, error);
    say_shares(view);
    say_limits(view);
    say_first(view);
    return status;
}

void gf_program_view_clear(gf_program_view *view) {
    gf_program_rows_clear(&view->rows);
    gf_what_if_clear(&view->what_if);
    gf_notes_clear(&view->notes);
}
