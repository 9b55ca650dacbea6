/* First contents of a part of a problem, which no rank makes as a whole if its workload can fill
 * rows by themselves. */
#pragma once

#include <signal.h>

#include "problem/rectangle.h"
#include "problem/workload.h"

/* Cells of a buffer's first content, from a row and a column of the whole on, modulo its rows and
 * columns. The caller frees it. */
gf_status gf_fill_cells(const gf_problem *whole, uint32_t index, gf_rectangle cells,
                        const volatile sig_atomic_t *cancel, void **made, gf_error *error);

/* Copies cells of rows of `pitch` bytes to where their rows follow one another. */
void gf_pack_cells(gf_rectangle cells, size_t cell_bytes, const void *rows, size_t pitch,
                   void *packed);
