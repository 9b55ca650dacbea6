#include "workloads/julia/julia_inputs.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "stats/permutation.h"
#include "workloads/julia/julia_internal.h"

enum inputs { INPUTS_GENERATED, INPUTS_LIST, INPUTS_SHUFFLED };
const char *const gf_julia_inputs[] = {"generated", "list", "shuffled", NULL};

/* Chooses one of the orders. A constant, so that results are the same in every run. */
#define ORDER_SEED 20260521

/* ---- The grid ---------------------------------------------------------- */

gf_julia_grid gf_julia_grid_of(const gf_problem *problem) {
    return (gf_julia_grid){.f32 = problem->precision == GF_PRECISION_F32,
                           .x1 = gf_problem_real(problem, "x1"),
                           .x_extent = gf_problem_real(problem, "x_extent"),
                           .x_step = gf_problem_real(problem, "x_step"),
                           .y2 = gf_problem_real(problem, "y2"),
                           .y_extent = gf_problem_real(problem, "y_extent"),
                           .y_step = gf_problem_real(problem, "y_step"),
                           .width = gf_problem_u32(problem, "width"),
                           .height = gf_problem_u32(problem, "height")};
}

double gf_julia_x(const gf_julia_grid *grid, uint32_t column) {
    if (grid->f32)
        return (double)gf_pair_linear(gf_pair_split(grid->x1), gf_pair_split(grid->x_step), column);
    return grid->x1 + column * grid->x_extent / grid->width;
}

double gf_julia_y(const gf_julia_grid *grid, uint32_t row) {
    if (grid->f32)
        return (double)gf_pair_linear(gf_pair_split(grid->y2), gf_pair_split(grid->y_step), row);
    return grid->y2 - row * grid->y_extent / grid->height;
}

/* ---- Lists ------------------------------------------------------------- */

bool gf_julia_has_list(const gf_problem *problem) {
    return gf_params_choice(problem->params, "inputs") != INPUTS_GENERATED;
}

bool gf_julia_is_shuffled(const gf_problem *problem) {
    return gf_params_choice(problem->params, "inputs") == INPUTS_SHUFFLED;
}

gf_permutation gf_julia_order(const gf_problem *problem) {
    const uint64_t pixels = gf_julia_pixels(problem);
    return gf_julia_is_shuffled(problem) ? gf_permutation_shuffle(pixels, ORDER_SEED)
                                         : gf_permutation_identity(pixels);
}

static void put_complex(bool f32, void *array, size_t index, double re, double im) {
    const gf_type type = f32 ? GF_TYPE_F32 : GF_TYPE_F64;
    gf_put_real(type, array, 2 * index, re);
    gf_put_real(type, array, 2 * index + 1, im);
}

/* Buffer 0 is zs, buffer 1 is cs. All pixels have the same c. */
void gf_julia_fill_rows(const gf_problem *problem, uint32_t index, size_t first_row, size_t rows,
                        void *host) {
    const gf_julia_grid grid = gf_julia_grid_of(problem);
    const gf_permutation order = gf_julia_order(problem);
    const double *c = gf_params_reals(problem->params, "c");
    const size_t first = first_row * grid.width, items = rows * grid.width;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < items; i++) {
        const uint64_t pixel = index == 0 ? gf_permutation_at(&order, first + i) : 0;
        if (index == 0)
            put_complex(grid.f32, host, i, gf_julia_x(&grid, (uint32_t)(pixel % grid.width)),
                        gf_julia_y(&grid, (uint32_t)(pixel / grid.width)));
        else
            put_complex(grid.f32, host, i, c[0], c[1]);
    }
}
