#include "generate/entry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "options/help.h"
#include "options/settings.h"

/* Placeholders say what there is to choose: "a|b", "FILE.png", "DIR", "a|FILE.npy". */
static void read_placeholder(const char *placeholder, doc_values *values) {
    gf_text words = gf_text_in(values->words, sizeof values->words);
    const bool several = strchr(placeholder, '|') != NULL;
    for (const char *word = placeholder; *word != '\0';) {
        const size_t length = strcspn(word, "|");
        if (strncmp(word, "FILE", strlen("FILE")) == 0)
            values->files = true;
        else if (length == strlen("DIR") && strncmp(word, "DIR", length) == 0)
            values->folders = true;
        else if (several && islower((unsigned char)word[0]))
            gf_text_add(&words, "%s%.*s", words.used == 0 ? "" : " ", (int)length, word);
        word += length;
        word += *word == '|';
    }
}

static doc_values values_of(const char *placeholder, cli_values table) {
    doc_values values = {.takes_text = placeholder != NULL, .table = table};
    if (placeholder != NULL)
        read_placeholder(placeholder, &values);
    return values;
}

static doc_entry entry_of_option(const cli_option *option, const struct settings *defaults) {
    doc_entry made = {.name = option->name,
                      .letter = option->letter,
                      .placeholder = option->placeholder,
                      .values = values_of(option->placeholder, option->values)};
    help_describe_option(option, defaults, made.text, sizeof made.text);
    return made;
}

static bool fill_group(const cli_group *group, const struct settings *defaults, doc_group *made) {
    *made =
        (doc_group){.title = group->title, .entries = calloc(group->count, sizeof *made->entries)};
    if (made->entries == NULL)
        return false;
    for (made->count = 0; made->count < group->count; made->count++)
        made->entries[made->count] = entry_of_option(&group->options[made->count], defaults);
    return true;
}

/* What every command has. */
static bool fill_general(doc_group *made) {
    static const doc_entry general[] = {
        {.name = "help", .letter = 'h', .text = "print the options with their defaults"},
        {.name = "version", .letter = 'V', .text = "print the version"}};
    *made = (doc_group){.title = "General", .entries = malloc(sizeof general)};
    if (made->entries == NULL)
        return false;
    memcpy(made->entries, general, sizeof general);
    made->count = sizeof general / sizeof general[0];
    return true;
}

doc_group *entry_groups_of(const cli_command *command) {
    size_t count = 0;
    while (command->groups[count] != NULL)
        count++;
    doc_group *groups = calloc(count + 2, sizeof *groups);
    if (groups == NULL)
        return NULL;
    struct settings defaults;
    command->defaults(&defaults);
    bool good = true;
    for (size_t i = 0; good && i < count; i++)
        good = fill_group(command->groups[i], &defaults, &groups[i]);
    good = good && fill_general(&groups[count]);
    if (good)
        return groups;
    entry_groups_free(groups);
    return NULL;
}

void entry_groups_free(doc_group *groups) {
    for (doc_group *group = groups; group != NULL && group->entries != NULL; group++)
        free(group->entries);
    free(groups);
}

doc_group entry_params_of(const gf_workload *workload) {
    size_t count = 0;
    const gf_param *params = gf_workload_params(workload, &count);
    doc_group group = {.title = "Problem", .entries = calloc(count + 1, sizeof(doc_entry))};
    for (size_t i = 0; group.entries != NULL && i < count; i++) {
        doc_entry *made = &group.entries[group.count++];
        *made = (doc_entry){.name = params[i].name,
                            .letter = params[i].letter,
                            .placeholder = params[i].placeholder,
                            .values = values_of(params[i].placeholder, CLI_AS_SHOWN)};
        help_describe_param(&params[i], made->text, sizeof made->text);
    }
    return group;
}

void entry_group_clear(doc_group *group) {
    free(group->entries);
    *group = (doc_group){0};
}

bool entry_has_letter(const doc_group *groups, char letter) {
    for (const doc_group *group = groups; group->entries != NULL; group++) {
        for (size_t i = 0; i < group->count; i++) {
            if (group->entries[i].letter == letter)
                return true;
        }
    }
    return false;
}

bool entry_is_number(const gf_param *param) {
    return param->type == GF_PARAM_SIZE || param->type == GF_PARAM_UINT ||
           param->type == GF_PARAM_REAL;
}
