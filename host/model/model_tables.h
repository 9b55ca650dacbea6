/* The tables beside the models: what share of each limit published kernels reached, and how many
 * instructions compilers make of the kernels. models/tables/ has them with their sources. */
#pragma once

#include "model/model.h"
#include "problem/workload.h"

/* The numbers of shares.ini. Those of one kind of kernel: */
typedef enum gf_share {
    GF_SHARE_MEMORY,     /* least share of the memory's rate */
    GF_SHARE_ARITHMETIC, /* of the rate of operations */
    GF_SHARE_ISSUE,      /* of the rate of instructions */
    GF_SHARES
} gf_share;

/* A number with its range. */
typedef struct gf_table_range {
    double low, high;
} gf_table_range;

typedef struct gf_tables {
    double shares[GF_SHARES][GF_KERNEL_KINDS];
    gf_table_range steps_per_visit[GF_KERNEL_KINDS]; /* steps of one pass over the memory */
    /* By gf_model_type: instructions for each operation, where no compiler's count is known. */
    gf_table_range instructions[2][GF_KERNEL_KINDS];
    double latency[2]; /* by gf_model_type: clocks from one instruction of a wave to the next, at
                          worst */
    gf_table_range build_ns; /* building a kernel */
    double round_trip_ns;    /* no round trip over a bus is shorter */
    struct gf_count *counts; /* of instructions.ini */
    size_t count_count;
    const char **typical; /* names of models, as `compare` mentions them */
    size_t typical_count;
    gf_pool *pool; /* owns all this */
} gf_tables;

/* Instructions of a lane for one unit of a problem's work. */
typedef struct gf_count {
    const char *workload, *variant;
    gf_model_family family;
    gf_precision precision;
    gf_math math;
    double instructions;
    uint32_t line;
} gf_count;

/* The tables that the library carries; a slip in them is an error, too. */
gf_status gf_tables_create(gf_tables **tables, gf_error *error);
/* The same from other texts, for tests. */
gf_status gf_tables_parse(const char *shares, const char *counts, const char *typical,
                          gf_tables **tables, gf_error *error);
/* Accepts NULL. */
void gf_tables_destroy(gf_tables *tables);

/* The fewest and the most instructions that compilers of the family made of the problem's kernels;
 * those of other families where it has none. false: there are no counts of the workload. */
bool gf_tables_instructions(const gf_tables *tables, const gf_problem *problem,
                            gf_model_family family, gf_table_range *range);
