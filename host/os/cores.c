#define _GNU_SOURCE 1 /* sched_getaffinity, CPU_SET */

#include "os/cores.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stream.h"
#include "base/text.h"
#include "os/cgroup.h"

/* ---- Cores of the process ---------------------------------------------- */

/* The processors of all places that OpenMP binds threads to. false: it binds none, or there are
 * more processors than a cpu_set_t holds. */
static bool find_places(cpu_set_t *set) {
    CPU_ZERO(set);
    for (int place = 0; place < omp_get_num_places(); place++) {
        int ids[CPU_SETSIZE];
        const int count = omp_get_place_num_procs(place);
        if (count < 1 || count > CPU_SETSIZE)
            return false;
        omp_get_place_proc_ids(place, ids);
        for (int i = 0; i < count; i++) {
            if (ids[i] < 0 || ids[i] >= CPU_SETSIZE)
                return false;
            CPU_SET((size_t)ids[i], set);
        }
    }
    return CPU_COUNT(set) > 0;
}

static uint32_t count_allowed(void) {
    const int processors = omp_get_num_procs();
    uint32_t allowed = processors > 0 ? (uint32_t)processors : 1;
    cpu_set_t places;
    if (omp_get_proc_bind() != omp_proc_bind_false && find_places(&places) &&
        (uint32_t)CPU_COUNT(&places) < allowed)
        allowed = (uint32_t)CPU_COUNT(&places);
    return allowed;
}

/* Where no further level of parallel regions is active, regions run one thread. */
static uint32_t find_thread_limit(void) {
    const int limit = omp_get_thread_limit();
    if (omp_get_active_level() >= omp_get_max_active_levels())
        return 1;
    return limit < 1 || limit == INT_MAX ? GF_NO_THREAD_LIMIT : (uint32_t)limit;
}

gf_cores gf_cores_examine(const char *root) {
    gf_cgroup cgroup;
    gf_cgroup_examine(root, &cgroup);
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    gf_cores cores = {
        .allowed = count_allowed(), .quota = cgroup.cpu_quota, .thread_limit = find_thread_limit()};
    cores.machine = online > (long)cores.allowed ? (uint32_t)online : cores.allowed;
    cores.usable = cores.allowed;
    if (cores.quota > 0 && ceil(cores.quota) < cores.allowed)
        cores.usable = (uint32_t)ceil(cores.quota);
    snprintf(cores.quota_file, sizeof cores.quota_file, "%s", cgroup.cpu_file);
    return cores;
}

void gf_cores_format_limits(const gf_cores *cores, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    if (cores->allowed < cores->machine)
        gf_text_add(&text, "%u of the machine's %u cores, by its affinity mask or cpuset%s",
                    cores->allowed, cores->machine,
                    getenv("OMP_PLACES") != NULL ? " or OMP_PLACES" : "");
    if (cores->quota > 0 && cores->quota < cores->allowed)
        gf_text_add(&text, "%sa CPU quota of %.3g core%s (%s)", text.used > 0 ? "; " : "",
                    cores->quota, cores->quota == 1 ? "" : "s", cores->quota_file);
    if (cores->thread_limit < cores->usable)
        gf_text_add(&text, "%sOpenMP starts at most %u thread%s (OMP_THREAD_LIMIT)",
                    text.used > 0 ? "; " : "", cores->thread_limit,
                    cores->thread_limit == 1 ? "" : "s");
}

/* ---- Binding ----------------------------------------------------------- */

gf_core_binding gf_cores_unbind(void) {
    gf_core_binding binding = {.changed = false};
    cpu_set_t all;
    if (omp_get_proc_bind() != omp_proc_bind_false && find_places(&all) &&
        sched_getaffinity(0, sizeof binding.before, &binding.before) == 0 &&
        !CPU_EQUAL(&binding.before, &all))
        binding.changed = sched_setaffinity(0, sizeof all, &all) == 0;
    return binding;
}

void gf_cores_bind_again(const gf_core_binding *binding) {
    if (binding->changed)
        (void)sched_setaffinity(0, sizeof binding->before, &binding->before);
}

/* ---- Kinds of cores ---------------------------------------------------- */

/* The differences of favoured cores, which boost a little higher, are smaller. */
#define LEAST_DIFFERENCE 1.15

static double read_speed(const char *root, uint32_t cpu, const char *name) {
    char path[PATH_MAX], line[64];
    snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%u/%s", root, cpu, name);
    gf_read_line(path, line, sizeof line);
    return strtod(line, NULL);
}

/* Appends a range to a list: "0-3,8". */
static void add_range(gf_text *list, uint32_t from, uint32_t to) {
    gf_text_add(list, from == to ? "%s%u" : "%s%u-%u", list->used > 0 ? "," : "", from, to);
}

/* By a number that each processor has: its capacity relative to the fastest, or its highest
 * frequency. */
static bool find_by_speed(const char *root, const char *name, gf_core_kinds *kinds) {
    enum { MOST = 4096 };
    double fastest = 0, slowest = INFINITY, speed;
    uint32_t count = 0;
    for (; count < MOST && (speed = read_speed(root, count, name)) > 0; count++) {
        fastest = fmax(fastest, speed);
        slowest = fmin(slowest, speed);
    }
    if (count < 2 || fastest < slowest * LEAST_DIFFERENCE)
        return false;
    gf_text list = gf_text_in(kinds->fast_list, sizeof kinds->fast_list);
    uint32_t from = 0;
    bool inside = false;
    for (uint32_t cpu = 0; cpu <= count; cpu++) {
        const bool fast = cpu < count && read_speed(root, cpu, name) * LEAST_DIFFERENCE > fastest;
        kinds->fast += fast;
        kinds->slow += cpu < count && !fast;
        if (inside && !fast)
            add_range(&list, from, cpu - 1);
        if (!inside && fast)
            from = cpu;
        inside = fast;
    }
    snprintf(kinds->source, sizeof kinds->source, "/sys/devices/system/cpu/cpu*/%s", name);
    return true;
}

/* "0-15,20" */
static uint32_t count_list(const char *list) {
    uint32_t count = 0;
    for (const char *at = list; isdigit((unsigned char)*at);) {
        char *end;
        const unsigned long from = strtoul(at, &end, 10);
        const unsigned long to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
        count += to >= from ? (uint32_t)(to - from + 1) : 0;
        at = *end == ',' ? end + 1 : end;
    }
    return count;
}

/* Intel's hybrid processors have a performance monitor for each kind of core. */
static bool find_by_monitor(const char *root, gf_core_kinds *kinds) {
    char path[PATH_MAX], slow[128];
    snprintf(path, sizeof path, "%s/sys/devices/cpu_core/cpus", root);
    gf_read_line(path, kinds->fast_list, sizeof kinds->fast_list);
    snprintf(path, sizeof path, "%s/sys/devices/cpu_atom/cpus", root);
    gf_read_line(path, slow, sizeof slow);
    kinds->fast = count_list(kinds->fast_list);
    kinds->slow = count_list(slow);
    snprintf(kinds->source, sizeof kinds->source, "/sys/devices/cpu_core/cpus");
    return kinds->fast > 0 && kinds->slow > 0;
}

gf_core_kinds gf_cores_find_kinds(const char *root) {
    gf_core_kinds kinds = {.slow = 0};
    if (find_by_monitor(root, &kinds))
        return kinds;
    kinds = (gf_core_kinds){.slow = 0};
    if (find_by_speed(root, "cpu_capacity", &kinds) ||
        find_by_speed(root, "cpufreq/cpuinfo_max_freq", &kinds))
        return kinds;
    return (gf_core_kinds){.slow = 0};
}
