#include "bound/bound_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "problem/params.h"
#include "problem/problem.h"

#define MOST_CALLS 1e15

/* f64 at this share of f32's rate, or less, is a reason to offer f32. */
#define SLOW_F64 0.25

const char *gf_worth_name(gf_worth worth) {
    switch (worth) {
    case GF_WORTH_NOT:
        return "not-worth";
    case GF_WORTH_OPEN:
        return "open";
    case GF_WORTH_YES:
        return "worth";
    case GF_WORTH_UNKNOWN:
        break;
    }
    return NULL;
}

/* ---- The verdict ------------------------------------------------------- */

static gf_bound_ratio ratio_of(const gf_bounds *bounds, const gf_host_time *host) {
    return (gf_bound_ratio){bounds->worst > 0 ? host->low / bounds->worst : 0,
                            bounds->best > 0 ? host->high / bounds->best : 0};
}

/* Whether it can prove that a device is not worth it. A measured time that other programs disturbed
 * is too long, if anything; one that is predicted from such times may be wrong either way. */
static bool can_disprove(const gf_host_time *host) {
    return host->measured || !host->disturbed;
}

gf_worth gf_worth_of(const gf_bound *bound, const gf_host_time *host, gf_bound_ratio *ratio) {
    *ratio = (gf_bound_ratio){0, 0};
    if (!bound->possible || !host->known)
        return GF_WORTH_UNKNOWN;
    *ratio = ratio_of(&bound->total, host);
    if (ratio->at_best <= 1)
        return can_disprove(host) ? GF_WORTH_NOT : GF_WORTH_OPEN;
    return ratio->at_worst > 1 && !host->disturbed ? GF_WORTH_YES : GF_WORTH_OPEN;
}

/* Calls after which a build that takes `build_ns` is paid. */
static uint64_t calls_until_paid(double build_ns, double host_ns, double call_ns) {
    const double saved = host_ns - call_ns;
    if (saved <= 0 || build_ns / saved >= MOST_CALLS)
        return 0;
    return build_ns <= saved ? 1 : (uint64_t)ceil(build_ns / saved);
}

static void judge(const gf_bound_set *set, gf_bound_row *row) {
    const gf_host_time *host = &set->host;
    const gf_bound *bound = &row->bound;
    row->worth = gf_worth_of(bound, host, &row->ratio);
    if (row->worth == GF_WORTH_UNKNOWN)
        return;
    row->resident = ratio_of(&bound->kernel, host);
    row->pageable_flips = row->worth == GF_WORTH_YES && host->low <= bound->pageable.total.worst;
    row->pageable_not_worth =
        can_disprove(host) && row->worth > GF_WORTH_NOT && host->high <= bound->pageable.total.best;
    const gf_table_range *build = &set->tables->build_ns;
    row->calls[0] = calls_until_paid(build->low, host->high, bound->total.best);
    row->calls[1] = calls_until_paid(build->high, host->low, bound->total.worst);
}

/* ---- The same in f32 --------------------------------------------------- */

static bool is_slow_in_f64(const gf_model *model) {
    return gf_model_high(model, GF_MODEL_F64_ADD, 0) <=
           SLOW_F64 * gf_model_low(model, GF_MODEL_F32_ADD, 0);
}

/* NULL where there is no such problem: a side may be too large for f32. */
static gf_problem *in_f32(const gf_problem *problem) {
    gf_error unused = GF_ERROR_INIT;
    gf_params *params = NULL;
    gf_problem *made = NULL;
    if (gf_params_copy(problem->params, &params, &unused) == GF_OK &&
        gf_params_set(params, "precision", "f32", &unused) == GF_OK)
        (void)gf_problem_create(params, &made, &unused);
    gf_params_destroy(params);
    gf_error_clear(&unused);
    return made;
}

/* false: no model where it is possible. */
static bool bound_in_f32(gf_bound_set *set, const gf_problem *problem) {
    gf_problem *single = in_f32(problem);
    bool any = false;
    if (single == NULL)
        return false;
    gf_estimate estimate = gf_estimate_of(single);
    const gf_bound_request request = {set->tables, single, &estimate};
    for (size_t i = 0; i < set->models->count; i++) {
        gf_bound bound;
        gf_bound_row *row = &set->rows[i];
        if (!row->slow_f64)
            continue;
        gf_bound_of(&request, set->models->items[i], &bound);
        row->has_f32 = bound.possible;
        row->f32 = bound.total;
        any = any || row->has_f32;
    }
    gf_problem_destroy(single);
    return any;
}

gf_status gf_bound_set_add_f32(gf_bound_set *set, const gf_problem *problem, double operations,
                               const gf_context *context, gf_error *error) {
    bool any = false;
    for (size_t i = 0; i < set->models->count; i++) {
        set->rows[i].slow_f64 =
            problem->precision == GF_PRECISION_F64 && is_slow_in_f64(set->models->items[i]);
        any = any || set->rows[i].slow_f64;
    }
    if (!any || gf_params_text(problem->params, "precision") == NULL || !bound_in_f32(set, problem))
        return GF_OK;
    const gf_status status =
        gf_f64_difference_of(problem, operations, context, &set->f64_difference, error);
    set->has_f64_difference = status == GF_OK;
    if (status == GF_INTERRUPTED)
        return status;
    gf_error_clear(error); /* the bounds hold without it */
    return GF_OK;
}

/* ---- Making ------------------------------------------------------------ */

gf_status gf_bound_set_create(gf_models *models, gf_tables *tables, const gf_problem *problem,
                              gf_estimate *estimate, const gf_host_time *host, gf_bound_set **set,
                              gf_error *error) {
    gf_bound_set *made = calloc(1, sizeof *made);
    gf_bound_row *rows = calloc(models->count + 1, sizeof *rows);
    if (made == NULL || rows == NULL) {
        free(made);
        free(rows);
        gf_models_destroy(models);
        gf_tables_destroy(tables);
        return gf_error_no_memory(error, "bounds", (models->count + 1) * sizeof *rows);
    }
    *made = (gf_bound_set){.models = models, .tables = tables, .host = *host, .rows = rows};
    const gf_bound_request request = {tables, problem, estimate};
    for (size_t i = 0; i < models->count; i++) {
        gf_bound_of(&request, models->items[i], &rows[i].bound);
        judge(made, &rows[i]);
    }
    *set = made;
    return GF_OK;
}

void gf_bound_set_destroy(gf_bound_set *set) {
    if (set == NULL)
        return;
    gf_models_destroy(set->models);
    gf_tables_destroy(set->tables);
    free(set->rows);
    free(set);
}
