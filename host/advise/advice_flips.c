#include "advise/advice_flips.h"

#include <inttypes.h>
#include <stdlib.h>

#include "advise/advice_verdict.h"
#include "advise/flip_search.h"
#include "analyse/ranking.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/text.h"
#include "problem/params.h"

/* The search over the values of one parameter. */
typedef struct param_scan {
    const gf_candidates *candidates;
    const volatile sig_atomic_t *cancel;
    gf_text unchanged;
    gf_params *params;          /* a copy, changed at each evaluation */
    gf_prediction *predictions; /* one for each candidate, of the latest evaluation */
    const gf_param *param;
    uint64_t now;    /* the present value; of a size, its width */
    uint64_t height; /* of a size */
    uint64_t least, most;
} param_scan;

/* ---- Values of a parameter --------------------------------------------- */

static uint64_t at_least_min(const param_scan *scan, double value) {
    return value < scan->param->min ? (uint64_t)scan->param->min : (uint64_t)(value + 0.5);
}

/* A size keeps its shape. The present value is not changed. */
static void format_value(const param_scan *scan, uint64_t value, char *text, size_t size) {
    if (scan->param->type == GF_PARAM_SIZE)
        snprintf(text, size, "%" PRIu64 "x%" PRIu64, value,
                 at_least_min(scan, (double)value * (double)scan->height / (double)scan->now));
    else
        snprintf(text, size, "%" PRIu64,
                 scan->param->typical != NULL && value != scan->now ? scan->param->typical(value)
                                                                    : value);
}

/* false: the parameter is neither a size nor a whole number, or out of its range. */
static bool set_range(param_scan *scan, const gf_problem *problem, const gf_param *param) {
    scan->param = param;
    scan->least = param->min < 1 ? 1 : (uint64_t)param->min;
    scan->most = gf_param_uint_max(param);
    scan->height = 0;
    if (param->type == GF_PARAM_SIZE) {
        size_t width = 0, height = 0;
        gf_params_size(problem->params, param->name, &width, &height);
        scan->now = width;
        scan->height = height;
    } else if (param->type == GF_PARAM_UINT) {
        scan->now = gf_params_uint(problem->params, param->name);
    } else {
        return false;
    }
    if (param->limited_by != NULL) {
        scan->most = gf_params_uint(problem->params, param->limited_by);
        scan->now = scan->now == 0 ? scan->most : scan->now; /* 0 stands for all */
    }
    return scan->now >= scan->least && scan->now <= scan->most;
}

/* ---- Evaluating -------------------------------------------------------- */

/* The first candidate of a chip stands for it: another variant or another driver is no flip. */
static size_t chip_of(const gf_candidates *candidates, size_t index) {
    const gf_rank_rows rows = gf_rank_rows_of_candidates(candidates, NULL);
    return gf_rank_first_like(&rows, index);
}

/* The verdict at a value; some device can run it, and its work is known. */
static gf_status verdict_at(param_scan *scan, uint64_t value, gf_advice_verdict *verdict,
                            gf_error *error) {
    char text[48];
    format_value(scan, value, text, sizeof text);
    if (gf_cancelled(scan->cancel))
        return gf_error_interrupted(error);
    gf_status status = gf_params_set(scan->params, scan->param->name, text, error);
    if (status == GF_OK)
        status =
            gf_candidates_predict_values(scan->candidates, scan->params, scan->predictions, error);
    if (status != GF_OK)
        return status;
    *verdict = gf_advice_judge(scan->candidates, scan->predictions);
    if (verdict->kind == GF_ADVICE_NONE || verdict->kind == GF_ADVICE_BOUND)
        return gf_error_set_parameter(error, GF_UNSUPPORTED, scan->param->name, " %s: %s", text,
                                      verdict->kind == GF_ADVICE_NONE ? "no device can run it"
                                                                      : "its work is only bounded");
    return GF_OK;
}

static gf_status chip_at(void *context, uint64_t value, size_t *winner, gf_error *error) {
    param_scan *scan = context;
    gf_advice_verdict verdict;
    const gf_status status = verdict_at(scan, value, &verdict, error);
    if (status == GF_OK)
        *winner = chip_of(scan->candidates, verdict.ranking.winner);
    return status;
}

/* ---- Searching --------------------------------------------------------- */

static gf_status add_flip(param_scan *scan, const gf_flip_search *found, gf_flips *flips,
                          gf_error *error) {
    if (flips->count == GF_MAX_FLIPS)
        return GF_OK;
    gf_advice_verdict verdict = {.kind = GF_ADVICE_NONE};
    const gf_status status = verdict_at(scan, found->value, &verdict, error);
    if (status != GF_OK)
        return status;
    gf_flip *flip = &flips->items[flips->count++];
    flip->param = scan->param->name;
    flip->upwards = found->value > scan->now;
    flip->winner = verdict.ranking.winner;
    flip->too_close = verdict.kind == GF_ADVICE_TOO_CLOSE;
    format_value(scan, scan->now, flip->now, sizeof flip->now);
    format_value(scan, found->value, flip->value, sizeof flip->value);
    return GF_OK;
}

static void add_unchanged(param_scan *scan, uint64_t low, uint64_t high) {
    char from[48], to[48];
    format_value(scan, low, from, sizeof from);
    format_value(scan, high, to, sizeof to);
    gf_text_add(&scan->unchanged, "%s%s from %s to %s", scan->unchanged.used == 0 ? "" : ", ",
                scan->param->name, from, to);
}

static gf_status search_param(param_scan *scan, size_t present, gf_flips *flips, gf_error *error) {
    gf_flip_search down, up;
    gf_status status =
        gf_flip_search_find(chip_at, scan, scan->now, present, scan->least, &down, error);
    if (status == GF_OK)
        status = gf_flip_search_find(chip_at, scan, scan->now, present, scan->most, &up, error);
    if (status == GF_OK && down.found)
        status = add_flip(scan, &down, flips, error);
    if (status == GF_OK && up.found)
        status = add_flip(scan, &up, flips, error);
    if (status == GF_OK && !down.found && !up.found && down.reached != up.reached)
        add_unchanged(scan, down.reached, up.reached);
    return status;
}

static gf_status search_all(param_scan *scan, const gf_problem *problem, size_t present,
                            gf_flips *flips, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->workload->param_count; i++) {
        if (!set_range(scan, problem, &problem->workload->params[i]))
            continue;
        status = search_param(scan, present, flips, error);
        const char *name = problem->workload->params[i].name;
        if (status == GF_OK) /* back to the present value, for the next parameter */
            status =
                gf_params_set(scan->params, name, gf_params_text(problem->params, name), error);
    }
    return status;
}

gf_status gf_flips_find(const gf_candidates *candidates, const gf_problem *problem,
                        const volatile sig_atomic_t *cancel, gf_flips *flips, gf_error *error) {
    *flips = (gf_flips){.count = 0};
    const gf_advice_verdict verdict = gf_advice_judge(candidates, NULL);
    const size_t present = verdict.ranking.winner;
    if (verdict.kind == GF_ADVICE_NONE || verdict.kind == GF_ADVICE_BOUND ||
        verdict.kind == GF_ADVICE_UNMEASURED)
        return GF_OK;
    param_scan scan = {.candidates = candidates,
                       .cancel = cancel,
                       .unchanged = gf_text_in(flips->unchanged, sizeof flips->unchanged)};
    scan.predictions = calloc(candidates->count, sizeof *scan.predictions);
    if (scan.predictions == NULL)
        return gf_error_no_memory(error, "predictions",
                                  candidates->count * sizeof *scan.predictions);
    gf_status status = gf_params_copy(problem->params, &scan.params, error);
    if (status == GF_OK)
        status = search_all(&scan, problem, chip_of(candidates, present), flips, error);
    gf_params_destroy(scan.params);
    free(scan.predictions);
    return status;
}

void gf_flip_format(const gf_candidates *candidates, const gf_flip *flip, char *text, size_t size) {
    snprintf(text, size, "with %s %s or %s (now %s) %s %s", flip->param, flip->value,
             flip->upwards ? "more" : "less", flip->now, candidates->items[flip->winner].label,
             flip->too_close ? "has the smallest predicted total" : "wins");
}
