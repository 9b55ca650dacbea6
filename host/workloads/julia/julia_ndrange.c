#include <stdio.h>

#include "base/array.h"
#include "base/text.h"
#include "problem/ndrange.h"
#include "problem/problem.h"
#include "workloads/julia/julia_inputs.h"
#include "workloads/julia/julia_ndrange.h"

/* Sets the kernel, its NDRange and the build options of all kernels: the type of a count and the
 * kind of input. Returns the options, to which the caller may add. */
static gf_text begin_plan(const gf_problem *problem, const char *kernel, const size_t global[2],
                          const size_t local[2], uint32_t rows_per_item, gf_ndrange_plan *plan) {
    *plan = (gf_ndrange_plan){.dimensions = 2,
                              .global = {global[0], global[1]},
                              .local = {local[0], local[1]},
                              .steps_per_launch = 1,
                              .rows_per_item = rows_per_item};
    snprintf(plan->kernel, sizeof plan->kernel, "%s", kernel);
    gf_text options = gf_text_in(plan->options, sizeof plan->options);
    gf_text_add(&options, "-D GF_COUNT=%s -D GF_INPUT_LIST=%d",
                gf_problem_u32(problem, "max_iter") <= UINT16_MAX ? "ushort" : "uint",
                gf_julia_has_list(problem) ? 1 : 0);
    return options;
}

/* One work-item per pixel. */
static gf_text plan_pixels(const gf_problem *problem, const char *kernel, size_t group_cols,
                           size_t group_rows, gf_ndrange_plan *plan) {
    const size_t width = gf_problem_u32(problem, "width"), rows = gf_problem_u32(problem, "rows");
    const size_t local[2] = {group_cols, group_rows};
    const size_t global[2] = {gf_ndrange_pieces(width, group_cols) * group_cols,
                              gf_ndrange_pieces(rows, group_rows) * group_rows};
    return begin_plan(problem, kernel, global, local, 1, plan);
}

/* Iterations make products and sums of any size. Coordinates need a division in f64, fma() in f32
 * (kernels_cl/prelude.h), also in relaxed arithmetic. */
static void add_needs(const gf_problem *problem, double rounds, gf_needs *needs) {
    const bool strict = problem->math == GF_MATH_STRICT;
    const bool computes_points = !gf_julia_has_list(problem);
    needs->rounds = gf_ndrange_rounds(rounds);
    if (strict)
        gf_needs_add(needs, problem->precision, GF_NEEDS_SUMS_AND_PRODUCTS);
    if (computes_points && strict)
        needs->f64 |= problem->precision == GF_PRECISION_F64 ? GF_NEED(DIVIDE) : 0;
    if (computes_points && problem->precision == GF_PRECISION_F32)
        needs->f32 |= GF_NEED(FMA) | (strict ? GF_NEED(FMA_DENORMALS) : 0);
}

static void naive_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    (void)plan;
    add_needs(problem, 1.0 + gf_problem_u32(problem, "max_iter"), needs);
}

/* Where the compiler does not unroll, a block of iterations is a loop in a loop, and the last block
 * is made twice. */
static void unrolled_needs(const gf_problem *problem, const gf_ndrange_plan *plan,
                           gf_needs *needs) {
    enum { MOST_UNROLL = 32 };
    (void)plan;
    add_needs(problem, 2.0 * gf_problem_u32(problem, "max_iter") + 2 * MOST_UNROLL, needs);
}

/* 8 x 8 work-items: the 32 lanes of a GPU that run together cover 8 x 4 pixels, whose counts differ
 * less than those of 32 pixels in a row. */
static void plan_naive(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    enum { SIDE = 8 };
    (void)tuning;
    (void)device;
    plan_pixels(problem, "julia_naive", SIDE, SIDE, plan);
}

/* ---- unrolled ---------------------------------------------------------- */

enum { UNROLLED_UNROLL, UNROLLED_COLS, UNROLLED_ROWS };

static const gf_tunable unrolled_tunables[] = {
    {"unroll", "iterations between two tests", 1, 32, (const uint32_t[]){4, 8, 16, 0}},
    {"group-cols", "columns of a work-group", 1, 64, (const uint32_t[]){8, 16, 32, 0}},
    {"group-rows", "rows of a work-group", 1, 32, (const uint32_t[]){4, 8, 16, 0}},
};

static uint32_t suits_unrolled(const gf_problem *problem, const gf_device_info *device) {
    (void)problem;
    return device->device_class == GF_CLASS_CPU ? 1 : 3;
}

/* With 64 work-items a group llvmpipe takes twice as long as with 32. */
static void unrolled_defaults(const gf_problem *problem, const gf_device_info *device,
                              uint32_t *tuning) {
    (void)problem;
    tuning[UNROLLED_UNROLL] = 8;
    tuning[UNROLLED_COLS] = 8;
    tuning[UNROLLED_ROWS] = device->device_class == GF_CLASS_CPU ? 4 : 8;
}

static void plan_unrolled(const gf_problem *problem, const gf_device_info *device,
                          const uint32_t *tuning, gf_ndrange_plan *plan) {
    (void)device;
    gf_text options =
        plan_pixels(problem, "julia_unrolled", tuning[UNROLLED_COLS], tuning[UNROLLED_ROWS], plan);
    gf_text_add(&options, " -D GF_UNROLL=%u", tuning[UNROLLED_UNROLL]);
}

/* ---- vector ------------------------------------------------------------ */

#define TILE_COLS      64 /* as GF_TILE_COLS of julia.cl */
#define MOST_TILE_ROWS 32
#define ALIGNMENT      128 /* of the longest vectors */

enum { VECTOR_ROWS };

static const gf_tunable vector_tunables[] = {
    {"tile-rows", "rows of a work-item's tile", 1, MOST_TILE_ROWS,
     (const uint32_t[]){8, 16, 32, 0}},
};

/* Rows of points that fit into local memory. Each point takes z, an integer for its place and one
 * for its count, and c if it comes in a list; the points of 4 groups of 6 vectors come on top
 * (julia.cl), and the alignment of the lists. */
static uint32_t rows_that_fit(const gf_problem *problem, const gf_device_info *device) {
    const uint64_t real = problem->precision == GF_PRECISION_F64 ? 8 : 4;
    const uint64_t point = (gf_julia_has_list(problem) ? 4 : 2) * real + 2 * sizeof(uint32_t);
    const uint64_t beyond =
        4 * 6 * (uint64_t)gf_ndrange_lanes(problem, device) * point + 11 * ALIGNMENT;
    if (device->local_memory_bytes <= beyond)
        return 0;
    const uint64_t rows = (device->local_memory_bytes - beyond) / (TILE_COLS * point);
    return rows < MOST_TILE_ROWS ? (uint32_t)rows : MOST_TILE_ROWS;
}

static uint32_t suits_vector(const gf_problem *problem, const gf_device_info *device) {
    return rows_that_fit(problem, device) == 0 ? 0 : gf_ndrange_suits_vector(problem, device);
}

/* A thousand points keep the vectors full to the end and fit into an L1 cache. Small pictures have
 * smaller tiles, so that each compute unit gets several: tiles take very different times. */
static void vector_defaults(const gf_problem *problem, const gf_device_info *device,
                            uint32_t *tuning) {
    enum { TILES_PER_UNIT = 16, FEWEST_ROWS = 4, MOST_ROWS = 16 };
    const size_t units = device->compute_units > 0 ? device->compute_units : 1;
    const size_t across = gf_ndrange_pieces(gf_problem_u32(problem, "width"), TILE_COLS);
    const size_t rows = gf_problem_u32(problem, "rows") * across / (units * TILES_PER_UNIT);
    tuning[VECTOR_ROWS] = rows < FEWEST_ROWS ? FEWEST_ROWS
                          : rows > MOST_ROWS ? MOST_ROWS
                                             : (uint32_t)rows;
}

/* One work-item per tile, alone in its work-group, because tiles take very different times. No
 * group of pixels runs in step, because lanes are compacted (julia.cl). */
static void plan_vector(const gf_problem *problem, const gf_device_info *device,
                        const uint32_t *tuning, gf_ndrange_plan *plan) {
    const uint32_t most = rows_that_fit(problem, device);
    const uint32_t rows = tuning[VECTOR_ROWS] < most ? tuning[VECTOR_ROWS] : most;
    const size_t global[2] = {gf_ndrange_pieces(gf_problem_u32(problem, "width"), TILE_COLS),
                              gf_ndrange_pieces(gf_problem_u32(problem, "rows"), rows)};
    gf_text options =
        begin_plan(problem, "julia_vector", global, (const size_t[]){1, 1}, rows, plan);
    gf_text_add(&options, " -D GF_WIDTH=%u -D GF_TILE_ROWS=%u", gf_ndrange_lanes(problem, device),
                rows);
}

/* Each point of a tile may make all iterations, in a group of at least 8 with a loop over its
 * vectors; sorting the points between passes takes some rounds for each. */
static void vector_needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs) {
    const double points = (double)TILE_COLS * plan->rows_per_item, sorting = 400;
    add_needs(problem, points * (2.0 * gf_problem_u32(problem, "max_iter") + sorting), needs);
}

const gf_ndrange_variant gf_julia_ndrange_variants[GF_JULIA_NDRANGE_VARIANTS] = {
    {.name = "naive",
     .summary = "one work-item per pixel",
     .suits = gf_ndrange_suits_scalar,
     .plan = plan_naive,
     .needs = naive_needs},
    {.name = "unrolled",
     .summary = "one work-item per pixel, a test after several iterations",
     .suits = suits_unrolled,
     .plan = plan_unrolled,
     .needs = unrolled_needs,
     .tunables = unrolled_tunables,
     .tunable_count = GF_TUNABLE_COUNT(unrolled_tunables),
     .defaults = unrolled_defaults},
    {.name = "vector",
     .summary = "one work-item per tile, explicit vectors",
     .suits = suits_vector,
     .plan = plan_vector,
     .needs = vector_needs,
     .tunables = vector_tunables,
     .tunable_count = GF_TUNABLE_COUNT(vector_tunables),
     .defaults = vector_defaults},
};
