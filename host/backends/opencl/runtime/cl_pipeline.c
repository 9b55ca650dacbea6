/* Uploads and downloads have a queue of their own each, so that a device with two copy engines
 * moves data both ways at once. Events keep the necessary order. Each queue is flushed after each
 * command, so that no queue waits for a command which the driver has not yet submitted.
 *
 * Without steps the NDRange is cut into bands of rows: a band's rows of the inputs go up, its
 * kernel waits for them, and its rows of the results come down after it. With steps and stops, each
 * stop's result comes down during the steps towards the next stop: the first step only reads that
 * result, and the launch that would overwrite it waits for the download. */
#include "backends/opencl/runtime/cl_pipeline.h"
#include "backends/opencl/cl/cl_device.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/runtime/cl_buffer.h"
#include "backends/opencl/runtime/cl_launch.h"
#include "backends/opencl/runtime/cl_overlap.h"
#include "backends/opencl/runtime/stage/cl_arguments.h"
#include "backends/opencl/runtime/stage/cl_program_state.h"
#include "base/array.h"
#include "base/cancel.h"
#include "base/error.h"

#include <stdlib.h>

struct gf_pipeline {
    gf_program *program;
    gf_buffer *buffers;
    cl_command_queue up, down;
    cl_mem memories[GF_MAX_BUFFERS];
    cl_event readers[GF_MAX_BUFFERS]; /* the download from each buffer that may be under way */
    gf_cl_cut cut;
};

/* ---- Making one -------------------------------------------------------- */

static gf_status make_queue(const gf_program *program, cl_command_queue *queue, gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(program->device);
    cl_int code = CL_SUCCESS;
    *queue = clCreateCommandQueue(state->context, state->id, 0, &code);
    if (code != CL_SUCCESS)
        *queue = NULL;
    return gf_cl_check(error, code, "making a transfer queue on device %s", state->number);
}

static gf_status make_ready(gf_pipeline *pipeline, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < pipeline->program->problem->buffer_count; i++)
        status = gf_cl_buffer_for_kernel(&pipeline->buffers[i], &pipeline->memories[i], error);
    if (status == GF_OK)
        status = make_queue(pipeline->program, &pipeline->up, error);
    return status == GF_OK ? make_queue(pipeline->program, &pipeline->down, error) : status;
}

gf_status gf_cl_pipeline_create(gf_program *program, gf_buffer *buffers, gf_pipeline **pipeline,
                                gf_error *error) {
    gf_pipeline *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a pipeline", sizeof *made);
    made->program = program;
    made->buffers = buffers;
    const bool offered = gf_cl_find_cut(program, buffers, &made->cut);
    const gf_status status = offered ? make_ready(made, error) : GF_OK;
    if (!offered || status != GF_OK)
        gf_cl_pipeline_release(made);
    else
        *pipeline = made;
    return status;
}

void gf_cl_pipeline_release(gf_pipeline *pipeline) {
    if (pipeline->up != NULL)
        clReleaseCommandQueue(pipeline->up);
    if (pipeline->down != NULL)
        clReleaseCommandQueue(pipeline->down);
    free(pipeline);
}

gf_overlap gf_cl_pipeline_overlap(const gf_pipeline *pipeline) {
    return gf_cl_overlap_of(pipeline->program, &pipeline->cut);
}

/* ---- Transfers --------------------------------------------------------- */

static gf_status check_transfer(const gf_pipeline *pipeline, cl_int code, const char *what,
                                gf_error *error) {
    return gf_cl_check(error, code, "%s device %s during a kernel", what,
                       gf_cl_device_of(pipeline->program->device)->number);
}

/* A part of a buffer. */
typedef struct part {
    uint32_t buffer;
    size_t first, bytes;
} part;

static part rows_of(const gf_problem *problem, uint32_t buffer, size_t first_row, size_t rows) {
    const gf_buffer_spec *spec = &problem->buffers[buffer];
    const size_t row_bytes = spec->bytes / spec->rows;
    return (part){buffer, first_row * row_bytes, rows * row_bytes};
}

static gf_status enqueue_up(gf_pipeline *pipeline, part piece, cl_event *event, gf_error *error) {
    const char *host = pipeline->buffers[piece.buffer].host;
    const cl_int code =
        clEnqueueWriteBuffer(pipeline->up, pipeline->memories[piece.buffer], CL_FALSE, piece.first,
                             piece.bytes, host + piece.first, 0, NULL, event);
    return check_transfer(pipeline, code, "writing to", error);
}

static gf_status enqueue_down(gf_pipeline *pipeline, part piece, cl_event after, cl_event *event,
                              gf_error *error) {
    char *host = pipeline->buffers[piece.buffer].host;
    const cl_int code =
        clEnqueueReadBuffer(pipeline->down, pipeline->memories[piece.buffer], CL_FALSE, piece.first,
                            piece.bytes, host + piece.first, 1, &after, event);
    return check_transfer(pipeline, code, "reading from", error);
}

static gf_status flush_queue(gf_pipeline *pipeline, cl_command_queue queue, gf_error *error) {
    return check_transfer(pipeline, clFlush(queue), "flushing a queue of", error);
}

static gf_status flush_kernels(gf_pipeline *pipeline, gf_error *error) {
    return flush_queue(pipeline, gf_cl_device_of(pipeline->program->device)->queue, error);
}

/* ---- Bands of rows ----------------------------------------------------- */

/* Uploads the band's rows; *event is the last upload's, or stays NULL. */
static gf_status upload_rows(gf_pipeline *pipeline, size_t first_row, size_t rows, cl_event *event,
                             gf_error *error) {
    const gf_problem *problem = pipeline->program->problem;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        if (!gf_goes_up(problem->buffers[i].access))
            continue;
        gf_cl_release_event(event); /* the queue is in order: its last event is enough */
        status = enqueue_up(pipeline, rows_of(problem, i, first_row, rows), event, error);
    }
    return status == GF_OK && *event != NULL ? flush_queue(pipeline, pipeline->up, error) : status;
}

static gf_status download_rows(gf_pipeline *pipeline, size_t first_row, size_t rows,
                               gf_error *error) {
    const gf_problem *problem = pipeline->program->problem;
    const cl_event kernel = gf_cl_launches_last(&pipeline->program->launches);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        if (gf_comes_down(problem->buffers[i].access))
            status =
                enqueue_down(pipeline, rows_of(problem, i, first_row, rows), kernel, NULL, error);
    }
    return status == GF_OK ? flush_queue(pipeline, pipeline->down, error) : status;
}

/* Runs `groups` work-groups, the first of them number `first`. */
static gf_status run_band(gf_pipeline *pipeline, size_t first, size_t groups, gf_error *error) {
    gf_program *program = pipeline->program;
    const gf_cl_stage *stage = program->stages;
    const uint32_t last = stage->plan.dimensions - 1;
    const size_t items = gf_cl_group_items(program), item_rows = stage->plan.rows_per_item;
    const size_t all_rows = program->problem->buffers[program->problem->result].rows;
    const size_t first_row = first * items * item_rows;
    const size_t most = groups * items * item_rows;
    const size_t rows = all_rows - first_row < most ? all_rows - first_row : most;
    gf_cl_band band = {{0, 0, 0},
                       {stage->plan.global[0], stage->plan.global[1], stage->plan.global[2]}};
    band.offset[last] = first * items;
    band.global[last] = groups * items;
    cl_event uploaded = NULL;
    gf_status status = upload_rows(pipeline, first_row, rows, &uploaded, error);
    if (status == GF_OK)
        status = gf_cl_enqueue(program, stage, &band, uploaded, error);
    gf_cl_release_event(&uploaded);
    if (status == GF_OK)
        status = flush_kernels(pipeline, error);
    return status == GF_OK ? download_rows(pipeline, first_row, rows, error) : status;
}

static gf_status run_bands(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                           gf_error *error) {
    gf_status status = gf_cl_set_buffers(pipeline->program, pipeline->program->stages,
                                         pipeline->memories, false, error);
    for (size_t first = 0; status == GF_OK && first < pipeline->cut.groups;
         first += pipeline->cut.band_groups) {
        const size_t rest = pipeline->cut.groups - first, most = pipeline->cut.band_groups;
        if (gf_cancelled(cancel))
            break;
        status = run_band(pipeline, first, rest < most ? rest : most, error);
    }
    return status;
}

/* ---- Stops ------------------------------------------------------------- */

static part whole_buffer(const gf_problem *problem, uint32_t buffer) {
    return (part){buffer, 0, problem->buffers[buffer].bytes};
}

/* Blocking: no kernel runs yet that the transfers could overlap. */
static gf_status upload_all(gf_pipeline *pipeline, gf_error *error) {
    const gf_problem *problem = pipeline->program->problem;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        gf_buffer *buffer = &pipeline->buffers[i];
        if (gf_goes_up(problem->buffers[i].access))
            status = gf_cl_buffer_write(buffer, buffer->host, error);
    }
    return status;
}

/* Does the steps up to the next stop, and starts its download. The buffer that then holds the
 * content was overwritten by this segment's launches, which waited for the last download from it.
 */
static gf_status run_segment(gf_pipeline *pipeline, uint64_t first, uint64_t steps,
                             const volatile sig_atomic_t *cancel, gf_error *error) {
    gf_program *program = pipeline->program;
    const gf_problem *problem = program->problem;
    gf_status status = gf_cl_enqueue_steps(program, first, steps, pipeline->memories,
                                           pipeline->readers, cancel, error);
    if (status == GF_OK)
        status = flush_kernels(pipeline, error);
    if (status != GF_OK || gf_cancelled(cancel))
        return status;
    const uint32_t content = program->swapped ? problem->partner : problem->result;
    status =
        enqueue_down(pipeline, whole_buffer(problem, content),
                     gf_cl_launches_last(&program->launches), &pipeline->readers[content], error);
    return status == GF_OK ? flush_queue(pipeline, pipeline->down, error) : status;
}

static gf_status run_stops(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                           gf_error *error) {
    const gf_problem *problem = pipeline->program->problem;
    const uint64_t every = problem->steps_per_transfer;
    gf_status status = upload_all(pipeline, error);
    for (uint64_t rest = problem->steps; status == GF_OK && rest > 0 && !gf_cancelled(cancel);) {
        const uint64_t steps = rest < every ? rest : every;
        status = run_segment(pipeline, problem->steps - rest, steps, cancel, error);
        rest -= steps;
    }
    return status;
}

/* ---- A round trip ------------------------------------------------------ */

/* Waits until a queue is empty. Waits once more after a failure, because the caller may free the
 * host's memory as soon as the run has failed. */
static cl_int drain_queue(cl_command_queue queue) {
    const cl_int code = clFinish(queue);
    if (code != CL_SUCCESS)
        (void)clFinish(queue);
    return code;
}

/* Waits for everything. The first failure is the one that is reported. */
static gf_status finish_all(gf_pipeline *pipeline, gf_status status, bool *swapped,
                            gf_error *error) {
    gf_program *program = pipeline->program;
    gf_error later = GF_ERROR_INIT;
    const gf_status finished = gf_cl_finish(program, swapped, status == GF_OK ? error : &later);
    gf_error_clear(&later);
    status = status == GF_OK ? finished : status;
    const cl_command_queue queues[] = {pipeline->up, pipeline->down};
    for (size_t i = 0; i < GF_COUNT_OF(queues); i++) {
        const cl_int code = drain_queue(queues[i]);
        if (status == GF_OK)
            status = check_transfer(pipeline, code, "waiting for transfers of", error);
    }
    for (uint32_t i = 0; i < program->problem->buffer_count; i++)
        gf_cl_release_event(&pipeline->readers[i]);
    return status;
}

gf_status gf_cl_pipeline_run(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                             bool *swapped, gf_error *error) {
    gf_cl_launch_begin(pipeline->program, false);
    const gf_status status = pipeline->cut.band_groups > 0 ? run_bands(pipeline, cancel, error)
                                                           : run_stops(pipeline, cancel, error);
    return finish_all(pipeline, status, swapped, error);
}
