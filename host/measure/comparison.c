#include "measure/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "device/device_list.h"
#include "device/host_array.h"
#include "image/image.h"
#include "image/npy.h"
#include "measure/run.h"
#include "measure/tuning.h"
#include "measure/verify.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"

/* ---- Making one -------------------------------------------------------- */

gf_status gf_comparison_create(gf_session *session, const gf_params *params,
                               const gf_run_options *options, gf_comparison **comparison,
                               gf_error *error) {
    GF_ENTER(error);
    gf_comparison *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a comparison", sizeof *made);
    made->session = session;
    gf_run_options_defaults(&made->options);
    if (options != NULL)
        made->options = *options;
    gf_status status =
        gf_tuning_check_override(gf_params_workload(params), made->options.tuning, error);
    if (status == GF_OK)
        status = gf_problem_create(params, &made->problem, error);
    if (status != GF_OK) {
        free(made);
        return status;
    }
    made->sample_state = made->options.seed;
    *comparison = made;
    return GF_OK;
}

static void destroy_result(gf_result *result) {
    gf_ledger_clear(&result->ledger);
    gf_error_clear(&result->error);
    free(result->png_path);
    free(result->npy_path);
    free(result->difference_path);
    free(result);
}

void gf_comparison_destroy(gf_comparison *comparison) {
    if (comparison == NULL)
        return;
    for (size_t i = 0; i < comparison->result_count; i++)
        destroy_result(comparison->results[i]);
    free(comparison->results);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++) {
        free(comparison->inputs[i]);
        gf_host_array_release(&comparison->host[i]);
    }
    free(comparison->reference);
    gf_problem_destroy(comparison->problem);
    free(comparison);
}

gf_status gf_comparison_make_inputs(gf_comparison *comparison, gf_error *error) {
    const gf_problem *problem = comparison->problem;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const bool is_input = spec->access == GF_ACCESS_IN || spec->access == GF_ACCESS_INOUT;
        if (!is_input || comparison->inputs[i] != NULL)
            continue;
        void *input = gf_host_allocate(spec->bytes, comparison->options.cancel);
        if (input == NULL)
            return gf_error_no_memory(error, spec->name, spec->bytes);
        const gf_status status = problem->workload->fill(problem, i, input, error);
        if (status != GF_OK) {
            free(input);
            return status;
        }
        comparison->inputs[i] = input;
    }
    return GF_OK;
}

/* ---- Running one device ------------------------------------------------ */

const char *gf_best_variant(const gf_comparison *comparison, const gf_target *target) {
    if (target->variant != NULL)
        return target->variant;
    const gf_problem *problem = comparison->problem;
    const char *best =
        target->device->backend->variant(target->device, problem->workload, problem, 0);
    return best == NULL ? "" : best; /* prepare will say what is missing */
}

static gf_result *new_result(const gf_comparison *comparison, const gf_target *target) {
    gf_result *result = calloc(1, sizeof *result);
    if (result == NULL)
        return NULL;
    result->device = target->device;
    snprintf(result->variant, sizeof result->variant, "%s", gf_best_variant(comparison, target));
    snprintf(result->label, sizeof result->label, "%s:%s", target->device->info.id,
             result->variant);
    snprintf(result->why, sizeof result->why, "%s", target->why);
    return result;
}

static gf_status append_result(gf_comparison *comparison, gf_result *result, gf_error *error) {
    gf_result **grown = reallocarray(comparison->results, comparison->result_count + 1,
                                     sizeof *comparison->results);
    if (grown == NULL)
        return gf_error_no_memory(error, "a list of results", sizeof *grown);
    comparison->results = grown;
    comparison->results[comparison->result_count++] = result;
    return GF_OK;
}

gf_status gf_comparison_prepare_reference(gf_comparison *comparison, gf_error *error) {
    const gf_run_options *options = &comparison->options;
    if (options->progress != NULL) {
        const gf_progress progress = {"host", "scalar", "reference", 0, 0, 0};
        options->progress(&progress, options->progress_context);
    }
    gf_status status = gf_check_cancel(comparison, error);
    if (status == GF_OK)
        status = gf_comparison_make_inputs(comparison, error);
    if (status == GF_OK && comparison->problem->workload->tolerance != NULL)
        comparison->problem->workload->tolerance(comparison->problem, &comparison->tolerance);
    if (status == GF_OK)
        status = gf_verification_prepare(comparison, error);
    return status;
}

gf_status gf_comparison_run(gf_comparison *comparison, const gf_target *target,
                            const gf_result **result, gf_error *error) {
    gf_status status = gf_comparison_prepare_reference(comparison, error);
    if (status != GF_OK)
        return status;
    gf_result *made = new_result(comparison, target);
    if (made == NULL)
        return gf_error_no_memory(error, "a result", sizeof *made);
    status = gf_run_execute(comparison, made, error);
    if (status == GF_OK)
        status = append_result(comparison, made, error);
    if (status != GF_OK) {
        destroy_result(made);
        return status;
    }
    *result = made;
    return GF_OK;
}

/* ---- What came out ----------------------------------------------------- */

gf_status gf_comparison_resolve_targets(const gf_comparison *comparison, gf_target_list *targets,
                                        gf_error *error) {
    return gf_target_list_resolve(targets, comparison->problem, error);
}

size_t gf_comparison_result_count(const gf_comparison *comparison) {
    return comparison->result_count;
}

const gf_result *gf_comparison_result(const gf_comparison *comparison, size_t index) {
    return index < comparison->result_count ? comparison->results[index] : NULL;
}

static gf_status status_of(gf_outcome outcome) {
    switch (outcome) {
    case GF_OUTCOME_OK:
        return GF_OK;
    case GF_OUTCOME_UNSUPPORTED:
        return GF_UNSUPPORTED;
    case GF_OUTCOME_FAILED:
        return GF_FAILED;
    case GF_OUTCOME_MISMATCH:
        return GF_MISMATCH;
    }
    return GF_FAILED;
}

/* A wrong result outranks a failure, and a failure outranks a lack; a lack only counts when
 * nothing was ok. */
static int rank(gf_status status) {
    return status == GF_MISMATCH ? 3 : status == GF_FAILED ? 2 : status == GF_UNSUPPORTED ? 1 : 0;
}

gf_status gf_comparison_status(const gf_comparison *comparison, gf_error *error) {
    const gf_result *worst = NULL;
    bool any_ok = false;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        any_ok = any_ok || result->outcome == GF_OUTCOME_OK;
        if (worst == NULL || rank(status_of(result->outcome)) > rank(status_of(worst->outcome)))
            worst = result;
    }
    if (worst == NULL)
        return gf_error_set(error, GF_NO_DEVICE, "nothing ran");
    const gf_status status = status_of(worst->outcome);
    if (status == GF_OK || (status == GF_UNSUPPORTED && any_ok))
        return GF_OK;
    gf_error_set_native(error, status, worst->error.native_code, worst->error.native_name, "%s: %s",
                        worst->label, worst->error.text);
    gf_error_set_log(error, worst->error.log);
    return status;
}

const gf_device_info *gf_result_device(const gf_result *result) {
    return &result->device->info;
}

const char *gf_result_variant(const gf_result *result) {
    return result->variant;
}

const char *gf_result_label(const gf_result *result) {
    return result->label;
}

gf_outcome gf_result_outcome(const gf_result *result) {
    return result->outcome;
}

const char *gf_result_reason(const gf_result *result) {
    return result->error.text;
}

gf_statistics gf_result_phase(const gf_result *result, gf_phase phase) {
    return gf_samples_statistics(&result->ledger.phases[phase]);
}

/* ---- SIMD efficiency --------------------------------------------------- */

const gf_lane_group gf_lane_groups[GF_LANE_GROUPS] = {{1, 4},  {1, 8}, {1, 16}, {1, 32},
                                                      {1, 64}, {4, 8}, {8, 4}};

/* One band of lane groups: `group.rows` rows, fewer at the bottom. */
static void add_band(const uint32_t *work, size_t rows, size_t cols, gf_lane_group group,
                     double *useful, double *spent) {
    for (size_t left = 0; left < cols; left += group.cols) {
        const size_t right = left + group.cols < cols ? left + group.cols : cols;
        uint32_t longest = 0;
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = left; j < right; j++) {
                const uint32_t own = work[i * cols + j];
                longest = own > longest ? own : longest;
                *useful += own;
            }
        }
        *spent += (double)group.rows * group.cols * longest;
    }
}

void gf_lane_efficiency_add(const uint32_t *work, size_t rows, size_t cols, gf_lane_group group,
                            double *useful, double *spent) {
    for (size_t top = 0; top < rows; top += group.rows) {
        const size_t left = rows - top;
        add_band(work + top * cols, left < group.rows ? left : group.rows, cols, group, useful,
                 spent);
    }
}

static double group_efficiency(const gf_problem *problem, const void *result, gf_lane_group group,
                               uint32_t *work) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    double useful = 0, spent = 0;
    for (size_t top = 0; top < spec->rows; top += group.rows) {
        const size_t rows = top + group.rows < spec->rows ? group.rows : spec->rows - top;
        for (size_t i = 0; i < rows; i++)
            problem->workload->row_work(problem, result, top + i, work + i * spec->cols);
        add_band(work, rows, spec->cols, group, &useful, &spent);
    }
    return spent > 0 ? useful / spent : 1;
}

gf_status gf_simd_efficiency_in(const gf_problem *problem, const void *result, gf_lane_group group,
                                double *efficiency, gf_error *error) {
    *efficiency = 1;
    if (problem->workload->row_work == NULL || group.rows * group.cols <= 1)
        return GF_OK;
    const size_t cols = problem->buffers[problem->result].cols;
    uint32_t *work = calloc(group.rows * cols, sizeof *work);
    if (work == NULL)
        return gf_error_no_memory(error, "the work of some rows", group.rows * cols * sizeof *work);
    *efficiency = group_efficiency(problem, result, group, work);
    free(work);
    return GF_OK;
}

gf_status gf_simd_efficiency(const gf_problem *problem, const void *result,
                             double efficiency[GF_LANE_GROUPS], gf_error *error) {
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i < GF_LANE_GROUPS; i++)
        status = gf_simd_efficiency_in(problem, result, gf_lane_groups[i], &efficiency[i], error);
    return status;
}

/* ---- Files ------------------------------------------------------------- */

static gf_result *latest(gf_comparison *comparison) {
    return comparison->result_count == 0 ? NULL : comparison->results[comparison->result_count - 1];
}

static gf_status check_output(const gf_comparison *comparison, gf_error *error) {
    if (comparison->output != NULL && comparison->result_count > 0)
        return GF_OK;
    return gf_error_set(error, GF_FAILED, "there is no result to write");
}

static gf_status keep_path(char **kept, const char *path, gf_error *error) {
    char *copy = strdup(path);
    if (copy == NULL)
        return gf_error_no_memory(error, "a path", strlen(path) + 1);
    free(*kept);
    *kept = copy;
    return GF_OK;
}

gf_status gf_write_picture(const gf_comparison *comparison, const void *output, const char *path,
                           gf_error *error) {
    const gf_problem *problem = comparison->problem;
    if (problem->workload->render == NULL)
        return gf_error_set(error, GF_USAGE, "workload %s has no picture; leave the option out",
                            problem->workload->name);
    gf_image image;
    gf_status status = problem->workload->render(problem, output, &image, error);
    if (status != GF_OK)
        return status;
    status = gf_image_write_png(&image, path, error);
    gf_image_clear(&image);
    return status;
}

gf_status gf_comparison_write_png(gf_comparison *comparison, const char *path, gf_error *error) {
    gf_status status = check_output(comparison, error);
    if (status == GF_OK)
        status = gf_write_picture(comparison, comparison->output, path, error);
    if (status == GF_OK)
        status = keep_path(&latest(comparison)->png_path, path, error);
    return status;
}

gf_status gf_comparison_write_npy(gf_comparison *comparison, const char *path, gf_error *error) {
    const gf_buffer_spec *spec = &comparison->problem->buffers[comparison->problem->result];
    gf_status status = check_output(comparison, error);
    if (status == GF_OK)
        status = gf_npy_write(path, spec->type, spec->rows, spec->cols * spec->components,
                              comparison->output, error);
    if (status == GF_OK)
        status = keep_path(&latest(comparison)->npy_path, path, error);
    return status;
}

/* Elements that differ are white on black. */
static gf_status draw_difference(const gf_comparison *comparison, gf_image *image,
                                 gf_error *error) {
    const gf_buffer_spec *spec = &comparison->problem->buffers[comparison->problem->result];
    const gf_status status = gf_image_create(spec->cols, spec->rows, 1, image, error);
    if (status != GF_OK)
        return status;
    const size_t element = gf_type_size(spec->type) * spec->components;
    for (size_t i = 0; i < spec->rows * spec->cols; i++) {
        gf_difference difference = {0, 0, 0};
        gf_compare_elements(spec->type, (const char *)comparison->reference + i * element,
                            (const char *)comparison->output + i * element, spec->components,
                            comparison->tolerance.abs_error, &difference);
        image->pixels[i] = difference.mismatches > 0 ? 255 : 0;
    }
    return GF_OK;
}

gf_status gf_comparison_write_difference(gf_comparison *comparison, const char *path,
                                         gf_error *error) {
    gf_status status = check_output(comparison, error);
    if (status != GF_OK)
        return status;
    /* After sampling the whole reference is not there; a wrong result is worth the wait. It goes
     * again, so that all devices are verified alike. */
    const bool borrowed = comparison->reference == NULL;
    status = gf_verification_make_reference(comparison, error);
    gf_image image = {0};
    if (status == GF_OK)
        status = draw_difference(comparison, &image, error);
    if (status == GF_OK)
        status = gf_image_write_png(&image, path, error);
    if (status == GF_OK)
        status = keep_path(&latest(comparison)->difference_path, path, error);
    gf_image_clear(&image);
    if (borrowed) {
        free(comparison->reference);
        comparison->reference = NULL;
    }
    return status;
}
