/* The diagnosis: asks every backend to examine its set-up, keeps the rows, and writes them. */
#include "base/error.h"
#include "base/json.h"
#include "device/registry.h"
#include "report/table.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "gpufare.doctor/1"

typedef struct diagnosis_row {
    char *subject, *finding, *fix; /* fix: "" when there is nothing to do */
    gf_diagnosis_level status;
} diagnosis_row;

struct gf_diagnosis {
    diagnosis_row *rows;
    size_t count, capacity;
    gf_status status;
};

/* ---- Collecting -------------------------------------------------------- */

static void row_clear(diagnosis_row *row) {
    free(row->subject);
    free(row->finding);
    free(row->fix);
}

static gf_status add_row(void *context, const char *subject, gf_diagnosis_level status,
                         const char *finding, const char *fix, gf_error *error) {
    gf_diagnosis *diagnosis = context;
    if (diagnosis->count == diagnosis->capacity) {
        const size_t capacity = diagnosis->capacity == 0 ? 32 : diagnosis->capacity * 2;
        diagnosis_row *grown = realloc(diagnosis->rows, capacity * sizeof *grown);
        if (grown == NULL)
            return gf_error_no_memory(error, "the diagnosis", capacity * sizeof *grown);
        diagnosis->rows = grown;
        diagnosis->capacity = capacity;
    }
    diagnosis_row row = {strdup(subject), strdup(finding), strdup(fix), status};
    if (row.subject == NULL || row.finding == NULL || row.fix == NULL) {
        row_clear(&row);
        return gf_error_no_memory(error, "a row of the diagnosis", strlen(finding));
    }
    diagnosis->rows[diagnosis->count++] = row;
    return GF_OK;
}

/* The examined backend decides about its own devices; one that could not even look is a row. */
static gf_status examine(gf_diagnosis *diagnosis, const gf_backend *backend, gf_error *error) {
    const gf_diagnosis_sink sink = {diagnosis, add_row};
    gf_error cause = GF_ERROR_INIT;
    gf_status status = backend->diagnose(&sink, &cause);
    if (status != GF_OK && status != GF_NO_DEVICE) {
        char subject[80];
        snprintf(subject, sizeof subject, "backend %s", backend->name);
        const gf_status added =
            add_row(diagnosis, subject, GF_DIAGNOSIS_FAIL, cause.text, "", error);
        gf_error_clear(&cause);
        if (added != GF_OK)
            return added;
    }
    gf_error_clear(&cause);
    if (diagnosis->status == GF_OK)
        diagnosis->status = status;
    return GF_OK;
}

/* A build without any optional backend has no driver to examine, and that is the finding. */
static gf_status lone_backend(gf_diagnosis *diagnosis, gf_error *error) {
    char finding[200];
    snprintf(finding, sizeof finding, "this build has no backend%s%s",
             gf_backends_length > 0 ? " but " : "",
             gf_backends_length > 0 ? gf_backends[0]->name : "");
    diagnosis->status = GF_NO_DEVICE;
    return add_row(diagnosis, "backends", GF_DIAGNOSIS_FAIL, finding,
                   "tools/quickstart installs what the others need and builds again", error);
}

gf_status gf_diagnosis_create(gf_diagnosis **diagnosis, gf_error *error) {
    gf_diagnosis *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the diagnosis", sizeof *made);
    gf_status status = GF_OK;
    for (size_t i = 0; i < gf_backends_length && status == GF_OK; i++) {
        if (gf_backends[i]->diagnose != NULL)
            status = examine(made, gf_backends[i], error);
    }
    if (status == GF_OK && gf_backends_length < 2)
        status = lone_backend(made, error);
    if (status != GF_OK) {
        gf_diagnosis_destroy(made);
        return status;
    }
    *diagnosis = made;
    return GF_OK;
}

void gf_diagnosis_destroy(gf_diagnosis *diagnosis) {
    if (diagnosis == NULL)
        return;
    for (size_t i = 0; i < diagnosis->count; i++)
        row_clear(&diagnosis->rows[i]);
    free(diagnosis->rows);
    free(diagnosis);
}

gf_status gf_diagnosis_status(const gf_diagnosis *diagnosis) {
    return diagnosis->status;
}

/* ---- Words ------------------------------------------------------------- */

typedef struct status_words {
    const char *name, *colour;
} status_words;

static const status_words words[] = {
    [GF_DIAGNOSIS_PASS] = {"pass", "\033[32m"},
    [GF_DIAGNOSIS_WARN] = {"warn", "\033[33m"},
    [GF_DIAGNOSIS_FAIL] = {"fail", "\033[31m"},
};

static size_t count_rows(const gf_diagnosis *diagnosis, gf_diagnosis_level status) {
    size_t count = 0;
    for (size_t i = 0; i < diagnosis->count; i++)
        count += diagnosis->rows[i].status == status;
    return count;
}

static const char *verdict(const gf_diagnosis *diagnosis) {
    if (diagnosis->status == GF_NO_DEVICE)
        return "no device but the native path is usable";
    if (diagnosis->status != GF_OK)
        return "the examination did not come to its end";
    if (count_rows(diagnosis, GF_DIAGNOSIS_FAIL) > 0)
        return "usable; something beside it is broken";
    return "usable";
}

/* ---- Text -------------------------------------------------------------- */

/* Columns that a text takes on a terminal: UTF-8's continuation bytes take none. */
static size_t display_width(const char *text) {
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* Findings may be long; the column of subjects is kept narrow enough to leave them room. */
#define SUBJECT_WIDTH_LIMIT 32

static size_t subject_width(const gf_diagnosis *diagnosis) {
    size_t width = 0;
    for (size_t i = 0; i < diagnosis->count; i++) {
        const size_t own = display_width(diagnosis->rows[i].subject);
        if (own > width && own <= SUBJECT_WIDTH_LIMIT)
            width = own;
    }
    return width;
}

static void write_text(const gf_diagnosis *diagnosis, bool colour, FILE *stream) {
    const size_t width = subject_width(diagnosis);
    for (size_t i = 0; i < diagnosis->count; i++) {
        const diagnosis_row *row = &diagnosis->rows[i];
        const status_words *state = &words[row->status];
        const size_t own = display_width(row->subject);
        fprintf(stream, "%s%s%s  %s", colour ? state->colour : "", state->name,
                colour ? "\033[0m" : "", row->subject);
        if (own > width)
            fprintf(stream, "\n%*s", (int)width + 6, "");
        fprintf(stream, "%*s  %s\n", own > width ? 0 : (int)(width - own), "", row->finding);
        if (row->fix[0] != '\0')
            fprintf(stream, "%*s  fix: %s\n", (int)width + 6, "", row->fix);
    }
    fprintf(stream, "\n%zu checks passed, %zu warned, %zu failed: %s\n",
            count_rows(diagnosis, GF_DIAGNOSIS_PASS), count_rows(diagnosis, GF_DIAGNOSIS_WARN),
            count_rows(diagnosis, GF_DIAGNOSIS_FAIL), verdict(diagnosis));
}

/* ---- Tables ------------------------------------------------------------ */

static const diagnosis_row *row_at(const void *context, size_t row) {
    return &((const gf_diagnosis *)context)->rows[row];
}

static gf_cell get_subject(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_at(context, row)->subject);
}

static gf_cell get_status(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(words[row_at(context, row)->status].name);
}

static gf_cell get_finding(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_at(context, row)->finding);
}

static gf_cell get_fix(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(row_at(context, row)->fix);
}

static void write_table(const gf_diagnosis *diagnosis, gf_format format, FILE *stream) {
    static const gf_column columns[] = {
        {"Subject", "subject", GF_CELL_TEXT, get_subject, 0},
        {"Status", "status", GF_CELL_TEXT, get_status, 0},
        {"Finding", "finding", GF_CELL_TEXT, get_finding, 0},
        {"Fix", "fix", GF_CELL_TEXT, get_fix, 0},
    };
    const gf_table table = {NULL, columns, sizeof columns / sizeof columns[0], diagnosis,
                            diagnosis->count};
    gf_table_write(&table, format, false, stream);
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *make_json(const gf_diagnosis *diagnosis) {
    json_t *rows = json_array();
    for (size_t i = 0; i < diagnosis->count; i++) {
        const diagnosis_row *row = &diagnosis->rows[i];
        json_t *object = json_pack("{s:o, s:s, s:o, s:o}", "subject", gf_json_text(row->subject),
                                   "status", words[row->status].name, "finding",
                                   gf_json_text(row->finding), "fix", gf_json_text(row->fix));
        if (json_array_append_new(rows, object) != 0) {
            json_decref(rows);
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:i, s:s, s:o}", "schema", SCHEMA, "version", gf_version(),
                     "exit_status", (int)diagnosis->status, "verdict", verdict(diagnosis), "rows",
                     rows);
}

static gf_status write_json(const gf_diagnosis *diagnosis, FILE *stream, gf_error *error) {
    json_t *document = make_json(diagnosis);
    if (document == NULL)
        return gf_error_no_memory(error, "the diagnosis as JSON", 0);
    const bool written = json_dumpf(document, stream, JSON_INDENT(2)) == 0;
    json_decref(document);
    fputc('\n', stream);
    return written
               ? GF_OK
               : gf_error_set(error, GF_FAILED, "cannot write the diagnosis; is the disk full?");
}

/* ---- The report -------------------------------------------------------- */

gf_status gf_diagnosis_report(const gf_diagnosis *diagnosis, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    gf_status status = GF_OK;
    switch (format) {
    case GF_FORMAT_MARKDOWN:
    case GF_FORMAT_CSV:
        write_table(diagnosis, format, stream);
        break;
    case GF_FORMAT_JSON:
        status = write_json(diagnosis, stream, error);
        break;
    default:
        write_text(diagnosis, style != NULL && style->colour, stream);
        break;
    }
    if (status == GF_OK && (fflush(stream) != 0 || ferror(stream) != 0))
        status = gf_error_set(error, GF_FAILED, "cannot write the diagnosis; is the disk full?");
    return status;
}
