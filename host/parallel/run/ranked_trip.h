/* One round trip of a run's parts, and its proof, whether they are bands or units that read others.
 */
#pragma once

#include "parallel/run/ranked_run.h"

/* What rank 0 knows of how fast ranks compute bands, for the parts as they are; what was learnt of
 * the ranks stays. Nothing on other ranks, or where there are no bands. */
gf_status gf_ranked_begin_rates(gf_ranked_run *run, gf_error *error);
/* On rank 0: the next round trip's bands are by the rates of this one. `words`: of all ranks that
 * take part. */
void gf_ranked_learn_rates(gf_ranked_run *run, const gf_trip_word *words);

/* All ranks that take part call it. */
gf_status gf_ranked_trip(gf_ranked_run *run, gf_rank_times *times, gf_error *error);

/* All ranks of the job call it, with parts that are ready; those that take part get their proof,
 * and rank 0 its rates of bands. */
gf_status gf_ranked_proof_make(gf_ranked_run *run, gf_error *error);
/* Compares what this rank computed in the latest trip. */
gf_status gf_ranked_proof_check(gf_ranked_run *run, gf_verification *verification, bool *holds,
                                gf_error *error);
/* Frees the proof, and the rates. */
void gf_ranked_proof_clear(gf_ranked_run *run);
