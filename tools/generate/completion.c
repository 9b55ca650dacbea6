#include "generate/completion.h"

#include <string.h>

#include "generate/entry.h"
#include "verbs/verbs.h"

/* A table as text between single quotes: lines of fields, separated by |.
 *     verb|NAME|first operand|further operands|parameters, or nothing|summary
 *     workload|NAME|numbers|tunables|summary
 *     option|VERB|-x or nothing|--NAME|values; nothing: a flag|text
 *     parameter|WORKLOAD|...as of options
 * Operands and values are words to choose from, separated by blanks; those that begin with @ stand
 * for files, devices and the like, which the shells find. */
struct table {
    FILE *out;
    const char *quote; /* what stands for a single quote in the shell's text */
    bool escapes_backslash;
};

static void print_text(const struct table *table, const char *text) {
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs(table->quote, table->out);
        else if (*text == '\\' && table->escapes_backslash)
            fputs("\\\\", table->out);
        else if (*text != '`')
            fputc(*text, table->out);
    }
}

static void print_field(const struct table *table, const char *text) {
    print_text(table, text);
    fputc('|', table->out);
}

static void print_last_field(const struct table *table, const char *text) {
    print_text(table, text);
    fputc('\n', table->out);
}

/* ---- Rows -------------------------------------------------------------- */

/* Files follow one of these. */
static void print_words(const struct table *table, const char *const *words) {
    for (size_t i = 0; words[i] != NULL; i++)
        fprintf(table->out, "%s%s", i == 0 ? "" : " ", words[i]);
    fputs("|@files||", table->out);
}

static void print_operands(const struct table *table, const cli_command *command) {
    switch (command->operands) {
    case CLI_WORKLOAD:
        fputs("@workloads @files|@free|parameters|", table->out);
        break;
    case CLI_OPTIONAL:
        fputs("@workloads @files|@free||", table->out);
        break;
    case CLI_WORDS:
    case CLI_PROGRAM:
        fputs("@files|@files||", table->out);
        break;
    case CLI_LISTED:
        fputs("@model @files|@model @files||", table->out);
        break;
    case CLI_PICTURES:
        print_words(table, png_words);
        break;
    case CLI_BUNDLES:
        print_words(table, bundle_words);
        break;
    case CLI_NONE:
    case CLI_NAME:
        fputs("@free|@free||", table->out);
        break;
    }
}

static void print_values(const struct table *table, const doc_values *values) {
    static const char *const tables[] = {[CLI_AS_SHOWN] = "@free",
                                         [CLI_DEVICES] = "@devices",
                                         [CLI_MODELS] = "@models @files",
                                         [CLI_NUMBERS] = "@numbers",
                                         [CLI_TUNABLES] = "@tunables"};
    const bool shown = values->words[0] != '\0' || values->files || values->folders;
    if (values->takes_text)
        fprintf(table->out, "%s%s%s%s", values->words, values->files ? " @files" : "",
                values->folders ? " @folders" : "", shown ? "" : tables[values->table]);
    fputc('|', table->out);
}

/* `taken` NULL: an option. Else a parameter, which has no letter that is an option's. */
static void print_entry(const struct table *table, const char *owner, const doc_entry *entry,
                        const doc_group *taken) {
    fprintf(table->out, "%s|%s|", taken == NULL ? "option" : "parameter", owner);
    if (entry->letter != 0 && (taken == NULL || !entry_has_letter(taken, entry->letter)))
        fprintf(table->out, "-%c", entry->letter);
    fprintf(table->out, "|--%s|", entry->name);
    print_values(table, &entry->values);
    print_last_field(table, entry->text);
}

static bool print_verb(const struct table *table, const cli_command *command) {
    doc_group *groups = entry_groups_of(command);
    if (groups == NULL)
        return false;
    fprintf(table->out, "verb|%s|", command->name);
    print_operands(table, command);
    print_last_field(table, command->summary);
    for (const doc_group *group = groups; group->entries != NULL; group++) {
        for (size_t i = 0; i < group->count; i++)
            print_entry(table, command->name, &group->entries[i], NULL);
    }
    entry_groups_free(groups);
    return true;
}

/* "size= steps= threads=" */
static void print_numbers(const struct table *table, const gf_workload *workload) {
    size_t count = 0;
    const gf_param *params = gf_workload_params(workload, &count);
    for (size_t i = 0; i < count; i++) {
        if (entry_is_number(&params[i]))
            fprintf(table->out, "%s= ", params[i].name);
    }
    fputs("threads=|", table->out);
}

/* Each name once, though several kernels may have it. */
static void print_tunables(const struct table *table, const gf_workload *workload) {
    gf_tunable_info info, earlier;
    for (size_t i = 0; gf_workload_tunable(workload, i, &info); i++) {
        bool known = false;
        for (size_t j = 0; j < i && !known; j++)
            known =
                gf_workload_tunable(workload, j, &earlier) && strcmp(earlier.name, info.name) == 0;
        if (!known)
            fprintf(table->out, "%s= ", info.name);
    }
    fputc('|', table->out);
}

static bool print_workload(const struct table *table, const gf_workload *workload,
                           const doc_group *taken) {
    doc_group params = entry_params_of(workload);
    if (params.entries == NULL)
        return false;
    fputs("workload|", table->out);
    print_field(table, gf_workload_name(workload));
    print_numbers(table, workload);
    print_tunables(table, workload);
    print_last_field(table, gf_workload_summary(workload));
    for (size_t i = 0; i < params.count; i++)
        print_entry(table, gf_workload_name(workload), &params.entries[i], taken);
    entry_group_clear(&params);
    return true;
}

/* Letters of options are not the parameters', with `compare` for all verbs that take parameters. */
static bool print_table(const struct table *table) {
    doc_group *taken = entry_groups_of(&compare_command);
    bool good = taken != NULL;
    for (size_t i = 0; good && verbs[i] != NULL; i++)
        good = print_verb(table, verbs[i]);
    for (size_t i = 0; good && i < gf_workload_count(); i++)
        good = print_workload(table, gf_workload_at(i), taken);
    entry_groups_free(taken);
    return good;
}

/* ---- Files ------------------------------------------------------------- */

static bool write_completion(const char *templates, const char *name, const struct table *table) {
    char path[4096], line[512];
    const int length = snprintf(path, sizeof path, "%s/%s", templates, name);
    FILE *in = NULL;
    if (length > 0 && (size_t)length < sizeof path)
        in = fopen(path, "r");
    if (in == NULL)
        return false;
    bool good = true, has_table = false;
    while (good && fgets(line, sizeof line, in) != NULL) {
        if (strcmp(line, "@TABLES@\n") == 0) {
            has_table = true;
            good = print_table(table);
        } else {
            fputs(line, table->out);
        }
    }
    good = good && has_table && ferror(in) == 0;
    fclose(in);
    return good;
}

bool completion_write_bash(FILE *out, const cli_command *none, const char *templates) {
    (void)none;
    return write_completion(templates, "gpufare.bash.in", &(struct table){out, "'\\''", false});
}

bool completion_write_zsh(FILE *out, const cli_command *none, const char *templates) {
    (void)none;
    return write_completion(templates, "gpufare.zsh.in", &(struct table){out, "'\\''", false});
}

bool completion_write_fish(FILE *out, const cli_command *none, const char *templates) {
    (void)none;
    return write_completion(templates, "gpufare.fish.in", &(struct table){out, "\\'", true});
}
