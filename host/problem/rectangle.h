/* A rectangle of a grid: what one rank computes, or one part of a saved state holds. */
#pragma once

#include <stdint.h>

typedef struct gf_rectangle {
    uint64_t first_row, rows;
    uint64_t first_column, columns;
} gf_rectangle;
