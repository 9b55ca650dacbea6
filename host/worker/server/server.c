#define _GNU_SOURCE 1 /* POLLRDHUP */

#include "worker/server/server.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "os/helpers.h"
#include "worker/server/server_requests.h"
#include "worker/server/server_state.h"
#include "worker/transport.h"

/* After a reply the next request often follows at once: the worker looks for it this long before it
 * sleeps. */
#define SPIN_NS UINT64_C(50000)

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* ---- The parent's death ------------------------------------------------ */

typedef struct watch {
    int socket; /* a descriptor of its own: a driver may close the other one */
    void (*parent_gone)(void);
} watch;

/* Ends this process, and what the driver has started, when the parent is gone, even while the
 * driver hangs. (A signal at the parent's death would come when the thread ends that started the
 * worker.) */
static void *watch_parent(void *context) {
    const watch *watched = context;
    struct pollfd stream = {watched->socket, POLLRDHUP, 0};
    do
        (void)poll(&stream, 1, -1);
    while ((stream.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) == 0);
    if (watched->parent_gone != NULL && (stream.revents & POLLNVAL) == 0)
        watched->parent_gone();
    if (getpgrp() == getpid())
        (void)kill(0, SIGKILL);
    _exit(EXIT_SUCCESS);
}

static bool start_watching(watch *watched, int socket) {
    pthread_t thread;
    watched->socket = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (watched->socket < 0)
        return false;
    sigset_t all, before;
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&thread, NULL, watch_parent, watched) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started)
        (void)pthread_detach(thread);
    return started;
}

/* ---- Requests ---------------------------------------------------------- */

static gf_receipt receive(gf_server *server, int socket, gf_message *request, size_t *length) {
    const uint64_t start = now_ns();
    gf_receipt receipt;
    do
        receipt = gf_transport_receive(socket, false, request->bytes, sizeof request->bytes, length,
                                       &server->descriptor);
    while (receipt == GF_RECEIVED_NOTHING && now_ns() - start < SPIN_NS);
    if (receipt != GF_RECEIVED_NOTHING)
        return receipt;
    return gf_transport_receive(socket, true, request->bytes, sizeof request->bytes, length,
                                &server->descriptor);
}

/* What every reply begins with. */
static void put_outcome(gf_wire *reply, const gf_server *server, const gf_error *failure) {
    gf_wire_put_u32(reply, failure != NULL);
    gf_wire_put_u64(reply, server->begin_ns);
    gf_wire_put_u64(reply, server->end_ns);
    if (failure != NULL)
        gf_exchange_put_error(reply, failure);
}

/* Serves one request and fills the reply. */
static void serve(gf_server *server, gf_request kind, uint32_t serial, gf_message *reply) {
    gf_error error = GF_ERROR_INIT;
    gf_message_begin(reply, kind, true, serial);
    const size_t start = reply->wire.used;
    put_outcome(&reply->wire, server, NULL);
    server->reply = &reply->wire;
    server->end_ns = 0;
    server->begin_ns = now_ns();
    const gf_status status = gf_server_do(server, kind, &error);
    if (server->end_ns == 0)
        server->end_ns = now_ns();
    const size_t used = reply->wire.used;
    reply->wire.used = start;
    put_outcome(&reply->wire, server, status == GF_OK ? NULL : &error);
    if (status == GF_OK)
        reply->wire.used = used;
    gf_error_clear(&error);
    if (server->descriptor >= 0)
        close(server->descriptor);
    server->descriptor = -1;
}

static int serve_all(gf_server *server, int socket, gf_message *request, gf_message *reply) {
    for (;;) {
        size_t length = 0;
        gf_request kind;
        uint32_t serial;
        if (receive(server, socket, request, &length) != GF_RECEIVED ||
            gf_message_check_request(request, length, &kind, &serial) != NULL)
            return EXIT_FAILURE;
        if (kind == GF_REQUEST_END)
            return EXIT_SUCCESS;
        server->request = &request->wire;
        serve(server, kind, serial, reply);
        if (!gf_message_end(reply) ||
            !gf_transport_send(socket, reply->bytes, reply->wire.used, -1))
            return EXIT_FAILURE;
    }
}

int gf_serve(const gf_service *service, int socket) {
    static watch watched; /* of the one parent that a process has */
    watched = (watch){-1, service->parent_gone};
    gf_server *server = calloc(1, sizeof *server);
    gf_message *messages = calloc(2, sizeof *messages);
    int code = EXIT_FAILURE;
    if (server != NULL && messages != NULL && start_watching(&watched, socket)) {
        server->service = service;
        server->descriptor = -1;
        gf_helpers_add(getppid()); /* no other program: it waits for this one */
        code = serve_all(server, socket, &messages[0], &messages[1]);
        gf_server_clear(server);
    }
    free(messages);
    free(server);
    return code;
}
