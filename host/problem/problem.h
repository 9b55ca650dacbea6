/* A problem: parameters resolved to buffers, kernel arguments and steps. */
#pragma once

#include "problem/workload.h"
#include "stats/permutation.h"

/* Adds a buffer; GF_UNSUPPORTED when its size overflows. */
gf_status gf_problem_add_buffer(gf_problem *problem, const char *name, gf_access access,
                                gf_type type, uint32_t components, size_t rows, size_t cols,
                                gf_error *error);
void gf_problem_add_u32(gf_problem *problem, const char *name, uint32_t value);
void gf_problem_add_u64(gf_problem *problem, const char *name, uint64_t value);
void gf_problem_add_real(gf_problem *problem, const char *name, double value);

/* Calls the workload's set_up and checks the memory that the problem needs. GF_USAGE when
 * parameters don't fit together; GF_UNSUPPORTED when the host's memory can't hold the buffers.
 * Allocates no field-sized memory. */
gf_status gf_problem_create(const gf_params *params, gf_problem **problem, gf_error *error);
/* The same of a problem of which this process gets a part: its memory is to be checked then. */
gf_status gf_problem_create_divided(const gf_params *params, gf_problem **problem, gf_error *error);
/* GF_UNSUPPORTED when the host's memory can't hold so many processes that each have the problem, or
 * as large a part. */
gf_status gf_problem_check_host_memory(const gf_problem *problem, uint32_t processes,
                                       gf_error *error);
void gf_problem_destroy(gf_problem *problem);

/* What saved data calls a workload: its name and, if it was read from a file, a hash of what was
 * read, so that an edit makes the data stale. */
#define GF_WORKLOAD_KEY 32
void gf_workload_key(const gf_workload *workload, char key[GF_WORKLOAD_KEY]);

/* Bytes of all buffers, and of the largest. */
uint64_t gf_problem_bytes(const gf_problem *problem);
uint64_t gf_problem_largest_buffer(const gf_problem *problem);

/* Bytes of host memory that a run needs, without the full reference. */
uint64_t gf_problem_host_bytes(const gf_problem *problem);

/* The order of `rows` rows in a problem that is shuffled: row i is row gf_permutation_at(i) of the
 * one that is not. */
gf_permutation gf_problem_shuffle(size_t rows);

/* The scalar of this name; NULL if there is none. */
const gf_scalar *gf_problem_scalar(const gf_problem *problem, const char *name);

/* The value of a scalar of this name and type, which must exist (asserted). */
double gf_problem_real(const gf_problem *problem, const char *name);
uint32_t gf_problem_u32(const gf_problem *problem, const char *name);

/* The type of the reals that the problem computes with, and their unit roundoff: 2^-53 or 2^-24. */
gf_type gf_problem_real_type(const gf_problem *problem);
double gf_problem_roundoff(const gf_problem *problem);
/* What users of the library see of a buffer. */
gf_array_info gf_array_info_of(const gf_buffer_spec *spec);
size_t gf_type_size(gf_type type);
const char *gf_type_name(gf_type type); /* "u16", "f64" */

/* "f64, strict math", "integer arithmetic" */
void gf_arithmetic_format(const gf_problem *problem, char *text, size_t size);
