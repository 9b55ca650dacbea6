/* Parts of a problem, each of which is a problem of its own that a device computes by itself. */
#pragma once

#include "problem/workload.h"

/* How the problem divides; division->why_not says why it does not. */
void gf_problem_divide(const gf_problem *problem, gf_division *division);

/* Makes *made the problem of a part: a copy of `whole`, a problem or that of another part, with the
 * part's scalars and with as many rows in the buffers that are cut. All that it points to is the
 * whole's. Returns `made`; `whole` for a part of no units. */
const gf_problem *gf_problem_of_part(const gf_problem *whole, gf_part part, gf_problem *made);

/* Makes *made the problem of so many of the whole's columns, which its division must allow: a copy
 * with the scalars and buffers of these, whose rows are all of the whole's. All that it points to
 * is the whole's. Returns `made`; `whole` where these are all columns, or the problem can't be cut
 * by columns. */
const gf_problem *gf_problem_of_columns(const gf_problem *whole, uint64_t columns,
                                        gf_problem *made);

/* Whether the problem of a part has room for this other part in its buffers. */
bool gf_problem_has_room(const gf_problem *problem, gf_part part);

/* Bytes of a row of a buffer. */
static inline size_t gf_row_bytes(const gf_buffer_spec *spec) {
    return spec->bytes / spec->rows;
}

static inline bool gf_is_cut(const gf_division *division, uint32_t buffer) {
    return (division->cut_buffers >> buffer & 1) != 0;
}

/* Sets the value of a u32 scalar, which must exist (asserted). For `set_part` of workloads. */
void gf_problem_set_u32(gf_problem *problem, const char *name, uint32_t value);
