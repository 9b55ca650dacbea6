/* The divergence map shows, for each group of items that run in step, how many times as long the
 * group takes as its items would alone: lanes x the longest item / the sum of the items. Lanes
 * beyond the edge count as idle. This ratio is the inverse of the group's SIMD efficiency. */
#include "output/divergence_map.h"

#include <math.h>
#include <stdlib.h>

#include "base/entry.h"
#include "base/error.h"
#include "image/colormap.h"
#include "image/image.h"
#include "problem/sampling.h"

/* The ratio at the bright end of the scale. The dark end is 1, where the items are alike, and each
 * doubling is a quarter of the scale. 16 is half of the 32 lanes of most GPUs; little more can be
 * lost. */
#define BRIGHTEST 16.0

/* The 32 lanes that run in step on most GPUs, as 8 rows of 4 items. */
static const gf_lane_group usual_group = {8, 4};

#define MOST_LANES 1024

typedef struct map {
    const gf_problem *problem;
    const void *result; /* NULL: the work is sampled */
    gf_lane_group group;
    gf_image *image;
} map;

/* Draws one band of groups: `rows` rows of the picture from `top` on. */
static void draw_band(const map *m, const uint32_t *work, size_t top, size_t rows) {
    const size_t cols = m->image->width;
    for (size_t left = 0; left < cols; left += m->group.cols) {
        const size_t right = left + m->group.cols < cols ? left + m->group.cols : cols;
        double useful = 0, spent = 0;
        gf_lane_group_add(work + left, rows, right - left, cols, m->group, &useful, &spent);
        const double ratio = useful > 0 ? spent / useful : 1;
        uint8_t *first = m->image->pixels + 3 * (top * cols + left);
        gf_colormap_viridis(log2(ratio) / log2(BRIGHTEST), first);
        for (size_t i = 0; i < rows; i++) {
            for (size_t j = 0; j < right - left; j++) {
                uint8_t *pixel = first + 3 * (i * cols + j);
                for (int k = 0; k < 3; k++)
                    pixel[k] = first[k];
            }
        }
    }
}

static void read_band(const map *m, size_t top, size_t rows, uint32_t *work) {
    if (m->result == NULL)
        gf_sample_rows(m->problem, top, rows, work);
    for (size_t i = 0; m->result != NULL && i < rows; i++)
        m->problem->workload->row_work(m->problem, m->result, top + i, work + i * m->image->width);
}

static gf_status draw_map(const map *m, const gf_context *context, gf_error *error) {
    const size_t height = m->image->height;
    uint32_t *work = calloc(m->group.rows * m->image->width, sizeof *work);
    if (work == NULL)
        return gf_error_no_memory(error, "the work of some rows",
                                  m->group.rows * m->image->width * sizeof *work);
    gf_status status = GF_OK;
    for (size_t top = 0; status == GF_OK && top < height; top += m->group.rows) {
        const size_t rows = top + m->group.rows < height ? m->group.rows : height - top;
        read_band(m, top, rows, work);
        draw_band(m, work, top, rows);
        status = gf_context_check_cancel(context, error);
    }
    free(work);
    return status;
}

/* ---- Which group ------------------------------------------------------- */

/* "8x4": rows x columns, up to 1024 lanes. */
static bool parse_group(const char *text, gf_lane_group *group) {
    unsigned rows = 0, cols = 0;
    int used = 0;
    if (text[0] < '0' || text[0] > '9' || sscanf(text, "%4ux%4u%n", &rows, &cols, &used) != 2 ||
        text[used] != '\0' || rows == 0 || cols == 0 || rows * cols > MOST_LANES)
        return false;
    *group = (gf_lane_group){rows, cols};
    return true;
}

bool gf_divergence_map_is_possible(const gf_problem *problem) {
    return problem->workload->row_work != NULL && problem->workload->sample_work != NULL;
}

gf_status gf_comparison_check_divergence(const gf_comparison *comparison, const char *group,
                                         gf_error *error) {
    GF_ENTER(error);
    const gf_workload *workload = comparison->problem->workload;
    gf_lane_group parsed;
    if (!gf_divergence_map_is_possible(comparison->problem))
        return gf_error_set_parameter(error, GF_USAGE, "divergence-map",
                                      ": all items of %s have the same work, so that none waits "
                                      "for another; leave it out",
                                      workload->name);
    if (group != NULL && !parse_group(group, &parsed))
        return gf_error_set_parameter(error, GF_USAGE, "lane-group",
                                      " %s: not acceptable; give ROWSxCOLUMNS of neighbouring "
                                      "items, such as 8x4 or 1x64, %d lanes at most",
                                      group, MOST_LANES);
    return GF_OK;
}

/* The group that was asked for; else that of the latest run, if several of its items ran in step.
 */
static gf_lane_group choose_group(const gf_comparison *comparison, const char *text) {
    const gf_result *latest = comparison->run.result;
    gf_lane_group group = usual_group;
    if (text != NULL)
        (void)parse_group(text, &group); /* checked before */
    else if (latest != NULL && latest->lanes.rows * latest->lanes.cols > 1)
        group = latest->lanes;
    return group;
}

gf_status gf_divergence_map_draw(const gf_comparison *comparison, const char *group,
                                 gf_lane_group *drawn, gf_image *image, gf_error *error) {
    const gf_problem *problem = comparison->problem;
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    map m = {.problem = problem, .result = comparison->run.output, .image = image};
    const gf_status status = gf_image_create(spec->cols, spec->rows, 3, image, error);
    if (status != GF_OK)
        return status;
    m.group = choose_group(comparison, group);
    *drawn = m.group;
    return draw_map(&m, &comparison->truth.context, error);
}

gf_status gf_comparison_write_divergence(gf_comparison *comparison, const char *group,
                                         const char *path, gf_error *error) {
    GF_ENTER(error);
    gf_image image = {0};
    gf_lane_group drawn;
    gf_status status = gf_comparison_check_divergence(comparison, group, error);
    if (status == GF_OK)
        status = gf_divergence_map_draw(comparison, group, &drawn, &image, error);
    if (status == GF_OK)
        status = gf_image_write_png(&image, path, error);
    gf_image_clear(&image);
    return status;
}
