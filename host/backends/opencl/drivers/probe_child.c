/* Children are spawned, not forked: a fork of a process in which a driver has threads hangs. */
#define _GNU_SOURCE 1 /* pipe2 */

#include "backends/opencl/drivers/probe_child.h"
#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_LIMIT   ((size_t)4 << 20) /* a child that writes more is ended */
#define LOW_DESCRIPTOR 10 /* pipes get numbers above those that a child's own descriptors use */

extern char **environ;

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

static double seconds_since(uint64_t start_ns) {
    return (double)(now_ns() - start_ns) * 1e-9;
}

/* ---- Starting ---------------------------------------------------------- */

/* A pipe whose ends are above the standard descriptors even in a process that closed those. */
static bool make_pipe(int ends[2]) {
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, LOW_DESCRIPTOR);
        close(low[i]);
    }
    if (ends[0] >= 0 && ends[1] >= 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    return false;
}

/* The child gets a process group of its own, for the kill, and no blocked or ignored signal. */
static int set_up_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    const short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    int code = posix_spawnattr_setflags(attributes, flags);
    if (code == 0)
        code = posix_spawnattr_setpgroup(attributes, 0);
    if (code == 0)
        code = posix_spawnattr_setsigmask(attributes, &none);
    return code == 0 ? posix_spawnattr_setsigdefault(attributes, &all) : code;
}

static int set_up_descriptors(posix_spawn_file_actions_t *actions, int report, int noise) {
    int code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, noise, 1);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, noise, 2);
    return code == 0 ? posix_spawn_file_actions_adddup2(actions, report, GF_PROBE_REPORT_FD) : code;
}

/* An errno, or 0. */
static int spawn_program(pid_t *pid, const char *const *arguments, int report, int noise) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0)
        return code;
    code = posix_spawn_file_actions_init(&actions);
    if (code == 0) {
        code = set_up_attributes(&attributes);
        if (code == 0)
            code = set_up_descriptors(&actions, report, noise);
        if (code == 0) /* which takes char *, and changes nothing */
            code = posix_spawn(pid, arguments[0], &actions, &attributes,
                               (char *const *)(uintptr_t)arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return code;
}

gf_probe_child gf_probe_child_new(gf_probe_result *result) {
    return (gf_probe_child){.report_fd = -1, .noise_fd = -1, .result = result};
}

gf_status gf_probe_child_start(gf_probe_child *child, const char *const *arguments,
                               gf_error *error) {
    int report[2], noise[2];
    if (!make_pipe(report))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make a pipe");
    if (!make_pipe(noise)) {
        const int code = errno;
        close(report[0]);
        close(report[1]);
        return gf_error_set_errno(error, GF_FAILED, code, "cannot make a pipe");
    }
    child->start_ns = now_ns();
    const int code = spawn_program(&child->pid, arguments, report[1], noise[1]);
    close(report[1]);
    close(noise[1]);
    child->report_fd = report[0];
    child->noise_fd = noise[0];
    if (code == 0)
        return GF_OK;
    child->pid = 0;
    return gf_error_set_errno(error, GF_FAILED, code, "cannot start %s", arguments[0]);
}

/* ---- Reading ----------------------------------------------------------- */

static void close_stream(int *descriptor) {
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static bool keep_report(gf_probe_child *child, const char *bytes, size_t count) {
    if (count > REPORT_LIMIT - child->report_length)
        return false;
    const size_t needed = child->report_length + count + 1;
    if (needed > child->report_capacity) {
        char *grown = realloc(child->report, needed * 2);
        if (grown == NULL)
            return false;
        child->report = grown;
        child->report_capacity = needed * 2;
    }
    memcpy(child->report + child->report_length, bytes, count);
    child->report_length += count;
    child->report[child->report_length] = '\0';
    return true;
}

/* Keeps the end of the output, where a library that dies says why. */
static void keep_noise(gf_probe_child *child, const char *bytes, size_t count) {
    char *noise = child->result->noise;
    const size_t room = GF_PROBE_NOISE - 1;
    if (count > room) {
        bytes += count - room;
        count = room;
    }
    size_t used = strlen(noise);
    if (used + count > room) {
        const size_t dropped = used + count - room;
        memmove(noise, noise + dropped, used - dropped);
        used -= dropped;
    }
    for (size_t i = 0; i < count; i++)
        noise[used + i] = bytes[i] != '\0' ? bytes[i] : ' ';
    noise[used + count] = '\0';
}

/* Reads what has arrived; closes the stream at its end. */
static void drain_stream(gf_probe_child *child, int *descriptor) {
    char bytes[4096];
    for (;;) {
        const ssize_t count = read(*descriptor, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0)
            break;
        if (descriptor == &child->noise_fd)
            keep_noise(child, bytes, (size_t)count);
        else if (!keep_report(child, bytes, (size_t)count))
            break;
    }
    close_stream(descriptor);
}

static void drain_both(gf_probe_child *child) {
    if (child->report_fd >= 0)
        drain_stream(child, &child->report_fd);
    if (child->noise_fd >= 0)
        drain_stream(child, &child->noise_fd);
}

/* The last complete line is the newest report. */
static void parse_report(gf_probe_child *child) {
    if (child->report == NULL)
        return;
    char *end = strrchr(child->report, '\n');
    if (end == NULL)
        return;
    *end = '\0';
    const char *before = strrchr(child->report, '\n');
    child->result->report = json_loads(before != NULL ? before + 1 : child->report, 0, NULL);
}

/* ---- Ending ------------------------------------------------------------ */

static void complete_result(gf_probe_child *child, int status) {
    gf_probe_result *result = child->result;
    drain_both(child);
    parse_report(child);
    child->pid = 0;
    result->seconds = seconds_since(child->start_ns);
    if (result->end == GF_PROBE_TIMED_OUT)
        return;
    result->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    if (WIFSIGNALED(status))
        result->end = GF_PROBE_CRASHED;
    else
        result->end =
            gf_probe_flag(result->report, "complete") ? GF_PROBE_FINISHED : GF_PROBE_EXITED;
}

/* True when the child has ended. In a process that ignores SIGCHLD its status is lost; the report
 * alone then decides how it ended. */
static bool reap(gf_probe_child *child) {
    int status = 0;
    const pid_t gone = waitpid(child->pid, &status, WNOHANG);
    if (gone == 0 || (gone < 0 && errno == EINTR))
        return false;
    complete_result(child, gone < 0 ? 0 : status);
    return true;
}

/* Kills the whole group, because the child may have children of its own. Waits a second at most: a
 * child that is stuck in the kernel does not die. */
static void kill_child(gf_probe_child *child) {
    child->result->end = GF_PROBE_TIMED_OUT;
    (void)kill(-child->pid, SIGKILL);
    for (int tries = 0; tries < 1000; tries++) {
        if (reap(child))
            return;
        (void)poll(NULL, 0, 1);
    }
    complete_result(child, 0);
}

bool gf_probe_child_runs(gf_probe_child *child, double limit) {
    drain_both(child);
    if (reap(child))
        return false;
    if (seconds_since(child->start_ns) <= limit)
        return true;
    kill_child(child);
    return false;
}

void gf_probe_child_clear(gf_probe_child *child) {
    close_stream(&child->report_fd);
    close_stream(&child->noise_fd);
    free(child->report);
}
