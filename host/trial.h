/* What running a workload on one device holds, and the round trips themselves: what run.c times,
 * verifies and notes. */
#ifndef GF_TRIAL_H
#define GF_TRIAL_H

#include "comparison.h"
#include "session.h"

/* What a run holds while it lasts. */
typedef struct gf_trial {
    gf_comparison *comparison;
    const gf_problem *problem;
    gf_device *device;
    gf_result *result; /* NULL: nothing is recorded */
    gf_tuning tuning;
    gf_program *program;
    gf_pipeline *pipeline; /* NULL: the device has nothing to overlap */
    gf_buffer buffers[GF_MAX_BUFFERS];
    uint32_t buffers_made;
    uint64_t prepare_ns;
    uint64_t first_compute_ns; /* launch to finish of the first round trip */
    uint64_t last_total_ns;    /* of a round trip, and of the pipelined one that follows it */
    uint64_t sampled_ns;       /* sum of these */
    bool pipelined_wrong;      /* the latest pipelined round trip was not right */
    uint64_t stop_every;       /* 0: as the problem says */
    gf_stop_callback stop;
    void *stop_context;
} gf_trial;

static inline uint64_t gf_trial_now(const gf_trial *t) {
    return gf_clock_now(&t->comparison->session->clock);
}

/* The index of the buffer that holds the content of buffer `index` now. */
uint32_t gf_trial_content(const gf_trial *t, uint32_t index, bool swapped);

/* Host arrays and device buffers of the problem; the program need not be there yet. */
gf_status gf_trial_make_buffers(gf_trial *t, gf_error *error);
/* Pipeline, program and buffers, whatever there is of them. The host arrays stay. */
void gf_trial_release(gf_trial *t);

/* The host arrays, and with them the comparison's output. */
void gf_trial_free_host(gf_trial *t);

/* Puts the first content into what goes up again each time, and poison into the rest: on the host
 * and on the device, so that neither a kernel nor a transfer that did nothing can pass. */
gf_status gf_trial_reset(gf_trial *t, gf_error *error);
/* What goes up at a stop, which may be the first. */
gf_status gf_trial_upload(gf_trial *t, bool first, bool swapped, gf_error *error);
/* So many steps, and waiting for them. */
gf_status gf_trial_compute(gf_trial *t, uint64_t steps, bool *swapped, gf_round_trip *trip,
                           gf_error *error);
/* The whole round trip after a reset, with all its stops. */
gf_status gf_trial_round_trip(gf_trial *t, gf_round_trip *trip, gf_error *error);

/* Tells the caller's callback, if there is one. */
void gf_trial_progress(const gf_trial *t, const char *stage, uint32_t done, uint32_t planned,
                       uint64_t expected_ns);

/* Sets t->tuning for the variant: as the user wishes, as an earlier search found, as a search finds
 * now (trial_tuning.c); else the backend's defaults. */
gf_status gf_trial_choose_tuning(gf_trial *t, const char *variant, gf_error *error);

#endif
