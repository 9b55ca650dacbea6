#include "parallel/run/ranked_balance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "parallel/part/rank_trip.h"
#include "parallel/run/ranked_parts.h"

/* ---- Devices that differ ---------------------------------------------------- */

static bool are_alike(const gf_rank_facts *a, const gf_rank_facts *b) {
    return strcmp(a->device, b->device) == 0 && strcmp(a->variant, b->variant) == 0 &&
           a->threads == b->threads;
}

/* Whether those that take part have different devices or kernels. */
static bool devices_differ(const gf_ranked_run *run) {
    const gf_rank_facts *facts = run->parallel->facts;
    bool differ = false;
    for (uint32_t i = 1; i < run->result->ranks; i++)
        differ = differ || !are_alike(&facts[0], &facts[i]);
    return differ;
}

/* The own units, all ranks at once; the first time wakes the device up. */
static gf_status measure_bands(gf_rank_bands *bands, double *ns, gf_error *error) {
    gf_rank_times times = {0};
    gf_status status = gf_band_trip_own(bands, &times, error);
    if (status == GF_OK)
        status = gf_band_trip_own(bands, &times, error);
    *ns = (double)times.own_ns;
    return status;
}

/* Steps without an exchange where rows read others. */
static gf_status measure_own(gf_parallel *parallel, double *ns, gf_error *error) {
    return gf_parallel_has_bands(parallel)
               ? measure_bands(&parallel->bands, ns, error)
               : gf_rank_rehearse(&parallel->part, parallel->part.visit_steps, ns, error);
}

static double work_of(const gf_parallel *parallel) {
    const gf_rank_part *part = &parallel->part;
    if (gf_parallel_has_bands(parallel))
        return gf_work_share(parallel->division.units, &parallel->profile,
                             parallel->bands.held[GF_HELD_OWN].units);
    if (part->division.reach > 0)
        return (double)gf_local_count(part->local.rows);
    return gf_work_share(parallel->division.units, &parallel->profile, part->mine);
}

/* The rate of each rank that takes part, in shares of the work in a ns, on every rank of the job:
 * those that take part compute, the others hear it. */
static gf_status measure_rates(gf_ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    double *rates = parallel->rates;
    gf_status status = GF_OK;
    if (gf_parallel_takes_part(parallel)) {
        double ns = 0;
        status = measure_own(parallel, &ns, error);
        const double mine = ns > 0 ? work_of(parallel) / ns : 0;
        if (status == GF_OK)
            status = gf_ranks_gather(&run->group, &mine, sizeof mine, rates, error);
    }
    return status == GF_OK ? gf_ranks_broadcast(parallel->ranks, rates,
                                                run->result->ranks * sizeof *rates, error)
                           : status;
}

gf_status gf_ranked_balance(gf_ranked_run *run, gf_error *error) {
    if (!devices_differ(run) || run->plan.grid.across > 1)
        return GF_OK;
    run->any_grid = false;
    const gf_status status = measure_rates(run, error);
    if (status != GF_OK)
        return status;
    gf_ranked_split(run);
    gf_ranked_note_plan(run);
    run->plan.steps = run->plan.steps < run->most_steps ? run->plan.steps : run->most_steps;
    return gf_ranked_make(run, error);
}

/* ---- Devices that look alike ------------------------------------------------ */

/* Parts that were split without these rates, of which one is off by so much, are split anew. */
#define UNEVEN 1.25

static bool are_uneven(const double *learned, const double *assumed, uint32_t count) {
    double least = INFINITY, most = 0;
    for (uint32_t i = 0; i < count; i++) {
        const double ratio = learned[i] / (assumed[0] > 0 && assumed[i] > 0 ? assumed[i] : 1);
        least = fmin(least, ratio);
        most = fmax(most, ratio);
    }
    return least > 0 && most > UNEVEN * least;
}

/* Those that rank 0 has learned, on every rank; zeros: none. */
static gf_status share_learned(const gf_ranked_run *run, double *learned, gf_error *error) {
    const gf_band_rates *known = &run->band_rates;
    const size_t bytes = run->result->ranks * sizeof *learned;
    if (known->count == run->result->ranks)
        memcpy(learned, known->rates, bytes);
    return gf_ranks_broadcast(run->parallel->ranks, learned, bytes, error);
}

gf_status gf_ranked_balance_bands(gf_ranked_run *run, bool *changed, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    const uint32_t count = run->result->ranks;
    double *learned = calloc(count, sizeof *learned);
    *changed = false;
    if (learned == NULL)
        return gf_error_no_memory(error, "rates", count * sizeof *learned);
    gf_status status = share_learned(run, learned, error);
    if (status == GF_OK && parallel->band_plan.own > 0 &&
        are_uneven(learned, parallel->rates, count)) {
        memcpy(parallel->rates, learned, count * sizeof *learned);
        *changed = true;
        status = gf_ranked_make_anew(run, error);
    }
    free(learned);
    return status;
}
