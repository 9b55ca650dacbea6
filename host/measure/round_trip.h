/* State of one run on one device, and its round trips. run.c times and verifies them. */
#pragma once

#include "device/trip.h"
#include "measure/result.h"
#include "measure/truth.h"

/* Called with the result at each stop of a round trip: after `step` steps. */
typedef gf_status (*gf_stop_callback)(void *context, uint64_t step, const void *output,
                                      gf_error *error);

/* Stops that differ from the problem's own. */
typedef struct gf_stops {
    uint64_t every;            /* steps between two of them; 0: as the problem says */
    gf_stop_callback callback; /* NULL: none */
    void *context;
} gf_stops;

typedef struct gf_run {
    gf_truth *truth;
    gf_device *device;
    const char *variant;
    gf_result *result; /* NULL: nothing is recorded */
    gf_stops stops;
    struct gf_saving *saving; /* NULL: no state is saved or gone on from */
    gf_tuning tuning;
    gf_program *program;
    bool launched;         /* at least once, on this device */
    gf_pipeline *pipeline; /* NULL: the device has nothing to overlap */
    gf_buffer buffers[GF_MAX_BUFFERS];
    uint32_t buffers_made;
    /* Host memory, one array for each buffer. It outlives the run's device buffers. */
    gf_host_array host[GF_MAX_BUFFERS];
    const void *output; /* the result, in one of the host arrays; NULL: there is none */
    uint64_t prepare_ns;
    uint64_t first_compute_ns; /* launch to finish of the first round trip */
    uint64_t last_total_ns;    /* of a round trip, and of the pipelined one that follows it */
    uint64_t sampled_ns;       /* sum of these */
    uint32_t resets;           /* before round trips */
    bool guards_filled;        /* behind the buffers that there are now */
    bool reversed; /* the inputs are those of another draw; without it their rows come in reverse
                      order, and so do those of the result */
    bool pipelined_wrong; /* the latest pipelined round trip was wrong */
} gf_run;

static inline const gf_context *gf_run_context(const gf_run *run) {
    return &run->truth->context;
}

/* What the inputs and the results of the next round trip are. */
static inline gf_truth *gf_run_turn(const gf_run *run) {
    return run->reversed && run->truth->redrawn != NULL ? &run->truth->redrawn->truth : run->truth;
}

static inline const gf_problem *gf_run_problem(const gf_run *run) {
    return run->truth->problem;
}

/* The clock of the run's device (gf_device_now). */
uint64_t gf_run_now(const gf_run *run);

/* The run's device, problem and buffers for its round trips. */
gf_trip gf_run_make_trip(gf_run *run);

/* Makes host arrays and device buffers, in place of those that the run has. The program need not
 * exist yet. */
gf_status gf_run_make_buffers(gf_run *run, gf_error *error);
/* Releases pipeline, program and buffers, as far as they exist. The host arrays stay. */
void gf_run_release(gf_run *run);
/* Frees the host arrays; the run has no output then. */
void gf_run_free_host(gf_run *run);

/* How many rows come in reverse while run->reversed is set; 0: all inputs stay, or another draw
 * takes their place. */
size_t gf_run_reversible_rows(const gf_run *run);
/* Puts the first content into what goes up again each time, and poison into the rest: on the host
 * and on the device, so that neither a kernel nor a transfer that did nothing can pass. Inputs are
 * those of the run's turn. */
gf_status gf_run_reset(gf_run *run, gf_error *error);
/* Uploads what goes up before a stop. */
gf_status gf_run_upload(gf_run *run, bool first, bool swapped, gf_error *error);
/* Downloads what comes down at a stop. */
gf_status gf_run_download(gf_run *run, bool swapped, gf_error *error);
/* Puts the first content of what goes up and comes down again back into the host's arrays. */
gf_status gf_run_restore(gf_run *run, gf_error *error);
/* Computes `steps` steps from step `first` on and waits for them. */
gf_status gf_run_compute(gf_run *run, uint64_t first, uint64_t steps, bool *swapped,
                         gf_round_trip *times, gf_error *error);
/* Where the next launch may be the first: lets the driver start its threads on all cores, until
 * gf_cores_bind_again. */
gf_core_binding gf_run_unbind_for_launch(gf_run *run);
/* A whole round trip with all its stops. *swapped: the content of the pair is in the partner. */
gf_status gf_run_trip(gf_run *run, bool *swapped, gf_round_trip *times, gf_error *error);
/* The same after a reset; takes the output. */
gf_status gf_run_round_trip(gf_run *run, gf_round_trip *times, gf_error *error);
/* Takes the host array that the result came down to as the run's output. */
void gf_run_take_output(gf_run *run, bool swapped);

void gf_run_progress(const gf_run *run, const char *stage, uint32_t done, uint32_t planned,
                     uint64_t expected_ns);
