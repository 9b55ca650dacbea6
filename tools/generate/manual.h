/* Manual pages. Each function writes one and returns false when there is no memory; whether all was
 * written, the file's error flag says. */
#pragma once

#include "options/command.h"

bool manual_write_program(FILE *out, const cli_command *none, const char *templates);
bool manual_write_command(FILE *out, const cli_command *command, const char *templates);
bool manual_write_workloads(FILE *out, const cli_command *none, const char *templates);
