#include "report/bounded/sweep_bounds.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "breakeven/bound_lines.h"

/* ---- A row for each model ---------------------------------------------- */

typedef struct row_texts {
    char best[64], worst[64];
} row_texts;

static void add_row(gf_table *table, const gf_breakeven *breakeven, const gf_bound_line *line,
                    row_texts *texts) {
    const gf_sweep *sweep = &breakeven->sweep;
    const gf_bound_cell *last = &line->cells[sweep->count - 1];
    const bool has = last->bound.possible, judged = last->worth != GF_WORTH_UNKNOWN;
    gf_bound_line_format(sweep, line->from_best, texts->best, sizeof texts->best);
    gf_bound_line_format(sweep, line->from_worst, texts->worst, sizeof texts->worst);
    gf_table_text(table, line->model->name);
    gf_table_text(table, texts->best);
    gf_table_text(table, texts->worst);
    gf_table_text(table, has ? gf_limit_name(last->bound.best_limit) : NULL);
    gf_table_number_if(table, judged, last->ratio.at_worst);
    gf_table_number_if(table, judged, last->ratio.at_best);
    gf_table_text(table, has ? NULL : last->bound.why_not);
}

/* Where bounds do not decide, and what does. */
static void write_open(const gf_breakeven *breakeven, const gf_bound_line *line,
                       const gf_writer *to) {
    const char *command = breakeven->bounds->command;
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    char text[256];
    gf_bound_line_format_open(&breakeven->sweep, line, text, sizeof text);
    if (text[0] == '\0')
        return;
    fprintf(to->stream, "%s%s: %s", markdown ? "- " : "  ", line->model->name, text);
    if (command[0] != '\0')
        fprintf(to->stream, ": measure there with `%s`", command);
    fputc('\n', to->stream);
}

static gf_status write_people(const gf_breakeven *breakeven, const gf_writer *to, gf_error *error) {
    const gf_breakeven_bounds *bounds = breakeven->bounds;
    const gf_sweep *sweep = &breakeven->sweep;
    const gf_column columns[] = {
        {"model", "", GF_CELL_TEXT, "a device known from its data sheet (`gpufare models`)"},
        {"worth it at best", "", GF_CELL_TEXT,
         "from where on it is faster, if it reaches the data sheet's rates"},
        {"worth it at worst", "", GF_CELL_TEXT,
         "from where on it is faster, as slow as kernels of this kind were elsewhere"},
        {"decides at the last value", "", GF_CELL_TEXT, "what its time is mostly made of there"},
        {"CPU / total there at worst", "", GF_CELL_RATIO,
         "the CPU's time / the model's at worst: above 1 the model is faster even then"},
        {"CPU / total there at best", "", GF_CELL_RATIO,
         "the CPU's time / the model's at best: below 1 the model is slower even then"},
        {"reason", "", GF_CELL_TEXT, "why there are no bounds"},
    };
    char title[640], host[400];
    row_texts *texts = calloc(bounds->models->count + 1, sizeof *texts);
    if (texts == NULL)
        return gf_error_no_memory(error, "a table", bounds->models->count * sizeof *texts);
    gf_host_format(&bounds->hosts[sweep->count - 1], host, sizeof host);
    snprintf(title, sizeof title,
             "Bounds from data sheets, NOT measured: from which %s on a model is worth it up to %s "
             "(against %s at the last value)",
             sweep->param->name, sweep->values[sweep->count - 1].text, host);
    gf_table table = gf_table_begin(title, columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < bounds->models->count; i++)
        add_row(&table, breakeven, &bounds->lines[i], &texts[i]);
    fputc('\n', to->stream);
    const gf_status status = gf_table_write(&table, to, error);
    free(texts);
    if (to->format == GF_FORMAT_MARKDOWN)
        fputc('\n', to->stream);
    for (size_t i = 0; status == GF_OK && i < bounds->models->count; i++)
        write_open(breakeven, &bounds->lines[i], to);
    return status;
}

/* ---- CSV: a row for each line, model and value -------------------------- */

static const gf_column csv_columns[] = {
    {"", "model", GF_CELL_TEXT, NULL},           {"", "parameter", GF_CELL_TEXT, NULL},
    {"", "value", GF_CELL_TEXT, NULL},           {"", "total_best_ns", GF_CELL_MS, NULL},
    {"", "total_worst_ns", GF_CELL_MS, NULL},    {"", "best_limit", GF_CELL_TEXT, NULL},
    {"", "cpu_low_ns", GF_CELL_MS, NULL},        {"", "cpu_high_ns", GF_CELL_MS, NULL},
    {"", "ratio_at_worst", GF_CELL_RATIO, NULL}, {"", "ratio_at_best", GF_CELL_RATIO, NULL},
    {"", "verdict", GF_CELL_TEXT, NULL},         {"", "basis", GF_CELL_TEXT, NULL},
    {"", "along_parameter", GF_CELL_TEXT, NULL}, {"", "along_value", GF_CELL_TEXT, NULL},
};

static void add_csv_row(gf_table *table, const gf_breakeven *breakeven, const gf_bound_line *line,
                        size_t index) {
    const gf_bound_cell *cell = &line->cells[index];
    const gf_host_time *host = &breakeven->bounds->hosts[index];
    const bool has = cell->bound.possible, judged = cell->worth != GF_WORTH_UNKNOWN;
    gf_table_text(table, line->model->name);
    gf_table_text(table, breakeven->sweep.param->name);
    gf_table_text(table, breakeven->sweep.values[index].text);
    gf_table_number_if(table, has, cell->bound.total.best);
    gf_table_number_if(table, has, cell->bound.total.worst);
    gf_table_text(table, has ? gf_limit_name(cell->bound.best_limit) : NULL);
    gf_table_number_if(table, host->known, host->low);
    gf_table_number_if(table, host->known, host->high);
    gf_table_number_if(table, judged, cell->ratio.at_worst);
    gf_table_number_if(table, judged, cell->ratio.at_best);
    gf_table_text(table, gf_worth_name(cell->worth));
    gf_table_text(table, "data sheet, not measured");
}

/* The last two columns are empty without a second sweep. */
gf_status gf_sweep_bounds_write_csv(const gf_breakeven_lines *lines, const gf_writer *to,
                                    gf_error *error) {
    gf_table table = gf_table_begin(NULL, csv_columns, GF_COUNT_OF(csv_columns));
    size_t rows = 0;
    for (size_t l = 0; l < lines->count; l++) {
        const gf_breakeven *line = lines->line[l];
        const size_t values = line->sweep.count;
        const size_t count = line->bounds == NULL ? 0 : line->bounds->models->count * values;
        for (size_t i = 0; i < count; i++, rows++) {
            add_csv_row(&table, line, &line->bounds->lines[i / values], i % values);
            gf_table_text(&table, gf_breakeven_lines_parameter(lines));
            gf_table_text(&table, gf_breakeven_lines_value(lines, l));
        }
    }
    if (rows == 0)
        return GF_OK;
    fputc('\n', to->stream);
    return gf_table_write(&table, to, error);
}

gf_status gf_sweep_bounds_write(const gf_breakeven *breakeven, const gf_writer *to,
                                gf_error *error) {
    return breakeven->bounds == NULL ? GF_OK : write_people(breakeven, to, error);
}

/* ---- JSON -------------------------------------------------------------- */

static json_t *cell_json(const gf_breakeven *breakeven, const gf_bound_line *line, size_t index,
                         bool *bad) {
    const gf_bound_cell *cell = &line->cells[index];
    const gf_host_time *host = &breakeven->bounds->hosts[index];
    const bool has = cell->bound.possible, judged = cell->worth != GF_WORTH_UNKNOWN;
    json_t *object = json_object();
    gf_json_put_text(object, "value", breakeven->sweep.values[index].text, bad);
    gf_json_put_filled(object, "why_not", cell->bound.why_not, bad);
    gf_json_put_real(object, "best_ns", has ? cell->bound.total.best : NAN, bad);
    gf_json_put_real(object, "worst_ns", has ? cell->bound.total.worst : NAN, bad);
    gf_json_put_text(object, "best_limit", has ? gf_limit_name(cell->bound.best_limit) : NULL, bad);
    gf_json_put_real(object, "cpu_low_ns", host->known ? host->low : NAN, bad);
    gf_json_put_real(object, "cpu_high_ns", host->known ? host->high : NAN, bad);
    gf_json_put_real(object, "ratio_at_worst", judged ? cell->ratio.at_worst : NAN, bad);
    gf_json_put_real(object, "ratio_at_best", judged ? cell->ratio.at_best : NAN, bad);
    gf_json_put_text(object, "verdict", gf_worth_name(cell->worth), bad);
    return object;
}

static const char *value_at(const gf_breakeven *breakeven, size_t index) {
    return index < breakeven->sweep.count ? breakeven->sweep.values[index].text : NULL;
}

json_t *gf_json_sweep_bounds(const gf_breakeven *breakeven, bool *bad) {
    if (breakeven->bounds == NULL)
        return json_null();
    json_t *object = json_object(), *models = json_array();
    gf_json_put_text(object, "basis", "bounds from data sheets, not measured", bad);
    for (size_t m = 0; m < breakeven->bounds->models->count; m++) {
        const gf_bound_line *line = &breakeven->bounds->lines[m];
        json_t *entry = json_object(), *values = json_array();
        gf_json_put_text(entry, "model", line->model->name, bad);
        gf_json_put_text(entry, "worth_from_at_best", value_at(breakeven, line->from_best), bad);
        gf_json_put_text(entry, "worth_from_at_worst", value_at(breakeven, line->from_worst), bad);
        for (size_t i = 0; i < breakeven->sweep.count; i++)
            gf_json_append(values, cell_json(breakeven, line, i, bad), bad);
        gf_json_put(entry, "values", values, bad);
        gf_json_append(models, entry, bad);
    }
    gf_json_put_filled(object, "command", breakeven->bounds->command, bad);
    gf_json_put(object, "models", models, bad);
    return object;
}
