#include "os/power/processors.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/stream.h"

/* The first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. Time that a
 * hypervisor took away is not this machine's. */
gf_processor_times gf_processor_times_read(void) {
    uint64_t user, nice, system, idle, waiting, irq, softirq;
    char line[256];
    gf_read_line("/proc/stat", line, sizeof line);
    const int fields = sscanf(line,
                              "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                              " %" SCNu64 " %" SCNu64,
                              &user, &nice, &system, &idle, &waiting, &irq, &softirq);
    if (fields != 7)
        return (gf_processor_times){.known = false};
    return (gf_processor_times){true, user + nice + system + irq + softirq};
}

double gf_processors_busy(const gf_processor_times *before, uint64_t ns) {
    const gf_processor_times now = gf_processor_times_read();
    const long ticks = sysconf(_SC_CLK_TCK);
    if (!before->known || !now.known || ticks <= 0 || ns == 0)
        return -1;
    return (double)(now.busy_ticks - before->busy_ticks) / (double)ticks / ((double)ns * 1e-9);
}
