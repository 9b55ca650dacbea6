#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static uint64_t read_clock(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now); /* can't fail for these clocks and a valid pointer */
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static uint64_t monotonic_ns(void *context) {
    (void)context;
    return read_clock(CLOCK_MONOTONIC);
}

static uint64_t thread_ns(void *context) {
    (void)context;
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

gf_clock gf_clock_monotonic(void) {
    return (gf_clock){monotonic_ns, NULL, "monotonic"};
}

gf_clock gf_clock_thread(void) {
    return (gf_clock){thread_ns, NULL, "thread"};
}
