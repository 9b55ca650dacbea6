/* Output streams. */
#ifndef GF_STREAM_H
#define GF_STREAM_H

#include "gpufare.h"

/* Flushes. GF_FAILED when that fails, with the reason, or when an earlier write failed. */
gf_status gf_check_stream(FILE *stream, gf_error *error);

#endif
