/* How a compatibility library calls its native kernel, in a process that it knows nothing of. */
#pragma once

#include <stdbool.h>

#include "cpu/kernel_abi.h"

/* What clients see; everything else is hidden. */
#define GF_COMPAT_API __attribute__((visibility("default")))

/* Calls the f64 kernel of this stem for the machine's best instruction set, up to $GPUFARE_ISA,
 * with `threads` threads, or for 0 as many as OpenMP would start and no more than there are cores.
 * `args`: buffers and scalars. A name in $GPUFARE_ISA that is none counts as unset.
 *
 * Several threads run in a team that ends with the call: OpenMP's own stays with the calling
 * thread, and a child that fork() makes would wait for it for ever. Where no thread can be had, the
 * calling one does it all. */
void gf_compat_call(const char *stem, uint32_t threads, const gf_kernel_args *args);

/* Says `what` on stderr, as one line, unless something was said before in this process. */
void gf_compat_complain(const char *what);
