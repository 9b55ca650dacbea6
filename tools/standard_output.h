/* Output on stdout. */
#ifndef GF_TOOLS_STANDARD_OUTPUT_H
#define GF_TOOLS_STANDARD_OUTPUT_H

#include "gpufare.h"

/* Flushes stdout; GF_FAILED when anything written to it was lost. */
gf_status standard_output_flush(gf_error *error);

#endif
