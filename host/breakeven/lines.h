/* A sweep repeated along a second one: a line for each value of the second parameter. gpufare.h has
 * the functions. */
#pragma once

#include "breakeven/breakeven.h"

struct gf_breakeven_lines {
    gf_sweep along;      /* the second sweep; its param is NULL where there is none */
    gf_breakeven **line; /* one for each of its values, or the only one; owned */
    size_t count;
};

/* The threshold against all others of the series with this label in a line; NULL: it has none. */
const gf_breakeven_threshold *gf_line_threshold(const gf_breakeven *line, const char *label,
                                                gf_basis basis);
/* Whether the series has such a threshold, and in any line another one than never. */
bool gf_lines_ever_wins(const gf_breakeven_lines *lines, const char *label, gf_basis basis);
