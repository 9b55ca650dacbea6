#include "predict/regression.h"

#include <math.h>
#include <string.h>

/* Added to the deviation for each correlation length between a site and the range of the cases. */
#define BEYOND_DEVIATION 0.8
/* Fewer cases than these don't tell by how much they are off (stats/kriging.c); then it is this. */
#define FEW_CASES       4
#define USUAL_DEVIATION 0.45

static double octaves(double value, double length) {
    return log2(fmax(value, 1)) / length;
}

/* The correlation lengths, in octaves, are those that predict each of 76 cases best from the
 * others. Lengths fitted to the cases of one kernel would follow its noise
 * (docs/how-well-we-predict.md). */
static gf_site site_of(const gf_case *c) {
    return (gf_site){{octaves(c->items, 12), octaves(c->footprint / c->items, 8),
                      octaves(c->segment_steps, 6),
                      octaves(c->work / c->segments / (c->items * c->segment_steps), 6),
                      octaves(c->precision == GF_PRECISION_F32 ? 4 : 8, 3)}};
}

static double site_distance(const gf_site *a, const gf_site *b) {
    double square = 0;
    for (int i = 0; i < GF_KRIGING_DIMENSIONS; i++)
        square += (a->x[i] - b->x[i]) * (a->x[i] - b->x[i]);
    return sqrt(square);
}

double gf_case_distance(const gf_case *a, const gf_case *b) {
    const gf_site x = site_of(a), y = site_of(b);
    return site_distance(&x, &y);
}

/* ---- Neighbours -------------------------------------------------------- */

/* A case that writes at most this share of its bytes is of another kernel than one that copies: a
 * list of inputs, which also makes most of the bytes reads, is not meant. */
#define MOST_READ 0.02

static bool mostly_reads(const gf_case *c) {
    return c->written <= MOST_READ;
}

/* Cases of the other precision are included; their distance makes them count less. */
static bool is_same_kernel(const gf_case *c, const char *variant, const gf_case *asked) {
    return strcmp(c->workload, asked->workload) == 0 && strcmp(c->variant, variant) == 0 &&
           c->math == asked->math;
}

/* 0: not known, as in profiles of older builds; then it may be of either kind. */
static bool is_same_kind(const gf_case *c, const gf_case *asked) {
    return c->written <= 0 || asked->written <= 0 || mostly_reads(c) == mostly_reads(asked);
}

/* Without one, cases of the other kind are better than none: a sum of two values writes as much as
 * a copy does. */
static bool has_case_of_kind(const gf_profile *profile, const char *variant, const gf_case *asked) {
    for (size_t i = 0; i < profile->case_count; i++) {
        if (is_same_kernel(&profile->cases[i], variant, asked) &&
            is_same_kind(&profile->cases[i], asked))
            return true;
    }
    return false;
}

/* When there is no room, replaces the farthest case if this one is nearer. */
static void add_neighbour(gf_neighbours *neighbours, const gf_case *added, double distance) {
    uint32_t slot = neighbours->count;
    if (neighbours->count == GF_KRIGING_MOST) {
        slot = 0;
        for (uint32_t i = 1; i < neighbours->count; i++)
            slot = neighbours->distances[i] > neighbours->distances[slot] ? i : slot;
        if (neighbours->distances[slot] <= distance)
            return;
    } else {
        neighbours->count++;
    }
    neighbours->cases[slot] = added;
    neighbours->distances[slot] = distance;
}

void gf_neighbours_find(const gf_profile *profile, const char *variant, const gf_case *asked,
                        gf_neighbours *neighbours) {
    const bool any_kind = !has_case_of_kind(profile, variant, asked);
    neighbours->count = 0;
    neighbours->site = site_of(asked);
    for (size_t i = 0; i < profile->case_count; i++) {
        const gf_case *c = &profile->cases[i];
        const gf_site site = site_of(c);
        if (is_same_kernel(c, variant, asked) && (any_kind || is_same_kind(c, asked)))
            add_neighbour(neighbours, c, site_distance(&site, &neighbours->site));
    }
}

const gf_case *gf_neighbours_nearest(const gf_neighbours *neighbours) {
    uint32_t best = 0;
    for (uint32_t i = 1; i < neighbours->count; i++)
        best = neighbours->distances[i] < neighbours->distances[best] ? i : best;
    return neighbours->cases[best];
}

/* ---- Regression -------------------------------------------------------- */

void gf_gp_data_add(gf_gp_data *data, const gf_case *at, double value, double noise) {
    data->sites[data->count] = site_of(at);
    data->y[data->count] = log(value);
    data->noise[data->count++] = fmax(noise, GF_LEAST_NOISE);
}

/* Moves the site into the range of the data; returns the distance in correlation lengths. */
static double clamp_site(const gf_gp_data *data, gf_site *site) {
    const gf_site asked = *site;
    for (int d = 0; d < GF_KRIGING_DIMENSIONS; d++) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (uint32_t i = 0; i < data->count; i++) {
            low = fmin(low, data->sites[i].x[d]);
            high = fmax(high, data->sites[i].x[d]);
        }
        site->x[d] = fmin(fmax(site->x[d], low), high);
    }
    return site_distance(&asked, site);
}

/* The deviation that a kernel's cases have about their common factor, which as few as these don't
 * tell, less what the nearest one says at this distance (a Matern 3/2 correlation, as in kriging).
 */
static double usual_deviation(const gf_gp_data *data, const gf_site *site) {
    double nearest = HUGE_VAL;
    for (uint32_t i = 0; i < data->count; i++)
        nearest = fmin(nearest, site_distance(&data->sites[i], site));
    const double r = sqrt(3) * nearest, correlation = (1 + r) * exp(-r);
    return USUAL_DEVIATION * sqrt(1 - correlation * correlation);
}

bool gf_gp_data_predict(const gf_gp_data *data, gf_site site, gf_posterior *posterior) {
    gf_kriging kriging;
    if (data->count == 0 ||
        !gf_kriging_fit(&kriging, data->sites, data->y, data->noise, data->count))
        return false;
    const double usual = data->sparse && data->count < FEW_CASES ? usual_deviation(data, &site) : 0;
    posterior->beyond = clamp_site(data, &site);
    posterior->value = exp(gf_kriging_predict(&kriging, &site, &posterior->deviation));
    posterior->deviation =
        hypot(hypot(posterior->deviation, GF_LEAST_NOISE), posterior->beyond * BEYOND_DEVIATION);
    posterior->deviation = hypot(posterior->deviation, usual);
    return isfinite(posterior->value) && posterior->value > 0 && isfinite(posterior->deviation);
}
