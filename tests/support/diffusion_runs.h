/* What the tests of diffusion share: fields, and an independent computation of the steps. */
#pragma once

#include "cpu/kernel_abi.h"
#include "problem/problem.h"
#include "problem/workload.h"
#include "real_devices.h"

static const char *const boundaries[] = {"fixed", "periodic", "insulated"};
enum { FIXED, PERIODIC, INSULATED, BOUNDARIES };

static const char *const precisions[] = {"f32", "f64"};

/* ---- Fields ------------------------------------------------------------ */

typedef struct grid {
    size_t rows, cols;
} grid;

/* A field of random numbers in [0, 1) that f32 holds exactly. */
static inline double *random_field(grid g, uint64_t seed) {
    double *field = malloc(g.rows * g.cols * sizeof *field);
    cr_assert_not_null(field);
    for (size_t i = 0; i < g.rows * g.cols; i++)
        field[i] = (double)random_below(&seed, 1 << 20) / (1 << 20);
    return field;
}

static inline double cell(const bench *b, const void *field, size_t index) {
    return bench_result_spec(b)->type == GF_TYPE_F64 ? ((const double *)field)[index]
                                                     : (double)((const float *)field)[index];
}

/* A bench whose first state is `field`, passed as a file. `more` ends with a NULL name. */
static inline bench open_field(grid g, const double *field, const char *boundary,
                               const char *precision, const char *steps, const setting *more,
                               const char *devices, uint32_t threads) {
    const char *path = made_path("field.npy");
    write_array(path, GF_TYPE_F64, g.rows, g.cols, field);
    setting settings[16] = {
        {"init", path}, {"boundary", boundary}, {"precision", precision}, {"steps", steps}};
    size_t used = 4;
    for (; more != NULL && more->name != NULL; more++)
        settings[used++] = *more;
    settings[used] = (setting){NULL, NULL};
    bench b = bench_open("diffusion", settings, devices, threads);
    bench_make_inputs(&b);
    return b;
}

/* ---- An independent computation of the steps --------------------------- */

/* The neighbour of a cell; beyond an edge the cell of the other side, or the edge itself. */
static inline size_t neighbour(size_t index, int by, size_t count, int boundary) {
    const long at = (long)index + by;
    if (at >= 0 && at < (long)count)
        return (size_t)at;
    return boundary == PERIODIC ? (at < 0 ? count - 1 : 0) : index;
}

static inline bool on_edge(grid g, size_t i, size_t j) {
    return i == 0 || j == 0 || i == g.rows - 1 || j == g.cols - 1;
}

#define DEFINE_STEP(name, real)                                                                    \
    static inline void name(grid g, const real *u, real *next, real rate, int boundary) {          \
        for (size_t i = 0; i < g.rows; i++) {                                                      \
            for (size_t j = 0; j < g.cols; j++) {                                                  \
                const size_t at = i * g.cols + j;                                                  \
                const real down = u[neighbour(i, 1, g.rows, boundary) * g.cols + j];               \
                const real up = u[neighbour(i, -1, g.rows, boundary) * g.cols + j];                \
                const real right = u[i * g.cols + neighbour(j, 1, g.cols, boundary)];              \
                const real left = u[i * g.cols + neighbour(j, -1, g.cols, boundary)];              \
                const real four = 4 * u[at];                                                       \
                real lap = down + up;                                                              \
                lap = lap + right;                                                                 \
                lap = lap + left;                                                                  \
                lap = lap - four;                                                                  \
                const real change = rate * lap;                                                    \
                next[at] = boundary == FIXED && on_edge(g, i, j) ? u[at] : u[at] + change;         \
            }                                                                                      \
        }                                                                                          \
    }

DEFINE_STEP(step_f64, double)
DEFINE_STEP(step_f32, float)

static inline double *expected_f64(grid g, const double *first, int steps, double rate,
                                   int boundary) {
    const size_t bytes = g.rows * g.cols * sizeof(double);
    double *u = copy_bytes(first, bytes), *next = copy_bytes(first, bytes);
    for (int k = 0; k < steps; k++) {
        step_f64(g, u, next, rate, boundary);
        memcpy(u, next, bytes);
    }
    free(next);
    return u;
}

static inline float *expected_f32(grid g, const double *first, int steps, double rate,
                                  int boundary) {
    const size_t count = g.rows * g.cols, bytes = count * sizeof(float);
    float *u = malloc(bytes);
    cr_assert_not_null(u);
    for (size_t i = 0; i < count; i++)
        u[i] = (float)first[i];
    float *next = copy_bytes(u, bytes);
    for (int k = 0; k < steps; k++) {
        step_f32(g, u, next, (float)rate, boundary);
        memcpy(u, next, bytes);
    }
    free(next);
    return u;
}

static inline void expect_bits(const bench *b, const void *want, grid g, const char *what,
                               const char *label) {
    const gf_buffer_spec *spec = bench_result_spec(b);
    cr_assert(spec->rows == g.rows && spec->cols == g.cols);
    const size_t size = gf_type_size(spec->type);
    for (size_t i = 0; i < g.rows * g.cols; i++)
        cr_assert_eq(memcmp((const char *)b->comparison->run.output + i * size,
                            (const char *)want + i * size, size),
                     0, "%s, %zux%zu, %s on %s: row %zu, column %zu is %.17g, not %.17g", what,
                     g.cols, g.rows, gf_type_name(spec->type), label, i / g.cols, i % g.cols,
                     cell(b, b->comparison->run.output, i), cell(b, want, i));
}
