#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/checked.h"
#include "base/error.h"
#include "problem/elements.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "workloads/diffusion/diffusion_internal.h"
#include "workloads/diffusion/diffusion_samples.h"

#define BLOCK 8

/* One dimension of a neighbourhood: cells first .. first + length - 1 of the grid (modulo its
 * extent when periodic), of which the block is at offset .. offset + block - 1. */
typedef struct span {
    int64_t first;
    size_t length, offset, block;
} span;

static span cone_span(size_t extent, size_t block_start, uint64_t steps, bool wraps) {
    const size_t block = extent - block_start < BLOCK ? extent - block_start : BLOCK;
    const size_t before = wraps || steps < block_start ? (size_t)steps : block_start;
    const size_t room = extent - block_start - block;
    const size_t after = wraps || steps < room ? (size_t)steps : room;
    return (span){(int64_t)block_start - (int64_t)before, before + block + after, before, block};
}

/* The place of a block in one dimension: at the grid's beginning, at its end, or anywhere. */
typedef enum place { PLACE_FIRST, PLACE_LAST, PLACE_ANYWHERE } place;

static size_t block_start(place where, uint64_t random, size_t extent) {
    if (where == PLACE_FIRST || extent <= BLOCK)
        return 0;
    if (where == PLACE_LAST)
        return extent - BLOCK;
    return (size_t)(random % (extent - BLOCK + 1));
}

/* The places of the first samples: four corners, then the top, bottom, left and right edge. */
static const struct {
    place row, col;
} fixed_places[] = {
    {PLACE_FIRST, PLACE_FIRST},    {PLACE_FIRST, PLACE_LAST},     {PLACE_LAST, PLACE_FIRST},
    {PLACE_LAST, PLACE_LAST},      {PLACE_FIRST, PLACE_ANYWHERE}, {PLACE_LAST, PLACE_ANYWHERE},
    {PLACE_ANYWHERE, PLACE_FIRST}, {PLACE_ANYWHERE, PLACE_LAST},
};

static size_t wrapped(int64_t index, size_t extent) {
    const int64_t remainder = index % (int64_t)extent;
    return (size_t)(remainder < 0 ? remainder + (int64_t)extent : remainder);
}

/* Copies a neighbourhood out of the field. */
static void crop(const gf_problem *problem, const char *field, span rows, span cols, char *part) {
    const size_t height = problem->buffers[0].rows, width = problem->buffers[0].cols;
    const size_t size = gf_type_size(gf_problem_real_type(problem));
    for (size_t i = 0; i < rows.length; i++) {
        const size_t row = wrapped(rows.first + (int64_t)i, height);
        for (size_t j = 0; j < cols.length; j++, part += size) {
            const size_t from = row * width + wrapped(cols.first + (int64_t)j, width);
            memcpy(part, field + from * size, size);
        }
    }
}

double gf_diffusion_sample_operations(const gf_problem *problem) {
    const bool wraps = gf_problem_u32(problem, "boundary") == BOUNDARY_PERIODIC;
    const size_t rows = problem->buffers[0].rows, cols = problem->buffers[0].cols;
    const double across = 2 * (double)problem->steps + BLOCK;
    const double height = wraps || across < (double)rows ? across : (double)rows;
    const double width = wraps || across < (double)cols ? across : (double)cols;
    return height * width * (double)problem->steps * GF_DIFFUSION_OPERATIONS;
}

/* Runs the reference on a neighbourhood and returns the buffer that has the result. A periodic grid
 * is unrolled, so that its artificial edges may be fixed. */
static const char *run_reference(const gf_problem *problem, const gf_sample_request *request,
                                 span rows, span cols, void *const parts[2]) {
    const uint32_t boundary = gf_problem_u32(problem, "boundary");
    const gf_scalar_change changes[] = {
        {"rows", (uint32_t)rows.length},
        {"cols", (uint32_t)cols.length},
        {"boundary", boundary == BOUNDARY_PERIODIC ? BOUNDARY_FIXED : boundary},
        {NULL, 0}};
    return parts[gf_reference_run(problem, request->reference, parts, changes, request->cancel)];
}

/* Compares the block of a neighbourhood with the result. */
static void compare_block(const gf_problem *problem, const gf_sample_request *request,
                          const char *expected, span rows, span cols, gf_difference *difference) {
    const gf_type type = gf_problem_real_type(problem);
    const size_t size = gf_type_size(type), width = problem->buffers[0].cols;
    const size_t col = (size_t)(cols.first + (int64_t)cols.offset);
    const char *actual = request->result;
    for (size_t i = rows.offset; i < rows.offset + rows.block; i++) {
        const size_t row = (size_t)(rows.first + (int64_t)i);
        gf_compare_elements(type, expected + (i * cols.length + cols.offset) * size,
                            actual + (row * width + col) * size, cols.block, request->abs_error,
                            difference);
    }
}

gf_status gf_diffusion_check_sample(const gf_problem *problem, const gf_sample_request *request,
                                    gf_difference *difference, gf_error *error) {
    const size_t height = problem->buffers[0].rows, width = problem->buffers[0].cols;
    const bool wraps = gf_problem_u32(problem, "boundary") == BOUNDARY_PERIODIC;
    const bool is_fixed = request->index < GF_COUNT_OF(fixed_places);
    const place row_place = is_fixed ? fixed_places[request->index].row : PLACE_ANYWHERE;
    const place col_place = is_fixed ? fixed_places[request->index].col : PLACE_ANYWHERE;
    const span rows =
        cone_span(height, block_start(row_place, request->random, height), problem->steps, wraps);
    const span cols = cone_span(width, block_start(col_place, request->random >> 32, width),
                                problem->steps, wraps);
    size_t bytes = 0;
    if (!gf_mul_size(rows.length, cols.length, &bytes) ||
        !gf_mul_size(bytes, gf_type_size(gf_problem_real_type(problem)), &bytes))
        return gf_error_no_memory(error, "a dependence cone", SIZE_MAX);
    void *parts[2] = {malloc(bytes), malloc(bytes)};
    gf_status status = GF_OK;
    if (parts[0] == NULL || parts[1] == NULL) {
        status = gf_error_no_memory(error, "a dependence cone", bytes);
    } else {
        crop(problem, request->inputs[0], rows, cols, parts[0]);
        compare_block(problem, request, run_reference(problem, request, rows, cols, parts), rows,
                      cols, difference);
    }
    free(parts[0]);
    free(parts[1]);
    return status;
}
