#include "backends/opencl/cl/signals.h"
#include "backends/opencl/cl/cl_types.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct gf_cl_signals {
    struct sigaction actions[NSIG];
    bool known[NSIG];
};

gf_cl_signals *gf_cl_signals_save(void) {
    gf_cl_signals *signals = calloc(1, sizeof *signals);
    if (signals == NULL)
        return NULL;
    /* Numbers that the C library keeps for itself fail and stay unknown. */
    for (int number = 1; number < NSIG; number++)
        signals->known[number] = sigaction(number, NULL, &signals->actions[number]) == 0;
    return signals;
}

/* sa_handler and sa_sigaction share their place, so this compares both kinds. */
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
