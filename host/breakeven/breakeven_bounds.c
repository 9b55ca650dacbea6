#include <stdio.h>
#include <stdlib.h>

#include "base/entry.h"
#include "base/error.h"
#include "bound/bound_request.h"
#include "breakeven/bound_lines.h"
#include "breakeven/breakeven.h"
#include "problem/problem.h"

/* ---- The CPU ----------------------------------------------------------- */

/* The fastest native series, by its measurement if it has one, else by its prediction. */
static gf_host_time host_at(const gf_breakeven *breakeven, size_t index) {
    gf_host_time host = {0};
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        const bool measured = gf_breakeven_has(series, index, GF_MEASURED);
        if (series->device_class != GF_CLASS_NATIVE || series->modelled ||
            (!measured && !gf_breakeven_has(series, index, GF_PREDICTED)))
            continue;
        const gf_interval predicted = gf_prediction_best(&series->cells[index].prediction);
        const double median = (double)series->cells[index].total.median_ns;
        const double ns = measured ? median : predicted.value;
        if (host.known && ns >= host.value)
            continue;
        host = (gf_host_time){.known = true,
                              .measured = measured,
                              .disturbed = measured && series->cells[index].disturbed,
                              .value = ns,
                              .low = measured ? median : predicted.low,
                              .high = measured ? median : predicted.high,
                              .cores = gf_host_cores(series->label, series->compute_units)};
        snprintf(host.label, sizeof host.label, "%.95s", series->label);
    }
    return host;
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
        *host = host_at(breakeven, index);
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

/* From the last value back, as long as it is worth it. */
static void conclude(const gf_breakeven *breakeven, gf_bound_line *line) {
    const size_t count = breakeven->sweep.count;
    line->from_best = line->from_worst = count;
    while (line->from_best > 0 && line->cells[line->from_best - 1].ratio.at_best > 1)
        line->from_best--;
    while (line->from_worst > 0 && line->cells[line->from_worst - 1].ratio.at_worst > 1)
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
