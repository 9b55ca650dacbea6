/* The tables that describe commands and their options. */
#pragma once

#include "gpufare.h"

struct job;
struct settings;

/* What an option's text becomes, and the type of the field that takes it. */
typedef enum cli_kind {
    CLI_FLAG,  /* no text; bool */
    CLI_TEXT,  /* const char *, which points into argv */
    CLI_UINT,  /* uint64_t */
    CLI_REAL,  /* double, finite */
    CLI_SHARE, /* double, given in per cent: "5%" is 0.05; min and max in per cent, min excluded */
    CLI_WORD   /* uint64_t: the index of one of `words` */
} cli_kind;

/* What the shells complete an option's text with. */
typedef enum cli_values {
    CLI_AS_SHOWN, /* what the placeholder says: "a|b" words, "FILE..." files, "DIR" folders */
    CLI_DEVICES,  /* a list of devices */
    CLI_MODELS,   /* a list of models and files */
    CLI_NUMBERS,  /* a number of the workload, or "threads", and its range */
    CLI_TUNABLES  /* a list of the workload's tunables with their values */
} cli_values;

/* One row of an option table. */
typedef struct cli_option {
    const char *name; /* the long option, without dashes */
    char letter;      /* the short option, or 0 */
    cli_kind kind;
    size_t offset;            /* of the field in struct settings */
    uint64_t min, max;        /* inclusive range of CLI_UINT and CLI_REAL */
    const char *const *words; /* CLI_WORD, ended by NULL */
    const char *placeholder;  /* for help; NULL for a flag */
    const char *help;         /* one line */
    size_t most;              /* CLI_TEXT: how often it may be given; the field is an array of so
                                 many texts, NULL behind the last one. 0: the last one counts */
    cli_values values;
} cli_option;

/* What a command ends with, where that is not what every command does. */
typedef struct cli_exit_status {
    const char *status, *meaning; /* both NULL: the end */
} cli_exit_status;

/* A titled part of a table. */
typedef struct cli_group {
    const char *title;
    const cli_option *options;
    size_t count;
    const cli_exit_status *exits; /* of a command with this group; NULL: as of all others */
} cli_group;

#define CLI_GROUP(title, options) CLI_GROUP_WITH_EXITS(title, options, NULL)
#define CLI_GROUP_WITH_EXITS(title, options, exits)                                                \
    { title, options, sizeof(options) / sizeof(options)[0], exits }

/* What a command ends with; NULL: what all commands do. */
static inline const cli_exit_status *cli_exits_of(const cli_group *const *groups) {
    const cli_exit_status *exits = NULL;
    for (; *groups != NULL; groups++)
        exits = (*groups)->exits != NULL ? (*groups)->exits : exits;
    return exits;
}

typedef enum cli_operands {
    CLI_NONE,
    CLI_WORKLOAD, /* one workload, whose parameters are options too */
    CLI_OPTIONAL, /* one workload, without its parameters, or none */
    /* The command interprets these: */
    CLI_WORDS,    /* files */
    CLI_PROGRAM,  /* a program and its arguments, after -- */
    CLI_NAME,     /* a name that is new */
    CLI_LISTED,   /* names of models, or files */
    CLI_PICTURES, /* a word of png_words, then files */
    CLI_BUNDLES   /* a word of bundle_words, then a file */
} cli_operands;

/* In a job of several ranks: */
typedef enum {
    CLI_RANKS_FIRST,    /* only the first rank does the command */
    CLI_RANKS_TOGETHER, /* all of them do it as one, and the first one prints */
    CLI_RANKS_ALONE     /* each rank does and prints its own */
} cli_ranks;

typedef struct cli_command {
    const char *name;
    const char *synopsis; /* the rest of the usage line */
    const char *summary;
    const cli_group *const *groups; /* ended by NULL */
    void (*defaults)(struct settings *settings);
    cli_operands operands;
    /* Does the work. The job is parsed and its settings are checked; the caller closes it. Returns
     * the status to exit with; unless that is GF_OK, or the result was printed, the error says why.
     */
    gf_status (*action)(struct job *job, gf_error *error);
    cli_ranks ranks;
} cli_command;
