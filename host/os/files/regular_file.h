/* Files that are read. */
#pragma once

#include <stdio.h>

#include "gpufare.h"

#define GF_IRREGULAR (-1)

/* Opens a regular file for reading; the caller closes it. NULL, with *code: errno, or GF_IRREGULAR
 * for what is none, since a pipe without a writer would wait and a device might never end. */
FILE *gf_regular_file_try(const char *path, int *code);

/* The same with an error: GF_USAGE when it is no regular file, and `remedy` says what to give
 * instead; else GF_FAILED, with what to do where there is no such file or it may not be read. */
gf_status gf_regular_file_open(const char *path, const char *remedy, FILE **stream,
                               gf_error *error);
