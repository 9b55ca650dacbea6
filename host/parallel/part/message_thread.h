/* A thread that lets messages move while the caller computes: MPI may need a call for each step of
 * a transfer. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "ranks/ranks.h"

typedef struct gf_message_thread {
    const gf_ranks *ranks;
    gf_message *messages;
    uint32_t count;
    atomic_bool stop;
    bool runs;
    pthread_t thread;
    gf_status status;
    gf_error failure;
} gf_message_thread;

/* Until gf_message_thread_end nothing else may use the ranks. Without a thread the messages move
 * later, when they are waited for. */
void gf_message_thread_begin(gf_message_thread *moved, const gf_ranks *ranks, gf_message *messages,
                             uint32_t count);
gf_status gf_message_thread_end(gf_message_thread *moved, gf_error *error);
