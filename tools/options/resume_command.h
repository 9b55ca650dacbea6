/* The command that goes on from the states of another one. */
#pragma once

#include "base/text.h"

/* The command line as it was given, from the command's name on, but for what it went on from: it
 * goes on from `directory`. `ranks`: of the job that runs it; 0: it is a process of its own. */
void resume_command_add(gf_text *text, int argc, char **argv, const char *directory,
                        uint32_t ranks);
