#include "analyse/divergence.h"

#include <stdlib.h>

#include "base/entry.h"
#include "base/error.h"
#include "measure/comparison.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "stats/sort.h"

/* One problem in both orders, ready to run. */
typedef struct order_pair {
    gf_params *params[GF_ORDERS];
    gf_comparison *comparisons[GF_ORDERS];
} order_pair;

gf_reorder gf_divergence_reorder(const gf_workload *workload) {
    const gf_reorder of_rows = {workload->permutable, "in order", "shuffled"};
    return workload->reorder != NULL ? *workload->reorder : of_rows;
}

gf_status gf_divergence_check(const gf_params *params, gf_error *error) {
    const gf_workload *workload = gf_params_workload(params);
    const gf_reorder *reorder = workload->reorder;
    if (reorder == NULL && workload->permutable != NULL)
        return GF_OK;
    if (reorder == NULL)
        return gf_error_set_parameter(
            error, GF_USAGE, "permute",
            ": the items of %s can't be taken in another order; leave "
            "it out%s",
            workload->name,
            workload->path == NULL ? "" : ", or name a permutable input in the manifest");
    if (gf_params_is_set(params, reorder->param))
        return gf_error_set_parameter(error, GF_USAGE, reorder->param,
                                      " %s: measuring divergence sets it to %s and %s in turn; "
                                      "leave it out",
                                      gf_params_text(params, reorder->param), reorder->coherent,
                                      reorder->shuffled);
    return GF_OK;
}

gf_status gf_comparison_check_permute(const gf_comparison *comparison, gf_error *error) {
    GF_ENTER(error);
    return gf_divergence_check(comparison->problem->params, error);
}

/* Samples and seconds of one round. */
static gf_run_options round_options(const gf_run_options *options) {
    gf_run_options one = *options;
    one.repeat = (options->repeat + GF_DIVERGENCE_ROUNDS - 1) / GF_DIVERGENCE_ROUNDS;
    one.max_samples = (options->max_samples + GF_DIVERGENCE_ROUNDS - 1) / GF_DIVERGENCE_ROUNDS;
    one.min_time_s = options->min_time_s / GF_DIVERGENCE_ROUNDS;
    one.search = false;
    one.pipeline = false;
    return one;
}

static void close_orders(order_pair *pair) {
    for (int order = 0; order < GF_ORDERS; order++) {
        gf_comparison_destroy(pair->comparisons[order]);
        gf_params_destroy(pair->params[order]);
    }
}

/* Also makes the estimates that the prediction needs, before anything runs. */
static gf_status open_orders(const gf_context *context, const gf_params *params, order_pair *pair,
                             gf_divergence *divergence, gf_error *error) {
    const gf_reorder *reorder = divergence->workload->reorder;
    const gf_run_options one = round_options(context->options);
    for (int order = 0; order < GF_ORDERS; order++) {
        gf_status status = gf_params_copy(params, &pair->params[order], error);
        if (status == GF_OK && reorder != NULL)
            status = gf_params_set(
                pair->params[order], reorder->param,
                order == GF_ORDER_COHERENT ? reorder->coherent : reorder->shuffled, error);
        if (status == GF_OK)
            status = gf_comparison_create(context->session, pair->params[order], &one,
                                          &pair->comparisons[order], error);
        if (status != GF_OK)
            return status;
        pair->comparisons[order]->problem->shuffled = reorder == NULL && order == GF_ORDER_SHUFFLED;
        divergence->estimates[order] = gf_estimate_of(pair->comparisons[order]->problem);
        gf_estimate_lane_groups(&divergence->estimates[order]);
    }
    return GF_OK;
}

/* A group takes as long as its longest item, so the kernel's time is work / efficiency; both orders
 * have the same work. */
static void predict_row(gf_divergence *divergence, gf_divergence_row *row) {
    if (row->lanes.rows * row->lanes.cols == 0 || !divergence->work_is_known)
        return;
    for (int order = 0; order < GF_ORDERS; order++)
        row->efficiency[order] =
            gf_estimate_efficiency(&divergence->estimates[order], row->lanes).value;
    row->predicted = row->efficiency[GF_ORDER_COHERENT] / row->efficiency[GF_ORDER_SHUFFLED];
}

/* Whether the rows of the result came in the order of the input's, as the workload says. Both
 * references are there once both orders have run. false: *row did not. */
static bool rows_are_permuted(const order_pair *pair, size_t *row) {
    const gf_truth *coherent = &pair->comparisons[GF_ORDER_COHERENT]->truth;
    const gf_truth *shuffled = &pair->comparisons[GF_ORDER_SHUFFLED]->truth;
    const gf_buffer_spec *spec = &coherent->problem->buffers[coherent->problem->result];
    const size_t rows = coherent->problem->permutable_rows;
    const gf_permutation order = gf_problem_shuffle(rows);
    const size_t row_bytes = spec->bytes / rows;
    if (coherent->reference == NULL || shuffled->reference == NULL)
        return true;
    for (size_t i = 0; i < rows; i++) {
        gf_difference difference = {0, 0, 0};
        gf_compare_within(spec->type,
                          (const char *)coherent->reference +
                              gf_permutation_at(&order, i) * row_bytes,
                          (const char *)shuffled->reference + i * row_bytes,
                          row_bytes / gf_type_size(spec->type), &coherent->tolerance, &difference);
        if (difference.mismatches > 0 && coherent->tolerance.differing_share <= 0) {
            *row = i;
            return false;
        }
    }
    return true;
}

/* Sorts the times, whose indices are order and round. */
static void summarize_rounds(double ns[GF_ORDERS][GF_DIVERGENCE_ROUNDS], gf_divergence_row *row) {
    double ratios[GF_DIVERGENCE_ROUNDS];
    for (int i = 0; i < GF_DIVERGENCE_ROUNDS; i++)
        ratios[i] = ns[GF_ORDER_SHUFFLED][i] / ns[GF_ORDER_COHERENT][i];
    row->measured = gf_sort_median(ratios, GF_DIVERGENCE_ROUNDS);
    row->low = ratios[0];
    row->high = ratios[GF_DIVERGENCE_ROUNDS - 1];
    for (int order = 0; order < GF_ORDERS; order++)
        row->kernel_ns[order] = gf_sort_median(ns[order], GF_DIVERGENCE_ROUNDS);
}

/* false: there is no usable time; the row has the reason. */
static bool take_result(const gf_result *result, gf_divergence_row *row, double *kernel_ns) {
    *kernel_ns = gf_result_median_ns(result, GF_PHASE_KERNEL);
    row->outcome = result->outcome;
    row->lanes = result->lanes;
    snprintf(row->reason, sizeof row->reason, "%s", result->error.text);
    if (row->outcome == GF_OUTCOME_OK && *kernel_ns <= 0) {
        row->outcome = GF_OUTCOME_FAILED;
        snprintf(row->reason, sizeof row->reason, "its kernel is too short for its clock");
    }
    return row->outcome == GF_OUTCOME_OK;
}

static gf_status measure_row(gf_divergence *divergence, const order_pair *pair,
                             const gf_target *target, gf_divergence_row *row, gf_error *error) {
    double ns[GF_ORDERS][GF_DIVERGENCE_ROUNDS];
    row->device_class = target->device->info.device_class;
    snprintf(row->label, sizeof row->label, "%s:%s", target->device->info.id,
             gf_comparison_best_variant(pair->comparisons[0], target));
    for (int i = 0; i < GF_DIVERGENCE_ROUNDS; i++) {
        for (int order = 0; order < GF_ORDERS; order++) {
            const gf_result *result = NULL;
            const gf_status status =
                gf_comparison_run(pair->comparisons[order], target, &result, error);
            if (status != GF_OK)
                return status;
            if (!take_result(result, row, &ns[order][i]))
                return GF_OK;
        }
    }
    size_t wrong = 0;
    if (divergence->workload->reorder == NULL && !rows_are_permuted(pair, &wrong)) {
        row->outcome = GF_OUTCOME_MISMATCH;
        snprintf(row->reason, sizeof row->reason,
                 "the rows of the result don't come in the order of those of %s: row %zu is "
                 "another one; it is not permutable",
                 divergence->workload->permutable, wrong);
        return GF_OK;
    }
    predict_row(divergence, row);
    summarize_rounds(ns, row);
    divergence->gpu_took_part = divergence->gpu_took_part || row->device_class == GF_CLASS_GPU;
    return GF_OK;
}

static gf_status create_divergence(const gf_params *params, size_t count,
                                   gf_divergence **divergence, gf_error *error) {
    gf_divergence *made = calloc(1, sizeof *made);
    gf_divergence_row *rows = calloc(count + 1, sizeof *rows);
    if (made == NULL || rows == NULL) {
        free(made);
        free(rows);
        return gf_error_no_memory(error, "a measurement of divergence", (count + 1) * sizeof *rows);
    }
    *made = (gf_divergence){.workload = gf_params_workload(params), .rows = rows};
    made->work_is_known = made->workload->sample_work != NULL || made->workload->row_work != NULL;
    *divergence = made;
    return GF_OK;
}

gf_status gf_divergence_measure(const gf_context *context, const gf_params *params,
                                const gf_target_list *targets, gf_divergence **divergence,
                                gf_error *error) {
    gf_divergence *made = NULL;
    order_pair pair = {{NULL}, {NULL}};
    gf_status status = gf_divergence_check(params, error);
    if (status == GF_OK)
        status = create_divergence(params, targets->count, &made, error);
    if (status == GF_OK)
        status = open_orders(context, params, &pair, made, error);
    for (size_t i = 0; status == GF_OK && i < targets->count; i++) {
        made->count = i + 1;
        status = measure_row(made, &pair, &targets->targets[i], &made->rows[i], error);
    }
    close_orders(&pair);
    if (status == GF_OK)
        *divergence = made;
    else
        gf_divergence_destroy(made);
    return status;
}

void gf_divergence_destroy(gf_divergence *divergence) {
    if (divergence == NULL)
        return;
    free(divergence->rows);
    free(divergence);
}

gf_status gf_divergence_status(const gf_divergence *divergence, gf_error *error) {
    const gf_divergence_row *worst = NULL, *lacking = NULL;
    bool any_ok = false;
    for (size_t i = 0; i < divergence->count; i++) {
        const gf_divergence_row *row = &divergence->rows[i];
        any_ok = any_ok || row->outcome == GF_OUTCOME_OK;
        lacking = row->outcome == GF_OUTCOME_UNSUPPORTED ? row : lacking;
        if (row->outcome == GF_OUTCOME_MISMATCH ||
            (row->outcome == GF_OUTCOME_FAILED && worst == NULL))
            worst = row;
    }
    if (worst != NULL)
        return gf_error_set(error, worst->outcome == GF_OUTCOME_MISMATCH ? GF_MISMATCH : GF_FAILED,
                            "%s: %s", worst->label, worst->reason);
    if (any_ok)
        return GF_OK;
    if (lacking != NULL)
        return gf_error_set(error, GF_UNSUPPORTED, "%s: %s", lacking->label, lacking->reason);
    return gf_error_set(error, GF_NO_DEVICE, "nothing ran");
}
