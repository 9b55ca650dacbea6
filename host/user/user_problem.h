/* From a manifest with values for its parameters to a problem, and what its results are judged by:
 * functions of the descriptor. */
#pragma once

#include "problem/workload.h"

/* Rows that are independent, where a parameter counts them. */
void gf_user_divide(const gf_problem *problem, gf_division *division);
void gf_user_set_part(gf_problem *problem, gf_part part);
gf_status gf_user_set_up(gf_problem *problem, gf_error *error);
double gf_user_checksum(const gf_problem *problem, const void *result);
void gf_user_tolerance(const gf_problem *problem, const void *const *inputs,
                       gf_tolerance *tolerance);
