#include "interrupts.h"

#include <stddef.h>

static volatile sig_atomic_t *volatile current;
static struct sigaction before;

static void note(int signal_number) {
    volatile sig_atomic_t *const flag = current;
    (void)signal_number;
    if (flag != NULL)
        *flag = 1;
}

bool gpufare_interrupts_begin(volatile sig_atomic_t *flag) {
    /* SA_RESTART: the signal must not fail a read or a write. */
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (current != NULL)
        return false;
    current = flag;
    if (sigaction(SIGINT, &action, &before) == 0)
        return true;
    current = NULL;
    return false;
}

void gpufare_interrupts_end(void) {
    (void)sigaction(SIGINT, &before, NULL);
    current = NULL;
}
