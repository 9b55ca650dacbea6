/* y = a * x + y of the elements from begin to end - 1: the same as saxpy.cl, on one CPU thread.
 * saxpy.ini gives the arguments by their names. */
#include <stddef.h>

void saxpy(size_t begin, size_t end, float a, const float *restrict x, float *restrict y) {
    for (size_t i = begin; i < end; i++)
        y[i] = a * x[i] + y[i];
}
