/* The number of threads and the highest ISA, from the options or the environment. */
#pragma once

#include "gpufare.h"
#include "os/cores.h"

/* The threads to use: `asked` unless 0, else OMP_NUM_THREADS, else one for each usable core; never
 * more than OpenMP starts. GF_USAGE: OMP_NUM_THREADS is not a number, or the number is too large to
 * be of use, or OpenMP does not start as many as were asked for. */
gf_status gf_native_threads(uint32_t asked, const gf_cores *cores, uint32_t *threads,
                            gf_error *error);

/* Whether that number was asked for, in the options or in OMP_NUM_THREADS. */
bool gf_native_threads_given(uint32_t asked);

/* The ISAs that this machine runs, up to `cap`, or up to $GPUFARE_ISA if `cap` is NULL. GF_USAGE:
 * no ISA has that name. */
gf_status gf_native_isas(const char *cap, uint32_t *allowed, gf_error *error);
