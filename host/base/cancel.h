/* The flag by which a caller ends the work. */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether the flag is set. `cancel` may be NULL: never. */
static inline bool gf_cancelled(const volatile sig_atomic_t *cancel) {
    return cancel != NULL && *cancel != 0;
}
