/* The report of a check of a user's kernels and twin. */
#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "inspect/inspection.h"
#include "problem/workload.h"
#include "report/json_objects.h"
#include "report/report_text.h"
#include "report/table/table.h"

#define SCHEMA "gpufare.check/1"

/* "saxpy.cl:7", "saxpy.cl", "". */
static void format_place(const gf_flaw *finding, char *text, size_t size) {
    if (finding->line > 0)
        snprintf(text, size, "%s:%u", finding->file, finding->line);
    else
        snprintf(text, size, "%s", finding->file);
}

static bool exists(const gf_inspection *inspection, gf_inspected part) {
    return part == GF_INSPECT_KERNELS || inspection->workload->load_cpu_kernel != NULL;
}

static size_t count_rows(const gf_inspection *inspection, gf_inspected part) {
    size_t count = 0;
    for (size_t i = 0; i < inspection->count; i++)
        count += inspection->rows[i].part == part ? 1 : 0;
    return count;
}

/* "kernel: 2 findings (Oclgrind)", "twin: clean ...", "twin: not checked: ...". */
static void format_part(const gf_inspection *inspection, gf_inspected part, char *buffer,
                        size_t size) {
    const gf_inspected_part *done = &inspection->parts[part];
    const size_t count = count_rows(inspection, part);
    gf_text text = gf_text_in(buffer, size);
    gf_text_add(&text, "%s: ", gf_inspected_name(part));
    if (!exists(inspection, part))
        gf_text_add(&text, "the manifest has none");
    else if (count > 0)
        gf_text_add(&text, "%zu finding%s", count, count == 1 ? "" : "s");
    else if (done->none.status != GF_OK)
        gf_text_add(&text, "not checked: %s", done->none.text);
    else
        gf_text_add(&text, "clean");
    if (done->sizes > 0)
        gf_text_add(&text, " (%s, %zu size%s)", gf_inspected_by(part), done->sizes,
                    done->sizes == 1 ? "" : "s");
}

/* A line for each part, which says whether it is clean. */
static void write_parts(const gf_inspection *inspection, const gf_writer *to) {
    const char *bullet = to->format == GF_FORMAT_MARKDOWN ? "- " : "";
    for (int part = 0; part < GF_INSPECTED_COUNT; part++) {
        char line[GF_ERROR_TEXT + 96];
        const bool bad = count_rows(inspection, (gf_inspected)part) > 0;
        const gf_tone tone = bad ? GF_TONE_BAD : GF_TONE_PLAIN;
        format_part(inspection, (gf_inspected)part, line, sizeof line);
        fprintf(to->stream, "%s%s%s%s\n", bullet, gf_tone_begin(to, tone), line,
                gf_tone_end(to, tone));
    }
    fputc('\n', to->stream);
}

static void write_lines(const gf_inspection *inspection, const gf_writer *to) {
    const char *bullet = to->format == GF_FORMAT_MARKDOWN ? "- " : "";
    fprintf(to->stream, "%ssizes:", bullet);
    for (size_t i = 0; i < inspection->sizes.count; i++)
        fprintf(to->stream, "%s %s", i == 0 ? "" : ";", inspection->sizes.lines[i]);
    fputc('\n', to->stream);
    for (size_t i = 0; i < inspection->notes.count; i++)
        fprintf(to->stream, "%snote: %s\n", bullet, inspection->notes.lines[i]);
}

static gf_status write_table(const gf_inspection *inspection, const gf_writer *to,
                             gf_error *error) {
    static const gf_column columns[] = {
        {"of", "of", GF_CELL_TEXT, "whether it is of the kernel or of its CPU twin"},
        {"where", "where", GF_CELL_TEXT, "file and line"},
        {"function", "function", GF_CELL_TEXT, "the function that it is in"},
        {"finding", "finding", GF_CELL_TEXT, "what was found"},
        {"times", "times", GF_CELL_COUNT, "how often"},
        {"with", "with", GF_CELL_TEXT, "the size at which it was found"},
        {"kind", "kind", GF_CELL_TEXT, "a word for programs"},
    };
    const bool kinds = to->format == GF_FORMAT_CSV; /* people read it from the finding */
    if (inspection->count == 0 && !kinds)
        return GF_OK;
    char(*places)[192] = calloc(inspection->count + 1, sizeof *places);
    if (places == NULL)
        return gf_error_no_memory(error, "a report", inspection->count * sizeof *places);
    gf_table table = gf_table_begin(NULL, columns, GF_COUNT_OF(columns) - (kinds ? 0 : 1));
    for (size_t i = 0; i < inspection->count; i++) {
        const gf_inspection_row *row = &inspection->rows[i];
        format_place(&row->finding, places[i], sizeof places[i]);
        gf_table_text(&table, gf_inspected_name(row->part));
        gf_table_text(&table, places[i]);
        gf_table_text(&table, row->finding.function);
        gf_table_text(&table, row->finding.what);
        gf_table_number(&table, (double)row->finding.count);
        gf_table_text(&table, row->size);
        if (kinds)
            gf_table_text(&table, row->finding.kind);
    }
    const gf_status status = gf_table_write_apart(&table, to, error);
    free(places);
    return status;
}

static gf_status write_for_people(const gf_inspection *inspection, const gf_writer *to,
                                  gf_error *error) {
    write_parts(inspection, to);
    const gf_status status = write_table(inspection, to, error);
    write_lines(inspection, to);
    return status;
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *row_object(const gf_inspection_row *row, bool *bad) {
    const gf_flaw *finding = &row->finding;
    json_t *object = json_object();
    gf_json_put_text(object, "of", gf_inspected_name(row->part), bad);
    gf_json_put_text(object, "kind", finding->kind, bad);
    gf_json_put_text(object, "finding", finding->what, bad);
    gf_json_put_text(object, "function", finding->function, bad);
    gf_json_put_text(object, "file", finding->file, bad);
    gf_json_put_count(object, "line", finding->line, bad);
    gf_json_put_count(object, "times", finding->count, bad);
    gf_json_put_text(object, "with", row->size, bad);
    return object;
}

static json_t *part_object(const gf_inspection *inspection, gf_inspected part, bool *bad) {
    const gf_inspected_part *done = &inspection->parts[part];
    json_t *object = json_object();
    gf_json_put_text(object, "of", gf_inspected_name(part), bad);
    gf_json_put_text(object, "by", gf_inspected_by(part), bad);
    gf_json_put(object, "exists", json_boolean(exists(inspection, part)), bad);
    gf_json_put_count(object, "sizes", done->sizes, bad);
    gf_json_put_count(object, "findings", count_rows(inspection, part), bad);
    gf_json_put_text(object, "not_checked", done->none.text, bad);
    return object;
}

static gf_status write_json(const gf_inspection *inspection, const gf_writer *to, gf_error *error) {
    bool bad = false;
    gf_error ignored = GF_ERROR_INIT;
    json_t *root = json_object(), *parts = json_array(), *rows = json_array();
    for (int part = 0; part < GF_INSPECTED_COUNT; part++)
        gf_json_append(parts, part_object(inspection, (gf_inspected)part, &bad), &bad);
    for (size_t i = 0; i < inspection->count; i++)
        gf_json_append(rows, row_object(&inspection->rows[i], &bad), &bad);
    gf_json_put_text(root, "schema", SCHEMA, &bad);
    gf_json_put_text(root, "version", gf_version(), &bad);
    gf_json_put_text(root, "workload", inspection->workload->name, &bad);
    gf_json_put_count(root, "exit_status", (uint64_t)gf_inspection_status(inspection, &ignored),
                      &bad);
    gf_error_clear(&ignored);
    gf_json_put(root, "parts", parts, &bad);
    gf_json_put(root, "sizes", gf_json_notes(&inspection->sizes, &bad), &bad);
    gf_json_put(root, "rows", rows, &bad);
    gf_json_put(root, "notes", gf_json_notes(&inspection->notes, &bad), &bad);
    return gf_json_dump(root, bad, to->stream, error);
}

gf_status gf_inspection_report(const gf_inspection *inspection, gf_format format,
                               const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (format == GF_FORMAT_JSON)
        status = write_json(inspection, &to, error);
    else if (format == GF_FORMAT_CSV)
        status = write_table(inspection, &to, error);
    else
        status = write_for_people(inspection, &to, error);
    return gf_writer_end(&to, status, error);
}
