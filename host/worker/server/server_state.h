/* What a worker holds: the devices of its backend, and the objects that its parent has made, which
 * the parent numbers. */
#pragma once

#include "device/backend.h"
#include "worker/exchange.h"
#include "worker/message.h"
#include "worker/region.h"
#include "worker/server/service.h"

/* Shared memory, and the backend's own kind of host memory in its place, where it is faster: then
 * content is copied between the two before and after the driver has it. */
typedef struct gf_server_array {
    gf_region region;
    gf_host_array staged; /* memory NULL: none */
} gf_server_array;

typedef struct gf_server_buffer {
    gf_buffer buffer; /* device NULL: there is none */
    gf_server_array *array;
} gf_server_buffer;

typedef struct gf_server_program {
    gf_device *device;
    gf_program *program; /* NULL: there is none */
    gf_problem_copy *problem;
} gf_server_program;

/* A list of buffers in the order of a problem. */
typedef struct gf_server_list {
    gf_buffer buffers[GF_MAX_BUFFERS];
    gf_server_array *arrays[GF_MAX_BUFFERS];
    const gf_server_buffer *sources[GF_MAX_BUFFERS]; /* of which `buffers` are copies */
    uint32_t count;
} gf_server_list;

typedef struct gf_server_pipeline {
    gf_pipeline *pipeline; /* NULL: there is none */
    const gf_server_program *program;
    gf_server_list list;
} gf_server_pipeline;

typedef struct gf_server {
    const gf_service *service;
    void *state; /* of the service */
    gf_device devices[GF_WORKER_OBJECTS];
    uint32_t device_count;
    gf_server_array arrays[GF_WORKER_OBJECTS];
    gf_server_buffer buffers[GF_WORKER_OBJECTS];
    gf_server_program programs[GF_WORKER_OBJECTS];
    gf_server_pipeline pipelines[GF_WORKER_OBJECTS];
    gf_region control; /* of the parent: a gf_worker_control */
    int descriptor;    /* that came with the request; -1: none */
    /* When the driver began and ended with the request; 0: with the request itself. */
    uint64_t begin_ns, end_ns;
    gf_wire *request, *reply;
} gf_server;

/* The host memory that the backend uses for an array. */
void *gf_server_array_memory(const gf_server_array *array);
/* Copies from the shared memory before the driver uses an array, and back afterwards. */
void gf_server_stage_in(const gf_server_array *array, size_t first, size_t bytes);
void gf_server_stage_out(const gf_server_array *array, size_t first, size_t bytes);
/* Mark the begin and the end of the driver's part. */
void gf_server_driver_begins(gf_server *server);
void gf_server_driver_ends(gf_server *server);

const volatile sig_atomic_t *gf_server_cancel(const gf_server *server);
/* Before a program computes on these buffers, and afterwards: what ends the process is noted. */
void gf_server_guard(gf_server *server, const gf_server_program *program,
                     const gf_server_list *list);
void gf_server_unguard(gf_server *server, const gf_server_program *program);

/* Whether something else needs the object, which then can't be released. */
bool gf_server_uses_array(const gf_server *server, const gf_server_array *array);
bool gf_server_uses_buffer(const gf_server *server, const gf_server_buffer *buffer);
bool gf_server_uses_program(const gf_server *server, const gf_server_program *program);
bool gf_server_uses_device(const gf_server *server, const gf_device *device);

/* Each reads a number from the request. NULL: it does not exist; then the request is bad. */
gf_device *gf_server_get_device(gf_server *server);
gf_device *gf_server_get_open_device(gf_server *server);
gf_server_buffer *gf_server_get_buffer(gf_server *server);
gf_server_program *gf_server_get_program(gf_server *server);
/* false: bad. */
bool gf_server_get_list(gf_server *server, gf_server_list *list);

gf_status gf_server_bad_request(gf_error *error);
void gf_server_clear(gf_server *server);
