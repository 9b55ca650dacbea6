#include "parallel/scaling/rank_sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "parallel/scaling/scaling.h"
#include "stats/bootstrap.h"
#include "stats/sort.h"

/* More ranks must gain more than one in a hundred. */
#define WORTH 0.99

/* ---- Intervals --------------------------------------------------------------- */

static int by_value(const void *a, const void *b) {
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static int by_time(const void *a, const void *b) {
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

/* The median's, by drawing the samples again. */
static void find_interval(const gf_samples *samples, uint64_t seed, gf_rank_point *point) {
    double medians[GF_BOOTSTRAP_REPETITIONS];
    uint64_t random = seed;
    point->low_ns = (double)point->measured.min_ns;
    point->high_ns = (double)point->measured.max_ns;
    uint64_t *sorted = malloc(samples->count * sizeof *sorted);
    if (sorted == NULL) /* the wider interval stays */
        return;
    memcpy(sorted, samples->ns, samples->count * sizeof *sorted);
    qsort(sorted, samples->count, sizeof *sorted, by_time);
    for (size_t i = 0; i < GF_BOOTSTRAP_REPETITIONS; i++)
        medians[i] = gf_resampled_median(sorted, samples->count, &random);
    free(sorted);
    qsort(medians, GF_BOOTSTRAP_REPETITIONS, sizeof medians[0], by_value);
    point->low_ns = gf_quantile(medians, GF_BOOTSTRAP_REPETITIONS, 0.05);
    point->high_ns = gf_quantile(medians, GF_BOOTSTRAP_REPETITIONS, 0.95);
}

/* A prediction is as uncertain as a round trip on one rank. */
static void predict(const gf_scaling *scaling, const gf_samples *one, gf_rank_point *point) {
    if (!scaling->known || one == NULL)
        return;
    const gf_statistics statistics = gf_samples_statistics(one);
    const double median = (double)statistics.median_ns;
    point->predicted_ns = gf_scaling_predict(scaling, point->ranks);
    point->predicted_low_ns = point->predicted_ns * (double)statistics.min_ns / median;
    point->predicted_high_ns = point->predicted_ns * (double)statistics.max_ns / median;
}

/* ---- Up to how many ------------------------------------------------------------ */

typedef struct range {
    double ns, low, high;
} range;

static range measured_of(const gf_rank_point *point) {
    return (range){(double)point->measured.median_ns, point->low_ns, point->high_ns};
}

static range predicted_of(const gf_rank_point *point) {
    return (range){point->predicted_ns, point->predicted_low_ns, point->predicted_high_ns};
}

/* The last number that gains over all smaller ones. It is sure if neither that gain nor the loss
 * behind it is within the intervals. */
static gf_rank_worth find_worth(const gf_rank_sweep *sweep,
                                range (*of)(const gf_rank_point *point)) {
    size_t best = 0;
    bool surely = true;
    for (size_t i = 1; i < sweep->count; i++) {
        const range now = of(&sweep->points[i]), before = of(&sweep->points[best]);
        const bool apart = now.high < before.low || now.low > before.high;
        if (now.ns < WORTH * before.ns) {
            best = i;
            surely = apart;
        } else {
            surely = surely && apart;
        }
    }
    return (gf_rank_worth){.ranks = of(&sweep->points[best]).ns > 0 ? sweep->points[best].ranks : 0,
                           .surely = surely,
                           .open = best + 1 == sweep->count};
}

void gf_rank_sweep_make(const gf_parallel *parallel, gf_rank_sweep *sweep) {
    const gf_scaling scaling = gf_scaling_of(parallel);
    const gf_samples *one = NULL;
    *sweep = (gf_rank_sweep){.count = 0};
    for (size_t i = 0; i < parallel->result_count && sweep->count < GF_MOST_SWEPT_RANKS; i++) {
        const gf_parallel_result *result = &parallel->results[i];
        gf_rank_point *point = &sweep->points[sweep->count];
        if (!result->holds || result->trips == 0)
            continue;
        one = result->ranks == 1 ? &result->totals : one;
        *point = (gf_rank_point){.ranks = result->ranks, .measured = gf_parallel_total(result)};
        find_interval(&result->totals, parallel->options.seed, point);
        predict(&scaling, one, point);
        sweep->count++;
    }
    if (sweep->count == 0)
        return;
    if (sweep->points[0].ranks == 1)
        sweep->one_ns = (double)sweep->points[0].measured.median_ns;
    sweep->measured = find_worth(sweep, measured_of);
    sweep->predicted = find_worth(sweep, predicted_of);
}

/* ---- Words ----------------------------------------------------------------------- */

static const gf_rank_point *point_of(const gf_rank_sweep *sweep, uint32_t ranks) {
    const gf_rank_point *found = &sweep->points[0];
    for (size_t i = 0; i < sweep->count; i++)
        found = sweep->points[i].ranks == ranks ? &sweep->points[i] : found;
    return found;
}

void gf_rank_sweep_format(const gf_rank_sweep *sweep, char *buffer, size_t size) {
    const gf_rank_worth *worth = &sweep->measured;
    const gf_rank_point *first = &sweep->points[0], *best = point_of(sweep, worth->ranks);
    char total[32], other[32];
    gf_text text = gf_text_in(buffer, size);
    gf_format_ns((double)best->measured.median_ns, total, sizeof total);
    gf_format_ns((double)first->measured.median_ns, other, sizeof other);
    if (best == first)
        gf_text_add(&text, "more ranks than %u are %s worth it: %s a round trip", first->ranks,
                    worth->surely ? "not" : "perhaps not", total);
    else
        gf_text_add(&text,
                    "worth it up to %u ranks%s: %s a round trip, %.2f times as fast as %u rank%s "
                    "(%s)",
                    best->ranks, worth->surely ? "" : ", but not surely", total,
                    (double)first->measured.median_ns / (double)best->measured.median_ns,
                    first->ranks, first->ranks == 1 ? "" : "s", other);
    gf_text_add(&text, worth->open ? "; more were not tried" : "; more ranks gain nothing");
    gf_text_add(&text, ". Every result is right.");
}
