/* One option in each work-item. */

/* The normal distribution by the polynomial of Abramowitz and Stegun, 26.2.17: right to 7.5e-8. */
inline float normal_below(float d) {
    const float k = 1.0f / (1.0f + 0.2316419f * fabs(d));
    const float sum =
        k * (0.31938153f +
             k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
    const float above = 0.39894228f * exp(-0.5f * d * d) * sum;
    return d > 0 ? 1.0f - above : above;
}

kernel void black_scholes(const uint n, const float rate, const float volatility,
                          global const float *spot, global const float *strike,
                          global const float *years, global float *call, global float *put) {
    const size_t i = get_global_id(0);
    if (i >= n)
        return;
    const float s = spot[i], x = strike[i], t = years[i];
    const float deviation = volatility * sqrt(t);
    const float d1 = (log(s / x) + (rate + 0.5f * volatility * volatility) * t) / deviation;
    const float below1 = normal_below(d1), below2 = normal_below(d1 - deviation);
    const float discounted = x * exp(-rate * t);
    call[i] = s * below1 - discounted * below2;
    put[i] = discounted * (1.0f - below2) - s * (1.0f - below1);
}
