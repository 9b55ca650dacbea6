/* gpufare-native: the process in which CPU kernels run that a workload brings, and which may crash,
 * hang, or take all memory. Serves the native device to its parent: requests (worker/message.h)
 * come from the socket that is descriptor 3.
 *
 *   gpufare-native [threads NUMBER] [isa NAME] [deadline SECONDS]
 *
 * threads   0: as many as in every other process
 * deadline  how long each thread may compute in one launch; 0: as long as that may need
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "backends/native/native_worker.h"
#include "backends/native/program.h"
#include "base/stream.h"
#include "os/child.h"
#include "os/limits/harm.h"
#include "os/machine.h"

/* A kernel has no reason to write files, and a compiler writes small ones. */
#define LARGEST_FILE (UINT64_C(256) << 20)

static bool read_arguments(int count, char **arguments, gf_session_options *options) {
    for (int i = 1; i < count; i++) {
        char *end = NULL;
        if (strcmp(arguments[i], "threads") == 0 && i + 1 < count) {
            const unsigned long threads = strtoul(arguments[++i], &end, 10);
            options->thread_count = (uint32_t)threads;
            if (*end != '\0' || threads > GF_MAX_THREADS)
                return false;
        } else if (strcmp(arguments[i], "isa") == 0 && i + 1 < count) {
            options->isa = arguments[++i];
        } else if (strcmp(arguments[i], "deadline") == 0 && i + 1 < count) {
            options->deadline_s = strtod(arguments[++i], &end);
            if (*end != '\0' || !(options->deadline_s >= 0 && options->deadline_s < 1e9))
                return false;
        } else {
            return false;
        }
    }
    return true;
}

/* Bytes of private memory that this process has reserved by now: a sanitizer's are very many. */
static uint64_t reserved_bytes(void) {
    char line[256];
    unsigned long long pages = 0;
    gf_read_line("/proc/self/statm", line, sizeof line);
    if (sscanf(line, "%*u %*u %*u %*u %*u %llu", &pages) != 1)
        return 0;
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The arrays that it computes on are shared with the parent and don't count here. Its time is
 * limited for each launch, and by the parent, which knows what it waits for. */
static void be_harmless(void) {
    const gf_memory_room room = gf_machine_memory_room("", 0);
    const uint64_t reserved = reserved_bytes();
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    gf_harm_limit_files(LARGEST_FILE);
    if (room.bytes < RLIM_INFINITY - reserved)
        gf_harm_limit_memory(reserved + (uint64_t)room.bytes);
}

int main(int count, char **arguments) {
    gf_session_options options = {.thread_count = 0};
    if (!read_arguments(count, arguments, &options)) {
        fprintf(stderr, "usage: gpufare-native [threads NUMBER] [isa NAME] [deadline SECONDS]\n");
        return GF_USAGE;
    }
    be_harmless();
    return gf_native_serve(&options, GF_CHILD_CHANNEL, gf_native_limit_time);
}
