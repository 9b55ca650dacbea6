/* Parsing the command line: options come from tables, those of the tool and those of the workloads.
 */
#pragma once

#include "options/command.h"

/* A workload's parameter as it was given: by name, or by letter if name is NULL. */
typedef struct cli_assignment {
    const char *name;
    char letter;
    const char *text;
} cli_assignment;

/* The parts of a command line that are not settings. */
typedef struct cli_request {
    const char **operands;
    size_t operand_count;
    cli_assignment *assignments;
    size_t assignment_count;
    const cli_option **given; /* the command's own options with a value, in order */
    size_t given_count;
    bool answered; /* --help or --version was given and answered: no work remains */
} cli_request;

/* Parses argv, whose first word is the command's name, into settings that hold the defaults.
 * GF_USAGE with a message that names the option, its value and what to give instead. The request
 * must be cleared, also after a failure. */
gf_status cli_parse(const cli_command *command, int argc, char **argv, struct settings *settings,
                    cli_request *request, gf_error *error);
void cli_request_clear(cli_request *request);
/* Whether the command line gives the command's own option of this name, by it or by its letter, a
 * value. */
bool cli_is_given(const cli_request *request, const char *name);

/* Sets the parameters of the workload that the operand named, as the assignments ask. */
gf_status cli_assign(const cli_command *command, const cli_request *request,
                     const gf_workload *workload, gf_params *params, gf_error *error);
