/* The Julia set by escape time: compute-bound, divergent, one small result.
 *
 * For each pixel: z from the grid (or a list), n = 0; while n < max_iter and |z|^2 < 4:
 * z = z^2 + c, n = n + 1. The result is n, row 0 on top.
 */
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "problem/params.h"
#include "problem/parts/division.h"
#include "problem/problem.h"
#include "problem/workload.h"
#include "workloads/julia/julia_inputs.h"
#include "workloads/julia/julia_internal.h"
#include "workloads/julia/julia_ndrange.h"
#include "workloads/julia/julia_pictures.h"
#include "workloads/julia/julia_samples.h"

/* Grid indices must be exact in f32: see gf_pair_linear. */
#define MAX_SIDE_F32 16777216.0

static const gf_param params[] = {
    {.name = "size",
     .letter = 's',
     .type = GF_PARAM_SIZE,
     .default_text = "1000x1000",
     .min = 1,
     .max = 2147483647,
     .placeholder = "WxH",
     .unit = "pixels",
     .help = "width and height of the picture"},
    {.name = "max-iter",
     .letter = 'n',
     .type = GF_PARAM_UINT,
     .default_text = "300",
     .min = 1,
     .max = 4294967295.0,
     .placeholder = "N",
     .unit = "iterations",
     .help = "iterations after which a point counts as never escaping"},
    {.name = "c",
     .letter = 'c',
     .type = GF_PARAM_REALS,
     .arity = 2,
     .default_text = "-0.62772,-0.42193",
     .min = -1e6,
     .max = 1e6,
     .placeholder = "RE,IM",
     .help = "the constant c of z = z^2 + c"},
    {.name = "view",
     .type = GF_PARAM_REALS,
     .arity = 4,
     .default_text = "-1.8,1.8,-1.8,1.8",
     .min = -1e6,
     .max = 1e6,
     .placeholder = "X1,X2,Y1,Y2",
     .help = "part of the plane that is shown; right and bottom edges are excluded"},
    {.name = "inputs",
     .type = GF_PARAM_CHOICE,
     .default_text = "generated",
     .choices = gf_julia_inputs,
     .placeholder = "generated|list|shuffled",
     .help = "generated: the device computes each z; list: arrays of z and c go up; shuffled: the "
             "same list in a fixed random order"},
    {.name = "rendering",
     .type = GF_PARAM_CHOICE,
     .default_text = "viridis",
     .choices = gf_julia_renderings,
     .placeholder = "grey|false|viridis|smooth",
     .help = "colours of the picture"},
    GF_PARAM_ROW_PRECISION,
    GF_PARAM_ROW_MATH,
};

/* ---- Set-up ------------------------------------------------------------ */

static gf_status check_values(const gf_problem *problem, size_t width, size_t height,
                              gf_error *error) {
    const double *view = gf_params_reals(problem->params, "view");
    if (!(view[0] < view[1]) || !(view[2] < view[3]))
        return gf_error_set_parameter(error, GF_USAGE, "view",
                                      " %s: empty; give X1,X2,Y1,Y2 with X1 < X2 and Y1 < Y2",
                                      gf_params_text(problem->params, "view"));
    const double side = (double)(width > height ? width : height);
    if (problem->precision == GF_PRECISION_F32 && side > MAX_SIDE_F32)
        return gf_error_set_parameter(error, GF_USAGE, "size",
                                      " %s: a side of an f32 picture can be %.0f at most; use "
                                      "precision f64",
                                      gf_params_text(problem->params, "size"), MAX_SIDE_F32);
    return GF_OK;
}

static gf_status add_buffers(gf_problem *problem, size_t width, size_t height, gf_error *error) {
    const gf_type real = gf_problem_real_type(problem);
    const gf_type count =
        gf_params_uint(problem->params, "max-iter") <= UINT16_MAX ? GF_TYPE_U16 : GF_TYPE_U32;
    gf_status status = GF_OK;
    if (gf_julia_has_list(problem)) {
        status = gf_problem_add_buffer(problem, "zs", GF_ACCESS_IN, real, 2, height, width, error);
        if (status == GF_OK)
            status =
                gf_problem_add_buffer(problem, "cs", GF_ACCESS_IN, real, 2, height, width, error);
    }
    problem->result = problem->buffer_count;
    if (status == GF_OK)
        status =
            gf_problem_add_buffer(problem, "counts", GF_ACCESS_OUT, count, 1, height, width, error);
    return status;
}

static gf_status set_up(gf_problem *problem, gf_error *error) {
    size_t width = 0, height = 0;
    gf_params_size(problem->params, "size", &width, &height);
    const uint64_t max_iter = gf_params_uint(problem->params, "max-iter");
    gf_status status = check_values(problem, width, height, error);
    if (status == GF_OK)
        status = add_buffers(problem, width, height, error);
    if (status != GF_OK)
        return status;
    const double *view = gf_params_reals(problem->params, "view");
    const double *c = gf_params_reals(problem->params, "c");
    const double x_extent = view[1] - view[0], y_extent = view[3] - view[2];
    gf_problem_add_real(problem, "x1", view[0]);
    gf_problem_add_real(problem, "x_extent", x_extent);
    gf_problem_add_real(problem, "y2", view[3]);
    gf_problem_add_real(problem, "y_extent", y_extent);
    gf_problem_add_real(problem, "x_step", x_extent / (double)width);
    gf_problem_add_real(problem, "y_step", -(y_extent / (double)height));
    gf_problem_add_real(problem, "c_re", c[0]);
    gf_problem_add_real(problem, "c_im", c[1]);
    gf_problem_add_u32(problem, "width", (uint32_t)width);
    gf_problem_add_u32(problem, "height", (uint32_t)height);
    gf_problem_add_u32(problem, "first_row", 0);
    gf_problem_add_u32(problem, "rows", (uint32_t)height);
    gf_problem_add_u32(problem, "max_iter", (uint32_t)max_iter);
    problem->cost.work = (double)width * (double)height * (double)max_iter;
    problem->cost.operations = problem->cost.work * GF_JULIA_OPERATIONS;
    problem->cost.bytes = (double)gf_problem_bytes(problem);
    return GF_OK;
}

static gf_status fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error) {
    (void)error;
    gf_julia_fill_rows(problem, index, 0, gf_problem_u32(problem, "height"), host);
    return GF_OK;
}

static gf_status fill_rows(const gf_problem *problem, uint32_t index, size_t first, size_t rows,
                           void *host, gf_error *error) {
    (void)error;
    gf_julia_fill_rows(problem, index, first, rows, host);
    return GF_OK;
}

/* ---- Results ----------------------------------------------------------- */

/* The sum of the counts, which is exact: it has 64 bits and is below 2^53 for any picture that
 * fits. */
static double checksum(const gf_problem *problem, const void *result) {
    const size_t pixels = gf_julia_pixels(problem);
    uint64_t sum = 0;
    for (size_t i = 0; i < pixels; i++)
        sum += gf_julia_count_at(problem, result, i);
    return (double)sum;
}

static void row_work(const gf_problem *problem, const void *result, size_t row, uint32_t *work) {
    const size_t width = problem->buffers[problem->result].cols;
    for (size_t i = 0; i < width; i++)
        work[i] = gf_julia_count_at(problem, result, row * width + i);
}

static void tolerance(const gf_problem *problem, const void *const *inputs, gf_tolerance *allowed) {
    (void)inputs;
    if (problem->math != GF_MATH_RELAXED)
        return;
    /* Near the set's edge an orbit doubles its error with each step: contracting everything changes
     * 0.5 to 3 % of the default picture's pixels, some by hundreds of counts. They are scattered,
     * in one row up to 16 times as dense as in the picture, and the sum hardly changes (measured on
     * f32 with one contraction: 0.06 % of the pixels, 0.9 % of a row, 1e-4 of the sum). */
    allowed->differing_share = 0.05;
    allowed->row_share = 0.3;
    allowed->checksum_share = 0.02;
    allowed->why = "relaxed math: up to 5 % of the pixels, 30 % in a row, may differ, and their "
                   "sum by 2 %";
}

/* Sums of the counts of the default view and c in strict arithmetic, computed with NumPy. */
static const struct {
    uint32_t width, height, max_iter;
    double sum_f64, sum_f32; /* 0: not known */
} known_sums[] = {
    {1000, 1000, 300, 33219980, 33222988},
    {1000, 1000, 1, 897135, 897135},
    {1000, 1000, 1000, 103443302, 103451888},
    {500, 500, 300, 8306884, 8308586},
    {17, 17, 300, 10972, 10972},
};

static bool is_default_value(const gf_problem *problem, const char *name) {
    const char *text = gf_params_text(problem->params, name);
    for (size_t i = 0; i < GF_COUNT_OF(params); i++) {
        if (strcmp(params[i].name, name) == 0)
            return strcmp(params[i].default_text, text) == 0;
    }
    return false;
}

static bool known_answer(const gf_problem *problem, gf_known_answer *answer) {
    if (problem->math != GF_MATH_STRICT || !is_default_value(problem, "c") ||
        !is_default_value(problem, "view"))
        return false;
    const bool f64 = problem->precision == GF_PRECISION_F64;
    for (size_t i = 0; i < GF_COUNT_OF(known_sums); i++) {
        if (known_sums[i].width == gf_problem_u32(problem, "width") &&
            known_sums[i].height == gf_problem_u32(problem, "height") &&
            known_sums[i].max_iter == gf_problem_u32(problem, "max_iter")) {
            *answer = (gf_known_answer){f64 ? known_sums[i].sum_f64 : known_sums[i].sum_f32, 0};
            return true;
        }
    }
    return false;
}

/* Points of a list. Those of a plain picture are computed, not uploaded. */
static size_t reversible_rows(const gf_problem *problem) {
    return problem->buffer_count > 1 ? problem->buffers[problem->result].rows : 0;
}

/* A row of the picture needs no other. */
static void divide(const gf_problem *problem, gf_division *division) {
    division->units = gf_problem_u32(problem, "height");
    division->cut_buffers = (1U << problem->buffer_count) - 1;
}

static void set_part(gf_problem *problem, gf_part part) {
    gf_problem_set_u32(problem, "first_row", (uint32_t)part.first);
    gf_problem_set_u32(problem, "rows", (uint32_t)part.count);
}

static const gf_reorder reorder = {.param = "inputs", .coherent = "list", .shuffled = "shuffled"};

/* The squares of both parts, their product, the sum and the difference of the squares with the real
 * part of c; 2 p + c is one fma, because 2 p is exact. The test whether a point has left is made
 * once for many iterations. */
static void mix(const gf_problem *problem, gf_kernel_mix *mix) {
    (void)problem;
    *mix = (gf_kernel_mix){.kind = GF_KERNEL_ESCAPE, .adds = 2, .multiplies = 3, .fmas = 1};
}

/* ---- The CPU kernel ---------------------------------------------------- */

enum { FEWEST_OPERATIONS = 1, BALANCED_PIPES }; /* as in cpu/julia/picture.h */

static const uint32_t both_balances[] = {FEWEST_OPERATIONS, BALANCED_PIPES, 0};
static const gf_tunable cpu_tunables[] = {
    {"balance", "1: fewest operations, 2: one more in half of the vectors, fewer that multiply",
     FEWEST_OPERATIONS, BALANCED_PIPES, both_balances},
};

/* Which is faster depends on the units of the processor, so only a search can tell. */
static void cpu_defaults(const gf_problem *problem, const gf_cpu_resources *cpu, uint32_t *tuning) {
    (void)problem;
    (void)cpu;
    if (tuning[0] == 0)
        tuning[0] = FEWEST_OPERATIONS;
}

/* ---- The descriptor ---------------------------------------------------- */

/* The cases vary max-iter, because the work per pixel changes with it. */
static const char *const calibration[] = {"size=8x8",
                                          "size=32x32",
                                          "size=64x64",
                                          "size=64x64 max-iter=20",
                                          "size=64x64 max-iter=5000",
                                          "size=100x100 max-iter=30",
                                          "size=200x200",
                                          "size=200x200 max-iter=2000",
                                          "size=300x300 max-iter=100 inputs=list",
                                          "size=500x500",
                                          "size=500x500 max-iter=40",
                                          "size=1000x1000 max-iter=30",
                                          "size=1000x1000",
                                          "size=1400x1400 max-iter=40 inputs=list",
                                          "size=2000x2000 max-iter=100",
                                          NULL};

const gf_workload gf_workload_julia = {
    .name = "julia",
    .stem = "julia",
    .summary = "Julia set by escape time: compute-bound, divergent, one small result",
    .work_unit = "iterations",
    .rate_unit = "Giter/s",
    .operations_note =
        "additions and multiplications; local memory for vectors only; no square roots, no atomics",
    .params = params,
    .param_count = GF_COUNT_OF(params),
    .set_up = set_up,
    .fill = fill,
    .fill_rows = fill_rows,
    .checksum = checksum,
    .work = checksum, /* the sum of the counts is the number of iterations done */
    .row_work = row_work,
    .sample_work = gf_julia_sample_work,
    .calibration = calibration,
    .tolerance = tolerance,
    .check_sample = gf_julia_check_sample,
    .mix = mix,
    .sample_operations = gf_julia_sample_operations,
    .known_answer = known_answer,
    .cpu_lanes_independent = true,
    .cpu_tunables = cpu_tunables,
    .cpu_tunable_count = GF_CPU_TUNABLE_COUNT(cpu_tunables),
    .cpu_defaults = cpu_defaults,
    .reorder = &reorder,
    .reversible_rows = reversible_rows,
    .divide = divide,
    .set_part = set_part,
    .render = gf_julia_render,
    .picture_largest = gf_julia_picture_largest,
    .ndrange_variants = gf_julia_ndrange_variants,
    .ndrange_variant_count = GF_JULIA_NDRANGE_VARIANTS,
};
