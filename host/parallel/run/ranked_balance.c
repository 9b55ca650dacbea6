#include "parallel/rank_rates.h"

#include <string.h>

#include "parallel/part/rank_trip.h"

static bool are_alike(const gf_rank_facts *a, const gf_rank_facts *b) {
    return strcmp(a->device, b->device) == 0 && strcmp(a->variant, b->variant) == 0 &&
           a->threads == b->threads;
}

bool gf_rank_devices_differ(const gf_parallel *parallel, uint32_t ranks) {
    bool differ = false;
    for (uint32_t i = 1; i < ranks; i++)
        differ = differ || !are_alike(&parallel->facts[0], &parallel->facts[i]);
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

gf_status gf_rank_rates_measure(gf_parallel *parallel, uint32_t ranks, double *rates,
                                gf_error *error) {
    const gf_ranks group = gf_ranks_first(parallel->ranks, ranks);
    gf_status status = GF_OK;
    double ns = 0, mine = 0;
    if (parallel->ranks->rank < ranks) {
        status = measure_own(parallel, &ns, error);
        mine = ns > 0 ? work_of(parallel) / ns : 0;
        if (status == GF_OK)
            status = gf_ranks_gather(&group, &mine, sizeof mine, rates, error);
    }
    return status == GF_OK
               ? gf_ranks_broadcast(parallel->ranks, rates, ranks * sizeof *rates, error)
               : status;
}
