#include "os/machine.h"

#include <hwloc.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "os/cgroup.h"

/* UINT64_MAX: unknown, so no problem is refused for it. */
static uint64_t physical_bytes(void) {
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page_bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && page_bytes > 0 ? (uint64_t)pages * (uint64_t)page_bytes : UINT64_MAX;
}

uint64_t gf_machine_memory_bytes(void) {
    const uint64_t physical = physical_bytes();
    gf_cgroup cgroup;
    gf_cgroup_examine("", &cgroup);
    return cgroup.memory_bytes < physical ? cgroup.memory_bytes : physical;
}

/* Of a limit: 2 %, at least 64 MiB. */
static uint64_t kept_back(uint64_t limit) {
    const uint64_t least = UINT64_C(64) << 20;
    return limit / 50 > least ? limit / 50 : least;
}

gf_memory_room gf_machine_memory_room(const char *root, uint64_t held) {
    gf_memory_room room = {.bytes = physical_bytes(), .whose = "this machine has"};
    gf_cgroup cgroup;
    uint64_t left = 0;
    gf_cgroup_examine(root, &cgroup);
    if (cgroup.memory_free_bytes == UINT64_MAX)
        return room;
    const uint64_t kept = kept_back(cgroup.memory_bytes);
    if (cgroup.memory_free_bytes > kept)
        left = cgroup.memory_free_bytes - kept;
    if (__builtin_add_overflow(left, held, &left) || left >= room.bytes)
        return room;
    room.bytes = left;
    room.limited = true;
    snprintf(room.whose, sizeof room.whose, "the limit %s of its control group leaves",
             cgroup.memory_file[0] != '\0' ? cgroup.memory_file : "of memory");
    return room;
}

/* VmHWM, the high-water mark of the resident set. getrusage's ru_maxrss would be inherited from the
 * program that started this one. */
uint64_t gf_process_peak_bytes(void) {
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL)
        return 0;
    uint64_t kibibytes = 0;
    char line[256];
    while (kibibytes == 0 && fgets(line, sizeof line, file) != NULL)
        (void)sscanf(line, "VmHWM: %" SCNu64, &kibibytes);
    fclose(file);
    return kibibytes * 1024;
}

const char *gf_machine_compiler(void) {
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

static uint64_t cache_bytes(hwloc_topology_t topology, hwloc_obj_type_t type) {
    const hwloc_obj_t cache = hwloc_get_obj_by_type(topology, type, 0);
    return cache == NULL ? 0 : cache->attr->cache.size;
}

static uint32_t object_count(hwloc_topology_t topology, hwloc_obj_type_t type) {
    const int count = hwloc_get_nbobjs_by_type(topology, type);
    return count < 0 ? 0 : (uint32_t)count;
}

static void examine_topology(gf_machine *machine) {
    hwloc_topology_t topology;
    if (hwloc_topology_init(&topology) != 0)
        return;
    if (hwloc_topology_load(topology) == 0) {
        const hwloc_obj_t root = hwloc_get_root_obj(topology);
        const hwloc_obj_t package = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PACKAGE, 0);
        const char *model =
            package == NULL ? NULL : hwloc_obj_get_info_by_name(package, "CPUModel");
        if (model == NULL)
            model = hwloc_obj_get_info_by_name(root, "CPUModel");
        snprintf(machine->cpu, sizeof machine->cpu, "%s", model == NULL ? "" : model);
        machine->cores = object_count(topology, HWLOC_OBJ_CORE);
        machine->threads = object_count(topology, HWLOC_OBJ_PU);
        machine->l1d_bytes = cache_bytes(topology, HWLOC_OBJ_L1CACHE);
        machine->l2_bytes = cache_bytes(topology, HWLOC_OBJ_L2CACHE);
        machine->l3_bytes = cache_bytes(topology, HWLOC_OBJ_L3CACHE);
    }
    hwloc_topology_destroy(topology);
}

void gf_machine_examine(gf_machine *machine) {
    *machine = (gf_machine){0};
    struct utsname system;
    if (uname(&system) == 0)
        snprintf(machine->os, sizeof machine->os, "%.40s %.40s %.40s", system.sysname,
                 system.release, system.machine);
    snprintf(machine->compiler, sizeof machine->compiler, "%s", gf_machine_compiler());
    examine_topology(machine);
    machine->memory_bytes = gf_machine_memory_bytes();
}
