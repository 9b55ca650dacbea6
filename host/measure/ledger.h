/* The ledger: samples of each phase and their statistics. docs/how-we-time.md says what each phase
 * means and which clock it is read from. */
#ifndef GF_LEDGER_H
#define GF_LEDGER_H

#include "stats/samples.h"

/* One round trip, or what of it has passed so far. */
typedef struct gf_round_trip {
    uint64_t h2d_ns, d2h_ns;
    uint64_t compute_wall_ns; /* launch to finish, by the host's clock */
    uint64_t device_ns;       /* kernel time by the device's clock, if device_clock_ok */
    uint64_t total_ns;
    bool device_clock_ok;
    const char *device_clock;  /* its name, if ok */
    const char *clock_trouble; /* why it is not ok, or NULL when the device has no clock */
} gf_round_trip;

/* All phases of one device. */
typedef struct gf_ledger {
    gf_samples phases[GF_PHASE_COUNT];
    const char *clocks[GF_PHASE_COUNT]; /* "monotonic", "device events"; NULL: not measured */
    const char *clock_trouble;          /* why the device's clock was not used, or NULL */
    gf_samples pipelined; /* whole round trips with transfers beside the kernels, by the host's
                             clock; none where there is nothing to overlap */
} gf_ledger;

/* Enters a round trip: launch is what of the compute wall time is not kernel; unexplained is what
 * of the total is in none of the four phases. The first trip whose device clock can't be used turns
 * the samples before and after it, too, to the host's clock. */
gf_status gf_ledger_add(gf_ledger *timing, const gf_round_trip *trip, const char *host_clock,
                        gf_error *error);
/* The index of the sample whose total is the median one (the lower one of an even number): the
 * round trip that the ledger shows, because medians of single phases don't add up. samples > 0. */
uint32_t gf_ledger_median_trip(const gf_ledger *timing);
/* The longest of the medians of upload, kernel and download: no round trip can take less. */
uint64_t gf_ledger_longest_ns(const gf_ledger *timing);
void gf_ledger_clear(gf_ledger *timing);

#endif
