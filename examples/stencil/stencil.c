/* One step of the planes from begin to end - 1. */
#include <stddef.h>
#include <string.h>

static void row(size_t nx, size_t plane, float rate, const float *restrict u, float *restrict v) {
    const float *south = u - nx, *north = u + nx, *below = u - plane, *above = u + plane;
    v[0] = u[0];
    for (size_t x = 1; x + 1 < nx; x++) {
        const float sides = (u[x - 1] + u[x + 1]) + (south[x] + north[x]);
        v[x] = u[x] + rate * ((sides + (below[x] + above[x])) - 6 * u[x]);
    }
    v[nx - 1] = u[nx - 1];
}

void stencil(size_t begin, size_t end, size_t nx, size_t ny, size_t nz, float rate,
             const float *restrict u, float *restrict v) {
    for (size_t z = begin; z < end; z++)
        for (size_t y = 0; y < ny; y++) {
            const size_t at = (z * ny + y) * nx;
            if (z == 0 || y == 0 || z + 1 == nz || y + 1 == ny)
                memcpy(v + at, u + at, nx * sizeof *v);
            else
                row(nx, nx * ny, rate, u + at, v + at);
        }
}
