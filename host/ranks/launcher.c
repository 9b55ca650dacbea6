#include "ranks/launcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* The variables of one kind of launcher. */
typedef struct kind {
    const char *mpi;
    const char *rank, *size, *local_rank, *local_size; /* names */
    uint32_t grace_s;                                  /* from SIGTERM to SIGKILL */
    const char *grace;                                 /* that changes it; NULL: none */
} kind;

/* Open MPI's mpirun (4.1 and 5.0) sets its own names; its ranks under Slurm's PMIx get the batch
 * system's. MPICH's Hydra and Slurm's PMI-2 set PMI_RANK. Hydra waits without limit for ranks that
 * are sent SIGTERM, Slurm for its KillWait, 30 s unless configured. */
static const kind kinds[] = {
    {"openmpi", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK",
     "OMPI_COMM_WORLD_LOCAL_SIZE", 1, "OMPI_MCA_odls_base_sigkill_timeout"},
    {"mpich", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", 30, NULL},
    {"openmpi", "PMIX_RANK", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE", 30,
     NULL},
};

/* A day is as good as for ever. */
#define MOST_GRACE_S 86400

static bool read_number(const char *name, uint32_t *number) {
    const char *text = getenv(name);
    char *end = NULL;
    if (text == NULL || *text < '0' || *text > '9')
        return false;
    const unsigned long value = strtoul(text, &end, 10);
    if (*end != '\0' || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool read_kind(const kind *known, gf_launcher *found) {
    gf_launcher launcher = {.mpi = known->mpi,
                            .variable = known->rank,
                            .its_mpi = known->mpi,
                            .local_size = 1,
                            .grace_s = known->grace_s};
    if (!read_number(known->rank, &launcher.rank) || !read_number(known->size, &launcher.size) ||
        launcher.rank >= launcher.size)
        return false;
    if (!read_number(known->local_rank, &launcher.local_rank) ||
        !read_number(known->local_size, &launcher.local_size) || launcher.local_size == 0) {
        launcher.local_rank = 0;
        launcher.local_size = 1;
    }
    if (known->grace != NULL)
        (void)read_number(known->grace, &launcher.grace_s);
    if (launcher.grace_s > MOST_GRACE_S)
        launcher.grace_s = MOST_GRACE_S;
    *found = launcher;
    return true;
}

gf_launcher gf_launcher_find(void) {
    const char *chosen = getenv("GPUFARE_MPI");
    gf_launcher found = {.local_size = 1};
    if (chosen != NULL && strcmp(chosen, "none") == 0)
        return found;
    for (size_t i = 0; found.mpi == NULL && i < GF_COUNT_OF(kinds); i++)
        (void)read_kind(&kinds[i], &found);
    for (size_t i = 0; found.mpi != NULL && chosen != NULL && i < GF_COUNT_OF(kinds); i++) {
        if (strcmp(chosen, kinds[i].mpi) == 0)
            found.mpi = kinds[i].mpi;
    }
    return found;
}

const char *gf_launcher_unknown(void) {
    const char *chosen = getenv("GPUFARE_MPI");
    bool known = chosen == NULL || *chosen == '\0' || strcmp(chosen, "none") == 0;
    for (size_t i = 0; !known && i < GF_COUNT_OF(kinds); i++)
        known = strcmp(chosen, kinds[i].mpi) == 0;
    return known ? NULL : chosen;
}

const char *gf_launcher_without_mpi(uint32_t *tasks) {
    if (gf_launcher_find().mpi == NULL && read_number("SLURM_STEP_NUM_TASKS", tasks) && *tasks > 1)
        return "SLURM_STEP_NUM_TASKS";
    *tasks = 0;
    return NULL;
}
