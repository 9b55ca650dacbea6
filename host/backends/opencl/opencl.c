/* The OpenCL backend: every device that the ICD loader reaches. */
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/signals.h"
#include "backends/opencl/doctor/diagnose.h"
#include "backends/opencl/drivers/icd.h"
#include "backends/opencl/drivers/probe.h"
#include "backends/opencl/facts/facts.h"
#include "backends/opencl/opencl_workers.h"
#include "backends/opencl/runtime/cl_buffer.h"
#include "backends/opencl/runtime/cl_enumerate.h"
#include "backends/opencl/runtime/cl_host.h"
#include "backends/opencl/runtime/cl_launch.h"
#include "backends/opencl/runtime/cl_pipeline.h"
#include "backends/opencl/runtime/cl_program.h"
#include "backends/opencl/simulator/simulator.h"
#include "base/cancel.h"
#include "base/error.h"
#include "problem/facts/needs.h"

#include <stdlib.h>
#include <string.h>

typedef struct backend_state {
    gf_icd_guard *guard;
    gf_cl_device *devices;
    gf_opencl_workers *workers; /* NULL: the devices are in this process */
} backend_state;

/* Before this process loads a driver, child processes find those that would kill it. */
static gf_status find_in_process(backend_state *state, const gf_session_options *options,
                                 const gf_device_sink *sink, gf_error *error) {
    const gf_status status = gf_icd_guard_create(sink, options->cancel, &state->guard, error);
    if (status != GF_OK)
        return status;
    const gf_cl_search search = {gf_icd_guard_drivers(state->guard),
                                 gf_icd_guard_warnings(state->guard), 0};
    return gf_cl_enumerate(sink, &search, &state->devices, error);
}

static gf_status enumerate(const gf_session_options *options, const gf_device_sink *sink,
                           void **state, gf_error *error) {
    if (gf_probe_check_environment(error) != GF_OK)
        return GF_USAGE;
    backend_state *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the OpenCL backend", sizeof *made);
    *state = made;
    if (!options->in_process || options->simulator_log != NULL) {
        const gf_status status = gf_opencl_workers_create(options, sink, &made->workers, error);
        if (status != GF_OK || made->workers != NULL)
            return status;
        if (options->simulator_log != NULL)
            return gf_error_set(error, GF_UNSUPPORTED,
                                "the program gpufare-worker is not found; install it beside this "
                                "one, or set GPUFARE_WORKER to its path");
    }
    gf_cl_signals *signals = gf_cl_signals_save();
    const gf_status status = find_in_process(made, options, sink, error);
    gf_cl_signals_restore(signals);
    return status;
}

static void shut_down(void *opaque) {
    backend_state *state = opaque;
    if (state == NULL)
        return;
    gf_opencl_workers_destroy(state->workers);
    gf_cl_devices_free(state->devices);
    gf_icd_guard_destroy(state->guard);
    free(state);
}

/* The driver compiles and computes, so its handlers are kept away. */
static void find_facts(gf_device *device) {
    gf_cl_device *state = gf_cl_device_of(device);
    if (state->facts_complete)
        return;
    const gf_fact_bench bench = {state->context, state->queue, state->id, NULL};
    gf_cl_signals *signals = gf_cl_signals_save();
    gf_facts_find(&bench, &device->info, device->cancel, state->facts);
    gf_cl_signals_restore(signals);
    state->facts_complete = !gf_cancelled(device->cancel);
    gf_facts_apply(state->facts, &device->info);
}

enum { MOST_SUITED = 1 << 16 };

/* How well a variant suits; those that the device lacks something for come after all others, and
 * say what when they are asked to run. */
static uint32_t rank(const gf_device *device, const gf_problem *problem,
                     const gf_ndrange_variant *variant) {
    const uint32_t suits = variant->suits(problem, &device->info);
    return suits > 0 && gf_variant_can_run(problem, variant, &device->info) ? suits + MOST_SUITED
                                                                            : suits;
}

/* Number of variants that come before the row's: those that suit better, and equals above it. */
static size_t variants_before(const gf_device *device, const gf_workload *workload,
                              const gf_problem *problem, uint32_t row, uint32_t suits) {
    size_t before = 0;
    for (uint32_t i = 0; i < workload->ndrange_variant_count; i++) {
        const uint32_t other = rank(device, problem, &workload->ndrange_variants[i]);
        if (other > suits || (other == suits && i < row))
            before++;
    }
    return before;
}

static const char *variant(const gf_device *device, const gf_workload *workload,
                           const gf_problem *problem, size_t index) {
    if (problem == NULL)
        return index < workload->ndrange_variant_count ? workload->ndrange_variants[index].name
                                                       : NULL;
    for (uint32_t i = 0; i < workload->ndrange_variant_count; i++) {
        const uint32_t suits = rank(device, problem, &workload->ndrange_variants[i]);
        if (suits > 0 && variants_before(device, workload, problem, i, suits) == index)
            return workload->ndrange_variants[i].name;
    }
    return NULL;
}

/* All that the device can run: which one is the fastest depends on its driver's compiler. On a CPU
 * those for GPUs are among them, because llvmpipe turns work-items into vectors and explicit
 * vectors into many instructions; but on a GPU those for CPUs lose by an order of magnitude. */
static size_t contestants(const gf_device *device, const gf_problem *problem) {
    const gf_workload *workload = problem->workload;
    const uint32_t least = device->info.device_class == GF_CLASS_CPU ? 1 : 2;
    size_t count = 0;
    for (uint32_t i = 0; i < workload->ndrange_variant_count; i++)
        count += rank(device, problem, &workload->ndrange_variants[i]) >= least + MOST_SUITED;
    return count;
}

static bool knows_variant(const gf_workload *workload, const char *name) {
    for (uint32_t i = 0; i < workload->ndrange_variant_count; i++) {
        if (strcmp(workload->ndrange_variants[i].name, name) == 0)
            return true;
    }
    return false;
}

const gf_backend gf_backend_opencl = {
    .abi_version = GF_BACKEND_ABI,
    .name = "opencl",
    .copies_beside = true,
    .order = 10,
    .enumerate = enumerate,
    .shut_down = shut_down,
    .open = gf_cl_open,
    .close = gf_cl_close,
    .find_facts = find_facts,
    .variant = variant,
    .knows_variant = knows_variant,
    .contestants = contestants,
    .host_array_create = gf_cl_host_array_create,
    .host_array_release = gf_cl_host_array_release,
    .buffer_create = gf_cl_buffer_create,
    .buffer_release = gf_cl_buffer_release,
    .buffer_trespass = gf_cl_buffer_trespass,
    .buffer_claim = gf_cl_buffer_claim,
    .buffer_write = gf_cl_buffer_write,
    .buffer_read = gf_cl_buffer_read,
    .tunables = gf_cl_tunables,
    .tuning_key = gf_cl_tuning_key,
    .prepare = gf_cl_prepare,
    .program_release = gf_cl_program_release,
    .program_note = gf_cl_program_note,
    .build_record = gf_cl_build_record,
    .lane_group = gf_cl_lane_group,
    .build_history = gf_cl_build_history,
    .launch = gf_cl_launch,
    .finish = gf_cl_finish,
    .device_time = gf_cl_device_time,
    .stage_times = gf_cl_stage_times,
    .transfer_times = gf_cl_transfer_times,
    .settle = gf_cl_settle,
    .pipeline_create = gf_cl_pipeline_create,
    .pipeline_release = gf_cl_pipeline_release,
    .pipeline_overlap = gf_cl_pipeline_overlap,
    .pipeline_run = gf_cl_pipeline_run,
    .read_flaws = gf_simulator_read,
    .diagnose = gf_opencl_diagnose,
};
