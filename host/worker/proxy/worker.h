/* A worker as its parent sees it: a process that holds a backend's devices, one request at a time.
 *
 * Nothing that happens in it harms the parent. When it ends, answers nonsense or answers too late,
 * the call fails with the reason, and the worker is gone: every later call fails as well. */
#pragma once

#include <signal.h>

#include "gpufare.h"
#include "os/child.h"
#include "worker/message.h"
#include "worker/region.h"

typedef struct gf_worker {
    gf_child child;
    int socket;         /* -1: there is no worker */
    gf_region control;  /* a gf_worker_control */
    uint32_t serial;    /* of the latest request */
    gf_request request; /* the latest one */
    uint64_t sent_ns;
    uint64_t detour_ns;  /* of all requests so far */
    gf_message message;  /* the request, and then its reply */
    uint32_t late_count; /* how many processes so far gave no answer in time */
    bool blames_driver;  /* of one that is gone: its end is the driver's fault */
    /* Told of each such end; may be NULL. */
    void (*failed)(void *context, const char *reason);
    void *failed_context;
    const char *culprit; /* launcher.h; NULL: "the driver of" */
} gf_worker;

/* How a reply is waited for. */
typedef struct gf_wait {
    const char *subject;                 /* for messages: "device 0:0" */
    double limit_s;                      /* os/patience.h; 0: no limit */
    bool limit_is_asked;                 /* by the user: who exceeds it is not broken */
    bool brief;                          /* the reply is expected within some microseconds */
    const volatile sig_atomic_t *cancel; /* NULL, or: end early when set */
} gf_wait;

/* Starts the program arguments[0]; NULL ends the arguments. */
gf_status gf_worker_start(gf_worker *worker, const char *const *arguments, gf_error *error);
bool gf_worker_is_alive(const gf_worker *worker);
/* "the driver of", before the subject of a message. */
const char *gf_worker_culprit(const gf_worker *worker);
/* Looks whether the process has ended since its last answer; the worker is gone then. True if it is
 * gone. */
bool gf_worker_notice_end(gf_worker *worker);

/* Begins a request, which the caller completes on the wire. */
gf_wire *gf_worker_begin(gf_worker *worker, gf_request request);
/* `descriptor`: -1, or one that goes with the request. */
gf_status gf_worker_send(gf_worker *worker, int descriptor, const gf_wait *wait, gf_error *error);
/* The status of the request; GF_FAILED also when the worker is gone. GF_OK: *reply is over the rest
 * of the reply, which the caller reads and then checks with gf_worker_check. GF_INTERRUPTED when
 * the request had to be cut off. */
gf_status gf_worker_receive(gf_worker *worker, const gf_wait *wait, gf_wire **reply,
                            gf_error *error);
/* Sends and receives. */
gf_status gf_worker_call(gf_worker *worker, int descriptor, const gf_wait *wait, gf_wire **reply,
                         gf_error *error);
/* GF_FAILED, and the worker is ended, unless the reply was read to its end. */
gf_status gf_worker_check(gf_worker *worker, const gf_wait *wait, const gf_wire *reply,
                          gf_error *error);

/* Asks the worker to end, and ends it when it does not. Accepts one that is gone. */
void gf_worker_end(gf_worker *worker);
