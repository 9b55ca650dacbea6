/* What the sample functions of workloads share, and whole rows from them. */
#pragma once

#include "problem/workload.h"

/* The place of a sample among `places` of them: the first, the last, then random ones. */
size_t gf_sample_place(const gf_sample_request *request, size_t places);

/* The value of a u32 scalar in place of the problem's. */
typedef struct gf_scalar_change {
    const char *name; /* NULL ends a list */
    uint32_t value;
} gf_scalar_change;

/* Runs a kernel of the problem in one thread, with changed scalars; returns as the kernel does. */
uint32_t gf_reference_run(const gf_problem *problem, gf_cpu_kernel reference, void *const *buffers,
                          const gf_scalar_change *changes, const volatile sig_atomic_t *cancel);

/* The work of all items of some rows, by sample_work. */
void gf_sample_rows(const gf_problem *problem, size_t first_row, size_t rows, uint32_t *work);
