#include "stats/change/change.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"
#include "stats/bootstrap.h"
#include "stats/change/quantile.h"
#include "stats/random.h"
#include "stats/sort.h"

/* Repetitions: the share outside of an interval that holds with 19 others is a quarter of a per
 * cent, which is five at each end. */
#define REPETITIONS 4000
/* A normal distribution's quartile distance, in standard deviations. */
#define QUARTILE_DISTANCE 1.3489795
/* Samples farther from the median than this many deviations count as so far where neighbours are
 * compared: one outlier must not hide that the others drift. */
#define FARTHEST 3
/* Samples that hardly change from one to the next say next to nothing about how far they may drift.
 */
#define MOST_ALIKE 0.95
/* Runs that the fixed deviation counts as, beside those that were measured. */
#define ASSUMED_DEGREES 4

/* The samples of one run. */
typedef struct run {
    uint64_t *sorted;
    uint32_t count;
    double median;
    double scatter; /* standard deviation of the samples, relative to the median */
    bool shared;
    double inflation; /* of the error of the median, because neighbours are alike */
} run;

typedef struct side {
    run *runs;
    size_t count;
    double log_median; /* mean of the runs' */
} side;

double gf_change_least_doubt(uint32_t old_samples, uint32_t new_samples) {
    double log_ways = 0; /* of choosing which of all samples are the old ones */
    for (uint32_t i = 1; i <= old_samples; i++)
        log_ways += log((double)new_samples + i) - log(i);
    return fmin(1, 2 * exp(-log_ways));
}

/* ---- Runs -------------------------------------------------------------- */

/* How alike neighbours are: their correlation, corrected for what is missing on average with few
 * samples (F. Marriott and J. Pope, "Bias in the Estimation of Autocorrelations", 1954). */
static double correlation_of_neighbours(const gf_samples *samples, const run *one) {
    double products = 0, squares = 0, last = 0;
    const double deviation = one->scatter * one->median, count = samples->count;
    if (samples->count < 8 || deviation <= 0)
        return 0;
    for (uint32_t i = 0; i < samples->count; i++) {
        double z = ((double)samples->ns[i] - one->median) / deviation;
        z = fmax(-FARTHEST, fmin(FARTHEST, z));
        products += i > 0 ? z * last : 0;
        squares += z * z;
        last = z;
    }
    const double raw = squares > 0 ? products / squares : 0;
    return fmax(0, fmin(MOST_ALIKE, (count * raw + 1) / (count - 4)));
}

static bool examine(const gf_samples *samples, run *one) {
    one->sorted = gf_samples_sorted(samples);
    if (one->sorted == NULL)
        return false;
    const gf_statistics statistics = gf_samples_statistics(samples);
    const uint32_t count = one->count = samples->count;
    one->median = 0.5 * ((double)one->sorted[(count - 1) / 2] + (double)one->sorted[count / 2]);
    one->scatter = (double)(statistics.q3_ns - statistics.q1_ns) / QUARTILE_DISTANCE / one->median;
    const double alike = correlation_of_neighbours(samples, one);
    one->inflation = sqrt((1 + alike) / (1 - alike));
    return true;
}

static void clear(side *of) {
    for (size_t i = 0; of->runs != NULL && i < of->count; i++)
        free(of->runs[i].sorted);
    free(of->runs);
}

static gf_status gather(const gf_change_run *runs, size_t count, side *of, gf_error *error) {
    *of = (side){.runs = calloc(count, sizeof *of->runs), .count = count};
    for (size_t i = 0; i < count; i++) {
        if (of->runs == NULL || !examine(&runs[i].samples, &of->runs[i]))
            return gf_error_no_memory(error, "samples", count * sizeof *of->runs);
        of->runs[i].shared = runs[i].shared;
        of->log_median += log(of->runs[i].median) / (double)count;
    }
    return GF_OK;
}

/* ---- The interval ------------------------------------------------------ */

/* By how much the logarithm of a side's median is off in one repetition. */
static double draw(const side *of, uint64_t *random) {
    double sum = 0;
    for (size_t i = 0; i < of->count; i++) {
        const run *one = &of->runs[i];
        const double drawn = fmax(1, gf_resampled_median(one->sorted, one->count, random));
        sum += one->inflation * log(drawn / one->median);
    }
    return sum / (double)of->count;
}

/* The most that the bootstrap leaves on each side: *below and *above, both at least 0. */
static gf_status resample(const side *old_side, const side *new_side, double outside, uint64_t seed,
                          double *below, double *above, gf_error *error) {
    double *drawn = malloc(REPETITIONS * sizeof *drawn);
    if (drawn == NULL)
        return gf_error_no_memory(error, "a bootstrap", REPETITIONS * sizeof *drawn);
    for (size_t i = 0; i < REPETITIONS; i++)
        drawn[i] = draw(new_side, &seed) - draw(old_side, &seed);
    gf_sort_reals(drawn, REPETITIONS);
    *below = fmax(0, -gf_quantile(drawn, REPETITIONS, 0.5 * outside));
    *above = fmax(0, gf_quantile(drawn, REPETITIONS, 1 - 0.5 * outside));
    free(drawn);
    return GF_OK;
}

/* What a run's median is assumed to differ by, because of its scatter. */
static double deviation_by_scatter(double scatter) {
    return GF_RUN_SCATTER_SHARE * fmin(scatter, GF_STEADY_SCATTER) +
           GF_RUN_SHARE_UNSTEADY * fmax(0, scatter - GF_STEADY_SCATTER);
}

/* Variance of the logarithm of a median from run to run, as assumed; the mean of a side's runs. */
static double assumed_variance(const side *of) {
    double sum = 0;
    for (size_t i = 0; i < of->count; i++) {
        const run *one = &of->runs[i];
        const double by_scatter = deviation_by_scatter(one->scatter);
        const double steady = one->shared ? GF_SHARED_RUN_DEVIATION : GF_RUN_DEVIATION;
        sum += steady * steady + by_scatter * by_scatter;
    }
    return sum / (double)of->count;
}

static double sum_of_squares(const side *of) {
    double sum = 0;
    for (size_t i = 0; i < of->count; i++) {
        const double distance = log(of->runs[i].median) - of->log_median;
        sum += distance * distance;
    }
    return sum;
}

/* Half the interval by the differences between runs. What is assumed stands where there is one run
 * on each side. With more, what they differ by is weighed against it (a moderated t-test: G. Smyth,
 * 2004), but never taken to be less than measured, because a machine may be far from usual. */
static double width_by_runs(const side *old_side, const side *new_side, double outside) {
    const double m = (double)old_side->count, n = (double)new_side->count;
    const double assumed =
        (assumed_variance(old_side) / m + assumed_variance(new_side) / n) / (1 / m + 1 / n);
    const uint32_t degrees = (uint32_t)(old_side->count + new_side->count - 2);
    if (degrees == 0)
        return gf_normal_quantile(0.5 * outside) * sqrt(assumed * 2);
    const double squares = sum_of_squares(old_side) + sum_of_squares(new_side);
    const double weighed =
        (ASSUMED_DEGREES * assumed + squares) / (ASSUMED_DEGREES + (double)degrees);
    return gf_t_quantile(0.5 * outside, ASSUMED_DEGREES + degrees) *
           sqrt(fmax(weighed, squares / degrees) * (1 / m + 1 / n));
}

/* The step of a coarse clock, as a logarithm of its share of the medians; 0 for samples that mostly
 * differ. */
static double step_of_clock(const side *of) {
    double step = 0;
    for (size_t i = 0; i < of->count; i++) {
        const run *one = &of->runs[i];
        uint32_t different = 1;
        uint64_t least = UINT64_MAX;
        for (uint32_t s = 1; s < one->count; s++) {
            const uint64_t gap = one->sorted[s] - one->sorted[s - 1];
            different += gap > 0;
            least = gap > 0 && gap < least ? gap : least;
        }
        if (2 * different <= one->count && least < UINT64_MAX)
            step = fmax(step, log1p((double)least / one->median));
    }
    return step;
}

static gf_status estimate(const side *old_side, const side *new_side, double outside, uint64_t seed,
                          gf_change *change, gf_error *error) {
    double below = 0, above = 0;
    const gf_status status = resample(old_side, new_side, outside, seed, &below, &above, error);
    if (status != GF_OK)
        return status;
    const double middle = new_side->log_median - old_side->log_median;
    const double runs = width_by_runs(old_side, new_side, outside);
    const double step = fmax(step_of_clock(old_side), step_of_clock(new_side));
    *change = (gf_change){.ratio = exp(middle),
                          .low = exp(middle - hypot(below, runs) - step),
                          .high = exp(middle + hypot(above, runs) + step),
                          .by_samples = fmax(below, above) + step,
                          .by_runs = runs};
    return GF_OK;
}

gf_status gf_change_estimate(const gf_change_run *old_runs, size_t old_count,
                             const gf_change_run *new_runs, size_t new_count, double outside,
                             uint64_t seed, gf_change *change, gf_error *error) {
    side old_side = {.runs = NULL}, new_side = {.runs = NULL};
    gf_status status = gather(old_runs, old_count, &old_side, error);
    if (status == GF_OK)
        status = gather(new_runs, new_count, &new_side, error);
    if (status == GF_OK)
        status = estimate(&old_side, &new_side, outside, seed, change, error);
    clear(&old_side);
    clear(&new_side);
    return status;
}
