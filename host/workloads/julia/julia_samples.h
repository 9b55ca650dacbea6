/* Whole rows of a picture by the reference kernel, to verify a result and to predict the work. */
#pragma once

#include "problem/workload.h"

/* `sample_operations`, `check_sample` and `sample_work` of the workload. */
double gf_julia_sample_operations(const gf_problem *problem);
gf_status gf_julia_check_sample(const gf_problem *problem, const gf_sample_request *request,
                                gf_difference *difference, gf_error *error);
gf_status gf_julia_sample_work(const gf_problem *problem, gf_cpu_kernel reference, size_t first_row,
                               size_t rows, uint32_t *work, gf_error *error);
