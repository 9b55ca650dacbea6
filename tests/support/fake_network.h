/* Ranks without MPI: threads of one process, whose messages take a latency and the time of their
 * bytes, one behind the other on each way between two ranks. */
#pragma once

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ranks/ranks.h"

#define FAKE_MOST_RANKS 32

typedef struct fake_letter {
    struct fake_letter *next;
    uint32_t from, to, tag;
    uint64_t arrives_ns;
    size_t bytes;
    unsigned char data[];
} fake_letter;

typedef struct fake_network {
    uint32_t size;
    double latency_ns, byte_ns;
    pthread_mutex_t lock;
    fake_letter *letters;                               /* in the order in which they were sent */
    uint64_t free_ns[FAKE_MOST_RANKS][FAKE_MOST_RANKS]; /* when the way is free again */
    uint64_t sent_bytes, sent;
    uint32_t aborted; /* the status; 0: none */
} fake_network;

/* A rank's end of it. */
typedef struct fake_end {
    fake_network *network;
    uint32_t rank;
    struct fake_request *awaited; /* receptions that are not over */
} fake_end;

typedef struct fake_request {
    struct fake_request *next;
    bool receives;
    uint32_t from, tag;
    void *data;
    size_t bytes;
} fake_request;

static inline uint64_t fake_network_now(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

/* Data are taken at once. */
static inline int fake_network_send(void *state, uint32_t to, uint32_t tag, const void *data,
                                    size_t bytes, void **request) {
    const fake_end *end = state;
    fake_network *network = end->network;
    fake_letter *letter = malloc(sizeof *letter + bytes), **last = &network->letters;
    fake_request *made = calloc(1, sizeof *made);
    if (letter == NULL || made == NULL)
        abort();
    (void)pthread_mutex_lock(&network->lock);
    uint64_t *free_ns = &network->free_ns[end->rank][to];
    const uint64_t now = fake_network_now(), start = now > *free_ns ? now : *free_ns;
    *free_ns = start + (uint64_t)((double)bytes * network->byte_ns);
    *letter = (fake_letter){.from = end->rank,
                            .to = to,
                            .tag = tag,
                            .arrives_ns = *free_ns + (uint64_t)network->latency_ns,
                            .bytes = bytes};
    memcpy(letter->data, data, bytes);
    while (*last != NULL)
        last = &(*last)->next;
    *last = letter;
    network->sent_bytes += bytes;
    network->sent++;
    (void)pthread_mutex_unlock(&network->lock);
    *request = made;
    return 0;
}

static inline int fake_network_receive(void *state, uint32_t from, uint32_t tag, void *data,
                                       size_t bytes, void **request) {
    fake_end *end = state;
    fake_request *made = malloc(sizeof *made);
    if (made == NULL)
        abort();
    *made = (fake_request){end->awaited, true, from, tag, data, bytes};
    *request = end->awaited = made;
    return 0;
}

/* The first letter of this tag from there; it is waited for if it is on its way. */
static inline int fake_network_take(const fake_end *end, const fake_request *wanted, bool *done) {
    fake_network *network = end->network;
    fake_letter **at = &network->letters;
    while (*at != NULL &&
           ((*at)->to != end->rank || (*at)->from != wanted->from || (*at)->tag != wanted->tag))
        at = &(*at)->next;
    fake_letter *letter = *at;
    if (letter == NULL || letter->arrives_ns > fake_network_now())
        return 0;
    const int code = letter->bytes == wanted->bytes ? 0 : 77;
    if (code == 0)
        memcpy(wanted->data, letter->data, letter->bytes);
    *at = letter->next;
    free(letter);
    *done = true;
    return code;
}

static inline void fake_network_forget(fake_end *end, fake_request *over) {
    fake_request **at = &end->awaited;
    while (*at != NULL && *at != over)
        at = &(*at)->next;
    if (*at != NULL)
        *at = over->next;
    free(over);
}

static inline int fake_network_test(void *state, void **request, bool *done) {
    fake_end *end = state;
    fake_request *made = *request;
    int code = 0;
    *done = !made->receives;
    (void)pthread_mutex_lock(&end->network->lock);
    if (made->receives)
        code = fake_network_take(end, made, done);
    (void)pthread_mutex_unlock(&end->network->lock);
    if (*done) {
        fake_network_forget(end, made);
        *request = NULL;
    }
    return code;
}

static inline void fake_network_abort(void *state, int status) {
    const fake_end *end = state;
    (void)pthread_mutex_lock(&end->network->lock);
    end->network->aborted = (uint32_t)status;
    (void)pthread_mutex_unlock(&end->network->lock);
}

static inline void fake_network_close(void *state) {
    fake_end *end = state;
    while (end->awaited != NULL)
        fake_network_forget(end, end->awaited);
    free(end);
}

static inline void fake_network_begin(fake_network *network, uint32_t size, double latency_ns,
                                      double byte_ns) {
    *network = (fake_network){.size = size, .latency_ns = latency_ns, .byte_ns = byte_ns};
    (void)pthread_mutex_init(&network->lock, NULL);
}

static inline gf_ranks *fake_network_join(fake_network *network, uint32_t rank) {
    gf_ranks *ranks = NULL;
    gf_error error = GF_ERROR_INIT;
    fake_end *end = malloc(sizeof *end);
    if (end == NULL)
        abort();
    *end = (fake_end){network, rank, NULL};
    const gf_transport transport = {.abi = GF_TRANSPORT_ABI,
                                    .name = "a fake network",
                                    .rank = rank,
                                    .size = network->size,
                                    .local_rank = rank,
                                    .local_size = network->size,
                                    .state = end,
                                    .send = fake_network_send,
                                    .receive = fake_network_receive,
                                    .test = fake_network_test,
                                    .abort = fake_network_abort,
                                    .close = fake_network_close};
    if (gf_ranks_create(&transport, &ranks, &error) != GF_OK)
        abort();
    return ranks;
}

/* What each rank does, in a thread of its own. */
typedef void (*fake_rank_work)(gf_ranks *ranks, void *context);

typedef struct fake_rank {
    gf_ranks *ranks;
    fake_rank_work work;
    void *context;
    pthread_t thread;
} fake_rank;

static inline void *fake_rank_run(void *context) {
    const fake_rank *rank = context;
    rank->work(rank->ranks, rank->context);
    return NULL;
}

/* Returns once all ranks have come to their end. */
static inline void fake_network_run(fake_network *network, fake_rank_work work, void *context) {
    fake_rank ranks[FAKE_MOST_RANKS];
    for (uint32_t i = 0; i < network->size; i++) {
        ranks[i] =
            (fake_rank){.ranks = fake_network_join(network, i), .work = work, .context = context};
        if (pthread_create(&ranks[i].thread, NULL, fake_rank_run, &ranks[i]) != 0)
            abort();
    }
    for (uint32_t i = 0; i < network->size; i++) {
        (void)pthread_join(ranks[i].thread, NULL);
        gf_ranks_close(ranks[i].ranks);
    }
}
