/* What a message between neighbouring ranks takes: a + b * bytes, measured. */
#pragma once

#include "ranks/ranks.h"
#include "stats/line_fit.h"

/* Each pair of neighbouring ranks sends messages of some sizes to and fro, all pairs that can at
 * the same time; the line is that of the slowest pair, the same on all ranks. Takes some 10 ms.
 * Without a second rank there is no line (count 0). All ranks of the group call it. */
gf_status gf_comm_line_measure(const gf_ranks *ranks, gf_line *line, gf_error *error);

/* The time of a message. 0 without a line. */
static inline double gf_comm_ns(const gf_line *line, double bytes) {
    return line->count == 0 ? 0 : line->a_ns + line->b_ns * bytes;
}
