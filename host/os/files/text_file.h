/* Whole files of text. */
#pragma once

#include "gpufare.h"

/* The content of a regular file of at most `limit` bytes, with a closing zero; the caller frees it.
 * GF_FAILED when it can't be read; GF_USAGE when it is no regular file, is too large or has a zero
 * byte. */
gf_status gf_text_file_read(const char *path, size_t limit, char **text, size_t *length,
                            gf_error *error);
