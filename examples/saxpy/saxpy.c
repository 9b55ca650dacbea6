/* y = a * x + y of the elements from begin to end - 1. */
#include <stddef.h>

void saxpy(size_t begin, size_t end, float a, const float *restrict x, float *restrict y) {
    for (size_t i = begin; i < end; i++)
        y[i] = a * x[i] + y[i];
}
