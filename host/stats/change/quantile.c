#include "stats/change/quantile.h"

#include <math.h>

/* Halvings of an interval: below the precision of a double. */
#define HALVINGS 200

/* The probability that a standard normal number, or one of Student's t, exceeds x >= 0. */
typedef double (*tail)(double x, uint32_t degrees);

static double normal_above(double x, uint32_t degrees) {
    (void)degrees;
    return 0.5 * erfc(x / sqrt(2));
}

/* The finite series for whole degrees of freedom (M. Abramowitz and I. Stegun, "Handbook of
 * Mathematical Functions", 26.7.3 and 26.7.4). */
static double t_above(double t, uint32_t degrees) {
    const double angle = atan(t / sqrt(degrees)), sine = sin(angle), cosine = cos(angle);
    const uint32_t odd = degrees % 2;
    double term = odd == 1 ? cosine : 1, sum = degrees == 1 ? 0 : term;
    for (uint32_t i = 2 + odd; i < degrees; i += 2) {
        term *= cosine * cosine * (i - 1) / i;
        sum += term;
    }
    const double inside = odd == 1 ? 2 / M_PI * (angle + sine * sum) : sine * sum;
    return 0.5 * (1 - inside);
}

static double find(tail above, uint32_t degrees, double share) {
    double low = 0, high = 1;
    while (above(high, degrees) > share && high < 1e12)
        high *= 2;
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = 0.5 * (low + high);
        if (above(middle, degrees) > share)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double gf_normal_quantile(double above) {
    return find(normal_above, 0, above);
}

double gf_t_quantile(double above, uint32_t degrees) {
    return find(t_above, degrees, above);
}
