/* The diagnosis: what every backend finds in its set-up, and the report of it. */
#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "device/registry.h"
#include "ranks/rank_diagnose.h"
#include "report/report_text.h"
#include "report/table/table.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "gpufare.doctor/1"

typedef struct diagnosis_row {
    char *subject, *finding, *fix; /* fix: "": none is needed */
    gf_diagnosis_level level;
} diagnosis_row;

struct gf_diagnosis {
    diagnosis_row *rows;
    size_t count;
    gf_status status;
    char cut_short[GF_ERROR_TEXT]; /* "", or how far it came */
};

static void row_clear(diagnosis_row *row) {
    free(row->subject);
    free(row->finding);
    free(row->fix);
}

static gf_status add_row(void *context, const char *subject, gf_diagnosis_level level,
                         const char *finding, const char *fix, gf_error *error) {
    gf_diagnosis *diagnosis = context;
    const gf_status status =
        gf_array_grow(&diagnosis->rows, diagnosis->count, sizeof *diagnosis->rows, error);
    if (status != GF_OK)
        return status;
    diagnosis_row row = {strdup(subject), strdup(finding), strdup(fix), level};
    if (row.subject == NULL || row.finding == NULL || row.fix == NULL) {
        row_clear(&row);
        return gf_error_no_memory(error, "a row of the diagnosis", strlen(finding));
    }
    diagnosis->rows[diagnosis->count++] = row;
    return GF_OK;
}

/* A backend that cannot examine its set-up becomes a row. The diagnosis has the status of the first
 * backend that is not ok. */
static gf_status examine_backend(gf_diagnosis *diagnosis, const gf_backend *backend,
                                 const volatile sig_atomic_t *cancel, gf_error *error) {
    const gf_diagnosis_sink sink = {diagnosis, add_row};
    gf_error cause = GF_ERROR_INIT;
    gf_status status = backend->diagnose(cancel, &sink, &cause);
    if (status == GF_INTERRUPTED) {
        snprintf(diagnosis->cut_short, sizeof diagnosis->cut_short, "%s", cause.text);
    } else if (status != GF_OK && status != GF_NO_DEVICE) {
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

/* Without an optional backend there is no driver to examine, which is a finding of its own. */
static gf_status add_missing_backends(gf_diagnosis *diagnosis, gf_error *error) {
    char finding[200];
    snprintf(finding, sizeof finding, "this build has no backend%s%s",
             gf_backends_length > 0 ? " but " : "",
             gf_backends_length > 0 ? gf_backends[0]->name : "");
    diagnosis->status = GF_NO_DEVICE;
    return add_row(diagnosis, "backends", GF_DIAGNOSIS_FAIL, finding,
                   "tools/quickstart installs what the others need and builds again", error);
}

gf_status gf_diagnosis_create(const volatile sig_atomic_t *cancel, gf_diagnosis **diagnosis,
                              gf_error *error) {
    GF_ENTER(error);
    gf_diagnosis *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the diagnosis", sizeof *made);
    gf_status status = GF_OK;
    for (size_t i = 0; i < gf_backends_length && status == GF_OK; i++) {
        if (gf_backends[i]->diagnose != NULL)
            status = examine_backend(made, gf_backends[i], cancel, error);
    }
    if (status == GF_OK && gf_backends_length < 2)
        status = add_missing_backends(made, error);
    if (status == GF_OK)
        status = gf_rank_diagnose(&(gf_diagnosis_sink){made, add_row}, error);
    if (status == GF_OK)
        *diagnosis = made;
    else
        gf_diagnosis_destroy(made);
    return status;
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

/* ---- Reports ----------------------------------------------------------- */

static const struct {
    const char *name;
    gf_tone tone;
} levels[] = {
    [GF_DIAGNOSIS_PASS] = {"pass", GF_TONE_GOOD},
    [GF_DIAGNOSIS_WARN] = {"warn", GF_TONE_WARN},
    [GF_DIAGNOSIS_FAIL] = {"fail", GF_TONE_BAD},
};

static size_t count_rows(const gf_diagnosis *diagnosis, gf_diagnosis_level level) {
    size_t count = 0;
    for (size_t i = 0; i < diagnosis->count; i++)
        count += diagnosis->rows[i].level == level;
    return count;
}

static const char *verdict_text(const gf_diagnosis *diagnosis) {
    if (diagnosis->status == GF_NO_DEVICE)
        return "OpenCL does not work here: no device but the native path, this CPU without OpenCL, "
               "is usable";
    if (diagnosis->status != GF_OK)
        return "the examination was not completed";
    if (count_rows(diagnosis, GF_DIAGNOSIS_FAIL) > 0)
        return "OpenCL is usable here; something else is broken";
    return "OpenCL is usable here";
}

static gf_tone verdict_tone(const gf_diagnosis *diagnosis) {
    if (diagnosis->status != GF_OK)
        return GF_TONE_BAD;
    return count_rows(diagnosis, GF_DIAGNOSIS_FAIL) > 0 ? GF_TONE_WARN : GF_TONE_GOOD;
}

/* The first fix, of what failed if anything did; NULL: nothing has one. */
static const diagnosis_row *first_to_fix(const gf_diagnosis *diagnosis) {
    for (int level = GF_DIAGNOSIS_FAIL; level > GF_DIAGNOSIS_PASS; level--) {
        for (size_t i = 0; i < diagnosis->count; i++) {
            const diagnosis_row *row = &diagnosis->rows[i];
            if (row->level == (gf_diagnosis_level)level && row->fix[0] != '\0')
                return row;
        }
    }
    return NULL;
}

/* The answer, and where to begin. */
static void write_verdict(const gf_diagnosis *diagnosis, const gf_writer *to) {
    char answer[256], next[160] = "";
    const diagnosis_row *row = first_to_fix(diagnosis);
    snprintf(answer, sizeof answer, "%s (%zu findings passed, %zu warned, %zu failed).",
             verdict_text(diagnosis), count_rows(diagnosis, GF_DIAGNOSIS_PASS),
             count_rows(diagnosis, GF_DIAGNOSIS_WARN), count_rows(diagnosis, GF_DIAGNOSIS_FAIL));
    if (row != NULL)
        snprintf(next, sizeof next, "Begin with the fix of %.100s, below.", row->subject);
    gf_write_verdict("Verdict", answer, verdict_tone(diagnosis), next, to);
}

static const gf_column columns[] = {
    {"Subject", "subject", GF_CELL_TEXT, "what was examined"},
    {"Status", "status", GF_CELL_TEXT,
     "pass: as it should be; warn: works, with a limit or a risk; fail: does not work"},
    {"Finding", "finding", GF_CELL_TEXT, "what was found"},
    {"Fix", "fix", GF_CELL_TEXT, "what to do about it"},
};

/* A longer subject gets a line of its own, so that findings have room. */
#define SUBJECT_WIDTH_LIMIT 32

static size_t subject_width(const gf_diagnosis *diagnosis) {
    size_t width = 0;
    for (size_t i = 0; i < diagnosis->count; i++) {
        const size_t subject = gf_text_width(diagnosis->rows[i].subject);
        if (subject > width && subject <= SUBJECT_WIDTH_LIMIT)
            width = subject;
    }
    return width;
}

static void write_text(const gf_diagnosis *diagnosis, const gf_writer *to) {
    FILE *stream = to->stream;
    const size_t width = subject_width(diagnosis);
    write_verdict(diagnosis, to);
    for (size_t i = 0; i < diagnosis->count; i++) {
        const diagnosis_row *row = &diagnosis->rows[i];
        const gf_tone tone = levels[row->level].tone;
        const size_t subject = gf_text_width(row->subject);
        fprintf(stream, "%s%s%s  %s", gf_tone_begin(to, tone), levels[row->level].name,
                gf_tone_end(to, tone), row->subject);
        if (subject > width)
            fprintf(stream, "\n%*s", (int)width + 6, "");
        fprintf(stream, "%*s  %s\n", subject > width ? 0 : (int)(width - subject), "",
                row->finding);
        if (row->fix[0] != '\0')
            fprintf(stream, "%*s  fix: %s\n", (int)width + 6, "", row->fix);
    }
    gf_columns_explain(columns, GF_COUNT_OF(columns), to);
}

static gf_status write_table(const gf_diagnosis *diagnosis, const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin(NULL, columns, GF_COUNT_OF(columns));
    if (to->format == GF_FORMAT_MARKDOWN)
        write_verdict(diagnosis, to);
    for (size_t i = 0; i < diagnosis->count; i++) {
        const diagnosis_row *row = &diagnosis->rows[i];
        gf_table_text(&table, row->subject);
        gf_table_text(&table, levels[row->level].name);
        gf_table_text(&table, row->finding);
        gf_table_text(&table, row->fix);
    }
    return gf_table_write(&table, to, error);
}

static gf_status write_json(const gf_diagnosis *diagnosis, const gf_writer *to, gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *rows = json_array();
    for (size_t i = 0; i < diagnosis->count; i++) {
        const diagnosis_row *row = &diagnosis->rows[i];
        json_t *object = json_object();
        gf_json_put_text(object, "subject", row->subject, &bad);
        gf_json_put_text(object, "status", levels[row->level].name, &bad);
        gf_json_put_text(object, "finding", row->finding, &bad);
        gf_json_put_text(object, "fix", row->fix, &bad);
        gf_json_append(rows, object, &bad);
    }
    gf_json_put_text(root, "schema", SCHEMA, &bad);
    gf_json_put_text(root, "version", gf_version(), &bad);
    gf_json_put_count(root, "exit_status", (uint64_t)diagnosis->status, &bad);
    gf_json_put_text(root, "verdict", verdict_text(diagnosis), &bad);
    gf_json_put_text(root, "cut_short", to->cut_short, &bad);
    gf_json_put(root, "rows", rows, &bad);
    return gf_json_dump(root, bad, to->stream, error);
}

gf_status gf_diagnosis_report(const gf_diagnosis *diagnosis, gf_format format,
                              const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (diagnosis->cut_short[0] != '\0')
        to.cut_short = diagnosis->cut_short;
    if (format == GF_FORMAT_JSON)
        status = write_json(diagnosis, &to, error);
    else if (format == GF_FORMAT_TEXT)
        write_text(diagnosis, &to);
    else
        status = write_table(diagnosis, &to, error);
    return gf_writer_end(&to, status, error);
}
