#include "trend.h"

#include <math.h>

/* Sweeps of coordinate descent; the sum of squares is convex, so that each one only improves it. */
#define SWEEPS 2000
#define ENOUGH 1e-9 /* relative change of the coefficients in a sweep */

typedef struct normal_equations {
    double matrix[GF_TERM_COUNT][GF_TERM_COUNT], right[GF_TERM_COUNT];
} normal_equations;

/* Each term relative to the leg's time: then all errors count as shares. */
static void set_up(normal_equations *n, const gf_leg *legs, const double *ns, uint32_t count) {
    *n = (normal_equations){.right = {0}};
    for (uint32_t p = 0; p < count; p++) {
        for (int i = 0; i < GF_TERM_COUNT; i++) {
            const double own = legs[p].terms[i] / ns[p];
            n->right[i] += own;
            for (int j = 0; j < GF_TERM_COUNT; j++)
                n->matrix[i][j] += own * legs[p].terms[j] / ns[p];
        }
    }
}

/* The best value of one coefficient with the others as they are. Returns its relative change. */
static double improve(const normal_equations *n, double *c, int i) {
    if (!(n->matrix[i][i] > 0))
        return 0;
    double rest = n->right[i];
    for (int j = 0; j < GF_TERM_COUNT; j++)
        rest -= j == i ? 0 : n->matrix[i][j] * c[j];
    const double old = c[i];
    c[i] = fmax(rest / n->matrix[i][i], 0);
    return old == c[i] ? 0 : fabs(c[i] - old) / fmax(c[i], old);
}

void gf_trend_fit(gf_trend *trend, const gf_leg *legs, const double *ns, uint32_t count) {
    normal_equations n;
    set_up(&n, legs, ns, count);
    *trend = (gf_trend){.coefficients = {0}};
    double change = 1;
    for (int sweep = 0; sweep < SWEEPS && change > ENOUGH; sweep++) {
        change = 0;
        for (int i = 0; i < GF_TERM_COUNT; i++)
            change = fmax(change, improve(&n, trend->coefficients, i));
    }
}

double gf_trend_ns(const gf_trend *trend, const gf_leg *leg) {
    double ns = 0;
    for (int i = 0; i < GF_TERM_COUNT; i++)
        ns += trend->coefficients[i] * leg->terms[i];
    return ns;
}
