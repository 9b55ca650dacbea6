#define _GNU_SOURCE 1 /* gethostname */

#include "ranks/ranks.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/entry.h"
#include "base/error.h"

enum { TAG_WHOLE = GF_FIRST_OWN_TAG, TAG_BARRIER, TAG_BROADCAST, TAG_GATHER };

gf_status gf_ranks_create(const gf_transport *transport, gf_ranks **ranks, gf_error *error) {
    gf_ranks *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the ranks", sizeof *made);
    made->transport = *transport;
    made->rank = transport->rank;
    made->size = transport->size;
    *ranks = made;
    return GF_OK;
}

gf_ranks gf_ranks_first(const gf_ranks *ranks, uint32_t size) {
    gf_ranks group = *ranks;
    group.size = size;
    return group;
}

/* ---- Messages ---------------------------------------------------------- */

static gf_status message_failed(const gf_ranks *ranks, const char *what, uint32_t peer, int code,
                                gf_error *error) {
    return gf_error_set(error, GF_FAILED,
                        "rank %u %s rank %u: %s failed with code %d; a rank may be lost: look at "
                        "the launcher's own messages and start the job again",
                        ranks->rank, what, peer, ranks->transport.name, code);
}

static gf_status check_bytes(size_t bytes, gf_error *error) {
    if (bytes <= GF_MOST_MESSAGE_BYTES)
        return GF_OK;
    return gf_error_set(error, GF_UNSUPPORTED,
                        "a message of %zu bytes is too large: %zu at most; use more ranks or "
                        "shorter rows",
                        bytes, GF_MOST_MESSAGE_BYTES);
}

gf_status gf_ranks_send(const gf_ranks *ranks, uint32_t to, uint32_t tag, const void *data,
                        size_t bytes, gf_message *message, gf_error *error) {
    *message = (gf_message){.peer = to};
    const gf_status status = check_bytes(bytes, error);
    if (status != GF_OK || bytes == 0)
        return status;
    const int code =
        ranks->transport.send(ranks->transport.state, to, tag, data, bytes, &message->request);
    return code == 0 ? GF_OK : message_failed(ranks, "cannot send to", to, code, error);
}

gf_status gf_ranks_receive(const gf_ranks *ranks, uint32_t from, uint32_t tag, void *data,
                           size_t bytes, gf_message *message, gf_error *error) {
    *message = (gf_message){.peer = from};
    const gf_status status = check_bytes(bytes, error);
    if (status != GF_OK || bytes == 0)
        return status;
    const int code =
        ranks->transport.receive(ranks->transport.state, from, tag, data, bytes, &message->request);
    return code == 0 ? GF_OK : message_failed(ranks, "cannot receive from", from, code, error);
}

gf_status gf_ranks_test(const gf_ranks *ranks, gf_message *messages, uint32_t count, bool *done,
                        gf_error *error) {
    *done = true;
    for (uint32_t i = 0; i < count; i++) {
        bool ended = false;
        if (messages[i].request == NULL)
            continue;
        const int code =
            ranks->transport.test(ranks->transport.state, &messages[i].request, &ended);
        if (code != 0)
            return message_failed(ranks, "exchanging data with", messages[i].peer, code, error);
        *done = *done && ended;
    }
    return GF_OK;
}

/* Spins at first, when the answer may be on its way; then others get the core, and after a
 * millisecond for some time: ranks that wait must not keep those from computing that they wait for.
 */
static void give_way(uint32_t *tries, uint64_t start_ns) {
    enum { SPINS = 64, CLOCKED = 256 };
    const uint64_t patience_ns = 1000000;
    const gf_clock clock = gf_clock_monotonic();
    if (++*tries < SPINS)
        return;
    if (*tries < CLOCKED || gf_clock_now(&clock) - start_ns < patience_ns)
        (void)sched_yield();
    else
        (void)nanosleep(&(struct timespec){.tv_nsec = 30000}, NULL);
}

gf_status gf_ranks_wait(const gf_ranks *ranks, gf_message *messages, uint32_t count,
                        gf_error *error) {
    const gf_clock clock = gf_clock_monotonic();
    const uint64_t start_ns = gf_clock_now(&clock);
    uint32_t tries = 0;
    for (;;) {
        bool done = false;
        const gf_status status = gf_ranks_test(ranks, messages, count, &done, error);
        if (status != GF_OK || done)
            return status;
        if (gf_cancelled(ranks->cancel))
            return gf_error_interrupted(error);
        give_way(&tries, start_ns);
    }
}

/* ---- Whole messages ----------------------------------------------------- */

typedef gf_status (*mover)(const gf_ranks *ranks, uint32_t peer, char *data, size_t bytes,
                           gf_error *error);

static gf_status send_piece(const gf_ranks *ranks, uint32_t peer, char *data, size_t bytes,
                            gf_error *error) {
    gf_message message;
    const gf_status status = gf_ranks_send(ranks, peer, TAG_WHOLE, data, bytes, &message, error);
    return status == GF_OK ? gf_ranks_wait(ranks, &message, 1, error) : status;
}

static gf_status receive_piece(const gf_ranks *ranks, uint32_t peer, char *data, size_t bytes,
                               gf_error *error) {
    gf_message message;
    const gf_status status = gf_ranks_receive(ranks, peer, TAG_WHOLE, data, bytes, &message, error);
    return status == GF_OK ? gf_ranks_wait(ranks, &message, 1, error) : status;
}

static gf_status move_all(const gf_ranks *ranks, uint32_t peer, char *data, size_t bytes,
                          mover move, gf_error *error) {
    gf_status status = GF_OK;
    for (size_t done = 0; status == GF_OK && done < bytes;) {
        const size_t left = bytes - done;
        const size_t piece = left < GF_MOST_MESSAGE_BYTES ? left : GF_MOST_MESSAGE_BYTES;
        status = move(ranks, peer, data + done, piece, error);
        done += piece;
    }
    return status;
}

gf_status gf_ranks_send_all(const gf_ranks *ranks, uint32_t to, const void *data, size_t bytes,
                            gf_error *error) {
    /* send_piece only reads. */
    return move_all(ranks, to, (char *)(uintptr_t)data, bytes, send_piece, error);
}

gf_status gf_ranks_receive_all(const gf_ranks *ranks, uint32_t from, void *data, size_t bytes,
                               gf_error *error) {
    return move_all(ranks, from, data, bytes, receive_piece, error);
}

/* ---- All together ------------------------------------------------------- */

/* One byte to the rank that is `distance` further on, one from that before (dissemination barrier:
 * D. Hensgen, R. Finkel and U. Manber, 1988). */
static gf_status meet(const gf_ranks *ranks, uint32_t distance, gf_error *error) {
    gf_message messages[2];
    char sent = 0, received = 0;
    gf_status status = gf_ranks_receive(ranks, (ranks->rank + ranks->size - distance) % ranks->size,
                                        TAG_BARRIER, &received, 1, &messages[0], error);
    if (status == GF_OK)
        status = gf_ranks_send(ranks, (ranks->rank + distance) % ranks->size, TAG_BARRIER, &sent, 1,
                               &messages[1], error);
    return status == GF_OK ? gf_ranks_wait(ranks, messages, 2, error) : status;
}

gf_status gf_ranks_barrier(const gf_ranks *ranks, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t distance = 1; status == GF_OK && distance < ranks->size; distance *= 2)
        status = meet(ranks, distance, error);
    return status;
}

/* In a binomial tree: a rank gets the data from the one without its lowest bit. */
gf_status gf_ranks_broadcast(const gf_ranks *ranks, void *data, size_t bytes, gf_error *error) {
    const uint32_t lowest = ranks->rank & (~ranks->rank + 1);
    gf_message message;
    gf_status status = GF_OK;
    uint32_t bit = 1;
    if (ranks->rank != 0) {
        status = gf_ranks_receive(ranks, ranks->rank - lowest, TAG_BROADCAST, data, bytes, &message,
                                  error);
        if (status == GF_OK)
            status = gf_ranks_wait(ranks, &message, 1, error);
    }
    while (bit < ranks->size && bit < (ranks->rank == 0 ? ranks->size : lowest))
        bit *= 2;
    for (bit /= 2; status == GF_OK && bit > 0; bit /= 2) {
        if (ranks->rank + bit >= ranks->size)
            continue;
        status =
            gf_ranks_send(ranks, ranks->rank + bit, TAG_BROADCAST, data, bytes, &message, error);
        if (status == GF_OK)
            status = gf_ranks_wait(ranks, &message, 1, error);
    }
    return status;
}

gf_status gf_ranks_gather(const gf_ranks *ranks, const void *mine, size_t bytes, void *all,
                          gf_error *error) {
    gf_message message;
    gf_status status = GF_OK;
    if (ranks->rank != 0) {
        status = gf_ranks_send(ranks, 0, TAG_GATHER, mine, bytes, &message, error);
        return status == GF_OK ? gf_ranks_wait(ranks, &message, 1, error) : status;
    }
    memcpy(all, mine, bytes);
    for (uint32_t i = 1; status == GF_OK && i < ranks->size; i++) {
        status =
            gf_ranks_receive(ranks, i, TAG_GATHER, (char *)all + i * bytes, bytes, &message, error);
        if (status == GF_OK)
            status = gf_ranks_wait(ranks, &message, 1, error);
    }
    return status;
}

gf_status gf_ranks_gather_everywhere(const gf_ranks *ranks, const void *mine, size_t bytes,
                                     void *all, gf_error *error) {
    const gf_status status = gf_ranks_gather(ranks, mine, bytes, all, error);
    return status == GF_OK ? gf_ranks_broadcast(ranks, all, bytes * ranks->size, error) : status;
}

/* ---- The public functions ------------------------------------------------ */

uint32_t gf_ranks_rank(const gf_ranks *ranks) {
    return ranks->rank;
}

uint32_t gf_ranks_size(const gf_ranks *ranks) {
    return ranks->size;
}

/* What each rank tells the others. */
typedef struct opinion {
    int32_t status;
    char host[65], parameter[32];
    char text[GF_ERROR_TEXT - 112]; /* leaves room for the rank and its host */
} opinion;

static opinion opinion_of(gf_status status, const gf_error *error) {
    opinion mine = {.status = (int32_t)status};
    if (status == GF_OK)
        return mine;
    (void)gethostname(mine.host, sizeof mine.host - 1);
    memcpy(mine.parameter, error->parameter, sizeof mine.parameter);
    snprintf(mine.text, sizeof mine.text, "%.*s", (int)sizeof mine.text - 1, error->text);
    return mine;
}

/* What fails on every rank is of none of them. */
static gf_status conclude(const opinion *all, uint32_t count, gf_error *error) {
    uint32_t failed = 0, first = 0;
    for (uint32_t i = count; i-- > 0;) {
        first = all[i].status != GF_OK ? i : first;
        failed += all[i].status != GF_OK ? 1 : 0;
    }
    const opinion *worst = &all[first];
    if (failed == 0)
        return GF_OK;
    if (failed == count)
        gf_error_set(error, (gf_status)worst->status, "%s", worst->text);
    else
        gf_error_set(error, (gf_status)worst->status, "rank %u on %s: %s", first, worst->host,
                     worst->text);
    memcpy(error->parameter, worst->parameter, sizeof error->parameter);
    return error->status;
}

gf_status gf_ranks_agree(gf_ranks *ranks, gf_status status, gf_error *error) {
    GF_ENTER(error);
    const opinion mine = opinion_of(status, error);
    opinion *all = calloc(ranks->size, sizeof *all);
    if (all == NULL)
        return gf_error_no_memory(error, "what all ranks say", ranks->size * sizeof *all);
    const gf_status gathered = gf_ranks_gather_everywhere(ranks, &mine, sizeof mine, all, error);
    status = gathered == GF_OK ? conclude(all, ranks->size, error) : gathered;
    ranks->agreed = gathered == GF_OK && status != GF_OK;
    free(all);
    return status;
}

bool gf_ranks_have_agreed(const gf_ranks *ranks) {
    return ranks->agreed;
}

void gf_ranks_abort(gf_ranks *ranks, gf_status status) {
    const int code = (int)status;
    ranks->transport.abort(ranks->transport.state, code >= 1 && code <= 255 ? code : 1);
}

void gf_ranks_close(gf_ranks *ranks) {
    if (ranks == NULL)
        return;
    ranks->transport.close(ranks->transport.state);
    /* The plugin stays loaded: MPI has functions that run at exit. */
    free(ranks);
}
