/* The ledger: samples of each phase of a round trip. docs/how-we-time.md defines the phases and
 * names the clock of each. */
#pragma once

#include "device/backend.h"
#include "problem/traffic.h"
#include "stats/samples.h"

/* All samples of one device. */
typedef struct gf_ledger {
    gf_samples phases[GF_PHASE_COUNT];
    const char *clocks[GF_PHASE_COUNT]; /* "monotonic", "device events"; NULL: not measured */
    const char *clock_trouble;          /* why the device's clock was not used, or NULL */
    /* Of the kernel phase, by the device's clock: what each kernel of a step took in a round trip.
     * stage_count below 2: there is one kernel, or it is not known. */
    gf_samples stages[GF_MAX_STAGES];
    uint32_t stage_count;
    /* Of a set of devices: what each of them did in each round trip. Owned. */
    gf_shares *shares;
    uint32_t share_count;
    gf_samples detours; /* gf_round_trip.detour_ns */
    /* When each of them began, and when building and allocating did, by the clock of the phases; 0:
     * not known. */
    gf_samples began, pipelined_began;
    uint64_t build_began_ns, alloc_began_ns;
    gf_samples pipelined; /* whole round trips whose transfers overlap the kernels, by the host's
                             clock; empty where nothing can overlap */
} gf_ledger;

/* Adds one round trip. launch = compute wall time - kernel; unexplained = total - (h2d + launch +
 * kernel + d2h). Once the device's clock failed in one round trip, every sample, earlier ones
 * included, goes by the host's clock. */
gf_status gf_ledger_add(gf_ledger *ledger, const gf_round_trip *trip, const char *host_clock,
                        gf_error *error);
/* Adds a pipelined one, which began at `began_ns`. */
gf_status gf_ledger_add_pipelined(gf_ledger *ledger, uint64_t began_ns, uint64_t total_ns,
                                  gf_error *error);
/* Adds the shares of the round trip that was added last. */
gf_status gf_ledger_add_shares(gf_ledger *ledger, const gf_shares *shares, gf_error *error);
/* Goes by the host's clock from now on and in all samples so far, for this reason, which must
 * outlive the ledger. Does nothing where the kernel phase is the host's already. */
void gf_ledger_distrust(gf_ledger *ledger, const char *trouble);
/* Removes all round trips but the first ones: so many serial and so many pipelined ones. */
void gf_ledger_keep(gf_ledger *ledger, uint32_t trips, uint32_t pipelined);
/* The index of the sample with the median total (of an even number the lower middle one). Reports
 * show this round trip, because the medians of single phases don't add up. samples > 0. */
uint32_t gf_ledger_median_trip(const gf_ledger *ledger);
/* The longest of the medians of upload, kernel and download: no round trip can take less. */
uint64_t gf_longest_phase_ns(const gf_statistics statistics[GF_PHASE_COUNT]);
void gf_ledger_clear(gf_ledger *ledger);

/* The fare of a round trip: what is paid for moving data and starting kernels, h2d + launch + d2h.
 * `ns` is indexed by gf_phase and may be measured or predicted. */
double gf_fare_ns(const double ns[GF_PHASE_COUNT]);
/* The fare as a share of the total, at most 1; 0 without a total. */
double gf_fare_share(const double ns[GF_PHASE_COUNT]);

/* What a round trip takes with `factor` times the computing between the same transfers, if kernels
 * keep their rate: the shorter of the serial and the pipelined one. `pipelined_ns`: the pipelined
 * round trip with factor 1; 0: there is none. */
double gf_scaled_trip_ns(const double ns[GF_PHASE_COUNT], double pipelined_ns,
                         const gf_overlap *overlap, double factor);
