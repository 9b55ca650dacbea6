/* Help texts on stdout, printed from the option tables. */
#pragma once

#include "options/command.h"

/* A command's help. `workload` may be NULL; otherwise its parameters and tunables are listed. */
void help_print_command(const cli_command *command, const gf_workload *workload);

/* A row for each workload. */
void help_print_workloads(void);

/* One row: a left column, and a text that is wrapped into the right column. */
void help_print_row(const char *left, const char *text);
