#include "os/limits/guard_pattern.h"

/* No two neighbours are alike, so that no fill with one value looks like it; no f32 or f64 at a
 * multiple of its size is 0, 1 or NaN. */
static unsigned char pattern_at(size_t index) {
    return (unsigned char)(0xa7 + 29 * (index % 251));
}

void gf_guard_fill(void *memory, size_t bytes) {
    unsigned char *at = memory;
    for (size_t i = 0; i < bytes; i++)
        at[i] = pattern_at(i);
}

gf_trespass gf_guard_compare(const void *memory, size_t bytes, int before) {
    const unsigned char *at = memory;
    gf_trespass found = {0, 0};
    for (size_t i = 0; i < bytes; i++) {
        if (at[i] == pattern_at(i))
            continue;
        if (before || found.bytes == 0)
            found.away = before ? bytes - 1 - i : i;
        found.bytes++;
    }
    return found;
}
