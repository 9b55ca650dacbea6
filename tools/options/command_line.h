/* Commands as a shell reads them. */
#pragma once

#include "base/text.h"

/* Appends a blank and a word, in quotes unless it is plain. */
void command_line_add(gf_text *text, const char *word);
/* "gpufare run julia --size '64 x 48'". The caller frees it. NULL: no memory, as the error says. */
char *command_line_create(int argc, char **argv, gf_error *error);
