/* The checklist in reports of every format. */
#include "report/report_checklist.h"

#include <math.h>

#include "base/array.h"
#include "base/json.h"
#include "report/table.h"

/* The evidence gets the rest of the line, because it is long; what would change it gets the next.
 */
static void write_as_text(const gf_criterion_row *rows, size_t count, bool colour, FILE *stream) {
    fputs(colour ? "\033[1mChecklist\033[0m\n" : "Checklist\n", stream);
    for (size_t i = 0; i < count; i++) {
        const gf_criterion_result *result = &rows[i].result;
        if (i == 0 || result->criterion == 0)
            fprintf(stream, "  %s\n", rows[i].label);
        fprintf(stream, "    %-10s  %-8s  %s\n", gf_criterion_name(result->criterion),
                gf_grade_name(result->grade), result->evidence);
        if (result->flips_when[0] != '\0')
            fprintf(stream, "    %-10s  %-8s  flips: %s\n", "", "", result->flips_when);
    }
}

static gf_status write_as_table(const gf_criterion_row *rows, size_t count, gf_format format,
                                bool colour, FILE *stream, gf_error *error) {
    static const gf_column columns[] = {
        {"device", "device", GF_CELL_TEXT},
        {"point", "point", GF_CELL_TEXT},
        {"grade", "grade", GF_CELL_TEXT},
        {"evidence", "evidence", GF_CELL_TEXT},
        {"what would change it", "flips_when", GF_CELL_TEXT},
    };
    gf_table table = gf_table_begin("Checklist", columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < count; i++) {
        const gf_criterion_result *result = &rows[i].result;
        gf_table_text(&table, rows[i].label);
        gf_table_text(&table, gf_criterion_name(result->criterion));
        gf_table_text(&table, gf_grade_name(result->grade));
        gf_table_text(&table, result->evidence);
        gf_table_text(&table, result->flips_when);
    }
    return gf_table_write(&table, format, colour, stream, error);
}

gf_status gf_write_criteria(const gf_criterion_row *rows, size_t count, gf_format format,
                            bool colour, FILE *stream, gf_error *error) {
    gf_status status = GF_OK;
    if (format == GF_FORMAT_TEXT)
        write_as_text(rows, count, colour, stream);
    else
        status = write_as_table(rows, count, format, colour, stream, error);
    fputc('\n', stream);
    return status;
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
