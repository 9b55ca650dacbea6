#include "user/user_picture.h"

#include <math.h>

#include "image/colormap.h"
#include "manifest/evaluate.h"
#include "problem/elements.h"
#include "user/user.h"

bool gf_user_has_picture(const gf_workload *workload) {
    const gf_manifest *manifest = gf_user_of(workload)->manifest;
    return manifest->picture != GF_NO_BUFFER && manifest->picture == manifest->result;
}

/* The least and the greatest finite value. */
static void find_range(const gf_buffer_spec *spec, const void *result, double *low, double *high) {
    const size_t count = spec->rows * spec->cols;
    *low = HUGE_VAL;
    *high = -HUGE_VAL;
    for (size_t i = 0; i < count; i++) {
        const double value = gf_element(spec->type, result, i * spec->components);
        if (!isfinite(value))
            continue;
        *low = fmin(*low, value);
        *high = fmax(*high, value);
    }
}

/* Of an element with several components the first is drawn. */
gf_status gf_user_render(const gf_problem *problem, const void *result, gf_image *image,
                         gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    gf_manifest_values values;
    double low = 0, high = 0;
    find_range(spec, result, &low, &high);
    gf_manifest_values_set(manifest, problem->params, &values);
    gf_status status = GF_OK;
    if (manifest->picture_low != NULL)
        status = gf_manifest_real(manifest, manifest->picture_low, "low", &values, &low, error);
    if (status == GF_OK && manifest->picture_high != NULL)
        status = gf_manifest_real(manifest, manifest->picture_high, "high", &values, &high, error);
    if (status == GF_OK)
        status = gf_image_create(spec->cols, spec->rows, 3, image, error);
    if (status != GF_OK)
        return status;
    const double width = high > low ? high - low : 1;
    for (size_t i = 0; i < spec->rows * spec->cols; i++)
        gf_colormap_viridis((gf_element(spec->type, result, i * spec->components) - low) / width,
                            image->pixels + 3 * i);
    return GF_OK;
}
