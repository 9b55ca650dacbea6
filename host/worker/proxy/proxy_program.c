#include "worker/proxy/proxy_program.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "worker/proxy/proxy_memory.h"
#include "worker/proxy/proxy_state.h"

/* Compilers of GPU drivers take up to half a minute for one kernel, on slow machines more. */
#define BUILD_S 300.0
/* Before anything is known of a program: the driver may compile at the first launch, and no device
 * does fewer operations a second. */
#define FIRST_LAUNCH_S   300.0
#define OPERATIONS_PER_S 1e8
/* Then so many times the longest launch so far. */
#define LAUNCH_FACTOR  50.0
#define LEAST_LAUNCH_S 60.0
#define MOST_TEXT      512
/* Of a lane group; memory for the work of its rows is made. */
#define MOST_LANES 4096

struct gf_program {
    gf_proxy_device *device;
    const gf_problem *problem;
    uint32_t number, generation;
    char note[512];
    gf_lane_group lanes;
    double longest_s;                    /* of the launches so far, for each step; 0: none yet */
    uint64_t steps;                      /* of the launch under way */
    const volatile sig_atomic_t *cancel; /* of the launch under way */
    gf_round_trip times;                 /* of the latest one */
};

struct gf_pipeline {
    gf_program *program;
    uint32_t number, generation;
    gf_overlap overlap;
};

static gf_worker *worker_of(const gf_program *program) {
    return &program->device->host->worker;
}

static gf_status program_is_gone(const gf_program *program, gf_error *error) {
    return gf_error_set(error, GF_FAILED, "the process with %s %s has ended",
                        gf_worker_culprit(worker_of(program)), program->device->subject);
}

/* ---- Making and releasing ---------------------------------------------- */

static gf_status prepare_in_worker(gf_program *made, const char *variant, const gf_tuning *tuning,
                                   gf_error *error) {
    gf_worker *worker = worker_of(made);
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_PREPARE), *reply = NULL;
    gf_wire_put_u32(wire, made->number);
    gf_wire_put_u32(wire, made->device->index);
    gf_exchange_put_problem(wire, made->problem);
    gf_wire_put_text(wire, variant);
    gf_exchange_put_tuning(wire, tuning);
    const gf_wait wait = gf_proxy_wait(made->device, BUILD_S);
    const gf_status status = gf_worker_call(worker, -1, &wait, &reply, error);
    if (status != GF_OK)
        return status;
    gf_wire_get_text(reply, made->note, sizeof made->note);
    gf_flatten_text(made->note);
    made->lanes.rows = gf_wire_get_below(reply, MOST_LANES + 1);
    made->lanes.cols = gf_wire_get_below(reply, MOST_LANES + 1);
    if (made->lanes.rows * made->lanes.cols > MOST_LANES)
        reply->bad = true;
    return gf_worker_check(worker, &wait, reply, error);
}

static gf_status prepare(gf_device *device, const gf_problem *problem, const char *variant,
                         const gf_tuning *tuning, gf_program **program, gf_error *error) {
    gf_proxy_device *state = gf_proxy_device_of(device);
    gf_status status = gf_proxy_ensure_open(device, error);
    device->is_open = status == GF_OK;
    if (status != GF_OK)
        return status;
    gf_program *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a program", sizeof *made);
    made->device = state;
    made->problem = problem;
    made->generation = state->host->generation;
    made->number = gf_proxy_take_number(state->host->programs, error);
    if (made->number == GF_WORKER_OBJECTS) {
        free(made);
        return error->status;
    }
    status = prepare_in_worker(made, variant, tuning, error);
    if (status == GF_OK) {
        *program = made;
        return GF_OK;
    }
    state->host->programs[made->number] = false;
    free(made);
    return status;
}

static void program_release(gf_program *program) {
    gf_proxy_drop(program->device, GF_REQUEST_PROGRAM_RELEASE, program->number,
                  program->generation);
    program->device->host->programs[program->number] = false;
    free(program);
}

static const char *program_note(const gf_program *program) {
    return program->note;
}

static gf_lane_group lane_group(const gf_program *program) {
    return program->lanes;
}

static void build_history(gf_program *program, uint64_t build_ns, gf_build_history *history) {
    gf_worker *worker = worker_of(program);
    gf_error ignored = GF_ERROR_INIT;
    gf_wire *reply = NULL;
    *history = (gf_build_history){.state = GF_BUILD_UNKNOWN};
    if (!gf_proxy_is_current(program->device->host, program->generation))
        return;
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_BUILD_HISTORY);
    gf_wire_put_u32(wire, program->number);
    gf_wire_put_u64(wire, build_ns);
    const gf_wait wait = gf_proxy_wait(program->device, BUILD_S);
    if (gf_worker_call(worker, -1, &wait, &reply, &ignored) == GF_OK) {
        gf_build_history read;
        read.state = (gf_build_state)gf_wire_get_below(reply, GF_BUILD_WARM + 1);
        read.cold_ns = gf_wire_get_u64(reply);
        read.earlier_ns = gf_wire_get_u64(reply);
        if (gf_worker_check(worker, &wait, reply, &ignored) == GF_OK)
            *history = read;
    }
    gf_error_clear(&ignored);
}

static char *build_record(const gf_program *program) {
    gf_worker *worker = worker_of(program);
    gf_error ignored = GF_ERROR_INIT;
    gf_wire *reply = NULL;
    char *record = NULL;
    if (!gf_proxy_is_current(program->device->host, program->generation))
        return NULL;
    gf_wire_put_u32(gf_worker_begin(worker, GF_REQUEST_BUILD_RECORD), program->number);
    const gf_wait wait = gf_proxy_wait(program->device, BUILD_S);
    if (gf_worker_call(worker, -1, &wait, &reply, &ignored) == GF_OK) {
        record = gf_wire_get_new_text(reply, GF_BUILD_RECORD - 1);
        if (gf_worker_check(worker, &wait, reply, &ignored) != GF_OK) {
            free(record);
            record = NULL;
        }
    }
    gf_error_clear(&ignored);
    return record;
}

/* ---- Launches ---------------------------------------------------------- */

static gf_status put_buffers(const gf_program *program, gf_wire *wire, const gf_buffer *buffers,
                             gf_error *error) {
    gf_wire_put_u32(wire, program->problem->buffer_count);
    for (uint32_t i = 0; i < program->problem->buffer_count; i++) {
        uint32_t number;
        if (!gf_proxy_buffer_number(&buffers[i], &number))
            return program_is_gone(program, error);
        gf_wire_put_u32(wire, number);
    }
    return GF_OK;
}

static double step_count(uint64_t steps) {
    return steps == 0 ? 1 : (double)steps;
}

/* How the end of `steps` steps is waited for. */
static gf_wait wait_for_steps(const gf_program *program, uint64_t steps,
                              const volatile sig_atomic_t *cancel) {
    const gf_problem *problem = program->problem;
    const double share = step_count(steps) / step_count(problem->steps);
    const double limit_s =
        program->longest_s > 0
            ? LEAST_LAUNCH_S + LAUNCH_FACTOR * program->longest_s * step_count(steps)
            : FIRST_LAUNCH_S + share * problem->cost.operations / OPERATIONS_PER_S;
    gf_wait wait = gf_proxy_wait(program->device, limit_s);
    if (cancel != NULL)
        wait.cancel = cancel;
    return wait;
}

static void note_duration(gf_program *program, uint64_t steps, uint64_t ns) {
    const double step_s = (double)ns * 1e-9 / step_count(steps);
    if (step_s > program->longest_s)
        program->longest_s = step_s;
}

/* The text in memory that lives as long as the session; NULL for "". */
static const char *keep_text(gf_proxy_host *host, char *text) {
    if (text[0] == '\0')
        return NULL;
    gf_flatten_text(text);
    for (size_t i = 0; i < GF_PROXY_TEXTS; i++) {
        if (host->texts[i] == NULL)
            host->texts[i] = strdup(text);
        if (host->texts[i] != NULL && strcmp(host->texts[i], text) == 0)
            return host->texts[i];
    }
    return "the driver has too many reasons";
}

static void get_times(gf_program *program, gf_wire *reply, bool *swapped, gf_round_trip *times) {
    char clock[MOST_TEXT], trouble[MOST_TEXT];
    *swapped = gf_wire_get_bool(reply);
    times->h2d_ns = gf_wire_get_u64(reply);
    times->d2h_ns = gf_wire_get_u64(reply);
    times->compute_wall_ns = gf_wire_get_u64(reply);
    times->device_ns = gf_wire_get_u64(reply);
    times->device_clock_ok = gf_wire_get_bool(reply);
    gf_wire_get_text(reply, clock, sizeof clock);
    gf_wire_get_text(reply, trouble, sizeof trouble);
    times->device_clock = keep_text(program->device->host, clock);
    times->clock_trouble = keep_text(program->device->host, trouble);
    times->stage_count = gf_wire_get_below(reply, GF_MAX_STAGES + 1);
    for (uint32_t i = 0; i < times->stage_count; i++)
        times->stage_ns[i] = gf_wire_get_u64(reply);
    if (times->device_clock_ok &&
        (times->device_clock == NULL || times->device_ns > times->compute_wall_ns))
        reply->bad = true;
}

static gf_status put_copies(const gf_program *program, gf_wire *wire, const gf_launch *request,
                            gf_error *error) {
    gf_wire_put_u32(wire, request->copy_count);
    for (uint32_t i = 0; i < request->copy_count; i++) {
        const gf_copy *copy = &request->copies[i];
        uint32_t number;
        if (!gf_proxy_buffer_number(copy->buffer, &number))
            return program_is_gone(program, error);
        gf_wire_put_u32(wire, number);
        gf_wire_put_u32(wire, gf_proxy_array_number(copy->buffer->device, copy->array));
        gf_wire_put_u64(wire, copy->first);
        gf_wire_put_u64(wire, copy->bytes);
        gf_wire_put_u32(wire, copy->up);
    }
    return GF_OK;
}

static gf_status launch(gf_program *program, const gf_launch *request, gf_error *error) {
    gf_worker *worker = worker_of(program);
    if (!gf_proxy_is_current(program->device->host, program->generation))
        return program_is_gone(program, error);
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_COMPUTE);
    gf_wire_put_u32(wire, program->number);
    gf_status status = put_buffers(program, wire, request->buffers, error);
    if (status != GF_OK)
        return status;
    gf_wire_put_u32(wire, request->swapped);
    gf_wire_put_u64(wire, request->first_step);
    gf_wire_put_u64(wire, request->step_count);
    gf_wire_put_u64(wire, request->part.first);
    gf_wire_put_u64(wire, request->part.count);
    status = put_copies(program, wire, request, error);
    if (status != GF_OK)
        return status;
    program->steps = request->step_count;
    program->cancel = request->cancel;
    const gf_wait wait = wait_for_steps(program, program->steps, program->cancel);
    return gf_worker_send(worker, -1, &wait, error);
}

static gf_status finish(gf_program *program, bool *swapped, gf_error *error) {
    gf_worker *worker = worker_of(program);
    gf_wire *reply = NULL;
    bool ends_swapped = false;
    const gf_wait wait = wait_for_steps(program, program->steps, program->cancel);
    gf_status status = gf_worker_receive(worker, &wait, &reply, error);
    if (status != GF_OK)
        return status;
    get_times(program, reply, &ends_swapped, &program->times);
    status = gf_worker_check(worker, &wait, reply, error);
    if (status != GF_OK)
        return status;
    note_duration(program, program->steps, program->times.compute_wall_ns);
    *swapped = ends_swapped;
    return GF_OK;
}

static bool device_time(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                        const char **reason) {
    const gf_round_trip *times = &program->times;
    *clock = times->device_clock;
    *kernel_ns = times->device_ns;
    *reason = times->clock_trouble;
    return times->device_clock_ok;
}

static uint32_t stage_times(const gf_program *program, uint64_t stage_ns[GF_MAX_STAGES]) {
    for (uint32_t i = 0; i < program->times.stage_count; i++)
        stage_ns[i] = program->times.stage_ns[i];
    return program->times.stage_count;
}

/* ---- Whole round trips ------------------------------------------------- */

static gf_status round_trip(gf_program *program, gf_buffer *buffers, uint64_t every,
                            const volatile sig_atomic_t *cancel, bool *swapped,
                            gf_round_trip *times, gf_error *error) {
    gf_worker *worker = worker_of(program);
    gf_wire *reply = NULL;
    gf_round_trip read = {0};
    bool ends_swapped = false;
    if (!gf_proxy_is_current(program->device->host, program->generation))
        return program_is_gone(program, error);
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_ROUND_TRIP);
    gf_wire_put_u32(wire, program->number);
    gf_status status = put_buffers(program, wire, buffers, error);
    if (status != GF_OK)
        return status;
    gf_wire_put_u64(wire, every);
    const uint64_t steps = program->problem->steps;
    const gf_wait wait = wait_for_steps(program, steps, cancel);
    status = gf_worker_call(worker, -1, &wait, &reply, error);
    if (status != GF_OK)
        return status;
    get_times(program, reply, &ends_swapped, &read);
    status = gf_worker_check(worker, &wait, reply, error);
    if (status != GF_OK)
        return status;
    note_duration(program, steps, read.h2d_ns + read.compute_wall_ns + read.d2h_ns);
    *swapped = ends_swapped;
    *times = read;
    return GF_OK;
}

/* ---- Pipelines --------------------------------------------------------- */

static gf_status create_in_worker(gf_pipeline *made, const gf_buffer *buffers, bool *exists,
                                  gf_error *error) {
    gf_program *program = made->program;
    gf_worker *worker = worker_of(program);
    gf_wire *wire = gf_worker_begin(worker, GF_REQUEST_PIPELINE_CREATE), *reply = NULL;
    gf_wire_put_u32(wire, made->number);
    gf_wire_put_u32(wire, program->number);
    gf_status status = put_buffers(program, wire, buffers, error);
    const gf_wait wait = gf_proxy_wait(program->device, FIRST_LAUNCH_S);
    if (status == GF_OK)
        status = gf_worker_call(worker, -1, &wait, &reply, error);
    if (status != GF_OK)
        return status;
    *exists = gf_wire_get_bool(reply);
    made->overlap.parts = gf_wire_get_u64(reply);
    made->overlap.launches = gf_wire_get_u64(reply);
    made->overlap.at_stops = gf_wire_get_bool(reply);
    return gf_worker_check(worker, &wait, reply, error);
}

static gf_status pipeline_create(gf_program *program, gf_buffer *buffers, gf_pipeline **pipeline,
                                 gf_error *error) {
    gf_proxy_host *host = program->device->host;
    if (!gf_proxy_is_current(host, program->generation))
        return program_is_gone(program, error);
    gf_pipeline *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a pipeline", sizeof *made);
    made->program = program;
    made->generation = program->generation;
    made->number = gf_proxy_take_number(host->pipelines, error);
    if (made->number == GF_WORKER_OBJECTS) {
        free(made);
        return error->status;
    }
    bool exists = false;
    const gf_status status = create_in_worker(made, buffers, &exists, error);
    if (status == GF_OK && exists) {
        *pipeline = made;
        return GF_OK;
    }
    host->pipelines[made->number] = false;
    free(made);
    return status;
}

static void pipeline_release(gf_pipeline *pipeline) {
    gf_proxy_device *device = pipeline->program->device;
    gf_proxy_drop(device, GF_REQUEST_PIPELINE_RELEASE, pipeline->number, pipeline->generation);
    device->host->pipelines[pipeline->number] = false;
    free(pipeline);
}

static gf_overlap pipeline_overlap(const gf_pipeline *pipeline) {
    return pipeline->overlap;
}

static gf_status pipeline_run(gf_pipeline *pipeline, const volatile sig_atomic_t *cancel,
                              bool *swapped, gf_error *error) {
    gf_program *program = pipeline->program;
    gf_worker *worker = worker_of(program);
    gf_wire *reply = NULL;
    if (!gf_proxy_is_current(program->device->host, pipeline->generation))
        return program_is_gone(program, error);
    gf_wire_put_u32(gf_worker_begin(worker, GF_REQUEST_PIPELINE_RUN), pipeline->number);
    const gf_wait wait = wait_for_steps(program, program->problem->steps, cancel);
    const gf_status status = gf_worker_call(worker, -1, &wait, &reply, error);
    if (status != GF_OK)
        return status;
    *swapped = gf_wire_get_bool(reply);
    return gf_worker_check(worker, &wait, reply, error);
}

/* ---- The slots --------------------------------------------------------- */

void gf_proxy_program_slots(const gf_backend *inner, gf_backend *table) {
    table->prepare = prepare;
    table->program_release = program_release;
    table->program_note = inner->program_note == NULL ? NULL : program_note;
    table->lane_group = inner->lane_group == NULL ? NULL : lane_group;
    table->build_record = inner->build_record == NULL ? NULL : build_record;
    table->build_history = inner->build_history == NULL ? NULL : build_history;
    table->launch = launch;
    table->finish = finish;
    table->device_time = inner->device_time == NULL ? NULL : device_time;
    table->stage_times = inner->stage_times == NULL ? NULL : stage_times;
    table->round_trip = round_trip;
    if (inner->pipeline_create == NULL)
        return;
    table->pipeline_create = pipeline_create;
    table->pipeline_release = pipeline_release;
    table->pipeline_overlap = pipeline_overlap;
    table->pipeline_run = pipeline_run;
}
