/* Stacked bars of the numbers of a table that add up to a whole. */
#pragma once

#include "report/table/cells.h"

/* Writes a figure of the cells that `table->stack` names; nothing without one, or where no row has
 * numbers. Pieces have the same colours in every report. */
void gf_bars_write(const gf_table *table, FILE *out);
/* The least of 1, 1.5, 2, 3, 4, 5, 6, 8 and 10 times a power of ten that is not below a number
 * above 0: the scale of bars, so that similar reports have the same. */
double gf_bars_scale(double number);
