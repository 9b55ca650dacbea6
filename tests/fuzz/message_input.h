/* The input of a fuzzer as messages between a worker and its parent. */
#pragma once

#include <stdint.h>
#include <string.h>

#include "memory_files.h"
#include "worker/message.h"

static const uint8_t *input;
static size_t input_left;

static uint8_t next_byte(void) {
    if (input_left == 0)
        return 0;
    input_left--;
    return *input++;
}

/* Two bytes of length and as many of content: the whole message if it is raw, else what follows a
 * right header. Returns the number of bytes. */
static size_t next_message(bool raw, gf_request request, bool is_reply, uint32_t serial,
                           void *bytes, size_t size) {
    static gf_message made;
    size_t length = next_byte();
    length |= (size_t)next_byte() << 8;
    length = length < input_left ? length : input_left;
    length = raw && length > size ? size : length;
    gf_message_begin(&made, request, is_reply, serial);
    gf_wire_put(&made.wire, input, length);
    if (!raw && !gf_message_end(&made))
        fuzz_fail("a message does not fit");
    memcpy(bytes, raw ? input : made.bytes, raw ? length : made.wire.used);
    input += length;
    input_left -= length;
    return raw ? length : made.wire.used;
}
