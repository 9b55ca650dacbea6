/* What the control groups of this process allow: every level counts, from its own group up to the
 * root or, in a container, to the top of what is mounted, in version 1 and version 2 of the
 * interface. */
#pragma once

#include <stdint.h>

#define GF_CGROUP_FILE 256

typedef struct gf_cgroup {
    uint64_t memory_bytes; /* the least limit of all levels; UINT64_MAX: none */
    /* The least that a level still allows: its limit less what its processes use. Cached files are
     * not counted as used, since the kernel drops them. UINT64_MAX: there is no limit. */
    uint64_t memory_free_bytes;
    /* The least quota of all levels, in cores: processor time per time; 0: none. */
    double cpu_quota;
    /* The files that set memory_free_bytes and cpu_quota; "" without, or where the path is too
     * long. */
    char memory_file[GF_CGROUP_FILE], cpu_file[GF_CGROUP_FILE];
} gf_cgroup;

/* `root` goes before every path of the system: "" on a real one, a folder in tests. What can't be
 * read sets no limit. */
void gf_cgroup_examine(const char *root, gf_cgroup *cgroup);
