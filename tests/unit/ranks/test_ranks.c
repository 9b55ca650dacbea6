/* Messages between ranks and what is made of them; what launchers say. */
#include <criterion/criterion.h>
#include <stdatomic.h>

#include "fake_network.h"
#include "ranks/launcher.h"
#include "ranks/rank_diagnose.h"
#include "ranks/rank_environment.h"

TestSuite(ranks, .timeout = 60);

/* Criterion's assertions are for the main thread: ranks count what is wrong. */
static atomic_uint wrong;

static void expect(bool holds) {
    if (!holds)
        atomic_fetch_add(&wrong, 1);
}

static void run_all(fake_rank_work work, const char *what) {
    for (uint32_t size = 1; size <= 9; size++) {
        fake_network network;
        fake_network_begin(&network, size, 1000, 0);
        atomic_store(&wrong, 0);
        fake_network_run(&network, work, &network);
        cr_expect_eq(atomic_load(&wrong), 0, "%s with %u ranks: %u wrong", what, size,
                     atomic_load(&wrong));
        cr_expect_null(network.letters, "%s with %u ranks: a message was not taken", what, size);
    }
}

/* ---- All together -------------------------------------------------------- */

static void gather(gf_ranks *ranks, void *context) {
    uint32_t all[FAKE_MOST_RANKS] = {0};
    const uint32_t mine = 100 + gf_ranks_rank(ranks);
    gf_error error = GF_ERROR_INIT;
    (void)context;
    expect(gf_ranks_gather_everywhere(ranks, &mine, sizeof mine, all, &error) == GF_OK);
    for (uint32_t i = 0; i < gf_ranks_size(ranks); i++)
        expect(all[i] == 100 + i);
    expect(all[gf_ranks_size(ranks)] == 0);
}

Test(ranks, gathering_keeps_the_order_of_the_ranks) {
    run_all(gather, "gather");
}

static atomic_uint arrived;

/* Nobody leaves a barrier before all have come. */
static void meet(gf_ranks *ranks, void *context) {
    gf_error error = GF_ERROR_INIT;
    (void)context;
    for (uint32_t round = 1; round <= 20; round++) {
        atomic_fetch_add(&arrived, 1);
        expect(gf_ranks_barrier(ranks, &error) == GF_OK);
        expect(atomic_load(&arrived) >= round * gf_ranks_size(ranks));
        expect(gf_ranks_barrier(ranks, &error) == GF_OK);
    }
}

Test(ranks, a_barrier_holds_everybody) {
    for (uint32_t size = 1; size <= 6; size++) {
        fake_network network;
        fake_network_begin(&network, size, 0, 0);
        atomic_store(&arrived, 0);
        atomic_store(&wrong, 0);
        fake_network_run(&network, meet, NULL);
        cr_expect_eq(atomic_load(&wrong), 0, "%u ranks", size);
        cr_expect_eq(atomic_load(&arrived), 20 * size);
    }
}

/* A group of the first ranks, and the others by themselves meanwhile. */
static void group(gf_ranks *ranks, void *context) {
    const uint32_t some = (gf_ranks_size(ranks) + 1) / 2;
    const gf_ranks first = gf_ranks_first(ranks, some);
    gf_error error = GF_ERROR_INIT;
    uint64_t value = gf_ranks_rank(ranks) == 0 ? 42 : 0;
    (void)context;
    if (gf_ranks_rank(ranks) < some) {
        expect(gf_ranks_broadcast(&first, &value, sizeof value, &error) == GF_OK);
        expect(value == 42);
    }
    expect(gf_ranks_barrier(ranks, &error) == GF_OK);
}

Test(ranks, a_group_leaves_the_others_alone) {
    run_all(group, "group");
}

/* The first one that fails speaks, and all know. */
static void disagree(gf_ranks *ranks, void *context) {
    gf_error error = GF_ERROR_INIT;
    const uint32_t rank = gf_ranks_rank(ranks), last = gf_ranks_size(ranks) - 1;
    gf_status status = GF_OK;
    (void)context;
    expect(gf_ranks_agree(ranks, GF_OK, &error) == GF_OK && !gf_ranks_have_agreed(ranks));
    if (rank == last) {
        status = GF_UNSUPPORTED;
        snprintf(error.text, sizeof error.text, "no f64 here");
    }
    expect(gf_ranks_agree(ranks, status, &error) == GF_UNSUPPORTED);
    expect(gf_ranks_have_agreed(ranks));
    expect(strstr(error.text, "no f64 here") != NULL);
    expect((strstr(error.text, "rank ") == error.text) == (last > 0));
    gf_error_clear(&error);
}

Test(ranks, all_know_what_one_has_failed_at) {
    run_all(disagree, "disagree");
}

/* ---- Failures -------------------------------------------------------------- */

static void mistake_length(gf_ranks *ranks, void *context) {
    gf_error error = GF_ERROR_INIT;
    char bytes[8] = "";
    (void)context;
    if (gf_ranks_rank(ranks) == 0)
        expect(gf_ranks_send_all(ranks, 1, bytes, 8, &error) == GF_OK);
    else
        expect(gf_ranks_receive_all(ranks, 0, bytes, 7, &error) == GF_FAILED);
    gf_error_clear(&error);
}

Test(ranks, a_message_of_another_length_is_refused) {
    fake_network network;
    fake_network_begin(&network, 2, 0, 0);
    atomic_store(&wrong, 0);
    fake_network_run(&network, mistake_length, NULL);
    cr_expect_eq(atomic_load(&wrong), 0);
}

static volatile sig_atomic_t stop;

static void wait_in_vain(gf_ranks *ranks, void *context) {
    gf_error error = GF_ERROR_INIT;
    char byte = 0;
    (void)context;
    ranks->cancel = &stop;
    if (gf_ranks_rank(ranks) == 0)
        stop = 1;
    else
        expect(gf_ranks_receive_all(ranks, 0, &byte, 1, &error) == GF_INTERRUPTED);
    gf_error_clear(&error);
}

Test(ranks, a_flag_ends_waiting_for_a_lost_rank) {
    fake_network network;
    fake_network_begin(&network, 2, 0, 0);
    atomic_store(&wrong, 0);
    fake_network_run(&network, wait_in_vain, NULL);
    cr_expect_eq(atomic_load(&wrong), 0);
}

/* ---- Launchers --------------------------------------------------------------- */

static void forget_launchers(void) {
    static const char *const names[] = {"OMPI_COMM_WORLD_RANK",
                                        "OMPI_COMM_WORLD_SIZE",
                                        "OMPI_COMM_WORLD_LOCAL_RANK",
                                        "OMPI_COMM_WORLD_LOCAL_SIZE",
                                        "PMI_RANK",
                                        "PMI_SIZE",
                                        "MPI_LOCALRANKID",
                                        "MPI_LOCALNRANKS",
                                        "PMIX_RANK",
                                        "SLURM_STEP_NUM_TASKS",
                                        "SLURM_LOCALID",
                                        "SLURM_NTASKS_PER_NODE",
                                        "OMPI_MCA_odls_base_sigkill_timeout",
                                        "GPUFARE_MPI"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
}

Test(ranks, open_mpi_is_known_by_its_variables) {
    forget_launchers();
    cr_expect_null(gf_launcher_find().mpi);
    setenv("OMPI_COMM_WORLD_RANK", "5", 1);
    cr_expect_null(gf_launcher_find().mpi, "a rank without a size is none");
    setenv("OMPI_COMM_WORLD_SIZE", "8", 1);
    setenv("OMPI_COMM_WORLD_LOCAL_RANK", "1", 1);
    setenv("OMPI_COMM_WORLD_LOCAL_SIZE", "4", 1);
    const gf_launcher found = gf_launcher_find();
    cr_expect_str_eq(found.mpi, "openmpi");
    cr_expect(found.rank == 5 && found.size == 8 && found.local_rank == 1 && found.local_size == 4);
    setenv("GPUFARE_MPI", "none", 1);
    cr_expect_null(gf_launcher_find().mpi);
    setenv("GPUFARE_MPI", "mpich", 1);
    cr_expect_str_eq(gf_launcher_find().mpi, "mpich");
}

Test(ranks, the_time_after_sigterm_is_the_launchers) {
    forget_launchers();
    cr_expect_eq(gf_ranks_grace_ms(), 0, "nobody ends a process without a launcher");
    setenv("OMPI_COMM_WORLD_RANK", "0", 1);
    setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
    cr_expect_eq(gf_ranks_grace_ms(), 1000);
    setenv("OMPI_MCA_odls_base_sigkill_timeout", "30", 1);
    cr_expect_eq(gf_ranks_grace_ms(), 30000);
    setenv("OMPI_MCA_odls_base_sigkill_timeout", "soon", 1);
    cr_expect_eq(gf_ranks_grace_ms(), 1000, "what is no number is not believed");
    setenv("OMPI_MCA_odls_base_sigkill_timeout", "4294967295", 1);
    cr_expect_eq(gf_ranks_grace_ms(), 86400000);
    forget_launchers();
    setenv("PMI_RANK", "0", 1);
    setenv("PMI_SIZE", "2", 1);
    setenv("OMPI_MCA_odls_base_sigkill_timeout", "3", 1);
    cr_expect_eq(gf_ranks_grace_ms(), 30000, "another launcher's variable");
}

Test(ranks, mpich_and_slurm_are_known_by_theirs) {
    forget_launchers();
    setenv("PMI_RANK", "0", 1);
    setenv("PMI_SIZE", "2", 1);
    cr_expect_str_eq(gf_launcher_find().mpi, "mpich");
    cr_expect_eq(gf_launcher_find().local_size, 1, "nothing tells");
    setenv("PMI_RANK", "2", 1);
    cr_expect_null(gf_launcher_find().mpi, "rank 2 of 2 is none");
    forget_launchers();
    setenv("PMIX_RANK", "3", 1);
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    cr_expect_str_eq(gf_launcher_find().mpi, "openmpi");
    forget_launchers();
    uint32_t tasks = 0;
    setenv("SLURM_STEP_NUM_TASKS", "4", 1);
    cr_expect_not_null(gf_launcher_without_mpi(&tasks));
    cr_expect_eq(tasks, 4);
}

Test(ranks, cores_are_shared_by_the_ranks_of_a_host) {
    const gf_launcher two = {.local_size = 2}, many = {.local_size = 100};
    cr_expect_eq(gf_rank_cores(&two, 64, 64), 32);
    cr_expect_eq(gf_rank_cores(&two, 64, 1), 1, "bound to one core");
    cr_expect_eq(gf_rank_cores(&two, 64, 40), 32, "bound to more than its share");
    cr_expect_eq(gf_rank_cores(&many, 2, 2), 1, "more ranks than cores");
}

/* ---- The doctor ---------------------------------------------------------------- */

typedef struct scene {
    const char *name;
    gf_rank_setup setup;
    const char *subject; /* of the row that is not a pass; NULL: there is none */
    gf_diagnosis_level level;
    const char *words; /* of its fix */
} scene;

#define FOUR_RANKS                                                                                 \
    { .mpi = "openmpi", .variable = "OMPI_COMM_WORLD_RANK", .size = 4, .local_size = 4 }

static const scene scenes[] = {
    {"nothing about MPI",
     {.machine_cores = 8, .allowed_cores = 8, .launcher = {.local_size = 1}},
     NULL,
     GF_DIAGNOSIS_PASS,
     ""},
    {"a job in order",
     {.launcher = FOUR_RANKS, .machine_cores = 8, .allowed_cores = 8, .has_plugin = {true, false}},
     NULL,
     GF_DIAGNOSIS_PASS,
     ""},
    {"no plugin",
     {.launcher = FOUR_RANKS, .machine_cores = 8, .allowed_cores = 8, .has_plugin = {false, true}},
     "MPI",
     GF_DIAGNOSIS_FAIL,
     "libopenmpi-dev"},
    {"bound to one core",
     {.launcher = FOUR_RANKS, .machine_cores = 8, .allowed_cores = 1, .has_plugin = {true, true}},
     "MPI binding",
     GF_DIAGNOSIS_WARN,
     "PE=2"},
    {"too many ranks",
     {.launcher = FOUR_RANKS, .machine_cores = 2, .allowed_cores = 2, .has_plugin = {true, true}},
     "MPI binding",
     GF_DIAGNOSIS_WARN,
     "at most 2"},
    {"PoCL takes all cores",
     {.launcher = FOUR_RANKS,
      .machine_cores = 8,
      .allowed_cores = 8,
      .has_plugin = {true, true},
      .pocl_threads = "8"},
     "MPI and PoCL",
     GF_DIAGNOSIS_WARN,
     "set it to 2"},
    {"PoCL pins",
     {.launcher = FOUR_RANKS,
      .machine_cores = 8,
      .allowed_cores = 8,
      .has_plugin = {true, true},
      .pocl_affinity = "1"},
     "MPI and PoCL",
     GF_DIAGNOSIS_FAIL,
     "unset POCL_AFFINITY"},
    {"hwloc opens drivers",
     {.launcher = FOUR_RANKS,
      .machine_cores = 8,
      .allowed_cores = 8,
      .has_plugin = {true, true},
      .hwloc_components = "all"},
     "MPI and hwloc",
     GF_DIAGNOSIS_WARN,
     "-opencl"},
    {"more threads than cores",
     {.launcher = FOUR_RANKS,
      .machine_cores = 8,
      .allowed_cores = 8,
      .has_plugin = {true, true},
      .omp_threads = "8"},
     "MPI and threads",
     GF_DIAGNOSIS_WARN,
     "set it to 2"},
    {"another MPI than the launcher's",
     {.launcher = {.mpi = "mpich",
                   .its_mpi = "openmpi",
                   .variable = "OMPI_COMM_WORLD_RANK",
                   .size = 4,
                   .local_size = 4},
      .machine_cores = 8,
      .allowed_cores = 8,
      .has_plugin = {true, true}},
     "MPI launcher",
     GF_DIAGNOSIS_FAIL,
     "unset GPUFARE_MPI"},
    {"no ssh",
     {.launcher = {.local_size = 1},
      .machine_cores = 8,
      .allowed_cores = 8,
      .has_plugin = {true, true},
      .has_mpirun = true},
     "MPI and ssh",
     GF_DIAGNOSIS_WARN,
     "openssh-client"},
    {"root",
     {.launcher = {.local_size = 1},
      .machine_cores = 8,
      .allowed_cores = 8,
      .has_plugin = {true, true},
      .has_mpirun = true,
      .has_ssh = true,
      .is_root = true},
     "MPI as root",
     GF_DIAGNOSIS_WARN,
     "OMPI_ALLOW_RUN_AS_ROOT=1"},
    {"tasks without an MPI",
     {.launcher = {.local_size = 1},
      .machine_cores = 8,
      .allowed_cores = 8,
      .tasks_variable = "SLURM_STEP_NUM_TASKS",
      .tasks = 4},
     "MPI launcher",
     GF_DIAGNOSIS_WARN,
     "--mpi=pmix"},
};

static gf_status see_row(void *context, const char *subject, gf_diagnosis_level level,
                         const char *finding, const char *fix, gf_error *error) {
    const scene *of = context;
    (void)error;
    cr_expect_gt(strlen(finding), 0);
    if (level == GF_DIAGNOSIS_PASS)
        return GF_OK;
    cr_expect(of->subject != NULL && strcmp(subject, of->subject) == 0, "%s: %s: %s", of->name,
              subject, finding);
    cr_expect_eq(level, of->level, "%s", of->name);
    cr_expect_not_null(strstr(fix, of->words), "%s: %s", of->name, fix);
    atomic_fetch_add(&wrong, 1);
    return GF_OK;
}

Test(ranks, the_doctor_names_what_is_wrong_with_a_job) {
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        gf_error error = GF_ERROR_INIT;
        const gf_diagnosis_sink sink = {(void *)(uintptr_t)&scenes[i], see_row};
        atomic_store(&wrong, 0);
        cr_assert_eq(gf_rank_diagnose_setup(&scenes[i].setup, &sink, &error), GF_OK);
        cr_expect_eq(atomic_load(&wrong), scenes[i].subject == NULL ? 0 : 1, "%s", scenes[i].name);
    }
}
