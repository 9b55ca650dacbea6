#include "report/ranked/sweep_report.h"

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "report/ranked/ranked_figures.h"
#include "report/report_origin.h"
#include "report/report_text.h"
#include "report/table/table.h"

#define SCHEMA "gpufare.breakeven-ranks/1"

/* ---- The table ------------------------------------------------------------------ */

static const gf_column columns[] = {
    {"ranks", "ranks", GF_CELL_COUNT, "the number that varies"},
    {"measured ms", "measured_ns", GF_CELL_MS,
     "one round trip, from the common start to the end of the last rank (median)"},
    {"min", "measured_min_ns", GF_CELL_MS, "the shortest that was measured"},
    {"max", "measured_max_ns", GF_CELL_MS, "the longest that was measured"},
    {"samples", "samples", GF_CELL_COUNT, "round trips that were timed"},
    {"predicted ms", "predicted_ns", GF_CELL_MS,
     "what such a round trip should take, from those on 1 rank and from messages"},
    {"low", "predicted_low_ns", GF_CELL_MS, "the prediction's interval: from here"},
    {"high", "predicted_high_ns", GF_CELL_MS, "to here"},
    {"error", "error", GF_CELL_SHARE, "predicted / measured - 1"},
    {"vs 1 rank", "speedup", GF_CELL_RATIO, "1 rank's time over this one"},
    {"efficiency", "efficiency", GF_CELL_SHARE, "that ratio for each rank"},
};

static void add_point(const gf_rank_sweep *sweep, const gf_rank_point *point, gf_table *table) {
    const double median = (double)point->measured.median_ns;
    const bool predicted = point->predicted_ns > 0, one = sweep->one_ns > 0;
    gf_table_number(table, point->ranks);
    gf_table_number(table, median);
    gf_table_number(table, (double)point->measured.min_ns);
    gf_table_number(table, (double)point->measured.max_ns);
    gf_table_number(table, point->measured.count);
    gf_table_number_if(table, predicted, point->predicted_ns);
    gf_table_number_if(table, predicted, point->predicted_low_ns);
    gf_table_number_if(table, predicted, point->predicted_high_ns);
    gf_table_number_if(table, predicted, point->predicted_ns / median - 1);
    gf_table_number_if(table, one, sweep->one_ns / median);
    gf_table_number_if(table, one, sweep->one_ns / median / point->ranks);
}

static gf_status write_table(const gf_rank_sweep *sweep, const gf_writer *to, gf_error *error) {
    gf_table table =
        gf_table_begin("Time along ranks (the same problem)", columns, GF_COUNT_OF(columns));
    for (size_t i = 0; i < sweep->count; i++)
        add_point(sweep, &sweep->points[i], &table);
    return gf_table_write_apart(&table, to, error);
}

/* ---- Words ------------------------------------------------------------------------ */

static void write_notes(const gf_parallel *parallel, const gf_rank_sweep *sweep,
                        const gf_writer *to) {
    const gf_rank_worth *predicted = &sweep->predicted;
    if (predicted->ranks > 0)
        gf_write_note(to, "predicted", "worth it up to %u rank%s%s%s", predicted->ranks,
                      predicted->ranks == 1 ? "" : "s", predicted->surely ? "" : ", but not surely",
                      predicted->open ? ", the last of the sweep" : "");
    else
        gf_write_note(to, "predicted", "nothing: a prediction starts from a run on 1 rank");
    gf_write_note(to, "ranks", "%u, by %s", parallel->ranks->transport.size,
                  parallel->ranks->transport.name);
}

static gf_status write_for_people(const gf_parallel *parallel, const gf_rank_sweep *sweep,
                                  const gf_writer *to, gf_error *error) {
    char answer[400];
    if (sweep->count < parallel->result_count) {
        gf_write_verdict("Verdict", "a result is wrong, so no times are reported.", GF_TONE_BAD, "",
                         to);
        return GF_OK;
    }
    if (to->format == GF_FORMAT_MARKDOWN)
        gf_write_heading(parallel->problem, to);
    gf_rank_sweep_format(sweep, answer, sizeof answer);
    gf_write_verdict("Verdict", answer, GF_TONE_GOOD,
                     "By medians of whole round trips; more ranks count where they gain more than "
                     "1 %. Each rank proved its own part.",
                     to);
    if (to->format != GF_FORMAT_MARKDOWN)
        gf_write_heading(parallel->problem, to);
    gf_status status = gf_write_rank_figures(parallel, true, to, error);
    if (status == GF_OK)
        status = write_table(sweep, to, error);
    write_notes(parallel, sweep, to);
    return status == GF_OK ? gf_write_origin(parallel->context.session, true, to, error) : status;
}

/* ---- JSON -------------------------------------------------------------------------- */

static json_t *point_object(const gf_rank_point *point, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "ranks", point->ranks, bad);
    gf_json_put_count(object, "measured_ns", point->measured.median_ns, bad);
    gf_json_put_count(object, "measured_min_ns", point->measured.min_ns, bad);
    gf_json_put_count(object, "measured_max_ns", point->measured.max_ns, bad);
    gf_json_put_real(object, "measured_low_ns", point->low_ns, bad);
    gf_json_put_real(object, "measured_high_ns", point->high_ns, bad);
    gf_json_put_count(object, "samples", point->measured.count, bad);
    if (point->predicted_ns > 0) {
        gf_json_put_real(object, "predicted_ns", point->predicted_ns, bad);
        gf_json_put_real(object, "predicted_low_ns", point->predicted_low_ns, bad);
        gf_json_put_real(object, "predicted_high_ns", point->predicted_high_ns, bad);
    }
    return object;
}

static json_t *worth_object(const gf_rank_worth *worth, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "ranks", worth->ranks, bad);
    gf_json_put_bool(object, "surely", worth->surely, bad);
    gf_json_put_bool(object, "open", worth->open, bad);
    return object;
}

static gf_status write_json(const gf_parallel *parallel, const gf_rank_sweep *sweep,
                            const gf_writer *to, gf_error *error) {
    bool bad = false;
    char answer[400] = "";
    json_t *root = json_object(), *values = json_array();
    const bool right = sweep->count == parallel->result_count;
    for (size_t i = 0; right && i < sweep->count; i++)
        gf_json_append(values, point_object(&sweep->points[i], &bad), &bad);
    if (right)
        gf_rank_sweep_format(sweep, answer, sizeof answer);
    gf_json_put_text(root, "schema", SCHEMA, &bad);
    gf_json_put_text(root, "version", gf_version(), &bad);
    gf_json_put_text(root, "workload", parallel->problem->workload->name, &bad);
    gf_json_put_text(root, "parameter", "ranks", &bad);
    gf_json_put_text(root, "mpi", parallel->ranks->transport.name, &bad);
    gf_json_put_bool(root, "holds", right, &bad);
    gf_json_put_filled(root, "answer", answer, &bad);
    gf_json_put(root, "values", values, &bad);
    if (right) {
        gf_json_put(root, "worth_up_to", worth_object(&sweep->measured, &bad), &bad);
        gf_json_put(root, "predicted_worth_up_to", worth_object(&sweep->predicted, &bad), &bad);
    }
    return gf_json_dump(root, bad, to->stream, error);
}

/* ---- The whole ---------------------------------------------------------------------- */

gf_status gf_parallel_sweep_report(const gf_parallel *parallel, gf_format format,
                                   const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_rank_sweep sweep;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    gf_rank_sweep_make(parallel, &sweep);
    if (parallel->result_count == 0)
        status = gf_error_set(error, GF_USAGE, "nothing was run on any rank");
    else if (format == GF_FORMAT_JSON)
        status = write_json(parallel, &sweep, &to, error);
    else if (format == GF_FORMAT_CSV)
        status = sweep.count == parallel->result_count ? write_table(&sweep, &to, error) : GF_OK;
    else
        status = write_for_people(parallel, &sweep, &to, error);
    return gf_writer_end(&to, status, error);
}
