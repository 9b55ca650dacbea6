#include <string.h>

#include "job.h"
#include "options/message.h"
#include "standard_output.h"
#include "verbs/verbs.h"

static const cli_option new_options[] = {
    CLI_OPTION(CLI_TEXT, "directory", 0, directory, "DIR", "the directory to make; default: NAME"),
    CLI_OPTION(CLI_FLAG, "quiet", 'q', quiet, NULL, "print only errors"),
};
static const cli_group new_group = CLI_GROUP("Options", new_options);

/* Whether a shell takes the path as it is. */
static bool is_plain(const char *path) {
    return path[strspn(
               path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-")] == '\0';
}

static gf_status make_new(struct job *job, gf_error *error) {
    const cli_request *request = &job->request;
    if (request->operand_count == 0)
        return message_set(error, GF_USAGE, "new: which name? give one, as in `gpufare new saxpy`");
    if (request->operand_count > 1)
        return message_set(error, GF_USAGE, "%s: unexpected argument; new takes one name",
                           request->operands[1]);
    const char *name = request->operands[0], *directory = job->settings.directory;
    const gf_status status = gf_template_write(name, directory, error);
    if (status != GF_OK || job->settings.quiet)
        return status;
    directory = directory == NULL ? name : directory;
    printf("%s: %s.ini, %s.cl and %s.c, which compute y = a * x + y\n", directory, name, name,
           name);
    if (is_plain(directory))
        printf("next: gpufare compare %s%s\n", directory[0] == '/' ? "" : "./", directory);
    return standard_output_flush(error);
}

static const cli_group *const groups[] = {&new_group, NULL};
const cli_command new_command = {"new",
                                 "NAME [options]",
                                 "Make a directory with a manifest, a kernel and a CPU function to "
                                 "start from",
                                 groups,
                                 settings_defaults,
                                 CLI_NAME,
                                 make_new,
                                 CLI_RANKS_FIRST};
