/* Output streams. */
#ifndef GF_STREAM_H
#define GF_STREAM_H

#include "gpufare.h"

/* Flushes. GF_FAILED with the reason when that fails or an earlier write has failed. */
gf_status gf_check_stream(FILE *stream, gf_error *error);

#endif
