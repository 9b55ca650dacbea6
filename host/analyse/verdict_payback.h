/* After how many round trips the winner has made up for what it takes once. */
#pragma once

#include "measure/comparison.h"

/* The number of round trips after which what the winner saves in each exceeds what its build, a
 * cold one where its time is known, and its buffers take longer than those of `other`; 0: they
 * don't, or there is no other. `text` says it where it is more than one,
 * and is else empty. */
uint64_t gf_payback_find(const gf_result *winner, const gf_result *other, char *text, size_t size);
