/* Files of the system that say what this process may use: control groups, kinds of cores, load.
 * The input is their contents, one after the other, separated by bytes of 0xff. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory_files.h"
#include "os/cgroup.h"
#include "os/cores.h"
#include "os/machine.h"

/* In the order of the input. A path is served by the first ending that fits. */
static const char *const endings[] = {
    "/proc/self/mountinfo",  "/proc/self/cgroup", "memory.max",        "memory.high",
    "memory.current",        "memory.stat",       "cpu.max",           "memory.limit_in_bytes",
    "memory.usage_in_bytes", "cpu.cfs_quota_us",  "cpu.cfs_period_us", "/proc/self/status",
    "cpu_core/cpus",         "cpu_atom/cpus",     "cpu_capacity"};

#define FILES (sizeof endings / sizeof endings[0])

static void add_files(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < FILES; i++) {
        const uint8_t *end = size == 0 ? NULL : memchr(bytes, 0xff, size);
        const size_t length = end == NULL ? size : (size_t)(end - bytes);
        if (length > 0 || i == 0)
            memory_file_add(endings[i], bytes, length);
        if (end == NULL)
            return;
        bytes += length + 1;
        size -= length + 1;
    }
}

static bool is_ended(const char *text, size_t size) {
    return memchr(text, '\0', size) != NULL;
}

static void check_cgroup(const gf_cgroup *cgroup) {
    if (!is_ended(cgroup->memory_file, sizeof cgroup->memory_file) ||
        !is_ended(cgroup->cpu_file, sizeof cgroup->cpu_file))
        fuzz_fail("a path has no end");
    if (cgroup->memory_free_bytes > cgroup->memory_bytes)
        fuzz_fail("more is free than there is");
    if (!isfinite(cgroup->cpu_quota) || cgroup->cpu_quota < 0)
        fuzz_fail("a quota that is none");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gf_cgroup cgroup;
    char limits[GF_LIMITS_TEXT];
    add_files(bytes, size);
    gf_cgroup_examine(MEMORY_ROOT, &cgroup);
    check_cgroup(&cgroup);
    if (size % 8 == 0) { /* these read the same files again */
        const gf_cores cores = gf_cores_examine(MEMORY_ROOT);
        if (cores.usable < 1 || cores.usable > cores.allowed)
            fuzz_fail("no core is usable, or more than are allowed");
        gf_cores_format_limits(&cores, limits, sizeof limits);
        (void)gf_machine_memory_room(MEMORY_ROOT, 1 << 20);
    }
    (void)gf_process_peak_bytes();
    if (size % 8 == 1) { /* it asks for hundreds of files */
        const gf_core_kinds kinds = gf_cores_find_kinds(MEMORY_ROOT, NULL);
        if (kinds.slow > 0 && kinds.fast == 0)
            fuzz_fail("slow cores without fast ones");
    }
    memory_files_clear();
    return 0;
}
