/* The ranks of a job: messages between them, and what is made of messages: barriers, gathering,
 * agreement. All of it is the same on every transport, and among the first ranks alone.
 *
 * After a failure here messages may be under way whose memory must stay, so that the process can
 * only end: gf_ranks_abort. */
#pragma once

#include "gpufare.h"
#include "ranks/transport.h"

struct gf_ranks {
    gf_transport transport;
    uint32_t rank, size;                 /* in this group: the first ranks of the job */
    const volatile sig_atomic_t *cancel; /* NULL, or: waiting ends when it is set */
    bool agreed;                         /* on the latest failure */
};

/* A message under way. */
typedef struct gf_message {
    void *request; /* NULL: done, or none */
    uint32_t peer;
} gf_message;

/* Tags of messages; those of this file's own are above them. */
#define GF_FIRST_OWN_TAG 1024

/* Makes the ranks of a transport that is open. */
gf_status gf_ranks_create(const gf_transport *transport, gf_ranks **ranks, gf_error *error);
/* The group of the first `size` ranks. A copy, which needs no closing and must not outlive *ranks.
 * Only its members may use it. */
gf_ranks gf_ranks_first(const gf_ranks *ranks, uint32_t size);

/* Begin a message of `bytes` bytes to or from another rank. The memory stays the message's until it
 * is done. None of no bytes is sent. */
gf_status gf_ranks_send(const gf_ranks *ranks, uint32_t to, uint32_t tag, const void *data,
                        size_t bytes, gf_message *message, gf_error *error);
gf_status gf_ranks_receive(const gf_ranks *ranks, uint32_t from, uint32_t tag, void *data,
                           size_t bytes, gf_message *message, gf_error *error);
/* Lets messages move; *done: all of them are. */
gf_status gf_ranks_test(const gf_ranks *ranks, gf_message *messages, uint32_t count, bool *done,
                        gf_error *error);
/* Waits for all of them. GF_INTERRUPTED when the flag is set meanwhile. Gives the core away while
 * it waits: ranks may share it. */
gf_status gf_ranks_wait(const gf_ranks *ranks, gf_message *messages, uint32_t count,
                        gf_error *error);

/* Whole messages; for data of any length. */
gf_status gf_ranks_send_all(const gf_ranks *ranks, uint32_t to, const void *data, size_t bytes,
                            gf_error *error);
gf_status gf_ranks_receive_all(const gf_ranks *ranks, uint32_t from, void *data, size_t bytes,
                               gf_error *error);

/* All ranks of the group call these. */
gf_status gf_ranks_barrier(const gf_ranks *ranks, gf_error *error);
gf_status gf_ranks_broadcast(const gf_ranks *ranks, void *data, size_t bytes, gf_error *error);
/* `all` on rank 0: those of all ranks, in their order; elsewhere it may be NULL. */
gf_status gf_ranks_gather(const gf_ranks *ranks, const void *mine, size_t bytes, void *all,
                          gf_error *error);
/* The same on every rank. */
gf_status gf_ranks_gather_everywhere(const gf_ranks *ranks, const void *mine, size_t bytes,
                                     void *all, gf_error *error);
