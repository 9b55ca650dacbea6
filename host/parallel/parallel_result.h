/* What the round trips on some of a job's ranks have shown. */
#pragma once

#include "parallel/part/halo_choice.h"
#include "parallel/part/rank_part.h"
#include "stats/samples.h"

/* What a rank says of a round trip. Plain bytes. */
typedef struct gf_trip_word {
    gf_rank_times times;
    uint64_t compared, mismatches;
    uint32_t holds, sampled;
    uint64_t elapsed_ns; /* since the first trip began, proofs included */
} gf_trip_word;

/* The round trips on some of the ranks. On other ranks than the first only `ranks`, `holds` and
 * what all know are there. */
typedef struct gf_parallel_result {
    uint32_t ranks, active;
    gf_rank_grid grid;
    bool queues;         /* ranks took bands from a queue, after the units that were their own */
    gf_part *parts;      /* rows or units; owned */
    gf_trip_word *words; /* trip after trip, `ranks` each; owned */
    uint32_t trips;
    gf_samples totals; /* of the job, for each trip */
    uint32_t median;   /* the trip with the median total */
    uint64_t visit_steps, exchanges;
    bool overlaps;
    gf_halo_costs costs; /* of the slowest rank, as rehearsed */
    bool holds;
    uint64_t compared, mismatches;
    bool sampled;
    double checksum, work;
    char answer[256];
    bool has_known_answer, known_answer_holds;
} gf_parallel_result;

/* Of no trips yet, so that nothing is wrong. On failure nothing is held. */
gf_status gf_parallel_result_create(gf_parallel_result *result, uint32_t ranks, gf_error *error);
void gf_parallel_result_clear(gf_parallel_result *result);

/* Whether it holds after a trip of which the ranks say this. */
void gf_parallel_result_judge(gf_parallel_result *result, const gf_trip_word *words);
/* Adds a trip that is timed. `words`: one of each rank; copied. */
gf_status gf_parallel_result_add(gf_parallel_result *result, const gf_trip_word *words,
                                 gf_error *error);
/* Once all trips are there; at least one. */
void gf_parallel_result_find_median(gf_parallel_result *result);

/* Of a result with trips. */

/* Rank 0: the statistics of the trips. */
gf_statistics gf_parallel_total(const gf_parallel_result *result);
/* The total of a trip: of the rank that took longest. */
uint64_t gf_trip_total_ns(const gf_parallel_result *result, uint32_t trip);
/* What a rank did in the median trip; imbalance_ns includes its wait for the last one. */
gf_rank_times gf_median_times(const gf_parallel_result *result, uint32_t rank);
/* The units that a rank computed in it. */
uint64_t gf_units_of_rank(const gf_parallel_result *result, uint32_t rank);
