#include "breakeven/breakeven.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/ranking.h"
#include "base/array.h"
#include "base/cancel.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "bound/host_time.h"
#include "breakeven/bound_lines.h"
#include "device/chip.h"
#include "predict/candidates_create.h"
#include "problem/params.h"
#include "problem/problem.h"

const char *gf_basis_name(gf_basis basis) {
    return basis == GF_MEASURED ? "measured" : "predicted";
}

/* ---- Making ------------------------------------------------------------ */

/* Prefixes an error with the value at which it occurred. */
static gf_status name_value(const gf_sweep *sweep, size_t index, gf_error *error) {
    snprintf(error->parameter, sizeof error->parameter, "sweep");
    return gf_error_prefix(error, "sweep %s, at %s", sweep->param->name, sweep->values[index].text);
}

static gf_status check_value(gf_breakeven *breakeven, size_t index, const gf_params *params,
                             gf_error *error) {
    const gf_sweep *sweep = &breakeven->sweep;
    gf_problem *problem = NULL;
    gf_status status = gf_sweep_params(sweep, index, params, &breakeven->params[index], error);
    if (status == GF_OK)
        status = gf_problem_create(breakeven->params[index], &problem, error);
    if (status != GF_OK)
        return name_value(sweep, index, error);
    breakeven->footprints[index] = gf_problem_bytes(problem);
    if (index + 1 == sweep->count)
        breakeven->problem = problem;
    else
        gf_problem_destroy(problem);
    return GF_OK;
}

/* Every value is checked before any of them runs. `params` may be changed. */
static gf_status check_values(gf_breakeven *breakeven, gf_params *params, gf_error *error) {
    char note[160] = "";
    gf_status status = gf_sweep_make_room(&breakeven->sweep, params, note, sizeof note, error);
    if (status == GF_OK && note[0] != '\0')
        status = gf_notes_add(&breakeven->notes, error, "%s", note);
    for (size_t i = 0; status == GF_OK && i < breakeven->sweep.count; i++)
        status = check_value(breakeven, i, params, error);
    return status;
}

gf_status gf_breakeven_create(const gf_params *params, const char *sweep, gf_breakeven **breakeven,
                              gf_error *error) {
    GF_ENTER(error);
    gf_params *copy = NULL;
    gf_breakeven *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a sweep", sizeof *made);
    gf_status status = gf_sweep_parse(gf_params_workload(params), sweep, &made->sweep, error);
    if (status == GF_OK)
        status = gf_sweep_check_free(&made->sweep, params, error);
    if (status == GF_OK)
        status = gf_params_copy(params, &copy, error);
    if (status == GF_OK)
        status = check_values(made, copy, error);
    gf_params_destroy(copy);
    if (status == GF_OK)
        *breakeven = made;
    else
        gf_breakeven_destroy(made);
    return status;
}

void gf_breakeven_destroy(gf_breakeven *breakeven) {
    if (breakeven == NULL)
        return;
    for (size_t s = 0; s < breakeven->series_count; s++) {
        for (size_t i = 0; i < GF_SWEEP_MAX; i++)
            free(breakeven->series[s]->cells[i].totals.ns);
        free(breakeven->series[s]);
    }
    for (size_t i = 0; i < GF_SWEEP_MAX; i++)
        gf_params_destroy(breakeven->params[i]);
    gf_notes_clear(&breakeven->notes);
    gf_notes_clear(&breakeven->not_used);
    gf_problem_destroy(breakeven->problem);
    free(breakeven->series);
    free(breakeven->thresholds);
    gf_breakeven_bounds_destroy(breakeven->bounds);
    gf_error_clear(&breakeven->failed);
    free(breakeven);
}

const char *gf_breakeven_parameter(const gf_breakeven *breakeven) {
    return breakeven->sweep.param->name;
}

size_t gf_breakeven_value_count(const gf_breakeven *breakeven) {
    return breakeven->sweep.count;
}

const char *gf_breakeven_value(const gf_breakeven *breakeven, size_t index) {
    return index < breakeven->sweep.count ? breakeven->sweep.values[index].text : NULL;
}

const gf_params *gf_breakeven_params(const gf_breakeven *breakeven, size_t index) {
    return index < breakeven->sweep.count ? breakeven->params[index] : NULL;
}

uint32_t gf_breakeven_threads(const gf_breakeven *breakeven, size_t index) {
    const gf_sweep *sweep = &breakeven->sweep;
    return sweep->threads && index < sweep->count ? (uint32_t)sweep->values[index].number : 0;
}

/* Finds the series of a label, or adds it. */
static gf_status series_of(gf_breakeven *breakeven, const char *label, gf_breakeven_series **series,
                           gf_error *error) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        *series = breakeven->series[s];
        if (strcmp((*series)->label, label) == 0)
            return GF_OK;
    }
    const gf_status status = gf_array_grow(&breakeven->series, breakeven->series_count,
                                           sizeof *breakeven->series, error);
    if (status != GF_OK)
        return status;
    *series = calloc(1, sizeof **series);
    if (*series == NULL)
        return gf_error_no_memory(error, "the times of a device", sizeof **series);
    snprintf((*series)->label, sizeof(*series)->label, "%s", label);
    breakeven->series[breakeven->series_count++] = *series;
    return GF_OK;
}

static void take_device(gf_breakeven_series *series, const gf_device_info *info) {
    series->device_class = info->device_class;
    snprintf(series->device_id, sizeof series->device_id, "%s", info->id);
    snprintf(series->driver, sizeof series->driver, "%s", info->driver != NULL ? info->driver : "");
    series->compute_units = info->compute_units;
    snprintf(series->chip, sizeof series->chip, "%s", info->chip != NULL ? info->chip : "");
}

/* ---- Measuring --------------------------------------------------------- */

/* Replaces what an earlier run left at the value. */
static gf_status keep_times(const gf_result *result, gf_breakeven_cell *cell, gf_error *error) {
    const gf_samples *totals = gf_result_schedule(result) == GF_SCHEDULE_PIPELINED
                                   ? &result->ledger.pipelined
                                   : &result->ledger.phases[GF_PHASE_TOTAL];
    free(cell->totals.ns);
    cell->totals = (gf_samples){0};
    cell->schedule = gf_result_schedule(result);
    cell->serial_ns = gf_result_median_ns(result, GF_PHASE_TOTAL);
    cell->pipelined_ns = (double)result->pipelined.median_ns;
    cell->cost = gf_call_cost_of_result(result);
    cell->warm_build_ns = result->build_known ? gf_result_median_ns(result, GF_PHASE_BUILD) : 0;
    cell->ran = true;
    cell->outcome = result->outcome;
    cell->disturbed = gf_result_is_disturbed(result);
    cell->threads = gf_result_threads(result);
    snprintf(cell->reason, sizeof cell->reason, "%.*s", (int)sizeof cell->reason - 1,
             result->error.text);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && cell->outcome == GF_OUTCOME_OK && i < totals->count;
         i++)
        status = gf_samples_add(&cell->totals, totals->ns[i], error);
    cell->total = gf_samples_statistics(&cell->totals);
    return status;
}

static gf_status measure_target(gf_breakeven *breakeven, size_t index, gf_comparison *comparison,
                                const gf_target *target, gf_error *error) {
    const gf_result *result = NULL;
    gf_breakeven_series *series = NULL;
    gf_status status = gf_comparison_run(comparison, target, &result, error);
    if (status == GF_OK)
        status = gf_comparison_raise_ceilings(comparison, result, error);
    if (status == GF_OK)
        status = series_of(breakeven, result->label, &series, error);
    if (status != GF_OK)
        return status;
    const gf_device_info *info = &result->device->info;
    take_device(series, info);
    snprintf(series->kind, sizeof series->kind, "%s", info->kind);
    snprintf(series->name, sizeof series->name, "%s", info->name);
    status = gf_device_note_limits(info, &breakeven->notes, error);
    return status == GF_OK ? keep_times(result, &series->cells[index], error) : status;
}

/* Keeps the first of the worst failures. */
static void keep_failure(gf_breakeven *breakeven, size_t index, const gf_comparison *comparison) {
    gf_error failure = GF_ERROR_INIT, *kept = &breakeven->failed;
    const gf_status status = gf_comparison_status(comparison, &failure);
    if (gf_status_severity(status) > gf_status_severity(kept->status)) {
        name_value(&breakeven->sweep, index, &failure);
        gf_error_clear(kept);
        *kept = failure;
    } else {
        gf_error_clear(&failure);
    }
}

/* A session may be closed before the report. */
static gf_status keep_warnings(gf_breakeven *breakeven, const gf_session *session,
                               gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < gf_session_warning_count(session); i++)
        status = gf_notes_add(&breakeven->not_used, error, "%s", gf_session_warning(session, i));
    return status;
}

gf_status gf_breakeven_measure(gf_breakeven *breakeven, size_t index, gf_session *session,
                               const gf_target_list *targets, const gf_run_options *options,
                               gf_error *error) {
    GF_ENTER(error);
    const gf_sweep *sweep = &breakeven->sweep;
    if (index >= sweep->count)
        return gf_error_set_parameter(error, GF_USAGE, "sweep", " %s: has no value %zu; it has %zu",
                                      sweep->param->name, index, sweep->count);
    const gf_run_options given = gf_run_options_or_defaults(options);
    gf_comparison *comparison = NULL;
    gf_status status = keep_warnings(breakeven, session, error);
    if (status == GF_OK)
        status =
            gf_comparison_create(session, breakeven->params[index], &given, &comparison, error);
    for (size_t i = 0; status == GF_OK && i < targets->count; i++)
        status = measure_target(breakeven, index, comparison, &targets->targets[i], error);
    if (status == GF_OK)
        keep_failure(breakeven, index, comparison);
    gf_comparison_destroy(comparison);
    return status;
}

/* ---- Predicting -------------------------------------------------------- */

/* A modelled device is shown with the variant that is fastest at the last value; with all of them
 * if none can run there. */
static bool is_shown(const gf_candidates *candidates, const gf_rank_rows *last, size_t index) {
    if (candidates->items[index].device != NULL)
        return true;
    const size_t fastest = gf_rank_fastest_of(last, last->at(last, index).device);
    return fastest == last->count || fastest == index;
}

static gf_status series_of_candidate(gf_breakeven *breakeven, const gf_candidate *candidate,
                                     gf_breakeven_series **series, gf_error *error) {
    const gf_status status = series_of(breakeven, candidate->label, series, error);
    if (status != GF_OK)
        return status;
    (*series)->modelled = candidate->device == NULL;
    (*series)->device_class = candidate->device_class;
    (*series)->doubtful = gf_candidate_is_disturbed(candidate, breakeven->params[0]);
    if (candidate->profile != NULL && candidate->device_class == GF_CLASS_NATIVE)
        (*series)->memory_rate = gf_host_memory_rate(candidate->profile);
    if (candidate->device != NULL)
        take_device(*series, &candidate->device->info);
    snprintf((*series)->name, sizeof(*series)->name, "%s", candidate->name);
    snprintf((*series)->kind, sizeof(*series)->kind, "%s",
             candidate->profile != NULL  ? candidate->profile->kind
             : candidate->device != NULL ? candidate->device->info.kind
                                         : "");
    return GF_OK;
}

/* A bound is no point of a curve. */
static gf_prediction without_bound(const gf_prediction *prediction) {
    gf_prediction kept = *prediction;
    if (prediction->possible && prediction->bound) {
        char most[24];
        kept.possible = false;
        gf_format_ns(gf_prediction_best(prediction).high, most, sizeof most);
        snprintf(kept.why_not, sizeof kept.why_not,
                 "sampling the work took too long; the round trip takes %s at most", most);
    }
    return kept;
}

/* `predictions`: those of all candidates at the first value, then at the next. */
static gf_status keep_predictions(gf_breakeven *breakeven, const gf_candidates *candidates,
                                  const gf_prediction *predictions, gf_error *error) {
    const size_t count = candidates->count, last = breakeven->sweep.count - 1;
    const gf_rank_rows rows = gf_rank_rows_of_candidates(candidates, &predictions[last * count]);
    gf_status status = GF_OK;
    for (size_t c = 0; status == GF_OK && c < count; c++) {
        gf_breakeven_series *series = NULL;
        if (!is_shown(candidates, &rows, c))
            continue;
        status = series_of_candidate(breakeven, &candidates->items[c], &series, error);
        for (size_t i = 0; status == GF_OK && i <= last; i++) {
            series->cells[i].asked = true;
            series->cells[i].prediction = without_bound(&predictions[i * count + c]);
        }
    }
    return status;
}

static gf_status add_candidate_notes(gf_breakeven *breakeven, const gf_candidates *candidates,
                                     gf_error *error) {
    char caution[512];
    gf_status status = GF_OK;
    if (gf_candidates_caution(candidates, breakeven->params[0], caution, sizeof caution))
        status = gf_notes_add(&breakeven->notes, error, "%s", caution);
    for (size_t i = 0; status == GF_OK && i < candidates->notes.count; i++)
        status = gf_notes_add(&breakeven->notes, error, "%s", candidates->notes.lines[i]);
    return status;
}

gf_status gf_breakeven_add_predictions(gf_breakeven *breakeven, const gf_candidates *candidates,
                                       const volatile sig_atomic_t *cancel, gf_error *error) {
    const size_t count = candidates->count;
    const size_t total = breakeven->sweep.count * count + 1;
    gf_prediction *predictions = calloc(total, sizeof *predictions);
    if (predictions == NULL)
        return gf_error_no_memory(error, "predictions", total * sizeof *predictions);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < breakeven->sweep.count; i++) {
        status = gf_candidates_predict_values(candidates, breakeven->params[i],
                                              &predictions[i * count], error);
        if (status == GF_OK && gf_cancelled(cancel))
            status = gf_error_interrupted(error);
    }
    if (status == GF_OK)
        status = add_candidate_notes(breakeven, candidates, error);
    if (status == GF_OK)
        status = keep_predictions(breakeven, candidates, predictions, error);
    free(predictions);
    return status;
}

gf_status gf_breakeven_predict(gf_breakeven *breakeven, gf_session *session,
                               const gf_target_list *targets, const char *device_model,
                               const gf_run_options *options, gf_error *error) {
    GF_ENTER(error);
    if (breakeven->sweep.threads)
        return gf_error_set_parameter(error, GF_USAGE, "sweep",
                                      " threads: measured, not predicted; leave predictions out");
    gf_candidates *candidates = NULL;
    const gf_run_options given = gf_run_options_or_defaults(options);
    const gf_context context = {session, &given};
    gf_status status = keep_warnings(breakeven, session, error);
    if (status == GF_OK)
        status = gf_candidates_create(&context, breakeven->params[0], targets, device_model,
                                      &candidates, error);
    if (status == GF_OK)
        status = gf_breakeven_add_predictions(breakeven, candidates, given.cancel, error);
    gf_candidates_destroy(candidates);
    return status;
}

/* ---- How long measuring takes ------------------------------------------ */

/* Round trips of one device at one value, which take `ns` each, both schedules together. */
static double seconds_of_trips(double ns, const gf_run_options *options) {
    const double for_time = options->min_time_s / (ns * 1e-9);
    const double most = fmax(options->max_samples, options->repeat);
    const double samples = fmin(fmax(for_time, options->repeat), most);
    return (fmax(options->warmup, 1) + samples) * ns * 1e-9;
}

/* The reference takes about as long as a round trip of the slowest device. */
static double seconds_at(const gf_breakeven *breakeven, size_t value, const gf_run_options *options,
                         bool *all_predicted) {
    double seconds = 0, slowest_ns = 0;
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        const gf_prediction *prediction = &series->cells[value].prediction;
        if (series->modelled)
            continue;
        if (gf_breakeven_has(series, value, GF_PREDICTED)) {
            const double serial_ns = prediction->phases[GF_PHASE_TOTAL].value;
            seconds += seconds_of_trips(serial_ns + prediction->pipelined.value, options);
            slowest_ns = fmax(slowest_ns, serial_ns);
        } else {
            seconds += options->min_time_s;
            *all_predicted = false;
        }
    }
    return seconds + slowest_ns * 1e-9;
}

double gf_breakeven_seconds(const gf_breakeven *breakeven, const gf_target_list *targets,
                            const gf_run_options *options, bool *at_least) {
    const gf_run_options given = gf_run_options_or_defaults(options);
    const size_t count = breakeven->sweep.count;
    bool all_predicted = breakeven->series_count > 0;
    double seconds = 0;
    for (size_t i = 0; i < count; i++)
        seconds += seconds_at(breakeven, i, &given, &all_predicted);
    *at_least = !all_predicted;
    return breakeven->series_count > 0 ? seconds
                                       : (double)count * (double)targets->count * given.min_time_s;
}

/* ---- Reading ----------------------------------------------------------- */

bool gf_breakeven_has(const gf_breakeven_series *series, size_t index, gf_basis basis) {
    const gf_breakeven_cell *cell = &series->cells[index];
    return basis == GF_MEASURED ? cell->total.count > 0 : cell->asked && cell->prediction.possible;
}

bool gf_breakeven_has_any(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                          gf_basis basis) {
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        if (gf_breakeven_has(series, i, basis))
            return true;
    }
    return false;
}

static gf_call_cost cost_at(const gf_breakeven_cell *cell, gf_basis basis) {
    if (basis == GF_PREDICTED)
        return cell->asked ? gf_call_cost_of_prediction(&cell->prediction)
                           : (gf_call_cost){.known = false};
    return cell->disturbed ? (gf_call_cost){.known = false} : cell->cost;
}

uint64_t gf_breakeven_ahead_after(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                                  size_t index, gf_basis basis) {
    const gf_call_cost own = cost_at(&series->cells[index], basis);
    uint64_t most = 0;
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *rival = breakeven->series[s];
        if (rival == series || gf_breakeven_share_chip(rival, series) ||
            !gf_breakeven_has(rival, index, basis))
            continue;
        const gf_call_cost other = cost_at(&rival->cells[index], basis);
        const uint64_t calls = gf_calls_until_ahead(&own, &other);
        if (calls == 0)
            return 0;
        most = calls > most ? calls : most;
    }
    return most;
}

/* Variants of one device stay rivals, of which the user may choose one. */
bool gf_breakeven_share_chip(const gf_breakeven_series *a, const gf_breakeven_series *b) {
    const gf_device_info of_a = {.device_class = a->device_class, .chip = a->chip};
    const gf_device_info of_b = {.device_class = b->device_class, .chip = b->chip};
    return gf_chip_is_shared(&of_a, &of_b) && strcmp(a->device_id, b->device_id) != 0;
}

bool gf_breakeven_has_model(const gf_breakeven *breakeven) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        if (breakeven->series[s]->modelled)
            return true;
    }
    return false;
}

bool gf_breakeven_is_disturbed(const gf_breakeven *breakeven, const gf_breakeven_series *series) {
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        if (series->cells[i].disturbed)
            return true;
    }
    return false;
}

bool gf_breakeven_gpu_evidence(const gf_breakeven *breakeven) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        if (series->device_class == GF_CLASS_GPU &&
            gf_breakeven_has_any(breakeven, series, GF_MEASURED))
            return true;
    }
    return false;
}

size_t gf_breakeven_result_count(const gf_breakeven *breakeven) {
    return breakeven->series_count;
}

bool gf_breakeven_get_result(const gf_breakeven *breakeven, size_t index,
                             gf_breakeven_result *result) {
    if (index >= breakeven->series_count)
        return false;
    const gf_breakeven_series *series = breakeven->series[index];
    *result = (gf_breakeven_result){.label = series->label,
                                    .name = series->name,
                                    .kind = series->kind,
                                    .modelled = series->modelled};
    for (size_t i = 0; i < breakeven->threshold_count; i++) {
        const gf_breakeven_threshold *threshold = &breakeven->thresholds[i];
        if (threshold->series != index || threshold->rival != GF_ALL_RIVALS)
            continue;
        result->concluded[threshold->basis] = true;
        result->thresholds[threshold->basis] = threshold->crossover;
    }
    return true;
}

static const gf_breakeven_cell *cell_at(const gf_breakeven *breakeven, size_t index, size_t value) {
    return index < breakeven->series_count && value < breakeven->sweep.count
               ? &breakeven->series[index]->cells[value]
               : NULL;
}

gf_statistics gf_breakeven_time(const gf_breakeven *breakeven, size_t index, size_t value) {
    const gf_breakeven_cell *cell = cell_at(breakeven, index, value);
    return cell == NULL ? (gf_statistics){.count = 0} : cell->total;
}

double gf_breakeven_predicted_ns(const gf_breakeven *breakeven, size_t index, size_t value) {
    const gf_breakeven_cell *cell = cell_at(breakeven, index, value);
    return cell != NULL && gf_breakeven_has(breakeven->series[index], value, GF_PREDICTED)
               ? gf_prediction_best(&cell->prediction).value
               : 0;
}

gf_status gf_breakeven_status(const gf_breakeven *breakeven, gf_error *error) {
    GF_ENTER(error);
    const gf_error *failed = &breakeven->failed;
    if (failed->status == GF_OK)
        return GF_OK;
    gf_error_set_native(error, failed->status, failed->native_code, failed->native_name, "%s",
                        failed->text);
    memcpy(error->parameter, failed->parameter, sizeof error->parameter);
    gf_error_set_log(error, failed->log);
    return failed->status;
}
