/* What running a workload on one device holds, and the round trips themselves: what run.c times,
 * verifies and notes. */
#ifndef GF_ROUND_TRIP_H
#define GF_ROUND_TRIP_H

#include "device/session.h"
#include "measure/comparison.h"

/* What a run holds while it lasts. */
typedef struct gf_run {
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
} gf_run;

static inline uint64_t gf_run_now(const gf_run *run) {
    return gf_clock_now(&run->comparison->session->clock);
}

/* The index of the buffer that holds the content of buffer `index` now. */
uint32_t gf_run_content(const gf_run *run, uint32_t index, bool swapped);

/* Host arrays and device buffers of the problem; the program need not be there yet. */
gf_status gf_run_make_buffers(gf_run *run, gf_error *error);
/* Pipeline, program and buffers, whatever there is of them. The host arrays stay. */
void gf_run_release(gf_run *run);

/* The host arrays, and with them the comparison's output. */
void gf_run_free_host(gf_run *run);

/* Puts the first content into what goes up again each time, and poison into the rest: on the host
 * and on the device, so that neither a kernel nor a transfer that did nothing can pass. */
gf_status gf_run_reset(gf_run *run, gf_error *error);
/* What goes up at a stop, which may be the first. */
gf_status gf_run_upload(gf_run *run, bool first, bool swapped, gf_error *error);
/* So many steps, and waiting for them. */
gf_status gf_run_compute(gf_run *run, uint64_t steps, bool *swapped, gf_round_trip *trip,
                         gf_error *error);
/* The whole round trip after a reset, with all its stops. */
gf_status gf_run_round_trip(gf_run *run, gf_round_trip *trip, gf_error *error);

/* Tells the caller's callback, if there is one. */
void gf_run_progress(const gf_run *run, const char *stage, uint32_t done, uint32_t planned,
                     uint64_t expected_ns);

#endif
