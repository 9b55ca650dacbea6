#include "user/user_problem.h"

#include <stdio.h>

#include "base/error.h"
#include "manifest/evaluate.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/traffic.h"
#include "user/user.h"

/* ---- Buffers ----------------------------------------------------------- */

/* Rows are the first of several dimensions. A buffer of one dimension is one row, unless its
 * elements are declared independent. */
static gf_status add_buffer(gf_problem *problem, uint32_t index, const gf_manifest_values *values,
                            gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    const gf_manifest_buffer *buffer = &manifest->buffers[index];
    gf_shape shape;
    gf_status status = gf_manifest_shape(manifest, index, values, &shape, error);
    if (status == GF_OK)
        status = gf_manifest_offsets(manifest, index, values, error);
    if (status != GF_OK)
        return status;
    const size_t rows =
        shape.dimensions > 1 || manifest->independent_rows > 0 ? shape.extents[0] : 1;
    return gf_problem_add_buffer(problem, buffer->name, buffer->access, buffer->type,
                                 buffer->components, rows, shape.elements / rows, error);
}

static gf_status set_permutable_rows(gf_problem *problem, const gf_manifest_values *values,
                                     gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    gf_shape input, result;
    gf_status status = gf_manifest_shape(manifest, manifest->permutable, values, &input, error);
    if (status == GF_OK)
        status = gf_manifest_shape(manifest, manifest->result, values, &result, error);
    if (status != GF_OK)
        return status;
    problem->permutable_rows = input.extents[0];
    if (result.extents[0] == input.extents[0])
        return GF_OK;
    return gf_error_set(
        error, GF_USAGE, "%s: permutable: %s has %zu rows and the result %s %zu; give both as many",
        manifest->path, manifest->buffers[manifest->permutable].name, input.extents[0],
        manifest->buffers[manifest->result].name, result.extents[0]);
}

static gf_status add_buffers(gf_problem *problem, const gf_manifest_values *values,
                             gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < manifest->buffer_count; i++)
        status = add_buffer(problem, i, values, error);
    if (status == GF_OK && manifest->permutable != GF_NO_BUFFER)
        status = set_permutable_rows(problem, values, error);
    problem->result = manifest->result;
    problem->has_pair = manifest->partner != GF_NO_BUFFER;
    problem->partner = problem->has_pair ? manifest->partner : 0;
    return status;
}

/* ---- Costs ------------------------------------------------------------- */

static double steps_of(const gf_problem *problem) {
    return problem->steps == 0 ? 1 : (double)problem->steps;
}

/* Each buffer that moves between host and device is taken to move between memory and processor
 * once in each step. */
static double bytes_of_buffers(const gf_problem *problem) {
    double bytes = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        bytes += gf_goes_up(spec->access) ? (double)spec->bytes : 0;
        bytes += gf_comes_down(spec->access) ? (double)spec->bytes : 0;
    }
    return bytes * steps_of(problem);
}

/* The expression's value, above 0, or `otherwise` without one. */
static gf_status cost_of(const gf_problem *problem, const gf_expression *expression,
                         const char *what, const gf_manifest_values *values, double otherwise,
                         double *cost, gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    *cost = otherwise;
    if (expression == NULL)
        return GF_OK;
    const gf_status status = gf_manifest_real(manifest, expression, what, values, cost, error);
    if (status != GF_OK || *cost > 0)
        return status;
    return gf_error_set(error, GF_USAGE,
                        "%s: %s = %s is %g with these parameters; it must be above 0",
                        manifest->path, what, gf_expression_text(expression), *cost);
}

static gf_status set_costs(gf_problem *problem, const gf_manifest_values *values, gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    const double items = (double)result->rows * (double)result->cols * steps_of(problem);
    gf_cost *cost = &problem->cost;
    gf_status status = cost_of(problem, manifest->work, "work", values, items, &cost->work, error);
    if (status == GF_OK)
        status = cost_of(problem, manifest->operations, "operations", values, cost->work,
                         &cost->operations, error);
    if (status == GF_OK)
        status = cost_of(problem, manifest->bytes, "bytes", values, bytes_of_buffers(problem),
                         &cost->bytes, error);
    return status;
}

/* ---- Steps -------------------------------------------------------------- */

static gf_status check_steps(const gf_problem *problem, gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    if (!manifest->twin.all_steps || problem->steps_per_transfer == problem->steps)
        return GF_OK;
    return gf_error_set(error, GF_USAGE,
                        "%s:%u: the twin computes all steps at once, and nothing could prove what "
                        "comes down before; let it compute one step, or transfer after all steps",
                        manifest->path, manifest->twin.line);
}

/* ---- Arguments --------------------------------------------------------- */

/* The range and the scalars of the twin, in one step. */
static gf_status check_twin(const gf_problem *problem, uint64_t step, gf_manifest_values *values,
                            gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    const gf_argument_list *list = &manifest->twin.arguments;
    size_t length = 0;
    gf_scalar_bytes scalar;
    gf_status status = GF_OK;
    if (manifest->twin.function == NULL)
        return GF_OK;
    values->numbers[GF_PLACE_STEP] = gf_number_whole((int64_t)step);
    if (manifest->twin.over_range)
        status = gf_manifest_range(manifest, values, &length, error);
    for (uint32_t i = 0; status == GF_OK && i < list->count; i++) {
        if (list->items[i].kind == GF_ARGUMENT_SCALAR)
            status = gf_manifest_scalar(manifest, &list->items[i], values, &scalar, error);
    }
    return status;
}

gf_status gf_user_set_up(gf_problem *problem, gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    gf_manifest_values values;
    double limit = 0;
    gf_manifest_values_set(manifest, problem->params, &values);
    gf_status status =
        gf_manifest_steps(manifest, &values, &problem->steps, &problem->steps_per_transfer, error);
    if (status == GF_OK)
        status = check_steps(problem, error);
    if (status == GF_OK)
        status = add_buffers(problem, &values, error);
    if (status == GF_OK)
        status = set_costs(problem, &values, error);
    if (status == GF_OK)
        status = gf_manifest_limit(manifest, &values, &limit, error);
    if (status == GF_OK)
        status = check_twin(problem, 0, &values, error);
    if (status == GF_OK && problem->steps > 1)
        status = check_twin(problem, problem->steps - 1, &values, error);
    return status;
}

/* ---- Results ----------------------------------------------------------- */

double gf_user_checksum(const gf_problem *problem, const void *result) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const size_t row_length = spec->cols * spec->components;
    double sum = 0;
    for (size_t row = 0; row < spec->rows; row++) {
        double row_sum = 0;
        for (size_t i = 0; i < row_length; i++)
            row_sum += gf_element(spec->type, result, row * row_length + i);
        sum += row_sum;
    }
    return sum;
}

/* The limit with these parameters; gf_user_set_up has refused those where it can't be. */
static double limit_of(const gf_problem *problem) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    gf_manifest_values values;
    gf_error ignored = GF_ERROR_INIT;
    double limit = 0;
    gf_manifest_values_set(manifest, problem->params, &values);
    (void)gf_manifest_limit(manifest, &values, &limit, &ignored);
    gf_error_clear(&ignored);
    return limit;
}

void gf_user_tolerance(const gf_problem *problem, const void *const *inputs,
                       gf_tolerance *tolerance) {
    const gf_manifest_tolerance *asked = &gf_user_manifest(problem)->tolerance;
    const double limit = limit_of(problem);
    (void)inputs;
    switch (asked->kind) {
    case GF_TOLERANCE_BITS:
        break;
    case GF_TOLERANCE_ULP:
        tolerance->ulps = limit;
        break;
    case GF_TOLERANCE_ABSOLUTE:
        tolerance->abs_error = limit;
        break;
    case GF_TOLERANCE_RELATIVE:
        tolerance->relative_error = limit;
        break;
    }
    tolerance->differing_share = asked->share;
    tolerance->row_share = asked->share > 0 ? 1 : 0;
    if (limit > 0 || asked->share > 0)
        tolerance->why = gf_user_of(problem->workload)->tolerance_note;
}

/* ---- Parts -------------------------------------------------------------- */

/* Everything that the manifest must say for that and does not: lines that would be refused are not
 * asked for. */
static const char *find_undeclared(const gf_manifest *manifest) {
    if (manifest->divide_by != GF_NO_PARAM)
        return NULL;
    if (manifest->steps != NULL || manifest->kernel_count > 1)
        return "its manifest has steps or several kernels, and only a single launch is divided by "
               "rows";
    return manifest->independent_rows > 0
               ? "its manifest lacks divide-by = NAME, the parameter that counts independent rows"
               : "its manifest lacks independent-rows = yes, which says that no row needs another "
                 "one, and divide-by = NAME, the parameter that counts them";
}

/* Every buffer that moves must have the rows that the parameter counts. */
void gf_user_divide(const gf_problem *problem, gf_division *division) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    division->why_not = find_undeclared(manifest);
    if (division->why_not != NULL)
        return;
    division->units = gf_params_uint(problem->params, manifest->params[manifest->divide_by].name);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (spec->access == GF_ACCESS_SCRATCH)
            continue;
        division->cut_buffers |= 1U << i;
        if (problem->part.count == 0 && spec->rows != division->units)
            division->why_not = "a buffer has another number of rows than divide-by says";
    }
}

/* Scalars are computed from the part at each launch (gf_user_set_values). */
void gf_user_set_part(gf_problem *problem, gf_part part) {
    (void)problem;
    (void)part;
}
