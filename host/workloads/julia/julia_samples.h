/* Parts of a picture: rows by the reference kernel, to verify a result, and the counts of single
 * pixels, to predict the work. */
#pragma once

#include "problem/workload.h"

/* `sample_operations`, `check_sample` and `sample_work` of the workload. */
double gf_julia_sample_operations(const gf_problem *problem);
gf_status gf_julia_check_sample(const gf_problem *problem, const gf_sample_request *request,
                                gf_difference *difference, gf_error *error);
void gf_julia_sample_work(const gf_problem *problem, const uint64_t *items, size_t count,
                          uint32_t most, uint32_t *work);
