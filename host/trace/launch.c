#define _GNU_SOURCE 1 /* asprintf, environ */

#include "trace/launch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cancel.h"
#include "base/entry.h"
#include "base/error.h"
#include "base/stream.h"
#include "os/atomic_file.h"
#include "trace/raw_records.h"
#include "worker/program.h"

#define POLL_MS     100
#define MERGED_NAME "merged"

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- The environment of the program ------------------------------------ */

/* Loaders separate layers by colons, and know no other way to write one. */
static gf_status find_layer(const char *chosen, char **layer, gf_error *error) {
    char *found = chosen != NULL ? realpath(chosen, NULL)
                                 : gf_helper_program("gpufare-trace.so", "GPUFARE_TRACE_LAYER",
                                                     GF_TRACE_LAYER_PATH);
    if (found == NULL)
        return gf_error_set(error, GF_FAILED,
                            "gpufare-trace.so, the layer that watches OpenCL, is not there; "
                            "install it (it is built where CL/cl_layer.h is), or name it in "
                            "GPUFARE_TRACE_LAYER");
    *layer = realpath(found, NULL);
    free(found);
    if (*layer == NULL)
        return gf_error_set_errno(error, GF_FAILED, errno, "the layer that watches OpenCL");
    if (strchr(*layer, ':') != NULL)
        return gf_error_set(error, GF_FAILED,
                            "%s: OpenCL's loaders take no layer whose path has a colon; put "
                            "it elsewhere and name it in GPUFARE_TRACE_LAYER",
                            *layer);
    return GF_OK;
}

typedef struct changed_environment {
    char *variables[3]; /* owned */
    char **all;         /* owned; the texts are those above and this process's */
} changed_environment;

static bool is_replaced(const char *variable, const changed_environment *changed) {
    const size_t length = strcspn(variable, "=") + 1;
    for (size_t i = 0; i < GF_COUNT_OF(changed->variables); i++) {
        if (changed->variables[i] != NULL && strncmp(variable, changed->variables[i], length) == 0)
            return true;
    }
    return false;
}

static bool fill_environment(changed_environment *changed) {
    size_t count = 0, used = 0;
    while (environ[count] != NULL)
        count++;
    changed->all = calloc(count + GF_COUNT_OF(changed->variables) + 1, sizeof(char *));
    if (changed->all == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_replaced(environ[i], changed))
            changed->all[used++] = environ[i];
    }
    for (size_t i = 0; i < GF_COUNT_OF(changed->variables); i++) {
        if (changed->variables[i] != NULL)
            changed->all[used++] = changed->variables[i];
    }
    return true;
}

/* The last layer of the list is the outermost: it sees what the program asks for. */
static gf_status make_environment(const char *layer, const char *folder, uint64_t limit,
                                  changed_environment *changed, gf_error *error) {
    const char *layers = getenv("OPENCL_LAYERS");
    const bool others = layers != NULL && layers[0] != '\0';
    const bool made =
        asprintf(&changed->variables[0], "OPENCL_LAYERS=%s%s%s", others ? layers : "",
                 others ? ":" : "", layer) > 0 &&
        asprintf(&changed->variables[1], "%s=%s", GF_TRACE_DIR_VARIABLE, folder) > 0 &&
        (limit == 0 || asprintf(&changed->variables[2], "%s=%llu", GF_TRACE_LIMIT_VARIABLE,
                                (unsigned long long)limit) > 0);
    if (!made || !fill_environment(changed))
        return gf_error_no_memory(error, "an environment", 0);
    return GF_OK;
}

static void clear_environment(changed_environment *changed) {
    for (size_t i = 0; i < GF_COUNT_OF(changed->variables); i++)
        free(changed->variables[i]);
    free(changed->all);
}

/* ---- The program ------------------------------------------------------- */

/* Signals that this process catches or ignores have their usual effect in the program. */
static int spawn(const char *const *program, char **environment, pid_t *pid) {
    static const int usual[] = {SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ};
    posix_spawnattr_t attributes;
    sigset_t defaults;
    sigemptyset(&defaults);
    for (size_t i = 0; i < GF_COUNT_OF(usual); i++)
        sigaddset(&defaults, usual[i]);
    int code = posix_spawnattr_init(&attributes);
    if (code != 0)
        return code;
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    char **arguments = NULL; /* which are not changed */
    memcpy(&arguments, &program, sizeof arguments);
    code = posix_spawnp(pid, program[0], NULL, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    return code;
}

/* Whether the process has an OpenCL loader in its memory just now. */
static bool has_loader(pid_t pid) {
    char path[64], line[PATH_MAX + 128];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%ld/maps", (long)pid);
    FILE *maps = fopen(path, "re");
    while (maps != NULL && !found && fgets(line, sizeof line, maps) != NULL)
        found = strstr(line, "/libOpenCL") != NULL;
    if (maps != NULL)
        fclose(maps);
    return found;
}

/* Waits until the process ends; hands on one request to stop. *saw_loader: it had a loader when it
 * was looked at, which is not before POLL_MS and not often. */
static int wait_for(pid_t pid, const volatile sig_atomic_t *cancel, uint64_t *saw_loader) {
    int state = 0;
    bool told = false;
    struct pollfd process = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    for (size_t turn = 0; process.fd >= 0 && poll(&process, 1, POLL_MS) <= 0; turn++) {
        if (gf_cancelled(cancel) && !told) {
            kill(pid, SIGTERM);
            told = true;
        }
        if (*saw_loader == 0 && (turn & (turn - 1)) == 0) /* ever less often */
            *saw_loader = has_loader(pid);
    }
    if (process.fd >= 0)
        close(process.fd);
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR) {
    }
    return state;
}

static gf_status run_program(const char *const *program, char **environment,
                             const volatile sig_atomic_t *cancel, gf_trace_launch *launch,
                             gf_error *error) {
    pid_t pid = 0;
    launch->start_ns = now_ns();
    const int code = spawn(program, environment, &pid);
    if (code != 0) {
        error->native_code = code;
        gf_error_set_errno(error, GF_FAILED, code, "cannot run %s", program[0]);
        error->native_code = code;
        return GF_FAILED;
    }
    const int state = wait_for(pid, cancel, &launch->saw_loader);
    launch->end_ns = now_ns();
    launch->pid = (uint64_t)pid;
    launch->code = WIFEXITED(state) ? WEXITSTATUS(state) : 0;
    launch->signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
    return GF_OK;
}

/* ---- What it left ------------------------------------------------------ */

static int is_trace(const struct dirent *entry) {
    const char *ending = strrchr(entry->d_name, '.');
    return ending != NULL && strcmp(ending, ".gftrace") == 0;
}

/* Copies the records; the header's counts become a record where the process wrote no end. */
static gf_status copy_records(gf_raw_records *from, FILE *into, gf_error *error) {
    gf_raw_record record;
    bool has_end = false;
    gf_status status;
    while ((status = gf_raw_records_next(from, &record, error)) == GF_OK &&
           record.type != GF_TRACE_END_OF_FILE) {
        has_end = has_end || record.type == GF_TRACE_END;
        status = gf_raw_write(into, record.type, record.content, record.bytes, NULL, error);
        if (status != GF_OK)
            return status;
    }
    if (status != GF_OK || has_end)
        return status;
    const gf_trace_end end = {.dropped = from->header.dropped,
                              .dropped_times = from->header.dropped_times};
    return gf_raw_write(into, GF_TRACE_END, &end, sizeof end, NULL, error);
}

static gf_status copy_file(const char *folder, const char *name, FILE *into, gf_error *error) {
    char path[PATH_MAX + 300];
    gf_raw_records *records = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    gf_status status = gf_raw_records_open(path, &records, error);
    if (status == GF_OK)
        status = copy_records(records, into, error);
    gf_raw_records_close(records);
    return status;
}

gf_status gf_trace_merge(const char *folder, const char *command, const void *launch, FILE *into,
                         gf_error *error) {
    struct dirent **entries = NULL;
    const int found = scandir(folder, &entries, is_trace, alphasort);
    gf_status status = GF_OK;
    if (found < 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot list %s", folder);
    status = gf_raw_write_header(into, error);
    if (status == GF_OK)
        status =
            gf_raw_write(into, GF_TRACE_LAUNCH, launch, sizeof(gf_trace_launch), command, error);
    for (int i = 0; i < found; i++) {
        if (status == GF_OK)
            status = copy_file(folder, entries[i]->d_name, into, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static void remove_folder(const char *folder) {
    char path[PATH_MAX + 300];
    struct dirent **entries = NULL;
    const int found = scandir(folder, &entries, is_trace, NULL);
    snprintf(path, sizeof path, "%s/" MERGED_NAME, folder);
    unlink(path);
    for (int i = 0; i < found; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        unlink(path);
        free(entries[i]);
    }
    free(entries);
    rmdir(folder);
}

static gf_status make_folder(char *folder, size_t size, gf_error *error) {
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || parent[0] != '/')
        parent = "/tmp";
    const int length = snprintf(folder, size, "%s/gpufare-trace-XXXXXX", parent);
    if (length > 0 && (size_t)length < size && mkdtemp(folder) != NULL)
        return GF_OK;
    return gf_error_set_errno(error, GF_FAILED, errno,
                              "cannot make a folder in %s (set TMPDIR to one that can be written)",
                              parent);
}

/* "PROGRAM ARG ARG", cut where it is too long. */
static void join_words(const char *const *words, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; words[i] != NULL && used + 1 < size; i++) {
        const int length = snprintf(text + used, size - used, "%s%s", i == 0 ? "" : " ", words[i]);
        used += length > 0 ? (size_t)length : 0;
    }
}

/* ---- Everything -------------------------------------------------------- */

/* What the processes left, as one file in the same folder. */
static gf_status merge_in(const char *folder, const char *path, const char *const *program,
                          const gf_trace_launch *launch, gf_error *error) {
    char command[GF_TRACE_MOST_TEXT];
    join_words(program, command, sizeof command);
    FILE *file = fopen(path, "wbxe");
    if (file == NULL)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot write %s", path);
    gf_status status = gf_trace_merge(folder, command, launch, file, error);
    if (status == GF_OK)
        status = gf_check_stream(file, error);
    fclose(file);
    return status;
}

static gf_status copy_stream(FILE *from, FILE *into, gf_error *error) {
    char bytes[65536];
    size_t got;
    while ((got = fread(bytes, 1, sizeof bytes, from)) > 0) {
        if (fwrite(bytes, 1, got, into) != got)
            break;
    }
    if (ferror(from))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read a trace");
    return gf_check_stream(into, error);
}

/* The file is complete before it has its name. */
static gf_status keep_file(const char *path, const char *keep, gf_error *error) {
    gf_atomic_file *file = NULL;
    FILE *from = fopen(path, "rbe");
    if (from == NULL)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
    gf_status status = gf_atomic_file_open(keep, &file, error);
    if (status == GF_OK) {
        status = copy_stream(from, gf_atomic_file_stream(file), error);
        status = gf_atomic_file_close(file, status, error);
    }
    fclose(from);
    return status;
}

static gf_status collect(const char *folder, const char *const *program,
                         const gf_trace_launch *launch, const char *keep, gf_trace **trace,
                         gf_error *error) {
    char path[PATH_MAX + 300];
    snprintf(path, sizeof path, "%s/" MERGED_NAME, folder);
    gf_status status = merge_in(folder, path, program, launch, error);
    if (status == GF_OK && keep != NULL)
        status = keep_file(path, keep, error);
    return status == GF_OK ? gf_trace_read(path, trace, error) : status;
}

/* *ran: the program has run, so that the folder may hold what can't be had again. */
static gf_status run_in(const char *folder, const char *const *program,
                        const gf_trace_options *options, bool *ran, gf_trace **trace,
                        gf_error *error) {
    char *layer = NULL;
    changed_environment changed = {{NULL}, NULL};
    gf_trace_launch launch = {0};
    gf_status status = find_layer(options->layer, &layer, error);
    if (status == GF_OK)
        status = make_environment(layer, folder, options->limit_bytes, &changed, error);
    if (status == GF_OK)
        status = run_program(program, changed.all, options->cancel, &launch, error);
    *ran = status == GF_OK;
    if (status == GF_OK)
        status = collect(folder, program, &launch, options->keep, trace, error);
    clear_environment(&changed);
    free(layer);
    return status;
}

gf_status gf_trace_run(const char *const *program, const gf_trace_options *options,
                       gf_trace **trace, gf_error *error) {
    static const gf_trace_options none = {NULL, NULL, 0, NULL};
    GF_ENTER(error);
    char folder[PATH_MAX];
    gf_status status = make_folder(folder, sizeof folder, error);
    if (status != GF_OK)
        return status;
    bool ran = false;
    status = run_in(folder, program, options == NULL ? &none : options, &ran, trace, error);
    if (status != GF_OK && ran)
        gf_error_prefix(error, "what the program left is in %s", folder);
    else
        remove_folder(folder);
    return status;
}
