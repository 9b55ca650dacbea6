/* Ctrl-C while the library works: Python runs its own handler only between two of its instructions,
 * so that a call of minutes would not see it. */
#ifndef GPUFARE_PYTHON_INTERRUPTS_H
#define GPUFARE_PYTHON_INTERRUPTS_H

#include <signal.h>
#include <stdbool.h>

/* From now on SIGINT sets *flag, in place of what it did. false: the system refuses, or this is in
 * force already. For one thread, the one that Python's signals reach. */
bool gpufare_interrupts_begin(volatile sig_atomic_t *flag);
/* SIGINT does again what it did. */
void gpufare_interrupts_end(void);

#endif
