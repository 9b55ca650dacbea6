#include "os/patience.h"

#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/cgroup.h"
#include "os/contention.h"

/* The load is read this often. */
#define TICK_NS UINT64_C(100000000)
/* However little it is, waiting ends. */
#define LEAST_SHARE 0.05

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

gf_patience gf_patience_begin(void) {
    const uint64_t now = now_ns();
    return (gf_patience){now, now, 0, -1};
}

double gf_patience_share(uint32_t running, uint32_t cores, double quota) {
    double share = running > cores && cores > 0 ? (double)cores / running : 1;
    if (quota > 0 && quota < share)
        share = quota;
    return fmax(share, LEAST_SHARE);
}

static double read_quota(void) {
    gf_cgroup cgroup;
    gf_cgroup_examine("", &cgroup);
    return cgroup.cpu_quota;
}

double gf_patience_seconds(gf_patience *patience) {
    const uint64_t now = now_ns();
    const double since_s = (double)(now - patience->seen_ns) * 1e-9;
    if (now - patience->seen_ns < TICK_NS)
        return patience->counted_s + since_s;
    if (patience->quota < 0)
        patience->quota = read_quota();
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    patience->counted_s +=
        since_s * gf_patience_share(gf_contention_running(), cores < 1 ? 1 : (uint32_t)cores,
                                    patience->quota);
    patience->seen_ns = now;
    return patience->counted_s;
}
