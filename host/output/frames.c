/* Pictures of the states of one run. Encoding a picture takes longer than many steps, so threads of
 * their own render and encode while the device goes on: at each stop the state is copied into a
 * free slot of a short queue, and the run waits only when there is none. */
#include <omp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "measure/comparison.h"
#include "measure/run.h"
#include "measure/verify.h"
#include "os/machine.h"
#include "problem/problem.h"

/* More pictures at once than this are bound by the disk, and each holds memory. */
#define MOST_WORKERS 8
/* A state for each worker, and one that the run can fill meanwhile. */
#define MOST_SLOTS (MOST_WORKERS + 1)

enum slot_state { SLOT_FREE, SLOT_FULL, SLOT_TAKEN };

typedef struct slot {
    enum slot_state state;
    uint64_t step;
    void *field;
} slot;

typedef struct frame_writer {
    const gf_comparison *comparison;
    const gf_target *choice;
    const char *prefix;
    uint64_t every;
    size_t field_bytes;
    uint32_t worker_count, slot_count;
    pthread_t workers[MOST_WORKERS];
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t filled; /* a slot is full, or there will be no more */
    pthread_cond_t freed;  /* a slot is free, or a picture failed */
    slot slots[MOST_SLOTS];
    bool ending;      /* no more slots will be filled */
    bool dropped;     /* what is not begun is not wanted any more */
    gf_error failure; /* of the first picture that failed */
} frame_writer;

/* ---- Pictures ---------------------------------------------------------- */

static gf_status write_frame(const frame_writer *writer, const slot *frame, gf_error *error) {
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s-%06llu.png", writer->prefix,
                                (unsigned long long)frame->step);
    if (length < 0 || (size_t)length >= sizeof path)
        return gf_error_set(error, GF_USAGE, "%.80s...: path too long", writer->prefix);
    return gf_write_picture(writer->comparison, frame->field, path, error);
}

/* The full slot of the earliest step; NULL: none is full. */
static slot *earliest(frame_writer *writer) {
    slot *found = NULL;
    for (uint32_t i = 0; i < writer->slot_count; i++) {
        slot *one = &writer->slots[i];
        if (one->state == SLOT_FULL && (found == NULL || one->step < found->step))
            found = one;
    }
    return found;
}

/* The next frame to make; NULL: there will be none. */
static slot *take(frame_writer *writer) {
    pthread_mutex_lock(&writer->mutex);
    slot *frame = earliest(writer);
    while (frame == NULL && !writer->ending) {
        pthread_cond_wait(&writer->filled, &writer->mutex);
        frame = earliest(writer);
    }
    if (writer->dropped)
        frame = NULL;
    if (frame != NULL)
        frame->state = SLOT_TAKEN;
    pthread_mutex_unlock(&writer->mutex);
    return frame;
}

static void give_back(frame_writer *writer, slot *frame, gf_error *trouble) {
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

static void *work(void *context) {
    frame_writer *writer = context;
    for (slot *frame = take(writer); frame != NULL; frame = take(writer)) {
        gf_error trouble = GF_ERROR_INIT;
        (void)write_frame(writer, frame, &trouble);
        give_back(writer, frame, &trouble);
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
    const gf_run_options *options = &writer->comparison->options;
    if (options->progress == NULL)
        return;
    const uint64_t steps = writer->comparison->problem->steps;
    const gf_progress progress = {.device_id = writer->choice->device->info.id,
                                  .variant = gf_best_variant(writer->comparison, writer->choice),
                                  .stage = "frames",
                                  .done = (uint32_t)((step - 1) / writer->every),
                                  .planned = (uint32_t)((steps - 1) / writer->every + 1)};
    options->progress(&progress, options->progress_context);
}

/* At a stop: copies the state into a free slot. A failure is told once, at the end. */
static gf_status queue_frame(void *context, uint64_t step, const void *output, gf_error *error) {
    frame_writer *writer = context;
    report_frame(writer, step);
    slot *frame = wait_for_slot(writer);
    if (frame == NULL)
        return GF_FAILED;
    const gf_status status = gf_check_cancel(writer->comparison, error);
    if (status != GF_OK)
        return status;
    memcpy(frame->field, output, writer->field_bytes); /* free slots are the run's own */
    pthread_mutex_lock(&writer->mutex);
    frame->step = step;
    frame->state = SLOT_FULL;
    pthread_cond_signal(&writer->filled);
    pthread_mutex_unlock(&writer->mutex);
    return GF_OK;
}

/* ---- Starting and ending ----------------------------------------------- */

/* Host memory of a run with so many workers: each holds a state and a picture of at most 4 bytes an
 * element, and one more state is filled meanwhile. */
static double memory_needed(const gf_problem *problem, uint32_t workers) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const double field = (double)spec->bytes,
                 picture = 4.0 * (double)spec->rows * (double)spec->cols;
    return (double)gf_problem_host_bytes(problem) + workers * (field + picture) + field;
}

/* As many workers as there are processors, frames, and room for. */
static gf_status count_workers(frame_writer *writer, gf_error *error) {
    const gf_problem *problem = writer->comparison->problem;
    const double available = (double)gf_machine_memory_bytes();
    const uint64_t frames = (problem->steps - 1) / writer->every + 1;
    const int processors = omp_get_num_procs();
    uint32_t workers = processors < MOST_WORKERS ? (uint32_t)processors : MOST_WORKERS;
    if (workers > frames)
        workers = (uint32_t)frames;
    while (workers > 1 && memory_needed(problem, workers) > available)
        workers--;
    if (memory_needed(problem, workers) > available)
        return gf_error_set(error, GF_UNSUPPORTED,
                            "--frames-every: the run and its frames need %.1f GiB of host memory "
                            "and this machine has %.1f GiB; use a smaller problem",
                            memory_needed(problem, workers) / 0x1p30, available / 0x1p30);
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

/* One thread does; the others are for speed. */
static gf_status start_workers(frame_writer *writer, gf_error *error) {
    uint32_t started = 0;
    int code = 0;
    while (started < writer->worker_count && code == 0) {
        code = pthread_create(&writer->workers[started], NULL, work, writer);
        started += code == 0 ? 1 : 0;
    }
    writer->worker_count = started;
    if (started == 0)
        return gf_error_set_errno(error, GF_FAILED, code, "cannot start a thread for the frames");
    return GF_OK;
}

/* `drop`: frames that are not begun are not wanted; those that are begun become whole. */
static void end_workers(frame_writer *writer, bool drop) {
    pthread_mutex_lock(&writer->mutex);
    writer->ending = true;
    writer->dropped = writer->dropped || drop;
    pthread_cond_broadcast(&writer->filled);
    pthread_mutex_unlock(&writer->mutex);
    for (uint32_t i = 0; i < writer->worker_count; i++)
        pthread_join(writer->workers[i], NULL);
}

/* The run with its frames. What failed in a worker has stopped the run: that is the reason. */
static gf_status run_and_write(frame_writer *writer, gf_comparison *comparison, gf_error *error) {
    gf_status status = start_workers(writer, error);
    if (status != GF_OK)
        return status;
    status = gf_run_with_stops(comparison, writer->choice->device,
                               gf_best_variant(comparison, writer->choice), writer->every,
                               queue_frame, writer, error);
    end_workers(writer, status != GF_OK);
    if (writer->failure.status == GF_OK || status == GF_INTERRUPTED) {
        gf_error_clear(&writer->failure);
        return status;
    }
    status = writer->failure.status;
    if (error != NULL) {
        gf_error_clear(error);
        *error = writer->failure;
    } else {
        gf_error_clear(&writer->failure);
    }
    return status;
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

/* ---- What callers see -------------------------------------------------- */

gf_status gf_comparison_check_frames(const gf_comparison *comparison, uint64_t every,
                                     gf_error *error) {
    const gf_problem *problem = comparison->problem;
    if (problem->steps == 0 || problem->workload->render == NULL)
        return gf_error_set(error, GF_USAGE, "--frames-every: workload %s has no %s; leave it out",
                            problem->workload->name,
                            problem->steps == 0 ? "time steps" : "picture");
    if (every == 0 || every > problem->steps)
        return gf_error_set(
            error, GF_USAGE,
            "--frames-every %llu: more than the %llu steps of the run; give 1 to that",
            (unsigned long long)every, (unsigned long long)problem->steps);
    return GF_OK;
}

/* The frames' run is one of its own: its end tells whether they can be trusted. */
static gf_status check_last_frame(gf_comparison *comparison, const gf_target *target,
                                  gf_error *error) {
    gf_verification verification;
    bool holds = false;
    const gf_status status =
        gf_verification_check(comparison, comparison->output, &verification, &holds, error);
    if (status != GF_OK || holds)
        return status;
    return gf_error_set(error, GF_MISMATCH,
                        "%s: the run that made the frames ended in a wrong result; don't use them",
                        target->device->info.id);
}

gf_status gf_comparison_write_frames(gf_comparison *comparison, const gf_target *target,
                                     uint64_t every, const char *prefix, gf_error *error) {
    const gf_problem *problem = comparison->problem;
    frame_writer writer = {.comparison = comparison,
                           .choice = target,
                           .prefix = prefix,
                           .every = every,
                           .field_bytes = problem->buffers[problem->result].bytes};
    gf_status status = gf_comparison_check_frames(comparison, every, error);
    if (status == GF_OK)
        status = count_workers(&writer, error);
    if (status == GF_OK) /* the last frame is verified */
        status = gf_comparison_prepare_reference(comparison, error);
    if (status == GF_OK)
        status = write_all(&writer, comparison, error);
    return status == GF_OK ? check_last_frame(comparison, target, error) : status;
}
