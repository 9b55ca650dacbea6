/* How a compatibility library calls its native kernel, in a process that it knows nothing of. */
#pragma once

#include <stdbool.h>

#include "cpu/kernel_abi.h"

/* What clients see; everything else is hidden. */
#define GF_COMPAT_API __attribute__((visibility("default")))

/* Calls the f64 kernel of this stem for the machine's best instruction set, up to $GPUFARE_ISA, in
 * the calling thread. `args`: buffers and scalars. A name in $GPUFARE_ISA that is none counts as
 * unset. */
void gf_compat_call(const char *stem, gf_kernel_args args);

/* Some of a call's work. */
typedef void (*gf_part_worker)(void *call, size_t part);

/* Does parts 0 to parts - 1, each once, begun in this order, in `threads` threads, for 0 as many as
 * OpenMP would start, and no more than there are cores. Returns when all are done.
 *
 * The threads end with the call, and none of OpenMP's are used: these stay with the calling thread,
 * a child that fork() makes would wait for them for ever, and beside other programs each call waits
 * for milliseconds. A thread that can't be had is one less. */
void gf_compat_share(uint32_t threads, size_t parts, gf_part_worker work, void *call);

/* Says `what` on stderr, as one line, unless something was said before in this process. */
void gf_compat_complain(const char *what);
