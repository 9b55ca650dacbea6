/* A trace in words: for each process ledger, kernels, buffers, what would pay, verdict. */
#include <ctype.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "report/report_checklist.h"
#include "report/report_origin.h"
#include "report/report_text.h"
#include "report/traced/program_view.h"
#include "report/traced/trace_json.h"
#include "report/traced/what_if_report.h"

#define MOST_ROWS 12 /* of kernels and of buffers; -v shows all */

#define MEANING_PART  "what the process did; each moment counts once, as docs/trace.md says"
#define MEANING_SHARE "of the time of the whole process"

static const gf_column part_columns[] = {
    {"part", "part", GF_CELL_TEXT, MEANING_PART},
    {"ms", "ns", GF_CELL_MS, "how long, in all"},
    {"share", "share", GF_CELL_SHARE, MEANING_SHARE},
};
static const gf_column csv_columns[] = {
    {"pid", "pid", GF_CELL_COUNT, "the number of the process"},
    {"part", "part", GF_CELL_TEXT, MEANING_PART},
    {"ms", "ns", GF_CELL_MS, "how long, in all"},
    {"share", "share", GF_CELL_SHARE, MEANING_SHARE},
};
static const gf_column kernel_columns[] = {
    {"kernel", "kernel", GF_CELL_TEXT, "the name of the function"},
    {"launches", "launches", GF_CELL_COUNT, "how often it was enqueued"},
    {"ms", "ns", GF_CELL_FINE_MS, "how long it ran, in all"},
    {"share", "share", GF_CELL_SHARE, MEANING_SHARE},
    {"median ms", "median_ns", GF_CELL_FINE_MS, "how long a launch in the middle ran"},
    {"begins after ms", "gap_ns", GF_CELL_FINE_MS,
     "from enqueuing to the start, where nothing before it was to be waited for (median)"},
    {"items", "items", GF_CELL_COUNT, "work-items of all launches"},
    {"could touch", "touch_bytes", GF_CELL_BYTES,
     "the sizes of the memory that a launch has as arguments, each once; the most of all launches"},
};
static const gf_column memory_columns[] = {
    {"buffer", "buffer", GF_CELL_COUNT, "buffers and images in the order in which they were made"},
    {"size", "bytes", GF_CELL_BYTES, "what was allocated"},
    {"uploads", "uploads", GF_CELL_COUNT, "commands that moved data to the device"},
    {"up", "up_bytes", GF_CELL_BYTES, "what these moved, in all"},
    {"up ms", "up_ns", GF_CELL_FINE_MS, "how long they took, in all"},
    {"downloads", "downloads", GF_CELL_COUNT, "commands that moved data to the host"},
    {"down", "down_bytes", GF_CELL_BYTES, "what these moved, in all"},
    {"down ms", "down_ns", GF_CELL_FINE_MS, "how long they took, in all"},
    {"sent again", "same", GF_CELL_COUNT, "uploads of the bytes that were there already"},
    {"launches", "launches", GF_CELL_COUNT, "launches that have it as an argument"},
    {"per transfer", "reuse", GF_CELL_REAL, "such launches for each upload or download"},
};

static double share_of(const gf_program_ledger *ledger, uint64_t ns) {
    return ledger->total_ns == 0 ? 0 : (double)ns / (double)ledger->total_ns;
}

static gf_status write_ledger(const gf_program_view *view, const gf_writer *to, gf_error *error) {
    const gf_program_ledger *ledger = &view->ledger;
    gf_table table =
        gf_table_begin("Ledger (each moment counts once)", part_columns, GF_COUNT_OF(part_columns));
    table.stack = (gf_stack){GF_STACK_COLUMN, 1, {1}};
    for (int i = 0; i < GF_PROGRAM_PARTS; i++) {
        gf_table_text(&table, gf_program_part_name((gf_program_part)i));
        gf_table_number(&table, (double)ledger->parts_ns[i]);
        gf_table_number(&table, share_of(ledger, ledger->parts_ns[i]));
    }
    gf_table_text(&table, "total");
    gf_table_number(&table, (double)ledger->total_ns);
    gf_table_number(&table, 1);
    return gf_table_write_apart(&table, to, error);
}

static size_t shown(size_t count, const gf_writer *to) {
    return to->verbose || count < MOST_ROWS ? count : MOST_ROWS;
}

static gf_status write_kernels(const gf_program_view *view, const gf_writer *to, gf_error *error) {
    const gf_program_rows *rows = &view->rows;
    gf_table table = gf_table_begin("Kernels", kernel_columns, GF_COUNT_OF(kernel_columns));
    for (size_t i = 0; i < shown(rows->kernel_count, to); i++) {
        const gf_kernel_row *row = &rows->kernels[i];
        gf_table_text(&table, row->name);
        gf_table_number(&table, (double)row->launches);
        gf_table_number_if(&table, row->timed > 0, (double)row->run_ns);
        gf_table_number_if(&table, row->timed > 0, share_of(&view->ledger, row->run_ns));
        gf_table_number_if(&table, row->timed > 0, (double)row->median_ns);
        gf_table_number_if(&table, row->timed > 0, (double)row->median_gap_ns);
        gf_table_number(&table, (double)row->items);
        gf_table_number_if(&table, row->unknown == 0, (double)row->touch_bytes);
    }
    if (rows->kernel_count == 0)
        return GF_OK;
    return gf_table_write_apart(&table, to, error);
}

static gf_status write_memories(const gf_program_view *view, const gf_writer *to, gf_error *error) {
    const gf_program_rows *rows = &view->rows;
    gf_table table = gf_table_begin("Buffers", memory_columns, GF_COUNT_OF(memory_columns));
    for (size_t i = 0; i < shown(rows->memory_count, to); i++) {
        const gf_memory_row *row = &rows->memories[i];
        gf_table_number(&table, (double)row->number);
        gf_table_number(&table, (double)row->bytes);
        gf_table_number(&table, (double)row->ups);
        gf_table_number(&table, (double)row->up_bytes);
        gf_table_number(&table, (double)row->up_ns);
        gf_table_number(&table, (double)row->downs);
        gf_table_number(&table, (double)row->down_bytes);
        gf_table_number(&table, (double)row->down_ns);
        gf_table_number(&table, (double)row->same);
        gf_table_number(&table, (double)row->launches);
        gf_table_number(&table, (double)row->launches / (double)(row->ups + row->downs));
    }
    if (rows->memory_count == 0)
        return GF_OK;
    return gf_table_write_apart(&table, to, error);
}

/* ---- Lines ------------------------------------------------------------- */

static void write_title(const gf_writer *to, const char *title) {
    fprintf(to->stream, to->format == GF_FORMAT_MARKDOWN ? "**%s**\n\n" : "%s\n", title);
}

static void write_findings(const gf_program_view *view, const gf_writer *to) {
    const gf_trace_findings *findings = &view->findings;
    write_title(to, "What would pay (each at most, alone)");
    if (findings->count == 0)
        fputs(to->format == GF_FORMAT_MARKDOWN ? "- nothing was found\n" : "  nothing was found\n",
              to->stream);
    for (size_t i = 0; i < findings->count; i++) {
        const gf_trace_finding *item = &findings->items[i];
        char label[96], time[32];
        gf_format_ns((double)item->saving_ns, time, sizeof time);
        snprintf(label, sizeof label, "%s, %s (%.1f %%)", gf_trace_finding_name(item->kind), time,
                 100 * share_of(&view->ledger, item->saving_ns));
        gf_write_note(to, label, "%s", item->text);
    }
    fputc('\n', to->stream);
}

static void write_notes(const gf_program_view *view, const gf_writer *to) {
    if (view->notes.count == 0)
        return;
    write_title(to, "Notes");
    for (size_t i = 0; i < view->notes.count; i++)
        fprintf(to->stream, to->format == GF_FORMAT_MARKDOWN ? "- %s\n" : "  %s\n",
                view->notes.lines[i]);
    fputc('\n', to->stream);
}

/* The answer, then the limit and what to do about it. On a page the answer stands below its label
 * and not behind it, and so is a sentence of its own. */
static void write_verdict(const gf_program_view *view, const gf_writer *to) {
    char answer[sizeof view->verdict[0] + 1];
    char next[sizeof view->verdict[1] + sizeof view->verdict[2] + 32];
    snprintf(answer, sizeof answer, "%s%s", view->verdict[0], to->document != NULL ? "." : "");
    if (to->document != NULL)
        answer[0] = (char)toupper((unsigned char)answer[0]);
    snprintf(next, sizeof next, "Limit: %s. What to do: %s.", view->verdict[1], view->verdict[2]);
    gf_write_verdict("Verdict", answer, GF_TONE_PLAIN, next, to);
}

static void write_heading(const gf_trace *trace, const gf_writer *to) {
    char end[96];
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    gf_trace_end_format(trace, end, sizeof end);
    fprintf(to->stream, markdown ? "## Trace of `%s`\n\n" : "Trace of %s\n",
            trace->has_launch ? trace->command : "a process");
    if (end[0] != '\0')
        fprintf(to->stream, markdown ? "- %s\n" : "  %s\n", end);
    for (size_t i = 0; i < trace->device_count; i++)
        gf_write_note(to, "device", "%s, driver %s", trace->devices[i].name,
                      trace->devices[i].driver);
    fputc('\n', to->stream);
}

/* One label stands for all of the program. */
static gf_status write_checklist(const gf_program_view *view, const gf_writer *to,
                                 gf_error *error) {
    const gf_rank_rows one = {.count = 1};
    gf_writer all = *to;
    all.verbose = true;
    return gf_write_criteria(view->criteria, &one, &all, error);
}

/* ---- Everything -------------------------------------------------------- */

static gf_status write_process(const gf_program_view *view, const gf_writer *to, gf_error *error) {
    const gf_traced_process *process = &view->trace->processes[view->process];
    if (to->format == GF_FORMAT_MARKDOWN && view->trace->process_count > 1)
        fprintf(to->stream, "### Process %llu: `%s`\n\n", (unsigned long long)process->record.pid,
                process->command);
    else if (view->trace->process_count > 1)
        fprintf(to->stream, "Process %llu: %s\n\n", (unsigned long long)process->record.pid,
                process->command);
    write_verdict(view, to);
    gf_status status = write_ledger(view, to, error);
    if (status == GF_OK)
        status = write_kernels(view, to, error);
    if (status == GF_OK)
        status = write_memories(view, to, error);
    write_findings(view, to);
    if (status == GF_OK)
        status = write_checklist(view, to, error);
    if (status == GF_OK)
        status = gf_write_what_if(view, to, error);
    write_notes(view, to);
    return status;
}

static void add_csv(const gf_program_view *view, gf_table *table) {
    for (int i = 0; i < GF_PROGRAM_PARTS; i++) {
        gf_table_number(table, (double)view->trace->processes[view->process].record.pid);
        gf_table_text(table, gf_program_part_name((gf_program_part)i));
        gf_table_number(table, (double)view->ledger.parts_ns[i]);
        gf_table_number(table, share_of(&view->ledger, view->ledger.parts_ns[i]));
    }
}

static gf_status write_csv(const gf_trace *trace, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin(NULL, csv_columns, GF_COUNT_OF(csv_columns));
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < trace->process_count && status == GF_OK; i++) {
        gf_program_view view;
        status = gf_program_view_make(trace, i, &view, error);
        add_csv(&view, &table);
        gf_program_view_clear(&view);
    }
    const gf_status written = gf_table_write(&table, to, error);
    return status == GF_OK ? written : status;
}

static gf_status write_words(const gf_trace *trace, const gf_writer *to, gf_error *error) {
    char missing[400];
    gf_status status = GF_OK;
    write_heading(trace, to);
    gf_trace_missing_format(trace, missing, sizeof missing);
    if (missing[0] != '\0')
        gf_write_conclusion("Nothing to report", missing, to);
    for (uint32_t i = 0; i < trace->process_count && status == GF_OK; i++) {
        gf_program_view view;
        status = gf_program_view_make(trace, i, &view, error);
        if (i > 0)
            fputc('\n', to->stream);
        if (status == GF_OK)
            status = write_process(&view, to, error);
        gf_program_view_clear(&view);
    }
    return status == GF_OK ? gf_write_origin(NULL, false, to, error) : status;
}

gf_status gf_trace_report(const gf_trace *trace, gf_format format, const gf_report_style *style,
                          FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    status = format == GF_FORMAT_JSON  ? gf_trace_write_json(trace, &to, error)
             : format == GF_FORMAT_CSV ? write_csv(trace, &to, error)
                                       : write_words(trace, &to, error);
    return gf_writer_end(&to, status, error);
}
