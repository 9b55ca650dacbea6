#include "worker/proxy/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "os/cores.h"
#include "os/patience.h"
#include "worker/exchange.h"
#include "worker/transport.h"

/* A reply that is expected at once is asked for this long before the process sleeps: waking costs
 * more. */
#define SPIN_NS UINT64_C(30000)
/* How long a driver may go on with a request that was cancelled. */
#define CANCEL_GRACE_S 2.0
/* How long an ending worker may release what its driver holds. */
#define END_GRACE_MS 5000
#define TICK_MS      50

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* ---- Starting ---------------------------------------------------------- */

static gf_worker_control *control_of(const gf_worker *worker) {
    return worker->control.memory;
}

gf_status gf_worker_start(gf_worker *worker, const char *const *arguments, gf_error *error) {
    int ends[2];
    worker->child = gf_child_new();
    worker->socket = -1;
    gf_status status = gf_region_create(sizeof(gf_worker_control), &worker->control, error);
    if (status != GF_OK)
        return status;
    if (!gf_child_sockets(ends)) {
        gf_region_release(&worker->control);
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make a socket");
    }
    /* The worker's threads run where this process may run, not on the core of this thread. */
    const gf_core_binding binding = gf_cores_unbind();
    status = gf_child_start(&worker->child, arguments, ends[1], error);
    gf_cores_bind_again(&binding);
    close(ends[1]);
    if (status != GF_OK) {
        close(ends[0]);
        gf_region_release(&worker->control);
        return status;
    }
    worker->socket = ends[0];
    return GF_OK;
}

bool gf_worker_is_alive(const gf_worker *worker) {
    return worker->socket >= 0;
}

const char *gf_worker_culprit(const gf_worker *worker) {
    return worker->culprit == NULL ? "the driver of" : worker->culprit;
}

/* ---- The end of a worker ----------------------------------------------- */

static void release_worker(gf_worker *worker) {
    gf_child_clear(&worker->child);
    if (worker->socket >= 0)
        close(worker->socket);
    worker->socket = -1;
    gf_region_release(&worker->control);
}

bool gf_worker_notice_end(gf_worker *worker) {
    if (!gf_worker_is_alive(worker))
        return true;
    if (!gf_child_reap(&worker->child))
        return false;
    release_worker(worker);
    return true;
}

/* SIGKILL and SIGTERM come from somebody else, or from the system when memory runs out. */
static bool was_killed(const gf_child *child) {
    return child->end == GF_CHILD_KILLED && (child->code == SIGKILL || child->code == SIGTERM);
}

/* Ends the worker and says why: `what` went wrong during its latest request. `blames_driver`: that
 * is the driver's fault, which is remembered. */
static gf_status end_with(gf_worker *worker, const gf_wait *wait, const char *what, int code,
                          const char *name, bool blames_driver, gf_error *error) {
    char noise[GF_CHILD_NOISE], reason[GF_ERROR_TEXT];
    const bool killed = was_killed(&worker->child);
    worker->blames_driver = blames_driver;
    gf_child_kill(&worker->child);
    memcpy(noise, worker->child.noise, sizeof noise);
    release_worker(worker);
    size_t length = 0;
    const char *words = gf_find_last_words(noise, &length);
    snprintf(reason, sizeof reason, "%s while %s%s%.*s", what, gf_request_words(worker->request),
             words == NULL ? "" : "; it said: ", length < 160 ? (int)length : 160,
             words == NULL ? "" : words);
    gf_error_set_native(error, GF_FAILED, code, name, "%s%s %s %s",
                        killed ? "the process with " : "", gf_worker_culprit(worker), wait->subject,
                        reason);
    if (words != NULL)
        gf_error_set_log(error, noise);
    if (worker->failed != NULL && blames_driver)
        worker->failed(worker->failed_context, reason);
    return GF_FAILED;
}

static gf_status give_up(gf_worker *worker, const gf_wait *wait, const char *what, int code,
                         const char *name, gf_error *error) {
    return end_with(worker, wait, what, code, name, true, error);
}

static void describe_end(const gf_child *child, char *what, size_t size) {
    const char *name = gf_signal_name(child->code);
    if (child->end == GF_CHILD_EXITED)
        snprintf(what, size, "ended its process with exit status %d", child->code);
    else if (was_killed(child))
        snprintf(what, size, "was ended from outside%s (%s)",
                 child->code == SIGKILL ? " or for lack of memory" : "", name);
    else if (name != NULL)
        snprintf(what, size, "crashed with %s", name);
    else
        snprintf(what, size, "crashed with signal %d", child->code);
}

/* What the code in the worker did, which is no fault of a driver. */
static gf_status did_harm(gf_worker *worker, const gf_wait *wait, const char *what,
                          gf_error *error) {
    const char *culprit = worker->culprit == NULL ? "the kernel on" : worker->culprit;
    const gf_request request = worker->request;
    worker->blames_driver = false;
    const bool in_time = control_of(worker)->harm.kind != GF_HARM_CPU_TIME;
    release_worker(worker);
    gf_error_set(error, GF_FAILED, "%s %s %s while %s", culprit, wait->subject, what,
                 gf_request_words(request));
    if (!in_time) /* the text mentions it */
        snprintf(error->parameter, sizeof error->parameter, "deadline");
    return GF_FAILED;
}

static gf_status worker_ended(gf_worker *worker, const gf_wait *wait, gf_error *error) {
    char what[160];
    for (int tries = 0; tries < 1000 && !gf_child_reap(&worker->child); tries++)
        (void)poll(NULL, 0, 1);
    const gf_child *child = &worker->child;
    if (child->end != GF_CHILD_RUNS &&
        gf_harm_describe(&control_of(worker)->harm, what, sizeof what))
        return did_harm(worker, wait, what, error);
    if (child->end == GF_CHILD_RUNS)
        return give_up(worker, wait, "closed its connection", 0, "", error);
    const char *name = child->end == GF_CHILD_EXITED ? "exit status" : gf_signal_name(child->code);
    const bool killed = was_killed(child);
    describe_end(child, what, sizeof what);
    return end_with(worker, wait, what, child->code, name == NULL ? "signal" : name, !killed,
                    error);
}

static gf_status answered_nonsense(gf_worker *worker, const gf_wait *wait, const char *wrong,
                                   gf_error *error) {
    char what[120];
    snprintf(what, sizeof what, "sent %s", wrong);
    return give_up(worker, wait, what, 0, "", error);
}

static gf_status too_late(gf_worker *worker, const gf_wait *wait, gf_error *error) {
    char what[120];
    snprintf(what, sizeof what, "gave no answer within the deadline of %.3g s", wait->limit_s);
    worker->late_count++;
    (void)end_with(worker, wait, what, 0, "", !wait->limit_is_asked, error);
    snprintf(error->parameter, sizeof error->parameter, "deadline"); /* which the text mentions */
    return GF_FAILED;
}

void gf_worker_end(gf_worker *worker) {
    if (!gf_worker_is_alive(worker))
        return;
    gf_message *message = &worker->message;
    (void)gf_worker_begin(worker, GF_REQUEST_END);
    if (gf_message_end(message))
        (void)gf_transport_send(worker->socket, message->bytes, message->wire.used, -1);
    for (int waited = 0; waited < END_GRACE_MS && !gf_child_reap(&worker->child); waited++) {
        gf_child_drain(&worker->child);
        (void)poll(NULL, 0, 1);
    }
    release_worker(worker);
}

/* ---- Requests ---------------------------------------------------------- */

gf_wire *gf_worker_begin(gf_worker *worker, gf_request request) {
    worker->request = request;
    worker->serial++;
    gf_message_begin(&worker->message, request, false, worker->serial);
    return &worker->message.wire;
}

static gf_status worker_is_gone(const gf_worker *worker, const gf_wait *wait, gf_error *error) {
    return gf_error_set(error, GF_FAILED, "the process with %s %s has ended",
                        gf_worker_culprit(worker), wait->subject);
}

gf_status gf_worker_send(gf_worker *worker, int descriptor, const gf_wait *wait, gf_error *error) {
    gf_message *message = &worker->message;
    if (!gf_worker_is_alive(worker))
        return worker_is_gone(worker, wait, error);
    if (!gf_message_end(message))
        return gf_error_set(error, GF_FAILED, "a request to %s %s is too long",
                            gf_worker_culprit(worker), wait->subject);
    control_of(worker)->cancel = 0;
    worker->sent_ns = now_ns();
    if (!gf_transport_send(worker->socket, message->bytes, message->wire.used, descriptor))
        return worker_ended(worker, wait, error);
    return GF_OK;
}

/* ---- Replies ----------------------------------------------------------- */

static void sleep_until_news(gf_worker *worker) {
    struct pollfd streams[] = {{worker->socket, POLLIN, 0}, {worker->child.noise_fd, POLLIN, 0}};
    (void)poll(streams, worker->child.noise_fd < 0 ? 1 : 2, TICK_MS);
    if (streams[1].revents != 0)
        gf_child_drain(&worker->child);
}

/* Lets the worker see that its request is cancelled; false once it has had its time to end. */
static bool may_still_end(gf_worker *worker, const gf_wait *wait, gf_patience *cancelled) {
    if (!gf_cancelled(wait->cancel))
        return true;
    if (control_of(worker)->cancel == 0) {
        control_of(worker)->cancel = 1;
        *cancelled = gf_patience_begin();
    }
    return gf_patience_seconds(cancelled) < CANCEL_GRACE_S;
}

/* Waits for the reply, `*length` bytes of it. */
static gf_status wait_for_reply(gf_worker *worker, const gf_wait *wait, size_t *length,
                                gf_error *error) {
    gf_message *message = &worker->message;
    gf_patience patience = gf_patience_begin(), cancelled = patience;
    bool ended = false; /* then a last reply may still be on its way */
    for (;;) {
        switch (gf_transport_receive(worker->socket, false, message->bytes, sizeof message->bytes,
                                     length, NULL)) {
        case GF_RECEIVED:
            return GF_OK;
        case GF_RECEIVED_END:
            return worker_ended(worker, wait, error);
        case GF_RECEIVED_TOO_MUCH:
            return answered_nonsense(worker, wait, "a message that is too long", error);
        case GF_RECEIVED_NOTHING:
            break;
        }
        if (wait->brief && now_ns() - worker->sent_ns < SPIN_NS)
            continue;
        if (ended) /* although a process that it started holds the socket */
            return worker_ended(worker, wait, error);
        sleep_until_news(worker);
        ended = gf_child_reap(&worker->child);
        if (!may_still_end(worker, wait, &cancelled)) {
            release_worker(worker);
            return gf_error_interrupted(error);
        }
        if (wait->limit_s > 0 && gf_patience_seconds(&patience) > wait->limit_s)
            return too_late(worker, wait, error);
    }
}

/* Adds what the request took besides the driver, which says when it began and ended by the clock
 * that both processes have. */
static void count_detour(gf_worker *worker, uint64_t begin_ns, uint64_t end_ns) {
    const uint64_t now = now_ns(), all_ns = now - worker->sent_ns;
    if (worker->sent_ns <= begin_ns && begin_ns <= end_ns && end_ns <= now)
        worker->detour_ns += all_ns - (end_ns - begin_ns);
}

/* Some compilers say only on stderr why they fail. */
static void add_noise_of_build(gf_worker *worker, gf_error *error) {
    gf_child_drain(&worker->child);
    if (worker->request == GF_REQUEST_PREPARE && error->log == NULL &&
        worker->child.noise[0] != '\0')
        gf_error_set_log(error, worker->child.noise);
}

gf_status gf_worker_receive(gf_worker *worker, const gf_wait *wait, gf_wire **reply,
                            gf_error *error) {
    size_t length = 0;
    if (!gf_worker_is_alive(worker))
        return worker_is_gone(worker, wait, error);
    gf_status status = wait_for_reply(worker, wait, &length, error);
    if (status != GF_OK)
        return status;
    gf_message *message = &worker->message;
    const char *wrong = gf_message_check_reply(message, length, worker->request, worker->serial);
    if (wrong != NULL)
        return answered_nonsense(worker, wait, wrong, error);
    const bool failed = gf_wire_get_bool(&message->wire);
    const uint64_t begin_ns = gf_wire_get_u64(&message->wire);
    count_detour(worker, begin_ns, gf_wire_get_u64(&message->wire));
    *reply = &message->wire;
    if (!failed)
        return message->wire.bad ? gf_worker_check(worker, wait, &message->wire, error) : GF_OK;
    gf_exchange_get_error(&message->wire, error);
    add_noise_of_build(worker, error);
    status = error->status;
    const gf_status whole = gf_worker_check(worker, wait, &message->wire, error);
    return whole == GF_OK ? status : whole;
}

gf_status gf_worker_call(gf_worker *worker, int descriptor, const gf_wait *wait, gf_wire **reply,
                         gf_error *error) {
    const gf_status status = gf_worker_send(worker, descriptor, wait, error);
    return status == GF_OK ? gf_worker_receive(worker, wait, reply, error) : status;
}

gf_status gf_worker_check(gf_worker *worker, const gf_wait *wait, const gf_wire *reply,
                          gf_error *error) {
    if (gf_wire_complete(reply))
        return GF_OK;
    return answered_nonsense(worker, wait, "a reply without sense", error);
}
