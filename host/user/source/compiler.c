#include "user/source/compiler.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "os/child.h"
#include "os/patience.h"

/* Of one small file; a compiler that hangs is ended. */
#define LIMIT_S        120.0
#define MOST_LOG       16384 /* bytes of what it says that are kept, from the beginning */
#define MOST_ARGUMENTS 16

/* ---- Which compiler ---------------------------------------------------- */

/* The file that the shell would run for the first word of the command. */
static bool find_file(const char *command, char *path, size_t size, struct stat *info) {
    const int length = (int)strcspn(command, " \t");
    const char *folders = getenv("PATH");
    if (memchr(command, '/', (size_t)length) != NULL) {
        snprintf(path, size, "%.*s", length, command);
        return stat(path, info) == 0;
    }
    while (folders != NULL && *folders != '\0') {
        const int folder = (int)strcspn(folders, ":");
        snprintf(path, size, "%.*s/%.*s", folder, folders, length, command);
        if (access(path, X_OK) == 0 && stat(path, info) == 0 && S_ISREG(info->st_mode))
            return true;
        folders += folder + (folders[folder] == ':' ? 1 : 0);
    }
    return false;
}

void gf_compiler_find(gf_compiler *compiler) {
    const char *chosen = getenv("CC");
    char path[400];
    struct stat info;
    snprintf(compiler->command, sizeof compiler->command, "%s",
             chosen != NULL && chosen[strspn(chosen, " \t")] != '\0' ? chosen : "cc");
    compiler->identity[0] = '\0';
    if (find_file(compiler->command, path, sizeof path, &info))
        snprintf(compiler->identity, sizeof compiler->identity, "%s %lld %lld", path,
                 (long long)info.st_size, (long long)info.st_mtime);
}

/* ---- What it says ------------------------------------------------------ */

/* Takes what there is; the rest of a long log is dropped. */
static void drain(int descriptor, char log[MOST_LOG], size_t *used) {
    char bytes[4096];
    for (;;) {
        const ssize_t count = read(descriptor, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return;
        const size_t room = MOST_LOG - 1 - *used;
        const size_t kept = (size_t)count < room ? (size_t)count : room;
        memcpy(log + *used, bytes, kept);
        *used += kept;
        log[*used] = '\0';
    }
}

/* ---- Running it -------------------------------------------------------- */

/* Words of the command and of flags are split, and nothing else is done to them. */
static const char script[] = "set -f; command=$1; flags=$2; shift 2; "
                             "exec $command $flags \"$@\" 2>&3 3>&-";

static bool wait_for(gf_child *child, int descriptor, char log[MOST_LOG], size_t *used) {
    const gf_patience patience = gf_patience_begin();
    gf_patience waited = patience;
    while (!gf_child_reap(child)) {
        struct pollfd stream = {descriptor, POLLIN, 0};
        (void)poll(&stream, 1, 20);
        drain(descriptor, log, used);
        gf_child_drain(child);
        if (gf_patience_seconds(&waited) > LIMIT_S)
            return false;
    }
    drain(descriptor, log, used);
    return true;
}

static gf_status say(const gf_compiler *compiler, const gf_child *child, bool ended,
                     const char *file, const char *log, gf_error *error) {
    size_t length = 0;
    if (ended && child->end == GF_CHILD_EXITED && child->code == 0)
        return GF_OK;
    const char *line = gf_find_first_error(log, &length);
    if (!ended)
        gf_error_set(error, GF_FAILED, "%s did not compile %s within %.0f s", compiler->command,
                     file, LIMIT_S);
    else if (child->end == GF_CHILD_EXITED && child->code == 127)
        gf_error_set(
            error, GF_FAILED,
            "there is no C compiler '%s' for the twin %s; install one (apt install gcc) or "
            "set CC",
            compiler->command, file);
    else
        gf_error_set(error, GF_FAILED, "the twin does not compile: %.*s",
                     line == NULL ? 29 : (int)(length < 320 ? length : 320),
                     line == NULL ? "the compiler gives no reason." : line);
    gf_flatten_text(error->text);
    if (log[0] != '\0')
        gf_error_set_log(error, log);
    return GF_FAILED;
}

gf_status gf_compiler_run(const gf_compiler *compiler, const char *flags, const char *more_flags,
                          const char *const *arguments, const char *file, gf_error *error) {
    char all_flags[1024], log[MOST_LOG] = "";
    const char *command[MOST_ARGUMENTS] = {"/bin/sh",         "-c",     script, "sh",
                                           compiler->command, all_flags};
    size_t used = 6, length = 0;
    int ends[2];
    if (snprintf(all_flags, sizeof all_flags, "%s %s", flags, more_flags) >= (int)sizeof all_flags)
        return gf_error_set(error, GF_USAGE, "the flags of the twin are too long");
    for (; *arguments != NULL && used + 1 < MOST_ARGUMENTS; arguments++)
        command[used++] = *arguments;
    if (!gf_child_pipe(ends))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make a pipe");
    gf_child child = gf_child_new();
    gf_status status = gf_child_start(&child, command, ends[1], error);
    close(ends[1]);
    if (status == GF_OK) {
        const bool ended = wait_for(&child, ends[0], log, &length);
        const gf_child result = child;
        gf_child_clear(&child);
        status = say(compiler, &result, ended, file, log, error);
    }
    close(ends[0]);
    return status;
}
