/* Help texts, printed from the option tables. */
#pragma once

#include "options/command.h"

/* A command's help. `workload` may be NULL; otherwise its parameters and tunables are listed. */
void help_print_command(const cli_command *command, const gf_workload *workload);

/* A row for each workload. */
void help_print_workloads(void);

/* What each exit status means; ended by NULL. */
typedef struct help_exit_status {
    gf_status status;
    const char *meaning;
} help_exit_status;

extern const help_exit_status help_exit_statuses[];

/* The descriptions of an option with its default, of a parameter with its range, of a tunable. */
void help_describe_option(const cli_option *option, const struct settings *defaults, char *text,
                          size_t size);
void help_describe_param(const gf_param *param, char *text, size_t size);
void help_describe_tunable(const gf_tunable_info *tunable, char *text, size_t size);

/* One row: a left column, and a text that is wrapped into the right column. */
void help_print_row(const char *left, const char *text);
