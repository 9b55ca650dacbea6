#include "parallel/bands/band_server.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/cancel.h"
#include "base/error.h"

enum { TAG_ASK = 901, TAG_BAND };

/* The thread looks seldom, since the core computes meanwhile. */
#define PAUSE_NS 300000

struct gf_band_client {
    uint64_t settled; /* what it asks with */
    gf_part answer;
    gf_message asks, answers;
    bool is_done; /* its last answer is sent */
    bool ends;    /* the answer on its way is the last one */
};

/* ---- The queue ----------------------------------------------------------- */

static gf_part take(gf_band_server *server, uint32_t rank, bool settled) {
    (void)pthread_mutex_lock(&server->lock);
    if (settled && server->left_out.count == 0)
        server->left_out = gf_band_queue_close(&server->queue);
    const gf_part chunks = gf_band_queue_take(&server->queue, rank);
    (void)pthread_mutex_unlock(&server->lock);
    return chunks;
}

gf_part gf_band_server_take(gf_band_server *server, bool settled) {
    return take(server, 0, settled);
}

/* ---- Answers -------------------------------------------------------------- */

static gf_status listen(gf_band_server *server, uint32_t rank, gf_error *error) {
    gf_band_client *client = &server->clients[rank];
    return gf_ranks_receive(server->ranks, rank, TAG_ASK, &client->settled, sizeof client->settled,
                            &client->asks, error);
}

static gf_status answer(gf_band_server *server, uint32_t rank, gf_error *error) {
    gf_band_client *client = &server->clients[rank];
    client->answer = take(server, rank, client->settled != 0);
    client->ends = client->answer.count == 0;
    return gf_ranks_send(server->ranks, rank, TAG_BAND, &client->answer, sizeof client->answer,
                         &client->answers, error);
}

/* A client has a message under way: its request, and then the answer. */
static gf_status serve_client(gf_band_server *server, uint32_t rank, gf_error *error) {
    gf_band_client *client = &server->clients[rank];
    const bool asks = client->asks.request != NULL;
    bool done = false;
    gf_status status =
        gf_ranks_test(server->ranks, asks ? &client->asks : &client->answers, 1, &done, error);
    if (status == GF_OK && done && asks)
        return answer(server, rank, error);
    if (status == GF_OK && done && client->ends)
        client->is_done = true;
    else if (status == GF_OK && done)
        status = listen(server, rank, error);
    return status;
}

/* *open: there are clients that may ask for more. */
static gf_status serve_all(gf_band_server *server, bool *open, gf_error *error) {
    gf_status status = GF_OK;
    *open = false;
    for (uint32_t i = 1; status == GF_OK && i < server->ranks->size; i++) {
        if (!server->clients[i].is_done)
            status = serve_client(server, i, error);
        *open = *open || !server->clients[i].is_done;
    }
    return status;
}

static void *serve_beside(void *context) {
    gf_band_server *server = context;
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    bool open = true;
    while (server->status == GF_OK && open && !atomic_load(&server->stop)) {
        server->status = serve_all(server, &open, &server->failure);
        (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

/* ---- Beginning and end ------------------------------------------------------ */

/* Signals are the main thread's. */
static void start_thread(gf_band_server *server) {
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    server->runs = pthread_create(&server->thread, NULL, serve_beside, server) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

gf_status gf_band_server_begin(gf_band_server *server, const gf_ranks *ranks,
                               const gf_band_queue *queue, gf_error *error) {
    *server = (gf_band_server){.ranks = ranks, .queue = *queue, .failure = GF_ERROR_INIT};
    server->clients = calloc(ranks->size, sizeof *server->clients);
    if (server->clients == NULL)
        return gf_error_no_memory(error, "the queue", ranks->size * sizeof *server->clients);
    (void)pthread_mutex_init(&server->lock, NULL);
    atomic_init(&server->stop, false);
    for (uint32_t i = 1; i < ranks->size; i++) {
        if (listen(server, i, error) != GF_OK)
            return error->status;
    }
    start_thread(server);
    return GF_OK;
}

/* The core is free by now. */
static gf_status serve_the_rest(gf_band_server *server, gf_error *error) {
    const struct timespec pause = {.tv_nsec = 5000};
    gf_status status = GF_OK;
    for (bool open = true; status == GF_OK && open;) {
        status = serve_all(server, &open, error);
        if (status == GF_OK && gf_cancelled(server->ranks->cancel))
            status = gf_error_interrupted(error);
        if (status == GF_OK && open)
            (void)nanosleep(&pause, NULL);
    }
    return status;
}

gf_status gf_band_server_end(gf_band_server *server, gf_status status, gf_error *error) {
    atomic_store(&server->stop, true);
    if (server->runs)
        (void)pthread_join(server->thread, NULL);
    if (status == GF_OK && server->status != GF_OK) {
        *error = server->failure;
        return server->status;
    }
    if (status == GF_OK)
        status = serve_the_rest(server, error);
    if (status != GF_OK) /* the job can only end */
        return status;
    (void)pthread_mutex_destroy(&server->lock);
    free(server->clients);
    return GF_OK;
}

/* ---- Other ranks --------------------------------------------------------------- */

gf_status gf_band_request_begin(const gf_ranks *ranks, bool settled, gf_band_request *request,
                                gf_error *error) {
    *request = (gf_band_request){.settled = settled ? 1 : 0};
    const gf_status status = gf_ranks_receive(ranks, 0, TAG_BAND, &request->chunks,
                                              sizeof request->chunks, &request->messages[0], error);
    return status == GF_OK ? gf_ranks_send(ranks, 0, TAG_ASK, &request->settled,
                                           sizeof request->settled, &request->messages[1], error)
                           : status;
}

gf_status gf_band_request_end(const gf_ranks *ranks, gf_band_request *request, gf_error *error) {
    return gf_ranks_wait(ranks, request->messages, 2, error);
}
