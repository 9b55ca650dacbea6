/* Arrays that grow. */
#pragma once

#include "gpufare.h"

/* Elements of an array whose length the compiler knows. */
#define GF_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Makes room for one more item. `items` is the address of the pointer to `count` items of
 * `item_bytes` bytes; the pointer stays valid on failure (GF_FAILED: no memory). The capacity is
 * the next power of two, so that it need not be stored. */
gf_status gf_array_grow(void *items, size_t count, size_t item_bytes, gf_error *error);
