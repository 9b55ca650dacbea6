#include "os/helpers.h"

#include <stdatomic.h>

static _Atomic pid_t helpers[GF_MAX_HELPERS]; /* 0: a free place */

static void replace(pid_t before, pid_t after) {
    for (size_t i = 0; i < GF_MAX_HELPERS; i++) {
        pid_t expected = before;
        if (atomic_compare_exchange_strong(&helpers[i], &expected, after))
            return;
    }
}

void gf_helpers_add(pid_t pid) {
    replace(0, pid);
}

void gf_helpers_remove(pid_t pid) {
    if (pid != 0)
        replace(pid, 0);
}

size_t gf_helpers_list(pid_t pids[GF_MAX_HELPERS]) {
    size_t count = 0;
    for (size_t i = 0; i < GF_MAX_HELPERS; i++) {
        const pid_t pid = atomic_load(&helpers[i]);
        if (pid != 0)
            pids[count++] = pid;
    }
    return count;
}
