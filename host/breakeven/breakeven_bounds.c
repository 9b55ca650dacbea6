#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/entry.h"
#include "base/error.h"
#include "bound/bound_request.h"
#include "breakeven/bound_lines.h"
#include "breakeven/breakeven.h"
#include "problem/problem.h"

/* ---- The CPU ----------------------------------------------------------- */

static bool is_native(const gf_breakeven_series *series, size_t index, gf_basis basis) {
    return series->device_class == GF_CLASS_NATIVE && !series->modelled &&
           gf_breakeven_has(series, index, basis);
}

static double time_at(const gf_breakeven_series *series, size_t index, gf_basis basis) {
    const gf_breakeven_cell *cell = &series->cells[index];
    return basis == GF_MEASURED ? (double)cell->total.median_ns
                                : gf_prediction_best(&cell->prediction).value;
}

static gf_host_time host_of_series(const gf_breakeven_series *series, size_t index,
                                   gf_basis basis) {
    const gf_breakeven_cell *cell = &series->cells[index];
    const double ns = time_at(series, index, basis);
    gf_host_time host = {.known = true, .value = ns, .low = ns, .high = ns};
    snprintf(host.label, sizeof host.label, "%.95s", series->label);
    if (basis == GF_PREDICTED) {
        const gf_interval predicted = gf_prediction_best(&cell->prediction);
        host.low = predicted.low;
        host.high = predicted.high;
        host.disturbed = series->doubtful;
        gf_host_set_predicted_cores(&host, &cell->prediction, series->compute_units);
        return host;
    }
    host.measured = true;
    host.disturbed = cell->disturbed;
    host.cores = gf_host_cores(series->label, cell->threads);
    host.tried_cores = gf_host_cores(series->label, series->compute_units);
    return host;
}

/* The fastest native series on this basis. */
static gf_host_time host_on(const gf_breakeven *breakeven, const gf_bound_request *request,
                            size_t index, gf_basis basis) {
    gf_host_time host = {.known = false};
    double rate = 0;
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        if (!is_native(series, index, basis))
            continue;
        const gf_host_time offered = host_of_series(series, index, basis);
        gf_host_offer(&host, &offered);
        rate = fmax(rate, series->memory_rate);
    }
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        if (is_native(series, index, basis))
            gf_host_offer_single(&host, series->label, time_at(series, index, basis));
    }
    gf_host_set_memory(&host, request, rate);
    return host;
}

/* What was measured counts before what is predicted. */
static gf_host_time host_at(const gf_breakeven *breakeven, const gf_bound_request *request,
                            size_t index) {
    const gf_host_time measured = host_on(breakeven, request, index, GF_MEASURED);
    return measured.known ? measured : host_on(breakeven, request, index, GF_PREDICTED);
}

/* ---- Values ------------------------------------------------------------ */

static gf_status bound_value(const gf_breakeven *breakeven, const gf_bound_options *options,
                             gf_candidates *hosts, size_t index, gf_breakeven_bounds *bounds,
                             gf_error *error) {
    gf_problem *problem = NULL;
    const gf_status status = gf_problem_create(breakeven->params[index], &problem, error);
    if (status != GF_OK)
        return status;
    gf_estimate estimate = gf_estimate_of(problem);
    const gf_bound_request request = {bounds->tables, problem, &estimate};
    gf_host_time *host = &bounds->hosts[index];
    if (hosts != NULL) {
        gf_candidates_predict(hosts, problem, &estimate);
        *host = gf_host_predicted(&request, hosts, true);
    } else {
        *host = host_at(breakeven, &request, index);
    }
    gf_host_scale(host, options->host_cores);
    for (size_t i = 0; i < bounds->models->count; i++) {
        gf_bound_cell *cell = &bounds->lines[i].cells[index];
        gf_bound_of(&request, bounds->models->items[i], &cell->bound);
        cell->worth = gf_worth_of(&cell->bound, host, &cell->ratio);
    }
    gf_problem_destroy(problem);
    return GF_OK;
}

/* From the last value back, as long as it is worth it by the verdicts of these values. */
static void conclude(const gf_breakeven *breakeven, gf_bound_line *line) {
    const size_t count = breakeven->sweep.count;
    line->from_best = line->from_worst = count;
    while (line->from_best > 0 && line->cells[line->from_best - 1].worth >= GF_WORTH_OPEN)
        line->from_best--;
    while (line->from_worst > 0 && line->cells[line->from_worst - 1].worth == GF_WORTH_YES)
        line->from_worst--;
}

static gf_status fill(const gf_breakeven *breakeven, const gf_bound_options *options,
                      gf_candidates *hosts, gf_breakeven_bounds *bounds, gf_error *error) {
    gf_status status = GF_OK;
    bounds->lines = calloc(bounds->models->count + 1, sizeof *bounds->lines);
    if (bounds->lines == NULL)
        return gf_error_no_memory(error, "bounds", bounds->models->count * sizeof *bounds->lines);
    for (size_t i = 0; status == GF_OK && i < breakeven->sweep.count; i++)
        status = bound_value(breakeven, options, hosts, i, bounds, error);
    for (size_t i = 0; status == GF_OK && i < bounds->models->count; i++) {
        bounds->lines[i].model = bounds->models->items[i];
        conclude(breakeven, &bounds->lines[i]);
    }
    return status;
}

gf_status gf_breakeven_bound(gf_breakeven *breakeven, const gf_bound_options *options,
                             gf_error *error) {
    GF_ENTER(error);
    gf_bound_input input;
    gf_breakeven_bounds *made = NULL;
    if (breakeven->sweep.threads)
        return gf_error_set_parameter(error, GF_USAGE, "sweep",
                                      " threads: models have none; leave them out");
    gf_status status = gf_bound_input_read(options, breakeven->params[0], &input, error);
    if (status == GF_OK) {
        made = calloc(1, sizeof *made);
        status = made == NULL ? gf_error_no_memory(error, "bounds", sizeof *made) : GF_OK;
    }
    if (status == GF_OK) {
        made->models = input.models;
        made->tables = input.tables;
        snprintf(made->command, sizeof made->command, "%s",
                 options->command == NULL ? "" : options->command);
        input.models = NULL;
        input.tables = NULL;
        status = fill(breakeven, options, input.hosts, made, error);
    }
    gf_bound_input_clear(&input);
    if (status != GF_OK) {
        gf_breakeven_bounds_destroy(made);
        return status;
    }
    gf_breakeven_bounds_destroy(breakeven->bounds);
    breakeven->bounds = made;
    return GF_OK;
}
