/* The state of a problem on several ranks, which the files of this folder and the report share. */
#pragma once

#include "measure/verify.h"
#include "parallel/bands/band_table.h"
#include "parallel/bands/band_trip.h"
#include "parallel/part/grid_choice.h"
#include "parallel/part/rank_part.h"
#include "parallel/part/rank_split.h"
#include "parallel/saving/rank_saving.h"
#include "problem/problem.h"
#include "stats/samples.h"

/* A rank in words. Plain bytes, which ranks send one another. */
typedef struct gf_rank_facts {
    char host[65];
    char label[96]; /* "native:avx2" */
    char device[128], variant[32];
    uint32_t threads;
    uint32_t is_cpu; /* it computes on the host's cores */
} gf_rank_facts;

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

struct gf_parallel {
    gf_ranks *ranks;
    gf_run_options options;
    gf_parallel_options how;
    gf_context context;
    gf_params *params;   /* of one rank's problem, which others grow from */
    gf_problem *problem; /* of the latest run */
    gf_division division;
    gf_work_profile profile;
    gf_tolerance tolerance;
    gf_line line; /* of messages between neighbours, of all ranks */
    gf_member its;
    gf_rank_facts *facts;   /* of all ranks, on every rank; owned */
    gf_part *parts;         /* of the latest run; owned */
    double *rates;          /* of ranks whose devices differ; 0: not known; owned */
    gf_rank_part part;      /* of the latest run, where units read others */
    gf_band_plan band_plan; /* where they do not */
    gf_rank_bands bands;
    gf_band_table band_table; /* rank 0: whose result is the latest */
    uint32_t latest;          /* how many ranks it had */
    gf_rank_saving saving;
    gf_parallel_result *results;
    size_t result_count;
};

/* Whether the units of the problem are independent, so that ranks compute bands of them. */
static inline bool gf_parallel_has_bands(const gf_parallel *parallel) {
    return parallel->division.reach == 0;
}
