#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "advise/advice.h"
#include "advise/advice_flips.h"
#include "advise/flip_search.h"
#include "base/error.h"
#include "problem/params.h"

/* One parameter under change. */
typedef struct scan {
    const gf_candidates *candidates;
    gf_params *values;          /* a copy, changed at each evaluation */
    gf_prediction *predictions; /* one for each candidate */
    const gf_param *param;
    const volatile sig_atomic_t *cancel;
    uint64_t now;    /* the present value; of a size, its width */
    uint64_t height; /* of a size */
    uint64_t least, most;
} scan;

/* ---- Values of a parameter --------------------------------------------- */

static uint64_t within(const scan *s, double value) {
    return value < s->param->min ? (uint64_t)s->param->min : (uint64_t)(value + 0.5);
}

/* A size keeps its shape. */
static void value_text(const scan *s, uint64_t value, char *text, size_t size) {
    if (s->param->type == GF_PARAM_SIZE)
        snprintf(text, size, "%" PRIu64 "x%" PRIu64, value,
                 within(s, (double)value * (double)s->height / (double)s->now));
    else
        snprintf(text, size, "%" PRIu64, value);
}

/* false: the parameter is not one to change. */
static bool set_range(scan *s, const gf_problem *problem, const gf_param *param) {
    s->param = param;
    s->least = param->min < 1 ? 1 : (uint64_t)param->min;
    s->most = param->max < 0x1p63 ? (uint64_t)param->max : UINT64_C(1) << 63;
    s->height = 0;
    if (param->type == GF_PARAM_SIZE) {
        size_t width = 0, height = 0;
        gf_params_size(problem->params, param->name, &width, &height);
        s->now = width;
        s->height = height;
    } else if (param->type == GF_PARAM_UINT) {
        s->now = gf_params_uint(problem->params, param->name);
    } else {
        return false;
    }
    if (param->limited_by != NULL) {
        s->most = gf_params_uint(problem->params, param->limited_by);
        s->now = s->now == 0 ? s->most : s->now; /* 0 stands for all */
    }
    return s->now >= s->least && s->now <= s->most;
}

/* ---- Evaluating -------------------------------------------------------- */

/* Candidates of one device count as one: the first of them stands for all. */
static size_t device_of(const gf_candidates *candidates, size_t index) {
    for (size_t i = 0; i < index; i++) {
        if (candidates->items[i].profile == candidates->items[index].profile)
            return i;
    }
    return index;
}

/* The candidate that wins at a value. */
static gf_status fastest_at(scan *s, uint64_t value, size_t *fastest, gf_error *error) {
    char text[48];
    value_text(s, value, text, sizeof text);
    if (s->cancel != NULL && *s->cancel != 0)
        return gf_error_set(error, GF_INTERRUPTED, "interrupted");
    gf_status status = gf_params_set(s->values, s->param->name, text, error);
    if (status == GF_OK)
        status = gf_candidates_predict_values(s->candidates, s->values, s->predictions, error);
    if (status != GF_OK)
        return status;
    *fastest = gf_candidates_fastest(s->candidates, s->predictions, NULL);
    if (*fastest == s->candidates->count)
        return gf_error_set(error, GF_UNSUPPORTED, "no device can run --%s %s", s->param->name,
                            text);
    return GF_OK;
}

static gf_status device_at(void *context, uint64_t value, size_t *winner, gf_error *error) {
    scan *s = context;
    const gf_status status = fastest_at(s, value, winner, error);
    if (status == GF_OK)
        *winner = device_of(s->candidates, *winner);
    return status;
}

/* ---- Searching --------------------------------------------------------- */

static gf_status add_flip(scan *s, const gf_flip_search *point, gf_flips *flips, gf_error *error) {
    if (flips->count == GF_MAX_FLIPS)
        return GF_OK;
    gf_flip *flip = &flips->items[flips->count];
    const gf_status status = fastest_at(s, point->value, &flip->winner, error);
    if (status != GF_OK)
        return status;
    gf_ranking ranking;
    gf_rank(s->candidates, s->predictions, &ranking);
    flip->too_close = ranking.kind == GF_ADVICE_TOO_CLOSE;
    flip->param = s->param->name;
    flip->upwards = point->value > s->now;
    value_text(s, s->now, flip->now, sizeof flip->now);
    value_text(s, point->value, flip->value, sizeof flip->value);
    flips->count++;
    return GF_OK;
}

static void add_unchanged(const scan *s, uint64_t low, uint64_t high, gf_flips *flips) {
    char from[48], to[48];
    const size_t used = strlen(flips->unchanged);
    value_text(s, low, from, sizeof from);
    value_text(s, high, to, sizeof to);
    snprintf(flips->unchanged + used, sizeof flips->unchanged - used, "%s--%s from %s to %s",
             used == 0 ? "" : ", ", s->param->name, from, to);
}

static gf_status search(scan *s, size_t present, gf_flips *flips, gf_error *error) {
    gf_flip_search down, up;
    gf_status status = gf_flip_search_find(device_at, s, s->now, present, s->least, &down, error);
    if (status == GF_OK)
        status = gf_flip_search_find(device_at, s, s->now, present, s->most, &up, error);
    if (status == GF_OK && down.found)
        status = add_flip(s, &down, flips, error);
    if (status == GF_OK && up.found)
        status = add_flip(s, &up, flips, error);
    if (status == GF_OK && !down.found && !up.found && down.reached != up.reached)
        add_unchanged(s, down.reached, up.reached, flips);
    return status;
}

static gf_status search_all(scan *s, const gf_problem *problem, size_t present, gf_flips *flips,
                            gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->workload->param_count; i++) {
        if (!set_range(s, problem, &problem->workload->params[i]))
            continue;
        status = search(s, present, flips, error);
        const char *name = problem->workload->params[i].name;
        if (status == GF_OK) /* the others are varied with this one as it is */
            status = gf_params_set(s->values, name, gf_params_text(problem->params, name), error);
    }
    return status;
}

gf_status gf_flips_find(const gf_candidates *candidates, const gf_problem *problem,
                        const volatile sig_atomic_t *cancel, gf_flips *flips, gf_error *error) {
    memset(flips, 0, sizeof *flips);
    const size_t present = gf_candidates_fastest(candidates, NULL, NULL);
    if (present == candidates->count)
        return GF_OK;
    scan s = {.candidates = candidates, .cancel = cancel};
    s.predictions = calloc(candidates->count, sizeof *s.predictions);
    if (s.predictions == NULL)
        return gf_error_no_memory(error, "predictions", candidates->count * sizeof *s.predictions);
    gf_status status = gf_params_copy(problem->params, &s.values, error);
    if (status == GF_OK)
        status = search_all(&s, problem, device_of(candidates, present), flips, error);
    gf_params_destroy(s.values);
    free(s.predictions);
    return status;
}

void gf_flip_format(const gf_candidates *candidates, const gf_flip *flip, char *text, size_t size) {
    snprintf(text, size, "with --%s %s or %s (now %s) %s %s", flip->param, flip->value,
             flip->upwards ? "more" : "less", flip->now, candidates->items[flip->winner].label,
             flip->too_close ? "has the smallest predicted total" : "wins");
}
