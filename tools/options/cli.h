/* The command line: options come from tables, those of the tool and those of the workloads. */
#ifndef GF_TOOLS_CLI_H
#define GF_TOOLS_CLI_H

#include "gpufare.h"

/* What an option's text becomes, and the type of the field that takes it. */
typedef enum cli_kind {
    CLI_FLAG, /* no text; bool */
    CLI_TEXT, /* const char *, which points into argv */
    CLI_UINT, /* uint64_t */
    CLI_REAL, /* double, finite */
    CLI_WORD  /* uint64_t: the index of one of `words` */
} cli_kind;

/* One row of an option table. */
typedef struct cli_option {
    const char *name; /* the long option, without dashes */
    char letter;      /* the short option, or 0 */
    cli_kind kind;
    size_t offset;            /* of the field, in the struct that takes the options */
    uint64_t min, max;        /* inclusive range of CLI_UINT and CLI_REAL */
    const char *const *words; /* CLI_WORD, ended by NULL */
    const char *placeholder;  /* for help; NULL for a flag */
    const char *help;         /* one line */
    bool once;                /* CLI_TEXT whose default is NULL: refused when it is given again */
} cli_option;

/* A titled part of a table. */
typedef struct cli_group {
    const char *title;
    const cli_option *options;
    size_t count;
} cli_group;

typedef struct cli_command {
    const char *name;
    const char *synopsis; /* what follows the name */
    const char *summary;
    const cli_group *const *groups; /* ended by NULL */
    const void *defaults;           /* a struct that holds the options' defaults */
    bool has_workload; /* the first operand is a workload, whose parameters are options too */
} cli_command;

/* A workload's parameter as it was given: by name, or by letter if name is NULL. */
typedef struct cli_assignment {
    const char *name;
    char letter;
    const char *text;
} cli_assignment;

/* What a command line said, besides what went into the fields. */
typedef struct cli_request {
    const char **operands;
    size_t operand_count;
    cli_assignment *assignments;
    size_t assignment_count;
    bool answered; /* --help or --version was given and has been answered: nothing is left to do */
} cli_request;

/* Parses argv; argv[0] is the command's name. `fields` is a struct with the layout of
 * command->defaults, which holds the defaults. GF_USAGE with a message that names the option, the
 * value and what to give instead. The request must be cleared, also after a failure. */
gf_status cli_parse(const cli_command *command, int argc, char **argv, void *fields,
                    cli_request *request, gf_error *error);
void cli_request_clear(cli_request *request);

/* GF_USAGE when a command that takes no operands got some. */
gf_status cli_no_operands(const cli_command *command, const cli_request *request, gf_error *error);

/* Hands the assignments to the values of the workload that the operand named. */
gf_status cli_assign(const cli_command *command, const cli_request *request,
                     const gf_workload *workload, gf_params *params, gf_error *error);

/* The candidate nearest to `word`, or NULL when none is near. Starts with *best NULL and *distance
 * large, and is called for one candidate after the other. */
void cli_nearest(const char *word, const char *candidate, const char **best, size_t *distance);

/* Flushes stdout; GF_FAILED when anything written to it was lost. */
gf_status cli_flush_stdout(gf_error *error);

#endif
