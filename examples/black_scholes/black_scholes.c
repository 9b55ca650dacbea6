/* Options begin to end - 1, by the same formulas. -ffast-math lets the compiler use the vector
 * functions of the C library. */
#include <math.h>
#include <stddef.h>

static inline float normal_below(float d) {
    const float k = 1.0f / (1.0f + 0.2316419f * fabsf(d));
    const float sum =
        k * (0.31938153f +
             k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
    const float above = 0.39894228f * expf(-0.5f * d * d) * sum;
    return d > 0 ? 1.0f - above : above;
}

void black_scholes(size_t begin, size_t end, float rate, float volatility,
                   const float *restrict spot, const float *restrict strike,
                   const float *restrict years, float *restrict call, float *restrict put) {
    for (size_t i = begin; i < end; i++) {
        const float s = spot[i], x = strike[i], t = years[i];
        const float deviation = volatility * sqrtf(t);
        const float d1 = (logf(s / x) + (rate + 0.5f * volatility * volatility) * t) / deviation;
        const float below1 = normal_below(d1), below2 = normal_below(d1 - deviation);
        const float discounted = x * expf(-rate * t);
        call[i] = s * below1 - discounted * below2;
        put[i] = discounted * (1.0f - below2) - s * (1.0f - below1);
    }
}
