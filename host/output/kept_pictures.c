/* Small pictures of results, for reports that are made when the outputs are gone. */
#include "base/entry.h"
#include "image/reduce.h"
#include "output/divergence_map.h"
#include "output/outputs.h"

#define KEPT_SIDE 480 /* pixels of the longer side, at most */

static gf_status keep(gf_image *full, gf_reduction reduction, gf_image *kept, gf_error *error) {
    gf_image_clear(kept);
    const gf_status status = gf_image_reduce(full, KEPT_SIDE, reduction, kept, error);
    gf_image_clear(full);
    return status;
}

static gf_status keep_difference(const gf_image *first, const gf_image *picture,
                                 gf_kept_picture *kept, gf_error *error) {
    gf_image_difference found;
    gf_image drawn = {0};
    const gf_status status = gf_image_compare(first, picture, &found, &drawn, error);
    if (status != GF_OK)
        return status;
    kept->compared = true;
    kept->differing = found.differing_pixels;
    kept->pixels = picture->width * picture->height;
    if (kept->differing > 0)
        return keep(&drawn, GF_REDUCE_MOST, &kept->difference, error);
    gf_image_clear(&drawn);
    return GF_OK;
}

/* The first picture stays at full size, to be compared with. */
static gf_status keep_right(gf_comparison *comparison, gf_kept_picture *kept, gf_error *error) {
    gf_image picture = {0};
    gf_image *first = &comparison->first_picture;
    gf_status status = comparison->problem->workload->render(
        comparison->problem, comparison->run.output, &picture, error);
    if (status != GF_OK)
        return status;
    if (first->pixels != NULL)
        status = keep_difference(first, &picture, kept, error);
    if (status == GF_OK)
        status = gf_image_reduce(&picture, KEPT_SIDE, GF_REDUCE_MEAN, &kept->picture, error);
    if (status == GF_OK && first->pixels == NULL)
        *first = picture;
    else
        gf_image_clear(&picture);
    return status;
}

static gf_status keep_wrong(gf_comparison *comparison, gf_kept_picture *kept, gf_error *error) {
    gf_image drawn = {0};
    const gf_status status = gf_draw_wrong_elements(comparison, &drawn, error);
    if (status == GF_OK)
        return keep(&drawn, GF_REDUCE_MOST, &kept->picture, error);
    gf_image_clear(&drawn);
    return status;
}

static gf_status keep_map(gf_comparison *comparison, gf_error *error) {
    gf_image map = {0};
    if (comparison->divergence_map.pixels != NULL ||
        !gf_divergence_map_is_possible(comparison->problem))
        return GF_OK;
    const gf_status status =
        gf_divergence_map_draw(comparison, NULL, &comparison->divergence_lanes, &map, error);
    if (status == GF_OK)
        return keep(&map, GF_REDUCE_MEAN, &comparison->divergence_map, error);
    gf_image_clear(&map);
    return status;
}

/* A row of numbers is no picture. */
static bool is_plane(const gf_problem *problem) {
    return problem->buffers[problem->result].rows > 1;
}

gf_status gf_comparison_keep_pictures(gf_comparison *comparison, const gf_result *result,
                                      gf_error *error) {
    GF_ENTER(error);
    const bool ok = result->outcome == GF_OUTCOME_OK;
    if (!ok && result->outcome != GF_OUTCOME_MISMATCH)
        return GF_OK;
    gf_status status = gf_check_is_latest(&comparison->run, result, error);
    if (status != GF_OK)
        return status;
    gf_kept_picture *kept = &comparison->run.result->kept;
    if (ok && comparison->problem->workload->render != NULL)
        status = keep_right(comparison, kept, error);
    else if (!ok && is_plane(comparison->problem))
        status = keep_wrong(comparison, kept, error);
    return status == GF_OK && ok ? keep_map(comparison, error) : status;
}
