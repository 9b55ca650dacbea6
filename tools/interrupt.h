/* Ctrl-C: the first one asks the work to end, the second ends the program. */
#ifndef GF_TOOLS_INTERRUPT_H
#define GF_TOOLS_INTERRUPT_H

#include "gpufare.h"

/* Takes over SIGINT and SIGTERM, and makes writes to a closed pipe fail instead of killing. */
void interrupt_install(void);

/* Becomes non-zero with the first signal. */
const volatile sig_atomic_t *interrupt_flag(void);

/* GF_OK, or GF_INTERRUPTED with its message once a signal has come. */
gf_status interrupt_check(gf_error *error);

#endif
