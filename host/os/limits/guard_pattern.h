/* Bytes beside a buffer that nobody may change. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The bytes that are put there where guards need room of their own. Whole pages, so that buffers
 * begin where they would without them. */
#define GF_GUARD_BYTES ((size_t)4096)

/* What was changed on one side of a buffer. */
typedef struct gf_trespass {
    uint64_t bytes; /* that are not as they were; 0: nothing was changed */
    uint64_t away;  /* of the nearest: bytes between it and the buffer */
} gf_trespass;

void gf_guard_fill(void *memory, size_t bytes);
/* What has changed since. `before`: the memory lies before a buffer, and not behind it. */
gf_trespass gf_guard_compare(const void *memory, size_t bytes, int before);
