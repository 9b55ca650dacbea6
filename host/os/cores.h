/* The cores that this process may use, as opposed to those of the machine. */
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "os/cgroup.h"

#define GF_NO_THREAD_LIMIT UINT32_MAX

typedef struct gf_cores {
    uint32_t machine;        /* processors that are switched on */
    uint32_t allowed;        /* those that the affinity mask, the cpuset and OMP_PLACES leave */
    double quota;            /* of control groups, in cores; 0: none */
    uint32_t usable;         /* allowed, and no more than the quota, rounded up */
    uint32_t thread_limit;   /* threads that OpenMP starts at most; GF_NO_THREAD_LIMIT */
    const char *limit_cause; /* of that limit: "OMP_THREAD_LIMIT" */
    char quota_file[GF_CGROUP_FILE]; /* that sets the quota; "" without */
} gf_cores;

/* `root`: as in gf_cgroup_examine. Where OpenMP binds threads it is asked for the allowed cores,
 * because it counted them before it bound this thread to one of them; else the affinity mask is. */
gf_cores gf_cores_examine(const char *root);

/* gf_cores.allowed alone. */
uint32_t gf_cores_count_allowed(void);

/* Threads for what the library computes itself, such as references: as many as OpenMP starts by
 * itself, and no more than the machine has cores or the quota pays for. */
uint32_t gf_cores_own_threads(void);

/* Bytes that hold what gf_cores_format_limits says. */
#define GF_LIMITS_TEXT (GF_CGROUP_FILE + 384)

/* What keeps this process from the whole machine, in words: "this process may use 1 of the
 * machine's 2 cores, by its affinity mask or cpuset; it has a CPU quota of 0.5 cores (FILE)". ""
 * when nothing does. */
void gf_cores_format_limits(const gf_cores *cores, char *text, size_t size);

/* Where OMP_PROC_BIND or OMP_PLACES bound this thread to a core, threads and processes that it
 * starts by other means than OpenMP would all run there. */
typedef struct gf_core_binding {
    bool changed;
    cpu_set_t before;
} gf_core_binding;

/* Lets the calling thread run on all cores of the process until it is bound again. Does nothing
 * where OpenMP does not bind. */
gf_core_binding gf_cores_unbind(void);
void gf_cores_bind_again(const gf_core_binding *binding);

#define GF_CPU_LIST 1024

/* Cores of several speeds. */
typedef struct gf_core_kinds {
    uint32_t fast, slow;         /* processors; slow 0: all are alike, or nothing tells */
    char fast_list[GF_CPU_LIST]; /* "0-15" */
    char source[64];             /* the file below /sys that tells */
} gf_core_kinds;

/* Of the `allowed` processors (NULL: of all); where these are of one kind, slow is 0. */
gf_core_kinds gf_cores_find_kinds(const char *root, const cpu_set_t *allowed);
/* Adds to what gf_cores_format_limits said that the cores are of two kinds; nothing where they are
 * not. */
void gf_cores_add_kinds(const gf_core_kinds *kinds, char *text, size_t size);
/* The processors that this process may use. false: the system does not say. */
bool gf_cores_allowed(cpu_set_t *allowed);
