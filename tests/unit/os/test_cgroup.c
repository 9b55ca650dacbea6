/* Limits of control groups, read from trees that were made by hand. */
#include <criterion/criterion.h>

#include <string.h>

#include "base/array.h"
#include "made_tree.h"
#include "os/cgroup.h"
#include "os/machine.h"

#define MIB     ((uint64_t)1 << 20)
#define V1_NONE "9223372036854771712\n"

static gf_cgroup examine(const char *root) {
    gf_cgroup cgroup;
    gf_cgroup_examine(root, &cgroup);
    return cgroup;
}

/* ---- Version 2 --------------------------------------------------------- */

static char *make_v2(const char *group, const char *inside) {
    char line[256], *root = made_folder();
    snprintf(line, sizeof line, "0::%s\n", group);
    made_tree_write(root, "/proc/self/cgroup", line);
    snprintf(line, sizeof line,
             "20 1 0:5 / /proc rw - proc proc rw\n"
             "31 23 0:28 %s /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
             inside);
    made_tree_write(root, "/proc/self/mountinfo", line);
    return root;
}

#define JOB "/sys/fs/cgroup/system.slice/job_7"

Test(cgroup, without_limits_there_are_none) {
    char *root = make_v2("/system.slice/job_7", "/");
    made_tree_write(root, JOB "/memory.max", "max\n");
    made_tree_write(root, JOB "/memory.current", "1000000\n");
    made_tree_write(root, JOB "/cpu.max", "max 100000\n");
    const gf_cgroup found = examine(root);
    cr_expect_eq(found.memory_bytes, UINT64_MAX);
    cr_expect_eq(found.memory_free_bytes, UINT64_MAX);
    cr_expect_eq(found.cpu_quota, 0);
    cr_expect_str_empty(found.memory_file);
    cr_expect_str_empty(found.cpu_file);
}

Test(cgroup, a_system_without_control_groups_has_no_limits) {
    char *root = made_folder();
    const gf_cgroup found = examine(root);
    cr_expect_eq(found.memory_bytes, UINT64_MAX);
    cr_expect_eq(found.cpu_quota, 0);
}

/* Slurm and systemd set limits on a level above the process's own. */
Test(cgroup, every_level_counts_in_version_2) {
    static const struct {
        const char *file, *content;
        uint64_t limit;
        double cores;
    } levels[] = {
        {"/sys/fs/cgroup/memory.max", "400000000\n", 400000000, 0},
        {"/sys/fs/cgroup/system.slice/memory.max", "400000000\n", 400000000, 0},
        {JOB "/memory.max", "400000000\n", 400000000, 0},
        {JOB "/memory.high", "300000000\n", 300000000, 0},
        {"/sys/fs/cgroup/system.slice/cpu.max", "150000 100000\n", UINT64_MAX, 1.5},
        {JOB "/cpu.max", "50000 100000\n", UINT64_MAX, 0.5},
    };
    for (size_t i = 0; i < GF_COUNT_OF(levels); i++) {
        char *root = make_v2("/system.slice/job_7", "/"), file[512];
        made_tree_write(root, JOB "/memory.stat", "anon 1\n");
        made_tree_write(root, levels[i].file, levels[i].content);
        const gf_cgroup found = examine(root);
        cr_expect_eq(found.memory_bytes, levels[i].limit, "%s", levels[i].file);
        cr_expect_float_eq(found.cpu_quota, levels[i].cores, 1e-12, "%s", levels[i].file);
        snprintf(file, sizeof file, "%s%s", root, levels[i].file);
        cr_expect_str_eq(levels[i].cores > 0 ? found.cpu_file : found.memory_file, file);
    }
}

Test(cgroup, the_least_of_several_limits_counts) {
    char *root = make_v2("/system.slice/job_7", "/");
    made_tree_write(root, "/sys/fs/cgroup/system.slice/memory.max", "500000000\n");
    made_tree_write(root, JOB "/memory.max", "900000000\n");
    made_tree_write(root, "/sys/fs/cgroup/system.slice/cpu.max", "100000 100000\n");
    made_tree_write(root, JOB "/cpu.max", "400000 100000\n");
    const gf_cgroup found = examine(root);
    cr_expect_eq(found.memory_bytes, 500000000);
    cr_expect_float_eq(found.cpu_quota, 1, 1e-12);
}

/* What the kernel can drop is not used up; what other processes of a level hold is. */
Test(cgroup, what_is_used_no_longer_is_there) {
    char *root = make_v2("/system.slice/job_7", "/");
    made_tree_write(root, JOB "/memory.max", "400000000\n");
    made_tree_write(root, JOB "/memory.current", "150000000\n");
    made_tree_write(root, JOB "/memory.stat",
                    "anon 90000000\nfile 60000000\ninactive_file 40000000\nactive_file 10000000\n"
                    "total_inactive_file 7\n");
    gf_cgroup found = examine(root);
    cr_expect_eq(found.memory_bytes, 400000000);
    cr_expect_eq(found.memory_free_bytes, 300000000);
    /* A level above that is nearly full leaves less, although its limit is higher. */
    made_tree_write(root, "/sys/fs/cgroup/system.slice/memory.max", "900000000\n");
    made_tree_write(root, "/sys/fs/cgroup/system.slice/memory.current", "850000000\n");
    found = examine(root);
    cr_expect_eq(found.memory_bytes, 400000000);
    cr_expect_eq(found.memory_free_bytes, 50000000);
    cr_expect_not_null(strstr(found.memory_file, "system.slice/memory.max"), "%s",
                       found.memory_file);
    made_tree_write(root, "/sys/fs/cgroup/system.slice/memory.current", "950000000\n");
    cr_expect_eq(examine(root).memory_free_bytes, 0, "more than allowed");
}

/* In a container the folder that is mounted may be the container's own. */
Test(cgroup, a_mount_may_begin_inside_the_hierarchy) {
    char *root = make_v2("/docker/abc/part", "/docker/abc");
    made_tree_write(root, "/sys/fs/cgroup/part/memory.max", "300000000\n");
    made_tree_write(root, "/sys/fs/cgroup/cpu.max", "200000 100000\n");
    const gf_cgroup found = examine(root);
    cr_expect_eq(found.memory_bytes, 300000000);
    cr_expect_float_eq(found.cpu_quota, 2, 1e-12);
    /* A name that only begins alike is another group. */
    root = make_v2("/docker/abcdef", "/docker/abc");
    made_tree_write(root, "/sys/fs/cgroup/memory.max", "300000000\n");
    made_tree_write(root, "/sys/fs/cgroup/def/memory.max", "100000000\n");
    cr_expect_eq(examine(root).memory_bytes, 300000000);
}

/* The system writes a backslash, too, as three digits: what has fewer is no escape. */
Test(cgroup, a_backslash_without_three_digits_stays) {
    static const char *const places[] = {"/mnt/groups\\4", "/mnt/groups\\", "/mnt/groups\\ 40"};
    static const char *const written[] = {"/mnt/groups\\4", "/mnt/groups\\",
                                          "/mnt/groups\\\\04040"};
    for (size_t i = 0; i < GF_COUNT_OF(places); i++) {
        char *root = make_v2("/", "/"), line[256], file[256];
        snprintf(line, sizeof line, "31 23 0:28 / %s rw - cgroup2 cgroup2 rw\n", written[i]);
        made_tree_write(root, "/proc/self/mountinfo", line);
        snprintf(file, sizeof file, "%s/memory.max", places[i]);
        made_tree_write(root, file, "300000000\n");
        cr_expect_eq(examine(root).memory_bytes, 300000000, "%s", places[i]);
    }
}

/* ---- Version 1 --------------------------------------------------------- */

static char *make_v1(void) {
    char *root = made_folder();
    made_tree_write(
        root, "/proc/self/cgroup",
        "9:name=systemd:/\n4:memory:/slurm/job 7\n3:cpuset:/\n1:cpu,cpuacct:/slurm\n0::/\n");
    made_tree_write(root, "/proc/self/mountinfo",
                    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                    "33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
                    "34 31 0:31 / /mnt/my\\040groups/memory rw - cgroup cgroup rw,memory\n"
                    "35 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    return root;
}

#define V1_MEMORY "/mnt/my groups/memory"

Test(cgroup, every_level_counts_in_version_1) {
    static const char *const folders[] = {V1_MEMORY, V1_MEMORY "/slurm", V1_MEMORY "/slurm/job 7"};
    for (size_t i = 0; i < GF_COUNT_OF(folders); i++) {
        char *root = make_v1(), name[256];
        for (size_t j = 0; j < GF_COUNT_OF(folders); j++) {
            snprintf(name, sizeof name, "%s/memory.limit_in_bytes", folders[j]);
            made_tree_write(root, name, i == j ? "419430400\n" : V1_NONE);
        }
        snprintf(name, sizeof name, "%s/memory.usage_in_bytes", folders[i]);
        made_tree_write(root, name, "104857600\n");
        snprintf(name, sizeof name, "%s/memory.stat", folders[i]);
        made_tree_write(
            root, name,
            "cache 1\ninactive_file 5\ntotal_inactive_file 52428800\ntotal_active_file 0\n");
        const gf_cgroup found = examine(root);
        cr_expect_eq(found.memory_bytes, 400 * MIB, "%s", folders[i]);
        cr_expect_eq(found.memory_free_bytes, 350 * MIB, "%s", folders[i]);
    }
}

Test(cgroup, quotas_of_version_1) {
    char *root = make_v1();
    made_tree_write(root, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    made_tree_write(root, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    cr_expect_eq(examine(root).cpu_quota, 0);
    made_tree_write(root, "/sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_quota_us", "250000\n");
    made_tree_write(root, "/sys/fs/cgroup/cpu,cpuacct/slurm/cpu.cfs_period_us", "100000\n");
    cr_expect_float_eq(examine(root).cpu_quota, 2.5, 1e-12);
}

/* ---- Memory ------------------------------------------------------------ */

Test(cgroup, the_room_of_a_process_names_the_limit) {
    char *root = make_v2("/system.slice/job_7", "/");
    made_tree_write(root, JOB "/memory.max", "400000000\n");
    made_tree_write(root, JOB "/memory.current", "100000000\n");
    gf_memory_room room = gf_machine_memory_room(root, 0);
    cr_expect_eq(room.bytes, 300000000 - 64 * MIB); /* some is kept back */
    cr_expect_not_null(strstr(room.whose, "job_7/memory.max of its control group leaves"), "%s",
                       room.whose);
    made_tree_write(root, JOB "/memory.max", "max\n");
    room = gf_machine_memory_room(root, 0);
    cr_expect_str_eq(room.whose, "this machine has");
    cr_expect_gt(room.bytes, 300000000);
}

/* What a process holds counts as used by its group; of the machine's memory it is a part. */
Test(cgroup, what_is_held_is_added_to_the_rest_of_a_limit_only) {
    char *root = make_v2("/system.slice/job_7", "/");
    made_tree_write(root, JOB "/memory.max", "400000000\n");
    made_tree_write(root, JOB "/memory.current", "100000000\n");
    cr_expect_eq(gf_machine_memory_room(root, 50000000).bytes, 350000000 - 64 * MIB);
    const uint64_t physical = gf_machine_memory_room("/nowhere", 0).bytes;
    cr_expect_eq(gf_machine_memory_room("/nowhere", UINT64_C(1) << 34).bytes, physical);
    cr_expect_eq(gf_machine_memory_room(root, physical).bytes, physical);
    cr_expect_eq(gf_machine_memory_room(root, UINT64_MAX).bytes, physical);
}

Test(cgroup, of_a_large_limit_a_fiftieth_is_kept_back) {
    char *root = make_v2("/system.slice/job_7", "/");
    made_tree_write(root, JOB "/memory.max", "5000000000\n");
    made_tree_write(root, JOB "/memory.current", "4500000000\n");
    made_tree_write(root, JOB "/memory.stat", "slab_reclaimable 200000000\n");
    cr_expect_eq(gf_machine_memory_room(root, 0).bytes, 600000000);
    made_tree_write(root, JOB "/memory.current", "5000000000\n");
    made_tree_write(root, JOB "/memory.stat", "slab_reclaimable 0\n");
    cr_expect_eq(gf_machine_memory_room(root, 0).bytes, 0);
}
