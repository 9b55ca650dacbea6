/* How many steps a run makes before it looks up from its work. */
#pragma once

#include <stdint.h>

/* A run ends, and saves by time, at the end of a segment, so that it should be short; but each one
 * wakes all threads and, on a set of devices, moves all rows. */
#define GF_SEGMENT_NS UINT64_C(2000000000)

/* As many as take `ns`, by the segment before, of `steps` in `took` ns; at first, with 0, few. */
uint64_t gf_segment_steps(uint64_t steps, uint64_t took, uint64_t ns);
