#include "backends/opencl/cl/signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct gf_cl_signals {
    struct sigaction actions[NSIG];
    bool known[NSIG];
};

gf_cl_signals *gf_cl_signals_save(void) {
    gf_cl_signals *signals = calloc(1, sizeof *signals);
    if (signals == NULL)
        return NULL;
    /* For numbers that the C library reserves this fails, and they stay unknown. */
    for (int number = 1; number < NSIG; number++)
        signals->known[number] = sigaction(number, NULL, &signals->actions[number]) == 0;
    return signals;
}

/* sa_handler and sa_sigaction share their storage, so this compares both kinds. */
static bool same_handler(const struct sigaction *a, const struct sigaction *b) {
    return a->sa_handler == b->sa_handler && a->sa_flags == b->sa_flags;
}

void gf_cl_signals_restore(gf_cl_signals *signals) {
    if (signals == NULL)
        return;
    for (int number = 1; number < NSIG; number++) {
        struct sigaction now;
        if (signals->known[number] && sigaction(number, NULL, &now) == 0 &&
            !same_handler(&now, &signals->actions[number]))
            sigaction(number, &signals->actions[number], NULL);
    }
    free(signals);
}
