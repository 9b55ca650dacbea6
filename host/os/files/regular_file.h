/* Files that are read. */
#pragma once

#include <stdio.h>

#include "gpufare.h"

/* Opens a file for reading; the caller closes it. GF_USAGE: it is no regular file (a pipe without a
 * writer would wait), and `remedy` says what to give instead. */
gf_status gf_regular_file_open(const char *path, const char *remedy, FILE **stream,
                               gf_error *error);
