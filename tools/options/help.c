#include "options/help.h"

#include <string.h>

#include "options/settings.h"

#define LEFT_WIDTH 30
#define LINE_WIDTH 100

void help_print_row(const char *left, const char *text) {
    int column = printf("  %s", left);
    if (column < 0 || column + 2 > LEFT_WIDTH) {
        putchar('\n');
        column = 0;
    }
    printf("%*s", LEFT_WIDTH - column, "");
    column = LEFT_WIDTH;
    while (*text != '\0') {
        const int length = (int)strcspn(text, " ");
        if (column > LEFT_WIDTH && column + 1 + length > LINE_WIDTH) {
            printf("\n%*s", LEFT_WIDTH, "");
            column = LEFT_WIDTH;
        }
        const bool first = column == LEFT_WIDTH;
        printf("%s%.*s", first ? "" : " ", length, text);
        column += length + (first ? 0 : 1);
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

const help_exit_status help_exit_statuses[] = {
    {GF_OK, "done"},
    {GF_FAILED, "a run-time failure; also when a driver failed while it listed its devices, so "
                "that a comparison lacks them"},
    {GF_USAGE, "wrong usage: an option, a value or a file that can't be"},
    {GF_NO_DEVICE, "no device matches"},
    {GF_MISMATCH, "results disagree"},
    {GF_UNSUPPORTED, "a device or this machine lacks what is needed: memory, f64"},
    {GF_FINDINGS, "check found errors, diff or compare --baseline a regression, or bundle "
                  "verify faults"},
    {GF_INTERRUPTED, "interrupted"},
    {GF_OK, NULL}};

static void print_option(char letter, const char *name, const char *placeholder, const char *text) {
    char left[128];
    const char dash[] = {letter == 0 ? ' ' : '-', letter == 0 ? ' ' : letter, '\0'};
    snprintf(left, sizeof left, "%s%s --%s%s%s", dash, letter == 0 ? " " : ",", name,
             placeholder == NULL ? "" : " ", placeholder == NULL ? "" : placeholder);
    help_print_row(left, text);
}

/* ---- The tool's own options -------------------------------------------- */

/* "" or "; default 5". */
static void default_of(const cli_option *option, const struct settings *defaults, char *text,
                       size_t size) {
    const char *field = (const char *)defaults + option->offset;
    uint64_t number = 0;
    double real = 0;
    text[0] = '\0';
    switch (option->kind) {
    case CLI_UINT:
        memcpy(&number, field, sizeof number);
        if (number >= option->min) /* smaller: there is no default */
            snprintf(text, size, "; default %ju", (uintmax_t)number);
        break;
    case CLI_REAL:
        memcpy(&real, field, sizeof real);
        if (real > 0) /* 0: the row of the option says what is taken */
            snprintf(text, size, "; default %g", real);
        break;
    case CLI_SHARE:
        memcpy(&real, field, sizeof real);
        snprintf(text, size, "; default %g%%", 100 * real);
        break;
    case CLI_WORD:
        memcpy(&number, field, sizeof number);
        snprintf(text, size, "; default %s", option->words[number]);
        break;
    case CLI_FLAG:
    case CLI_TEXT:
        break;
    }
}

void help_describe_option(const cli_option *option, const struct settings *defaults, char *text,
                          size_t size) {
    char preset[64];
    default_of(option, defaults, preset, sizeof preset);
    snprintf(text, size, "%s%s", option->help, preset);
}

static void print_group(const cli_group *group, const struct settings *defaults) {
    printf("\n%s:\n", group->title);
    for (size_t i = 0; i < group->count; i++) {
        const cli_option *option = &group->options[i];
        char text[512];
        help_describe_option(option, defaults, text, sizeof text);
        print_option(option->letter, option->name, option->placeholder, text);
    }
}

/* ---- A workload's parameters ------------------------------------------- */

void help_describe_param(const gf_param *param, char *text, size_t size) {
    char range[96] = "";
    const bool whole = param->type == GF_PARAM_SIZE || param->type == GF_PARAM_UINT;
    if (param->type != GF_PARAM_CHOICE && param->type != GF_PARAM_TEXT)
        snprintf(range, sizeof range, "; %s %.*g to %s%.*g",
                 param->min_exclusive ? "above" : "from", whole ? 20 : 6, param->min,
                 whole && param->max >= 0x1p53 ? "below " : "", whole ? 20 : 6, param->max);
    snprintf(text, size, "%s%s%s%s; default %s", param->help, param->unit == NULL ? "" : ", in ",
             param->unit == NULL ? "" : param->unit, range, param->default_text);
}

static void print_params(const gf_workload *workload) {
    size_t count = 0;
    const gf_param *params = gf_workload_params(workload, &count);
    printf("\nProblem (%s):\n", gf_workload_name(workload));
    for (size_t i = 0; i < count; i++) {
        char text[512];
        help_describe_param(&params[i], text, sizeof text);
        print_option(params[i].letter, params[i].name, params[i].placeholder, text);
    }
}

void help_describe_tunable(const gf_tunable_info *tunable, char *text, size_t size) {
    snprintf(text, size, "%s; from %u to %u; of %s", tunable->help, tunable->min, tunable->max,
             tunable->kernel);
}

static void print_tunables(const gf_workload *workload) {
    gf_tunable_info info;
    for (size_t i = 0; gf_workload_tunable(workload, i, &info); i++) {
        char text[256];
        if (i == 0)
            printf("\nTunables, for --tune (they change the time, never the result):\n");
        help_describe_tunable(&info, text, sizeof text);
        help_print_row(info.name, text);
    }
}

void help_print_workloads(void) {
    for (size_t i = 0; i < gf_workload_count(); i++) {
        const gf_workload *workload = gf_workload_at(i);
        help_print_row(gf_workload_name(workload), gf_workload_summary(workload));
    }
}

void help_print_command(const cli_command *command, const gf_workload *workload) {
    printf("Usage: gpufare %s %s\n%s.\n", command->name, command->synopsis, command->summary);
    if (workload != NULL)
        print_params(workload);
    if (workload == NULL && command->operands == CLI_WORKLOAD) {
        printf("\nWorkloads (`gpufare %s WORKLOAD --help` lists the parameters of one):\n",
               command->name);
        help_print_workloads();
    }
    struct settings defaults;
    command->defaults(&defaults);
    for (const cli_group *const *group = command->groups; *group != NULL; group++)
        print_group(*group, &defaults);
    if (workload != NULL)
        print_tunables(workload);
    printf("\nGeneral:\n");
    print_option('h', "help", NULL, "print this text");
    print_option('V', "version", NULL, "print the version");
    const cli_exit_status *exits = cli_exits_of(command->groups);
    if (exits != NULL)
        printf("\nExit status:\n");
    for (const cli_exit_status *exit = exits; exit != NULL && exit->status != NULL; exit++)
        help_print_row(exit->status, exit->meaning);
}
