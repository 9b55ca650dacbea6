#include "measure/reference/f64_difference.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"

/* What is compared as it is: the operations take half a second on one slow core, and so does making
 * inputs of so many bytes. */
#define MOST_OPERATIONS 2e9
#define MOST_BYTES      (UINT64_C(128) << 20)

/* A side, or a number, is not halved below this: so small a problem stands for no other. */
#define LEAST_VALUE 32

/* ---- Both references --------------------------------------------------- */

/* The whole reference of a problem with these parameters in another precision. The caller clears
 * the truth and destroys its problem, also after a failure. */
static gf_status make_truth(const gf_params *params, gf_precision precision, gf_truth *truth,
                            gf_error *error) {
    gf_params *changed = NULL;
    gf_status status = gf_params_copy(params, &changed, error);
    if (status == GF_OK)
        status = gf_params_set(changed, "precision", gf_precision_choices[precision], error);
    if (status == GF_OK)
        status = gf_problem_create(changed, &truth->problem, error);
    if (status == GF_OK)
        status = gf_truth_make_inputs(truth, error);
    if (status == GF_OK)
        status = gf_truth_make_reference(truth, error);
    gf_params_destroy(changed);
    return status;
}

static void destroy_truth(gf_truth *truth) {
    if (truth->problem == NULL)
        return;
    gf_truth_clear(truth);
    gf_problem_destroy(truth->problem);
}

static void compare(const gf_truth *f32, const gf_truth *f64, gf_f64_difference *difference) {
    const gf_buffer_spec *spec = &f64->problem->buffers[f64->problem->result];
    const size_t count = spec->rows * spec->cols * spec->components;
    gf_compare_numbers(f32->problem->buffers[f32->problem->result].type, f32->reference, spec->type,
                       f64->reference, count, &difference->difference);
    for (size_t i = 0; i < count; i++) {
        const double magnitude = fabs(gf_element(spec->type, f64->reference, i));
        if (magnitude > difference->largest && isfinite(magnitude))
            difference->largest = magnitude;
    }
}

gf_status gf_f64_difference_of_truth(const gf_truth *truth, gf_f64_difference *difference,
                                     gf_error *error) {
    gf_truth f64 = {.context = truth->context, .ask_device = truth->ask_device};
    const gf_status status = make_truth(truth->problem->params, GF_PRECISION_F64, &f64, error);
    *difference = (gf_f64_difference){.largest = 0};
    if (status == GF_OK)
        compare(truth, &f64, difference);
    destroy_truth(&f64);
    return status;
}

/* ---- A smaller problem ------------------------------------------------- */

static bool is_cheap(const gf_problem *problem, double operations) {
    return operations <= MOST_OPERATIONS && gf_problem_bytes(problem) <= MOST_BYTES;
}

/* Half of each side of a size, half of a number; false: nothing that can be halved. */
static bool format_half(const gf_params *params, const gf_param *row, char *text, size_t size) {
    if (row->type == GF_PARAM_SIZE) {
        size_t width = 0, height = 0;
        gf_params_size(params, row->name, &width, &height);
        snprintf(text, size, "%zux%zu", width / 2, height / 2);
        return width / 2 >= LEAST_VALUE && height / 2 >= LEAST_VALUE;
    }
    if (row->type != GF_PARAM_UINT)
        return false;
    const uint64_t half = gf_params_uint(params, row->name) / 2;
    snprintf(text, size, "%" PRIu64, half);
    return half >= LEAST_VALUE;
}

/* The same problem with half of one parameter; NULL: there is none, or it has no smaller buffers.
 */
static gf_problem *halved(const gf_problem *problem, const gf_param *row) {
    gf_error unused = GF_ERROR_INIT;
    gf_params *params = NULL;
    gf_problem *made = NULL;
    char half[48];
    if (format_half(problem->params, row, half, sizeof half) &&
        gf_params_copy(problem->params, &params, &unused) == GF_OK &&
        gf_params_set(params, row->name, half, &unused) == GF_OK)
        (void)gf_problem_create(params, &made, &unused);
    gf_params_destroy(params);
    gf_error_clear(&unused);
    if (made == NULL || gf_problem_bytes(made) < gf_problem_bytes(problem))
        return made;
    gf_problem_destroy(made);
    return NULL;
}

/* The first parameter with a part in the size of the buffers: with less of it each element is
 * computed for as long as before, and its error grows as before. NULL: there is none. */
static const gf_param *row_of_size(const gf_problem *problem) {
    const gf_workload *workload = problem->workload;
    for (uint32_t i = 0; i < workload->param_count; i++) {
        gf_problem *made = halved(problem, &workload->params[i]);
        gf_problem_destroy(made);
        if (made != NULL)
            return &workload->params[i];
    }
    return NULL;
}

/* *smaller NULL: it is cheap as it is. Owned by the caller, also after a failure. */
static gf_status make_cheap(const gf_problem *problem, double operations,
                            gf_f64_difference *difference, gf_problem **smaller, gf_error *error) {
    const double share = operations / fmax(problem->cost.operations, 1); /* of the upper bound */
    if (is_cheap(problem, operations))
        return GF_OK;
    const gf_param *row = row_of_size(problem);
    const gf_problem *now = problem;
    while (row != NULL && !is_cheap(now, now->cost.operations * share)) {
        gf_problem *next = halved(now, row);
        gf_problem_destroy(*smaller);
        now = *smaller = next;
        row = next == NULL ? NULL : row;
    }
    if (row == NULL)
        return gf_error_set(error, GF_UNSUPPORTED,
                            "computing %s in both precisions takes too long here",
                            problem->workload->name);
    snprintf(difference->at, sizeof difference->at, "%s %s", row->name,
             gf_params_text(now->params, row->name));
    return GF_OK;
}

gf_status gf_f64_difference_of(const gf_problem *problem, double operations,
                               const gf_context *context, gf_f64_difference *difference,
                               gf_error *error) {
    gf_truth f32 = {.context = *context}, f64 = {.context = *context};
    gf_problem *smaller = NULL;
    *difference = (gf_f64_difference){.largest = 0};
    if (gf_params_text(problem->params, "precision") == NULL ||
        gf_reference_kernel(problem) == NULL)
        return gf_error_set(error, GF_UNSUPPORTED, "%s has no CPU kernel in both precisions",
                            problem->workload->name);
    gf_status status = make_cheap(problem, operations, difference, &smaller, error);
    const gf_params *params = smaller == NULL ? problem->params : smaller->params;
    if (status == GF_OK)
        status = make_truth(params, GF_PRECISION_F32, &f32, error);
    if (status == GF_OK)
        status = make_truth(params, GF_PRECISION_F64, &f64, error);
    if (status == GF_OK)
        compare(&f32, &f64, difference);
    destroy_truth(&f32);
    destroy_truth(&f64);
    gf_problem_destroy(smaller);
    return status;
}

/* ---- In words ---------------------------------------------------------- */

void gf_f64_difference_format(const gf_f64_difference *difference, char *text, size_t size) {
    const gf_difference *elements = &difference->difference;
    const double most = elements->max_abs_error;
    gf_text to = gf_text_in(text, size);
    if (elements->compared == 1 && elements->mismatches == 1)
        gf_text_add(&to, "the result differs from that of f64");
    else
        gf_text_add(&to, "%" PRIu64 " of %" PRIu64 " elements differ from those of f64",
                    elements->mismatches, elements->compared);
    if (most > 0)
        gf_text_add(&to, ", by up to %.3g", most);
    if (most > 0 && difference->largest > 0)
        gf_text_add(&to, ", %.2g of the largest", most / difference->largest);
}
