/* Parameter values: parsed, checked and printed by the rows of a workload's table. */
#pragma once

#include "gpufare.h"
#include "problem/precision.h"

gf_status gf_params_copy(const gf_params *params, gf_params **copy, gf_error *error);
const gf_workload *gf_params_workload(const gf_params *params);
bool gf_params_is_set(const gf_params *params, const char *name); /* false: still the default */

/* The largest value of a row of type UINT or of a side of SIZE. From 2^53 on a double can't tell a
 * number from the next one, so a max there stands for all below it. */
uint64_t gf_param_uint_max(const gf_param *param);

/* Typed readers. A row of the table must have this name and type (asserted). */
uint64_t gf_params_uint(const gf_params *params, const char *name);
double gf_params_real(const gf_params *params, const char *name);
const double *gf_params_reals(const gf_params *params, const char *name);
uint32_t gf_params_choice(const gf_params *params, const char *name); /* index into choices */
void gf_params_size(const gf_params *params, const char *name, size_t *width, size_t *height);
const char *gf_params_string(const gf_params *params, const char *name);

/* What the parameters ask for; the workload's precision, and strict, if it has no such parameter.
 */
gf_precision gf_params_precision(const gf_params *params);
gf_math gf_params_math(const gf_params *params);
