#include "report/ranked/ranked_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "parallel/parallel.h"
#include "parallel/parallel_result.h"
#include "parallel/scaling/scaling.h"
#include "report/ranked/ranked_figures.h"
#include "report/ranked/ranked_json.h"
#include "report/report_origin.h"
#include "report/report_text.h"
#include "report/table/table.h"
#include "stats/amdahl.h"

#define MOST_RANKS 4096 /* that a prediction looks at */

static const gf_parallel_result *last_of(const gf_parallel *parallel) {
    return &parallel->results[parallel->result_count - 1];
}

static double median_ns(const gf_parallel_result *result) {
    return (double)gf_parallel_total(result).median_ns;
}

static const gf_parallel_result *single_of(const gf_parallel *parallel) {
    return parallel->results[0].ranks == 1 ? &parallel->results[0] : NULL;
}

static bool all_hold(const gf_parallel *parallel) {
    bool hold = true;
    for (size_t i = 0; i < parallel->result_count; i++)
        hold = hold && parallel->results[i].holds;
    return hold;
}

static const gf_parallel_result *fastest_of(const gf_parallel *parallel) {
    const gf_parallel_result *fastest = &parallel->results[0];
    for (size_t i = 1; i < parallel->result_count; i++) {
        if (median_ns(&parallel->results[i]) < median_ns(fastest))
            fastest = &parallel->results[i];
    }
    return fastest;
}

/* ---- The verdict ----------------------------------------------------------------- */

static const char *plural(uint32_t count) {
    return count == 1 ? "" : "s";
}

/* What the time is of: a job that went on from a saved state made only the last steps. */
static void format_unit(const gf_parallel *parallel, const gf_parallel_result *result, char *unit,
                        size_t size) {
    const unsigned long long first = (unsigned long long)parallel->saving.states.state.first_step;
    const unsigned long long steps = (unsigned long long)parallel->problem->steps;
    if (first > 0)
        snprintf(unit, size, " for the last %llu of %llu steps", steps - first, steps);
    else
        snprintf(unit, size, " a round trip (median of %u)", result->trips);
}

static void format_answer(const gf_parallel *parallel, char *buffer, size_t size) {
    char total[32], single[32], unit[80];
    const gf_parallel_result *best = fastest_of(parallel), *one = single_of(parallel);
    const gf_parallel_result *last = last_of(parallel);
    gf_text text = gf_text_in(buffer, size);
    if (parallel->how.weak && one != NULL && last != one) {
        gf_text_add(&text,
                    "%u ranks with %u times the problem take %.2f times as long as 1 rank; every "
                    "result is right.",
                    last->ranks, last->ranks, median_ns(last) / median_ns(one));
        return;
    }
    gf_format_ns(median_ns(best), total, sizeof total);
    format_unit(parallel, best, unit, sizeof unit);
    if (parallel->result_count == 1) {
        gf_text_add(&text, "%u rank%s: %s%s, and the result is right.", best->ranks,
                    plural(best->ranks), total, unit);
        return;
    }
    gf_text_add(&text, "%u rank%s %s the fastest: %s a round trip", best->ranks,
                plural(best->ranks), best->ranks == 1 ? "is" : "are", total);
    if (one != NULL && best->ranks > 1) {
        gf_format_ns(median_ns(one), single, sizeof single);
        gf_text_add(&text, ", %.2f times as fast as 1 rank (%s)", median_ns(one) / median_ns(best),
                    single);
    }
    gf_text_add(&text, "; every result is right.");
}

static void write_verdict(const gf_parallel *parallel, const gf_writer *to) {
    char answer[320], basis[320];
    const gf_parallel_result *last = last_of(parallel);
    if (!all_hold(parallel)) {
        gf_write_verdict("Verdict", "a result is wrong, so no times are reported.", GF_TONE_BAD, "",
                         to);
        return;
    }
    format_answer(parallel, answer, sizeof answer);
    snprintf(basis, sizeof basis,
             "Each rank compared %s of its own part with the scalar reference, which it computed "
             "without the other ranks.",
             last->sampled ? "the edges" : "every element");
    gf_write_verdict("Verdict", answer, GF_TONE_GOOD, basis, to);
}

/* ---- Tables ------------------------------------------------------------------------ */

static const gf_column rank_columns[] = {
    {"rank", "rank", GF_CELL_COUNT, "its number in the job"},
    {"host", "host", GF_CELL_TEXT, "the machine that it runs on"},
    {"device", "device", GF_CELL_TEXT, GF_MEANING_DEVICE},
    {"threads", "threads", GF_CELL_COUNT, "threads or compute units of that device"},
    {"first", "first", GF_CELL_COUNT,
     "the first row or block of its part, if it has one of its own"},
    {"units", "units", GF_CELL_COUNT, "rows or blocks that it computed"},
    {"column", "first_column", GF_CELL_COUNT, "the first column of its part"},
    {"columns", "columns", GF_CELL_COUNT, "columns of its part"},
    {"h2d", "h2d_ns", GF_CELL_FINE_MS, "inputs up"},
    {"launch", "launch_ns", GF_CELL_FINE_MS, "starting kernels"},
    {"kernel", "kernel_ns", GF_CELL_FINE_MS, "computing"},
    {"d2h", "d2h_ns", GF_CELL_FINE_MS, "its part of the result down"},
    {"halo", "halo_ns", GF_CELL_FINE_MS,
     "exchanging halos with neighbours, as long as such messages take"},
    {"imbalance", "imbalance_ns", GF_CELL_FINE_MS,
     "waiting for other ranks beyond that, the last one's end included"},
    {"unexplained", "unexplained_ns", GF_CELL_FINE_MS, "the rest of the total"},
    {"total", "total_ns", GF_CELL_MS, "from the common start to the end of the last rank"},
    {"sent", "sent_bytes", GF_CELL_BYTES, "cells sent to neighbours in a round trip"},
    {"queue", "queue_ns", GF_CELL_FINE_MS, "asking for bands, and waiting for the answers"},
    {"bands", "bands", GF_CELL_COUNT, "its own part, and the bands that it took from the queue"},
};

/* Nothing where parts are rows alone. */
static void add_columns(const gf_parallel *parallel, const gf_parallel_result *result,
                        uint32_t rank, gf_table *table) {
    const bool shared = result->grid.across > 1;
    const gf_part columns = gf_grid_columns(result->grid, parallel->division.columns, rank);
    gf_table_number_if(table, shared, (double)columns.first);
    gf_table_number_if(table, shared, (double)columns.count);
}

static void add_rank(const gf_parallel *parallel, const gf_parallel_result *result, uint32_t rank,
                     gf_table *table) {
    const gf_rank_facts *facts = &parallel->facts[rank];
    const gf_rank_times times = gf_median_times(result, rank);
    const double total = (double)gf_trip_total_ns(result, result->median);
    const double known = (double)(times.h2d_ns + times.launch_ns + times.kernel_ns + times.d2h_ns +
                                  times.halo_ns + times.imbalance_ns + times.queue_ns);
    gf_table_number(table, rank);
    gf_table_text(table, facts->host);
    gf_table_text(table, facts->label);
    gf_table_number(table, facts->threads);
    gf_table_number_if(table, result->parts[rank].count > 0, (double)result->parts[rank].first);
    gf_table_number(table, (double)gf_units_of_rank(result, rank));
    add_columns(parallel, result, rank, table);
    gf_table_number(table, (double)times.h2d_ns);
    gf_table_number(table, (double)times.launch_ns);
    gf_table_number(table, (double)times.kernel_ns);
    gf_table_number(table, (double)times.d2h_ns);
    gf_table_number(table, (double)times.halo_ns);
    gf_table_number(table, (double)times.imbalance_ns);
    gf_table_number(table, fmax(total - known, 0));
    gf_table_number(table, total);
    gf_table_number(table, (double)times.sent_bytes);
    gf_table_number_if(table, result->queues, (double)times.queue_ns);
    gf_table_number_if(table, result->queues, (double)times.bands);
}

static gf_status write_ranks(const gf_parallel *parallel, const gf_writer *to, gf_error *error) {
    const gf_parallel_result *result = last_of(parallel);
    char title[128];
    snprintf(title, sizeof title, "Ledger of the median round trip on %u rank%s, in ms",
             result->ranks, plural(result->ranks));
    gf_table table = gf_table_begin(title, rank_columns, GF_COUNT_OF(rank_columns));
    table.stack =
        (gf_stack){GF_STACK_ROWS, 8, {8, 9, 10, 11, 12, 17, 13, 14}}; /* h2d to the rest */
    if (to->document != NULL) /* bars say where a rank computes */
        table.key_count = 3;
    for (uint32_t i = 0; i < result->ranks; i++)
        add_rank(parallel, result, i, &table);
    return gf_table_write_apart(&table, to, error);
}

static const gf_column scaling_columns[] = {
    {"ranks", "ranks", GF_CELL_COUNT, "ranks that computed a part each"},
    {"total ms", "total_ns", GF_CELL_MS, "median of whole round trips"},
    {"vs 1 rank", "speedup", GF_CELL_RATIO,
     "1 rank's rate of work in this one's: with the same problem, its total over this one's"},
    {"efficiency", "efficiency", GF_CELL_SHARE, "that ratio for each rank"},
    {"halo ms", "halo_ns", GF_CELL_FINE_MS, "the most that a rank spent exchanging halos"},
    {"imbalance ms", "imbalance_ns", GF_CELL_FINE_MS, "the most that a rank waited for others"},
    {"predicted ms", "predicted_ns", GF_CELL_MS,
     "from 1 rank's times and from what messages take; a prediction, not a measurement"},
    {"steps", "visit_steps", GF_CELL_COUNT, "steps between two exchanges of halos"},
    {"across", "ranks_across", GF_CELL_COUNT,
     "ranks that share each row, in a grid; without a number parts are whole rows"},
    {"bands", "bands", GF_CELL_COUNT, "bands of all ranks, where they take them from a queue"},
};

static void add_scaling(const gf_parallel *parallel, const gf_parallel_result *result,
                        const gf_scaling *scaling, gf_table *table) {
    const gf_parallel_result *one = single_of(parallel);
    const double total = median_ns(result);
    double halo = 0, imbalance = 0, bands = 0;
    for (uint32_t i = 0; i < result->ranks; i++) {
        const gf_rank_times times = gf_median_times(result, i);
        halo = fmax(halo, (double)times.halo_ns);
        imbalance = fmax(imbalance, (double)times.imbalance_ns);
        bands += (double)times.bands;
    }
    const double grown = parallel->how.weak ? result->ranks : 1;
    const double ratio = one == NULL ? 0 : grown * median_ns(one) / total;
    gf_table_number(table, result->ranks);
    gf_table_number(table, total);
    gf_table_number_if(table, one != NULL, ratio);
    gf_table_number_if(table, one != NULL, ratio / result->ranks);
    gf_table_number(table, halo);
    gf_table_number(table, imbalance);
    gf_table_number_if(table, scaling->known && result->ranks > 1,
                       gf_scaling_predict(scaling, result->ranks));
    gf_table_number_if(table, result->visit_steps > 0, (double)result->visit_steps);
    gf_table_number_if(table, result->grid.across > 1, result->grid.across);
    gf_table_number_if(table, result->queues, bands);
}

static gf_status write_scaling(const gf_parallel *parallel, const gf_writer *to, gf_error *error) {
    const gf_scaling scaling = gf_scaling_of(parallel);
    gf_table table = gf_table_begin(
        parallel->how.weak
            ? "Weak scaling (N ranks have N times the problem; 100 % is 1 rank's time)"
            : "Strong scaling (the same problem on more ranks)",
        scaling_columns, GF_COUNT_OF(scaling_columns));
    for (size_t i = 0; i < parallel->result_count; i++)
        add_scaling(parallel, &parallel->results[i], &scaling, &table);
    return gf_table_write_apart(&table, to, error);
}

/* ---- Notes ------------------------------------------------------------------------- */

static void note_messages(const gf_parallel *parallel, const gf_writer *to) {
    const gf_transport *transport = &parallel->ranks->transport;
    const gf_line *line = &parallel->line;
    gf_write_note(to, "ranks", "%u, by %s", transport->size, transport->name);
    if (line->count > 0)
        gf_write_note(to, "messages",
                      "between neighbours %.1f us + %.3f us for each KiB (measured, the slowest "
                      "pair)",
                      line->a_ns / 1e3, line->b_ns * 1024 / 1e3);
}

static void note_exchanges(const gf_parallel_result *result, const gf_writer *to) {
    if (result->visit_steps == 0)
        return;
    if (result->grid.across > 1)
        gf_write_note(to, "grid", "%u ranks across and %u down share the cells",
                      result->grid.across, result->grid.down);
    gf_write_note(to, "halos", "%s are exchanged every %llu steps, %llu times a round trip, %s",
                  result->grid.across > 1 ? "cells" : "rows",
                  (unsigned long long)result->visit_steps, (unsigned long long)result->exchanges,
                  result->overlaps ? "beside the computing: each rank computes its edges first"
                                   : "between the steps");
}

static void note_queue(const gf_parallel *parallel, const gf_parallel_result *result,
                       const gf_writer *to) {
    if (result->queues)
        gf_write_note(
            to, "queue",
            result->parts[0].count > 0
                ? "half of the work is shared out beforehand, ranks take bands of the rest"
                : "ranks take bands, the lowest first, until the result is settled");
    else if (gf_parallel_has_bands(parallel) && result->ranks > 1)
        gf_write_note(to, "queue",
                      "none: each rank has one part, which took no longer, or units are few");
}

static void note_idle(const gf_parallel_result *result, const gf_writer *to) {
    if (result->active < result->ranks)
        gf_write_note(to, "parts",
                      "warning: only %u of %u ranks have a part: there are too few rows for more",
                      result->active, result->ranks);
}

/* Ranks of one host that use the same chip of a driver share its time. */
static void note_shared(const gf_parallel *parallel, const gf_parallel_result *result,
                        const gf_writer *to) {
    for (uint32_t i = 0; i < result->ranks; i++) {
        for (uint32_t j = i + 1; j < result->ranks; j++) {
            const gf_rank_facts *a = &parallel->facts[i], *b = &parallel->facts[j];
            if (a->is_cpu != 0 || strcmp(a->host, b->host) != 0 || strcmp(a->label, b->label) != 0)
                continue;
            gf_write_note(to, "devices",
                          "warning: ranks %u and %u share %s of %s; give each a device of its own "
                          "(-d LIST is dealt out by the rank's number on its host)",
                          i, j, a->label, a->host);
            return;
        }
    }
}

static void note_result(const gf_parallel *parallel, const gf_parallel_result *result,
                        const gf_writer *to) {
    if (result->answer[0] != '\0')
        gf_write_note(to, "answer", "%s", result->answer);
    gf_write_note(to, "checksum", "%.17g, the same on any number of ranks%s", result->checksum,
                  result->has_known_answer ? "; it is the known answer" : "");
    if (median_ns(result) > 0)
        gf_write_note(to, "rate", "%.3f %s", result->work / median_ns(result),
                      parallel->problem->workload->rate_unit);
}

static void note_amdahl(const gf_parallel *parallel, const gf_writer *to) {
    double ranks[64];
    gf_samples samples[64];
    gf_amdahl fit = {.fitted = false};
    gf_error ignored = GF_ERROR_INIT;
    const size_t count = parallel->result_count < 64 ? parallel->result_count : 64;
    for (size_t i = 0; i < count; i++) {
        ranks[i] = parallel->results[i].ranks;
        samples[i] = parallel->results[i].totals;
    }
    (void)gf_amdahl_fit(ranks, samples, count, parallel->options.seed, &fit, &ignored);
    gf_error_clear(&ignored);
    if (fit.fitted)
        gf_write_note(to, "Amdahl",
                      "ranks do not shorten %.1f %% of the time (%.1f to %.1f %%), halos and "
                      "messages included",
                      fit.serial * 100, fit.low * 100, fit.high * 100);
}

/* Larger machines, as far as a rank has a row. */
static void note_prediction(const gf_parallel *parallel, const gf_writer *to) {
    const gf_scaling scaling = gf_scaling_of(parallel);
    char total[32];
    if (!scaling.known || parallel->line.count == 0)
        return;
    const uint32_t best = gf_scaling_best(&scaling, MOST_RANKS);
    gf_format_ns(gf_scaling_predict(&scaling, best), total, sizeof total);
    gf_write_note(to, "predicted",
                  "least with %u rank%s: %s, %.1f times as fast as 1 rank, if each has cores and "
                  "memory of its own and messages take as long as here",
                  best, plural(best), total,
                  gf_scaling_predict(&scaling, 1) / gf_scaling_predict(&scaling, best));
    for (uint32_t ranks = 2 * last_of(parallel)->ranks, lines = 0; ranks < best && lines < 4;
         ranks *= 2, lines++) {
        gf_format_ns(gf_scaling_predict(&scaling, ranks), total, sizeof total);
        gf_write_note(to, "predicted", "%u ranks: %s", ranks, total);
    }
}

static void write_notes(const gf_parallel *parallel, const gf_writer *to) {
    const gf_parallel_result *last = last_of(parallel);
    note_messages(parallel, to);
    note_exchanges(last, to);
    note_queue(parallel, last, to);
    note_idle(last, to);
    note_shared(parallel, last, to);
    note_result(parallel, last, to);
    gf_write_checkpoint_notes("states", &parallel->saving.states.state, parallel->problem->steps,
                              to);
    if (parallel->result_count > 1 && !parallel->how.weak) {
        note_amdahl(parallel, to);
        note_prediction(parallel, to);
    }
}

/* ---- The whole ------------------------------------------------------------------------ */

static gf_status write_for_people(const gf_parallel *parallel, const gf_writer *to,
                                  gf_error *error) {
    gf_status status = GF_OK;
    if (to->format == GF_FORMAT_MARKDOWN)
        gf_write_heading(parallel->problem, to);
    write_verdict(parallel, to);
    if (to->format != GF_FORMAT_MARKDOWN)
        gf_write_heading(parallel->problem, to);
    if (!all_hold(parallel))
        return GF_OK;
    if (parallel->result_count > 1)
        status = gf_write_rank_figures(parallel, false, to, error);
    if (status == GF_OK && parallel->result_count > 1)
        status = write_scaling(parallel, to, error);
    if (status == GF_OK)
        status = write_ranks(parallel, to, error);
    write_notes(parallel, to);
    return status == GF_OK ? gf_write_origin(parallel->context.session, true, to, error) : status;
}

gf_status gf_parallel_report(const gf_parallel *parallel, gf_format format,
                             const gf_report_style *style, FILE *stream, gf_error *error) {
    GF_ENTER(error);
    gf_writer to;
    gf_status status = gf_writer_begin(stream, format, style, &to, error);
    if (status != GF_OK)
        return status;
    if (parallel->result_count == 0)
        status = gf_error_set(error, GF_USAGE, "nothing was run on any rank");
    else if (format == GF_FORMAT_JSON)
        status = gf_ranked_json(parallel, &to, error);
    else if (format == GF_FORMAT_CSV)
        status = all_hold(parallel) ? write_scaling(parallel, &to, error) : GF_OK;
    else
        status = write_for_people(parallel, &to, error);
    return gf_writer_end(&to, status, error);
}
