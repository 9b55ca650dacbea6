/* The bytes of a message, written and read piece by piece. Both sides run on one machine, so
 * numbers keep its format. A piece that does not fit, or is not there, makes the wire bad; from
 * then on writing does nothing and reading gives zeros, so that one check at the end is enough. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gf_wire {
    unsigned char *bytes;
    size_t size; /* of the memory, when writing; of the content, when reading */
    size_t used;
    bool bad;
} gf_wire;

gf_wire gf_wire_over(void *bytes, size_t size);

void gf_wire_put(gf_wire *wire, const void *bytes, size_t count);
void gf_wire_put_u32(gf_wire *wire, uint32_t value);
void gf_wire_put_u64(gf_wire *wire, uint64_t value);
/* NULL is written as "". */
void gf_wire_put_text(gf_wire *wire, const char *text);

void gf_wire_get(gf_wire *wire, void *bytes, size_t count);
uint32_t gf_wire_get_u32(gf_wire *wire);
/* Bad when it is not below `limit`. */
uint32_t gf_wire_get_below(gf_wire *wire, uint32_t limit);
uint64_t gf_wire_get_u64(gf_wire *wire);
bool gf_wire_get_bool(gf_wire *wire);
/* Bad when the text needs more than `size` bytes or has a zero in it. */
void gf_wire_get_text(gf_wire *wire, char *text, size_t size);
/* The same in new memory, which the caller frees; NULL when bad or without memory. */
char *gf_wire_get_new_text(gf_wire *wire, size_t most);

/* Everything was read and was there. */
bool gf_wire_complete(const gf_wire *wire);
