#include "os/patience.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

/* The load is read this often. */
#define TICK_NS UINT64_C(100000000)
/* However many threads there are, waiting ends. */
#define MOST_SHARING 20.0

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

gf_patience gf_patience_begin(void) {
    const uint64_t now = now_ns();
    return (gf_patience){now, now, 0};
}

/* Threads that are ready to run, for each core; at least 1. */
static double threads_per_core(void) {
    uint32_t running = 0;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    FILE *file = fopen("/proc/loadavg", "re");
    if (file == NULL)
        return 1;
    if (fscanf(file, "%*f %*f %*f %" SCNu32 "/", &running) != 1)
        running = 0;
    fclose(file);
    const double sharing = cores < 1 ? 1 : running / (double)cores;
    if (sharing < 1)
        return 1;
    return sharing > MOST_SHARING ? MOST_SHARING : sharing;
}

double gf_patience_seconds(gf_patience *patience) {
    const uint64_t now = now_ns();
    const double since_s = (double)(now - patience->seen_ns) * 1e-9;
    if (now - patience->seen_ns < TICK_NS)
        return patience->counted_s + since_s;
    patience->counted_s += since_s / threads_per_core();
    patience->seen_ns = now;
    return patience->counted_s;
}
