/* Pictures of the states of one run. Encoding a picture takes longer than many steps, so other
 * threads render and encode while the device goes on: at each stop the state is copied into a free
 * slot of a short queue, and the run waits only when no slot is free. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "measure/comparison.h"
#include "os/cores.h"
#include "os/machine.h"
#include "output/outputs.h"
#include "problem/problem.h"

/* More pictures at once than this are bound by the disk, and each holds memory. */
#define MOST_WORKERS 8
/* One state for each worker, and one that the run can fill meanwhile. */
#define MOST_SLOTS (MOST_WORKERS + 1)

enum slot_state { SLOT_FREE, SLOT_FULL, SLOT_TAKEN };

typedef struct slot {
    enum slot_state state;
    uint64_t step;
    void *field;
} slot;

typedef struct frame_writer {
    const gf_comparison *comparison;
    const gf_target *target;
    const char *prefix;
    uint64_t every;
    size_t field_bytes;
    uint32_t worker_count, slot_count;
    pthread_t workers[MOST_WORKERS];
    pthread_mutex_t mutex; /* guards the fields below */
    pthread_cond_t filled; /* a slot is full, or there will be no more */
    pthread_cond_t freed;  /* a slot is free, or a picture failed */
    slot slots[MOST_SLOTS];
    bool ending;      /* no more slots will be filled */
    bool dropped;     /* frames that are not begun are not wanted any more */
    gf_error failure; /* of the first picture that failed */
} frame_writer;

/* ---- Pictures ---------------------------------------------------------- */

static gf_status write_frame(const frame_writer *writer, const slot *frame, gf_error *error) {
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s-%06llu.png", writer->prefix,
                                (unsigned long long)frame->step);
    if (length < 0 || (size_t)length >= sizeof path)
        return gf_error_set(error, GF_USAGE, "%.80s...: path too long", writer->prefix);
    return gf_write_picture(writer->comparison->problem, frame->field, path, error);
}

/* The full slot of the earliest step; NULL: none is full. */
static slot *earliest_full(frame_writer *writer) {
    slot *found = NULL;
    for (uint32_t i = 0; i < writer->slot_count; i++) {
        slot *one = &writer->slots[i];
        if (one->state == SLOT_FULL && (found == NULL || one->step < found->step))
            found = one;
    }
    return found;
}

/* The next frame to make; NULL: there will be none. */
static slot *take_frame(frame_writer *writer) {
    pthread_mutex_lock(&writer->mutex);
    slot *frame = earliest_full(writer);
    while (frame == NULL && !writer->ending) {
        pthread_cond_wait(&writer->filled, &writer->mutex);
        frame = earliest_full(writer);
    }
    if (writer->dropped)
        frame = NULL;
    if (frame != NULL)
        frame->state = SLOT_TAKEN;
    pthread_mutex_unlock(&writer->mutex);
    return frame;
}

static void free_frame(frame_writer *writer, slot *frame, gf_error *trouble) {
    pthread_mutex_lock(&writer->mutex);
    frame->state = SLOT_FREE;
    if (trouble->status != GF_OK && writer->failure.status == GF_OK) {
        writer->failure = *trouble;
        writer->dropped = true;
    } else {
        gf_error_clear(trouble);
    }
    pthread_cond_signal(&writer->freed);
    pthread_mutex_unlock(&writer->mutex);
}

static void *write_frames(void *context) {
    frame_writer *writer = context;
    for (slot *frame = take_frame(writer); frame != NULL; frame = take_frame(writer)) {
        gf_error trouble = GF_ERROR_INIT;
        (void)write_frame(writer, frame, &trouble);
        free_frame(writer, frame, &trouble);
    }
    return NULL;
}

/* ---- The queue --------------------------------------------------------- */

static slot *free_slot(frame_writer *writer) {
    for (uint32_t i = 0; i < writer->slot_count; i++) {
        if (writer->slots[i].state == SLOT_FREE)
            return &writer->slots[i];
    }
    return NULL;
}

/* Waits for a free slot; NULL: a picture failed. */
static slot *wait_for_slot(frame_writer *writer) {
    pthread_mutex_lock(&writer->mutex);
    slot *frame = free_slot(writer);
    while (frame == NULL && writer->failure.status == GF_OK) {
        pthread_cond_wait(&writer->freed, &writer->mutex);
        frame = free_slot(writer);
    }
    if (writer->failure.status != GF_OK)
        frame = NULL;
    pthread_mutex_unlock(&writer->mutex);
    return frame;
}

static void report_frame(const frame_writer *writer, uint64_t step) {
    const uint64_t steps = writer->comparison->problem->steps;
    const gf_progress progress = {
        .device_id = writer->target->device->info.id,
        .variant = gf_comparison_best_variant(writer->comparison, writer->target),
        .stage = "frames",
        .done = (uint32_t)((step - 1) / writer->every),
        .planned = (uint32_t)((steps - 1) / writer->every + 1)};
    gf_context_report_progress(&writer->comparison->truth.context, &progress);
}

/* At a stop: copies the state into a free slot. The failure of a picture is reported at the end. */
static gf_status queue_frame(void *context, uint64_t step, const void *output, gf_error *error) {
    frame_writer *writer = context;
    report_frame(writer, step);
    slot *frame = wait_for_slot(writer);
    if (frame == NULL)
        return GF_FAILED;
    const gf_status status = gf_context_check_cancel(&writer->comparison->truth.context, error);
    if (status != GF_OK)
        return status;
    memcpy(frame->field, output, writer->field_bytes); /* workers leave free slots alone */
    pthread_mutex_lock(&writer->mutex);
    frame->step = step;
    frame->state = SLOT_FULL;
    pthread_cond_signal(&writer->filled);
    pthread_mutex_unlock(&writer->mutex);
    return GF_OK;
}

/* ---- Starting and ending ----------------------------------------------- */

/* Host memory of a run with this many workers. Each holds a state and a picture of at most 4 bytes
 * an element, and one more state is filled meanwhile. */
static double memory_needed(const gf_problem *problem, uint32_t workers) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const double field = (double)spec->bytes,
                 picture = 4.0 * (double)spec->rows * (double)spec->cols;
    return (double)gf_problem_host_bytes(problem) + workers * (field + picture) + field;
}

/* As many workers as there are cores for this process, frames, and room for. */
static gf_status count_workers(frame_writer *writer, gf_error *error) {
    const gf_problem *problem = writer->comparison->problem;
    const gf_memory_room room =
        gf_machine_memory_room("", gf_truth_held_bytes(&writer->comparison->truth));
    const double available = (double)room.bytes;
    const uint64_t frames = (problem->steps - 1) / writer->every + 1;
    const uint32_t cores = gf_cores_examine("").usable;
    uint32_t workers = cores < MOST_WORKERS ? cores : MOST_WORKERS;
    if (workers > frames)
        workers = (uint32_t)frames;
    while (workers > 1 && memory_needed(problem, workers) > available)
        workers--;
    if (memory_needed(problem, workers) > available)
        return gf_error_set_parameter(error, GF_UNSUPPORTED, "frames-every",
                                      ": the run and its frames need %.2f GiB of host memory and "
                                      "%s %.2f GiB; use a smaller problem",
                                      memory_needed(problem, workers) / 0x1p30, room.whose,
                                      available / 0x1p30);
    writer->worker_count = workers;
    writer->slot_count = workers + 1;
    return GF_OK;
}

static gf_status make_slots(frame_writer *writer, gf_error *error) {
    for (uint32_t i = 0; i < writer->slot_count; i++) {
        writer->slots[i].field = malloc(writer->field_bytes);
        if (writer->slots[i].field == NULL)
            return gf_error_no_memory(error, "a frame", writer->field_bytes);
    }
    return GF_OK;
}

/* One thread would do; the others are for speed. */
static gf_status start_workers(frame_writer *writer, gf_error *error) {
    uint32_t started = 0;
    int code = 0;
    while (started < writer->worker_count && code == 0) {
        code = pthread_create(&writer->workers[started], NULL, write_frames, writer);
        started += code == 0 ? 1 : 0;
    }
    writer->worker_count = started;
    if (started == 0)
        return gf_error_set_errno(error, GF_FAILED, code, "cannot start a thread for the frames");
    return GF_OK;
}

/* `drop`: frames that are not begun are left out. Those that are begun are completed. */
static void end_workers(frame_writer *writer, bool drop) {
    pthread_mutex_lock(&writer->mutex);
    writer->ending = true;
    writer->dropped = writer->dropped || drop;
    pthread_cond_broadcast(&writer->filled);
    pthread_mutex_unlock(&writer->mutex);
    for (uint32_t i = 0; i < writer->worker_count; i++)
        pthread_join(writer->workers[i], NULL);
}

/* The run with its frames. A picture that fails stops the run, and is the reason to report. */
static gf_status run_and_write(frame_writer *writer, gf_comparison *comparison, gf_error *error) {
    gf_status status = start_workers(writer, error);
    if (status != GF_OK)
        return status;
    const gf_stops stops = {writer->every, queue_frame, writer};
    status =
        gf_run_with_stops(&comparison->run, writer->target->device,
                          gf_comparison_best_variant(comparison, writer->target), &stops, error);
    end_workers(writer, status != GF_OK);
    if (writer->failure.status == GF_OK || status == GF_INTERRUPTED) {
        gf_error_clear(&writer->failure);
        return status;
    }
    gf_error_clear(error);
    *error = writer->failure;
    return error->status;
}

static gf_status write_all(frame_writer *writer, gf_comparison *comparison, gf_error *error) {
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->filled, NULL);
    pthread_cond_init(&writer->freed, NULL);
    gf_status status = make_slots(writer, error);
    if (status == GF_OK)
        status = run_and_write(writer, comparison, error);
    for (uint32_t i = 0; i < writer->slot_count; i++)
        free(writer->slots[i].field);
    pthread_cond_destroy(&writer->freed);
    pthread_cond_destroy(&writer->filled);
    pthread_mutex_destroy(&writer->mutex);
    return status;
}

/* ---- The public functions ---------------------------------------------- */

gf_status gf_comparison_check_frames(const gf_comparison *comparison, uint64_t every,
                                     gf_error *error) {
    GF_ENTER(error);
    const gf_problem *problem = comparison->problem;
    if (problem->steps == 0 || problem->workload->render == NULL)
        return gf_error_set_parameter(
            error, GF_USAGE, "frames-every", ": workload %s has no %s; leave it out",
            problem->workload->name, problem->steps == 0 ? "time steps" : "picture");
    if (every == 0 || every > problem->steps)
        return gf_error_set_parameter(
            error, GF_USAGE, "frames-every",
            " %" PRIu64 ": %s the %" PRIu64 " steps of the run; give 1 to %" PRIu64, every,
            every == 0 ? "none of" : "more than", problem->steps, problem->steps);
    return GF_OK;
}

/* The frames come from a run of their own, which is verified at its end. */
static gf_status check_last_frame(gf_comparison *comparison, const gf_target *target,
                                  gf_error *error) {
    gf_verification verification = {.sampled = false};
    bool holds = false;
    const gf_status status = gf_verification_check(&comparison->truth, comparison->run.output,
                                                   &verification, &holds, error);
    if (status != GF_OK || holds)
        return status;
    return gf_error_set(error, GF_MISMATCH,
                        "%s: the run that made the frames ended in a wrong result; don't use them",
                        target->device->info.id);
}

gf_status gf_comparison_write_frames(gf_comparison *comparison, const gf_target *target,
                                     uint64_t every, const char *prefix, gf_error *error) {
    GF_ENTER(error);
    const gf_problem *problem = comparison->problem;
    frame_writer writer = {.comparison = comparison,
                           .target = target,
                           .prefix = prefix,
                           .every = every,
                           .field_bytes = problem->buffers[problem->result].bytes};
    gf_status status = gf_comparison_check_frames(comparison, every, error);
    if (status == GF_OK)
        status = count_workers(&writer, error);
    if (status == GF_OK) /* for the last frame */
        status = gf_comparison_prepare_reference(comparison, error);
    if (status == GF_OK)
        status = write_all(&writer, comparison, error);
    return status == GF_OK ? check_last_frame(comparison, target, error) : status;
}
