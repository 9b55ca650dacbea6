#include <stdlib.h>

#include "base/error.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "stats/permutation.h"
#include "workloads/julia/julia_inputs.h"
#include "workloads/julia/julia_internal.h"
#include "workloads/julia/julia_samples.h"

double gf_julia_sample_operations(const gf_problem *problem) {
    return (double)gf_problem_u32(problem, "width") * gf_problem_u32(problem, "max_iter") *
           GF_JULIA_OPERATIONS;
}

/* Computes the counts of some rows. `buffers` has the inputs from the first of these rows on, and
 * room for the counts. */
static void count_rows(const gf_problem *problem, gf_cpu_kernel reference, void *const *buffers,
                       size_t first_row, size_t rows, const volatile sig_atomic_t *cancel) {
    const gf_scalar_change changes[] = {
        {"first_row", (uint32_t)first_row}, {"rows", (uint32_t)rows}, {NULL, 0}};
    gf_reference_run(problem, reference, buffers, changes, cancel);
}

gf_status gf_julia_check_sample(const gf_problem *problem, const gf_sample_request *request,
                                gf_difference *difference, gf_error *error) {
    const gf_buffer_spec *counts = &problem->buffers[problem->result];
    const size_t row = gf_sample_place(request, counts->rows);
    const size_t row_bytes = counts->bytes / counts->rows;
    void *expected = malloc(row_bytes);
    if (expected == NULL)
        return gf_error_no_memory(error, "a sampled row", row_bytes);
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    for (uint32_t i = 0; i < problem->result; i++) {
        const size_t input_row_bytes = problem->buffers[i].bytes / problem->buffers[i].rows;
        /* The kernel only reads its inputs; the ABI has one pointer type for all buffers. */
        buffers[i] = (void *)(uintptr_t)((const char *)request->inputs[i] + row * input_row_bytes);
    }
    buffers[problem->result] = expected;
    count_rows(problem, request->reference, buffers, row, 1, request->cancel);
    gf_compare_elements(counts->type, expected, (const char *)request->result + row * row_bytes,
                        counts->cols, request->abs_error, difference);
    free(expected);
    return GF_OK;
}

/* ---- Counts of single pixels ------------------------------------------- */

/* The count of a point, by the operations of the reference kernel (cpu/julia_scalar.c). An orbit
 * that returns to one of its values repeats from there on and never escapes. It is compared with
 * the value that it had at the last power of two (R. P. Brent, "An improved Monte Carlo
 * factorization algorithm", 1980): in double precision, points inside a set with an attracting
 * cycle return after some hundred steps. One that neither escapes nor returns within `most` steps
 * counts as `most`. */
#define DEFINE_ORBIT_COUNT(name, real)                                                             \
    static uint32_t name(real zr, real zi, real cr, real ci, uint32_t max_iter, uint32_t most) {   \
        const uint32_t end = max_iter < most ? max_iter : most;                                    \
        real a = zr * zr, b = zi * zi, kept_r = zr, kept_i = zi;                                   \
        uint32_t n = 0;                                                                            \
        for (uint64_t keep_at = 8; n < end && a + b < 4; keep_at *= 2) {                           \
            const uint32_t pause = keep_at < end ? (uint32_t)keep_at : end;                        \
            while (n < pause && a + b < 4) {                                                       \
                const real p = zr * zi;                                                            \
                zr = (a - b) + cr;                                                                 \
                zi = (p + p) + ci;                                                                 \
                n++;                                                                               \
                a = zr * zr;                                                                       \
                b = zi * zi;                                                                       \
                if (zr == kept_r && zi == kept_i)                                                  \
                    return max_iter;                                                               \
            }                                                                                      \
            kept_r = zr;                                                                           \
            kept_i = zi;                                                                           \
        }                                                                                          \
        return n;                                                                                  \
    }

DEFINE_ORBIT_COUNT(count_f32, float)
DEFINE_ORBIT_COUNT(count_f64, double)

void gf_julia_sample_work(const gf_problem *problem, const uint64_t *items, size_t count,
                          uint32_t most, uint32_t *work) {
    const gf_julia_grid grid = gf_julia_grid_of(problem);
    const gf_permutation order = gf_julia_order(problem);
    const double *c = gf_params_reals(problem->params, "c");
    const uint32_t max_iter = gf_problem_u32(problem, "max_iter");
    for (size_t i = 0; i < count; i++) {
        const uint64_t pixel = gf_permutation_at(&order, items[i]);
        const double x = gf_julia_x(&grid, (uint32_t)(pixel % grid.width));
        const double y = gf_julia_y(&grid, (uint32_t)(pixel / grid.width));
        work[i] = grid.f32 ? count_f32((float)x, (float)y, (float)c[0], (float)c[1], max_iter, most)
                           : count_f64(x, y, c[0], c[1], max_iter, most);
    }
}
