/* The part of a problem that one rank computes on its device: its rows, halos around them, and what
 * it exchanges with its neighbours. */
#pragma once

#include "backends/device_set/member.h"
#include "backends/device_set/row_split.h"
#include "device/context.h"
#include "parallel/part/comm_line.h"
#include "ranks/ranks.h"

/* What one round trip of a rank took. All times but own_ns add up to the job's total, with what is
 * unexplained. */
typedef struct gf_rank_times {
    uint64_t h2d_ns, launch_ns, kernel_ns, d2h_ns;
    uint64_t halo_ns;      /* exchanging rows, as long as messages of that length take */
    uint64_t imbalance_ns; /* waiting for other ranks beyond that */
    uint64_t own_ns;       /* from the common start to this rank's own end */
    uint64_t sent_bytes, messages;
    uint64_t queue_ns;     /* asking for bands, and waiting for the answers */
    uint64_t units, bands; /* that it computed, and launches that they took */
    uint64_t chunks;       /* of equal work, that they are */
} gf_rank_times;

typedef struct gf_rank_part {
    const gf_context *context;
    gf_ranks ranks; /* those that compute */
    const gf_problem *whole;
    gf_division division;
    const gf_part *parts; /* of all of them */
    uint32_t active;      /* ranks with units: the first ones */
    gf_part mine;         /* count 0: nothing to compute */
    uint64_t visit_steps; /* steps between two exchanges */
    bool overlaps;        /* edges are computed first, and travel beside the rest */
    gf_line line;         /* of messages */
    gf_local_rows local;
    gf_problem problem; /* of its own rows, without halos; buffers have as many */
    gf_set_member member;
    gf_set_member strip; /* for an edge alone, where exchanges overlap; device NULL: none */
    bool in_place;       /* the device computes in the host's memory */
    void *inputs[GF_MAX_BUFFERS]; /* first contents: local rows of what is cut, else all; owned */
    void *own_memory[GF_MAX_BUFFERS]; /* of a device that works in the host's memory; owned */
    char *edges[4];      /* rows on their way: to and from above, to and from below; owned */
    void *strip_rows;    /* on their way to the strip; owned */
    void *result_memory; /* own rows of the result, where they are copied; owned */
    const void *result;  /* own rows of the latest round trip; NULL: none yet */
} gf_rank_part;

/* What is asked for of exchanges. */
typedef struct gf_halo_plan {
    uint64_t steps;
    bool overlaps;
    gf_line line;
} gf_halo_plan;

/* The most steps between two exchanges: halos come from direct neighbours. */
uint64_t gf_rank_most_steps(const gf_problem *whole, const gf_division *division,
                            const gf_part *parts, uint32_t count);

/* Makes this rank's part with its inputs. What was made stays on failure, for gf_rank_part_clear.
 * `parts`: one for each of the ranks; they, the context and the whole must outlive the part. */
gf_status gf_rank_part_create(gf_rank_part *part, const gf_context *context, const gf_ranks *ranks,
                              const gf_problem *whole, const gf_part *parts,
                              const gf_halo_plan *plan, gf_error *error);
/* Makes programs and buffers, once what workloads note of inputs is known. `its` has the device,
 * which is open, and the variant. */
gf_status gf_rank_part_prepare(gf_rank_part *part, const gf_member *its, gf_error *error);
void gf_rank_part_clear(gf_rank_part *part);

/* Neighbours that rows are exchanged with. */
bool gf_rank_has_upper(const gf_rank_part *part);
bool gf_rank_has_lower(const gf_rank_part *part);
uint32_t gf_rank_upper(const gf_rank_part *part);
uint32_t gf_rank_lower(const gf_rank_part *part);

/* Rows of a buffer's first content, from row `first` of the whole on, modulo its rows. The caller
 * frees it. */
gf_status gf_rank_fill_rows(const gf_problem *whole, uint32_t index, uint64_t first, uint64_t rows,
                            const volatile sig_atomic_t *cancel, void **made, gf_error *error);
