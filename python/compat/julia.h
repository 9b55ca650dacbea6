/* julia.so: escape times of lists of points, as timing loops in Python have them. */
#pragma once

#include "python/compat/kernel_call.h"

/* counts[i] = the number of updates z = z^2 + cs[i] from z = zs[i] on while it is below `maxiter`
 * and |z| < 2: z re^2 + z im^2 < 4, each operation rounded once (cpu/julia_scalar.c).
 *
 * zs, cs: `count` complex numbers each, (re, im) in f64. counts: `count` numbers, which overlap
 * with neither. threads: 0 for all cores. Returns 0; -1 without writing if count is not 0 and an
 * array is NULL. Any number of threads may call this at the same time. */
GF_COMPAT_API int calculate_z(uint32_t maxiter, const double *zs, const double *cs, size_t count,
                              uint32_t *counts, uint32_t threads);
