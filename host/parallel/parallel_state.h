/* The state of a problem on several ranks, which the files of this folder and the report share. */
#pragma once

#include "measure/verify.h"
#include "parallel/bands/band_table.h"
#include "parallel/bands/band_trip.h"
#include "parallel/parallel_result.h"
#include "parallel/part/rank_part.h"
#include "parallel/part/rank_split.h"
#include "parallel/saving/rank_saving.h"
#include "problem/problem.h"

/* A rank in words. Plain bytes, which ranks send one another. */
typedef struct gf_rank_facts {
    char host[65];
    char label[96]; /* "native:avx2" */
    char device[128], variant[32];
    uint32_t threads;
    uint32_t is_cpu; /* it computes on the host's cores */
} gf_rank_facts;

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

/* Whether this rank is one of those that the latest run has. */
static inline bool gf_parallel_takes_part(const gf_parallel *parallel) {
    return parallel->ranks->rank < parallel->latest;
}
