/* How many threads, and up to which ISA: from the options or the environment. */
#ifndef GF_LIMITS_H
#define GF_LIMITS_H

#include "backends/native/native.h"

/* The threads to use: `asked` unless 0, else OMP_NUM_THREADS, else every processor this process may
 * use. GF_USAGE when the number is not one, or beyond what could be of use. */
gf_status gf_native_threads(uint32_t asked, uint32_t *threads, gf_error *error);

/* The ISAs that this machine runs, up to `cap`; NULL: up to $GPUFARE_ISA. GF_USAGE when the cap is
 * not the name of an ISA. */
gf_status gf_native_isas(const char *cap, uint32_t *allowed, gf_error *error);

#endif
