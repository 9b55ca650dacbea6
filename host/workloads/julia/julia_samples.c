#include <stdlib.h>

#include "base/error.h"
#include "problem/elements.h"
#include "problem/problem.h"
#include "problem/sampling.h"
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

/* Allocates some rows of every buffer and fills the inputs. The caller frees them, also on failure.
 */
static gf_status make_rows(const gf_problem *problem, size_t first_row, size_t rows, void **buffers,
                           gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const size_t bytes = spec->bytes / spec->rows * rows;
        buffers[i] = malloc(bytes);
        if (buffers[i] == NULL)
            status = gf_error_no_memory(error, "sampled rows", bytes);
        else if (i != problem->result)
            gf_julia_fill_rows(problem, i, first_row, rows, buffers[i]);
    }
    return status;
}

gf_status gf_julia_sample_work(const gf_problem *problem, gf_cpu_kernel reference, size_t first_row,
                               size_t rows, uint32_t *work, gf_error *error) {
    void *buffers[GF_MAX_BUFFERS] = {NULL};
    const gf_status status = make_rows(problem, first_row, rows, buffers, error);
    if (status == GF_OK) {
        count_rows(problem, reference, buffers, first_row, rows, NULL);
        const size_t items = rows * problem->buffers[problem->result].cols;
        for (size_t i = 0; i < items; i++)
            work[i] = gf_julia_count_at(problem, buffers[problem->result], i);
    }
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        free(buffers[i]);
    return status;
}
