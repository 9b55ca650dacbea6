#define _GNU_SOURCE 1 /* sched_getaffinity, CPU_SET */

#include "os/cores.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <omp.h>
#include <stdatomic.h>
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

bool gf_cores_allowed(cpu_set_t *allowed) {
    if (omp_get_proc_bind() != omp_proc_bind_false)
        return find_places(allowed);
    return sched_getaffinity(0, sizeof *allowed, allowed) == 0 && CPU_COUNT(allowed) > 0;
}

/* Some run-times count processors once, when they start, and a program may set its mask later:
 * their count is only asked where there is no set. */
uint32_t gf_cores_count_allowed(void) {
    cpu_set_t set;
    if (gf_cores_allowed(&set))
        return (uint32_t)CPU_COUNT(&set);
    const int processors = omp_get_num_procs();
    return processors > 0 ? (uint32_t)processors : 1;
}

/* Where no further level of parallel regions is active, regions run one thread. */
static void find_thread_limit(gf_cores *cores) {
    const int limit = omp_get_thread_limit();
    cores->thread_limit = GF_NO_THREAD_LIMIT;
    cores->limit_cause = "";
    if (omp_get_active_level() >= omp_get_max_active_levels()) {
        cores->thread_limit = 1;
        cores->limit_cause = omp_get_active_level() > 0
                                 ? "it was called in a parallel region, and regions are not nested"
                             : getenv("OMP_MAX_ACTIVE_LEVELS") != NULL
                                 ? "OMP_MAX_ACTIVE_LEVELS"
                                 : "the program has switched parallel regions off";
    } else if (limit > 0 && limit < INT_MAX) {
        cores->thread_limit = (uint32_t)limit;
        cores->limit_cause =
            getenv("OMP_THREAD_LIMIT") != NULL ? "OMP_THREAD_LIMIT" : "a limit of the run-time";
    }
}

gf_cores gf_cores_examine(const char *root) {
    gf_cgroup cgroup;
    gf_cgroup_examine(root, &cgroup);
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    gf_cores cores = {.allowed = gf_cores_count_allowed(), .quota = cgroup.cpu_quota};
    find_thread_limit(&cores);
    cores.machine = online > (long)cores.allowed ? (uint32_t)online : cores.allowed;
    cores.usable = cores.allowed;
    if (cores.quota > 0 && ceil(cores.quota) < cores.allowed)
        cores.usable = (uint32_t)ceil(cores.quota);
    snprintf(cores.quota_file, sizeof cores.quota_file, "%s", cgroup.cpu_file);
    return cores;
}

/* They are counted once: arrays that are allocated ask often. */
uint32_t gf_cores_own_threads(void) {
    static _Atomic uint32_t paid; /* cores, or those of the quota; 0: not counted yet */
    const int most = omp_get_max_threads();
    uint32_t cores = atomic_load(&paid);
    if (cores == 0) {
        const gf_cores all = gf_cores_examine("");
        cores = all.quota > 0 && all.quota < all.machine ? (uint32_t)ceil(all.quota) : all.machine;
        atomic_store(&paid, cores);
    }
    return most > 0 && (uint32_t)most < cores ? (uint32_t)most : most > 0 ? cores : 1;
}

void gf_cores_format_limits(const gf_cores *cores, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    if (cores->allowed < cores->machine)
        gf_text_add(&text,
                    "this process may use %u of the machine's %u cores, by its affinity mask or "
                    "cpuset%s",
                    cores->allowed, cores->machine,
                    getenv("OMP_PLACES") != NULL ? " or OMP_PLACES" : "");
    if (cores->quota > 0 && cores->quota < cores->allowed)
        gf_text_add(&text, "%s has a CPU quota of %.3g core%s (%s)",
                    text.used > 0 ? "; it" : "this process", cores->quota,
                    cores->quota == 1 ? "" : "s",
                    cores->quota_file[0] != '\0' ? cores->quota_file : "of a control group");
    if (cores->thread_limit < cores->usable)
        gf_text_add(&text, "%sOpenMP starts at most %u thread%s (%s)", text.used > 0 ? "; " : "",
                    cores->thread_limit, cores->thread_limit == 1 ? "" : "s", cores->limit_cause);
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
/* After so many processors without the file there are no more. */
#define MOST_ABSENT 64

static double read_speed(const char *root, uint32_t cpu, const char *name) {
    char path[PATH_MAX], line[64];
    snprintf(path, sizeof path, "%s/sys/devices/system/cpu/cpu%u/%s", root, cpu, name);
    gf_read_line(path, line, sizeof line);
    return strtod(line, NULL);
}

/* Writes a set as a list: "0-3,8". false: it does not fit, and the list is "". */
static bool write_list(const cpu_set_t *set, char *list, size_t size) {
    gf_text text = gf_text_in(list, size);
    for (size_t cpu = 0, end; cpu < CPU_SETSIZE; cpu = end + 1) {
        for (end = cpu; end < CPU_SETSIZE && CPU_ISSET(end, set); end++)
            ;
        if (end > cpu)
            gf_text_add(&text, end - cpu == 1 ? "%s%zu" : "%s%zu-%zu", text.used > 0 ? "," : "",
                        cpu, end - 1);
    }
    if (text.cut)
        list[0] = '\0';
    return !text.cut;
}

/* Of two kinds, those that this process may use. false: only one kind is left. */
static bool take_kinds(cpu_set_t *fast, cpu_set_t *slow, const cpu_set_t *allowed,
                       gf_core_kinds *kinds) {
    if (allowed != NULL) {
        CPU_AND(fast, fast, allowed);
        CPU_AND(slow, slow, allowed);
    }
    kinds->fast = (uint32_t)CPU_COUNT(fast);
    kinds->slow = (uint32_t)CPU_COUNT(slow);
    return kinds->fast > 0 && kinds->slow > 0 &&
           write_list(fast, kinds->fast_list, sizeof kinds->fast_list);
}

/* By a number that each processor has: its capacity relative to the fastest, or its highest
 * frequency. A processor that is switched off may lack it. */
static bool find_by_speed(const char *root, const char *name, const cpu_set_t *allowed,
                          gf_core_kinds *kinds) {
    double speeds[CPU_SETSIZE], fastest = 0;
    cpu_set_t fast, slow;
    uint32_t absent = 0;
    CPU_ZERO(&fast);
    CPU_ZERO(&slow);
    memset(speeds, 0, sizeof speeds);
    for (uint32_t cpu = 0; cpu < CPU_SETSIZE && absent < MOST_ABSENT; cpu++) {
        speeds[cpu] = read_speed(root, cpu, name);
        absent = speeds[cpu] > 0 ? 0 : absent + 1;
        fastest = fmax(fastest, speeds[cpu]);
    }
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (speeds[cpu] > 0)
            CPU_SET(cpu, speeds[cpu] * LEAST_DIFFERENCE > fastest ? &fast : &slow);
    }
    snprintf(kinds->source, sizeof kinds->source, "/sys/devices/system/cpu/cpu*/%s", name);
    return take_kinds(&fast, &slow, allowed, kinds);
}

/* "0-15,20" */
static void read_list(const char *list, cpu_set_t *set) {
    CPU_ZERO(set);
    for (const char *at = list; isdigit((unsigned char)*at);) {
        char *end;
        const unsigned long from = strtoul(at, &end, 10);
        const unsigned long to = *end == '-' ? strtoul(end + 1, &end, 10) : from;
        for (unsigned long cpu = from; cpu <= to && cpu < CPU_SETSIZE; cpu++)
            CPU_SET(cpu, set);
        at = *end == ',' ? end + 1 : end;
    }
}

/* Intel's hybrid processors have a performance monitor for each kind of core. */
static bool find_by_monitor(const char *root, const cpu_set_t *allowed, gf_core_kinds *kinds) {
    char path[PATH_MAX], list[GF_CPU_LIST];
    cpu_set_t fast, slow;
    snprintf(path, sizeof path, "%s/sys/devices/cpu_core/cpus", root);
    gf_read_line(path, list, sizeof list);
    read_list(list, &fast);
    snprintf(path, sizeof path, "%s/sys/devices/cpu_atom/cpus", root);
    gf_read_line(path, list, sizeof list);
    read_list(list, &slow);
    snprintf(kinds->source, sizeof kinds->source, "/sys/devices/cpu_core/cpus");
    return take_kinds(&fast, &slow, allowed, kinds);
}

gf_core_kinds gf_cores_find_kinds(const char *root, const cpu_set_t *allowed) {
    gf_core_kinds kinds = {.slow = 0};
    if (find_by_monitor(root, allowed, &kinds) ||
        find_by_speed(root, "cpu_capacity", allowed, &kinds) ||
        find_by_speed(root, "cpufreq/cpuinfo_max_freq", allowed, &kinds))
        return kinds;
    return (gf_core_kinds){.slow = 0};
}

void gf_cores_add_kinds(const gf_core_kinds *kinds, char *buffer, size_t size) {
    const size_t used = strlen(buffer);
    gf_text text = gf_text_in(buffer + used, size - used);
    if (kinds->slow > 0)
        gf_text_add(&text,
                    "%s%u of the %u processors are slow ones (hybrid), for which equal "
                    "parts of the work wait",
                    used > 0 ? "; " : "", kinds->slow, kinds->fast + kinds->slow);
}
