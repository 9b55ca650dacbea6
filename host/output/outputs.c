#include "output/outputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "image/npy.h"
#include "output/field_picture.h"
#include "problem/elements.h"
#include "problem/problem.h"

gf_status gf_check_is_latest(const gf_run *run, const gf_result *result, gf_error *error) {
    if (run->result == result && run->output != NULL)
        return GF_OK;
    return gf_error_set(error, GF_USAGE,
                        "the output of %s is not kept; write it after its run, before the next one",
                        result->label);
}

static gf_status keep_path(char **kept, const char *path, gf_error *error) {
    char *copy = strdup(path);
    if (copy == NULL)
        return gf_error_no_memory(error, "a path", strlen(path) + 1);
    free(*kept);
    *kept = copy;
    return GF_OK;
}

static const gf_buffer_spec *result_spec(const gf_comparison *comparison) {
    return &comparison->problem->buffers[comparison->problem->result];
}

gf_status gf_write_picture(const gf_problem *problem, const void *output, const char *path,
                           gf_error *error) {
    if (problem->workload->render == NULL)
        return gf_error_set(error, GF_USAGE, "workload %s has no picture; leave it out",
                            problem->workload->name);
    gf_image image;
    gf_status status = problem->workload->render(problem, output, &image, error);
    if (status != GF_OK)
        return status;
    status = gf_image_write_png(&image, path, error);
    gf_image_clear(&image);
    return status;
}

gf_status gf_comparison_write_png(gf_comparison *comparison, const gf_result *result,
                                  const char *path, gf_error *error) {
    GF_ENTER(error);
    const gf_run *run = &comparison->run;
    const bool filed = comparison->field.options != NULL && run->result == result;
    gf_status status = GF_OK;
    if (filed)
        status = gf_field_write_picture(&comparison->field, path, error);
    else
        status = gf_check_is_latest(run, result, error);
    if (status == GF_OK && !filed)
        status = gf_write_picture(comparison->problem, run->output, path, error);
    return status == GF_OK ? keep_path(&run->result->png_path, path, error) : status;
}

gf_status gf_comparison_write_npy(gf_comparison *comparison, const gf_result *result,
                                  const char *path, gf_error *error) {
    GF_ENTER(error);
    const gf_run *run = &comparison->run;
    const gf_buffer_spec *spec = result_spec(comparison);
    gf_status status = gf_check_is_latest(run, result, error);
    if (status == GF_OK)
        status = gf_npy_write(path, spec->type, spec->rows, spec->cols * spec->components,
                              run->output, error);
    return status == GF_OK ? keep_path(&run->result->npy_path, path, error) : status;
}

gf_status gf_comparison_output(const gf_comparison *comparison, const gf_result *result,
                               gf_array_info *info, const void **memory, gf_error *error) {
    GF_ENTER(error);
    const gf_status status = gf_check_is_latest(&comparison->run, result, error);
    if (status != GF_OK)
        return status;
    if (info != NULL)
        *info = gf_array_info_of(result_spec(comparison));
    *memory = comparison->run.output;
    return GF_OK;
}

/* Elements that differ are white on black. */
static gf_status draw_difference(const gf_comparison *comparison, gf_image *image,
                                 gf_error *error) {
    const gf_truth *truth = &comparison->truth;
    const gf_buffer_spec *spec = result_spec(comparison);
    const gf_status status = gf_image_create(spec->cols, spec->rows, 1, image, error);
    if (status != GF_OK)
        return status;
    const size_t element = gf_type_size(spec->type) * spec->components;
    for (size_t i = 0; i < spec->rows * spec->cols; i++) {
        gf_difference difference = {0, 0, 0};
        gf_compare_within(spec->type, (const char *)truth->reference + i * element,
                          (const char *)comparison->run.output + i * element, spec->components,
                          &truth->tolerance, &difference);
        image->pixels[i] = difference.mismatches > 0 ? 255 : 0;
    }
    return GF_OK;
}

/* Sampled runs have no whole reference: it is computed for the picture, then freed, so that later
 * devices are verified the same way. */
gf_status gf_draw_wrong_elements(gf_comparison *comparison, gf_image *image, gf_error *error) {
    const bool sampled = comparison->truth.reference == NULL;
    gf_status status = gf_truth_make_reference(&comparison->truth, error);
    if (status == GF_OK)
        status = draw_difference(comparison, image, error);
    if (sampled)
        gf_truth_drop_reference(&comparison->truth);
    return status;
}

gf_status gf_comparison_write_difference(gf_comparison *comparison, const gf_result *result,
                                         const char *path, gf_error *error) {
    GF_ENTER(error);
    gf_status status = gf_check_is_latest(&comparison->run, result, error);
    gf_image image = {0};
    if (status == GF_OK)
        status = gf_draw_wrong_elements(comparison, &image, error);
    if (status == GF_OK)
        status = gf_image_write_png(&image, path, error);
    if (status == GF_OK)
        status = keep_path(&comparison->run.result->difference_path, path, error);
    gf_image_clear(&image);
    return status;
}
