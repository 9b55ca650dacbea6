/* Output streams. */
#pragma once

#include "gpufare.h"

/* Flushes. GF_FAILED when that fails, with the reason, or when an earlier write failed. */
gf_status gf_check_stream(FILE *stream, gf_error *error);
