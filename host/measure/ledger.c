#include "measure/ledger.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

static const char *const phase_names[GF_PHASE_COUNT] = {
    [GF_PHASE_BUILD] = "build",
    [GF_PHASE_ALLOC] = "alloc",
    [GF_PHASE_H2D] = "h2d",
    [GF_PHASE_LAUNCH] = "launch",
    [GF_PHASE_KERNEL] = "kernel",
    [GF_PHASE_D2H] = "d2h",
    [GF_PHASE_UNEXPLAINED] = "unexplained",
    [GF_PHASE_TOTAL] = "total",
};

const char *gf_phase_name(gf_phase phase) {
    return phase < GF_PHASE_COUNT ? phase_names[phase] : NULL;
}

static gf_status add_phase(gf_ledger *ledger, gf_phase phase, uint64_t ns, const char *clock,
                           gf_error *error) {
    ledger->clocks[phase] = clock;
    return gf_samples_add(&ledger->phases[phase], ns, error);
}

/* Moves the device's times back into the kernel phase, because the samples of one phase must all
 * come from one clock. */
static void give_up_device_clock(gf_ledger *ledger, const char *trouble) {
    gf_samples *kernel = &ledger->phases[GF_PHASE_KERNEL];
    gf_samples *launch = &ledger->phases[GF_PHASE_LAUNCH];
    for (uint32_t i = 0; i < kernel->count; i++) {
        kernel->ns[i] += launch->ns[i];
        launch->ns[i] = 0;
    }
    ledger->clock_trouble = trouble;
    ledger->stage_count = 0;
}

static gf_status add_stages(gf_ledger *ledger, const gf_round_trip *trip, bool device_clock,
                            gf_error *error) {
    gf_status status = GF_OK;
    ledger->stage_count = device_clock ? trip->stage_count : 0;
    for (uint32_t i = 0; status == GF_OK && i < ledger->stage_count; i++)
        status = gf_samples_add(&ledger->stages[i], trip->stage_ns[i], error);
    return status;
}

gf_status gf_ledger_add(gf_ledger *ledger, const gf_round_trip *trip, const char *host_clock,
                        gf_error *error) {
    if (trip->clock_trouble != NULL)
        give_up_device_clock(ledger, trip->clock_trouble);
    const bool device_clock = trip->device_clock_ok && ledger->clock_trouble == NULL;
    const uint64_t kernel_ns = device_clock ? trip->device_ns : trip->compute_wall_ns;
    const uint64_t named_ns = trip->h2d_ns + trip->compute_wall_ns + trip->d2h_ns;
    const struct {
        gf_phase phase;
        uint64_t ns;
        const char *clock;
    } entries[] = {
        {GF_PHASE_H2D, trip->h2d_ns, host_clock},
        {GF_PHASE_LAUNCH, trip->compute_wall_ns - kernel_ns, host_clock},
        {GF_PHASE_KERNEL, kernel_ns, device_clock ? trip->device_clock : host_clock},
        {GF_PHASE_D2H, trip->d2h_ns, host_clock},
        {GF_PHASE_UNEXPLAINED, trip->total_ns - named_ns, host_clock},
        {GF_PHASE_TOTAL, trip->total_ns, host_clock},
    };
    for (size_t i = 0; i < GF_COUNT_OF(entries); i++) {
        const gf_status status =
            add_phase(ledger, entries[i].phase, entries[i].ns, entries[i].clock, error);
        if (status != GF_OK)
            return status;
    }
    gf_status status = add_stages(ledger, trip, device_clock, error);
    if (status == GF_OK)
        status = gf_samples_add(&ledger->began, trip->began_ns, error);
    return status == GF_OK ? gf_samples_add(&ledger->detours, trip->detour_ns, error) : status;
}

gf_status gf_ledger_add_pipelined(gf_ledger *ledger, uint64_t began_ns, uint64_t total_ns,
                                  gf_error *error) {
    const gf_status status = gf_samples_add(&ledger->pipelined_began, began_ns, error);
    return status == GF_OK ? gf_samples_add(&ledger->pipelined, total_ns, error) : status;
}

gf_status gf_ledger_add_shares(gf_ledger *ledger, const gf_shares *shares, gf_error *error) {
    const gf_status status =
        gf_array_grow(&ledger->shares, ledger->share_count, sizeof *ledger->shares, error);
    if (status == GF_OK)
        ledger->shares[ledger->share_count++] = *shares;
    return status;
}

void gf_ledger_distrust(gf_ledger *ledger, const char *trouble) {
    if (ledger->clock_trouble != NULL ||
        ledger->clocks[GF_PHASE_KERNEL] == ledger->clocks[GF_PHASE_TOTAL])
        return;
    give_up_device_clock(ledger, trouble);
    ledger->clocks[GF_PHASE_KERNEL] = ledger->clocks[GF_PHASE_TOTAL];
}

void gf_ledger_keep(gf_ledger *ledger, uint32_t trips, uint32_t pipelined) {
    for (gf_phase phase = GF_PHASE_H2D; phase <= GF_PHASE_TOTAL; phase++)
        ledger->phases[phase].count = trips;
    for (uint32_t i = 0; i < ledger->stage_count; i++)
        ledger->stages[i].count = trips;
    ledger->began.count = trips;
    ledger->pipelined.count = pipelined;
    ledger->pipelined_began.count = pipelined;
    ledger->share_count = ledger->share_count < trips ? ledger->share_count : trips;
}

uint32_t gf_ledger_median_trip(const gf_ledger *ledger) {
    const gf_samples *totals = &ledger->phases[GF_PHASE_TOTAL];
    uint64_t *sorted = gf_samples_sorted(totals);
    if (sorted == NULL)
        return 0; /* no memory: the phases of any round trip add up */
    const uint64_t median_ns = sorted[(totals->count - 1) / 2];
    free(sorted);
    uint32_t trip = 0;
    while (totals->ns[trip] != median_ns)
        trip++;
    return trip;
}

uint64_t gf_longest_phase_ns(const gf_statistics statistics[GF_PHASE_COUNT]) {
    static const gf_phase phases[] = {GF_PHASE_H2D, GF_PHASE_KERNEL, GF_PHASE_D2H};
    uint64_t longest_ns = 0;
    for (size_t i = 0; i < GF_COUNT_OF(phases); i++) {
        const uint64_t ns = statistics[phases[i]].median_ns;
        longest_ns = ns > longest_ns ? ns : longest_ns;
    }
    return longest_ns;
}

void gf_ledger_clear(gf_ledger *ledger) {
    free(ledger->pipelined.ns);
    free(ledger->began.ns);
    free(ledger->pipelined_began.ns);
    free(ledger->detours.ns);
    free(ledger->shares);
    for (int i = 0; i < GF_MAX_STAGES; i++)
        free(ledger->stages[i].ns);
    for (int i = 0; i < GF_PHASE_COUNT; i++)
        free(ledger->phases[i].ns);
    memset(ledger, 0, sizeof *ledger);
}

double gf_fare_ns(const double ns[GF_PHASE_COUNT]) {
    return ns[GF_PHASE_H2D] + ns[GF_PHASE_D2H] + ns[GF_PHASE_LAUNCH];
}

double gf_fare_share(const double ns[GF_PHASE_COUNT]) {
    return ns[GF_PHASE_TOTAL] > 0 ? fmin(gf_fare_ns(ns) / ns[GF_PHASE_TOTAL], 1) : 0;
}

/* Of parts that are alike, with `factor` times the kernel. */
static double overlapped_ns(const double ns[GF_PHASE_COUNT], const gf_overlap *overlap,
                            double factor) {
    const double parts = (double)overlap->parts;
    const double up = ns[GF_PHASE_H2D] / (overlap->at_stops ? 1 : parts);
    const double kernel = (ns[GF_PHASE_LAUNCH] + factor * ns[GF_PHASE_KERNEL]) / parts;
    return gf_overlap_ns(overlap, up, kernel, ns[GF_PHASE_D2H] / parts);
}

double gf_scaled_trip_ns(const double ns[GF_PHASE_COUNT], double pipelined_ns,
                         const gf_overlap *overlap, double factor) {
    const double serial = ns[GF_PHASE_TOTAL] + (factor - 1) * ns[GF_PHASE_KERNEL];
    const double now = overlap->parts > 0 ? overlapped_ns(ns, overlap, 1) : 0;
    if (pipelined_ns <= 0 || now <= 0)
        return serial;
    return fmin(serial, pipelined_ns * overlapped_ns(ns, overlap, factor) / now);
}
