#include "user/twin_sanitize.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cancel.h"
#include "base/error.h"
#include "os/child.h"
#include "os/files/text_file.h"
#include "os/patience.h"
#include "user/source/compiler.h"
#include "user/source/sanitizer_log.h"
#include "user/twin_call.h"

#define PATH_SIZE 600
#define MOST_LOG  ((size_t)64 << 20)
/* Optimised little, so that what the source does is still there. A fault does not end the program,
 * so that one run finds several. */
#define FLAGS                                                                                      \
    "-O1 -g -march=native -ffp-contract=off -fno-omit-frame-pointer -fsanitize=address,undefined " \
    "-fsanitize-recover=address,undefined"
/* Content of what is no input. */
#define POISON 0xa5

static void path_in(const gf_twin_check *how, const char *name, char path[PATH_SIZE]) {
    snprintf(path, PATH_SIZE, "%s/%s", how->folder, name);
}

/* ---- Files ------------------------------------------------------------- */

static gf_status close_file(FILE *file, const char *path, gf_error *error) {
    const bool good = ferror(file) == 0;
    if (fclose(file) == 0 && good)
        return GF_OK;
    return gf_error_set(error, GF_FAILED, "cannot write %s; is the disk full?", path);
}

static gf_status open_file(const char *path, FILE **file, gf_error *error) {
    *file = fopen(path, "wxe");
    return *file != NULL ? GF_OK
                         : gf_error_set_errno(error, GF_FAILED, errno, "cannot make %s", path);
}

static gf_status write_source(const gf_user_workload *user, const gf_twin_check *how,
                              gf_error *error) {
    char entry[GF_TWIN_ENTRY], path[PATH_SIZE];
    FILE *file = NULL;
    gf_status status = gf_twin_write_entry(user->manifest, "", entry, sizeof entry, error);
    path_in(how, "twin.c", path);
    if (status == GF_OK)
        status = open_file(path, &file, error);
    if (status != GF_OK)
        return status;
    (void)fputs(user->twin_source.text, file);
    (void)fputs(entry, file);
    status = close_file(file, path, error);
    path_in(how, gf_twin_files[0].name, path);
    if (status == GF_OK)
        status = open_file(path, &file, error);
    if (status != GF_OK)
        return status;
    (void)fwrite(gf_twin_files[0].bytes, 1, gf_twin_files[0].length, file);
    return close_file(file, path, error);
}

/* ---- The description of the calls -------------------------------------- */

static void put_number(FILE *file, uint64_t number) {
    (void)fwrite(&number, sizeof number, 1, file);
}

static void put_buffer(FILE *file, const gf_buffer_spec *spec, const void *content) {
    char name[64] = "";
    snprintf(name, sizeof name, "%s", spec->name);
    put_number(file, spec->bytes);
    (void)fwrite(name, 1, sizeof name, file);
    if (content != NULL)
        (void)fwrite(content, 1, spec->bytes, file);
    for (size_t i = 0; content == NULL && i < spec->bytes; i++)
        (void)putc(POISON, file);
}

static void put_call(FILE *file, const gf_twin_call *call, size_t begin, size_t end) {
    put_number(file, begin);
    put_number(file, end);
    for (uint32_t i = 0; i < call->manifest->twin.arguments.count; i++) {
        const bool is_buffer = call->manifest->twin.arguments.items[i].kind == GF_ARGUMENT_BUFFER;
        put_number(file, is_buffer ? (uint64_t)(uintptr_t)call->buffers[i] : 0);
        put_number(file, call->scalars[i].u64);
    }
}

/* As the threads of a run would: in two pieces. */
static uint64_t pieces_of(const gf_twin_call *call) {
    return call->length > 1 ? 2 : 1;
}

static gf_status put_calls(const gf_problem *problem, FILE *file, gf_error *error) {
    gf_twin_call call;
    void *buffers[GF_MAX_BUFFERS]; /* their numbers, from 1 on */
    gf_status status = gf_twin_call_begin(problem, 1, &call, error);
    if (status != GF_OK)
        return status;
    const bool once = problem->steps == 0 || call.manifest->twin.all_steps;
    const uint64_t steps = once ? 1 : problem->steps, pieces = pieces_of(&call);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        buffers[i] = (void *)(uintptr_t)(i + 1);
    put_number(file, steps * pieces);
    put_number(file, call.manifest->twin.arguments.count);
    for (uint64_t step = 0; status == GF_OK && step < steps; step++) {
        status = gf_twin_call_set(&call, step, buffers, error);
        for (uint64_t piece = 0; status == GF_OK && piece < pieces; piece++)
            put_call(file, &call, call.length / pieces * piece,
                     piece + 1 < pieces ? call.length / pieces : call.length);
        if (problem->has_pair && !once)
            gf_twin_swap(problem, buffers);
    }
    return status;
}

static gf_status write_description(const gf_problem *problem, const void *const *inputs,
                                   const char *path, gf_error *error) {
    FILE *file = NULL;
    gf_status status = open_file(path, &file, error);
    if (status != GF_OK)
        return status;
    put_number(file, problem->buffer_count);
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        put_buffer(file, &problem->buffers[i], inputs[i]);
    status = put_calls(problem, file, error);
    const gf_status closed = close_file(file, path, status == GF_OK ? error : &(gf_error){0});
    return status == GF_OK ? closed : status;
}

/* ---- Compiling --------------------------------------------------------- */

static gf_status compile(const gf_user_workload *user, const gf_twin_check *how,
                         const char *program, gf_error *error) {
    gf_compiler compiler;
    char source[PATH_SIZE], caller[PATH_SIZE], include[PATH_SIZE];
    gf_status status = write_source(user, how, error);
    if (status != GF_OK)
        return status;
    gf_compiler_find(&compiler);
    path_in(how, "twin.c", source);
    path_in(how, gf_twin_files[0].name, caller);
    snprintf(include, sizeof include, "-I%s", user->manifest->directory);
    const char *const arguments[] = {include, "-o", program, source, caller, "-lm", NULL};
    status = gf_compiler_run(&compiler, FLAGS, user->manifest->twin.flags, arguments,
                             user->manifest->twin.file.name, error);
    if (status != GF_OK && (strstr(error->text, "san") != NULL))
        return gf_error_set(
            error, GF_UNSUPPORTED,
            "%s has no sanitizers here; install them (Debian: libgcc-dev of gcc, or "
            "libclang-rt-dev of clang) or set CC to a compiler that has them",
            compiler.command);
    return status;
}

/* ---- Running ----------------------------------------------------------- */

/* Leaks are left out: the system frees them, and looking for them fails in some containers. */
static const char script[] =
    "ulimit -c 0; ulimit -S -t \"$1\"; "
    "ASAN_OPTIONS=halt_on_error=0:detect_leaks=0:allocator_may_return_null=1:color=never; "
    "UBSAN_OPTIONS=color=never; export ASAN_OPTIONS UBSAN_OPTIONS; "
    "exec \"$2\" \"$3\" >/dev/null 2>&3 3>&-";

static bool wait_for(gf_child *child, const gf_twin_check *how) {
    gf_patience waited = gf_patience_begin();
    while (!gf_child_reap(child)) {
        if (gf_cancelled(how->cancel) || gf_patience_seconds(&waited) > how->limit_s)
            return false;
        (void)poll(NULL, 0, 5);
    }
    return true;
}

/* With a number above those of the child's own descriptors. */
static int open_log(const char *log) {
    const int opened = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (opened < 0)
        return -1;
    const int descriptor = fcntl(opened, F_DUPFD_CLOEXEC, GF_CHILD_CHANNEL + 1);
    const int code = errno;
    close(opened);
    errno = code;
    return descriptor;
}

static gf_status run(const gf_twin_check *how, const char *program, const char *description,
                     const char *log, gf_child *end, gf_error *error) {
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%.0f", how->limit_s + 1);
    const char *const arguments[] = {"/bin/sh", "-c",    script,      "sh",
                                     seconds,   program, description, NULL};
    const int descriptor = open_log(log);
    if (descriptor < 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make %s", log);
    gf_child child = gf_child_new();
    gf_status status = gf_child_start(&child, arguments, descriptor, error);
    close(descriptor);
    if (status != GF_OK)
        return status;
    const bool ended = wait_for(&child, how);
    *end = child;
    gf_child_clear(&child);
    if (ended && !(end->end == GF_CHILD_KILLED && end->code == SIGXCPU))
        return GF_OK;
    if (gf_cancelled(how->cancel))
        return gf_error_interrupted(error);
    return gf_error_set_parameter(error, GF_FAILED, "deadline",
                                  ": the twin was not done within %.3g s", how->limit_s);
}

/* It ended before its end, and no sanitizer says why. */
static gf_status report_crash(const gf_child *end, const gf_flaw_sink *sink, gf_error *error) {
    gf_flaw finding = {.kind = "crash", .count = 1};
    const char *name = end->end == GF_CHILD_KILLED ? gf_signal_name(end->code) : NULL;
    if (end->end == GF_CHILD_KILLED && name != NULL)
        snprintf(finding.what, sizeof finding.what, "crashes (%s)", name);
    else
        snprintf(finding.what, sizeof finding.what, "ends its process, with %s %d",
                 end->end == GF_CHILD_KILLED ? "signal" : "exit status", end->code);
    return sink->add(sink->context, &finding, error);
}

typedef struct counter {
    const gf_flaw_sink *sink;
    size_t count;
} counter;

static gf_status count_finding(void *context, const gf_flaw *finding, gf_error *error) {
    counter *c = context;
    c->count++;
    return c->sink->add(c->sink->context, finding, error);
}

static gf_status read_log(const char *log, const gf_child *end, const gf_flaw_sink *sink,
                          gf_error *error) {
    counter counted = {sink, 0};
    const gf_flaw_sink counting = {&counted, count_finding};
    char *text = NULL;
    size_t length = 0;
    bool ended = false;
    gf_status status = gf_text_file_read(log, MOST_LOG, &text, &length, error);
    if (status == GF_OK)
        status = gf_sanitizer_log_read(text, &counting, &ended, error);
    free(text);
    return status == GF_OK && !ended && counted.count == 0 ? report_crash(end, sink, error)
                                                           : status;
}

gf_status gf_twin_sanitize(const gf_problem *problem, const void *const *inputs,
                           const gf_twin_check *how, const gf_flaw_sink *sink, gf_error *error) {
    const gf_user_workload *user = gf_user_of(problem->workload);
    char program[PATH_SIZE], description[PATH_SIZE], log[PATH_SIZE];
    gf_child end = gf_child_new();
    gf_status status = GF_OK;
    path_in(how, "twin", program);
    path_in(how, "calls", description);
    path_in(how, "twin.log", log);
    if (access(program, X_OK) != 0)
        status = compile(user, how, program, error);
    if (status == GF_OK)
        status = write_description(problem, inputs, description, error);
    if (status == GF_OK)
        status = run(how, program, description, log, &end, error);
    if (status == GF_OK)
        status = read_log(log, &end, sink, error);
    (void)unlink(description);
    return status;
}
