/* SIMD efficiency of a result: the share of lane time that does work. A group of lanes takes as
 * long as its longest item, so the efficiency is the sum of all items' work / the sum over groups
 * of (lanes x the work of the longest item). Lanes beyond the right and bottom edges count as
 * idle. */
#pragma once

#include "problem/workload.h"

/* Shapes of lane groups, rows x columns, whose efficiency is computed. */
#define GF_LANE_GROUPS 7
#define GF_GROUP_8X4   6 /* the index of 8x4 */
extern const gf_lane_group gf_lane_groups[GF_LANE_GROUPS];

/* The efficiency in each of gf_lane_groups. GF_FAILED without memory. */
gf_status gf_simd_efficiency(const gf_problem *problem, const void *result,
                             double efficiency[GF_LANE_GROUPS], gf_error *error);
/* The efficiency in one group; 1 for groups of one item. */
gf_status gf_simd_efficiency_in(const gf_problem *problem, const void *result, gf_lane_group group,
                                double *efficiency, gf_error *error);

/* Adds the work of one group to *useful, and what it spends to *spent. Its items are the first rows
 * x cols of `work`, in rows of `stride` items. */
void gf_lane_group_add(const uint32_t *work, size_t rows, size_t cols, size_t stride,
                       gf_lane_group group, double *useful, double *spent);

/* Adds the work of rows x cols items to *useful, and what their lane groups spend on it to *spent;
 * the ratio of these sums is the efficiency. */
void gf_lane_efficiency_add(const uint32_t *work, size_t rows, size_t cols, gf_lane_group group,
                            double *useful, double *spent);
