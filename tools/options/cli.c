#include "options/cli.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "options/help.h"
#include "options/message.h"
#include "options/option_value.h"
#include "standard_output.h"

#define LONG_CODE 256 /* getopt's codes of long options start above every letter */

/* One option that getopt knows; --help and --version have neither `own` nor `param`. */
struct entry {
    const char *name;
    char letter;
    const cli_option *own;
    const gf_param *param;
};

struct parser {
    const cli_command *command;
    struct entry *entries;
    size_t entry_count;
    struct option *longs; /* one for each entry, and an end */
    char *shorts;
    bool help, version;
};

/* ---- The table that getopt reads --------------------------------------- */

/* `named`: a workload whose parameters are added to those of the built-in ones, or NULL. */
static size_t count_options(const cli_command *command, const gf_workload *named) {
    size_t count = 2;
    for (const cli_group *const *group = command->groups; *group != NULL; group++)
        count += (*group)->count;
    for (size_t i = 0; command->operands == CLI_WORKLOAD && i < gf_workload_count(); i++) {
        size_t params = 0;
        gf_workload_params(gf_workload_at(i), &params);
        count += params;
    }
    if (named != NULL) {
        size_t params = 0;
        gf_workload_params(named, &params);
        count += params;
    }
    return count;
}

static bool takes_text(const struct entry *entry) {
    return entry->param != NULL || (entry->own != NULL && entry->own->kind != CLI_FLAG);
}

static const struct entry *find_letter(const struct parser *parser, int letter) {
    for (size_t i = 0; letter != 0 && i < parser->entry_count; i++) {
        if (parser->entries[i].letter == letter)
            return &parser->entries[i];
    }
    return NULL;
}

/* Workloads may share names and letters. Since all parameters take a text, getopt needs a name or
 * letter only once; find_param finds the parameter when the workload is known. */
static void add_entry(struct parser *parser, struct entry entry) {
    const bool new_letter = entry.letter != 0 && find_letter(parser, entry.letter) == NULL;
    bool new_name = true;
    for (size_t i = 0; i < parser->entry_count; i++)
        new_name = new_name && strcmp(parser->entries[i].name, entry.name) != 0;
    if (new_letter) {
        const size_t used = strlen(parser->shorts);
        parser->shorts[used] = entry.letter;
        parser->shorts[used + 1] = takes_text(&entry) ? ':' : '\0';
    } else if (!new_name) {
        return;
    }
    if (new_name) {
        size_t used = 0;
        while (parser->longs[used].name != NULL)
            used++;
        parser->longs[used] = (struct option){entry.name, takes_text(&entry), NULL,
                                              LONG_CODE + (int)parser->entry_count};
    }
    parser->entries[parser->entry_count++] = entry;
}

static void add_params(struct parser *parser, const gf_workload *workload) {
    size_t count = 0;
    const gf_param *params = gf_workload_params(workload, &count);
    for (size_t i = 0; i < count; i++)
        add_entry(parser, (struct entry){params[i].name, params[i].letter, NULL, &params[i]});
}

static void add_all(struct parser *parser, const gf_workload *named) {
    const cli_command *command = parser->command;
    strcpy(parser->shorts, "-:"); /* report operands in order, and missing arguments as ':' */
    add_entry(parser, (struct entry){"help", 'h', NULL, NULL});
    add_entry(parser, (struct entry){"version", 'V', NULL, NULL});
    for (const cli_group *const *group = command->groups; *group != NULL; group++) {
        for (size_t i = 0; i < (*group)->count; i++) {
            const cli_option *own = &(*group)->options[i];
            add_entry(parser, (struct entry){own->name, own->letter, own, NULL});
        }
    }
    for (size_t w = 0; command->operands == CLI_WORKLOAD && w < gf_workload_count(); w++)
        add_params(parser, gf_workload_at(w));
    if (named != NULL)
        add_params(parser, named);
}

static void parser_close(struct parser *parser) {
    free(parser->entries);
    free(parser->longs);
    free(parser->shorts);
}

/* A parameter under the name of an option could not be set. */
static gf_status check_names(const struct parser *parser, const gf_workload *named,
                             gf_error *error) {
    size_t count = 0;
    const gf_param *params = named == NULL ? NULL : gf_workload_params(named, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < parser->entry_count; j++) {
            const struct entry *entry = &parser->entries[j];
            if (entry->param == NULL && strcmp(entry->name, params[i].name) == 0)
                return message_set(error, GF_USAGE,
                                   "%s: its parameter %s has the name of an option of gpufare; "
                                   "give it another one",
                                   gf_workload_name(named), params[i].name);
        }
    }
    return GF_OK;
}

static gf_status parser_open(const cli_command *command, const gf_workload *named,
                             struct parser *parser, gf_error *error) {
    const size_t count = count_options(command, named);
    *parser = (struct parser){.command = command,
                              .entries = calloc(count, sizeof *parser->entries),
                              .longs = calloc(count + 1, sizeof *parser->longs),
                              .shorts = calloc(2 * count + 3, 1)};
    if (parser->entries == NULL || parser->longs == NULL || parser->shorts == NULL) {
        parser_close(parser);
        return message_set(error, GF_FAILED, "no memory for the option table");
    }
    add_all(parser, named);
    const gf_status status = check_names(parser, named, error);
    if (status != GF_OK)
        parser_close(parser);
    return status;
}

/* ---- What getopt refuses ----------------------------------------------- */

/* What to do where the option may be the program's. */
static const char *program_hint(const struct parser *parser) {
    return parser->command->operands == CLI_PROGRAM
               ? "; if it is the program's, put -- before the program"
               : "";
}

static gf_status unknown_long(const struct parser *parser, const char *argument, gf_error *error) {
    const int length = (int)strcspn(argument, "=");
    char name[64];
    snprintf(name, sizeof name, "%.*s", length > 2 ? length - 2 : 0, argument + 2);
    const char *first = NULL, *second = NULL, *best = NULL;
    size_t distance = SIZE_MAX;
    for (const struct option *option = parser->longs; option->name != NULL; option++) {
        if (strncmp(option->name, name, strlen(name)) == 0) {
            second = first == NULL ? NULL : option->name;
            first = first == NULL ? option->name : first;
        }
        gf_text_find_nearest(name, option->name, &best, &distance);
    }
    if (second != NULL)
        return message_set(error, GF_USAGE, "--%s: ambiguous; it could be --%s or --%s", name,
                           first, second);
    return message_set(
        error, GF_USAGE,
        "--%s: unknown option%s%s; `gpufare %s --help` lists the options (with a workload's name, "
        "also its parameters)%s",
        name, best == NULL ? "" : "; did you mean --", best == NULL ? "" : best,
        parser->command->name, program_hint(parser));
}

/* `code` is '?' or ':'; optopt is the option. */
static gf_status refused(const struct parser *parser, int code, const char *argument,
                         gf_error *error) {
    if (optopt >= LONG_CODE) {
        const char *name = parser->entries[optopt - LONG_CODE].name;
        return message_set(error, GF_USAGE,
                           code == ':' ? "--%s: its value is missing; give one after it"
                                       : "--%s: takes no value; give it alone",
                           name);
    }
    if (code == ':')
        return message_set(error, GF_USAGE, "-%c: its value is missing; give one after it", optopt);
    if (optopt == 0)
        return unknown_long(parser, argument, error);
    return message_set(error, GF_USAGE,
                       "-%c: unknown option; `gpufare %s --help` lists the options%s", optopt,
                       parser->command->name, program_hint(parser));
}

/* ---- Parsing ----------------------------------------------------------- */

static gf_status take_option(struct parser *parser, int code, struct settings *settings,
                             cli_request *request, gf_error *error) {
    const struct entry *entry =
        code >= LONG_CODE ? &parser->entries[code - LONG_CODE] : find_letter(parser, code);
    if (entry->own != NULL) {
        if (takes_text(entry)) /* each has a word to itself, or the end of one */
            request->given[request->given_count++] = entry->own;
        return option_value_set(entry->own, optarg, settings, error);
    }
    if (entry->param != NULL) {
        request->assignments[request->assignment_count++] =
            code >= LONG_CODE ? (cli_assignment){entry->name, 0, optarg}
                              : (cli_assignment){NULL, (char)code, optarg};
    } else if (entry->letter == 'h') {
        parser->help = true;
    } else {
        parser->version = true;
    }
    return GF_OK;
}

static gf_status parse_all(struct parser *parser, int argc, char **argv, struct settings *settings,
                           cli_request *request, gf_error *error) {
    gf_status status = GF_OK;
    opterr = 0;
    optind = 0; /* makes getopt read the new option string */
    while (status == GF_OK) {
        const int code = getopt_long(argc, argv, parser->shorts, parser->longs, NULL);
        if (code == -1)
            break;
        if (code == 1)
            request->operands[request->operand_count++] = optarg;
        else if (code == '?' || code == ':')
            status = refused(parser, code, argv[optind - 1], error);
        else
            status = take_option(parser, code, settings, request, error);
    }
    while (status == GF_OK && optind < argc) /* the words after "--" */
        request->operands[request->operand_count++] = argv[optind++];
    return status;
}

/* The workload that is named before the first option which is not known without it; NULL: none, as
 * the parsing that follows will say. */
static const gf_workload *find_named(const struct parser *parser, int argc, char **argv,
                                     gf_error *error) {
    const gf_workload *found = NULL;
    opterr = 0;
    optind = 0;
    int code = 0;
    while (code != -1 && code != 1 && code != '?' && code != ':')
        code = getopt_long(argc, argv, parser->shorts, parser->longs, NULL);
    if (parser->command->operands == CLI_WORKLOAD && code == 1)
        found = gf_workload_find(optarg, error);
    return found;
}

static gf_status answer(const struct parser *parser, const cli_request *request, gf_error *error) {
    if (parser->version) {
        printf("gpufare %s\n", gf_version());
        return standard_output_flush(error);
    }
    const gf_workload *workload = NULL;
    if (parser->command->operands == CLI_WORKLOAD && request->operand_count > 0) {
        workload = gf_workload_find(request->operands[0], error);
        if (workload == NULL)
            return error->status;
    }
    help_print_command(parser->command, workload);
    return standard_output_flush(error);
}

gf_status cli_parse(const cli_command *command, int argc, char **argv, struct settings *settings,
                    cli_request *request, gf_error *error) {
    const size_t room = (size_t)argc + 1;
    *request = (cli_request){.operands = calloc(room, sizeof *request->operands),
                             .assignments = calloc(room, sizeof *request->assignments),
                             .given = calloc(room, sizeof *request->given)};
    if (request->operands == NULL || request->assignments == NULL || request->given == NULL)
        return message_set(error, GF_FAILED, "no memory for the command line");
    struct parser parser;
    gf_status status = parser_open(command, NULL, &parser, error);
    if (status != GF_OK)
        return status;
    gf_error unnamed = GF_ERROR_INIT;
    const gf_workload *named = find_named(&parser, argc, argv, &unnamed);
    parser_close(&parser);
    status = parser_open(command, named, &parser, error);
    if (status != GF_OK)
        return status;
    status = parse_all(&parser, argc, argv, settings, request, error);
    if (status == GF_USAGE && unnamed.status != GF_OK) {
        /* Which options there are depends on the workload, so that this comes first. */
        gf_error_clear(error);
        *error = unnamed;
        status = unnamed.status;
    } else {
        gf_error_clear(&unnamed);
    }
    request->answered = status == GF_OK && (parser.help || parser.version);
    if (request->answered)
        status = answer(&parser, request, error);
    parser_close(&parser);
    return status;
}

void cli_request_clear(cli_request *request) {
    free(request->operands);
    free(request->assignments);
    free(request->given);
    *request = (cli_request){0};
}

bool cli_is_given(const cli_request *request, const char *name) {
    for (size_t i = 0; i < request->given_count; i++) {
        if (strcmp(request->given[i]->name, name) == 0)
            return true;
    }
    return false;
}

/* ---- Parameters of the workload ---------------------------------------- */

static const gf_param *find_param(const gf_workload *workload, const cli_assignment *assignment) {
    size_t count = 0;
    const gf_param *params = gf_workload_params(workload, &count);
    for (size_t i = 0; i < count; i++) {
        if (assignment->name != NULL ? strcmp(params[i].name, assignment->name) == 0
                                     : params[i].letter == assignment->letter)
            return &params[i];
    }
    return NULL;
}

gf_status cli_assign(const cli_command *command, const cli_request *request,
                     const gf_workload *workload, gf_params *params, gf_error *error) {
    for (size_t i = 0; i < request->assignment_count; i++) {
        const cli_assignment *assignment = &request->assignments[i];
        const gf_param *param = find_param(workload, assignment);
        if (param == NULL) {
            const char letter[] = {assignment->letter, '\0'};
            return message_set(error, GF_USAGE,
                               "%s%s: %s has no such option; `gpufare %s %s --help` lists its "
                               "options",
                               assignment->name == NULL ? "-" : "--",
                               assignment->name == NULL ? letter : assignment->name,
                               gf_workload_name(workload), command->name,
                               gf_workload_name(workload));
        }
        const gf_status status = gf_params_set(params, param->name, assignment->text, error);
        if (status != GF_OK)
            return status;
    }
    return GF_OK;
}
