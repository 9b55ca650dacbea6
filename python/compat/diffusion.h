/* diffusion.so: one step of diffusion for programs that load a library of this name and call
 * `evolve`. They may declare the arrays as `double **`; each is one block. */
#pragma once

#include "python/compat/kernel_call.h"

/* Rows and columns of the arrays, in C order. */
#define GF_EVOLVE_SIDE 512

/* One step, from `in` to `out`, of 512 x 512 f64 values each:
 *
 *   out = centre + D * dt * (((((down + up) + right) + left) - 4 * centre)
 *
 * for rows and columns 1 to 510, each operation rounded once, the product from left to right, so
 * that every machine gives the bits that NumPy gives. The edge of `out` is not touched. The arrays
 * may begin at any address.
 *
 * If one is NULL or they overlap, as where both are the same, nothing is written; the first time
 * one line on stderr says so. Any number of threads may call this at the same time, and children of
 * fork(). */
GF_COMPAT_API void evolve(const double *in, double *out, double D, double dt);
