/* Formulas: C. E. Rasmussen and C. K. I. Williams, Gaussian Processes for Machine Learning (2006):
 * prediction 2.25 and 2.26, constant mean 2.41, leave-one-out 5.10 to 5.12, Matern 4.17. */
#include "stats/kriging.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "stats/confidence.h"

/* Floor of the function's standard deviation, because observations may agree by accident. */
#define LEAST_DEVIATION 0.05
/* Variance of the function by which observations are weighted before its own is known: a deviation
 * of a factor of 1.6. Values from 0.05 to 1 fit measured cases equally well. */
#define USUAL_VARIANCE 0.2
/* Halvings of an interval until the variance is known to twelve digits. */
#define HALVINGS 40
/* Leave-one-out errors say nothing about fewer observations than this. */
#define LEAST_LEFT_OUT 4

/* Matern correlation of smoothness 3/2: once differentiable, because times bend at cache sizes. */
static double correlation(const gf_site *a, const gf_site *b) {
    double square = 0;
    for (int i = 0; i < GF_KRIGING_DIMENSIONS; i++) {
        const double distance = a->x[i] - b->x[i];
        square += distance * distance;
    }
    const double r = sqrt(3 * square);
    return (1 + r) * exp(-r);
}

/* ---- Linear algebra ---------------------------------------------------- */

/* Replaces the lower triangle by its Cholesky factor. */
static bool factorize(gf_kriging *k) {
    for (uint32_t j = 0; j < k->count; j++) {
        for (uint32_t i = j; i < k->count; i++) {
            double sum = k->factor[i][j];
            for (uint32_t l = 0; l < j; l++)
                sum -= k->factor[i][l] * k->factor[j][l];
            if (i == j && !(sum > 0))
                return false;
            k->factor[i][j] = i == j ? sqrt(sum) : sum / k->factor[j][j];
        }
    }
    return true;
}

static void solve_lower(const gf_kriging *k, double *v) {
    for (uint32_t i = 0; i < k->count; i++) {
        for (uint32_t l = 0; l < i; l++)
            v[i] -= k->factor[i][l] * v[l];
        v[i] /= k->factor[i][i];
    }
}

static void solve_upper(const gf_kriging *k, double *v) {
    for (uint32_t i = k->count; i-- > 0;) {
        for (uint32_t l = i + 1; l < k->count; l++)
            v[i] -= k->factor[l][i] * v[l];
        v[i] /= k->factor[i][i];
    }
}

static double dot(const double *a, const double *b, uint32_t count) {
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static double sum_of_ones(const gf_kriging *k) {
    double sum = 0;
    for (uint32_t i = 0; i < k->count; i++)
        sum += k->ones[i];
    return sum;
}

/* ---- Fitting ----------------------------------------------------------- */

/* Variance of the observations around their mean, minus the variance of their noise. Observations
 * count the less, the noisier they are, so that one that says nothing does not hide the others'
 * variance under its noise. */
static double signal_variance(const double *y, const double *noise, uint32_t count) {
    double weights = 0, squared_weights = 0, mean = 0, square = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double weight = 1 / (USUAL_VARIANCE + noise[i] * noise[i]);
        weights += weight;
        squared_weights += weight * weight;
        mean += weight * y[i];
    }
    mean /= weights;
    for (uint32_t i = 0; i < count; i++)
        square += ((y[i] - mean) * (y[i] - mean) - noise[i] * noise[i]) /
                  (USUAL_VARIANCE + noise[i] * noise[i]);
    const double variance = count > 1 ? square / (weights - squared_weights / weights) : 0;
    return fmax(variance, LEAST_DEVIATION * LEAST_DEVIATION);
}

static bool fit_weights(gf_kriging *k, const gf_site *sites, const double *y, const double *noise,
                        uint32_t count) {
    k->count = count;
    k->variance = signal_variance(y, noise, count);
    memcpy(k->sites, sites, count * sizeof *sites);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j <= i; j++)
            k->factor[i][j] = correlation(&sites[i], &sites[j]);
        k->factor[i][i] += noise[i] * noise[i] / k->variance;
    }
    if (!factorize(k))
        return false;
    for (uint32_t i = 0; i < count; i++)
        k->ones[i] = 1;
    solve_lower(k, k->ones);
    solve_upper(k, k->ones);
    k->mean = dot(k->ones, y, count) / sum_of_ones(k);
    for (uint32_t i = 0; i < count; i++)
        k->weights[i] = y[i] - k->mean;
    solve_lower(k, k->weights);
    solve_upper(k, k->weights);
    return true;
}

/* Element (index, index) of the inverse. */
static double inverse_diagonal(const gf_kriging *k, uint32_t index) {
    double column[GF_KRIGING_MOST] = {0};
    column[index] = 1;
    solve_lower(k, column);
    return dot(column, column, k->count);
}

/* An observation against its prediction from all others: squared error, predicted variance. */
typedef struct left_out {
    double square, variance;
} left_out;

static void leave_one_out(const gf_kriging *k, left_out *errors) {
    for (uint32_t i = 0; i < k->count; i++) {
        const double precision = inverse_diagonal(k, i);
        const double error = k->weights[i] / precision;
        errors[i] = (left_out){error * error, k->variance / precision};
    }
}

/* Whether enough observations are inside their intervals: 7 of 8. */
static bool intervals_hold(const left_out *errors, uint32_t count, double extra) {
    const double reach = GF_CONFIDENCE_DEVIATIONS * GF_CONFIDENCE_DEVIATIONS;
    uint32_t inside = 0;
    for (uint32_t i = 0; i < count; i++)
        inside += errors[i].square <= reach * (errors[i].variance + extra);
    return inside >= floor(GF_CONFIDENCE * count);
}

/* The least variance that makes enough intervals hold their observation when added to each. */
static double find_excess_variance(const left_out *errors, uint32_t count) {
    double low = 0, high = 0;
    for (uint32_t i = 0; i < count; i++)
        high = fmax(high, errors[i].square);
    if (intervals_hold(errors, count, 0))
        return 0;
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = 0.5 * (low + high);
        if (intervals_hold(errors, count, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

bool gf_kriging_fit(gf_kriging *kriging, const gf_site *sites, const double *y, const double *noise,
                    uint32_t count) {
    assert(count > 0 && count <= GF_KRIGING_MOST);
    if (!fit_weights(kriging, sites, y, noise, count))
        return false;
    left_out errors[GF_KRIGING_MOST];
    leave_one_out(kriging, errors);
    kriging->excess_variance = count < LEAST_LEFT_OUT ? 0 : find_excess_variance(errors, count);
    return true;
}

double gf_kriging_predict(const gf_kriging *k, const gf_site *site, double *deviation) {
    double near[GF_KRIGING_MOST], solved[GF_KRIGING_MOST];
    for (uint32_t i = 0; i < k->count; i++)
        near[i] = correlation(&k->sites[i], site);
    memcpy(solved, near, k->count * sizeof *near);
    solve_lower(k, solved);
    const double known = dot(solved, solved, k->count);
    const double from_mean = 1 - dot(near, k->ones, k->count);
    const double share = 1 - known + from_mean * from_mean / sum_of_ones(k);
    *deviation = sqrt(k->variance * fmax(share, 0) + k->excess_variance);
    return k->mean + dot(near, k->weights, k->count);
}
