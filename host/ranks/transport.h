/* How the ranks of a job reach one another: a table that a plugin fills, one for each MPI, since
 * their handles have different types. Plain C, so that a plugin needs nothing else of gpufare. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GF_TRANSPORT_ABI 1

/* The most bytes of one message: MPI counts them in an int. */
#define GF_MOST_MESSAGE_BYTES ((size_t)1 << 30)

/* Slots return 0, or the transport's own code for what failed. One thread calls at a time, not
 * always the same one. */
typedef struct gf_transport {
    uint32_t abi;  /* GF_TRANSPORT_ABI */
    char name[96]; /* "Open MPI v4.1.4" */
    uint32_t rank, size;
    uint32_t local_rank, local_size; /* among the ranks of this host */
    void *state;
    /* Begin to move `bytes` bytes, GF_MOST_MESSAGE_BYTES at most, and return at once; the memory
     * stays the transfer's until `test` says that it is done. Messages between two ranks with one
     * tag arrive in order. A message of another length than is expected is a failure. */
    int (*send)(void *state, uint32_t to, uint32_t tag, const void *data, size_t bytes,
                void **request);
    int (*receive)(void *state, uint32_t from, uint32_t tag, void *data, size_t bytes,
                   void **request);
    /* Whether a transfer is done; if so frees its request and sets it to NULL. */
    int (*test)(void *state, void **request, bool *done);
    /* Ends all ranks; 1 <= status <= 255. May return. */
    void (*abort)(void *state, int status);
    /* Ends the use of the transport; all ranks come to it. */
    void (*close)(void *state);
} gf_transport;

/* The function of this name in a plugin: joins the job, which can be done once in a process, and
 * fills *transport. 0, or *why says what is wrong. */
typedef int (*gf_transport_open)(gf_transport *transport, char *why, size_t why_size);
#define GF_TRANSPORT_OPEN "gf_transport_open_1"
