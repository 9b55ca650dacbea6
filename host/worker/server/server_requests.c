#include "worker/server/server_requests.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/notes.h"
#include "device/session.h"
#include "device/trip.h"
#include "problem/parts/division.h"

/* ---- Devices ----------------------------------------------------------- */

typedef struct finding {
    gf_server *server;
    gf_notes warnings;
} finding;

static gf_status add_device(void *context, const gf_device *device, gf_error *error) {
    gf_server *server = ((finding *)context)->server;
    if (server->device_count == GF_WORKER_OBJECTS)
        return gf_error_set(error, GF_FAILED, "more than %d devices", GF_WORKER_OBJECTS);
    gf_device *copy = &server->devices[server->device_count++];
    *copy = *device;
    copy->backend = server->service->backend;
    return GF_OK;
}

static gf_status add_warning(void *context, const char *line, gf_error *error) {
    return gf_notes_add(&((finding *)context)->warnings, error, "%s", line);
}

static gf_status list_devices(gf_server *server, gf_error *error) {
    const uint32_t first_platform = gf_wire_get_u32(server->request);
    if (!gf_wire_complete(server->request) || server->control.memory != NULL)
        return gf_server_bad_request(error);
    gf_status status =
        gf_region_map(server->descriptor, sizeof(gf_worker_control), &server->control, error);
    server->descriptor = -1;
    if (status != GF_OK)
        return status;
    gf_harm_watch(&((gf_worker_control *)server->control.memory)->harm);
    finding found = {.server = server};
    const gf_device_sink sink = {&found, add_device, add_warning, NULL};
    status = server->service->enumerate(first_platform, &sink, &server->state, error);
    gf_wire_put_u32(server->reply, server->device_count);
    for (uint32_t i = 0; i < server->device_count; i++)
        gf_exchange_put_device(server->reply, &server->devices[i].info);
    gf_wire_put_u32(server->reply, (uint32_t)found.warnings.count);
    for (size_t i = 0; i < found.warnings.count; i++)
        gf_wire_put_text(server->reply, found.warnings.lines[i]);
    gf_notes_clear(&found.warnings);
    return status;
}

static gf_status open_device(gf_server *server, gf_error *error) {
    gf_device *device = gf_server_get_device(server);
    if (device == NULL || !gf_wire_complete(server->request))
        return gf_server_bad_request(error);
    device->cancel = gf_server_cancel(server);
    const gf_status status = gf_device_open_alone(device, error);
    device->cancel = NULL;
    return status;
}

static gf_status find_facts(gf_server *server, gf_error *error) {
    gf_device *device = gf_server_get_device(server);
    if (device == NULL || !gf_wire_complete(server->request) || !device->is_open)
        return gf_server_bad_request(error);
    device->cancel = gf_server_cancel(server);
    gf_device_find_facts(device);
    device->cancel = NULL;
    gf_exchange_put_found(server->reply, &device->info);
    return GF_OK;
}

static gf_status close_device(gf_server *server, gf_error *error) {
    gf_device *device = gf_server_get_device(server);
    if (device == NULL || !gf_wire_complete(server->request) ||
        gf_server_uses_device(server, device))
        return gf_server_bad_request(error);
    gf_device_close(device);
    return GF_OK;
}

/* ---- Memory ------------------------------------------------------------ */

static gf_status create_array(gf_server *server, gf_error *error) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS);
    gf_device *device = gf_server_get_open_device(server);
    const uint64_t bytes = gf_wire_get_u64(server->request);
    const bool plain = gf_wire_get_bool(server->request);
    gf_server_array *array = &server->arrays[index];
    if (device == NULL || !gf_wire_complete(server->request) || array->region.memory != NULL)
        return gf_server_bad_request(error);
    gf_status status = gf_region_map(server->descriptor, (size_t)bytes, &array->region, error);
    server->descriptor = -1;
    array->staged = (gf_host_array){.device = device};
    if (status == GF_OK && !plain && device->backend->host_array_create != NULL)
        status = device->backend->host_array_create(&array->staged, (size_t)bytes, error);
    if (status != GF_OK)
        gf_region_release(&array->region);
    gf_wire_put_u32(server->reply, array->staged.memory != NULL);
    gf_wire_put_text(server->reply, array->staged.kind);
    return status;
}

static gf_status release_array(gf_server *server, gf_error *error) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS);
    gf_server_array *array = &server->arrays[index];
    if (!gf_wire_complete(server->request) || array->region.memory == NULL ||
        gf_server_uses_array(server, array))
        return gf_server_bad_request(error);
    if (array->staged.memory != NULL)
        server->service->backend->host_array_release(&array->staged);
    array->staged = (gf_host_array){.memory = NULL};
    gf_region_release(&array->region);
    return GF_OK;
}

/* Reads the number of an array; GF_WORKER_OBJECTS: none. */
static gf_server_array *get_array(gf_server *server) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS + 1);
    if (index == GF_WORKER_OBJECTS || server->arrays[index].region.memory == NULL)
        return NULL;
    return &server->arrays[index];
}

static gf_status create_buffer(gf_server *server, gf_error *error) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS);
    gf_device *device = gf_server_get_open_device(server);
    const uint64_t bytes = gf_wire_get_u64(server->request);
    const gf_access access = (gf_access)gf_wire_get_below(server->request, GF_ACCESS_SCRATCH + 1);
    const bool guarded = gf_wire_get_bool(server->request);
    gf_server_array *array = get_array(server);
    gf_server_buffer *made = &server->buffers[index];
    if (device == NULL || !gf_wire_complete(server->request) || made->buffer.device != NULL ||
        bytes == 0 || (array != NULL && bytes > array->region.bytes))
        return gf_server_bad_request(error);
    gf_buffer buffer = {.device = device,
                        .bytes = (size_t)bytes,
                        .access = access,
                        .guarded = guarded && device->backend->buffer_trespass != NULL,
                        .host = array == NULL ? NULL : gf_server_array_memory(array)};
    const gf_status status = device->backend->buffer_create(&buffer, error);
    if (status != GF_OK)
        return status;
    *made = (gf_server_buffer){buffer, array};
    gf_wire_put_u32(server->reply, buffer.in_place);
    gf_wire_put_u32(server->reply, buffer.guarded);
    return GF_OK;
}

static gf_status release_buffer(gf_server *server, gf_error *error) {
    gf_server_buffer *found = gf_server_get_buffer(server);
    if (found == NULL || !gf_wire_complete(server->request) || gf_server_uses_buffer(server, found))
        return gf_server_bad_request(error);
    server->service->backend->buffer_release(&found->buffer);
    *found = (gf_server_buffer){.array = NULL};
    return GF_OK;
}

static gf_status claim_buffer(gf_server *server, gf_error *error) {
    gf_server_buffer *found = gf_server_get_buffer(server);
    if (found == NULL || !gf_wire_complete(server->request))
        return gf_server_bad_request(error);
    return server->service->backend->buffer_claim(&found->buffer, error);
}

static gf_status find_trespasses(gf_server *server, gf_error *error) {
    gf_server_buffer *found = gf_server_get_buffer(server);
    gf_trespasses trespasses = {{0, 0}, {0, 0}};
    if (found == NULL || !gf_wire_complete(server->request) ||
        server->service->backend->buffer_trespass == NULL)
        return gf_server_bad_request(error);
    const gf_status status =
        server->service->backend->buffer_trespass(&found->buffer, &trespasses, error);
    gf_wire_put_u64(server->reply, trespasses.before.bytes);
    gf_wire_put_u64(server->reply, trespasses.before.away);
    gf_wire_put_u64(server->reply, trespasses.behind.bytes);
    gf_wire_put_u64(server->reply, trespasses.behind.away);
    return status;
}

static bool has_bytes(size_t all, uint64_t first, uint64_t bytes) {
    return first <= all && bytes <= all - first;
}

/* The lines of a transfer do not overlap, and so end within `all` bytes. */
static bool has_lines(size_t all, const gf_buffer *transfer) {
    const uint64_t more = transfer->lines > 1 ? transfer->lines - 1 : 0;
    if (transfer->bytes == 0 || !has_bytes(all, transfer->first, transfer->bytes))
        return false;
    const uint64_t rest = all - transfer->first - transfer->bytes;
    return more == 0 || (transfer->pitch >= transfer->bytes && more <= rest / transfer->pitch);
}

static void stage_lines(const gf_server_array *array, const gf_buffer *transfer, bool up) {
    for (size_t i = 0; i == 0 || i < transfer->lines; i++) {
        const size_t first = transfer->first + i * transfer->pitch;
        if (up)
            gf_server_stage_in(array, first, transfer->bytes);
        else
            gf_server_stage_out(array, first, transfer->bytes);
    }
}

/* Copies between a part of a buffer and the same part of an array, which may be another than the
 * buffer's own. */
static gf_status transfer(gf_server *server, bool up, gf_error *error) {
    gf_server_buffer *found = gf_server_get_buffer(server);
    const gf_server_array *array = get_array(server);
    gf_buffer buffer = found == NULL ? (gf_buffer){.bytes = 0} : found->buffer;
    buffer.first = (size_t)gf_wire_get_u64(server->request);
    buffer.bytes = (size_t)gf_wire_get_u64(server->request);
    buffer.lines = (size_t)gf_wire_get_u64(server->request);
    buffer.pitch = (size_t)gf_wire_get_u64(server->request);
    if (found == NULL || array == NULL || !gf_wire_complete(server->request) ||
        !has_lines(found->buffer.bytes, &buffer) || !has_lines(array->region.bytes, &buffer))
        return gf_server_bad_request(error);
    const gf_backend *backend = server->service->backend;
    void *memory = (char *)gf_server_array_memory(array) + buffer.first;
    if (up)
        stage_lines(array, &buffer, true);
    gf_server_driver_begins(server);
    const gf_status status = up ? backend->buffer_write(&buffer, memory, error)
                                : backend->buffer_read(&buffer, memory, error);
    gf_server_driver_ends(server);
    if (!up && status == GF_OK)
        stage_lines(array, &buffer, false);
    return status;
}

/* ---- Programs ---------------------------------------------------------- */

static gf_status prepare_program(gf_server *server, gf_server_program *made, gf_error *error) {
    const gf_backend *backend = server->service->backend;
    const gf_problem *problem = &made->problem->problem;
    char variant[64];
    gf_tuning tuning = {.count = 0};
    gf_wire_get_text(server->request, variant, sizeof variant);
    if (backend->tunables != NULL)
        backend->tunables(made->device, problem, variant, &tuning);
    gf_exchange_get_tuning(server->request, &tuning);
    if (!gf_wire_complete(server->request))
        return gf_server_bad_request(error);
    return backend->prepare(made->device, problem, variant, &tuning, &made->program, error);
}

static void put_program(gf_server *server, const gf_program *program) {
    const gf_backend *backend = server->service->backend;
    char note[512] = "";
    if (backend->program_note != NULL)
        snprintf(note, sizeof note, "%s", backend->program_note(program));
    gf_lane_group lanes = {0, 0};
    if (backend->lane_group != NULL)
        lanes = backend->lane_group(program);
    gf_wire_put_text(server->reply, note);
    gf_wire_put_u32(server->reply, lanes.rows);
    gf_wire_put_u32(server->reply, lanes.cols);
}

static gf_status prepare(gf_server *server, gf_error *error) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS);
    gf_server_program made = {.device = gf_server_get_open_device(server)};
    if (made.device == NULL || server->programs[index].program != NULL)
        return gf_server_bad_request(error);
    gf_status status = gf_exchange_get_problem(server->request, &made.problem, error);
    if (status != GF_OK)
        return status;
    gf_server_driver_begins(server);
    status = prepare_program(server, &made, error);
    gf_server_driver_ends(server);
    if (status != GF_OK) {
        gf_problem_copy_destroy(made.problem);
        return status;
    }
    server->programs[index] = made;
    put_program(server, made.program);
    return GF_OK;
}

static gf_status release_program(gf_server *server, gf_error *error) {
    gf_server_program *found = gf_server_get_program(server);
    if (found == NULL || !gf_wire_complete(server->request) ||
        gf_server_uses_program(server, found))
        return gf_server_bad_request(error);
    server->service->backend->program_release(found->program);
    gf_problem_copy_destroy(found->problem);
    *found = (gf_server_program){.program = NULL};
    return GF_OK;
}

static gf_status build_history(gf_server *server, gf_error *error) {
    gf_server_program *found = gf_server_get_program(server);
    const uint64_t build_ns = gf_wire_get_u64(server->request);
    gf_build_history history = {.state = GF_BUILD_UNKNOWN};
    if (found == NULL || !gf_wire_complete(server->request))
        return gf_server_bad_request(error);
    server->service->backend->build_history(found->program, build_ns, &history);
    gf_wire_put_u32(server->reply, (uint32_t)history.state);
    gf_wire_put_u64(server->reply, history.cold_ns);
    gf_wire_put_u64(server->reply, history.earlier_ns);
    return GF_OK;
}

static gf_status build_record(gf_server *server, gf_error *error) {
    const gf_backend *backend = server->service->backend;
    gf_server_program *found = gf_server_get_program(server);
    if (found == NULL || !gf_wire_complete(server->request) || backend->build_record == NULL)
        return gf_server_bad_request(error);
    char *record = backend->build_record(found->program);
    gf_wire_put_text(server->reply, record);
    free(record);
    return GF_OK;
}

/* ---- Computing --------------------------------------------------------- */

/* A problem's buffers must be those that its kernels expect. */
static bool fits(const gf_server_list *list, const gf_problem *problem, const gf_device *device) {
    if (list->count != problem->buffer_count)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->buffers[i].bytes != problem->buffers[i].bytes ||
            list->buffers[i].device != device || list->buffers[i].host == NULL)
            return false;
    }
    return true;
}

static void stage_all(const gf_server_list *list, bool in) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (in)
            gf_server_stage_in(list->arrays[i], 0, list->buffers[i].bytes);
        else
            gf_server_stage_out(list->arrays[i], 0, list->buffers[i].bytes);
    }
}

static gf_trip trip_of(gf_server *server, const gf_server_program *program, gf_server_list *list,
                       const gf_clock *clock) {
    return (gf_trip){.device = program->device,
                     .problem = &program->problem->problem,
                     .program = program->program,
                     .buffers = list->buffers,
                     .clock = clock,
                     .cancel = gf_server_cancel(server)};
}

static void put_times(gf_wire *reply, bool swapped, const gf_round_trip *times) {
    gf_wire_put_u32(reply, swapped);
    gf_wire_put_u64(reply, times->h2d_ns);
    gf_wire_put_u64(reply, times->d2h_ns);
    gf_wire_put_u64(reply, times->compute_wall_ns);
    gf_wire_put_u64(reply, times->device_ns);
    gf_wire_put_u32(reply, times->device_clock_ok);
    gf_wire_put_text(reply, times->device_clock);
    gf_wire_put_text(reply, times->clock_trouble);
    gf_wire_put_u32(reply, times->stage_count);
    for (uint32_t i = 0; i < times->stage_count; i++)
        gf_wire_put_u64(reply, times->stage_ns[i]);
}

/* One launch does some of the problem's steps. */
static bool are_steps_of(const gf_problem *problem, uint64_t first, uint64_t steps) {
    if (problem->steps == 0)
        return first == 0 && steps == 0;
    return steps > 0 && first < problem->steps && steps <= problem->steps - first;
}

/* Whether there is room for it; the whole problem is none. */
static bool is_part_of(const gf_problem *problem, gf_part part) {
    return part.count == 0 || (gf_problem_has_room(problem, part) && part.first <= UINT32_MAX);
}

/* What moves beside the kernels of a launch. */
typedef struct copy_list {
    gf_copy copies[GF_MOST_COPIES];
    const gf_server_array *arrays[GF_MOST_COPIES];
    uint32_t count;
} copy_list;

static bool get_copy(gf_server *server, gf_copy *copy, const gf_server_array **array) {
    gf_server_buffer *found = gf_server_get_buffer(server);
    *array = get_array(server);
    const uint64_t first = gf_wire_get_u64(server->request);
    const uint64_t bytes = gf_wire_get_u64(server->request);
    const bool up = gf_wire_get_bool(server->request);
    if (found == NULL || *array == NULL || bytes == 0 ||
        !has_bytes(found->buffer.bytes, first, bytes) ||
        !has_bytes((*array)->region.bytes, first, bytes))
        return false;
    *copy = (gf_copy){.buffer = &found->buffer,
                      .array = gf_server_array_memory(*array),
                      .first = (size_t)first,
                      .bytes = (size_t)bytes,
                      .up = up};
    return true;
}

/* false: bad. */
static bool get_copies(gf_server *server, const gf_device *device, copy_list *list) {
    list->count = gf_wire_get_below(server->request, GF_MOST_COPIES + 1);
    if (list->count > 0 && !server->service->backend->copies_beside)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!get_copy(server, &list->copies[i], &list->arrays[i]) ||
            list->copies[i].buffer->device != device)
            return false;
    }
    return true;
}

static void stage_copies(const copy_list *list, bool up) {
    for (uint32_t i = 0; i < list->count; i++) {
        const gf_copy *copy = &list->copies[i];
        if (copy->up && up)
            gf_server_stage_in(list->arrays[i], copy->first, copy->bytes);
        if (!copy->up && !up)
            gf_server_stage_out(list->arrays[i], copy->first, copy->bytes);
    }
}

static gf_status compute(gf_server *server, gf_error *error) {
    gf_server_list list;
    copy_list copies = {.count = 0};
    const gf_server_program *program = gf_server_get_program(server);
    const bool listed = gf_server_get_list(server, &list);
    bool swapped = gf_wire_get_bool(server->request);
    const uint64_t first = gf_wire_get_u64(server->request);
    const uint64_t steps = gf_wire_get_u64(server->request);
    const gf_part part = {gf_wire_get_u64(server->request), gf_wire_get_u64(server->request)};
    if (program == NULL || !listed || !get_copies(server, program->device, &copies) ||
        !gf_wire_complete(server->request) ||
        !fits(&list, &program->problem->problem, program->device) ||
        !are_steps_of(&program->problem->problem, first, steps) ||
        !is_part_of(&program->problem->problem, part))
        return gf_server_bad_request(error);
    const gf_clock clock = gf_clock_monotonic();
    gf_trip trip = trip_of(server, program, &list, &clock);
    trip.part = part;
    trip.copies = copies.copies;
    trip.copy_count = copies.count;
    stage_copies(&copies, true);
    gf_round_trip times = {.device_clock_ok = program->device->backend->device_time != NULL};
    gf_server_guard(server, program, &list);
    gf_server_driver_begins(server);
    const gf_status status = gf_trip_compute(&trip, first, steps, &swapped, &times, error);
    gf_server_driver_ends(server);
    gf_server_unguard(server, program);
    stage_copies(&copies, false);
    put_times(server->reply, swapped, &times);
    return status;
}

static gf_status round_trip(gf_server *server, gf_error *error) {
    gf_server_list list;
    const gf_server_program *program = gf_server_get_program(server);
    const bool listed = gf_server_get_list(server, &list);
    const uint64_t every = gf_wire_get_u64(server->request);
    if (program == NULL || !listed || !gf_wire_complete(server->request) ||
        !fits(&list, &program->problem->problem, program->device) ||
        (program->problem->problem.steps > 0 && every == 0))
        return gf_server_bad_request(error);
    const gf_clock clock = gf_clock_monotonic();
    const gf_trip trip = trip_of(server, program, &list, &clock);
    gf_round_trip times;
    bool swapped = false;
    stage_all(&list, true);
    gf_server_guard(server, program, &list);
    gf_server_driver_begins(server);
    const gf_status status = gf_trip_run(&trip, every, NULL, NULL, &swapped, &times, error);
    gf_server_driver_ends(server);
    gf_server_unguard(server, program);
    if (status == GF_OK)
        stage_all(&list, false);
    put_times(server->reply, swapped, &times);
    return status;
}

/* ---- Pipelines --------------------------------------------------------- */

static gf_status create_pipeline(gf_server *server, gf_error *error) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS);
    const gf_server_program *program = gf_server_get_program(server);
    gf_server_pipeline *made = &server->pipelines[index];
    if (program == NULL || made->pipeline != NULL || !gf_server_get_list(server, &made->list) ||
        !gf_wire_complete(server->request) ||
        !fits(&made->list, &program->problem->problem, program->device))
        return gf_server_bad_request(error);
    const gf_backend *backend = server->service->backend;
    made->program = program;
    const gf_status status =
        backend->pipeline_create(program->program, made->list.buffers, &made->pipeline, error);
    if (status != GF_OK)
        return status;
    gf_overlap overlap = {0};
    if (made->pipeline != NULL)
        overlap = backend->pipeline_overlap(made->pipeline);
    gf_wire_put_u32(server->reply, made->pipeline != NULL);
    gf_wire_put_u64(server->reply, overlap.parts);
    gf_wire_put_u64(server->reply, overlap.launches);
    gf_wire_put_u32(server->reply, overlap.at_stops);
    return GF_OK;
}

static gf_server_pipeline *get_pipeline(gf_server *server) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS);
    if (!gf_wire_complete(server->request) || server->pipelines[index].pipeline == NULL)
        return NULL;
    return &server->pipelines[index];
}

static gf_status release_pipeline(gf_server *server, gf_error *error) {
    gf_server_pipeline *found = get_pipeline(server);
    if (found == NULL)
        return gf_server_bad_request(error);
    server->service->backend->pipeline_release(found->pipeline);
    found->pipeline = NULL;
    return GF_OK;
}

static gf_status run_pipeline(gf_server *server, gf_error *error) {
    gf_server_pipeline *found = get_pipeline(server);
    bool swapped = false;
    if (found == NULL)
        return gf_server_bad_request(error);
    stage_all(&found->list, true);
    gf_server_guard(server, found->program, &found->list);
    gf_server_driver_begins(server);
    const gf_status status = server->service->backend->pipeline_run(
        found->pipeline, gf_server_cancel(server), &swapped, error);
    gf_server_driver_ends(server);
    gf_server_unguard(server, found->program);
    if (status == GF_OK)
        stage_all(&found->list, false);
    gf_wire_put_u32(server->reply, swapped);
    return status;
}

/* ---- All requests ------------------------------------------------------ */

gf_status gf_server_do(gf_server *server, gf_request request, gf_error *error) {
    switch (request) {
    case GF_REQUEST_LIST:
        return list_devices(server, error);
    case GF_REQUEST_OPEN:
        return open_device(server, error);
    case GF_REQUEST_FIND_FACTS:
        return find_facts(server, error);
    case GF_REQUEST_CLOSE:
        return close_device(server, error);
    case GF_REQUEST_ARRAY_CREATE:
        return create_array(server, error);
    case GF_REQUEST_ARRAY_RELEASE:
        return release_array(server, error);
    case GF_REQUEST_BUFFER_CREATE:
        return create_buffer(server, error);
    case GF_REQUEST_BUFFER_RELEASE:
        return release_buffer(server, error);
    case GF_REQUEST_BUFFER_CLAIM:
        return claim_buffer(server, error);
    case GF_REQUEST_BUFFER_WRITE:
        return transfer(server, true, error);
    case GF_REQUEST_BUFFER_READ:
        return transfer(server, false, error);
    case GF_REQUEST_BUFFER_TRESPASS:
        return find_trespasses(server, error);
    case GF_REQUEST_PREPARE:
        return prepare(server, error);
    case GF_REQUEST_PROGRAM_RELEASE:
        return release_program(server, error);
    case GF_REQUEST_BUILD_HISTORY:
        return build_history(server, error);
    case GF_REQUEST_COMPUTE:
        return compute(server, error);
    case GF_REQUEST_ROUND_TRIP:
        return round_trip(server, error);
    case GF_REQUEST_PIPELINE_CREATE:
        return create_pipeline(server, error);
    case GF_REQUEST_PIPELINE_RELEASE:
        return release_pipeline(server, error);
    case GF_REQUEST_PIPELINE_RUN:
        return run_pipeline(server, error);
    case GF_REQUEST_BUILD_RECORD:
        return build_record(server, error);
    case GF_REQUEST_END:
    case GF_REQUEST_COUNT:
        break;
    }
    return gf_server_bad_request(error);
}
