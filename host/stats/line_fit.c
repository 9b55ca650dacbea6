#include "stats/line_fit.h"

#include <math.h>
#include <stdbool.h>

/* Exact times need 1; a knee of a factor of 10 is found to 1 in 1000 after about 20. */
#define ITERATIONS 30
/* A part that differs from the other parts by less than this share of its square is no part. */
#define LEAST_PIVOT 1e-9

/* exp(1.645 * 0.84) is 4. */
#define MOST_SPREAD 0.84

bool gf_line_usable(const gf_line *line) {
    return line->count > 0 && line->spread <= MOST_SPREAD;
}

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

/* ---- Weighted least squares -------------------------------------------- */

/* The normal equations: square * ns = right. */
typedef struct equations {
    double square[GF_MOST_PARTS][GF_MOST_PARTS], right[GF_MOST_PARTS];
} equations;

/* `ns` NULL: the first iteration, without a fit. */
static void add_time(const gf_parted_time *t, const double *ns, equations *sums) {
    double fitted = ns == NULL ? t->ns : t->known_ns;
    for (uint32_t k = 0; ns != NULL && k < GF_MOST_PARTS; k++)
        fitted += ns[k] * t->x[k];
    const double w = weight(t->ns, fitted);
    for (uint32_t k = 0; k < GF_MOST_PARTS; k++) {
        sums->right[k] += w * t->x[k] * (t->ns - t->known_ns);
        for (uint32_t j = 0; j < GF_MOST_PARTS; j++)
            sums->square[k][j] += w * t->x[k] * t->x[j];
    }
}

/* Gauss-Jordan elimination over the used parts. Parts that depend on earlier ones, or are in no
 * time, are 0. */
static void solve_used(const equations *sums, const bool *used, double *ns) {
    equations e = *sums;
    bool solved[GF_MOST_PARTS] = {false};
    for (uint32_t k = 0; k < GF_MOST_PARTS; k++) {
        if (!used[k] || e.square[k][k] <= LEAST_PIVOT * sums->square[k][k])
            continue;
        solved[k] = true;
        for (uint32_t row = 0; row < GF_MOST_PARTS; row++) {
            const double factor = row == k ? 0 : e.square[row][k] / e.square[k][k];
            for (uint32_t j = 0; j < GF_MOST_PARTS; j++)
                e.square[row][j] -= factor * e.square[k][j];
            e.right[row] -= factor * e.right[k];
        }
    }
    for (uint32_t k = 0; k < GF_MOST_PARTS; k++)
        ns[k] = solved[k] ? e.right[k] / e.square[k][k] : 0;
}

/* No part takes a negative time: leaves out the part that is negative by the largest share, until
 * none is. */
static void solve(const equations *sums, double *ns) {
    bool used[GF_MOST_PARTS] = {true, true, true, true, true, true};
    for (uint32_t round = 0; round < GF_MOST_PARTS; round++) {
        uint32_t worst = GF_MOST_PARTS;
        solve_used(sums, used, ns);
        for (uint32_t k = 0; k < GF_MOST_PARTS; k++) {
            if (ns[k] < 0 &&
                (worst == GF_MOST_PARTS ||
                 ns[k] * sqrt(sums->square[k][k]) < ns[worst] * sqrt(sums->square[worst][worst])))
                worst = k;
        }
        if (worst == GF_MOST_PARTS)
            return;
        used[worst] = false;
    }
    for (uint32_t k = 0; k < GF_MOST_PARTS; k++)
        ns[k] = fmax(ns[k], 0);
}

void gf_parts_fit(const gf_parted_time *times, uint32_t count, double ns[GF_MOST_PARTS]) {
    for (int i = 0; i < ITERATIONS; i++) {
        equations sums = {{{0}}, {0}};
        for (uint32_t k = 0; k < count; k++)
            add_time(&times[k], i == 0 ? NULL : ns, &sums);
        solve(&sums, ns);
    }
}

/* ---- Lines ------------------------------------------------------------- */

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
    double fitted[GF_MOST_PARTS] = {0};
    if (count == 0)
        return (gf_line){0};
    for (int i = 0; i < ITERATIONS; i++) {
        equations sums = {{{0}}, {0}};
        for (uint32_t k = 0; k < count; k++)
            add_time(&(gf_parted_time){.ns = ns[k], .x = {1, bytes[k]}}, i == 0 ? NULL : fitted,
                     &sums);
        solve(&sums, fitted);
    }
    gf_line line = {
        .a_ns = fitted[0], .b_ns = fitted[1], .least = bytes[0], .most = bytes[0], .count = count};
    line.spread = spread_around(&line, bytes, ns, count);
    for (uint32_t i = 1; i < count; i++) {
        line.least = fmin(line.least, bytes[i]);
        line.most = fmax(line.most, bytes[i]);
    }
    return line;
}
