#include "base/array.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

gf_status gf_array_grow(void *items, size_t count, size_t item_bytes, gf_error *error) {
    if (count != 0 && (count & (count - 1)) != 0)
        return GF_OK;
    const size_t room = count == 0 ? 1 : 2 * count;
    void *old = NULL;
    memcpy(&old, items, sizeof old);
    void *grown = reallocarray(old, room, item_bytes);
    if (grown == NULL)
        return gf_error_no_memory(error, "a list", room * item_bytes);
    memcpy(items, &grown, sizeof grown);
    return GF_OK;
}
