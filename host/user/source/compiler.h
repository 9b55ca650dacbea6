/* The C compiler of the user: $CC, else cc. */
#pragma once

#include "gpufare.h"

typedef struct gf_compiler {
    char command[256];  /* "cc", "ccache gcc-12" */
    char identity[512]; /* changes when the program is another one; "" where it is not found */
} gf_compiler;

void gf_compiler_find(gf_compiler *compiler);

/* Runs it with these flags, separated by blanks, and then `arguments`, ended by NULL. GF_FAILED
 * when it is missing or fails: the error has its first error, `file` names what was compiled, and
 * the log is all that it said. */
gf_status gf_compiler_run(const gf_compiler *compiler, const char *flags, const char *more_flags,
                          const char *const *arguments, const char *file, gf_error *error);
