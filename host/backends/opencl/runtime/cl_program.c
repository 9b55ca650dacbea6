#include "backends/opencl/runtime/cl_program.h"
#include "backends/opencl/cl/build_history.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_query.h"
#include "backends/opencl/runtime/cl_launch.h"
#include "backends/opencl/runtime/stage/cl_arguments.h"
#include "backends/opencl/runtime/stage/cl_build.h"
#include "backends/opencl/runtime/stage/cl_program_state.h"
#include "base/error.h"
#include "base/text.h"
#include "problem/facts/needs.h"
#include "problem/parts/fits.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gf_status check_memory(const gf_device *device, const gf_problem *problem, gf_error *error) {
    static const double mib = 1024.0 * 1024.0;
    const gf_device_info *info = &device->info;
    const gf_memory_limits limits = {info->global_memory_bytes, info->max_alloc_bytes};
    gf_misfit why;
    if (gf_problem_fits(problem, &limits, &why))
        return GF_OK;
    return gf_error_set(error, GF_UNSUPPORTED,
                        "the %s %" PRIu64 " bytes (%.1f MiB) and device %s %s %" PRIu64
                        " (%.1f MiB)%s; use a smaller problem",
                        why.one_buffer ? "largest buffer needs" : "buffers need", why.needed,
                        (double)why.needed / mib, info->id, why.one_buffer ? "allows" : "has",
                        why.limit, (double)why.limit / mib, why.one_buffer ? " in one" : "");
}

/* The row of the variant with this name; NULL when it is not offered for the problem. */
static const gf_ndrange_variant *find_variant(const gf_device *device, const gf_problem *problem,
                                              const char *name) {
    const gf_workload *workload = problem->workload;
    for (uint32_t i = 0; i < workload->ndrange_variant_count; i++) {
        const gf_ndrange_variant *row = &workload->ndrange_variants[i];
        if (strcmp(name, row->name) == 0)
            return row->suits(problem, &device->info) > 0 ? row : NULL;
    }
    return NULL;
}

void gf_cl_tunables(const gf_device *device, const gf_problem *problem, const char *variant,
                    gf_tuning *tuning) {
    const gf_ndrange_variant *row = find_variant(device, problem, variant);
    if (row == NULL || row->tunable_count == 0)
        return;
    assert(row->tunable_count <= GF_MAX_TUNABLES);
    memcpy(tuning->tunables, row->tunables, row->tunable_count * sizeof row->tunables[0]);
    tuning->count = row->tunable_count;
    row->defaults(problem, &device->info, tuning->values);
    snprintf(tuning->basis, sizeof tuning->basis, "defaults");
}

bool gf_cl_tuning_key(const gf_device *device, const gf_problem *problem, char *text, size_t size) {
    const gf_device_info *info = &device->info;
    const int length = snprintf(text, size, "%s; %s; %s; source %016" PRIx64, info->name,
                                info->platform, info->driver, gf_cl_source_hash(problem->workload));
    return length > 0 && (size_t)length < size;
}

/* Of all launches of a step. */
static void make_plans(gf_program *program, const gf_tuning *tuning) {
    const gf_device_info *info = &program->device->info;
    program->stage_count = 1;
    for (uint32_t i = 0; i < program->stage_count; i++) {
        gf_ndrange_plan *plan = &program->stages[i].plan;
        plan->stage = i;
        program->variant->plan(program->problem, info, tuning->values, plan);
        if (plan->steps_per_launch == 0)
            plan->steps_per_launch = 1;
        if (i == 0 && plan->stages > 1)
            program->stage_count = plan->stages;
    }
    assert(program->stage_count <= GF_MAX_STAGES);
}

static gf_status make_plan(gf_program *program, const char *variant, const gf_tuning *tuning,
                           gf_error *error) {
    const gf_device *device = program->device;
    const gf_problem *problem = program->problem;
    gf_status status = gf_precision_check(problem, &device->info, error);
    if (status == GF_OK)
        status = check_memory(device, problem, error);
    if (status != GF_OK)
        return status;
    const gf_ndrange_variant *row = find_variant(device, problem, variant);
    if (row == NULL)
        return gf_error_set(
            error, GF_UNSUPPORTED,
            "variant %s of workload %s does not suit this problem or device %s, "
            "which has work-groups of at most %zu, %" PRIu64 " KiB of local memory and %sf64",
            variant, problem->workload->name, device->info.id, device->info.max_work_group_size,
            device->info.local_memory_bytes / 1024, device->info.f64 ? "" : "no ");
    program->variant = row;
    make_plans(program, tuning);
    return gf_needs_check(problem, row, &program->stages[0].plan, &device->info, error);
}

/* A group's side that a smaller one replaces: half of it where that still divides the global size.
 */
static size_t smaller_side(size_t side) {
    return side % 2 == 0 ? side / 2 : 1;
}

static void fit_sides(const gf_program *program, gf_ndrange_plan *plan, size_t limit) {
    const cl_device_id id = gf_cl_device_of(program->device)->id;
    for (uint32_t i = plan->dimensions; i < 3; i++)
        plan->local[i] = 1;
    size_t most[3] = {0, 0, 0}; /* in each direction; devices with more than 3 are rare */
    if (clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof most, most, NULL) == CL_SUCCESS) {
        for (int i = 0; i < 3; i++) {
            while (most[i] > 0 && plan->local[i] > most[i])
                plan->local[i] = smaller_side(plan->local[i]);
        }
    }
    while (limit > 0 && plan->local[0] * plan->local[1] * plan->local[2] > limit) {
        size_t *longest = &plan->local[0];
        for (int i = 1; i < 3; i++)
            longest = plan->local[i] > *longest ? &plan->local[i] : longest;
        *longest = smaller_side(*longest);
    }
}

/* Halves the work-group, in its longest direction, until it fits. The halves still divide the
 * global size. A kernel that requires a certain size keeps it, or gets it if its variant passes
 * arguments that follow. */
static gf_status fit_work_group(const gf_program *program, gf_cl_stage *stage, gf_error *error) {
    gf_ndrange_plan *plan = &stage->plan;
    const bool chosen = plan->local[0] == 0; /* by the driver */
    if (chosen && program->variant->pass == NULL)
        return GF_OK;
    const cl_device_id id = gf_cl_device_of(program->device)->id;
    size_t limit = 0, required[3] = {0, 0, 0};
    cl_int code = clGetKernelWorkGroupInfo(stage->kernel, id, CL_KERNEL_WORK_GROUP_SIZE,
                                           sizeof limit, &limit, NULL);
    if (code == CL_SUCCESS)
        code = clGetKernelWorkGroupInfo(stage->kernel, id, CL_KERNEL_COMPILE_WORK_GROUP_SIZE,
                                        sizeof required, required, NULL);
    if (code != CL_SUCCESS)
        return gf_cl_check(error, code, "asking for the work-group size of kernel %s",
                           plan->kernel);
    if (required[0] == 0 && !chosen)
        fit_sides(program, plan, limit);
    if (required[0] != 0 && program->variant->pass != NULL)
        memcpy(plan->local, required, sizeof required);
    return GF_OK;
}

static void sizes_text(const gf_ndrange_plan *plan, const size_t *sizes, char *text, size_t size) {
    if (sizes[0] == 0)
        snprintf(text, size, "chosen by the driver");
    else if (plan->dimensions == 1)
        snprintf(text, size, "%zu", sizes[0]);
    else if (plan->dimensions == 2)
        snprintf(text, size, "%zu x %zu", sizes[0], sizes[1]);
    else
        snprintf(text, size, "%zu x %zu x %zu", sizes[0], sizes[1], sizes[2]);
}

/* Options that PoCL adds by itself may be why a result is wrong. */
static void add_foreign_options(const gf_program *program, gf_text *text) {
    const char *options = getenv("POCL_EXTRA_BUILD_FLAGS");
    if (options != NULL && options[0] != '\0' &&
        strstr(gf_cl_device_of(program->device)->platform_name, "Portable Computing") != NULL)
        gf_text_add(text, ", built with POCL_EXTRA_BUILD_FLAGS=%.80s", options);
}

/* What compiling the loaded stages took; 0: none was loaded. */
static uint64_t loaded_build_ns(const gf_program *program) {
    uint64_t ns = 0;
    for (uint32_t i = 0; i < program->stage_count; i++)
        ns += program->stages[i].loaded ? program->stages[i].build_ns : 0;
    return ns;
}

static void make_note(gf_program *program) {
    gf_text text = gf_text_in(program->note, sizeof program->note);
    for (uint32_t i = 0; i < program->stage_count; i++) {
        const gf_ndrange_plan *plan = &program->stages[i].plan;
        char global[64], local[64];
        sizes_text(plan, plan->global, global, sizeof global);
        sizes_text(plan, plan->local, local, sizeof local);
        gf_text_add(&text, "%skernel %s, global size %s, local size %s%s%s", i == 0 ? "" : "; ",
                    plan->kernel, global, local, plan->options[0] == '\0' ? "" : ", ",
                    plan->options);
    }
    add_foreign_options(program, &text);
    if (loaded_build_ns(program) > 0)
        gf_text_add(&text, ", loaded from gpufare's cache");
}

static gf_status make_stage(const gf_program *program, gf_cl_stage *stage, gf_error *error) {
    gf_status status = gf_cl_build(program, stage, error);
    if (status == GF_OK)
        status = fit_work_group(program, stage, error);
    if (status == GF_OK)
        status = gf_cl_check_arguments(program, stage, error);
    if (status == GF_OK)
        status = gf_cl_set_values(program, stage, 0, error);
    return status;
}

static gf_status make_ready(gf_program *program, const char *variant, const gf_tuning *tuning,
                            gf_error *error) {
    gf_status status = make_plan(program, variant, tuning, error);
    for (uint32_t i = 0; status == GF_OK && i < program->stage_count; i++)
        status = make_stage(program, &program->stages[i], error);
    if (status == GF_OK)
        make_note(program);
    return status;
}

gf_status gf_cl_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                        const gf_tuning *tuning, gf_program **program, gf_error *error) {
    gf_program *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "an OpenCL program", sizeof *made);
    made->device = device;
    made->problem = problem;
    gf_cl_signals *signals = gf_cl_signals_save();
    const gf_status status = make_ready(made, variant, tuning, error);
    gf_cl_signals_restore(signals);
    if (status != GF_OK) {
        gf_cl_program_release(made);
        return status;
    }
    *program = made;
    return GF_OK;
}

void gf_cl_program_release(gf_program *program) {
    gf_cl_launch_drop(program);
    for (uint32_t i = 0; i < program->stage_count; i++) {
        const gf_cl_stage *stage = &program->stages[i];
        if (stage->kernel != NULL)
            clReleaseKernel(stage->kernel);
        if (stage->program != NULL)
            clReleaseProgram(stage->program);
        free(stage->options);
        free(stage->key.bytes);
    }
    free(program);
}

const char *gf_cl_program_note(const gf_program *program) {
    return program->note;
}

static void record_stage(const gf_program *program, const gf_cl_stage *stage, gf_text *text) {
    char *log = gf_cl_build_log(stage->program, gf_cl_device_of(program->device)->id);
    gf_text_add(text, "kernel: %s\noptions: %s\n%s%s\n", stage->plan.kernel, stage->options,
                log == NULL ? "the compiler said nothing" : "the compiler said:\n",
                log == NULL ? "" : log);
    free(log);
}

char *gf_cl_build_record(const gf_program *program) {
    char *record = malloc(GF_BUILD_RECORD);
    if (record == NULL)
        return NULL;
    gf_text text = gf_text_in(record, GF_BUILD_RECORD);
    for (uint32_t i = 0; i < program->stage_count; i++)
        record_stage(program, &program->stages[i], &text);
    return record;
}

/* A CPU's work-item runs in step with no other, apart from explicit vectors. On a GPU as many
 * neighbours run in step as the preferred multiple of the work-group's size says, row by row of the
 * work-group. */
gf_lane_group gf_cl_lane_group(const gf_program *program) {
    const gf_ndrange_plan *plan = &program->stages[0].plan;
    const gf_device *device = program->device;
    if (plan->lanes.rows != 0)
        return plan->lanes;
    if (device->info.device_class != GF_CLASS_GPU)
        return (gf_lane_group){1, 1};
    size_t in_step = 0;
    if (clGetKernelWorkGroupInfo(program->stages[0].kernel, gf_cl_device_of(device)->id,
                                 CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE, sizeof in_step,
                                 &in_step, NULL) != CL_SUCCESS ||
        in_step == 0 || in_step > 1024)
        in_step = 32;
    const size_t cols = plan->local[0] == 0 || plan->local[0] > in_step ? in_step : plan->local[0];
    return (gf_lane_group){(uint32_t)(in_step / cols), (uint32_t)cols};
}

/* Loading is no first build, whatever became of the record of that. */
void gf_cl_build_history(gf_program *program, uint64_t build_ns, gf_build_history *history) {
    const gf_cl_device *state = gf_cl_device_of(program->device);
    const gf_build_id id = {state->name, state->driver, program->stages[0].options,
                            gf_cl_source_hash(program->problem->workload)};
    const uint64_t loaded_ns = loaded_build_ns(program);
    gf_build_history_update(&id, loaded_ns > build_ns ? loaded_ns : build_ns, history);
    if (loaded_ns > 0 && history->state == GF_BUILD_COLD)
        history->state = GF_BUILD_WARM;
    gf_cl_save(program, history->state == GF_BUILD_WARM && build_ns >= history->cold_ns / 2);
}
