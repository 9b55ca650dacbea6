#include "generate/manual.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "generate/entry.h"
#include "options/help.h"
#include "verbs/verbs.h"

#define LINE_WIDTH 78

/* ---- Text -------------------------------------------------------------- */

/* The day in UTC, so that all who build at one SOURCE_DATE_EPOCH get the same pages. */
static void print_heading(FILE *out, const char *name, const char *section) {
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    char *end = NULL;
    time_t now = epoch == NULL ? 0 : (time_t)strtoll(epoch, &end, 10);
    if (epoch == NULL || end == epoch || *end != '\0')
        now = time(NULL);
    struct tm day = {0};
    char date[16] = "";
    if (gmtime_r(&now, &day) != NULL)
        strftime(date, sizeof date, "%Y-%m-%d", &day);
    fprintf(out, ".\\\" Made from the program's tables.\n.TH \"");
    for (const char *c = name; *c != '\0'; c++)
        fputc(toupper((unsigned char)*c), out);
    fprintf(out, "\" %s %s \"gpufare %s\" \"gpufare\"\n", section, date, gf_version());
}

/* A character as roff shows it. A dash that begins a word is an option's: it must be copied as it
 * is. */
static size_t print_character(FILE *out, char c, bool as_code) {
    const char *shown = NULL;
    if (c == '\\')
        shown = "\\e";
    else if (c == '-' && as_code)
        shown = "\\-";
    else if (c == '~' || c == '^')
        shown = c == '~' ? "\\(ti" : "\\(ha";
    if (shown == NULL)
        fputc(c, out);
    else
        fputs(shown, out);
    return shown == NULL ? 1 : strlen(shown);
}

/* A word; what stands between ` and ` is bold, over several words if need be: *code says whether.
 */
static size_t print_word(FILE *out, const char *word, size_t length, bool *code) {
    size_t printed = 0;
    bool dashes = true;
    if (word[0] == '.' || word[0] == '\'')
        printed += (size_t)fprintf(out, "\\&");
    for (size_t i = 0; i < length; i++) {
        if (word[i] == '`') {
            *code = !*code;
            printed += (size_t)fprintf(out, *code ? "\\fB" : "\\fR");
            continue;
        }
        dashes = dashes && (word[i] == '-' || word[i] == '(' || word[i] == '$');
        printed += print_character(out, word[i], *code || dashes);
    }
    return printed;
}

/* A paragraph, in short lines. */
static void print_text(FILE *out, const char *text) {
    size_t column = 0;
    bool code = false;
    while (*text != '\0') {
        const size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + length > LINE_WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        if (column > 0)
            fputc(' ', out);
        column += (column > 0) + print_word(out, text, length, &code);
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_code(FILE *out, const char *text) {
    for (; *text != '\0'; text++)
        print_character(out, *text, true);
}

/* The left side of a list, bold, and its text. */
static void print_item(FILE *out, const char *left, const char *text) {
    fputs(".TP\n\\fB", out);
    print_code(out, left);
    fputs("\\fR\n", out);
    print_text(out, text);
}

static void print_entry(FILE *out, const doc_entry *entry) {
    fputs(".TP\n", out);
    if (entry->letter != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", entry->letter);
    fputs("\\fB\\-\\-", out);
    print_code(out, entry->name);
    fputs("\\fR", out);
    if (entry->placeholder != NULL) {
        fputs(" \\fI", out);
        print_code(out, entry->placeholder);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    print_text(out, entry->text);
}

static void print_group(FILE *out, const doc_group *group, const doc_group *taken) {
    for (size_t i = 0; i < group->count; i++) {
        doc_entry shown = group->entries[i];
        if (taken != NULL && entry_has_letter(taken, shown.letter))
            shown.letter = 0;
        print_entry(out, &shown);
    }
}

/* `own`: of a command; NULL: what every command ends with. */
static void print_exit_statuses(FILE *out, const cli_exit_status *own) {
    fputs(".SH EXIT STATUS\n", out);
    for (const cli_exit_status *exit = own; exit != NULL && exit->status != NULL; exit++)
        print_item(out, exit->status, exit->meaning);
    for (size_t i = 0; own == NULL && help_exit_statuses[i].meaning != NULL; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", help_exit_statuses[i].status);
        print_item(out, number, help_exit_statuses[i].meaning);
    }
}

/* ---- gpufare(1) -------------------------------------------------------- */

struct fact {
    const char *left, *text;
};

static void print_facts(FILE *out, const char *title, const struct fact *facts) {
    fprintf(out, ".SH %s\n", title);
    for (; facts->left != NULL; facts++)
        print_item(out, facts->left, facts->text);
}

static const struct fact variables[] = {
    {"GPUFARE_DEVICE", "the devices that --device takes where it is not given"},
    {"GPUFARE_ISA", "the best instruction set of the native device, as --isa sets it"},
    {"GPUFARE_MODELS", "a folder of models of your own"},
    {"OMP_NUM_THREADS", "threads of the native device where --threads is not given"},
    {"OCL_ICD_VENDORS", "which OpenCL drivers there are; `gpufare doctor` lists all variables that "
                        "steer them"},
    {"NO_COLOR", "no colour on stdout, unless --color asks for it"},
    {"COLUMNS", "the width that tables and lines on stdout must fit; without it that of the "
                "terminal, and none where stdout is a file or a pipe"},
    {"XDG_CACHE_HOME", "where profiles, tunables and what is known of drivers are kept; default: "
                       "~/.cache"},
    {"GPUFARE_SYS_ROOT",
     "a folder that stands for / where counters of energy are looked for, as in a "
     "container"},
    {NULL, NULL}};

static const struct fact examples[] = {
    {"gpufare", "what this machine has, and which commands fit it"},
    {"gpufare compare julia --size 4000x4000", "a problem on every device: times, proof, verdict"},
    {"gpufare advise diffusion --device-model rtx-4060", "whether a GPU that is not here is worth "
                                                         "it"},
    {"gpufare breakeven diffusion --sweep steps-per-transfer=1:1000",
     "from where on each device wins"},
    {"gpufare new blur && gpufare compare ./blur", "a kernel of your own"},
    {NULL, NULL}};

static void print_commands(FILE *out) {
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; verbs[i] != NULL; i++) {
        fprintf(out, ".TP\n.BR gpufare\\-%s (1)\n", verbs[i]->name);
        print_text(out, verbs[i]->summary);
    }
}

static void print_workload_names(FILE *out) {
    fputs(".SH WORKLOADS\n", out);
    for (size_t i = 0; i < gf_workload_count(); i++)
        print_item(out, gf_workload_name(gf_workload_at(i)),
                   gf_workload_summary(gf_workload_at(i)));
    fputs(".PP\nTheir parameters are options, too: see\n.BR gpufare\\-workloads (7).\n", out);
    print_text(out, "The path of a manifest, or of its folder, is a workload as well: a kernel of "
                    "your own, as `gpufare new` makes one.");
}

bool manual_write_program(FILE *out, const cli_command *none, const char *templates) {
    (void)none, (void)templates;
    print_heading(out, "gpufare", "1");
    fputs(".SH NAME\ngpufare \\- is the GPU worth the fare?\n"
          ".SH SYNOPSIS\n.B gpufare\n.br\n.B gpufare\n.I COMMAND\n.RI [ options ]\n"
          ".SH DESCRIPTION\n",
          out);
    print_text(out, "gpufare runs a kernel on every compute device of this machine, proves the "
                    "results, and times moving the data apart from computing on it. Without a "
                    "command it looks at this machine and proposes three commands that fit it. "
                    "Results go to stdout, messages and progress to stderr.");
    print_commands(out);
    print_workload_names(out);
    fputs(".SH OPTIONS\n", out);
    print_item(out, "-h, --help", "list the commands");
    print_item(out, "-V, --version", "print the version");
    print_exit_statuses(out, NULL);
    print_facts(out, "ENVIRONMENT", variables);
    fputs(".SH FILES\n", out);
    print_item(out, "~/.cache/gpufare", "profiles, tunables and what is known of drivers");
    print_facts(out, "EXAMPLES", examples);
    fputs(".SH SEE ALSO\n", out);
    for (size_t i = 0; verbs[i] != NULL; i++)
        fprintf(out, ".BR gpufare\\-%s (1),\n", verbs[i]->name);
    fputs(".BR gpufare\\-workloads (7)\n", out);
    return true;
}

/* ---- gpufare-VERB(1) --------------------------------------------------- */

/* "Describe PNG files, ..." as pages begin: in lower case, without a stop. */
static void print_name(FILE *out, const cli_command *command) {
    fprintf(out, ".SH NAME\ngpufare\\-%s \\- %c%s\n", command->name,
            tolower((unsigned char)command->summary[0]), command->summary + 1);
}

static void print_synopsis(FILE *out, const cli_command *command) {
    fprintf(out, ".SH SYNOPSIS\n.B gpufare %s\n", command->name);
    print_code(out, command->synopsis);
    fputc('\n', out);
}

bool manual_write_command(FILE *out, const cli_command *command, const char *templates) {
    (void)templates;
    char name[64];
    doc_group *groups = entry_groups_of(command);
    if (groups == NULL)
        return false;
    snprintf(name, sizeof name, "gpufare-%s", command->name);
    print_heading(out, name, "1");
    print_name(out, command);
    print_synopsis(out, command);
    fprintf(out, ".SH DESCRIPTION\n");
    char sentence[256];
    snprintf(sentence, sizeof sentence, "%s.", command->summary);
    print_text(out, sentence);
    if (command->operands == CLI_WORKLOAD) {
        fputs(".PP\nThe parameters of the workload are options, too:\n"
              ".BR gpufare\\-workloads (7)\nhas those of the built\\-in workloads.\n",
              out);
        print_text(out, "Those of a kernel of your own stand in its manifest.");
    }
    fputs(".SH OPTIONS\n", out);
    for (const doc_group *group = groups; group->entries != NULL; group++) {
        fprintf(out, ".SS %s\n", group->title);
        print_group(out, group, NULL);
    }
    print_exit_statuses(out, cli_exits_of(command->groups));
    fputs(".SH SEE ALSO\n.BR gpufare (1),\n.BR gpufare\\-workloads (7)\n", out);
    entry_groups_free(groups);
    return true;
}

/* ---- gpufare-workloads(7) ---------------------------------------------- */

static void print_tunables(FILE *out, const gf_workload *workload) {
    gf_tunable_info tunable;
    for (size_t i = 0; gf_workload_tunable(workload, i, &tunable); i++) {
        char text[256];
        help_describe_tunable(&tunable, text, sizeof text);
        if (i == 0) {
            fputs(".PP\n", out);
            print_text(out, "Tunables, for --tune, which change the time, never the result:");
        }
        print_item(out, tunable.name, text);
    }
}

bool manual_write_workloads(FILE *out, const cli_command *none, const char *templates) {
    (void)none, (void)templates;
    doc_group *taken = entry_groups_of(&compare_command);
    if (taken == NULL)
        return false;
    print_heading(out, "gpufare-workloads", "7");
    fputs(".SH NAME\ngpufare\\-workloads \\- parameters of the workloads of gpufare\n"
          ".SH DESCRIPTION\n",
          out);
    print_text(out, "Each parameter of a workload is an option of the commands that take one, such "
                    "as `gpufare compare`.");
    bool good = true;
    for (size_t i = 0; good && i < gf_workload_count(); i++) {
        const gf_workload *workload = gf_workload_at(i);
        doc_group params = entry_params_of(workload);
        good = params.entries != NULL;
        fprintf(out, ".SH %s\n", gf_workload_name(workload));
        print_text(out, gf_workload_summary(workload));
        print_group(out, &params, taken);
        print_tunables(out, workload);
        entry_group_clear(&params);
    }
    fputs(".SH SEE ALSO\n.BR gpufare (1),\n.BR gpufare\\-compare (1)\n", out);
    entry_groups_free(taken);
    return good;
}
