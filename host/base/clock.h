/* The clock of the ledger; tests replace it by a fake one. */
#pragma once

#include <stdint.h>

typedef struct gf_clock {
    uint64_t (*now_ns)(void *context); /* never goes back; the origin does not matter */
    void *context;
    const char *name; /* as reports show it */
} gf_clock;

/* CLOCK_MONOTONIC, named "monotonic". */
gf_clock gf_clock_monotonic(void);
/* The processor time of the calling thread. */
gf_clock gf_clock_thread(void);

static inline uint64_t gf_clock_now(const gf_clock *clock) {
    return clock->now_ns(clock->context);
}
