#include "ranks/rank_environment.h"

#include <stdio.h>
#include <stdlib.h>

#include "gpufare.h"
#include "os/cores.h"

uint32_t gf_rank_cores(const gf_launcher *launcher, uint32_t machine, uint32_t allowed) {
    const uint32_t share = machine / launcher->local_size;
    const uint32_t cores = share < allowed ? share : allowed;
    return cores > 0 ? cores : 1;
}

/* Processes that compile the same kernels at the same time disturb one another in a common cache,
 * so that each rank but the first has one of its own. */
static void set_pocl_cache(uint32_t rank) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char path[4096];
    int length = -1;
    if (base != NULL && *base != '\0')
        length = snprintf(path, sizeof path, "%s/pocl/rank-%u", base, rank);
    else if (home != NULL && *home != '\0')
        length = snprintf(path, sizeof path, "%s/.cache/pocl/rank-%u", home, rank);
    if (rank > 0 && length > 0 && (size_t)length < sizeof path)
        (void)setenv("POCL_CACHE_DIR", path, 0);
}

/* PoCL counts all cores of the machine, whatever a rank may use, and starts a thread for each. A
 * variable that the user has set stays. */
void gf_rank_environment_set(const gf_launcher *launcher) {
    const gf_cores cores = gf_cores_examine("");
    char number[16];
    snprintf(number, sizeof number, "%u", gf_rank_cores(launcher, cores.machine, cores.usable));
    (void)setenv("HWLOC_COMPONENTS", "-opencl,-gl", 0);
    (void)setenv("POCL_MAX_PTHREAD_COUNT", number, 0);
    set_pocl_cache(launcher->rank);
}

uint32_t gf_ranks_default_threads(void) {
    const gf_launcher launcher = gf_launcher_find();
    const gf_cores cores = gf_cores_examine("");
    return launcher.mpi == NULL || getenv("OMP_NUM_THREADS") != NULL
               ? 0
               : gf_rank_cores(&launcher, cores.machine, cores.usable);
}

uint32_t gf_ranks_grace_ms(void) {
    return 1000 * gf_launcher_find().grace_s;
}
