/* What the manual pages and the completions of shells say of an option: of a command or of a
 * workload's parameter, in one form. */
#pragma once

#include "options/command.h"

/* What the text of an option, or an operand, can be completed with. */
typedef struct doc_values {
    bool takes_text;  /* false: a flag */
    char words[160];  /* these words, separated by blanks */
    bool files;       /* a file, too */
    bool folders;     /* a folder, too */
    cli_values table; /* CLI_AS_SHOWN: nothing else */
} doc_values;

typedef struct doc_entry {
    const char *name;
    char letter;             /* or 0 */
    const char *placeholder; /* or NULL */
    char text[512];
    doc_values values;
} doc_entry;

/* A title, and what stands under it. */
typedef struct doc_group {
    const char *title;
    doc_entry *entries;
    size_t count;
} doc_group;

/* The groups of a command's options, the last of which has no entries; NULL: no memory. */
doc_group *entry_groups_of(const cli_command *command);
void entry_groups_free(doc_group *groups);

/* The parameters of a workload. `entries` NULL: no memory. To be freed by entry_group_clear. */
doc_group entry_params_of(const gf_workload *workload);
void entry_group_clear(doc_group *group);

/* Whether one of the groups has the letter: it is then no parameter's. */
bool entry_has_letter(const doc_group *groups, char letter);

/* Whether values of the parameter are numbers, which a sweep can vary. */
bool entry_is_number(const gf_param *param);
