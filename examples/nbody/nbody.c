/* One time step of the bodies from begin to end - 1. LANES of them go along all others together, so
 * that the compiler makes vectors of them; a sum over the others could not be one without a change
 * of its order. */
#include <math.h>
#include <stddef.h>

#define LANES 32

void nbody(size_t begin, size_t end, size_t n, float dt, float gravity, float softening2,
           const float *restrict bodies, float *restrict moved, float *restrict velocity) {
    for (size_t first = begin; first < end; first += LANES) {
        const size_t count = end - first < LANES ? end - first : LANES;
        float at[3][LANES], force[3][LANES] = {{0}};
        for (size_t l = 0; l < LANES; l++)
            for (size_t d = 0; d < 3; d++)
                at[d][l] = bodies[4 * (first + (l < count ? l : 0)) + d];
        for (size_t j = 0; j < n; j++) {
            const float *other = bodies + 4 * j;
            for (size_t l = 0; l < LANES; l++) {
                const float x = other[0] - at[0][l], y = other[1] - at[1][l];
                const float z = other[2] - at[2][l];
                const float square = x * x + y * y + z * z + softening2;
                const float pull = other[3] / (square * sqrtf(square));
                force[0][l] += x * pull;
                force[1][l] += y * pull;
                force[2][l] += z * pull;
            }
        }
        for (size_t l = 0; l < count; l++) {
            const size_t i = 4 * (first + l);
            for (size_t d = 0; d < 3; d++) {
                velocity[i + d] += force[d][l] * (gravity * dt);
                moved[i + d] = at[d][l] + velocity[i + d] * dt;
            }
            velocity[i + 3] = 0;
            moved[i + 3] = bodies[i + 3];
        }
    }
}
