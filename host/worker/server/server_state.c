#include "worker/server/server_state.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "device/session.h"

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

void gf_server_driver_begins(gf_server *server) {
    server->begin_ns = now_ns();
}

void gf_server_driver_ends(gf_server *server) {
    server->end_ns = now_ns();
}

const volatile sig_atomic_t *gf_server_cancel(const gf_server *server) {
    const gf_worker_control *control = server->control.memory;
    return control == NULL ? NULL : &control->cancel;
}

void gf_server_guard(gf_server *server, const gf_server_program *program,
                     const gf_server_list *list) {
    const gf_problem *problem = &program->problem->problem;
    gf_worker_control *control = server->control.memory;
    gf_harm_guard guards[GF_MAX_BUFFERS] = {{.name = NULL}};
    size_t count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        if (!list->buffers[i].in_place || list->arrays[i] == NULL)
            continue;
        guards[count++] = (gf_harm_guard){.name = problem->buffers[i].name,
                                          .memory = list->arrays[i]->region.memory,
                                          .bytes = list->buffers[i].bytes,
                                          .room = list->arrays[i]->region.bytes,
                                          .guard_bytes = GF_REGION_GUARD};
    }
    gf_harm_set_guards(guards, count);
    if (control != NULL && count > 0) /* a driver may have put a handler of its own there */
        gf_harm_watch(&control->harm);
    if (server->service->computes != NULL)
        server->service->computes(program->program, false);
}

void gf_server_unguard(gf_server *server, const gf_server_program *program) {
    if (server->service->computes != NULL)
        server->service->computes(program->program, true);
    gf_harm_set_guards(NULL, 0);
}

/* ---- Arrays ------------------------------------------------------------ */

void *gf_server_array_memory(const gf_server_array *array) {
    return array->staged.memory != NULL ? array->staged.memory : array->region.memory;
}

void gf_server_stage_in(const gf_server_array *array, size_t first, size_t bytes) {
    if (array != NULL && array->staged.memory != NULL)
        memcpy((char *)array->staged.memory + first, (char *)array->region.memory + first, bytes);
}

void gf_server_stage_out(const gf_server_array *array, size_t first, size_t bytes) {
    if (array != NULL && array->staged.memory != NULL)
        memcpy((char *)array->region.memory + first, (char *)array->staged.memory + first, bytes);
}

/* ---- Objects by their numbers ------------------------------------------ */

gf_device *gf_server_get_device(gf_server *server) {
    const uint32_t index = gf_wire_get_below(server->request, server->device_count);
    return server->request->bad ? NULL : &server->devices[index];
}

gf_device *gf_server_get_open_device(gf_server *server) {
    gf_device *device = gf_server_get_device(server);
    return device != NULL && device->is_open ? device : NULL;
}

gf_server_buffer *gf_server_get_buffer(gf_server *server) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS);
    if (server->request->bad || server->buffers[index].buffer.device == NULL)
        return NULL;
    return &server->buffers[index];
}

gf_server_program *gf_server_get_program(gf_server *server) {
    const uint32_t index = gf_wire_get_below(server->request, GF_WORKER_OBJECTS);
    if (server->request->bad || server->programs[index].program == NULL)
        return NULL;
    return &server->programs[index];
}

bool gf_server_get_list(gf_server *server, gf_server_list *list) {
    list->count = gf_wire_get_below(server->request, GF_MAX_BUFFERS + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        const gf_server_buffer *found = gf_server_get_buffer(server);
        if (found == NULL)
            return false;
        list->buffers[i] = found->buffer;
        list->arrays[i] = found->array;
        list->sources[i] = found;
    }
    return !server->request->bad;
}

gf_status gf_server_bad_request(gf_error *error) {
    return gf_error_set(error, GF_FAILED, "the worker got a request that it can't serve");
}

/* ---- What needs what --------------------------------------------------- */

bool gf_server_uses_array(const gf_server *server, const gf_server_array *array) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        const gf_server_buffer *buffer = &server->buffers[i];
        if (buffer->buffer.device != NULL && buffer->array == array)
            return true;
    }
    return false;
}

static bool lists_buffer(const gf_server_list *list, const gf_server_buffer *buffer) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->sources[i] == buffer)
            return true;
    }
    return false;
}

bool gf_server_uses_buffer(const gf_server *server, const gf_server_buffer *buffer) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        const gf_server_pipeline *pipeline = &server->pipelines[i];
        if (pipeline->pipeline != NULL && lists_buffer(&pipeline->list, buffer))
            return true;
    }
    return false;
}

bool gf_server_uses_program(const gf_server *server, const gf_server_program *program) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        const gf_server_pipeline *pipeline = &server->pipelines[i];
        if (pipeline->pipeline != NULL && pipeline->program == program)
            return true;
    }
    return false;
}

/* Arrays may outlive the time in which a device is open. */
bool gf_server_uses_device(const gf_server *server, const gf_device *device) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        const gf_server_program *program = &server->programs[i];
        if (server->buffers[i].buffer.device == device ||
            (program->program != NULL && program->device == device))
            return true;
    }
    return false;
}

/* ---- The end ----------------------------------------------------------- */

static void release_pipelines(gf_server *server) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        if (server->pipelines[i].pipeline != NULL)
            server->service->backend->pipeline_release(server->pipelines[i].pipeline);
        server->pipelines[i].pipeline = NULL;
    }
}

static void release_programs(gf_server *server) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        if (server->programs[i].program != NULL)
            server->service->backend->program_release(server->programs[i].program);
        gf_problem_copy_destroy(server->programs[i].problem);
        server->programs[i] = (gf_server_program){.program = NULL};
    }
}

static void release_memory(gf_server *server) {
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        if (server->buffers[i].buffer.device != NULL)
            server->service->backend->buffer_release(&server->buffers[i].buffer);
        server->buffers[i].buffer.device = NULL;
    }
    for (size_t i = 0; i < GF_WORKER_OBJECTS; i++) {
        if (server->arrays[i].staged.memory != NULL)
            server->service->backend->host_array_release(&server->arrays[i].staged);
        server->arrays[i].staged.memory = NULL;
        gf_region_release(&server->arrays[i].region);
    }
}

void gf_server_clear(gf_server *server) {
    release_pipelines(server);
    release_programs(server);
    release_memory(server);
    for (uint32_t i = 0; i < server->device_count; i++)
        gf_device_close(&server->devices[i]);
    server->service->shut_down(server->state);
    gf_harm_watch(NULL);
    gf_region_release(&server->control);
}
