#include "breakeven/breakeven.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "device/session.h"
#include "problem/params.h"
#include "problem/problem.h"

static const char *const basis_names[GF_BASES] = {"measured", "predicted"};

const char *gf_basis_name(gf_basis basis) {
    return basis_names[basis];
}

/* ---- Making ------------------------------------------------------------ */

/* The value is in front of what is wrong with it. */
static gf_status name_value(const gf_sweep *sweep, size_t index, gf_error *trouble,
                            gf_error *error) {
    const gf_status status =
        gf_error_set(error, trouble->status, "--sweep %s, at %s: %s", sweep->param->name,
                     sweep->values[index].text, trouble->text);
    gf_error_clear(trouble);
    return status;
}

static gf_status check_value(gf_breakeven *breakeven, size_t index, const gf_params *params,
                             gf_error *error) {
    const gf_sweep *sweep = &breakeven->sweep;
    gf_error trouble = GF_ERROR_INIT;
    gf_problem *problem = NULL;
    gf_status status = gf_sweep_values(sweep, index, params, &breakeven->params[index], &trouble);
    if (status == GF_OK)
        status = gf_problem_create(breakeven->params[index], &problem, &trouble);
    if (status != GF_OK)
        return name_value(sweep, index, &trouble, error);
    breakeven->footprints[index] = gf_problem_bytes(problem);
    if (index + 1 == sweep->count)
        breakeven->problem = problem;
    else
        gf_problem_destroy(problem);
    return GF_OK;
}

gf_status gf_breakeven_create(const gf_sweep *sweep, const gf_params *params,
                              gf_breakeven **breakeven, gf_error *error) {
    gf_breakeven *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a sweep", sizeof *made);
    made->sweep = *sweep;
    gf_params *own = NULL;
    char note[160] = "";
    gf_status status = gf_sweep_check_free(sweep, params, error);
    if (status == GF_OK)
        status = gf_params_copy(params, &own, error);
    if (status == GF_OK)
        status = gf_sweep_make_room(sweep, own, note, sizeof note, error);
    if (status == GF_OK && note[0] != '\0')
        status = gf_notes_add(&made->notes, error, "%s", note);
    for (size_t i = 0; status == GF_OK && i < sweep->count; i++)
        status = check_value(made, i, own, error);
    gf_params_destroy(own);
    if (status != GF_OK) {
        gf_breakeven_destroy(made);
        return status;
    }
    *breakeven = made;
    return GF_OK;
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
    gf_problem_destroy(breakeven->problem);
    free(breakeven->series);
    free(breakeven->thresholds);
    gf_error_clear(&breakeven->failed);
    free(breakeven);
}

/* The series of this label, made when there is none yet; NULL without memory. */
static gf_breakeven_series *series_of(gf_breakeven *breakeven, const char *label, gf_error *error) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        if (strcmp(breakeven->series[s]->label, label) == 0)
            return breakeven->series[s];
    }
    gf_breakeven_series *made = calloc(1, sizeof *made);
    if (made == NULL || gf_array_grow(&breakeven->series, breakeven->series_count,
                                      sizeof *breakeven->series, NULL) != GF_OK) {
        free(made);
        gf_error_no_memory(error, "the times of a device", sizeof *made);
        return NULL;
    }
    snprintf(made->label, sizeof made->label, "%s", label);
    breakeven->series[breakeven->series_count++] = made;
    return made;
}

/* ---- Measuring --------------------------------------------------------- */

static gf_status keep_times(const gf_result *result, gf_breakeven_cell *cell, gf_error *error) {
    const gf_samples *totals = &result->ledger.phases[GF_PHASE_TOTAL];
    cell->ran = true;
    cell->outcome = result->outcome;
    snprintf(cell->reason, sizeof cell->reason, "%.*s", (int)sizeof cell->reason - 1,
             result->error.text);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && cell->outcome == GF_OUTCOME_OK && i < totals->count;
         i++)
        status = gf_samples_add(&cell->totals, totals->ns[i], error);
    cell->total = gf_samples_statistics(&cell->totals);
    return status;
}

static gf_status measure_choice(gf_breakeven *breakeven, size_t index, gf_comparison *comparison,
                                const gf_target *target, gf_error *error) {
    const gf_result *result = NULL;
    gf_status status = gf_comparison_run(comparison, target, &result, error);
    if (status != GF_OK)
        return status;
    gf_breakeven_series *series = series_of(breakeven, result->label, error);
    if (series == NULL)
        return GF_FAILED;
    const gf_device_info *info = &result->device->info;
    series->device_class = info->device_class;
    snprintf(series->kind, sizeof series->kind, "%s", info->kind);
    snprintf(series->name, sizeof series->name, "%s", info->name);
    return keep_times(result, &series->cells[index], error);
}

/* A wrong result outranks whatever else was wrong first. */
static void keep_status(gf_breakeven *breakeven, size_t index, const gf_comparison *comparison) {
    gf_error trouble = GF_ERROR_INIT;
    const gf_status status = gf_comparison_status(comparison, &trouble);
    if (status == GF_OK)
        return;
    if (breakeven->failed.status == GF_OK ||
        (status == GF_MISMATCH && breakeven->failed.status != GF_MISMATCH))
        name_value(&breakeven->sweep, index, &trouble, &breakeven->failed);
    gf_error_clear(&trouble);
}

gf_status gf_breakeven_measure(gf_breakeven *breakeven, size_t index, gf_session *session,
                               const gf_target_list *targets, const gf_run_options *options,
                               gf_error *error) {
    gf_comparison *comparison = NULL;
    gf_status status =
        gf_comparison_create(session, breakeven->params[index], options, &comparison, error);
    for (size_t i = 0; status == GF_OK && i < targets->count; i++)
        status = measure_choice(breakeven, index, comparison, &targets->targets[i], error);
    if (status == GF_OK)
        keep_status(breakeven, index, comparison);
    gf_comparison_destroy(comparison);
    return status;
}

/* ---- Predicting -------------------------------------------------------- */

/* Of the variants of a modelled device, the first that none other is predicted faster than at the
 * last value. */
static bool is_best_variant(const gf_candidates *candidates, const gf_prediction *predictions,
                            size_t index) {
    const gf_candidate *own = &candidates->items[index];
    for (size_t i = 0; own->device == NULL && i < candidates->count; i++) {
        if (candidates->items[i].profile != own->profile || i == index || !predictions[i].possible)
            continue;
        const double other_ns = predictions[i].phases[GF_PHASE_TOTAL].value;
        const double own_ns = predictions[index].phases[GF_PHASE_TOTAL].value;
        if (!predictions[index].possible || other_ns < own_ns || (other_ns == own_ns && i < index))
            return false;
    }
    return true;
}

static gf_breakeven_series *series_of_contender(gf_breakeven *breakeven,
                                                const gf_candidate *candidate, gf_error *error) {
    gf_breakeven_series *series = series_of(breakeven, candidate->label, error);
    if (series == NULL)
        return NULL;
    series->modelled = candidate->device == NULL;
    series->device_class = candidate->device_class;
    snprintf(series->name, sizeof series->name, "%s", candidate->name);
    if (candidate->profile != NULL)
        snprintf(series->kind, sizeof series->kind, "%s", candidate->profile->kind);
    else if (candidate->device != NULL)
        snprintf(series->kind, sizeof series->kind, "%s", candidate->device->info.kind);
    return series;
}

/* predictions[value * count + candidate]. */
static gf_status keep_predictions(gf_breakeven *breakeven, const gf_candidates *candidates,
                                  const gf_prediction *predictions, gf_error *error) {
    const size_t count = candidates->count, last = breakeven->sweep.count - 1;
    for (size_t c = 0; c < count; c++) {
        if (!is_best_variant(candidates, &predictions[last * count], c))
            continue;
        gf_breakeven_series *series = series_of_contender(breakeven, &candidates->items[c], error);
        if (series == NULL)
            return GF_FAILED;
        for (size_t i = 0; i <= last; i++) {
            series->cells[i].asked = true;
            series->cells[i].prediction = predictions[i * count + c];
        }
    }
    return GF_OK;
}

gf_status gf_breakeven_predict(gf_breakeven *breakeven, const gf_candidates *candidates,
                               const volatile sig_atomic_t *cancel, gf_error *error) {
    const size_t count = candidates->count;
    gf_prediction *predictions = calloc(breakeven->sweep.count * count + 1, sizeof *predictions);
    if (predictions == NULL)
        return gf_error_no_memory(error, "predictions", count * sizeof *predictions);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < breakeven->sweep.count; i++) {
        status = gf_candidates_predict_values(candidates, breakeven->params[i],
                                              &predictions[i * count], error);
        if (status == GF_OK && cancel != NULL && *cancel != 0)
            status = gf_error_set(error, GF_INTERRUPTED, "interrupted");
    }
    char caution[512];
    if (status == GF_OK &&
        gf_candidates_caution(candidates, breakeven->params[0], caution, sizeof caution))
        status = gf_notes_add(&breakeven->notes, error, "%s", caution);
    for (size_t i = 0; status == GF_OK && i < candidates->notes.count; i++)
        status = gf_notes_add(&breakeven->notes, error, "%s", candidates->notes.lines[i]);
    if (status == GF_OK)
        status = keep_predictions(breakeven, candidates, predictions, error);
    free(predictions);
    return status;
}

/* ---- What is there ----------------------------------------------------- */

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

bool gf_breakeven_gpu_evidence(const gf_breakeven *breakeven) {
    for (size_t s = 0; s < breakeven->series_count; s++) {
        const gf_breakeven_series *series = breakeven->series[s];
        if (series->device_class == GF_CLASS_GPU &&
            gf_breakeven_has_any(breakeven, series, GF_MEASURED))
            return true;
    }
    return false;
}

gf_status gf_breakeven_status(const gf_breakeven *breakeven, gf_error *error) {
    if (breakeven->failed.status == GF_OK)
        return GF_OK;
    return gf_error_set(error, breakeven->failed.status, "%s", breakeven->failed.text);
}
