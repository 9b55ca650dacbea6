/* One column of ROWS pixels in each work-item: going down, it reads three new pixels for each
 * result. Neighbours in a group read neighbours in memory. At the edges the last pixel goes on. */

/* As in convolution.c, products are rounded before they are added. */
#pragma OPENCL FP_CONTRACT OFF

typedef struct three {
    float left, middle, right;
} three;

inline three read_three(global const float *row, uint left, uint x, uint right) {
    const three pixels = {row[left], row[x], row[right]};
    return pixels;
}

kernel void convolution(const uint rows, const uint cols, global const float *image,
                        constant float *weights, global float *filtered) {
    const uint x = get_global_id(0), first = get_global_id(1) * ROWS;
    if (x >= cols || first >= rows)
        return;
    const uint left = x > 0 ? x - 1 : 0, right = x + 1 < cols ? x + 1 : x;
    three above = read_three(image + (size_t)(first > 0 ? first - 1 : 0) * cols, left, x, right);
    three middle = read_three(image + (size_t)first * cols, left, x, right);
    for (uint y = first; y < min(first + ROWS, rows); y++) {
        const uint next = y + 1 < rows ? y + 1 : y;
        const three below = read_three(image + (size_t)next * cols, left, x, right);
        float sum = weights[0] * above.left;
        sum += weights[1] * above.middle;
        sum += weights[2] * above.right;
        sum += weights[3] * middle.left;
        sum += weights[4] * middle.middle;
        sum += weights[5] * middle.right;
        sum += weights[6] * below.left;
        sum += weights[7] * below.middle;
        sum += weights[8] * below.right;
        filtered[(size_t)y * cols + x] = sum;
        above = middle;
        middle = below;
    }
}
