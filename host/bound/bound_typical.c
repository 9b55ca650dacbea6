#include "bound/bound_typical.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "bound/bound_text.h"
#include "problem/problem.h"

/* The work is known once a result is verified; so is the efficiency of lane groups, if items
 * differ. Else both are sampled. */
static gf_estimate estimate_of(const gf_comparison *comparison) {
    const gf_problem *problem = comparison->problem;
    if (problem->workload->sample_work == NULL || !comparison->has_efficiency)
        return gf_estimate_of(problem);
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        if (result->outcome == GF_OUTCOME_OK && result->work > 0)
            return gf_estimate_of_result(problem, result->work, comparison->efficiency);
    }
    return gf_estimate_of(problem);
}

static gf_status find_models(const gf_tables *tables, gf_models **models, gf_error *error) {
    gf_models *made = calloc(1, sizeof *made);
    gf_status status = made == NULL ? gf_error_no_memory(error, "models", sizeof *made) : GF_OK;
    for (size_t i = 0; status == GF_OK && i < tables->typical_count; i++) {
        gf_model *model = NULL;
        status = gf_model_find(tables->typical[i], &model, error);
        if (status == GF_OK)
            status = gf_models_add(made, model, error);
    }
    if (status == GF_OK)
        *models = made;
    else
        gf_models_destroy(made);
    return status;
}

gf_status gf_bound_set_typical(const gf_comparison *comparison, gf_bound_set **set,
                               gf_error *error) {
    const gf_host_time host = gf_host_measured(comparison);
    gf_tables *tables = NULL;
    gf_models *models = NULL;
    *set = NULL;
    /* Bounds are of whole problems. */
    if (!host.known || comparison->saving.state.first_step > 0)
        return GF_OK;
    gf_status status = gf_tables_create(&tables, error);
    if (status == GF_OK)
        status = find_models(tables, &models, error);
    if (status != GF_OK) {
        gf_tables_destroy(tables);
        return status;
    }
    gf_estimate estimate = estimate_of(comparison);
    return gf_bound_set_create(models, tables, comparison->problem, &estimate, &host, set, error);
}

void gf_bound_format_typical(const gf_bound_set *set, char *text, size_t size) {
    char host[320], low[16], high[16];
    gf_text to = gf_text_in(text, size);
    gf_host_format(&set->host, host, sizeof host);
    gf_text_add(&to, "bounds from data sheets, not measured, against %s:", host);
    for (size_t i = 0; i < set->models->count; i++) {
        const gf_bound_row *row = &set->rows[i];
        gf_text_add(&to, "%s %s ", i == 0 ? "" : ",", row->bound.model->name);
        if (row->worth == GF_WORTH_UNKNOWN) {
            gf_text_add(&to, "not at all, %s", row->bound.why_not);
            continue;
        }
        gf_format_factor(row->ratio.at_worst, low, sizeof low);
        gf_format_factor(row->ratio.at_best, high, sizeof high);
        gf_text_add(&to, "%s to %s times as fast", low, high);
    }
}
