/* Names that C, OpenCL C and the tool's options can all have. */
#pragma once

#include "gpufare.h"

#define GF_IDENTIFIER_LENGTH 31

/* NULL: the name will do. Otherwise why not and what to write instead, to go behind the name: " is
 * a word of C; choose another name". */
const char *gf_identifier_refuse(const char *name);
