#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "image/npy.h"
#include "problem/elements.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "workloads/diffusion/diffusion_inputs.h"
#include "workloads/diffusion/diffusion_internal.h"

/* ---- Files ------------------------------------------------------------- */

static bool init_is_file(const gf_problem *problem) {
    const char *init = gf_params_string(problem->params, "init");
    return strcmp(init, "square") != 0 && strcmp(init, "gaussian") != 0;
}

/* Opens the file, which must hold reals. Errors of a .npy file begin with its path. */
static gf_status open_init(const gf_problem *problem, gf_npy *npy, gf_error *error) {
    const char *init = gf_params_string(problem->params, "init");
    const gf_status status = gf_npy_open(init, npy, error);
    if (status == GF_FAILED) /* perhaps a mistyped word */
        return gf_error_set_parameter(error, GF_USAGE, "init",
                                      " %s: %s; give square, gaussian or a .npy file", init,
                                      error->text);
    if (status != GF_OK)
        return gf_error_set_parameter(error, status, "init", " %s", error->text);
    if (npy->type == GF_TYPE_F32 || npy->type == GF_TYPE_F64)
        return GF_OK;
    gf_error_set_parameter(error, GF_USAGE, "init",
                           " %s: holds elements of type %s; convert it with a.astype('<f8')", init,
                           npy->descr);
    gf_npy_close(npy);
    return GF_USAGE;
}

gf_status gf_diffusion_take_size(gf_problem *problem, gf_error *error) {
    if (!init_is_file(problem))
        return GF_OK;
    const char *init = gf_params_string(problem->params, "init");
    gf_npy npy;
    gf_status status = open_init(problem, &npy, error);
    if (status != GF_OK)
        return status;
    size_t width = 0, height = 0;
    gf_params_size(problem->params, "size", &width, &height);
    if (width != npy.cols || height != npy.rows) {
        if (gf_params_is_set(problem->params, "size")) {
            status = gf_error_set_parameter(
                error, GF_USAGE, "init",
                " %s: has %zu rows of %zu, the size is %zux%zu; leave the size out or give %zux%zu",
                init, npy.rows, npy.cols, width, height, npy.cols, npy.rows);
        } else {
            char size[64];
            snprintf(size, sizeof size, "%zux%zu", npy.cols, npy.rows);
            status = gf_params_set(problem->params, "size", size, error);
        }
    }
    gf_npy_close(&npy);
    return status;
}

/* ---- First states ------------------------------------------------------ */

/* The amount of substance in a cell. */
#define START_VALUE 0.005

static void fill_square(const gf_problem *problem, size_t first, size_t count, void *field) {
    const size_t rows = problem->buffers[0].rows, cols = problem->buffers[0].cols;
    const size_t row_end = (size_t)(0.5 * (double)rows), col_end = (size_t)(0.5 * (double)cols);
    memset(field, 0, count * (problem->buffers[0].bytes / rows));
    for (size_t i = (size_t)(0.4 * (double)rows); i < row_end; i++) {
        for (size_t j = (size_t)(0.4 * (double)cols);
             i >= first && i < first + count && j < col_end; j++)
            gf_put_real(gf_problem_real_type(problem), field, (i - first) * cols + j, START_VALUE);
    }
}

/* A bell in the middle, whose standard deviation is a tenth of the shorter side. */
static void fill_gaussian(const gf_problem *problem, size_t first, size_t count, void *field) {
    const size_t rows = problem->buffers[0].rows, cols = problem->buffers[0].cols;
    const double sigma = (double)(rows < cols ? rows : cols) / 10;
    for (size_t i = first; i < first + count; i++) {
        const double y = ((double)i + 0.5 - (double)rows / 2) / sigma;
        for (size_t j = 0; j < cols; j++) {
            const double x = ((double)j + 0.5 - (double)cols / 2) / sigma;
            gf_put_real(gf_problem_real_type(problem), field, (i - first) * cols + j,
                        START_VALUE * exp(-0.5 * (x * x + y * y)));
        }
    }
}

/* The file may have changed since set-up, so its header is checked again. */
static gf_status fill_from_file(const gf_problem *problem, size_t first, size_t count, void *field,
                                gf_error *error) {
    gf_npy npy;
    gf_status status = open_init(problem, &npy, error);
    if (status != GF_OK)
        return status;
    if (npy.rows != problem->buffers[0].rows || npy.cols != problem->buffers[0].cols)
        status = gf_error_set_parameter(error, GF_FAILED, "init",
                                        " %s: its shape changed while it was in use",
                                        gf_params_string(problem->params, "init"));
    if (status == GF_OK) {
        npy.data_offset += (uint64_t)first * npy.cols * gf_type_size(npy.type);
        npy.rows = count;
        status = gf_npy_read_real(&npy, gf_problem_real_type(problem), field, error);
        if (status != GF_OK)
            gf_error_set_parameter(error, status, "init", " %s", error->text);
    }
    gf_npy_close(&npy);
    return status;
}

gf_status gf_diffusion_fill_rows(const gf_problem *problem, uint32_t index, size_t first,
                                 size_t count, void *host, gf_error *error) {
    (void)index; /* only the field is filled */
    if (init_is_file(problem))
        return fill_from_file(problem, first, count, host, error);
    if (strcmp(gf_params_string(problem->params, "init"), "square") == 0)
        fill_square(problem, first, count, host);
    else
        fill_gaussian(problem, first, count, host);
    return GF_OK;
}

gf_status gf_diffusion_fill(const gf_problem *problem, uint32_t index, void *host,
                            gf_error *error) {
    return gf_diffusion_fill_rows(problem, index, 0, problem->buffers[0].rows, host, error);
}
