/* Completions of shells. Each function copies the shell's template, a file of the folder
 * `templates`, and puts the tables of the program in the place of its line @TABLES@. They return
 * false when there is no memory or no template; whether all was written, the file's error flag
 * says. */
#pragma once

#include "options/command.h"

bool completion_write_bash(FILE *out, const cli_command *none, const char *templates);
bool completion_write_zsh(FILE *out, const cli_command *none, const char *templates);
bool completion_write_fish(FILE *out, const cli_command *none, const char *templates);
