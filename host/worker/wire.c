#include "worker/wire.h"

#include <stdlib.h>
#include <string.h>

gf_wire gf_wire_over(void *bytes, size_t size) {
    return (gf_wire){.bytes = bytes, .size = size};
}

/* The place of the next `count` bytes; NULL when they don't fit. */
static unsigned char *advance(gf_wire *wire, size_t count) {
    if (wire->bad || count > wire->size - wire->used) {
        wire->bad = true;
        return NULL;
    }
    unsigned char *place = wire->bytes + wire->used;
    wire->used += count;
    return place;
}

void gf_wire_put(gf_wire *wire, const void *bytes, size_t count) {
    unsigned char *place = advance(wire, count);
    if (place != NULL && count > 0)
        memcpy(place, bytes, count);
}

void gf_wire_put_u32(gf_wire *wire, uint32_t value) {
    gf_wire_put(wire, &value, sizeof value);
}

void gf_wire_put_u64(gf_wire *wire, uint64_t value) {
    gf_wire_put(wire, &value, sizeof value);
}

void gf_wire_put_text(gf_wire *wire, const char *text) {
    const size_t length = text == NULL ? 0 : strlen(text);
    if (length > UINT32_MAX) {
        wire->bad = true;
        return;
    }
    gf_wire_put_u32(wire, (uint32_t)length);
    gf_wire_put(wire, text, length);
}

void gf_wire_get(gf_wire *wire, void *bytes, size_t count) {
    const unsigned char *place = advance(wire, count);
    if (count == 0)
        return;
    if (place != NULL)
        memcpy(bytes, place, count);
    else
        memset(bytes, 0, count);
}

uint32_t gf_wire_get_u32(gf_wire *wire) {
    uint32_t value = 0;
    gf_wire_get(wire, &value, sizeof value);
    return value;
}

uint32_t gf_wire_get_below(gf_wire *wire, uint32_t limit) {
    const uint32_t value = gf_wire_get_u32(wire);
    if (value < limit)
        return value;
    wire->bad = true;
    return 0;
}

uint64_t gf_wire_get_u64(gf_wire *wire) {
    uint64_t value = 0;
    gf_wire_get(wire, &value, sizeof value);
    return value;
}

bool gf_wire_get_bool(gf_wire *wire) {
    return gf_wire_get_below(wire, 2) != 0;
}

void gf_wire_get_text(gf_wire *wire, char *text, size_t size) {
    const size_t length = gf_wire_get_u32(wire);
    text[0] = '\0';
    if (length >= size)
        wire->bad = true;
    const unsigned char *place = advance(wire, length);
    if (place == NULL || length == 0)
        return;
    if (memchr(place, '\0', length) != NULL) {
        wire->bad = true;
        return;
    }
    memcpy(text, place, length);
    text[length] = '\0';
}

char *gf_wire_get_new_text(gf_wire *wire, size_t most) {
    gf_wire ahead = *wire;
    const size_t length = gf_wire_get_u32(&ahead);
    if (ahead.bad || length > most || length > ahead.size - ahead.used) {
        wire->bad = true;
        return NULL;
    }
    char *text = malloc(length + 1);
    if (text == NULL) {
        wire->bad = true;
        return NULL;
    }
    gf_wire_get_text(wire, text, length + 1);
    if (!wire->bad)
        return text;
    free(text);
    return NULL;
}

bool gf_wire_complete(const gf_wire *wire) {
    return !wire->bad && wire->used == wire->size;
}
