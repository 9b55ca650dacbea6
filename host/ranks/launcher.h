/* What the launcher of an MPI job has told this process by environment variables, before MPI is
 * loaded. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct gf_launcher {
    const char *mpi;      /* "openmpi", "mpich": whose plugin is loaded; NULL: started by none */
    const char *variable; /* that says so */
    const char *its_mpi;  /* of the launcher; another one than `mpi` where GPUFARE_MPI says so */
    uint32_t rank, size;
    uint32_t local_rank, local_size; /* of this host; 0 and 1 where nothing tells */
    uint32_t grace_s;                /* from SIGTERM to SIGKILL */
} gf_launcher;

/* GPUFARE_MPI names another MPI, or "none". */
gf_launcher gf_launcher_find(void);

/* The value of GPUFARE_MPI, if it is none that is known; else NULL. */
const char *gf_launcher_unknown(void);

/* A batch system that has started several tasks without an MPI, so that each would be a job of its
 * own: the variable that says so. NULL: none. */
const char *gf_launcher_without_mpi(uint32_t *tasks);
