/* A sum that carries its rounding errors along (A. Neumaier, 1974). */
#pragma once

#include <math.h>

typedef struct gf_compensated_sum {
    double sum, lost;
} gf_compensated_sum;

static inline void gf_compensated_add(gf_compensated_sum *total, double term) {
    const double next = total->sum + term;
    total->lost +=
        fabs(total->sum) >= fabs(term) ? (total->sum - next) + term : (term - next) + total->sum;
    total->sum = next;
}

static inline double gf_compensated_value(const gf_compensated_sum *total) {
    return total->sum + total->lost;
}
