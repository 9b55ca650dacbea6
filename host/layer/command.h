/* One command on its way: the call is timed, its event kept. */
#pragma once

#include "layer/objects.h"

typedef struct gf_command {
    const gf_loader *loader;
    cl_command_queue queue;
    cl_event own, *given; /* given: the program's, or NULL */
    cl_event *event;      /* what the driver gets: never NULL if the times are wanted */
    gf_trace_command record;
} gf_command;

/* Before the call. `object`: the buffer, image or kernel; NULL: none. */
void gf_command_begin(gf_command *command, const gf_loader *to, cl_command_queue queue,
                      gf_trace_command_kind kind, cl_event *event);
/* What the command moves. `kind`: of `object`. */
void gf_command_set(gf_command *command, gf_object_kind kind, const void *object, uint64_t offset,
                    uint64_t bytes);
/* The call has returned; for what the layer does before gf_command_end. */
void gf_command_stop(gf_command *command);
/* After the call; returns `code`. Of a command that waited, and of all before it, the times are
 * recorded. */
cl_int gf_command_end(gf_command *command, cl_int code);
