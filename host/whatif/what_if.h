/* A traced process on other devices: its predicted ledgers, and what it could gain at best. */
#pragma once

#include "whatif/replay.h"

typedef struct gf_what_if_row {
    const gf_other_device *device;
    bool fits; /* what the process has at a time fits the device's memory */
    gf_replayed scenarios[GF_SCENARIOS];
    double most_times; /* the process would run so many times as fast there, and no more; 0: not
                          known */
} gf_what_if_row;

typedef struct gf_what_if {
    gf_what_if_row *rows; /* one for each of the trace's other devices */
    size_t count;
    uint64_t needed_bytes; /* the most memory at a time */
    gf_replayed as_traced; /* a replay with the trace's own times, which shows its error */
    double replay_error;   /* of that total, as a share of the traced one */
} gf_what_if;

/* GF_FAILED: no memory. The caller clears in any case. */
gf_status gf_what_if_make(const gf_trace *trace, uint32_t process, uint64_t needed_bytes,
                          gf_what_if *what_if, gf_error *error);
void gf_what_if_clear(gf_what_if *what_if);
