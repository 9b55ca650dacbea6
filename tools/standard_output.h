/* Output on stdout. */
#pragma once

#include "gpufare.h"

/* Flushes stdout; GF_FAILED when anything written to it was lost. */
gf_status standard_output_flush(gf_error *error);
