/* gpufare-generate TEMPLATES FOLDER: writes the manual pages and the completions of shells, from
 * the tables of the program, into FOLDER, which is laid out as PREFIX/share. TEMPLATES: the folder
 * of the completions' templates. Runs when the program is built. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "generate/completion.h"
#include "generate/manual.h"
#include "verbs/verbs.h"

#define PATH_SIZE 4096

/* Makes the folders on the way to the file. */
static bool make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool good = mkdir(path, 0777) == 0 || errno == EEXIST;
        *slash = '/';
        if (!good)
            return false;
    }
    return true;
}

/* One file, of a command or of none. */
struct product {
    const char *name; /* under FOLDER */
    bool (*write)(FILE *out, const cli_command *command, const char *templates);
    const cli_command *command;
};

static bool produce(const char *folder, const char *templates, struct product product) {
    char path[PATH_SIZE];
    const int length = snprintf(path, sizeof path, "%s/%s", folder, product.name);
    FILE *out = NULL;
    if (length > 0 && (size_t)length < sizeof path && make_folders(path))
        out = fopen(path, "w");
    bool good = out != NULL && product.write(out, product.command, templates);
    good = good && ferror(out) == 0;
    if (out != NULL && fclose(out) != 0)
        good = false;
    if (!good)
        fprintf(stderr, "gpufare-generate: cannot write %s: %s\n", path, strerror(errno));
    return good;
}

int main(int argc, char **argv) {
    static const struct product products[] = {
        {"man/man1/gpufare.1", manual_write_program, NULL},
        {"man/man7/gpufare-workloads.7", manual_write_workloads, NULL},
        {"bash-completion/completions/gpufare", completion_write_bash, NULL},
        {"zsh/site-functions/_gpufare", completion_write_zsh, NULL},
        {"fish/vendor_completions.d/gpufare.fish", completion_write_fish, NULL}};
    if (argc != 3) {
        fprintf(stderr, "Usage: gpufare-generate TEMPLATES FOLDER\n");
        return 2;
    }
    bool good = true;
    for (size_t i = 0; good && i < sizeof products / sizeof products[0]; i++)
        good = produce(argv[2], argv[1], products[i]);
    for (size_t i = 0; good && verbs[i] != NULL; i++) {
        char name[128];
        snprintf(name, sizeof name, "man/man1/gpufare-%s.1", verbs[i]->name);
        good = produce(argv[2], argv[1], (struct product){name, manual_write_command, verbs[i]});
    }
    return good ? 0 : 1;
}
