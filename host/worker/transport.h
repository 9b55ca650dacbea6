/* Whole messages, and with them a descriptor, over a socket. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum gf_receipt {
    GF_RECEIVED,
    GF_RECEIVED_NOTHING, /* there is no message yet */
    GF_RECEIVED_END,     /* the other side is gone */
    GF_RECEIVED_TOO_MUCH /* the message is longer than the memory for it */
} gf_receipt;

/* `descriptor`: -1, or one that the other side gets a copy of. false: the other side is gone. */
bool gf_transport_send(int socket, const void *bytes, size_t count, int descriptor);

/* Takes one message, `*count` bytes of it. `wait`: until there is one. `descriptor` NULL: one that
 * comes with the message is closed; else -1 or the descriptor, which the caller closes. */
gf_receipt gf_transport_receive(int socket, bool wait, void *bytes, size_t size, size_t *count,
                                int *descriptor);
