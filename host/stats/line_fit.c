#include "stats/line_fit.h"

#include <math.h>

/* Exact times need 1; a knee of a factor of 10 is found to 1 in 1000 after about 20. */
#define ITERATIONS 30

/* exp(1.645 * 0.84) is 4. */
#define MOST_SPREAD 0.84

bool gf_line_usable(const gf_line *line) {
    return line->count > 0 && line->spread <= MOST_SPREAD;
}

/* Sums over the measurements, each with its weight. */
typedef struct sums {
    double w, wx, wxx, wy, wxy;
} sums;

/* Clocks count whole nanoseconds: a time of 0 is a time below 1. */
static double at_least_1(double ns) {
    return fmax(ns, 1);
}

static double line_ns(const gf_line *line, double bytes) {
    return line->a_ns + line->b_ns * bytes;
}

/* Iterating with these weights w, the least squares of t - f converge to the least squares of
 * log(t / f): then w (t - f) = log(t / f) / f, and the derivative of log f is that of f over f. */
static double weight(double ns, double fitted) {
    const double t = at_least_1(ns), f = at_least_1(fitted);
    return fabs(t - f) < 1e-6 * f ? 1 / (f * f) : log(t / f) / ((t - f) * f);
}

static sums add_up(const gf_line *line, const double *bytes, const double *ns, uint32_t count) {
    sums s = {0, 0, 0, 0, 0};
    for (uint32_t i = 0; i < count; i++) {
        const double fitted = line == NULL ? ns[i] : line_ns(line, bytes[i]);
        const double w = weight(ns[i], fitted);
        s.w += w;
        s.wx += w * bytes[i];
        s.wxx += w * bytes[i] * bytes[i];
        s.wy += w * ns[i];
        s.wxy += w * bytes[i] * ns[i];
    }
    return s;
}

/* Solves the normal equations of a weighted least squares fit. If a or b is negative, it is 0 and
 * the other is fitted alone: the objective is convex, so its minimum for a, b >= 0 is there. */
static void solve_weighted(const sums *s, double *a, double *b) {
    const double determinant = s->w * s->wxx - s->wx * s->wx;
    *b = determinant > 0 ? (s->w * s->wxy - s->wx * s->wy) / determinant : -1;
    if (*b < 0) {
        *b = 0;
        *a = s->wy / s->w;
        return;
    }
    *a = (s->wy - *b * s->wx) / s->w;
    if (*a < 0) {
        *a = 0;
        *b = s->wxy / s->wxx;
    }
}

static double spread_around(const gf_line *line, const double *bytes, const double *ns,
                            uint32_t count) {
    double squares = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double error = log(at_least_1(ns[i]) / at_least_1(line_ns(line, bytes[i])));
        squares += error * error;
    }
    return count > 2 ? sqrt(squares / (count - 2)) : 0; /* two parameters were fitted */
}

gf_line gf_line_fit(const double *bytes, const double *ns, uint32_t count) {
    gf_line line = {0};
    if (count == 0)
        return line;
    for (int i = 0; i < ITERATIONS; i++) {
        const sums s = add_up(i == 0 ? NULL : &line, bytes, ns, count);
        solve_weighted(&s, &line.a_ns, &line.b_ns);
    }
    line.spread = spread_around(&line, bytes, ns, count);
    line.least = line.most = bytes[0];
    line.count = count;
    for (uint32_t i = 1; i < count; i++) {
        line.least = fmin(line.least, bytes[i]);
        line.most = fmax(line.most, bytes[i]);
    }
    return line;
}
