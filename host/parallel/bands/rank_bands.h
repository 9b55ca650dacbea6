/* What one rank has of a problem whose units are independent: those that are its own, those that
 * may come to it from the queue, its device, and the bands that it has computed. */
#pragma once

#include "backends/device_set/member.h"
#include "device/context.h"
#include "parallel/bands/band_plan.h"
#include "ranks/ranks.h"

/* Units that a rank has in its memory. */
typedef struct gf_held_units {
    gf_part units;                /* count 0: none */
    gf_problem problem;           /* of these units */
    void *inputs[GF_MAX_BUFFERS]; /* first contents, which no device writes; owned */
    void *memory[GF_MAX_BUFFERS]; /* of a device that works in the host's memory; owned */
    void *rows;                   /* of the result, where they are copied; owned */
    gf_set_member member;         /* device NULL: there is none */
} gf_held_units;

/* Its own units, which may be none, and those that are in the queue. */
enum { GF_HELD_OWN, GF_HELD_QUEUED, GF_HELD };

/* A band that this rank has taken. */
typedef struct gf_band {
    gf_part units;
    uint32_t held;    /* where its rows are */
    uint32_t skipped; /* not computed: an earlier one has settled the result */
} gf_band;

typedef struct gf_rank_bands {
    const gf_context *context; /* NULL: this rank computes nothing */
    gf_ranks ranks;            /* those that compute */
    const gf_problem *whole;
    gf_division division;
    const gf_band_plan *plan;
    gf_held_units held[GF_HELD];
    gf_band *bands; /* of the latest round trip, in ascending order; owned */
    uint32_t count;
    char *wholes;     /* of results that parts have whole: one for each band; owned */
    void *joined;     /* rank 0: what is made of them; owned */
    gf_part left_out; /* rank 0: units that nobody computed, since an earlier one has settled the
                         result */
} gf_rank_bands;

/* Makes a rank's units with their inputs: `own`, and those in the queue. What was made stays on
 * failure, for gf_rank_bands_clear. Context, whole and plan must outlive the bands. */
gf_status gf_rank_bands_create(gf_rank_bands *bands, const gf_context *context,
                               const gf_ranks *ranks, const gf_problem *whole,
                               const gf_band_plan *plan, gf_part own, gf_error *error);
/* Makes programs and buffers. `its` has the device, which is open, and the variant. */
gf_status gf_rank_bands_prepare(gf_rank_bands *bands, const gf_member *its, gf_error *error);
void gf_rank_bands_clear(gf_rank_bands *bands);

/* Whether a host has memory for the units in the queue once more on each of its ranks. */
bool gf_rank_bands_fit(const gf_problem *whole, const gf_ranks *ranks, const gf_band_plan *plan,
                       gf_part own);

/* The most units of a band that a device has room for. */
uint64_t gf_rank_bands_room(const gf_problem *whole, const gf_division *division,
                            const gf_band_plan *plan, gf_part own);

/* Poisons what kernels write and puts inputs where a device works in the host's memory. Untimed. */
gf_status gf_rank_bands_reset(gf_rank_bands *bands, gf_error *error);
/* Computes the next band, which is behind all before, and notes it. */
gf_status gf_rank_bands_compute(gf_rank_bands *bands, gf_part units, gf_member_share *share,
                                gf_error *error);

/* Notes a band, of a result that parts have whole, which is not computed. */
gf_status gf_rank_bands_skip(gf_rank_bands *bands, gf_part units, gf_error *error);

/* Whether parts have rows of the result, or whole results that are joined. */
static inline bool gf_rank_bands_are_rows(const gf_rank_bands *bands) {
    return gf_is_cut(&bands->division, bands->whole->result);
}

/* What a band has of the result: its rows, or a whole. */
const char *gf_band_result(const gf_rank_bands *bands, uint32_t index);
/* The problem of a band. */
void gf_band_problem(const gf_rank_bands *bands, uint32_t index, gf_problem *problem);
/* Whether the latest band, which was computed, settles the result. */
bool gf_rank_bands_are_settled(const gf_rank_bands *bands);
