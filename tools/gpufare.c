/* gpufare: the command line on top of the library. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "brief_waiting.h"
#include "job.h"
#include "options/help.h"
#include "options/message.h"
#include "options/ranks/rank_options.h"
#include "standard_output.h"
#include "verbs/verbs.h"

static gf_status print_help(gf_error *error) {
    puts("Usage: gpufare COMMAND [options]\n"
         "Is the GPU worth the fare? Runs a kernel on every compute device of this machine, proves "
         "the\nresults, and times moving the data apart from computing on it.\n\nCommands:");
    for (size_t i = 0; verbs[i] != NULL; i++)
        help_print_row(verbs[i]->name, verbs[i]->summary);
    puts("\nWorkloads:");
    help_print_workloads();
    puts("\n`gpufare COMMAND --help` lists a command's options, `gpufare run WORKLOAD --help` also "
         "the\nworkload's parameters; `gpufare --version` prints the version; `gpufare` alone "
         "looks at\nthis machine and proposes commands that fit it.\n\nExit status:");
    for (size_t i = 0; help_exit_statuses[i].meaning != NULL; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", help_exit_statuses[i].status);
        help_print_row(number, help_exit_statuses[i].meaning);
    }
    return standard_output_flush(error);
}

static gf_status unknown_verb(const char *word, gf_error *error) {
    const char *best = NULL;
    size_t distance = SIZE_MAX;
    for (size_t i = 0; verbs[i] != NULL; i++)
        gf_text_find_nearest(word, verbs[i]->name, &best, &distance);
    return message_set(error, GF_USAGE, "%s: unknown %s%s%s; `gpufare --help` lists the commands",
                       word, word[0] == '-' ? "option" : "command",
                       best == NULL ? "" : "; did you mean ", best == NULL ? "" : best);
}

/* NULL: the first word is none. */
static const cli_command *find_command(int argc, char **argv) {
    if (argc < 2)
        return &first_steps_command;
    for (size_t i = 0; verbs[i] != NULL; i++) {
        if (strcmp(argv[1], verbs[i]->name) == 0)
            return verbs[i];
    }
    return NULL;
}

static gf_status answer(const char *word, gf_error *error) {
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return print_help(error);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        printf("gpufare %s\n", gf_version());
        return standard_output_flush(error);
    }
    return unknown_verb(word, error);
}

static gf_status dispatch(int argc, char **argv, gf_error *error) {
    const cli_command *command = find_command(argc, argv);
    const int skipped = argc < 2 ? 0 : 1;
    if (!rank_options_begin(command))
        return GF_OK;
    return command == NULL ? answer(argv[1], error)
                           : job_do(command, argc - skipped, argv + skipped, error);
}

int main(int argc, char **argv) {
    gf_error error = GF_ERROR_INIT;
    brief_waiting_restore();
    const gf_status status = dispatch(argc, argv, &error);
    if (status != GF_OK && error.text[0] != '\0')
        message_print(&error);
    gf_error_clear(&error);
    return (int)status;
}
