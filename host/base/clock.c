#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static uint64_t monotonic_ns(void *context) {
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail for this clock and a valid pointer */
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

gf_clock gf_clock_monotonic(void) {
    return (gf_clock){monotonic_ns, NULL, "monotonic"};
}
