/* Commands as a shell reads them. */
#pragma once

#include "base/text.h"

/* Appends a blank and a word, in quotes unless it is plain. */
void command_line_add(gf_text *text, const char *word);
/* "gpufare", or "mpirun -n 4 gpufare" of a job of 4 ranks; 0: it is a process of its own. Other
 * options of the launcher are not known. */
void command_line_begin(gf_text *text, uint32_t ranks);
/* "gpufare run julia --size '64 x 48'", with what began the job. The caller frees it. NULL: no
 * memory, as the error says. */
char *command_line_create(int argc, char **argv, uint32_t ranks, gf_error *error);
