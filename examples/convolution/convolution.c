/* The plain loops that convolution.cl was ported from: rows begin to end - 1 of the filtered
 * picture. At the edges the last pixel goes on. */
#include <stddef.h>

static float pixel(const float *w, const float *above, const float *row, const float *below,
                   size_t left, size_t x, size_t right) {
    float sum = w[0] * above[left];
    sum += w[1] * above[x];
    sum += w[2] * above[right];
    sum += w[3] * row[left];
    sum += w[4] * row[x];
    sum += w[5] * row[right];
    sum += w[6] * below[left];
    sum += w[7] * below[x];
    sum += w[8] * below[right];
    return sum;
}

void convolution(size_t begin, size_t end, size_t rows, size_t cols, const float *restrict image,
                 const float *restrict weights, float *restrict filtered) {
    for (size_t y = begin; y < end; y++) {
        const float *row = image + y * cols;
        const float *above = y > 0 ? row - cols : row, *below = y + 1 < rows ? row + cols : row;
        float *to = filtered + y * cols;
        to[0] = pixel(weights, above, row, below, 0, 0, cols > 1 ? 1 : 0);
        for (size_t x = 1; x + 1 < cols; x++)
            to[x] = pixel(weights, above, row, below, x - 1, x, x + 1);
        if (cols > 1)
            to[cols - 1] = pixel(weights, above, row, below, cols - 2, cols - 1, cols - 1);
    }
}
