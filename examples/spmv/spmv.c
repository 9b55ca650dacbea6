/* Rows begin to end - 1. -ffast-math lets the compiler add up in vectors. */
#include <stddef.h>

void spmv(size_t begin, size_t end, const unsigned *restrict row_begins,
          const unsigned *restrict columns, const float *restrict values, const float *restrict x,
          float *restrict y) {
    for (size_t row = begin; row < end; row++) {
        float sum = 0;
        for (size_t i = row_begins[row]; i < row_begins[row + 1]; i++)
            sum += values[i] * x[columns[i]];
        y[row] = sum;
    }
}
