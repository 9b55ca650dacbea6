/* The checklist in reports of every format. */
#include "report/report_checklist.h"

#include "base/json.h"
#include "report/table.h"

static const gf_criterion_row *check_at(const void *context, size_t row) {
    return &((const gf_criterion_row *)context)[row];
}

static gf_cell get_check_device(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(check_at(context, row)->label);
}

static gf_cell get_check_point(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(gf_criterion_name(check_at(context, row)->result.criterion));
}

static gf_cell get_check_grade(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(gf_grade_name(check_at(context, row)->result.grade));
}

static gf_cell get_check_evidence(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(check_at(context, row)->result.evidence);
}

static gf_cell get_check_flips(const void *context, size_t row, int tag) {
    (void)tag;
    return gf_cell_text(check_at(context, row)->result.flips_when);
}

static const gf_column check_columns[] = {
    {"device", "device", GF_CELL_TEXT, get_check_device, 0},
    {"point", "point", GF_CELL_TEXT, get_check_point, 0},
    {"grade", "grade", GF_CELL_TEXT, get_check_grade, 0},
    {"evidence", "evidence", GF_CELL_TEXT, get_check_evidence, 0},
    {"what would change it", "flips_when", GF_CELL_TEXT, get_check_flips, 0},
};

/* On a terminal the evidence gets the width of the line, and what would change it the next one. */
static void write_as_text(const gf_criterion_row *rows, size_t count, bool colour, FILE *stream) {
    fputs(colour ? "\033[1mChecklist\033[0m\n" : "Checklist\n", stream);
    for (size_t i = 0; i < count; i++) {
        const gf_criterion_result *check = &rows[i].result;
        if (i == 0 || check->criterion == 0)
            fprintf(stream, "  %s\n", rows[i].label);
        fprintf(stream, "    %-10s  %-8s  %s\n", gf_criterion_name(check->criterion),
                gf_grade_name(check->grade), check->evidence);
        if (check->flips_when[0] != '\0')
            fprintf(stream, "    %-10s  %-8s  flips: %s\n", "", "", check->flips_when);
    }
}

void gf_write_criteria(const gf_criterion_row *rows, size_t count, gf_format format, bool colour,
                       FILE *stream) {
    const gf_table table = {"Checklist", check_columns,
                            sizeof check_columns / sizeof check_columns[0], rows, count};
    if (format == GF_FORMAT_TEXT)
        write_as_text(rows, count, colour, stream);
    else
        gf_table_write(&table, format, colour, stream);
    fputc('\n', stream);
}

json_t *gf_json_check(const gf_criterion_row *row, bool *bad) {
    const gf_criterion_result *check = &row->result;
    json_t *object = json_object();
    gf_json_put_text(object, "device", row->label, bad);
    gf_json_put_text(object, "point", gf_criterion_name(check->criterion), bad);
    gf_json_put_text(object, "question", check->question, bad);
    gf_json_put_text(object, "evidence", check->evidence, bad);
    gf_json_put_text(object, "source", check->source, bad);
    if (check->grade == GF_GRADE_UNKNOWN)
        gf_json_put(object, "value", json_null(), bad);
    else
        gf_json_put_real(object, "value", check->value, bad);
    gf_json_put_real(object, "limit", check->limit, bad);
    gf_json_put_text(object, "status", gf_grade_name(check->grade), bad);
    gf_json_put_text(object, "flips_when", check->flips_when[0] == '\0' ? NULL : check->flips_when,
                     bad);
    return object;
}
