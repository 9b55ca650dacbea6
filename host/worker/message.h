/* Messages between this process and a worker, in which a backend's devices live. Each request gets
 * one reply. A message is a header and a payload; the header says which protocol it follows, what
 * it is and how long it is.
 *
 * docs/workers.md describes the protocol. */
#pragma once

#include <signal.h>

#include "os/limits/harm.h"
#include "worker/wire.h"

/* Raised with every change of a message. */
#define GF_PROTOCOL 8
/* A socket takes messages of this size with its default buffers. */
#define GF_MESSAGE_MOST ((size_t)96 << 10)

typedef enum gf_request {
    GF_REQUEST_LIST,
    GF_REQUEST_OPEN,
    GF_REQUEST_FIND_FACTS,
    GF_REQUEST_CLOSE,
    GF_REQUEST_ARRAY_CREATE, /* with the descriptor of the shared memory */
    GF_REQUEST_ARRAY_RELEASE,
    GF_REQUEST_BUFFER_CREATE,
    GF_REQUEST_BUFFER_RELEASE,
    GF_REQUEST_BUFFER_CLAIM,
    GF_REQUEST_BUFFER_WRITE,
    GF_REQUEST_BUFFER_READ,
    GF_REQUEST_PREPARE,
    GF_REQUEST_PROGRAM_RELEASE,
    GF_REQUEST_BUILD_HISTORY,
    GF_REQUEST_COMPUTE,
    GF_REQUEST_ROUND_TRIP,
    GF_REQUEST_PIPELINE_CREATE,
    GF_REQUEST_PIPELINE_RELEASE,
    GF_REQUEST_PIPELINE_RUN,
    GF_REQUEST_BUFFER_TRESPASS,
    GF_REQUEST_BUILD_RECORD,
    GF_REQUEST_END,
    GF_REQUEST_COUNT
} gf_request;

/* Most objects of one kind that a worker holds at once. */
#define GF_WORKER_OBJECTS 64

/* What a worker and its parent share all the time. */
typedef struct gf_worker_control {
    volatile sig_atomic_t cancel; /* set by the parent: a request is to end */
    gf_harm harm;                 /* set by the worker */
} gf_worker_control;

typedef struct gf_message {
    gf_wire wire;
    unsigned char bytes[GF_MESSAGE_MOST];
} gf_message;

/* Begins a request with this number, or the reply to it. The wire is after the header. */
void gf_message_begin(gf_message *message, gf_request request, bool reply, uint32_t serial);
/* Completes the header. false: the payload did not fit. */
bool gf_message_end(gf_message *message);

/* Checks what was received into message->bytes, `length` bytes of it, and puts the wire over its
 * payload. Returns NULL, or what is wrong with it. */
const char *gf_message_check_reply(gf_message *message, size_t length, gf_request request,
                                   uint32_t serial);
const char *gf_message_check_request(gf_message *message, size_t length, gf_request *request,
                                     uint32_t *serial);

/* What the driver does during a request, for "while ...": "it compiled a kernel". */
const char *gf_request_words(gf_request request);
/* "opening", "building", "launch", "transfer" ... */
const char *gf_request_stage(gf_request request);
