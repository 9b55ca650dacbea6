#include "measure/simd_efficiency.h"

#include <stdlib.h>

#include "base/error.h"

const gf_lane_group gf_lane_groups[GF_LANE_GROUPS] = {
    {1, 4}, {1, 8}, {1, 16}, {1, 32}, {1, 64}, {4, 8}, [GF_GROUP_8X4] = {8, 4}};

void gf_lane_group_add(const uint32_t *work, size_t rows, size_t cols, size_t stride,
                       gf_lane_group group, double *useful, double *spent) {
    uint32_t longest = 0;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < cols; j++) {
            const uint32_t item = work[i * stride + j];
            longest = item > longest ? item : longest;
            *useful += item;
        }
    }
    *spent += (double)group.rows * group.cols * longest;
}

/* One band of lane groups: `group.rows` rows, fewer at the bottom. */
static void add_band(const uint32_t *work, size_t rows, size_t cols, gf_lane_group group,
                     double *useful, double *spent) {
    for (size_t left = 0; left < cols; left += group.cols) {
        const size_t rest = cols - left;
        gf_lane_group_add(work + left, rows, rest < group.cols ? rest : group.cols, cols, group,
                          useful, spent);
    }
}

void gf_lane_efficiency_add(const uint32_t *work, size_t rows, size_t cols, gf_lane_group group,
                            double *useful, double *spent) {
    for (size_t top = 0; top < rows; top += group.rows) {
        const size_t rows_left = rows - top;
        add_band(work + top * cols, rows_left < group.rows ? rows_left : group.rows, cols, group,
                 useful, spent);
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
