/* Streams. */
#pragma once

#include "gpufare.h"

/* Flushes. GF_FAILED when that fails, with the reason, or when an earlier write failed. */
gf_status gf_check_stream(FILE *stream, gf_error *error);
/* The first line of a file, without its newline; "" when it can't be read. */
void gf_read_line(const char *path, char *line, size_t size);
