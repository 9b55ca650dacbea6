/* Whole files of text. */
#pragma once

#include "manifest/pool.h"

/* The content of a regular file of at most `limit` bytes, with a closing zero, owned by the pool.
 * GF_FAILED when it can't be read; GF_USAGE when it is too large or has a zero byte. */
gf_status gf_text_file_read(const char *path, size_t limit, gf_pool *pool, char **text,
                            gf_error *error);
