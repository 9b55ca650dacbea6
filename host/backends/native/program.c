#include "backends/native/program.h"

#include <assert.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/native/native_device.h"
#include "base/error.h"
#include "device/cpu_kernels.h"
#include "os/arithmetic/denormals.h"
#include "os/limits/harm.h"
#include "problem/parts/division.h"
#include "problem/problem.h"

/* What each thread may take for a round trip where nobody says: far longer than that should need,
 * and less than the parent's patience. No device does fewer operations a second. */
#define LAUNCH_S         120.0
#define OPERATIONS_PER_S 1e8

struct gf_program {
    const gf_native *native;
    const gf_problem *problem;
    gf_loaded_kernel loaded; /* of one that is not loaded, its kernel alone */
    uint32_t threads;
    gf_lane_group lanes;
    gf_scalar tuning[GF_MAX_TUNABLES];
    uint32_t tuning_count;
    gf_thread_memory *kept; /* one for each thread */
    bool swapped;           /* after the last launch: the result is in the partner */
    char note[512];
};

/* Code that comes from elsewhere is loaded where it was asked for. */
static gf_status load_kernel(const gf_native *native, const gf_workload *workload,
                             gf_loaded_kernel *loaded, gf_error *error) {
    if (workload->load_cpu_kernel == NULL)
        return gf_error_set(error, GF_UNSUPPORTED, "%s has no CPU kernel that is loaded",
                            workload->name);
    if (!native->loads_kernels)
        return gf_error_set(error, GF_USAGE,
                            "the CPU kernel of %s is loaded at run time; open the session with "
                            "loads_kernels",
                            workload->name);
    return workload->load_cpu_kernel(workload, loaded, error);
}

/* The kernel of this variant, or an error that says what is missing. */
static gf_status find_kernel(const gf_native *native, const gf_problem *problem,
                             const char *variant, gf_isa isa, gf_cpu_kernel *kernel,
                             gf_error *error) {
    if ((native->allowed & gf_isa_bit(isa)) == 0)
        return gf_error_set(error, GF_UNSUPPORTED,
                            "native:%s does not run here: the processor or the system lacks it, or "
                            "GPUFARE_ISA rules it out; the best is native:%s",
                            variant, gf_isa_name(gf_isa_best(native->allowed)));
    *kernel = gf_cpu_kernel_find(problem->workload->stem, isa, problem->precision);
    if (*kernel == NULL)
        return gf_error_set(error, GF_UNSUPPORTED, "%s has no %s kernel for native:%s",
                            problem->workload->name, gf_precision_name(problem->precision),
                            variant);
    return GF_OK;
}

/* ---- Tunables: the number of threads, then those of the workload -------- */

/* All threads unless the user has set their number; small problems may be faster with fewer. */
static const uint32_t thread_candidates[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 0};

static bool has_thread_tunable(const gf_native *native, bool one_thread) {
    return !one_thread && native->threads > 1 && !native->threads_given;
}

static void add_thread_tunable(const gf_native *native, gf_tuning *tuning) {
    tuning->tunables[0] = (gf_tunable){.name = GF_THREADS_TUNABLE,
                                       .help = "threads that compute",
                                       .min = 1,
                                       .max = native->threads,
                                       .candidates = thread_candidates};
    if (tuning->values[0] == 0)
        tuning->values[0] = native->threads;
    tuning->count = 1;
    snprintf(tuning->basis, sizeof tuning->basis, "all cores");
}

static void write_basis(const gf_native *native, char *text, size_t size) {
    if (native->machine.l2_bytes == 0)
        snprintf(text, size, "defaults: no cache sizes known");
    else
        snprintf(text, size, "derived from L1d %llu KiB, L2 %llu KiB",
                 (unsigned long long)native->machine.l1d_bytes / 1024,
                 (unsigned long long)native->machine.l2_bytes / 1024);
}

static void add_workload_tunables(gf_native *native, const gf_problem *problem, gf_isa isa,
                                  uint32_t threads, gf_tuning *tuning) {
    const gf_workload *const workload = problem->workload;
    if (!native->examined) /* only now, since it takes longer than a small run */
        gf_machine_examine(&native->machine);
    native->examined = true;
    const gf_cpu_resources cpu = {
        .threads = threads,
        .lanes = gf_isa_lanes(isa, gf_precision_cpu_bits(problem->precision)),
        .l1d_bytes = native->machine.l1d_bytes,
        .l2_bytes = native->machine.l2_bytes,
        .l3_bytes = native->machine.l3_bytes,
        .slow_denormals = gf_denormals_are_slow(),
    };
    assert(tuning->count + workload->cpu_tunable_count <= GF_MAX_TUNABLES);
    memcpy(tuning->tunables + tuning->count, workload->cpu_tunables,
           workload->cpu_tunable_count * sizeof workload->cpu_tunables[0]);
    workload->cpu_defaults(problem, &cpu, tuning->values + tuning->count);
    tuning->count += workload->cpu_tunable_count;
    write_basis(native, tuning->basis, sizeof tuning->basis);
}

void gf_native_tunables(const gf_device *device, const gf_problem *problem, const char *variant,
                        gf_tuning *tuning) {
    gf_native *const native = device->state;
    uint32_t kind = GF_ISA_SCALAR;
    bool one_thread = false;
    if (!gf_native_variant_parse(variant, &kind, &one_thread))
        return;
    const bool tunes_threads = has_thread_tunable(native, one_thread);
    uint32_t threads = one_thread ? 1 : native->threads;
    if (tunes_threads) {
        add_thread_tunable(native, tuning);
        threads = tuning->values[0];
    }
    if (problem->workload->cpu_tunable_count > 0 && kind != GF_ISA_SCALAR &&
        kind != GF_NATIVE_LOADED)
        add_workload_tunables(native, problem, (gf_isa)kind, threads, tuning);
}

/* The caches are left out: finding their sizes takes longer than a small run, and the processor
 * determines them. Under a quota of 1.5 cores two threads are slower than on two cores. */
bool gf_native_tuning_key(const gf_device *device, const gf_problem *problem, char *text,
                          size_t size) {
    const gf_native *const native = device->state;
    (void)problem;
    const int length =
        snprintf(text, size, "native; %s; %s; kernels %s; ISAs %x; %u threads%s; quota %.3g",
                 native->name, native->driver, gf_cpu_kernels_hash, native->allowed,
                 native->threads, native->threads_given ? " as given" : "", native->quota);
    return length > 0 && (size_t)length < size;
}

static void take_tuning(gf_program *program, const gf_tuning *tuning) {
    for (uint32_t i = 0; i < tuning->count; i++) {
        program->tuning[i] = (gf_scalar){
            .name = tuning->tunables[i].name, .type = GF_TYPE_U32, .value.u32 = tuning->values[i]};
        if (tuning->tunables[i].candidates == thread_candidates)
            program->threads = tuning->values[i];
    }
    program->tuning_count = tuning->count;
}

/* ---- Programs ---------------------------------------------------------- */

/* In a scalar loop no items run in step; in a vector kernel rows of lanes do. What a compiler has
 * made of loaded code is not known. */
static gf_lane_group lanes_of(const gf_problem *problem, uint32_t kind) {
    if (kind == GF_NATIVE_LOADED)
        return (gf_lane_group){1, 1};
    const uint32_t lanes = gf_isa_lanes((gf_isa)kind, gf_precision_cpu_bits(problem->precision));
    return (gf_lane_group){1, problem->workload->cpu_lanes_independent ? 1 : lanes};
}

/* With OMP_DYNAMIC the run-time would start fewer threads whenever the machine is busy, unnoticed.
 * The setting belongs to the calling program, so it is put back. */
static int fix_team_size(void) {
    const int dynamic = omp_get_dynamic();
    omp_set_dynamic(0);
    return dynamic;
}

/* The threads that a parallel region really has. */
static uint32_t count_team(uint32_t threads) {
    int count = 1;
    const int dynamic = fix_team_size();
#pragma omp parallel num_threads(threads)
    if (omp_get_thread_num() == 0)
        count = omp_get_num_threads();
    omp_set_dynamic(dynamic);
    return (uint32_t)count;
}

/* A report must not name threads that did not run. */
static gf_status check_team(uint32_t threads, gf_error *error) {
    const uint32_t team = threads > 1 ? count_team(threads) : 1;
    if (team == threads)
        return GF_OK;
    return gf_error_set(error, GF_UNSUPPORTED,
                        "OpenMP runs %u of %u threads here; ask for %u of them", team, threads,
                        team);
}

/* `made`: how the kernel was made, or "". */
static void write_note(gf_program *program, const char *variant, const char *made) {
    const char *const math = program->problem->math == GF_MATH_RELAXED
                                 ? ", strict arithmetic (which relaxed allows)"
                                 : "";
    snprintf(program->note, sizeof program->note, "%s, %u thread%s%s%s%s", variant,
             program->threads, program->threads == 1 ? "" : "s", math, made[0] == '\0' ? "" : ", ",
             made);
}

gf_status gf_native_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                            const gf_tuning *tuning, gf_program **program, gf_error *error) {
    const gf_native *const native = device->state;
    uint32_t kind = GF_ISA_SCALAR;
    bool one_thread = false;
    gf_loaded_kernel loaded = {.note = ""};
    if (variant[0] == '\0')
        return gf_error_set(error, GF_UNSUPPORTED, "%s has no CPU kernel; add a twin",
                            problem->workload->name);
    if (!gf_native_variant_parse(variant, &kind, &one_thread))
        return gf_error_set(error, GF_USAGE,
                            "native has no variant '%.40s'; use one of scalar, neon, avx2, avx512, "
                            "or one of them with -1t for a single thread",
                            variant);
    gf_status status =
        kind == GF_NATIVE_LOADED
            ? load_kernel(native, problem->workload, &loaded, error)
            : find_kernel(native, problem, variant, (gf_isa)kind, &loaded.kernel, error);
    if (status != GF_OK)
        return status;
    gf_program *const made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the program", sizeof *made);
    made->native = native;
    made->problem = problem;
    made->loaded = loaded;
    made->lanes = lanes_of(problem, kind);
    made->threads = one_thread ? 1 : native->threads;
    take_tuning(made, tuning);
    write_note(made, variant, loaded.note);
    made->kept = calloc(made->threads, sizeof made->kept[0]);
    status = made->kept == NULL
                 ? gf_error_no_memory(error, "the threads", made->threads * sizeof made->kept[0])
                 : check_team(made->threads, error);
    if (status == GF_OK)
        *program = made;
    else
        gf_native_program_release(made);
    return status;
}

void gf_native_program_release(gf_program *program) {
    if (program == NULL)
        return;
    for (uint32_t i = 0; program->kept != NULL && i < program->threads; i++)
        free(program->kept[i].memory);
    free(program->kept);
    free(program);
}

const char *gf_native_program_note(const gf_program *program) {
    return program->note;
}

/* What was built in is never compiled. */
void gf_native_build_history(gf_program *program, uint64_t build_ns, gf_build_history *history) {
    const gf_loaded_kernel *loaded = &program->loaded;
    (void)build_ns;
    *history = (gf_build_history){.state = GF_BUILD_UNKNOWN};
    if (program->problem->workload->load_cpu_kernel == NULL)
        return;
    history->state = loaded->when == GF_COMPILED_BEFORE ? GF_BUILD_WARM : GF_BUILD_COLD;
    history->cold_ns = loaded->compile_ns;
    history->earlier_ns = loaded->when == GF_COMPILED_EARLIER ? loaded->compile_ns : 0;
}

gf_lane_group gf_native_lane_group(const gf_program *program) {
    return program->lanes;
}

void gf_native_limit_time(const gf_program *program, bool ends) {
    const gf_native *native = program->native;
    const double each_s = native->deadline_s > 0
                              ? 2 * native->deadline_s /* the parent waits for less */
                              : LAUNCH_S + program->problem->cost.operations / OPERATIONS_PER_S;
    const bool limited = !ends && each_s < 1e9;
    gf_harm_limit_cpu(limited ? (uint64_t)(each_s * program->threads) + 1 : 0);
}

/* The kernel runs to its end here; `finish` only reports where the result is. The report has no
 * meaning after a cancelled launch, whose result the caller does not use. */
gf_status gf_native_launch(gf_program *program, const gf_launch *launch, gf_error *error) {
    (void)error;
    gf_problem part;
    const gf_problem *const problem = gf_problem_of_part(program->problem, launch->part, &part);
    void *buffers[GF_MAX_BUFFERS];
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        buffers[i] = (char *)launch->buffers[i].handle + launch->buffers[i].first;
    const bool start_swapped = problem->has_pair && launch->swapped;
    if (start_swapped) {
        void *const held = buffers[problem->result];
        buffers[problem->result] = buffers[problem->partner];
        buffers[problem->partner] = held;
    }
    const gf_kernel_args args = {
        .buffers = buffers,
        .buffer_count = problem->buffer_count,
        .scalars = problem->scalars,
        .scalar_count = problem->scalar_count,
        .thread_count = program->threads,
        .step_count = launch->step_count,
        .tuning = program->tuning,
        .tuning_count = program->tuning_count,
        .kept = program->kept,
        .cancel = launch->cancel,
        .problem = problem,
        .first_step = launch->first_step,
    };
    const int dynamic = fix_team_size();
    const bool exchanged = program->loaded.kernel(&args) % 2 != 0;
    omp_set_dynamic(dynamic);
    program->swapped = start_swapped != exchanged;
    return GF_OK;
}

/* A thread that waits for its team holds its core until the others come, also where they wait for
 * this core: on a machine with other work that lasts until the system's next tick. */
void gf_native_settle(gf_program *program) {
    if (program->threads > 1)
        (void)count_team(program->threads);
}

gf_status gf_native_finish(gf_program *program, bool *swapped, gf_error *error) {
    (void)error;
    *swapped = program->swapped;
    return GF_OK;
}
