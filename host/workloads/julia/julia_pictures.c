#include <math.h>
#include <string.h>

#include "base/error.h"
#include "image/colormap.h"
#include "image/image.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "stats/permutation.h"
#include "workloads/julia/julia_inputs.h"
#include "workloads/julia/julia_internal.h"
#include "workloads/julia/julia_pictures.h"

enum rendering { RENDERING_GREY, RENDERING_FALSE, RENDERING_VIRIDIS, RENDERING_SMOOTH };
const char *const gf_julia_renderings[] = {"grey", "false", "viridis", "smooth", NULL};

double gf_julia_picture_largest(const gf_problem *problem, const void *result) {
    const size_t pixels = gf_julia_pixels(problem);
    uint32_t largest = 1; /* so that a picture of zeros causes no division by 0 */
    for (size_t i = 0; i < pixels; i++) {
        const uint32_t count = gf_julia_count_at(problem, result, i);
        largest = count > largest ? count : largest;
    }
    return largest;
}

/* The bytes, lowest first, of (v + 256 v + 65536 v) * 16 in 32 bits: the carries between the bytes
 * give a high contrast. */
static void false_colour(double share, uint8_t rgb[3]) {
    const uint32_t level = (uint32_t)(share * 255);
    const uint32_t mixed = (level + 256 * level + 65536 * level) * 16;
    rgb[0] = (uint8_t)mixed;
    rgb[1] = (uint8_t)(mixed >> 8);
    rgb[2] = (uint8_t)(mixed >> 16);
}

/* The count made continuous by the size of z beyond the circle: n + 1 - log2(log|z| / log R) for a
 * radius R (F. Garcia et al., "Coloring Dynamical Systems in the Complex Plane", 2009). With a
 * larger radius than the iteration's 2 the bands vanish. */
static double smooth_count(double zr, double zi, const double c[2], uint32_t count) {
    const double radius = 256;
    double n = 0;
    const double most = (double)count + 32; /* far more than |z| needs from 2 to 256 */
    while (n < most && zr * zr + zi * zi < radius * radius) {
        const double next = zr * zr - zi * zi + c[0];
        zi = 2 * zr * zi + c[1];
        zr = next;
        n += 1;
    }
    const double size = sqrt(zr * zr + zi * zi);
    if (!(size > radius))
        return n;
    /* Radius 256 is reached 3 = log2(log 256 / log 2) iterations after radius 2; subtracting them
     * keeps the smooth count near the count. */
    const double smooth = n - 2 - log2(log(size) / log(radius));
    return smooth > 0 ? smooth : 0;
}

/* The logarithm gives most colours to small counts, because most points escape early. */
static double log_share(double count, double largest) {
    return log1p(count) / log1p(largest);
}

static void smooth_colour(const gf_problem *problem, const gf_julia_grid *grid, size_t pixel,
                          uint32_t count, uint8_t rgb[3]) {
    if (count == gf_problem_u32(problem, "max_iter")) {
        memset(rgb, 0, 3);
        return;
    }
    const double *c = gf_params_reals(problem->params, "c");
    const uint32_t row = (uint32_t)(pixel / grid->width) + gf_problem_u32(problem, "first_row");
    const double smooth = smooth_count(gf_julia_x(grid, (uint32_t)(pixel % grid->width)),
                                       gf_julia_y(grid, row), c, count);
    gf_colormap_viridis(log_share(smooth, gf_problem_u32(problem, "max_iter")), rgb);
}

gf_status gf_julia_render(const gf_problem *problem, const void *result, gf_image *image,
                          gf_error *error) {
    const gf_buffer_spec *counts = &problem->buffers[problem->result];
    const enum rendering rendering = (enum rendering)gf_params_choice(problem->params, "rendering");
    const uint32_t channels = rendering == RENDERING_GREY ? 1 : 3;
    if (problem->part.count > 0 && gf_julia_is_shuffled(problem))
        return gf_error_set_parameter(error, GF_UNSUPPORTED, "inputs",
                                      " shuffled: no picture is made of parts of it, whose pixels "
                                      "lie anywhere; use inputs list");
    const gf_status status = gf_image_create(counts->cols, counts->rows, channels, image, error);
    if (status != GF_OK)
        return status;
    const double largest = problem->picture_largest > 0 ? problem->picture_largest
                                                        : gf_julia_picture_largest(problem, result);
    const gf_julia_grid grid = gf_julia_grid_of(problem);
    const gf_permutation order = gf_julia_order(problem);
    for (size_t i = 0; i < order.count; i++) {
        const uint32_t count = gf_julia_count_at(problem, result, i);
        const size_t at = gf_permutation_at(&order, i);
        uint8_t *pixel = image->pixels + at * channels;
        const double share = count / largest;
        if (rendering == RENDERING_GREY)
            *pixel = (uint8_t)(share * 255);
        else if (rendering == RENDERING_FALSE)
            false_colour(share, pixel);
        else if (rendering == RENDERING_VIRIDIS)
            gf_colormap_viridis(log_share(count, largest), pixel);
        else
            smooth_colour(problem, &grid, at, count, pixel);
    }
    return GF_OK;
}
