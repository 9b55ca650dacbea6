#include "report/report_checklist.h"

#include <math.h>

#include "base/array.h"
#include "base/json.h"
#include "report/report_text.h"
#include "report/table/table.h"

static bool is_shown(const gf_rank_rows *ranked, const gf_writer *to, size_t row) {
    return to->verbose || gf_rank_stands_for_device(ranked, row / GF_CRITERION_COUNT);
}

static const gf_column columns[] = {
    {"device", "device", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"point", "point", GF_CELL_TEXT,
     "memory: does it fit; branching: do neighbours go the same way; movement: what moving data "
     "costs; operations: does the device have what the kernel needs"},
    {"grade", "grade", GF_CELL_TEXT,
     "pass, marginal or fail: how well the problem suits this device"},
    {"evidence", "evidence", GF_CELL_TEXT, "what the grade rests on"},
    {"what would change it", "flips_when", GF_CELL_TEXT,
     "what would have to differ for another grade (in text: flips)"},
};

static gf_tone grade_tone(gf_grade grade) {
    switch (grade) {
    case GF_GRADE_PASS:
        return GF_TONE_GOOD;
    case GF_GRADE_MARGINAL:
        return GF_TONE_WARN;
    case GF_GRADE_FAIL:
        return GF_TONE_BAD;
    default:
        return GF_TONE_PLAIN;
    }
}

/* The evidence, which is long, gets the rest of the line; what would change it gets the next. */
static void write_as_text(const gf_criterion_row *rows, const gf_rank_rows *ranked,
                          const gf_writer *to) {
    fprintf(to->stream, "%sChecklist%s\n", gf_tone_begin(to, GF_TONE_TITLE),
            gf_tone_end(to, GF_TONE_TITLE));
    for (size_t i = 0; i < ranked->count * GF_CRITERION_COUNT; i++) {
        const gf_criterion_result *result = &rows[i].result;
        const gf_tone tone = grade_tone(result->grade);
        if (!is_shown(ranked, to, i))
            continue;
        if (result->criterion == 0)
            fprintf(to->stream, "  %s\n", rows[i].label);
        fprintf(to->stream, "    %-10s  %s%-8s%s  %s\n", gf_criterion_name(result->criterion),
                gf_tone_begin(to, tone), gf_grade_name(result->grade), gf_tone_end(to, tone),
                result->evidence);
        if (result->flips_when[0] != '\0')
            fprintf(to->stream, "    %-10s  %-8s  flips: %s\n", "", "", result->flips_when);
    }
    gf_columns_explain(columns, GF_COUNT_OF(columns), to);
    fputc('\n', to->stream);
}

static gf_status write_as_table(const gf_criterion_row *rows, const gf_rank_rows *ranked,
                                const gf_writer *to, gf_error *error) {
    gf_table table = gf_table_begin("Checklist", columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < ranked->count * GF_CRITERION_COUNT; i++) {
        const gf_criterion_result *result = &rows[i].result;
        if (!is_shown(ranked, to, i))
            continue;
        gf_table_text(&table, rows[i].label);
        gf_table_text(&table, gf_criterion_name(result->criterion));
        gf_table_text(&table, gf_grade_name(result->grade));
        gf_table_tone(&table, grade_tone(result->grade));
        gf_table_text(&table, result->evidence);
        gf_table_text(&table, result->flips_when);
    }
    return gf_table_write_apart(&table, to, error);
}

gf_status gf_write_criteria(const gf_criterion_row *rows, const gf_rank_rows *ranked,
                            const gf_writer *to, gf_error *error) {
    if (to->format != GF_FORMAT_TEXT)
        return write_as_table(rows, ranked, to, error);
    write_as_text(rows, ranked, to);
    return GF_OK;
}

json_t *gf_json_criterion(const gf_criterion_row *row, bool *bad) {
    const gf_criterion_result *result = &row->result;
    json_t *object = json_object();
    gf_json_put_text(object, "device", row->label, bad);
    gf_json_put_text(object, "point", gf_criterion_name(result->criterion), bad);
    gf_json_put_text(object, "question", result->question, bad);
    gf_json_put_text(object, "evidence", result->evidence, bad);
    gf_json_put_text(object, "source", result->source, bad);
    gf_json_put_real(object, "value", result->grade == GF_GRADE_UNKNOWN ? NAN : result->value, bad);
    gf_json_put_real(object, "limit", result->limit, bad);
    gf_json_put_text(object, "status", gf_grade_name(result->grade), bad);
    gf_json_put_filled(object, "flips_when", result->flips_when, bad);
    return object;
}
