#include "report/bounded/bound_report.h"

#include "base/array.h"
#include "bound/bound_text.h"
#include "report/report_text.h"

static const gf_column columns[] = {
    {"model", "model", GF_CELL_TEXT, "a device known from its data sheet (`gpufare models`)"},
    {"bus", "bus", GF_CELL_TEXT, "what data pass on their way to it"},
    {"total ms at best", "total_best_ns", GF_CELL_FINE_MS,
     "one round trip, if everything reaches the data sheet's rates"},
    {"total at worst", "total_worst_ns", GF_CELL_FINE_MS,
     "the same, as slow as kernels of this kind were elsewhere"},
    {"up at best", "up_best_ns", GF_CELL_FINE_MS, "moving the inputs, at best"},
    {"up at worst", "up_worst_ns", GF_CELL_FINE_MS, "moving the inputs, at worst"},
    {"kernel at best", "kernel_best_ns", GF_CELL_FINE_MS, "computing, at best"},
    {"kernel at worst", "kernel_worst_ns", GF_CELL_FINE_MS, "computing, at worst"},
    {"down at best", "down_best_ns", GF_CELL_FINE_MS, "moving the results, at best"},
    {"down at worst", "down_worst_ns", GF_CELL_FINE_MS, "moving the results, at worst"},
    {"decides at best", "best_limit", GF_CELL_TEXT, "what the time is mostly made of, at best"},
    {"decides at worst", "worst_limit", GF_CELL_TEXT, "what it is mostly made of, at worst"},
    {"CPU / total at worst", "ratio_at_worst", GF_CELL_RATIO,
     "the CPU's time / the model's at worst: above 1 the model is faster even then"},
    {"CPU / total at best", "ratio_at_best", GF_CELL_RATIO,
     "the CPU's time / the model's at best: below 1 the model is slower even then"},
    {"verdict", "verdict", GF_CELL_TEXT,
     "worth: faster even at worst; not-worth: slower even at best; open: between; not at all: it "
     "can't compute this; not known: there is no time of the CPU"},
    {"", "title", GF_CELL_TEXT, NULL},
    {"", "basis", GF_CELL_TEXT, NULL},
};

static void add_bounds(gf_table *table, bool has, const gf_bounds *bounds) {
    gf_table_number_if(table, has, bounds->best);
    gf_table_number_if(table, has, bounds->worst);
}

/* For people, who get a word in any case. */
static const char *verdict_of(const gf_bound_row *row) {
    if (!row->bound.possible)
        return "not at all";
    return row->worth == GF_WORTH_UNKNOWN ? "not known" : gf_worth_name(row->worth);
}

static gf_tone worth_tone(gf_worth worth) {
    if (worth == GF_WORTH_YES)
        return GF_TONE_GOOD;
    return worth == GF_WORTH_OPEN ? GF_TONE_WARN : GF_TONE_PLAIN;
}

static void add_row(gf_table *table, const gf_bound_row *row, bool csv) {
    const gf_bound *bound = &row->bound;
    const bool has = bound->possible, judged = row->worth != GF_WORTH_UNKNOWN;
    gf_table_text(table, bound->model->name);
    gf_table_text(table, gf_model_bus_name(bound->model->bus));
    add_bounds(table, has, &bound->total);
    add_bounds(table, has, &bound->up);
    add_bounds(table, has, &bound->kernel);
    add_bounds(table, has, &bound->down);
    gf_table_text(table, has ? gf_limit_name(bound->best_limit) : NULL);
    gf_table_text(table, has ? gf_limit_name(bound->worst_limit) : NULL);
    gf_table_number_if(table, judged, row->ratio.at_worst);
    gf_table_number_if(table, judged, row->ratio.at_best);
    gf_table_text(table, csv ? gf_worth_name(row->worth) : verdict_of(row));
    gf_table_tone(table, worth_tone(row->worth));
    gf_table_text(table, csv ? bound->model->title : NULL);
    gf_table_text(table, csv ? "data sheet, not measured" : NULL);
}

gf_status gf_bounds_write_table(const gf_bound_set *set, const gf_writer *to, gf_error *error) {
    char title[640], host[400];
    gf_host_format(&set->host, host, sizeof host);
    snprintf(
        title, sizeof title,
        "Bounds from data sheets, NOT measured: nothing ran on these devices (ms; no kernel is "
        "faster than at best, kernels of this kind were not slower than at worst; a round "
        "trip from pinned memory%s%s)",
        set->host.known ? "; against " : "", set->host.known ? host : "");
    gf_table table = gf_table_begin(title, columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < set->models->count; i++)
        add_row(&table, &set->rows[i], to->format == GF_FORMAT_CSV);
    return to->format == GF_FORMAT_CSV ? gf_table_write(&table, to, error)
                                       : gf_table_write_apart(&table, to, error);
}

/* ---- Verdicts ---------------------------------------------------------- */

static void write_line(const char *what, const char *text, const gf_writer *to) {
    if (text[0] != '\0')
        fprintf(to->stream, "%s%s%s\n", to->format == GF_FORMAT_MARKDOWN ? "  - " : "    ", what,
                text);
}

static void write_verdict(const gf_bound_set *set, const gf_bound_row *row, const gf_writer *to) {
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    char text[400];
    gf_worth_format(row->worth, &row->ratio, text, sizeof text);
    fprintf(to->stream, "%s%s%s: ", markdown ? "- " : "  ", markdown ? "**" : "",
            row->bound.model->name);
    if (!row->bound.possible)
        fprintf(to->stream, "not at all, %s%s\n", row->bound.why_not, markdown ? "**" : "");
    else if (row->worth == GF_WORTH_OPEN && set->command[0] != '\0')
        fprintf(to->stream, "%s%s: measure there with `%s`\n", text, markdown ? "**" : "",
                set->command);
    else
        fprintf(to->stream, "%s%s\n", text, markdown ? "**" : "");
    gf_bound_format_limits(&row->bound, text, sizeof text);
    write_line("", text, to);
    gf_bound_format_flip(set, row, text, sizeof text);
    write_line("what would flip it: ", text, to);
    gf_bound_format_calls(set, row, text, sizeof text);
    write_line("", text, to);
    gf_bound_format_f32(set, row, text, sizeof text);
    write_line("", text, to);
}

gf_status gf_bounds_write(const gf_bound_set *set, const gf_writer *to, gf_error *error) {
    const gf_status status = gf_bounds_write_table(set, to, error);
    if (status != GF_OK)
        return status;
    gf_write_conclusion("Verdicts from data sheets", "bounds, not measured", to);
    if (to->format == GF_FORMAT_MARKDOWN)
        fputc('\n', to->stream);
    if (!set->host.known)
        write_line("",
                   "there is no time of the native path to compare with; select native, too, and "
                   "give it time to be measured",
                   to);
    for (size_t i = 0; i < set->models->count; i++)
        write_verdict(set, &set->rows[i], to);
    if (set->models->count > 0 && set->rows[0].bound.work_bounded)
        write_line("", "the work could only be bounded, so these bounds are wide", to);
    return GF_OK;
}
