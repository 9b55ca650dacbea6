#include "parallel/run/ranked_trip.h"

#include "parallel/part/rank_trip.h"

/* ---- The trip --------------------------------------------------------------- */

gf_status gf_ranked_begin_rates(gf_ranked_run *run, gf_error *error) {
    const gf_parallel *parallel = run->parallel;
    if (!gf_parallel_has_bands(parallel) || parallel->ranks->rank != 0)
        return GF_OK;
    gf_band_rates made;
    const double *known = run->band_rates.count > 0 ? run->band_rates.rates : parallel->rates;
    const gf_status status =
        gf_band_rates_create(&made, &parallel->bands, known, parallel->parts, error);
    gf_band_rates_clear(&run->band_rates);
    run->band_rates = made;
    return status;
}

void gf_ranked_learn_rates(gf_ranked_run *run, const gf_trip_word *words) {
    for (uint32_t i = 0; i < run->band_rates.count; i++)
        gf_band_rates_learn(&run->band_rates, i, &words[i].times);
}

gf_status gf_ranked_trip(gf_ranked_run *run, gf_rank_times *times, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    return gf_parallel_has_bands(parallel)
               ? gf_band_trip(&parallel->bands, &run->band_rates, times, error)
               : gf_rank_trip(&parallel->part, times, error);
}

/* ---- Its proof -------------------------------------------------------------- */

static gf_status make_own_proof(gf_ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    if (!gf_parallel_takes_part(parallel))
        return GF_OK;
    if (!gf_parallel_has_bands(parallel))
        return gf_rank_proof_create(&run->proof, &parallel->part, &parallel->tolerance, error);
    const gf_status status = gf_ranked_begin_rates(run, error);
    return status == GF_OK ? gf_band_proof_create(&run->band_proof, &parallel->bands,
                                                  &parallel->tolerance, error)
                           : status;
}

gf_status gf_ranked_proof_make(gf_ranked_run *run, gf_error *error) {
    return gf_ranks_agree(run->parallel->ranks, make_own_proof(run, error), error);
}

gf_status gf_ranked_proof_check(gf_ranked_run *run, gf_verification *verification, bool *holds,
                                gf_error *error) {
    return gf_parallel_has_bands(run->parallel)
               ? gf_band_proof_check(&run->band_proof, verification, holds, error)
               : gf_rank_proof_check(&run->proof, &run->parallel->part, verification, holds, error);
}

void gf_ranked_proof_clear(gf_ranked_run *run) {
    gf_rank_proof_clear(&run->proof);
    gf_band_proof_clear(&run->band_proof);
    gf_band_rates_clear(&run->band_rates);
}
