/* The divergence map: for each group of items that run in step, how much longer the group takes
 * than its items would on their own.
 *
 * The value of a group is lanes x the longest item / the sum of the items: longest / mean, where
 * lanes beyond the edge count as idle, as in the SIMD efficiency, of which it is the inverse. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "image/colormap.h"
#include "image/image.h"
#include "measure/comparison.h"
#include "measure/verify.h"

/* A group whose items are alike (1) is dark, one that takes 16 times as long as its mean item or
 * longer is bright, and each doubling between is a quarter of the scale. Half of the lanes of a GPU
 * is 16: beyond that there is next to nothing left to lose. */
#define BRIGHTEST 16.0

/* Lanes that run together on most GPUs, in the shape that a work-group of 8 columns gives them. */
static const gf_lane_group usual_group = {8, 4};

#define MOST_LANES 1024

typedef struct map {
    const gf_problem *problem;
    const void *result;      /* NULL: work is sampled */
    gf_cpu_kernel reference; /* for that */
    gf_lane_group group;
    gf_image *image;
} map;

static double group_ratio(const uint32_t *work, size_t rows, size_t cols, gf_lane_group group,
                          size_t left, size_t right) {
    uint32_t longest = 0;
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = left; j < right; j++) {
            const uint32_t own = work[i * cols + j];
            longest = own > longest ? own : longest;
            sum += own;
        }
    }
    return sum > 0 ? (double)group.rows * group.cols * longest / sum : 1;
}

/* One band of groups: so many rows of the picture from `top` on. */
static void draw_band(const map *m, const uint32_t *work, size_t top, size_t rows) {
    const size_t cols = m->image->width;
    for (size_t left = 0; left < cols; left += m->group.cols) {
        const size_t right = left + m->group.cols < cols ? left + m->group.cols : cols;
        const double ratio = group_ratio(work, rows, cols, m->group, left, right);
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

static gf_status read_band(const map *m, size_t top, size_t rows, uint32_t *work, gf_error *error) {
    const gf_workload *workload = m->problem->workload;
    if (m->result == NULL)
        return workload->sample_work(m->problem, m->reference, top, rows, work, error);
    for (size_t i = 0; i < rows; i++)
        workload->row_work(m->problem, m->result, top + i, work + i * m->image->width);
    return GF_OK;
}

static gf_status draw_map(const map *m, const volatile sig_atomic_t *cancel, gf_error *error) {
    const size_t height = m->image->height;
    uint32_t *work = calloc(m->group.rows * m->image->width, sizeof *work);
    if (work == NULL)
        return gf_error_no_memory(error, "the work of some rows",
                                  m->group.rows * m->image->width * sizeof *work);
    gf_status status = GF_OK;
    for (size_t top = 0; status == GF_OK && top < height; top += m->group.rows) {
        const size_t rows = top + m->group.rows < height ? m->group.rows : height - top;
        status = read_band(m, top, rows, work, error);
        if (status == GF_OK)
            draw_band(m, work, top, rows);
        if (status == GF_OK && cancel != NULL && *cancel != 0)
            status = gf_error_set(error, GF_INTERRUPTED, "interrupted");
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

gf_status gf_comparison_check_divergence(const gf_comparison *comparison, const char *group,
                                         gf_error *error) {
    const gf_workload *workload = comparison->problem->workload;
    gf_lane_group parsed;
    if (workload->row_work == NULL || workload->sample_work == NULL)
        return gf_error_set(error, GF_USAGE,
                            "--divergence-map: all items of %s have the same work, so that none "
                            "waits for another; leave it out",
                            workload->name);
    if (group != NULL && !parse_group(group, &parsed))
        return gf_error_set(error, GF_USAGE,
                            "--lane-group %s: not acceptable; give ROWSxCOLUMNS of neighbouring "
                            "items, such as 8x4 or 1x64, %d lanes at most",
                            group, MOST_LANES);
    return GF_OK;
}

/* The group that was asked for; else the latest run's, if several of its items run in step. */
static gf_lane_group choose_group(const gf_comparison *comparison, const char *text) {
    gf_lane_group group = usual_group;
    if (text != NULL) {
        (void)parse_group(text, &group); /* checked before */
    } else if (comparison->output != NULL && comparison->result_count > 0) {
        const gf_lane_group own = comparison->results[comparison->result_count - 1]->lanes;
        group = own.rows * own.cols > 1 ? own : usual_group;
    }
    return group;
}

gf_status gf_comparison_write_divergence(gf_comparison *comparison, const char *group,
                                         const char *path, gf_error *error) {
    const gf_problem *problem = comparison->problem;
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    gf_image image = {0};
    map m = {.problem = problem, .result = comparison->output, .image = &image};
    gf_status status = gf_comparison_check_divergence(comparison, group, error);
    if (status == GF_OK && m.result == NULL) {
        m.reference = gf_reference_kernel(problem, error);
        status = m.reference == NULL ? GF_FAILED : GF_OK;
    }
    if (status == GF_OK)
        status = gf_image_create(spec->cols, spec->rows, 3, &image, error);
    if (status != GF_OK)
        return status;
    m.group = choose_group(comparison, group);
    status = draw_map(&m, comparison->options.cancel, error);
    if (status == GF_OK)
        status = gf_image_write_png(&image, path, error);
    gf_image_clear(&image);
    return status;
}
