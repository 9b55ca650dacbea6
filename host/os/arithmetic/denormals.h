/* What numbers below the normal range cost. */
#pragma once

#include <stdbool.h>

/* Whether products below the normal range, or of such numbers, take at least 8 times as long as
 * others: some processors compute them in microcode, in some 150 cycles, and others at nearly full
 * speed. Measured once in a process, in less than a millisecond; may be called by several threads.
 */
bool gf_denormals_are_slow(void);
