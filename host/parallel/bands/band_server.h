/* The queue of bands, which rank 0 has and serves.
 *
 * A one-sided counter would need its target inside MPI, which computes meanwhile; so the other
 * ranks ask by messages, and a thread of rank 0 answers while the main one computes. Until
 * gf_band_server_end nothing else on rank 0 may use the ranks. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "backends/device_set/band_queue.h"
#include "ranks/ranks.h"

/* Another rank that asks for bands. */
typedef struct gf_band_client gf_band_client;

typedef struct gf_band_server {
    const gf_ranks *ranks;
    pthread_mutex_t lock; /* of the queue */
    gf_band_queue queue;  /* of chunks; what its members are, ranks are here */
    gf_part left_out;     /* chunks that nobody took, since an earlier one has settled the result */
    gf_band_client *clients;
    atomic_bool stop;
    bool runs;
    pthread_t thread;
    gf_status status;
    gf_error failure;
} gf_band_server;

/* On rank 0. Without a thread the others are answered at the end. The server must not move. */
gf_status gf_band_server_begin(gf_band_server *server, const gf_ranks *ranks,
                               const gf_band_queue *queue, gf_error *error);
/* Rank 0's own next band, of chunks; count 0: there is none for it. `settled`: a band that it has
 * computed settles the result, so that nobody takes more. */
gf_part gf_band_server_take(gf_band_server *server, bool settled);
/* Answers until all others know that there is no more. After a failure of rank 0 itself (`status`)
 * it answers no more, and keeps the memory of messages. */
gf_status gf_band_server_end(gf_band_server *server, gf_status status, gf_error *error);

/* A band that another rank asks for. It must not move meanwhile. */
typedef struct gf_band_request {
    uint64_t settled;
    gf_part chunks;
    gf_message messages[2];
} gf_band_request;

/* On another rank: asks before the band is needed, since the answer may take some milliseconds
 * where rank 0 keeps all of its cores busy. */
gf_status gf_band_request_begin(const gf_ranks *ranks, bool settled, gf_band_request *request,
                                gf_error *error);
/* Waits for request->chunks. */
gf_status gf_band_request_end(const gf_ranks *ranks, gf_band_request *request, gf_error *error);
