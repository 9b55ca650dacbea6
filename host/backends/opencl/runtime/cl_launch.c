/* Launches of one call are enqueued one after the other without waiting in between. */
#include "backends/opencl/runtime/cl_launch.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/runtime/cl_buffer.h"
#include "backends/opencl/runtime/cl_copies.h"
#include "backends/opencl/runtime/cl_handover.h"
#include "backends/opencl/runtime/stage/cl_arguments.h"
#include "backends/opencl/runtime/stage/cl_program_state.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "device/trip.h"
#include "problem/parts/division.h"
#include "problem/traffic.h"

static gf_status check_launch(const gf_program *program, const gf_cl_stage *stage, cl_int code,
                              gf_error *error) {
    return gf_cl_check(error, code, "running kernel %s on device %s", stage->plan.kernel,
                       gf_cl_device_of(program->device)->number);
}

gf_status gf_cl_enqueue(gf_program *program, const gf_cl_stage *stage, const gf_cl_band *band,
                        cl_event after, gf_error *error) {
    const gf_ndrange_plan *plan = &stage->plan;
    const cl_command_queue queue = gf_cl_device_of(program->device)->queue;
    cl_event *event = NULL;
    if (!gf_cl_launches_next(&program->launches, &event))
        return check_launch(program, stage, program->launches.failure, error);
    cl_int code = clEnqueueNDRangeKernel(
        queue, stage->kernel, plan->dimensions, band == NULL ? NULL : band->offset,
        band == NULL ? plan->global : band->global, plan->local[0] == 0 ? NULL : plan->local,
        after == NULL ? 0 : 1, after == NULL ? NULL : &after, event);
    if (code == CL_SUCCESS &&
        gf_cl_launches_add(&program->launches, (uint32_t)(stage - program->stages)))
        code = clFlush(queue);
    return check_launch(program, stage, code, error);
}

void gf_cl_release_event(cl_event *event) {
    if (*event != NULL)
        clReleaseEvent(*event);
    *event = NULL;
}

/* Enqueues one launch that does `steps` steps from `first` on. The first stage waits for `reader`.
 */
static gf_status enqueue_stage(gf_program *program, gf_cl_stage *stage, uint64_t first,
                               uint32_t steps, const cl_mem *memories, cl_event *reader,
                               gf_error *error) {
    gf_status status = GF_OK;
    if (stage->plan.varies)
        status = gf_cl_set_values(program, stage, first, error);
    if (status == GF_OK)
        status = gf_cl_set_buffers(program, stage, memories, program->swapped, error);
    if (status == GF_OK && steps > 0)
        status = gf_cl_set_steps(program, stage, steps, error);
    if (status == GF_OK)
        status = gf_cl_enqueue(program, stage, NULL, reader == NULL ? NULL : *reader, error);
    if (status == GF_OK && reader != NULL)
        gf_cl_release_event(reader); /* later launches run after this one, so after it too */
    return status;
}

gf_status gf_cl_enqueue_stages(gf_program *program, const cl_mem *memories, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < program->stage_count; i++)
        status = enqueue_stage(program, &program->stages[i], 0, 0, memories, NULL, error);
    return status;
}

/* Each step, or launch of several, exchanges the pair. */
gf_status gf_cl_enqueue_steps(gf_program *program, uint64_t first, uint64_t step_count,
                              const cl_mem *memories, cl_event *readers,
                              const volatile sig_atomic_t *cancel, gf_error *error) {
    const gf_problem *problem = program->problem;
    const uint32_t most = program->stages[0].plan.steps_per_launch;
    uint64_t remaining = step_count;
    while (remaining > 0 && !gf_cancelled(cancel)) {
        const uint32_t steps = remaining < most ? (uint32_t)remaining : most;
        cl_event *reader = NULL;
        if (readers != NULL && problem->has_pair)
            reader = &readers[program->swapped ? problem->result : problem->partner];
        gf_cl_launches_begin_round(&program->launches, steps == remaining);
        for (uint32_t i = 0; i < program->stage_count; i++) {
            const gf_status status =
                enqueue_stage(program, &program->stages[i], first + step_count - remaining, steps,
                              memories, i == 0 ? reader : NULL, error);
            if (status != GF_OK)
                return status;
        }
        if (problem->has_pair)
            program->swapped = !program->swapped;
        remaining -= steps;
    }
    return GF_OK;
}

static gf_status enqueue_all(gf_program *program, const gf_launch *launch, gf_error *error) {
    cl_mem memories[GF_MAX_BUFFERS];
    gf_status status = GF_OK;
    for (uint32_t i = 0; i < program->problem->buffer_count && status == GF_OK; i++)
        status = gf_cl_buffer_for_kernel(&launch->buffers[i], &memories[i], error);
    if (status != GF_OK)
        return status;
    if (program->problem->steps > 0)
        return gf_cl_enqueue_steps(program, launch->first_step, launch->step_count, memories, NULL,
                                   launch->cancel, error);
    return gf_cl_enqueue_stages(program, memories, error);
}

/* Buffers in place of what is read next become the host's behind the kernels. */
static gf_status enqueue_maps(gf_program *program, const gf_launch *launch, gf_error *error) {
    gf_status status = GF_OK;
    const bool timed = gf_cl_handover_is_timed(gf_cl_device_of(program->device));
    for (uint32_t i = 0; status == GF_OK && timed && i < program->problem->buffer_count; i++) {
        gf_buffer *buffer =
            &launch->buffers[gf_trip_content(program->problem, i, program->swapped)];
        cl_event *event = gf_cl_handover_next(&program->down);
        if (event == NULL || !buffer->in_place || !gf_downloads_at_stop(program->problem, i))
            continue;
        status = gf_cl_buffer_map_after(buffer, event, error);
        if (status == GF_OK)
            gf_cl_handover_add(&program->down);
    }
    return status;
}

void gf_cl_launch_drop(gf_program *program) {
    gf_cl_launches_finish(&program->launches);
    gf_cl_signals_restore(program->signals);
    program->signals = NULL;
}

void gf_cl_launch_begin(gf_program *program, bool swapped) {
    if (!program->launched)
        program->signals = gf_cl_signals_save();
    program->launched = true;
    program->swapped = program->problem->has_pair && swapped;
    program->steps_launched = 0;
    program->launches =
        (gf_cl_launches){.event_ns = gf_cl_device_of(program->device)->clock.event_ns,
                         .latest_start = program->launches.latest_start,
                         .latest_end = program->launches.latest_end};
}

/* Turns the program's problem into that of a part. */
static gf_status set_part(gf_program *program, gf_part part, gf_error *error) {
    gf_problem made;
    if (part.count == 0)
        return GF_OK;
    (void)gf_problem_of_part(program->problem, part, &made);
    program->part = made;
    program->problem = &program->part;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < program->stage_count; i++)
        status = gf_cl_set_values(program, &program->stages[i], 0, error);
    return status;
}

/* What settling has met is said now. */
static gf_status check_settled(const gf_program *program, gf_error *error) {
    gf_cl_handover *up = &gf_cl_device_of(program->device)->up;
    const cl_int code = up->failure;
    up->failure = CL_SUCCESS;
    return check_launch(program, program->stages, code, error);
}

gf_status gf_cl_launch(gf_program *program, const gf_launch *launch, gf_error *error) {
    gf_status set = check_settled(program, error);
    if (set == GF_OK)
        set = set_part(program, launch->part, error);
    if (set != GF_OK)
        return set;
    gf_cl_launch_begin(program, launch->swapped);
    const gf_clock clock = gf_clock_monotonic();
    program->launched_at_ns = gf_clock_now(&clock);
    program->steps_launched = launch->step_count;
    gf_status status = enqueue_all(program, launch, error);
    if (status == GF_OK && launch->comes_down)
        status = enqueue_maps(program, launch, error);
    if (status == GF_OK)
        status = check_launch(program, program->stages,
                              clFlush(gf_cl_device_of(program->device)->queue), error);
    if (status == GF_OK)
        status = gf_cl_copies_begin(program->device, launch, error);
    if (status != GF_OK) {
        gf_error ignored = GF_ERROR_INIT;
        (void)gf_cl_copies_finish(program->device, &ignored);
        gf_error_clear(&ignored);
        gf_cl_launch_drop(program);
        (void)gf_cl_handover_take_ns(&program->down);
    }
    return status;
}

gf_status gf_cl_finish(gf_program *program, bool *swapped, gf_error *error) {
    const gf_clock clock = gf_clock_monotonic();
    cl_int code = clFinish(gf_cl_device_of(program->device)->queue);
    program->launches.row_ns = gf_clock_now(&clock) - program->launched_at_ns;
    gf_cl_launch_drop(program);
    program->up_ns = gf_cl_handover_take_ns(&gf_cl_device_of(program->device)->up);
    program->down_ns = gf_cl_handover_take_ns(&program->down);
    if (program->launches.failure != CL_SUCCESS)
        code = program->launches.failure;
    if (code == CL_SUCCESS)
        *swapped = program->swapped;
    const gf_status copied = gf_cl_copies_finish(program->device, error);
    return code == CL_SUCCESS ? copied : check_launch(program, program->stages, code, error);
}

void gf_cl_transfer_times(const gf_program *program, uint64_t *up_ns, uint64_t *down_ns) {
    *up_ns = program->up_ns;
    *down_ns = program->down_ns;
}

void gf_cl_settle(gf_program *program) {
    gf_cl_device *device = gf_cl_device_of(program->device);
    if (device->up.count > 0 && device->queue != NULL)
        device->up.failure = clFinish(device->queue);
    (void)gf_cl_handover_take_ns(&device->up);
}

/* Operations that the launches so far can't have done without: all of them, where every item has
 * the same work, else one for each element of the result. */
static double least_operations(const gf_program *program) {
    const gf_problem *problem = program->problem;
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    if (problem->workload->work != NULL || problem->workload->operations_estimated)
        return (double)result->rows * (double)result->cols;
    const double steps =
        problem->steps > 0 ? (double)program->steps_launched / (double)problem->steps : 1;
    return problem->cost.operations * steps;
}

bool gf_cl_device_time(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                       const char **reason) {
    const gf_cl_clock *test = &gf_cl_device_of(program->device)->clock;
    *clock =
        program->launches.untimed_rounds > 0 ? "OpenCL events of some launches" : "OpenCL events";
    if (test->trouble[0] != '\0') {
        *reason = test->trouble;
        return false;
    }
    if (!gf_cl_launches_time(&program->launches, kernel_ns, reason))
        return false;
    const char *doubts = gf_cl_clock_doubts(test, least_operations(program), *kernel_ns);
    if (doubts != NULL)
        *reason = doubts;
    return doubts == NULL;
}

/* Launches that were not timed count as those that were. */
uint32_t gf_cl_stage_times(const gf_program *program, uint64_t stage_ns[GF_MAX_STAGES]) {
    const gf_cl_launches *launches = &program->launches;
    const char *reason = NULL;
    uint64_t all_ns = 0;
    if (!gf_cl_launches_time(launches, &all_ns, &reason) || launches->kernel_ns == 0)
        return 0;
    const double factor = (double)all_ns / (double)launches->kernel_ns;
    for (uint32_t i = 0; i < program->stage_count; i++)
        stage_ns[i] = (uint64_t)((double)launches->stage_ns[i] * factor);
    return program->stage_count;
}
