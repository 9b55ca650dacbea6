/* What anyone would write: escape times of lists of points, one after the other. */
#include <stddef.h>
#include <stdint.h>

int calculate_z(uint32_t maxiter, const double *zs, const double *cs, size_t count,
                uint32_t *counts) {
    for (size_t i = 0; i < count; i++) {
        double x = zs[2 * i], y = zs[2 * i + 1];
        uint32_t n = 0;
        while (n < maxiter && x * x + y * y < 4) {
            const double next = x * x - y * y + cs[2 * i];
            y = x * y + x * y + cs[2 * i + 1];
            x = next;
            n++;
        }
        counts[i] = n;
    }
    return 0;
}
