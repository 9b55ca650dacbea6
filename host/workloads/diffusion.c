/* Diffusion in two dimensions: an explicit 5-point stencil, memory-bound, regular, many steps
 * between two transfers.
 *
 * u'[i][j] = u[i][j] + (D*dt) * lap, lap = down + up + right + left - 4*u[i][j], added in this
 * order, on a grid of spacing h = 1.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "image/colormap.h"
#include "image/image.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/parts/division.h"
#include "problem/problem.h"
#include "problem/workload.h"
#include "workloads/diffusion/diffusion_inputs.h"
#include "workloads/diffusion/diffusion_internal.h"
#include "workloads/diffusion/diffusion_ndrange.h"
#include "workloads/diffusion/diffusion_samples.h"
#include "workloads/diffusion/diffusion_tiling.h"

/* Explicit Euler with the 5-point Laplacian is stable for D*dt/h^2 <= 1/4 (von Neumann analysis:
 * the amplification 1 - 4 r (sin^2 + sin^2) must not fall below -1). */
#define MAX_RATE 0.25

static const char *const boundary_choices[] = {"fixed", "periodic", "insulated", NULL};

enum host_use { HOST_READS, HOST_WRITES };
static const char *const host_use_choices[] = {"read", "write", NULL};

static const gf_param params[] = {
    {.name = "size",
     .letter = 's',
     .type = GF_PARAM_SIZE,
     .default_text = "640x640",
     .min = 1,
     .max = 2147483647,
     .placeholder = "WxH",
     .unit = "cells",
     .help = "width and height of the grid"},
    {.name = "steps",
     .letter = 'n',
     .type = GF_PARAM_UINT,
     .default_text = "500",
     .min = 1,
     .max = 1e9,
     .placeholder = "N",
     .unit = "steps",
     .help = "time steps"},
    {.name = "dt",
     .type = GF_PARAM_REAL,
     .default_text = "0.1",
     .min = 0,
     .max = 1e6,
     .min_exclusive = true,
     .placeholder = "DT",
     .help = "length of a time step; D*dt is 1/4 at most"},
    {.name = "diffusivity",
     .letter = 'D',
     .type = GF_PARAM_REAL,
     .default_text = "1",
     .min = 0,
     .max = 1e6,
     .min_exclusive = true,
     .placeholder = "D",
     .help = "diffusion coefficient D"},
    {.name = "boundary",
     .letter = 'b',
     .type = GF_PARAM_CHOICE,
     .default_text = "fixed",
     .choices = boundary_choices,
     .placeholder = "fixed|periodic|insulated",
     .help = "fixed: edge cells keep their value; periodic: wrap around; insulated: no flux"},
    {.name = "init",
     .type = GF_PARAM_TEXT,
     .default_text = "square",
     .placeholder = "square|gaussian|FILE.npy",
     .help = "first state: a shape, or an array of f4 or f8"},
    {.name = "steps-per-transfer",
     .letter = 'k',
     .type = GF_PARAM_UINT,
     .default_text = "0",
     .min = 0,
     .max = 1e9,
     .placeholder = "K",
     .unit = "steps",
     .help = "bring the field back to the host every K steps; 0: only at the end",
     .limited_by = "steps"},
    {.name = "host-use",
     .type = GF_PARAM_CHOICE,
     .default_text = "read",
     .choices = host_use_choices,
     .placeholder = "read|write",
     .help = "what the host does with it: read (it comes down), write (it goes up again, too)"},
    GF_PARAM_ROW_PRECISION,
    GF_PARAM_ROW_MATH,
};

/* ---- Set-up ------------------------------------------------------------ */

/* Writes the largest dt with D*dt <= 1/4 as the program computes it, with enough digits to read the
 * same number back, so that the program accepts the dt of its message. */
static void write_largest_dt(double diffusivity, char *text, size_t room) {
    double dt = MAX_RATE / diffusivity;
    while (diffusivity * dt > MAX_RATE)
        dt = nextafter(dt, 0);
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, room, "%.*g", digits, dt);
        if (strtod(text, NULL) == dt)
            return;
    }
}

static gf_status check_stability(const gf_problem *problem, gf_error *error) {
    const double dt = gf_params_real(problem->params, "dt");
    const double diffusivity = gf_params_real(problem->params, "diffusivity");
    if (diffusivity * dt <= MAX_RATE)
        return GF_OK;
    char largest[40];
    write_largest_dt(diffusivity, largest, sizeof largest);
    return gf_error_set_parameter(
        error, GF_USAGE, "dt",
        " %s: unstable, D*dt/h^2 = %g is above 1/4; the largest valid dt is %s",
        gf_params_text(problem->params, "dt"), diffusivity * dt, largest);
}

static gf_status resolve_steps(gf_problem *problem, gf_error *error) {
    problem->steps = gf_params_uint(problem->params, "steps");
    const uint64_t every = gf_params_uint(problem->params, "steps-per-transfer");
    if (every > problem->steps)
        return gf_error_set_parameter(error, GF_USAGE, "steps-per-transfer",
                                      " %" PRIu64 ": more than the %" PRIu64
                                      " steps; give 1 to %" PRIu64 ", or 0 for all",
                                      every, problem->steps, problem->steps);
    problem->steps_per_transfer = every == 0 ? problem->steps : every;
    problem->upload_again = gf_params_choice(problem->params, "host-use") == HOST_WRITES;
    return GF_OK;
}

static gf_status add_buffers(gf_problem *problem, size_t width, size_t height, gf_error *error) {
    const gf_type real = gf_problem_real_type(problem);
    const gf_status status =
        gf_problem_add_buffer(problem, "field", GF_ACCESS_INOUT, real, 1, height, width, error);
    if (status != GF_OK)
        return status;
    problem->result = 0;
    problem->has_pair = true;
    problem->partner = 1;
    return gf_problem_add_buffer(problem, "next", GF_ACCESS_SCRATCH, real, 1, height, width, error);
}

static gf_status set_up(gf_problem *problem, gf_error *error) {
    gf_status status = check_stability(problem, error);
    if (status == GF_OK)
        status = resolve_steps(problem, error);
    if (status == GF_OK)
        status = gf_diffusion_take_size(problem, error);
    size_t width = 0, height = 0;
    gf_params_size(problem->params, "size", &width, &height);
    if (status == GF_OK)
        status = add_buffers(problem, width, height, error);
    if (status != GF_OK)
        return status;
    first_state_range *range = calloc(1, sizeof *range);
    if (range == NULL)
        return gf_error_no_memory(error, "the range of the field", sizeof *range);
    *range = (first_state_range){-HUGE_VAL, HUGE_VAL};
    problem->extra = range;
    gf_problem_add_real(problem, "rate",
                        gf_params_real(problem->params, "diffusivity") *
                            gf_params_real(problem->params, "dt"));
    gf_problem_add_u32(problem, "rows", (uint32_t)height);
    gf_problem_add_u32(problem, "cols", (uint32_t)width);
    gf_problem_add_u32(problem, "boundary", gf_params_choice(problem->params, "boundary"));
    const double cell_steps = (double)width * (double)height * (double)problem->steps;
    problem->cost.work = cell_steps;
    problem->cost.operations = cell_steps * GF_DIFFUSION_OPERATIONS;
    problem->cost.bytes = cell_steps * 2 * (double)gf_type_size(gf_problem_real_type(problem));
    return GF_OK;
}

static void tear_down(gf_problem *problem) {
    free(problem->extra);
}

static first_state_range range_of(const gf_problem *problem, const void *field) {
    const size_t cells = problem->buffers[0].rows * problem->buffers[0].cols;
    first_state_range range = {HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < cells; i++) {
        const double value = gf_element(gf_problem_real_type(problem), field, i);
        range.low = fmin(range.low, value);
        range.high = fmax(range.high, value);
    }
    return range;
}

static void note_inputs(gf_problem *problem, const void *const *inputs) {
    first_state_range *range = problem->extra;
    *range = range_of(problem, inputs[0]);
}

static void join_notes(gf_problem *problem, const void *of_part) {
    first_state_range *range = problem->extra;
    const first_state_range *other = of_part;
    range->low = fmin(range->low, other->low);
    range->high = fmax(range->high, other->high);
}

/* ---- Results ----------------------------------------------------------- */

/* The sum of the field, which is the mass. Summing the rows first keeps the rounding error small.
 */
static double checksum(const gf_problem *problem, const void *result) {
    const size_t rows = problem->buffers[0].rows, cols = problem->buffers[0].cols;
    double sum = 0;
    for (size_t i = 0; i < rows; i++) {
        double row_sum = 0;
        for (size_t j = 0; j < cols; j++)
            row_sum += gf_element(gf_problem_real_type(problem), result, i * cols + j);
        sum += row_sum;
    }
    return sum;
}

static void tolerance(const gf_problem *problem, const void *const *inputs, gf_tolerance *allowed) {
    if (problem->math != GF_MATH_RELAXED)
        return;
    /* Each step rounds values of at most the first state's size a handful of times, and the scheme
     * damps errors (r <= 1/4), so they add up at most linearly: 4 roundings a step. They mostly
     * cancel, so the limit for long runs is a thousandth of the first state's range. */
    const first_state_range range = range_of(problem, inputs[0]);
    const double largest = fmax(fabs(range.low), fabs(range.high));
    const double unit = gf_problem_roundoff(problem);
    allowed->abs_error = fmin(4 * unit * (double)problem->steps * largest,
                              (range.high - range.low) * 1e-3 + 4 * unit * largest);
    allowed->why = "relaxed math: cells may differ by 4 roundings a step, at most by a thousandth "
                   "of the first state's range";
}

/* Sums of the field for D = 1, dt = 0.1 and the square, f64 strict, computed with NumPy. The sum's
 * order of addition is not part of the answer, so a relative 1e-12 is allowed. */
static const struct {
    uint32_t side;
    uint64_t steps;
    enum boundary boundary;
    double sum;
} known_sums[] = {
    {512, 100, BOUNDARY_FIXED, 13.520000000000001},
    {640, 500, BOUNDARY_FIXED, 20.479999999999997},
    {640, 500, BOUNDARY_PERIODIC, 20.479999999999997},
    {256, 1000, BOUNDARY_FIXED, 3.3799999999995576},
    {256, 1000, BOUNDARY_PERIODIC, 3.38},
};

static bool known_answer(const gf_problem *problem, gf_known_answer *answer) {
    if (problem->math != GF_MATH_STRICT || problem->precision != GF_PRECISION_F64 ||
        gf_params_real(problem->params, "dt") != 0.1 ||
        gf_params_real(problem->params, "diffusivity") != 1 ||
        strcmp(gf_params_string(problem->params, "init"), "square") != 0)
        return false;
    for (size_t i = 0; i < GF_COUNT_OF(known_sums); i++) {
        if (known_sums[i].side == gf_problem_u32(problem, "rows") &&
            known_sums[i].side == gf_problem_u32(problem, "cols") &&
            known_sums[i].steps == problem->steps &&
            (uint32_t)known_sums[i].boundary == gf_problem_u32(problem, "boundary")) {
            *answer = (gf_known_answer){known_sums[i].sum, known_sums[i].sum * 1e-12};
            return true;
        }
    }
    return false;
}

/* One fixed scale for all frames and devices: the range of the first state, which a stable scheme
 * never leaves (discrete maximum principle, r <= 1/4). */
static gf_status render(const gf_problem *problem, const void *result, gf_image *image,
                        gf_error *error) {
    const size_t rows = problem->buffers[0].rows, cols = problem->buffers[0].cols;
    const gf_status status = gf_image_create(cols, rows, 3, image, error);
    if (status != GF_OK)
        return status;
    const first_state_range *range = problem->extra;
    const double width = range->high > range->low ? range->high - range->low : 1;
    for (size_t i = 0; i < rows * cols; i++)
        gf_colormap_viridis((gf_element(gf_problem_real_type(problem), result, i) - range->low) /
                                width,
                            image->pixels + 3 * i);
    return GF_OK;
}

/* Three sums of neighbours, from which an fma takes 4 u, which is exact; the product with D dt and
 * the sum. */
static void mix(const gf_problem *problem, gf_kernel_mix *mix) {
    (void)problem;
    *mix = (gf_kernel_mix){.kind = GF_KERNEL_STENCIL, .adds = 4, .multiplies = 1, .fmas = 1};
}

/* ---- The descriptor ---------------------------------------------------- */

/* Grids in each cache and beyond; many steps, few, and one between two transfers. */
static const char *const calibration[] = {"size=16x16 steps=100",
                                          "size=48x48 steps=400",
                                          "size=64x64 steps=60 steps-per-transfer=1",
                                          "size=128x128 steps=100",
                                          "size=128x128 steps=40 steps-per-transfer=1",
                                          "size=256x256 steps=200",
                                          "size=256x256 steps=32 steps-per-transfer=2",
                                          "size=256x256 steps=32 steps-per-transfer=4",
                                          "size=256x256 steps=64 steps-per-transfer=8",
                                          "size=512x512 steps=100",
                                          "size=512x512 steps=20 steps-per-transfer=1",
                                          "size=512x512 steps=32 steps-per-transfer=8",
                                          "size=1024x1024 steps=60",
                                          "size=1024x1024 steps=4 steps-per-transfer=1",
                                          "size=1024x1024 steps=8 steps-per-transfer=2",
                                          "size=1024x1024 steps=16 steps-per-transfer=4",
                                          "size=2048x2048 steps=32",
                                          "size=2048x2048 steps=2 steps-per-transfer=1",
                                          "size=4096x4096 steps=8",
                                          "size=4096x4096 steps=1",
                                          NULL};

/* A cell adds those below and above it first, and a + b is b + a. */
static size_t reversible_rows(const gf_problem *problem) {
    return problem->buffers[problem->result].rows;
}

/* The edges of a part are those of a grid of its own, whatever the boundary: what they make wrong
 * moves inward by a cell a step and stays in the cells of other parts that it computes as well. */
static void divide(const gf_problem *problem, gf_division *division) {
    division->units = problem->buffers[0].rows;
    division->cut_buffers = 1U << problem->result | 1U << problem->partner;
    division->reach = 1;
    division->wraps = gf_problem_u32(problem, "boundary") == BOUNDARY_PERIODIC;
    division->columns = problem->buffers[0].cols;
    division->columns_wrap = division->wraps;
}

static void set_part(gf_problem *problem, gf_part part) {
    gf_problem_set_u32(problem, "rows", (uint32_t)part.count);
}

static void set_columns(gf_problem *problem, uint64_t columns) {
    gf_problem_set_u32(problem, "cols", (uint32_t)columns);
}

const gf_workload gf_workload_diffusion = {
    .name = "diffusion",
    .stem = "diffusion",
    .extra_bytes = sizeof(first_state_range),
    .summary = "explicit 5-point stencil: memory-bound, regular, many steps between transfers",
    .work_unit = "cells",
    .rate_unit = "GCell/s",
    .operations_note = "additions and multiplications; local memory for some kernels; no atomics",
    .params = params,
    .param_count = GF_COUNT_OF(params),
    .set_up = set_up,
    .tear_down = tear_down,
    .fill = gf_diffusion_fill,
    .fill_rows = gf_diffusion_fill_rows,
    .note_inputs = note_inputs,
    .join_notes = join_notes,
    .checksum = checksum,
    .calibration = calibration,
    .tolerance = tolerance,
    .check_sample = gf_diffusion_check_sample,
    .mix = mix,
    .sample_operations = gf_diffusion_sample_operations,
    .known_answer = known_answer,
    .reversible_rows = reversible_rows,
    .divide = divide,
    .set_part = set_part,
    .set_columns = set_columns,
    .render = render,
    .ndrange_variants = gf_diffusion_ndrange_variants,
    .ndrange_variant_count = GF_DIFFUSION_NDRANGE_VARIANTS,
    .cpu_tunables = gf_diffusion_cpu_tunables,
    .cpu_tunable_count = GF_CPU_TUNABLE_COUNT(gf_diffusion_cpu_tunables),
    .cpu_defaults = gf_diffusion_cpu_defaults,
};
