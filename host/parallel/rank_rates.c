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

/* Steps without an exchange where rows read others; else the whole part, all ranks at once. */
static gf_status measure_own(gf_rank_part *part, double *ns, gf_error *error) {
    gf_rank_times times;
    if (part->division.reach > 0)
        return gf_rank_rehearse(part, part->visit_steps, ns, error);
    gf_status status = gf_rank_trip(part, &times, error);
    if (status == GF_OK) /* the first one wakes the device up */
        status = gf_rank_trip(part, &times, error);
    *ns = (double)times.own_ns;
    return status;
}

static double work_of(const gf_parallel *parallel, const gf_rank_part *part) {
    if (part->division.reach > 0)
        return (double)gf_local_count(part->local.rows);
    return gf_work_share(parallel->division.units, &parallel->profile, part->mine);
}

gf_status gf_rank_rates_measure(gf_parallel *parallel, uint32_t ranks, double *rates,
                                gf_error *error) {
    gf_rank_part *part = &parallel->part;
    gf_status status = GF_OK;
    double ns = 0, mine = 0;
    if (parallel->ranks->rank < ranks) {
        status = measure_own(part, &ns, error);
        mine = ns > 0 ? work_of(parallel, part) / ns : 0;
        if (status == GF_OK)
            status = gf_ranks_gather(&part->ranks, &mine, sizeof mine, rates, error);
    }
    return status == GF_OK
               ? gf_ranks_broadcast(parallel->ranks, rates, ranks * sizeof *rates, error)
               : status;
}
