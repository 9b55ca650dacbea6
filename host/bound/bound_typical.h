/* What a few typical GPUs would make of a problem that was measured here. */
#pragma once

#include "bound/bound_set.h"

/* The set of the models in models/tables/typical.ini against the native result; *set NULL where
 * none is ok, or it went on from a saved state. */
gf_status gf_bound_set_typical(const gf_comparison *comparison, gf_bound_set **set,
                               gf_error *error);
/* "from data sheets, not measured, against native:avx512 on 2 cores: iris-xe 0.3 to 1.2 times, ..."
 */
void gf_bound_format_typical(const gf_bound_set *set, char *text, size_t size);
