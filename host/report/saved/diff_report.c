/* A diff in words: what was compared, the table of changes, the verdict. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "report/report_comparison.h"
#include "report/report_text.h"
#include "report/saved/diff_json.h"

/* Behind the old columns, for programs that read them by number, come new ones. */
static const gf_column csv_columns[] = {
    {"", "device", GF_CELL_TEXT, NULL},       {"", "phase", GF_CELL_TEXT, NULL},
    {"", "answer", GF_CELL_TEXT, NULL},       {"", "regression", GF_CELL_TEXT, NULL},
    {"", "old_ns", GF_CELL_FINE_MS, NULL},    {"", "new_ns", GF_CELL_FINE_MS, NULL},
    {"", "old_samples", GF_CELL_COUNT, NULL}, {"", "new_samples", GF_CELL_COUNT, NULL},
    {"", "ratio", GF_CELL_REAL, NULL},        {"", "low", GF_CELL_REAL, NULL},
    {"", "high", GF_CELL_REAL, NULL},         {"", "text", GF_CELL_TEXT, NULL},
};

static const gf_column columns[] = {
    {"device", "", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"phase", "", GF_CELL_TEXT, "part of a round trip, or the whole: total"},
    {"old ms", "", GF_CELL_FINE_MS, "median of the old reports"},
    {"new ms", "", GF_CELL_FINE_MS, "median of the new ones"},
    {"new/old", "", GF_CELL_REAL, "above 1: it takes longer now"},
    {"answer", "", GF_CELL_TEXT,
     "slower or faster by how much, as far as runs can tell; the same: less than is allowed; or "
     "can't tell, and what would"},
};

static gf_tone answer_tone(const gf_diff_line *line) {
    if (line->regression || line->answer == GF_DIFF_SLOWER)
        return GF_TONE_BAD;
    if (line->answer == GF_DIFF_UNKNOWN)
        return GF_TONE_WARN;
    return line->answer == GF_DIFF_FASTER ? GF_TONE_GOOD : GF_TONE_PLAIN;
}

static void add_csv_row(const gf_diff *diff, const gf_diff_line *line, gf_table *table) {
    const gf_change *change = &line->change;
    gf_table_text(table, diff->devices[line->device].label);
    gf_table_text(table, gf_saved_time_name(line->time));
    gf_table_text(table, gf_diff_answer_name(line->answer));
    gf_table_text(table, line->regression ? "yes" : "no");
    for (int side = 0; side < 2; side++)
        gf_table_number_if(table, line->medians[side] > 0, line->medians[side]);
    for (int side = 0; side < 2; side++)
        gf_table_number(table, line->samples[side]);
    gf_table_number_if(table, change->ratio > 0, change->ratio);
    gf_table_number_if(table, change->ratio > 0, change->low);
    gf_table_number_if(table, change->ratio > 0, change->high);
    gf_table_text(table, line->text);
}

static gf_status write_csv(const gf_diff *diff, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin(NULL, csv_columns, GF_COUNT_OF(csv_columns));
    for (size_t i = 0; i < diff->line_count; i++)
        add_csv_row(diff, &diff->lines[i], &table);
    return gf_table_write(&table, to, error);
}

/* ---- For people -------------------------------------------------------- */

static void write_reports(const char *label, const gf_saved_reports *reports, const gf_writer *to) {
    char buffer[640];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    for (size_t i = 0; i < reports->count; i++)
        gf_text_add(&text, "%s%s", i == 0 ? "" : ", ", gf_saved_report_name(&reports->reports[i]));
    const char *version = reports->reports[0].machine.gpufare;
    gf_text_add(&text, " (gpufare %s)", version[0] == '\0' ? "of unknown version" : version);
    gf_write_note(to, label, "%s", buffer);
}

static void write_heading(const gf_diff *diff, const gf_writer *to) {
    const gf_saved_report *report = &diff->reports[1]->reports[0];
    char parameters[1024];
    gf_saved_parameters_format(report, parameters, sizeof parameters);
    fprintf(to->stream,
            to->format == GF_FORMAT_MARKDOWN ? "## Changes of %s: %s\n\n" : "Changes of %s: %s\n",
            report->workload, parameters);
    write_reports("old", diff->reports[0], to);
    write_reports("new", diff->reports[1], to);
    for (size_t i = 0; i < diff->notes.count; i++)
        fprintf(to->stream, to->format == GF_FORMAT_MARKDOWN ? "- %s\n" : "  %s\n",
                diff->notes.lines[i]);
    fputc('\n', to->stream);
}

static gf_status write_table(const gf_diff *diff, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin(NULL, columns, GF_COUNT_OF(columns));
    table.key_count = 2;
    char(*answers)[64] = calloc(diff->device_count + 1, sizeof *answers);
    if (answers == NULL)
        return gf_error_no_memory(error, "a report", diff->device_count * sizeof *answers);
    for (size_t i = 0; i < diff->line_count; i++) {
        const gf_diff_line *line = &diff->lines[i];
        const bool has = line->answer != GF_DIFF_LEFT_OUT;
        if (!has && !to->verbose)
            continue;
        const char *brief = diff->devices[line->device].brief;
        if (brief != NULL) /* the notes have it in full */
            snprintf(answers[line->device], sizeof *answers, "%s: %s",
                     line->regression ? "regression" : "can't tell", brief);
        gf_table_text(&table, diff->devices[line->device].label);
        gf_table_text(&table, gf_saved_time_name(line->time));
        gf_table_number_if(&table, line->medians[0] > 0, line->medians[0]);
        gf_table_number_if(&table, line->medians[1] > 0, line->medians[1]);
        gf_table_number_if(&table, line->change.ratio > 0, line->change.ratio);
        gf_table_text(&table, brief == NULL ? line->text : answers[line->device]);
        gf_table_tone(&table, answer_tone(line));
    }
    const gf_status status = gf_table_write_apart(&table, to, error);
    free(answers);
    return status;
}

/* Phases of a device that are not judged for one reason, in a line. */
static void write_left_out_for(const gf_diff *diff, size_t first, const gf_writer *to) {
    const gf_diff_line *line = &diff->lines[first];
    const char *names[GF_SAVED_TIMES];
    size_t count = 0;
    for (size_t i = 0; i < diff->line_count; i++) {
        const gf_diff_line *other = &diff->lines[i];
        if (other->device != line->device || other->answer != GF_DIFF_LEFT_OUT ||
            strcmp(other->text, line->text) != 0)
            continue;
        if (i < first)
            return; /* it was written with the earlier one */
        names[count++] = gf_saved_time_name(other->time);
    }
    char buffer[256];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    for (size_t i = 0; i < count; i++)
        gf_text_add(&text, "%s%s", i == 0 ? "" : ", ", names[i]);
    gf_text_add(&text, " %s", line->text);
    gf_write_note(to, diff->devices[line->device].label, "%s", buffer);
}

/* Of a device with figures: in how many of its runs others used the machine. */
static size_t count_shared(const gf_diff_device *device) {
    size_t shared = 0;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < device->counts[side]; i++)
            shared += gf_saved_is_shared(device->results[side][i]);
    }
    return shared;
}

static void write_shared(const gf_diff_device *device, const gf_writer *to) {
    const size_t shared = count_shared(device);
    if (shared > 0)
        gf_write_note(
            to, device->label,
            "other programs ran at times in %zu of %zu runs, so that these may differ more", shared,
            device->counts[0] + device->counts[1]);
}

/* How far the answers can be trusted. */
static void format_trust(const gf_diff *diff, char *text, size_t size) {
    const bool several = diff->reports[0]->count + diff->reports[1]->count > 2;
    text[0] = '\0';
    if (diff->judged > 0)
        snprintf(text, size,
                 "Without any change none of %zu answers is wrong in %.0f %% of diffs; runs are "
                 "taken to differ %s.",
                 diff->judged, 100 * (1 - GF_DIFF_ERRORS),
                 several ? "as these do" : "as usual (docs/diff.md)");
}

static gf_tone verdict_tone(const gf_diff *diff) {
    if (gf_diff_regressions(diff) > 0)
        return GF_TONE_BAD;
    return diff->judged == 0 ? GF_TONE_WARN : GF_TONE_GOOD;
}

static void write_notes(const gf_diff *diff, const gf_writer *to) {
    fputs(to->format == GF_FORMAT_MARKDOWN ? "**Notes**\n\n" : "Notes\n", to->stream);
    for (size_t i = 0; i < diff->device_count; i++) {
        if (diff->devices[i].brief != NULL)
            gf_write_note(to, diff->devices[i].label, "%s", diff->devices[i].why);
        else
            write_shared(&diff->devices[i], to);
    }
    for (size_t i = 0; i < diff->line_count && !to->verbose; i++) {
        if (diff->lines[i].answer == GF_DIFF_LEFT_OUT)
            write_left_out_for(diff, i, to);
    }
}

/* Whether there is anything to note. */
static bool has_notes(const gf_diff *diff, const gf_writer *to) {
    for (size_t i = 0; i < diff->device_count; i++) {
        if (diff->devices[i].brief != NULL || count_shared(&diff->devices[i]) > 0)
            return true;
    }
    for (size_t i = 0; i < diff->line_count && !to->verbose; i++) {
        if (diff->lines[i].answer == GF_DIFF_LEFT_OUT)
            return true;
    }
    return false;
}

static gf_status write_for_people(const gf_diff *diff, const gf_writer *to, gf_error *error) {
    char trust[240];
    format_trust(diff, trust, sizeof trust);
    if (to->format == GF_FORMAT_MARKDOWN)
        write_heading(diff, to);
    gf_write_verdict("Verdict", diff->verdict, verdict_tone(diff), trust, to);
    if (to->format != GF_FORMAT_MARKDOWN)
        write_heading(diff, to);
    const gf_status status = write_table(diff, to, error);
    if (status == GF_OK && has_notes(diff, to))
        write_notes(diff, to);
    return status;
}

gf_status gf_diff_report_with(const gf_diff *diff, const gf_comparison *comparison,
                              gf_format format, const gf_report_style *style, FILE *stream,
                              gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    if (format == GF_FORMAT_JSON || format == GF_FORMAT_CSV)
        return gf_error_set(error, GF_USAGE,
                            "changes follow a comparison in text, Markdown and "
                            "HTML only");
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    status = gf_write_comparison_report(comparison, &to, error);
    fputc('\n', to.stream);
    if (status == GF_OK)
        status = write_for_people(diff, &to, error);
    return gf_writer_end(&to, status, error);
}

gf_status gf_diff_report(const gf_diff *diff, gf_format format, const gf_report_style *style,
                         FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        status = gf_diff_report_json(diff, &to, error);
    else
        status = format == GF_FORMAT_CSV ? write_csv(diff, &to, error)
                                         : write_for_people(diff, &to, error);
    return gf_writer_end(&to, status, error);
}
