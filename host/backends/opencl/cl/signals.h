/* Signal handlers. Drivers install some when they first touch a device (PoCL: 15 of them, SIGINT
 * among them), which would replace those with which the program ends cleanly. */
#pragma once

typedef struct gf_cl_signals gf_cl_signals;

/* Saves all signal handlers. NULL when out of memory: then nothing is restored. */
gf_cl_signals *gf_cl_signals_save(void);

/* Puts back each handler that has changed, and frees. Accepts NULL. */
void gf_cl_signals_restore(gf_cl_signals *signals);
