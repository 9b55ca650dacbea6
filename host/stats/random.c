#include "stats/random.h"

#include <math.h>

#define TWO_PI 6.283185307179586477

uint64_t gf_random_bits(uint64_t *state) {
    return gf_random_mix(*state += GF_RANDOM_STEP);
}

double gf_random_unit(uint64_t *state) {
    return ((double)(gf_random_bits(state) >> 12) + 0.5) * 0x1p-52;
}

uint64_t gf_random_below(uint64_t *state, uint64_t limit) {
    return gf_random_bits(state) % limit;
}

/* G. Box and M. Muller, 1958. The second number of a pair is dropped: the state is one number. */
double gf_random_normal(uint64_t *state) {
    const double radius = sqrt(-2 * log(gf_random_unit(state)));
    return radius * cos(TWO_PI * gf_random_unit(state));
}
