#include "ranks/rank_diagnose.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "os/cores.h"
#include "ranks/plugin.h"
#include "ranks/rank_environment.h"

/* ---- The set-up -------------------------------------------------------------- */

static bool is_on_path(const char *name) {
    const char *path = getenv("PATH");
    while (path != NULL && *path != '\0') {
        char file[512];
        const size_t length = strcspn(path, ":");
        const int size = snprintf(file, sizeof file, "%.*s/%s", (int)length, path, name);
        if (size > 0 && (size_t)size < sizeof file && access(file, X_OK) == 0)
            return true;
        path += length + (path[length] == ':' ? 1 : 0);
    }
    return false;
}

void gf_rank_setup_collect(gf_rank_setup *setup) {
    const gf_cores cores = gf_cores_examine("");
    *setup = (gf_rank_setup){.launcher = gf_launcher_find(),
                             .machine_cores = cores.machine,
                             .allowed_cores = cores.usable,
                             .has_plugin = {gf_plugin_exists("openmpi"), gf_plugin_exists("mpich")},
                             .has_mpirun = is_on_path("orted") || is_on_path("prterun"),
                             .has_ssh = is_on_path("ssh"),
                             .is_root = geteuid() == 0,
                             .hwloc_components = getenv("HWLOC_COMPONENTS"),
                             .pocl_threads = getenv("POCL_MAX_PTHREAD_COUNT"),
                             .pocl_affinity = getenv("POCL_AFFINITY"),
                             .allow_root = getenv("OMPI_ALLOW_RUN_AS_ROOT"),
                             .launch_agent = getenv("OMPI_MCA_plm"),
                             .omp_threads = getenv("OMP_NUM_THREADS")};
    setup->tasks_variable = gf_launcher_without_mpi(&setup->tasks);
}

/* ---- The rules ---------------------------------------------------------------- */

/* A row: what was found, and what to do. "" in `finding`: there is none. */
typedef struct diagnosis {
    gf_diagnosis_level level;
    char finding[320];
    char fix[256];
} diagnosis;

typedef void (*rule)(const gf_rank_setup *setup, diagnosis *row);

static bool is_rank(const gf_rank_setup *setup) {
    return setup->launcher.mpi != NULL;
}

static bool has_plugin_of(const gf_rank_setup *setup, const char *mpi) {
    return setup->has_plugin[strcmp(mpi, "mpich") == 0 ? 1 : 0];
}

static void judge_plugins(const gf_rank_setup *setup, diagnosis *row) {
    const bool any = setup->has_plugin[0] || setup->has_plugin[1];
    if (any)
        snprintf(row->finding, sizeof row->finding, "this build reaches the ranks of%s%s%s",
                 setup->has_plugin[0] ? " Open MPI" : "",
                 setup->has_plugin[0] && setup->has_plugin[1] ? " and" : "",
                 setup->has_plugin[1] ? " MPICH" : "");
    if (any && (!is_rank(setup) || has_plugin_of(setup, setup->launcher.mpi)))
        return;
    if (is_rank(setup)) {
        row->level = GF_DIAGNOSIS_FAIL;
        snprintf(row->finding, sizeof row->finding,
                 "this process is rank %u of %u (%s), and this build has no plugin for that MPI",
                 setup->launcher.rank, setup->launcher.size, setup->launcher.mpi);
    } else if (setup->has_mpirun) {
        row->level = GF_DIAGNOSIS_WARN;
        snprintf(row->finding, sizeof row->finding,
                 "there is an mpirun, and this build has no plugin for any MPI");
    }
    snprintf(row->fix, sizeof row->fix,
             "install libopenmpi-dev or libmpich-dev, whichever the launcher is of, and build "
             "again");
}

static void judge_launcher(const gf_rank_setup *setup, diagnosis *row) {
    const gf_launcher *launcher = &setup->launcher;
    if (is_rank(setup) && launcher->its_mpi != NULL &&
        strcmp(launcher->its_mpi, launcher->mpi) != 0) {
        row->level = GF_DIAGNOSIS_FAIL;
        snprintf(row->finding, sizeof row->finding,
                 "%s is set, so the launcher is of %s, and GPUFARE_MPI is %s: %u jobs of one rank",
                 launcher->variable, launcher->its_mpi, launcher->mpi, launcher->size);
        snprintf(row->fix, sizeof row->fix, "unset GPUFARE_MPI, or use the launcher of %s",
                 launcher->mpi);
    }
    if (setup->tasks_variable == NULL)
        return;
    row->level = GF_DIAGNOSIS_WARN;
    snprintf(row->finding, sizeof row->finding,
             "%s is %u, but no MPI started this process: there are %u jobs of one rank",
             setup->tasks_variable, setup->tasks, setup->tasks);
    snprintf(row->fix, sizeof row->fix,
             "srun --mpi=pmix (Open MPI) or --mpi=pmi2 (MPICH), or mpirun; --ranks N refuses "
             "another number");
}

static void judge_binding(const gf_rank_setup *setup, diagnosis *row) {
    const uint32_t local = setup->launcher.local_size;
    const uint32_t share = setup->machine_cores / local;
    if (!is_rank(setup))
        return;
    snprintf(row->finding, sizeof row->finding,
             "%u rank%s on this host with %u cores; this one "
             "may use %u",
             local, local == 1 ? "" : "s", setup->machine_cores, setup->allowed_cores);
    if (local > setup->machine_cores) {
        row->level = GF_DIAGNOSIS_WARN;
        snprintf(row->fix, sizeof row->fix,
                 "start at most %u ranks on this host: more share its cores", setup->machine_cores);
    } else if (setup->allowed_cores < share) {
        row->level = GF_DIAGNOSIS_WARN;
        snprintf(row->fix, sizeof row->fix,
                 "mpirun --map-by slot:PE=%u (or --bind-to none), srun --cpus-per-task=%u", share,
                 share);
    }
}

static void judge_pocl(const gf_rank_setup *setup, diagnosis *row) {
    const uint32_t cores =
        gf_rank_cores(&setup->launcher, setup->machine_cores, setup->allowed_cores);
    if (!is_rank(setup))
        return;
    if (setup->pocl_affinity != NULL && strcmp(setup->pocl_affinity, "1") == 0) {
        row->level = GF_DIAGNOSIS_FAIL;
        snprintf(row->finding, sizeof row->finding,
                 "POCL_AFFINITY is 1: the threads of every rank sit on the first cores of the "
                 "host");
        snprintf(row->fix, sizeof row->fix, "unset POCL_AFFINITY");
    } else if (setup->pocl_threads == NULL) {
        snprintf(row->finding, sizeof row->finding,
                 "run, compare and breakeven set POCL_MAX_PTHREAD_COUNT=%u, this rank's share",
                 cores);
    } else if (strtoul(setup->pocl_threads, NULL, 10) > cores) {
        row->level = GF_DIAGNOSIS_WARN;
        snprintf(row->finding, sizeof row->finding,
                 "POCL_MAX_PTHREAD_COUNT is %.16s, more than the %u core%s of this rank",
                 setup->pocl_threads, cores, cores == 1 ? "" : "s");
        snprintf(row->fix, sizeof row->fix, "unset it, or set it to %u", cores);
    }
}

static void judge_threads(const gf_rank_setup *setup, diagnosis *row) {
    const uint32_t cores =
        gf_rank_cores(&setup->launcher, setup->machine_cores, setup->allowed_cores);
    if (!is_rank(setup) || setup->omp_threads == NULL ||
        strtoul(setup->omp_threads, NULL, 10) <= cores)
        return;
    row->level = GF_DIAGNOSIS_WARN;
    snprintf(row->finding, sizeof row->finding,
             "OMP_NUM_THREADS is %.16s, more than the %u core%s of this rank", setup->omp_threads,
             cores, cores == 1 ? "" : "s");
    snprintf(row->fix, sizeof row->fix, "unset it, or set it to %u", cores);
}

static void judge_hwloc(const gf_rank_setup *setup, diagnosis *row) {
    if (is_rank(setup) && setup->hwloc_components == NULL)
        snprintf(row->finding, sizeof row->finding,
                 "run, compare and breakeven set HWLOC_COMPONENTS=-opencl,-gl, so that MPI_Init "
                 "opens no driver");
    if (setup->hwloc_components == NULL || strstr(setup->hwloc_components, "-opencl") != NULL)
        return;
    row->level = GF_DIAGNOSIS_WARN;
    snprintf(row->finding, sizeof row->finding,
             "HWLOC_COMPONENTS is '%.64s': MPI_Init may open the OpenCL drivers before their "
             "variables are set",
             setup->hwloc_components);
    snprintf(row->fix, sizeof row->fix, "unset it, or add -opencl,-gl");
}

static void judge_ssh(const gf_rank_setup *setup, diagnosis *row) {
    if (!setup->has_mpirun || setup->has_ssh || setup->launch_agent != NULL)
        return;
    row->level = GF_DIAGNOSIS_WARN;
    snprintf(row->finding, sizeof row->finding,
             "there is no ssh on the PATH, without which Open MPI 4 starts nothing");
    snprintf(row->fix, sizeof row->fix,
             "install openssh-client, or, for one host, export OMPI_MCA_plm=isolated");
}

static void judge_root(const gf_rank_setup *setup, diagnosis *row) {
    if (!setup->has_mpirun || !setup->is_root || setup->allow_root != NULL)
        return;
    row->level = GF_DIAGNOSIS_WARN;
    snprintf(row->finding, sizeof row->finding, "Open MPI's mpirun refuses to run as root");
    snprintf(row->fix, sizeof row->fix,
             "use another user, or export OMPI_ALLOW_RUN_AS_ROOT=1 "
             "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1");
}

static const struct {
    const char *subject;
    rule judge;
} rules[] = {
    {"MPI", judge_plugins},         {"MPI launcher", judge_launcher},
    {"MPI binding", judge_binding}, {"MPI and threads", judge_threads},
    {"MPI and PoCL", judge_pocl},   {"MPI and hwloc", judge_hwloc},
    {"MPI and ssh", judge_ssh},     {"MPI as root", judge_root},
};

gf_status gf_rank_diagnose_setup(const gf_rank_setup *setup, const gf_diagnosis_sink *sink,
                                 gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < GF_COUNT_OF(rules); i++) {
        diagnosis found = {.level = GF_DIAGNOSIS_PASS};
        rules[i].judge(setup, &found);
        if (found.finding[0] != '\0')
            status = sink->add(sink->context, rules[i].subject, found.level, found.finding,
                               found.fix, error);
    }
    return status;
}

gf_status gf_rank_diagnose(const gf_diagnosis_sink *sink, gf_error *error) {
    gf_rank_setup setup;
    gf_rank_setup_collect(&setup);
    return gf_rank_diagnose_setup(&setup, sink, error);
}
