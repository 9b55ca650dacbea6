/* Signal handlers that drivers replace. */
#ifndef GF_SIGNALS_H
#define GF_SIGNALS_H

#include "backends/opencl/cl/cl_types.h"

/* Remembers all signal handlers. NULL when memory is out: then nothing is restored. */
gf_cl_signals *gf_cl_signals_save(void);

/* Puts back each handler that has changed, and frees. Accepts NULL. */
void gf_cl_signals_restore(gf_cl_signals *signals);

#endif
