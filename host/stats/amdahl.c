#include "stats/amdahl.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "stats/bootstrap.h"
#include "stats/confidence.h"
#include "stats/sort.h"

/* T(n) = a + b / n with a = s T1 and b = (1 - s) T1 is linear: with weights 1 / T^2 the sum of
 * ((a + b / n) / T - 1)^2 is least where its two derivatives are 0. A share is from 0 to 1: where a
 * or b would be negative, the least sum is on that edge, where one derivative is 0. So every fitted
 * time is above 0. false: no solution, because there are fewer than two numbers of threads. */
static bool fit_line(const double *threads, const double *times, size_t count, double *serial,
                     double *single) {
    double uu = 0, uv = 0, vv = 0, u1 = 0, v1 = 0;
    for (size_t i = 0; i < count; i++) {
        if (times[i] <= 0)
            continue;
        const double u = 1 / times[i], v = u / threads[i];
        uu += u * u;
        uv += u * v;
        vv += v * v;
        u1 += u;
        v1 += v;
    }
    const double determinant = uu * vv - uv * uv;
    if (determinant <= 1e-12 * uu * vv) /* all n are equal, up to rounding */
        return false;
    double a = (u1 * vv - v1 * uv) / determinant, b = (v1 * uu - u1 * uv) / determinant;
    if (b < 0) {
        a = u1 / uu;
        b = 0;
    } else if (a < 0) {
        a = 0;
        b = v1 / vv;
    }
    *single = a + b;
    *serial = a / (a + b);
    return true;
}

typedef struct fit_work {
    size_t count;
    uint64_t **sorted; /* samples of each number of threads; NULL: none */
    double *times;     /* their medians; 0: none */
} fit_work;

static void work_clear(fit_work *work) {
    for (size_t i = 0; work->sorted != NULL && i < work->count; i++)
        free(work->sorted[i]);
    free(work->sorted);
    free(work->times);
}

static gf_status work_prepare(fit_work *work, const gf_samples *samples, gf_error *error) {
    work->sorted = calloc(work->count, sizeof *work->sorted);
    work->times = calloc(work->count, sizeof *work->times);
    bool enough = work->sorted != NULL && work->times != NULL;
    for (size_t i = 0; enough && i < work->count; i++) {
        if (samples[i].count == 0)
            continue;
        work->sorted[i] = gf_samples_sorted(&samples[i]);
        enough = work->sorted[i] != NULL;
        work->times[i] = (double)gf_samples_statistics(&samples[i]).median_ns;
    }
    return enough ? GF_OK : gf_error_no_memory(error, "a fit", work->count * sizeof(double));
}

/* At an edge only one number was fitted, so two times are enough to check it. */
static double worst_deviation(const double *threads, const double *times, size_t count,
                              const gf_amdahl *fit) {
    const size_t fitted_numbers = fit->serial > 0 && fit->serial < 1 ? 2 : 1;
    double worst = 0;
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        const double fitted = fit->single_ns * (fit->serial + (1 - fit->serial) / threads[i]);
        if (times[i] <= 0)
            continue;
        worst = fmax(worst, fabs(times[i] / fitted - 1));
        known++;
    }
    return known > fitted_numbers ? worst : NAN;
}

/* The interval of the serial share. Overwrites work->times. */
static void bootstrap_share(const double *threads, const gf_samples *samples, uint64_t seed,
                            fit_work *work, gf_amdahl *fit) {
    double shares[GF_BOOTSTRAP_REPETITIONS];
    size_t solved = 0;
    for (size_t r = 0; r < GF_BOOTSTRAP_REPETITIONS; r++) {
        for (size_t i = 0; i < work->count; i++) {
            if (work->sorted[i] != NULL)
                work->times[i] = gf_resampled_median(work->sorted[i], samples[i].count, &seed);
        }
        double single = 0;
        if (fit_line(threads, work->times, work->count, &shares[solved], &single))
            solved++;
    }
    gf_sort_reals(shares, solved);
    fit->low = solved == 0 ? fit->serial : gf_quantile(shares, solved, GF_OUTSIDE);
    fit->high = solved == 0 ? fit->serial : gf_quantile(shares, solved, 1 - GF_OUTSIDE);
}

gf_status gf_amdahl_fit(const double *threads, const gf_samples *samples, size_t count,
                        uint64_t seed, gf_amdahl *fit, gf_error *error) {
    *fit = (gf_amdahl){.fitted = false};
    fit_work work = {.count = count};
    const gf_status status = work_prepare(&work, samples, error);
    if (status == GF_OK && fit_line(threads, work.times, count, &fit->serial, &fit->single_ns)) {
        fit->fitted = true;
        fit->worst_deviation = worst_deviation(threads, work.times, count, fit);
        bootstrap_share(threads, samples, seed, &work, fit);
    }
    work_clear(&work);
    return status;
}
