/* What is wrong with a job of ranks, or would be: the doctor's rows on MPI. */
#pragma once

#include "device/backend.h"
#include "ranks/launcher.h"

/* What the rules look at, as plain data. */
typedef struct gf_rank_setup {
    gf_launcher launcher;
    const char *tasks_variable; /* of a batch system that started tasks without an MPI; NULL */
    uint32_t tasks;
    uint32_t machine_cores, allowed_cores;
    bool has_plugin[2]; /* of Open MPI, of MPICH */
    bool has_mpirun;    /* Open MPI's, on the PATH */
    bool has_ssh;
    bool is_root;
    /* Variables; NULL: not set. */
    const char *hwloc_components, *pocl_threads, *pocl_affinity, *allow_root, *launch_agent,
        *omp_threads;
} gf_rank_setup;

void gf_rank_setup_collect(gf_rank_setup *setup);
/* Adds no row where there is no MPI. */
gf_status gf_rank_diagnose_setup(const gf_rank_setup *setup, const gf_diagnosis_sink *sink,
                                 gf_error *error);
/* Both. */
gf_status gf_rank_diagnose(const gf_diagnosis_sink *sink, gf_error *error);
