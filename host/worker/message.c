#include "worker/message.h"

#include <string.h>

#define MAGIC      UINT32_C(0x6b776667) /* "gfwk" */
#define REPLY_FLAG UINT32_C(0x80000000)

typedef struct header {
    uint32_t magic, protocol, kind, serial;
    uint64_t payload_bytes;
} header;

void gf_message_begin(gf_message *message, gf_request request, bool reply, uint32_t serial) {
    const header head = {MAGIC, GF_PROTOCOL, (uint32_t)request | (reply ? REPLY_FLAG : 0), serial,
                         0};
    message->wire = gf_wire_over(message->bytes, sizeof message->bytes);
    gf_wire_put(&message->wire, &head, sizeof head);
}

bool gf_message_end(gf_message *message) {
    const uint64_t payload_bytes = message->wire.used - sizeof(header);
    if (message->wire.bad)
        return false;
    memcpy(message->bytes + offsetof(header, payload_bytes), &payload_bytes, sizeof payload_bytes);
    return true;
}

static const char *check(gf_message *message, size_t length, header *head) {
    if (length < sizeof *head || length > sizeof message->bytes)
        return "a message of a wrong length";
    memcpy(head, message->bytes, sizeof *head);
    if (head->magic != MAGIC)
        return "a message that is none";
    if (head->protocol != GF_PROTOCOL)
        return "a message of another version of the protocol";
    if (head->payload_bytes != length - sizeof *head)
        return "a message that is not as long as it says";
    message->wire = gf_wire_over(message->bytes + sizeof *head, length - sizeof *head);
    return NULL;
}

const char *gf_message_check_reply(gf_message *message, size_t length, gf_request request,
                                   uint32_t serial) {
    header head;
    const char *wrong = check(message, length, &head);
    if (wrong != NULL)
        return wrong;
    if (head.kind != ((uint32_t)request | REPLY_FLAG) || head.serial != serial)
        return "a reply to another request";
    return NULL;
}

const char *gf_message_check_request(gf_message *message, size_t length, gf_request *request,
                                     uint32_t *serial) {
    header head;
    const char *wrong = check(message, length, &head);
    if (wrong != NULL)
        return wrong;
    if (head.kind >= GF_REQUEST_COUNT)
        return "a request that does not exist";
    *request = (gf_request)head.kind;
    *serial = head.serial;
    return NULL;
}

static const struct {
    const char *stage, *words;
} requests[GF_REQUEST_COUNT] = {
    [GF_REQUEST_LIST] = {"listing", "it listed its devices"},
    [GF_REQUEST_OPEN] = {"opening", "it opened the device"},
    [GF_REQUEST_FIND_FACTS] = {"opening", "small kernels found out what the device can do"},
    [GF_REQUEST_CLOSE] = {"closing", "it closed the device"},
    [GF_REQUEST_ARRAY_CREATE] = {"allocation", "it made host memory"},
    [GF_REQUEST_ARRAY_RELEASE] = {"release", "it released host memory"},
    [GF_REQUEST_BUFFER_CREATE] = {"allocation", "it made a buffer"},
    [GF_REQUEST_BUFFER_RELEASE] = {"release", "it released a buffer"},
    [GF_REQUEST_BUFFER_CLAIM] = {"transfer", "it gave a buffer back to the host"},
    [GF_REQUEST_BUFFER_WRITE] = {"transfer", "it wrote a buffer"},
    [GF_REQUEST_BUFFER_READ] = {"transfer", "it read a buffer"},
    [GF_REQUEST_BUFFER_TRESPASS] = {"transfer", "it transferred data"},
    [GF_REQUEST_PREPARE] = {"building", "it compiled the kernel"},
    [GF_REQUEST_PROGRAM_RELEASE] = {"release", "it released the kernel"},
    [GF_REQUEST_BUILD_HISTORY] = {"building", "its build was recorded"},
    [GF_REQUEST_COMPUTE] = {"launch", "the kernel ran"},
    [GF_REQUEST_ROUND_TRIP] = {"round trip", "a round trip ran"},
    [GF_REQUEST_PIPELINE_CREATE] = {"allocation", "it made a pipeline"},
    [GF_REQUEST_PIPELINE_RELEASE] = {"release", "it released a pipeline"},
    [GF_REQUEST_PIPELINE_RUN] = {"round trip", "a pipelined round trip ran"},
    [GF_REQUEST_BUILD_RECORD] = {"building", "it said how the kernel was built"},
    [GF_REQUEST_END] = {"closing", "it ended"},
};

const char *gf_request_words(gf_request request) {
    return requests[request].words;
}

const char *gf_request_stage(gf_request request) {
    return requests[request].stage;
}
