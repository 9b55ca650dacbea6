/* Parameter values: parsed, checked and printed by the rows of a workload's table. */
#ifndef GF_PARAMS_H
#define GF_PARAMS_H

#include "problem/workload.h"

/* Typed readers. The name and type must be those of a row of the table (asserted). */
uint64_t gf_params_uint(const gf_params *params, const char *name);
double gf_params_real(const gf_params *params, const char *name);
const double *gf_params_reals(const gf_params *params, const char *name);
uint32_t gf_params_choice(const gf_params *params, const char *name); /* index into choices */
void gf_params_size(const gf_params *params, const char *name, size_t *width, size_t *height);
bool gf_params_is_set(const gf_params *params, const char *name); /* false: still the default */
const char *gf_params_string(const gf_params *params, const char *name);
const gf_workload *gf_params_workload(const gf_params *params);
gf_status gf_params_copy(const gf_params *params, gf_params **copy, gf_error *error);

#endif
