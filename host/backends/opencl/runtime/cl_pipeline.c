/* Round trips whose transfers run beside the kernels. Uploads and downloads have a queue of their
 * own each, so that a device with two copy engines moves both ways at once; events keep the order
 * that matters, and each queue is flushed after each command, so that none waits for what the
 * driver still holds back.
 *
 * Without steps the NDRange is cut into bands of rows: a band's rows of the inputs go up, its
 * kernel waits for them, and its rows of the results come down after it. With steps and stops each
 * stop's result comes down while the steps towards the next are done: the first of them only reads
 * what is on its way down, and the launch that would overwrite it waits. */
#include "backends/opencl/runtime/cl_pipeline.h"
#include "backends/opencl/cl/cl_error.h"
#include "backends/opencl/cl/cl_types.h"
#include "backends/opencl/runtime/cl_arguments.h"
#include "backends/opencl/runtime/cl_buffer.h"
#include "backends/opencl/runtime/cl_launch.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of a band, in the direction that carries more: 16 MiB take about 0.7 ms on PCIe 4.0 x16, a
 * hundred times what enqueueing them takes, and a large problem still gets many bands. */
#define BAND_BYTES ((size_t)16 << 20)
/* With n equal bands at least 1/n of the transfers lies outside the overlap: the first up and the
 * last down. */
#define FEWEST_BANDS 4

struct gf_pipeline {
    gf_program *program;
    gf_buffer *buffers;
    cl_command_queue up, down;
    cl_mem memories[GF_MAX_BUFFERS];
    cl_event readers[GF_MAX_BUFFERS]; /* the latest download from each buffer, if one may be read */
    size_t groups;                    /* work-groups along the last dimension; bands are so many */
    size_t band_groups;               /* of these; 0: the problem is cut at its stops */
};

/* ---- What can be overlapped -------------------------------------------- */

static uint32_t last_dimension(const gf_program *program) {
    return program->plan.dimensions - 1;
}

/* Work-items of one work-group along the last dimension: bands end between groups. Where the driver
 * chooses the size, every item may be the last. */
static size_t group_items(const gf_program *program) {
    const size_t items = program->plan.local[last_dimension(program)];
    return program->plan.local[0] == 0 || items == 0 ? 1 : items;
}

/* Whether every buffer that moves has the result's rows. */
static bool has_common_rows(const gf_problem *problem) {
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (spec->access != GF_ACCESS_SCRATCH &&
            spec->rows != problem->buffers[problem->result].rows)
            return false;
    }
    return true;
}

/* Bytes of the direction that carries more. */
static size_t heavier_bytes(const gf_problem *problem) {
    size_t up = 0, down = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        up += gf_goes_up(spec->access) ? spec->bytes : 0;
        down += gf_comes_down(spec->access) ? spec->bytes : 0;
    }
    return up > down ? up : down;
}

static bool cut_into_bands(gf_pipeline *pipeline) {
    const gf_program *program = pipeline->program;
    const gf_problem *problem = program->problem;
    if (program->plan.rows_per_item == 0 || problem->has_pair || !has_common_rows(problem))
        return false;
    const size_t global = program->plan.global[last_dimension(program)];
    pipeline->groups = global / group_items(program);
    size_t bands = heavier_bytes(problem) / BAND_BYTES;
    if (bands < FEWEST_BANDS)
        bands = FEWEST_BANDS;
    pipeline->band_groups = pipeline->groups / bands + (pipeline->groups % bands != 0 ? 1 : 0);
    return pipeline->groups >= 2;
}

/* Only the pair's content may come down: another buffer that the steps write has no second one to
 * go on with. */
static bool can_cut_at_stops(const gf_problem *problem) {
    if (!problem->has_pair || problem->upload_again ||
        problem->steps_per_transfer >= problem->steps)
        return false;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (i != problem->result && gf_comes_down(problem->buffers[i].access))
            return false;
    }
    return true;
}

static bool can_overlap(gf_pipeline *pipeline) {
    const gf_problem *problem = pipeline->program->problem;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (pipeline->buffers[i].in_place)
            return false;
    }
    return problem->steps > 0 ? can_cut_at_stops(problem) : cut_into_bands(pipeline);
}

/* ---- Making one -------------------------------------------------------- */

static gf_status make_queue(const gf_program *program, cl_command_queue *queue, gf_error *error) {
    const gf_cl_device *state = gf_cl_device_of(program->device);
    cl_int code = CL_SUCCESS;
    *queue = clCreateCommandQueue(state->context, state->id, 0, &code);
    if (code == CL_SUCCESS)
        return GF_OK;
    *queue = NULL;
    return gf_cl_error(error, code, "making a transfer queue on device %s", state->number);
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
    const bool offered = can_overlap(made);
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

/* ---- Transfers --------------------------------------------------------- */

static gf_status transfer_failed(const gf_pipeline *pipeline, cl_int code, const char *what,
                                 gf_error *error) {
    return gf_cl_error(error, code, "%s device %s beside a kernel", what,
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
    return code == CL_SUCCESS ? GF_OK : transfer_failed(pipeline, code, "writing to", error);
}

static gf_status enqueue_down(gf_pipeline *pipeline, part piece, cl_event after, cl_event *event,
                              gf_error *error) {
    char *host = pipeline->buffers[piece.buffer].host;
    const cl_int code =
        clEnqueueReadBuffer(pipeline->down, pipeline->memories[piece.buffer], CL_FALSE, piece.first,
                            piece.bytes, host + piece.first, 1, &after, event);
    return code == CL_SUCCESS ? GF_OK : transfer_failed(pipeline, code, "reading from", error);
}

static gf_status flush(gf_pipeline *pipeline, cl_command_queue queue, gf_error *error) {
    const cl_int code = clFlush(queue);
    return code == CL_SUCCESS ? GF_OK
                              : transfer_failed(pipeline, code, "flushing a queue of", error);
}

static gf_status flush_kernels(gf_pipeline *pipeline, gf_error *error) {
    return flush(pipeline, gf_cl_device_of(pipeline->program->device)->queue, error);
}

/* ---- Bands of rows ----------------------------------------------------- */

/* The band's rows of everything that goes up; *event is that of the last, or stays NULL. */
static gf_status upload_rows(gf_pipeline *pipeline, size_t first_row, size_t rows, cl_event *event,
                             gf_error *error) {
    const gf_problem *problem = pipeline->program->problem;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        if (!gf_goes_up(problem->buffers[i].access))
            continue;
        gf_cl_release_event(event); /* the queue is in order: the last one stands for all */
        status = enqueue_up(pipeline, rows_of(problem, i, first_row, rows), event, error);
    }
    return status == GF_OK && *event != NULL ? flush(pipeline, pipeline->up, error) : status;
}

static gf_status download_rows(gf_pipeline *pipeline, size_t first_row, size_t rows,
                               gf_error *error) {
    const gf_problem *problem = pipeline->program->problem;
    const cl_event kernel = gf_cl_last_launch(pipeline->program);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        if (gf_comes_down(problem->buffers[i].access))
            status =
                enqueue_down(pipeline, rows_of(problem, i, first_row, rows), kernel, NULL, error);
    }
    return status == GF_OK ? flush(pipeline, pipeline->down, error) : status;
}

/* `groups` work-groups from `first` on. */
static gf_status run_band(gf_pipeline *pipeline, size_t first, size_t groups, gf_error *error) {
    gf_program *program = pipeline->program;
    const uint32_t last = last_dimension(program);
    const size_t items = group_items(program), item_rows = program->plan.rows_per_item;
    const size_t all_rows = program->problem->buffers[program->problem->result].rows;
    const size_t first_row = first * items * item_rows;
    const size_t most = groups * items * item_rows;
    const size_t rows = all_rows - first_row < most ? all_rows - first_row : most;
    gf_cl_band band = {{0, 0}, {program->plan.global[0], program->plan.global[1]}};
    band.offset[last] = first * items;
    band.global[last] = groups * items;
    cl_event uploaded = NULL;
    gf_status status = upload_rows(pipeline, first_row, rows, &uploaded, error);
    if (status == GF_OK)
        status = gf_cl_enqueue(program, &band, uploaded, error);
    gf_cl_release_event(&uploaded);
    if (status == GF_OK)
        status = flush_kernels(pipeline, error);
    return status == GF_OK ? download_rows(pipeline, first_row, rows, error) : status;
}

static gf_status run_bands(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                           gf_error *error) {
    gf_status status = gf_cl_set_buffers(pipeline->program, pipeline->memories, false, error);
    for (size_t first = 0; status == GF_OK && first < pipeline->groups;
         first += pipeline->band_groups) {
        const size_t left = pipeline->groups - first;
        if (gf_cl_cancelled(cancel))
            break;
        status = run_band(pipeline, first,
                          left < pipeline->band_groups ? left : pipeline->band_groups, error);
    }
    return status;
}

/* ---- Stops ------------------------------------------------------------- */

static part whole(const gf_problem *problem, uint32_t buffer) {
    return (part){buffer, 0, problem->buffers[buffer].bytes};
}

/* Nothing runs yet that this could be done beside. */
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

/* The steps up to the next stop, and its download. The segment's launches have overwritten the
 * buffer that holds the content now, so no reader of it is left. */
static gf_status run_leg(gf_pipeline *pipeline, uint64_t steps, const volatile sig_atomic_t *cancel,
                         gf_error *error) {
    gf_program *program = pipeline->program;
    const gf_problem *problem = program->problem;
    gf_status status =
        gf_cl_enqueue_steps(program, steps, pipeline->memories, pipeline->readers, cancel, error);
    if (status == GF_OK)
        status = flush_kernels(pipeline, error);
    if (status != GF_OK || gf_cl_cancelled(cancel))
        return status;
    const uint32_t content = program->swapped ? problem->partner : problem->result;
    status = enqueue_down(pipeline, whole(problem, content), gf_cl_last_launch(program),
                          &pipeline->readers[content], error);
    return status == GF_OK ? flush(pipeline, pipeline->down, error) : status;
}

static gf_status run_stops(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                           gf_error *error) {
    const gf_problem *problem = pipeline->program->problem;
    const uint64_t every = problem->steps_per_transfer;
    gf_status status = upload_all(pipeline, error);
    for (uint64_t left = problem->steps; status == GF_OK && left > 0 && !gf_cl_cancelled(cancel);) {
        const uint64_t steps = left < every ? left : every;
        status = run_leg(pipeline, steps, cancel, error);
        left -= steps;
    }
    return status;
}

/* ---- The whole --------------------------------------------------------- */

/* Waits until a queue is empty. A driver that fails to wait is asked once more, for the host's
 * memory may go as soon as the run has failed. */
static cl_int drain(cl_command_queue queue) {
    const cl_int code = clFinish(queue);
    if (code != CL_SUCCESS)
        (void)clFinish(queue);
    return code;
}

/* Waits for everything; what failed first is what is told. */
static gf_status settle(gf_pipeline *pipeline, gf_status status, bool *swapped, gf_error *error) {
    gf_program *program = pipeline->program;
    const gf_status finished = gf_cl_finish(program, swapped, status == GF_OK ? error : NULL);
    status = status == GF_OK ? finished : status;
    const cl_command_queue queues[] = {pipeline->up, pipeline->down};
    for (size_t i = 0; i < sizeof queues / sizeof queues[0]; i++) {
        const cl_int code = drain(queues[i]);
        if (code != CL_SUCCESS && status == GF_OK)
            status = transfer_failed(pipeline, code, "waiting for transfers of", error);
    }
    for (uint32_t i = 0; i < program->problem->buffer_count; i++)
        gf_cl_release_event(&pipeline->readers[i]);
    return status;
}

gf_status gf_cl_pipeline_run(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                             bool *swapped, gf_error *error) {
    gf_cl_launches_begin(pipeline->program, false);
    const gf_status status = pipeline->band_groups > 0 ? run_bands(pipeline, cancel, error)
                                                       : run_stops(pipeline, cancel, error);
    return settle(pipeline, status, swapped, error);
}
