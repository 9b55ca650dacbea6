/* Placement: whether a call is faster on a device or on the CPU, the native device, at each value
 * of a sweep, by what was measured and verified. docs/breakeven.md explains it. */
#pragma once

#include "breakeven/breakeven.h"

/* An interval of a crossing that is wider than this factor tells little. */
#define GF_WIDE_CROSSING 2.0

#define GF_DOUBT_SIZE 160

typedef struct gf_placement {
    const gf_breakeven_series *device,
        *cpu;           /* cpu: the one that is the fastest at the last value */
    size_t first, last; /* the first and the last value that were compared */
    size_t compared;    /* values at which the CPU has a time */
    size_t missing;     /* of these, where the device has none: it failed, or was wrong */
    bool device_first, device_last; /* the device is ahead at the first, at the last of them */
    gf_crossing crossings[GF_SWEEP_MAX];
    size_t crossing_count;
    bool pipelined;     /* at some values the device's transfers overlap its kernels */
    bool disturbed;     /* other programs had the cores at one of the values */
    bool close;         /* nowhere is one of both ahead by GF_CLOSE_RATIO */
    bool close_at_last; /* nor at the last value */
    bool wide;          /* an interval is wider than GF_WIDE_CROSSING, or open */
    /* At the last value at which the device is ahead, else at the last one that it has a time at.
     */
    size_t cost_at;
    gf_call_cost cost;    /* of the device there; not known: it has no time at all */
    double warm_build_ns; /* a build that the driver had cached, if that is shorter */
    uint64_t ahead_after; /* calls; 0: it is not ahead there */
} gf_placement;

/* The label of the device to place calls on: of the devices that are not the native one, not
 * modelled, and measured in `line`, the one that is the fastest at the last value. NULL: none. */
const char *gf_placement_device(const gf_breakeven *line);

/* Compares the device with this label with the native one. GF_FAILED when fewer than two values can
 * be compared, or nothing of the device was verified. `line` must outlive the placement. */
gf_status gf_placement_find(const gf_breakeven *line, const char *label, uint64_t seed,
                            gf_placement *placement, gf_error *error);

/* Whether the device is ahead at n; outside of what was compared as at the end that is nearer. */
bool gf_placement_on_device(const gf_placement *placement, double n);

/* Whether what was found is uncertain, and the index-th reason why: "other programs had the cores".
 * false: there are no more. */
bool gf_placement_doubt(const gf_placement *placement, size_t index, char *text, size_t size);
