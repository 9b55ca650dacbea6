/* The cores of a process: what limits them, and their kinds, read from trees made by hand. */
#define _GNU_SOURCE 1 /* sched_setaffinity */

#include <criterion/criterion.h>

#include <omp.h>

#include "backends/native/limits.h"
#include "made_tree.h"
#include "os/cores.h"

/* ---- What limits a process --------------------------------------------- */

static void expect_limits(const gf_cores *cores, const char *words) {
    char text[GF_LIMITS_TEXT];
    gf_cores_format_limits(cores, text, sizeof text);
    cr_expect_str_eq(text, words);
}

Test(cores, what_keeps_a_process_from_the_machine_is_said) {
    const gf_cores whole = {
        .machine = 8, .allowed = 8, .usable = 8, .thread_limit = GF_NO_THREAD_LIMIT};
    expect_limits(&whole, "");
    gf_cores cores = whole;
    cores.allowed = cores.usable = 2;
    expect_limits(
        &cores, "this process may use 2 of the machine's 8 cores, by its affinity mask or cpuset");
    cores = whole;
    cores.quota = 1.5;
    cores.usable = 2;
    snprintf(cores.quota_file, sizeof cores.quota_file, "/f/cpu.max");
    expect_limits(&cores, "this process has a CPU quota of 1.5 cores (/f/cpu.max)");
    cores.quota = 8;
    expect_limits(&cores, "");
    cores = whole;
    cores.thread_limit = 1;
    cores.limit_cause = "OMP_THREAD_LIMIT";
    expect_limits(&cores, "OpenMP starts at most 1 thread (OMP_THREAD_LIMIT)");
}

Test(cores, a_quota_leaves_as_many_cores_as_it_pays_for) {
    static const struct {
        const char *max;
        double quota;
        uint32_t most;
    } cases[] = {{"max 100000", 0, UINT32_MAX},
                 {"50000 100000", 0.5, 1},
                 {"100000 100000", 1, 1},
                 {"400000000 100000", 4000, UINT32_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *root = made_folder();
        made_tree_write(root, "/proc/self/cgroup", "0::/job\n");
        made_tree_write(root, "/proc/self/mountinfo",
                        "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        made_tree_write(root, "/sys/fs/cgroup/job/cpu.max", cases[i].max);
        const gf_cores cores = gf_cores_examine(root);
        cr_expect_float_eq(cores.quota, cases[i].quota, 1e-12, "%s", cases[i].max);
        cr_expect_eq(cores.usable, cases[i].most < cores.allowed ? cases[i].most : cores.allowed,
                     "%s: %u", cases[i].max, cores.usable);
    }
}

Test(cores, an_affinity_mask_counts) {
    const gf_cores before = gf_cores_examine("");
    cpu_set_t all, one;
    if (omp_get_proc_bind() != omp_proc_bind_false)
        cr_skip("OpenMP binds threads here, so that the mask is its own");
    cr_assert_eq(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t cpu = 0; CPU_COUNT(&one) == 0; cpu++) {
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    }
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    const gf_cores cores = gf_cores_examine("");
    cr_expect_eq(cores.allowed, 1);
    cr_expect_eq(cores.usable, 1);
    cr_expect_eq(cores.machine, before.machine);
}

/* As in a parallel region of the program that uses the library. */
Test(cores, where_no_region_is_active_there_is_one_thread) {
    unsetenv("OMP_MAX_ACTIVE_LEVELS");
    omp_set_max_active_levels(0);
    const gf_cores cores = gf_cores_examine("");
    cr_expect_eq(cores.thread_limit, 1);
    cr_expect_str_eq(cores.limit_cause, "the program has switched parallel regions off");
    setenv("OMP_MAX_ACTIVE_LEVELS", "0", 1);
    cr_expect_str_eq(gf_cores_examine("").limit_cause, "OMP_MAX_ACTIVE_LEVELS");
}

/* Without OMP_PROC_BIND the thread's own mask is the user's, and stays. */
Test(cores, only_what_openmp_has_bound_is_unbound) {
    cpu_set_t before, after;
    if (omp_get_proc_bind() != omp_proc_bind_false)
        cr_skip("OpenMP binds threads here");
    cr_assert_eq(sched_getaffinity(0, sizeof before, &before), 0);
    const gf_core_binding binding = gf_cores_unbind();
    cr_expect_not(binding.changed);
    gf_cores_bind_again(&binding);
    cr_assert_eq(sched_getaffinity(0, sizeof after, &after), 0);
    cr_expect(CPU_EQUAL(&before, &after));
}

/* Fewer threads than were asked for would be another measurement. */
Test(cores, threads_that_openmp_does_not_start_are_refused) {
    const gf_cores cores = {.machine = 8,
                            .allowed = 8,
                            .usable = 8,
                            .thread_limit = 2,
                            .limit_cause = "OMP_THREAD_LIMIT"};
    uint32_t threads = 0;
    gf_error error = GF_ERROR_INIT;
    unsetenv("OMP_NUM_THREADS");
    cr_expect_eq(gf_native_threads(0, &cores, &threads, &error), GF_OK);
    cr_expect_eq(threads, 2);
    cr_expect_eq(gf_native_threads(2, &cores, &threads, &error), GF_OK);
    cr_expect_eq(threads, 2);
    cr_expect_eq(gf_native_threads(4, &cores, &threads, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "OMP_THREAD_LIMIT"), "%s", error.text);
    gf_error_clear(&error);
}

/* ---- Kinds of cores ---------------------------------------------------- */

static void write_speeds(const char *root, const char *name, const char *const *speeds,
                         size_t count) {
    char file[128];
    for (size_t i = 0; i < count; i++) {
        snprintf(file, sizeof file, "/sys/devices/system/cpu/cpu%zu/%s", i, name);
        made_tree_write(root, file, speeds[i]);
    }
}

Test(cores, nothing_tells_of_kinds_or_all_are_alike) {
    char *root = made_folder();
    cr_expect_eq(gf_cores_find_kinds(root, NULL).slow, 0);
    /* Favoured cores boost a little higher. */
    static const char *const speeds[] = {"5200000\n", "5200000\n", "5000000\n", "5000000\n"};
    write_speeds(root, "cpufreq/cpuinfo_max_freq", speeds, 4);
    cr_expect_eq(gf_cores_find_kinds(root, NULL).slow, 0);
}

Test(cores, intels_kinds_are_told_by_their_monitors) {
    char *root = made_folder();
    made_tree_write(root, "/sys/devices/cpu_core/cpus", "0-11,14\n");
    made_tree_write(root, "/sys/devices/cpu_atom/cpus", "12-13,15-19\n");
    const gf_core_kinds kinds = gf_cores_find_kinds(root, NULL);
    cr_expect_eq(kinds.fast, 13);
    cr_expect_eq(kinds.slow, 7);
    cr_expect_str_eq(kinds.fast_list, "0-11,14");
    cr_expect_str_eq(kinds.source, "/sys/devices/cpu_core/cpus");
}

Test(cores, kinds_are_told_by_capacity_and_by_frequency) {
    static const char *const capacities[] = {"446", "446", "1024", "1024", "446", "1024"};
    static const char *const frequencies[] = {"5100000", "5100000", "3500000", "3500000"};
    char *root = made_folder();
    write_speeds(root, "cpufreq/cpuinfo_max_freq", frequencies, 4);
    gf_core_kinds kinds = gf_cores_find_kinds(root, NULL);
    cr_expect_eq(kinds.fast, 2);
    cr_expect_eq(kinds.slow, 2);
    cr_expect_str_eq(kinds.fast_list, "0-1");
    write_speeds(root, "cpu_capacity", capacities, 6);
    kinds = gf_cores_find_kinds(root, NULL);
    cr_expect_eq(kinds.fast, 3);
    cr_expect_eq(kinds.slow, 3);
    cr_expect_str_eq(kinds.fast_list, "2-3,5");
    cr_expect_str_eq(kinds.source, "/sys/devices/system/cpu/cpu*/cpu_capacity");
}

/* In reports they stand with what limits the baseline. */
Test(cores, kinds_are_told_with_the_limits) {
    const gf_core_kinds alike = {.fast = 8}, hybrid = {.fast = 4, .slow = 12};
    char text[300] = "";
    gf_cores_add_kinds(&alike, text, sizeof text);
    cr_expect_str_empty(text);
    gf_cores_add_kinds(&hybrid, text, sizeof text);
    cr_expect_str_eq(text, "12 of the 16 processors are slow ones (hybrid), for which equal parts "
                           "of the work wait");
    snprintf(text, sizeof text, "a quota");
    gf_cores_add_kinds(&alike, text, sizeof text);
    cr_expect_str_eq(text, "a quota");
    gf_cores_add_kinds(&hybrid, text, sizeof text);
    cr_expect(strncmp(text, "a quota; 12 of the 16 ", 22) == 0, "%s", text);
}

/* The slow ones that this process may not use slow nothing down. */
Test(cores, only_allowed_processors_have_kinds) {
    char *root = made_folder();
    cpu_set_t allowed;
    made_tree_write(root, "/sys/devices/cpu_core/cpus", "0-7\n");
    made_tree_write(root, "/sys/devices/cpu_atom/cpus", "8-15\n");
    CPU_ZERO(&allowed);
    for (size_t cpu = 0; cpu < 8; cpu++)
        CPU_SET(cpu, &allowed);
    cr_expect_eq(gf_cores_find_kinds(root, &allowed).slow, 0);
    CPU_SET(9, &allowed);
    CPU_CLR(1, &allowed);
    const gf_core_kinds kinds = gf_cores_find_kinds(root, &allowed);
    cr_expect_eq(kinds.fast, 7);
    cr_expect_eq(kinds.slow, 1);
    cr_expect_str_eq(kinds.fast_list, "0,2-7");
}

/* As on a machine of which a processor is switched off. */
Test(cores, a_gap_among_the_processors_ends_nothing) {
    char *root = made_folder();
    made_tree_write(root, "/sys/devices/system/cpu/cpu0/cpu_capacity", "1024\n");
    made_tree_write(root, "/sys/devices/system/cpu/cpu1/cpu_capacity", "1024\n");
    made_tree_write(root, "/sys/devices/system/cpu/cpu3/cpu_capacity", "446\n");
    const gf_core_kinds kinds = gf_cores_find_kinds(root, NULL);
    cr_expect_eq(kinds.fast, 2);
    cr_expect_eq(kinds.slow, 1);
    cr_expect_str_eq(kinds.fast_list, "0-1");
}

/* Every second processor of 400: 199 commas and 690 digits. A list that is cut names others. */
Test(cores, a_long_list_is_whole) {
    char *root = made_folder(), list[2000] = "", *at = list;
    for (int cpu = 0; cpu < 400; cpu += 2)
        at += sprintf(at, "%s%d", cpu == 0 ? "" : ",", cpu);
    made_tree_write(root, "/sys/devices/cpu_core/cpus", list);
    made_tree_write(root, "/sys/devices/cpu_atom/cpus", "1,3\n");
    const gf_core_kinds kinds = gf_cores_find_kinds(root, NULL);
    cr_expect_eq(kinds.fast, 200);
    cr_expect_str_eq(kinds.fast_list, list);
}
