#include "ranks/plugin.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "ranks/rank_environment.h"
#include "worker/program.h"

/* ---- Loading ----------------------------------------------------------- */

/* The caller frees it; NULL: there is none. */
static char *find(const char *mpi, char name[64]) {
    char installed[512];
    snprintf(name, 64, "gpufare-mpi-%s.so", mpi);
    snprintf(installed, sizeof installed, "%s/%s", GF_LIBEXEC_DIR, name);
    return gf_helper_program(name, "GPUFARE_MPI_PLUGIN", installed);
}

bool gf_plugin_exists(const char *mpi) {
    char name[64];
    char *path = find(mpi, name);
    free(path);
    return path != NULL;
}

/* dlopen's own text names the file. */
static void *load(const gf_launcher *launcher, gf_error *error) {
    char name[64];
    char *path = find(launcher->mpi, name);
    if (path == NULL) {
        gf_error_set(error, GF_UNSUPPORTED,
                     "%s is set, and %s, which reaches this MPI's ranks, is not there: build "
                     "gpufare where %s is, or set GPUFARE_MPI=none to run every rank by itself",
                     launcher->variable, name,
                     strcmp(launcher->mpi, "mpich") == 0 ? "libmpich-dev" : "libopenmpi-dev");
        return NULL;
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        gf_error_set(error, GF_UNSUPPORTED, "cannot load %s: %s; install this MPI's libraries",
                     name, dlerror());
    free(path);
    return library;
}

static gf_status check(const gf_transport *transport, const gf_launcher *launcher,
                       gf_error *error) {
    if (transport->abi != GF_TRANSPORT_ABI)
        return gf_error_set(error, GF_FAILED,
                            "the plugin of %s is of another version of gpufare; install both anew",
                            launcher->mpi);
    if (transport->size != launcher->size || transport->rank != launcher->rank)
        return gf_error_set(error, GF_FAILED,
                            "the launcher says rank %u of %u, %s says %u of %u: they do not belong "
                            "together; use the launcher of this MPI, or name the MPI of the "
                            "launcher in GPUFARE_MPI",
                            launcher->rank, launcher->size, transport->name, transport->rank,
                            transport->size);
    return GF_OK;
}

static gf_status join(void *library, const gf_launcher *launcher, gf_transport *transport,
                      gf_error *error) {
    gf_transport_open open = NULL;
    char why[256] = "";
    *(void **)&open = dlsym(library, GF_TRANSPORT_OPEN);
    if (open == NULL)
        return gf_error_set(error, GF_FAILED,
                            "the plugin of %s is of another version of gpufare; install both anew",
                            launcher->mpi);
    if (open(transport, why, sizeof why) != 0)
        return gf_error_set(error, GF_FAILED, "MPI (%s): %s; look at the launcher's messages",
                            launcher->mpi, why);
    return check(transport, launcher, error);
}

gf_status gf_plugin_open(const gf_launcher *launcher, gf_ranks **ranks, gf_error *error) {
    gf_transport transport;
    void *library = load(launcher, error);
    if (library == NULL)
        return error->status;
    const gf_status status = join(library, launcher, &transport, error);
    return status == GF_OK ? gf_ranks_create(&transport, ranks, error) : status;
}

/* ---- The public functions ------------------------------------------------ */

static gf_status check_number(uint32_t wanted, uint32_t started, gf_error *error) {
    uint32_t tasks = 0;
    const char *variable = gf_launcher_without_mpi(&tasks);
    if (wanted == 0 || wanted == started)
        return GF_OK;
    if (variable != NULL)
        return gf_error_set_parameter(error, GF_USAGE, "ranks",
                                      " %u: this job has 1 rank, although %s is %u: the batch "
                                      "system started every task by itself; use srun --mpi=pmix "
                                      "(Open MPI) or --mpi=pmi2 (MPICH), or mpirun",
                                      wanted, variable, tasks);
    return gf_error_set_parameter(
        error, GF_USAGE, "ranks",
        " %u: this job has %u rank%s; start it with the launcher of an MPI that this build has a "
        "plugin for: mpirun -n %u gpufare ...",
        wanted, started, started == 1 ? "" : "s", wanted);
}

static gf_status check_choice(gf_error *error) {
    const char *unknown = gf_launcher_unknown();
    if (unknown == NULL)
        return GF_OK;
    return gf_error_set(error, GF_USAGE,
                        "GPUFARE_MPI=%s: no such MPI; openmpi, mpich or none, or unset it",
                        unknown);
}

gf_status gf_ranks_open(uint32_t wanted, const volatile sig_atomic_t *cancel, gf_ranks **ranks,
                        gf_error *error) {
    GF_ENTER(error);
    const gf_launcher launcher = gf_launcher_find();
    gf_status status = check_choice(error);
    *ranks = NULL;
    if (status == GF_OK)
        status = check_number(wanted, launcher.mpi == NULL ? 1 : launcher.size, error);
    if (status != GF_OK || launcher.mpi == NULL)
        return status;
    gf_rank_environment_set(&launcher);
    gf_ranks *made = NULL;
    status = gf_plugin_open(&launcher, &made, error);
    if (status != GF_OK)
        return status;
    made->cancel = cancel;
    *ranks = made;
    return GF_OK;
}

bool gf_ranks_are_launched(void) {
    return gf_launcher_find().mpi != NULL;
}

bool gf_ranks_is_first(void) {
    return gf_launcher_find().rank == 0;
}
