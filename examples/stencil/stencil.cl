/* One step. A work-item goes up DEPTH cells of a column: of the three cells in z it reads one anew
 * and has two from before. Neighbours in a group read neighbours in memory. */

/* As in stencil.c, products are rounded before they are added. */
#pragma OPENCL FP_CONTRACT OFF

kernel void stencil(const uint nx, const uint ny, const uint nz, const float rate,
                    global const float *u, global float *v) {
    const uint x = get_global_id(0), y = get_global_id(1), first = get_global_id(2) * DEPTH;
    if (x >= nx || y >= ny || first >= nz)
        return;
    const size_t plane = (size_t)nx * ny;
    const bool is_face = x == 0 || y == 0 || x + 1 == nx || y + 1 == ny;
    size_t at = first * plane + (size_t)y * nx + x;
    float below = first > 0 ? u[at - plane] : 0, middle = u[at];
    for (uint z = first; z < min(first + DEPTH, nz); z++, at += plane) {
        const float above = z + 1 < nz ? u[at + plane] : 0;
        float result = middle;
        if (!is_face && z > 0 && z + 1 < nz) {
            const float sides = (u[at - 1] + u[at + 1]) + (u[at - nx] + u[at + nx]);
            result = middle + rate * ((sides + (below + above)) - 6 * middle);
        }
        v[at] = result;
        below = middle;
        middle = above;
    }
}
