/* Times of two that took turns, round by round, so that what slows the machine for a while slows
 * both: only their ratio in each round counts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GF_MOST_ROUNDS 31
/* The fewest in which something is decided, and the fewest that decide whatever the scatter. */
#define GF_FEWEST_ROUNDS 3
#define GF_CLEAR_ROUNDS  6
/* Smaller gains are no reason to leave the present choice. */
#define GF_LEAST_GAIN 0.02

/* The median of the ratios ns / rival_ns of 1 to GF_MOST_ROUNDS rounds. */
double gf_rounds_ratio(const uint64_t *ns, const uint64_t *rival_ns, uint32_t rounds);

/* Whether `ns` is slower than its rival beyond scatter: in all rounds but one of every six, and by
 * more than GF_LEAST_GAIN in the median. Before GF_CLEAR_ROUNDS rounds also by more than the ratios
 * differ among themselves; before GF_FEWEST_ROUNDS never. */
bool gf_rounds_lost(const uint64_t *ns, const uint64_t *rival_ns, uint32_t rounds);
