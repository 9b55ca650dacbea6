/* What anyone would write: one step of diffusion, without libraries and without thought for speed.
 * The library that is made of it is loaded by the same clients as gpufare's. */
#define SIDE 512

void evolve(const double in[SIDE][SIDE], double out[SIDE][SIDE], double D, double dt) {
    for (int i = 1; i < SIDE - 1; i++) {
        for (int j = 1; j < SIDE - 1; j++) {
            const double laplacian =
                in[i + 1][j] + in[i - 1][j] + in[i][j + 1] + in[i][j - 1] - 4 * in[i][j];
            out[i][j] = in[i][j] + D * dt * laplacian;
        }
    }
}
