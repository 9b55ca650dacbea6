#define _GNU_SOURCE 1 /* MSG_CMSG_CLOEXEC */

#include "worker/transport.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

typedef union control {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
} control;

bool gf_transport_send(int socket, const void *bytes, size_t count, int descriptor) {
    struct iovec piece = {(void *)(uintptr_t)bytes, count}; /* which is only read */
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    control ancillary;
    memset(&ancillary, 0, sizeof ancillary);
    if (descriptor >= 0) {
        message.msg_control = ancillary.bytes;
        message.msg_controllen = sizeof ancillary.bytes;
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent >= 0 && (size_t)sent == count;
}

/* The descriptor that came with a message; -1: none. */
static int take_descriptor(struct msghdr *message) {
    int taken = -1;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
         part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS &&
            part->cmsg_len >= CMSG_LEN(sizeof taken))
            memcpy(&taken, CMSG_DATA(part), sizeof taken);
    }
    return taken;
}

gf_receipt gf_transport_receive(int socket, bool wait, void *bytes, size_t size, size_t *count,
                                int *descriptor) {
    struct iovec piece = {bytes, size};
    control ancillary;
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = ancillary.bytes,
                             .msg_controllen = sizeof ancillary.bytes};
    ssize_t received;
    do
        received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (received < 0 && errno == EINTR);
    if (received < 0)
        return errno == EAGAIN ? GF_RECEIVED_NOTHING : GF_RECEIVED_END;
    const int taken = take_descriptor(&message);
    if (descriptor != NULL)
        *descriptor = taken;
    else if (taken >= 0)
        close(taken);
    *count = (size_t)received;
    if (received == 0) /* no message of ours is empty */
        return GF_RECEIVED_END;
    return (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ? GF_RECEIVED_TOO_MUCH : GF_RECEIVED;
}
