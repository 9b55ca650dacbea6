/* The part of a problem that one rank computes on its device: its rows, or a rectangle of its
 * cells, halos around them, and what it exchanges with its neighbours. */
#pragma once

#include "backends/device_set/member.h"
#include "device/context.h"
#include "parallel/grid/rank_grid.h"
#include "parallel/part/comm_line.h"
#include "parallel/part/rank_pauses.h"
#include "ranks/ranks.h"

/* What one round trip of a rank took. All times but own_ns add up to the job's total, with what is
 * unexplained. */
typedef struct gf_rank_times {
    uint64_t h2d_ns, launch_ns, kernel_ns, d2h_ns;
    uint64_t halo_ns;      /* exchanging halos, as long as messages of that length take */
    uint64_t imbalance_ns; /* waiting for other ranks beyond that */
    uint64_t own_ns;       /* from the common start to this rank's own end */
    uint64_t sent_bytes, messages;
    uint64_t queue_ns;     /* asking for bands, and waiting for the answers */
    uint64_t units, bands; /* that it computed, and launches that they took */
    uint64_t chunks;       /* of equal work, that they are */
} gf_rank_times;

typedef struct gf_rank_part {
    const gf_context *context;
    gf_rank_pauses pauses; /* of its round trips */
    gf_ranks ranks;        /* those that compute */
    const gf_problem *whole;
    gf_division division;
    const gf_part *parts; /* rows, or units, of all of them */
    uint32_t active;      /* ranks with units: the first ones */
    gf_rank_grid grid;    /* of those that are active */
    gf_part mine;         /* count 0: nothing to compute */
    gf_part columns;      /* the own ones; those of the result where parts are rows alone */
    uint64_t visit_steps; /* steps between two exchanges */
    bool overlaps;        /* edges are computed first, and travel beside the rest */
    gf_line line;         /* of messages */
    gf_local_cells local;
    gf_problem panel;   /* of its columns with their halos, and of all rows */
    gf_problem problem; /* of its own cells, without halos; buffers have as many */
    gf_set_member member;
    /* For an upper or lower edge alone, and for one at a side, where exchanges overlap; device
     * NULL: none. */
    gf_set_member strip, side_strip;
    bool in_place;                /* the device computes in the host's memory */
    void *inputs[GF_MAX_BUFFERS]; /* first contents: local cells of what is cut, else all; owned */
    void *own_memory[GF_MAX_BUFFERS]; /* of a device that works in the host's memory; owned */
    char *sent[GF_DIRECTIONS], *received[GF_DIRECTIONS]; /* cells on their way; owned */
    void *strip_cells;                                   /* on their way to a strip; owned */
    void *result_memory; /* own cells of the result, where they are copied; owned */
    const void *result;  /* own cells of the latest round trip; NULL: none yet */
} gf_rank_part;

/* What is asked for of exchanges. */
typedef struct gf_halo_plan {
    gf_rank_grid grid;
    uint64_t steps;
    bool overlaps;
    gf_line line;
} gf_halo_plan;

/* The most steps between two exchanges: halos come from direct neighbours. */
uint64_t gf_rank_most_steps(const gf_problem *whole, const gf_division *division, gf_rank_grid grid,
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

/* The cells of the result that a rank computes. */
gf_rectangle gf_rank_rectangle(const gf_rank_part *part, uint32_t rank);

/* Cells on each side that a visit makes wrong. */
static inline uint64_t gf_rank_halo(const gf_rank_part *part) {
    return part->visit_steps * part->division.reach;
}

/* Whether it has neighbours to exchange halos with. */
bool gf_rank_exchanges(const gf_rank_part *part);
/* Whether its own cells lie between others in memory. */
bool gf_rank_has_sides(const gf_rank_part *part);
/* Its cells of a buffer of the whole with their halos, which may go on with the first row or column
 * behind the last; all of a buffer that is not cut. inputs[index] has them row after row. */
gf_rectangle gf_rank_input_cells(const gf_rank_part *part, uint32_t index);
/* All of its cells with halos, and its own ones, counted from the first of all. */
gf_rectangle gf_rank_local_cells(const gf_rank_part *part);
gf_rectangle gf_rank_own_cells(const gf_rank_part *part);
