/* Launching and waiting. Launches of one call are enqueued one after the other without waiting in
 * between; a ring of events bounds how far the host runs ahead, so that memory stays bounded and a
 * cancelled run ends soon. */
#include "backends/opencl/runtime/cl_launch.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_types.h"
#include "backends/opencl/cl/signals.h"
#include "backends/opencl/runtime/cl_arguments.h"
#include "backends/opencl/runtime/cl_buffer.h"

#include <string.h>

/* The host runs ahead by about this much device time: far more than the host is ever late, and
 * little to wait for after a Ctrl-C. */
#define RUN_AHEAD_NS UINT64_C(100000000)
/* Until the first time is known. */
#define FIRST_RUN_AHEAD 8
/* Launches between two flushes: the device starts early and the host does not call too often. */
#define FLUSH_INTERVAL 8

static const char *const CLOCK_NAME = "OpenCL events";

/* Reads an event's four times. Returns NULL, or why they can't be used. */
static const char *read_times(cl_event event, uint64_t *duration_ns) {
    static const cl_profiling_info points[] = {
        CL_PROFILING_COMMAND_QUEUED, CL_PROFILING_COMMAND_SUBMIT, CL_PROFILING_COMMAND_START,
        CL_PROFILING_COMMAND_END};
    cl_ulong times[4] = {0, 0, 0, 0};
    for (int i = 0; i < 4; i++) {
        if (clGetEventProfilingInfo(event, points[i], sizeof times[i], &times[i], NULL) !=
            CL_SUCCESS)
            return "the driver keeps no event times";
    }
    if (times[2] == 0 || times[3] == 0)
        return "the device's event times are zero";
    if (times[0] > times[1] || times[1] > times[2] || times[2] > times[3])
        return "the device's event times are out of order";
    *duration_ns = times[3] - times[2];
    return NULL;
}

/* What a kernel ended with: clWaitForEvents itself only says that some event failed. */
static cl_int failure_of(cl_event event, cl_int wait_code) {
    cl_int status = CL_COMPLETE;
    if (clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, NULL) ==
            CL_SUCCESS &&
        status < 0)
        return status;
    return wait_code;
}

/* Waits for the oldest launch under way and takes its time. */
static void harvest(gf_cl_launches *launches) {
    const cl_event event = launches->ring[launches->first];
    const cl_int code = clWaitForEvents(1, &event);
    if (code != CL_SUCCESS) {
        if (launches->failure == CL_SUCCESS)
            launches->failure = failure_of(event, code);
    } else {
        uint64_t duration_ns = 0;
        const char *unusable = read_times(event, &duration_ns);
        if (unusable != NULL)
            launches->unusable = unusable;
        launches->kernel_ns += duration_ns;
        launches->harvested++;
    }
    clReleaseEvent(event);
    launches->first = (launches->first + 1) % GF_CL_RING;
    launches->count--;
}

static uint32_t run_ahead(const gf_cl_launches *launches) {
    if (launches->harvested == 0)
        return FIRST_RUN_AHEAD;
    const uint64_t mean_ns = launches->kernel_ns / launches->harvested;
    const uint64_t fit = mean_ns == 0 ? GF_CL_RING : RUN_AHEAD_NS / mean_ns;
    if (fit < 2)
        return 2;
    return fit > GF_CL_RING ? GF_CL_RING : (uint32_t)fit;
}

static gf_status failed(const gf_program *program, cl_int code, gf_error *error) {
    return gf_cl_error(error, code, "running kernel %s on device %s", program->plan.kernel,
                       gf_cl_device_of(program->device)->number);
}

gf_status gf_cl_enqueue(gf_program *program, const gf_cl_band *band, cl_event after,
                        gf_error *error) {
    const gf_ndrange_plan *plan = &program->plan;
    const cl_command_queue queue = gf_cl_device_of(program->device)->queue;
    gf_cl_launches *launches = &program->launches;
    while (launches->count >= run_ahead(launches) && launches->failure == CL_SUCCESS)
        harvest(launches);
    if (launches->failure != CL_SUCCESS)
        return failed(program, launches->failure, error);
    const uint32_t slot = (launches->first + launches->count) % GF_CL_RING;
    cl_int code = clEnqueueNDRangeKernel(
        queue, program->kernel, plan->dimensions, band == NULL ? NULL : band->offset,
        band == NULL ? plan->global : band->global, plan->local[0] == 0 ? NULL : plan->local,
        after == NULL ? 0 : 1, after == NULL ? NULL : &after, &launches->ring[slot]);
    if (code != CL_SUCCESS)
        return failed(program, code, error);
    launches->count++;
    if (launches->count % FLUSH_INTERVAL == 0 || launches->count >= run_ahead(launches))
        code = clFlush(queue);
    return code == CL_SUCCESS ? GF_OK : failed(program, code, error);
}

void gf_cl_release_event(cl_event *event) {
    if (*event != NULL)
        clReleaseEvent(*event);
    *event = NULL;
}

cl_event gf_cl_last_launch(const gf_program *program) {
    const gf_cl_launches *launches = &program->launches;
    return launches->ring[(launches->first + launches->count - 1) % GF_CL_RING];
}

/* Each launch exchanges the pair. */
gf_status gf_cl_enqueue_steps(gf_program *program, uint64_t step_count, const cl_mem *memories,
                              cl_event *readers, const volatile sig_atomic_t *cancel,
                              gf_error *error) {
    const gf_problem *problem = program->problem;
    uint64_t left = step_count;
    while (left > 0 && !gf_cl_cancelled(cancel)) {
        const uint32_t most = program->plan.steps_per_launch;
        const uint32_t steps = left < most ? (uint32_t)left : most;
        gf_status status = gf_cl_set_buffers(program, memories, program->swapped, error);
        if (status == GF_OK)
            status = gf_cl_set_steps(program, steps, error);
        cl_event *reader = NULL;
        if (readers != NULL && problem->has_pair)
            reader = &readers[program->swapped ? problem->result : problem->partner];
        if (status == GF_OK)
            status = gf_cl_enqueue(program, NULL, reader == NULL ? NULL : *reader, error);
        if (status != GF_OK)
            return status;
        if (reader != NULL)
            gf_cl_release_event(reader); /* the launches after this one come after it, too */
        if (problem->has_pair)
            program->swapped = !program->swapped;
        left -= steps;
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
        return gf_cl_enqueue_steps(program, launch->step_count, memories, NULL, launch->cancel,
                                   error);
    status = gf_cl_set_buffers(program, memories, program->swapped, error);
    return status == GF_OK ? gf_cl_enqueue(program, NULL, NULL, error) : status;
}

void gf_cl_launches_drop(gf_program *program) {
    while (program->launches.count > 0)
        harvest(&program->launches);
    gf_cl_signals_restore(program->signals);
    program->signals = NULL;
}

void gf_cl_launches_begin(gf_program *program, bool swapped) {
    if (!program->launched)
        program->signals = gf_cl_signals_save();
    program->launched = true;
    program->swapped = program->problem->has_pair && swapped;
    memset(&program->launches, 0, sizeof program->launches);
}

gf_status gf_cl_launch(gf_program *program, const gf_launch *launch, gf_error *error) {
    gf_cl_launches_begin(program, launch->swapped);
    gf_status status = enqueue_all(program, launch, error);
    if (status == GF_OK) {
        const cl_int code = clFlush(gf_cl_device_of(program->device)->queue);
        if (code != CL_SUCCESS)
            status = failed(program, code, error);
    }
    if (status != GF_OK)
        gf_cl_launches_drop(program);
    return status;
}

gf_status gf_cl_finish(gf_program *program, bool *swapped, gf_error *error) {
    const cl_int code = clFinish(gf_cl_device_of(program->device)->queue);
    gf_cl_launches_drop(program);
    if (program->launches.failure != CL_SUCCESS)
        return failed(program, program->launches.failure, error);
    if (code != CL_SUCCESS)
        return failed(program, code, error);
    *swapped = program->swapped;
    return GF_OK;
}

bool gf_cl_device_time(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                       const char **reason) {
    const gf_cl_launches *launches = &program->launches;
    const char *unusable = launches->unusable;
    if (unusable == NULL && launches->harvested == 0)
        unusable = "nothing was launched";
    if (unusable == NULL && launches->kernel_ns == 0)
        unusable = "the device's event times are zero";
    if (unusable != NULL) {
        *reason = unusable;
        return false;
    }
    *kernel_ns = launches->kernel_ns;
    *clock = CLOCK_NAME;
    return true;
}
