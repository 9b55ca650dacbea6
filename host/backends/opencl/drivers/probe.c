/* Starting, limiting and collecting the children. They are spawned, not forked: a fork of a
 * process in which a driver has threads hangs. */
#define _GNU_SOURCE 1 /* asprintf, secure_getenv, pipe2 */

#include "backends/opencl/drivers/probe.h"

#include "backends/opencl/drivers/probe_text.h"
#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define NS_PER_SECOND  UINT64_C(1000000000)
#define DEFAULT_LIMIT  10.0 /* seconds; GPU drivers take up to 5 to wake a sleeping device */
#define MAX_LIMIT      3600.0
#define REPORT_LIMIT   ((size_t)4 << 20) /* a child that writes more is ended */
#define MAX_STREAMS    128               /* of one poll: two for each child */
#define LOW_DESCRIPTOR 10 /* pipes lie above what a child's own descriptors are set up from */

typedef struct child {
    pid_t pid;               /* 0: not started, or ended */
    int report_fd, noise_fd; /* -1: closed */
    char *report;
    size_t report_length, report_capacity;
    char *directory; /* the private one that shows its drivers */
    uint64_t start_ns;
    gf_probe_result *result;
} child;

static uint64_t now_ns(void) {
    const gf_clock clock = gf_clock_monotonic();
    return gf_clock_now(&clock);
}

static double seconds_since(uint64_t start_ns) {
    return (double)(now_ns() - start_ns) / (double)NS_PER_SECOND;
}

/* ---- The program ------------------------------------------------------- */

static char *existing(char *path) {
    if (path != NULL && access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static char *beside_executable(const char *relative) {
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0)
        return NULL;
    self[length] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    char *path = NULL;
    return asprintf(&path, "%s/%s", self, relative) < 0 ? NULL : existing(path);
}

char *gf_probe_program(void) {
    const char *chosen = secure_getenv("GPUFARE_PROBE");
    if (chosen != NULL)
        return existing(strdup(chosen));
    char *path = beside_executable("gpufare-probe");
    if (path == NULL)
        path = beside_executable("../libexec/gpufare/gpufare-probe");
#ifdef GF_PROBE_PATH
    if (path == NULL)
        path = existing(strdup(GF_PROBE_PATH));
#endif
    return path;
}

static double time_limit(void) {
    const char *text = getenv("GPUFARE_PROBE_TIMEOUT");
    if (text == NULL || text[0] == '\0')
        return DEFAULT_LIMIT;
    char *end;
    const double seconds = strtod(text, &end);
    const bool usable = *end == '\0' && isfinite(seconds) && seconds > 0.0;
    return usable ? fmin(seconds, MAX_LIMIT) : DEFAULT_LIMIT;
}

/* ---- Starting ---------------------------------------------------------- */

/* Variables that would show the child more drivers than its own. */
static bool is_replaced(const char *entry) {
    static const char *const names[] = {
        "OCL_ICD_VENDORS=", "OPENCL_VENDOR_PATH=", "OCL_ICD_FILENAMES="};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(entry, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

/* The array is the caller's; its strings are borrowed. */
static char **child_environment(char *vendors) {
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **copy = calloc(count + 2, sizeof *copy);
    if (copy == NULL)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_replaced(environ[i]))
            copy[used++] = environ[i];
    copy[used] = vendors;
    return copy;
}

/* A pipe whose ends are above the standard descriptors even if those were closed. */
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
static int spawn(pid_t *pid, const char *program, char *const *arguments, char *const *environment,
                 int report, int noise) {
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
        if (code == 0)
            code = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return code;
}

static gf_status spawn_with_pipes(child *self, const char *program, char *const *arguments,
                                  char *const *environment, gf_error *error) {
    int report[2], noise[2];
    if (!make_pipe(report))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make a pipe");
    if (!make_pipe(noise)) {
        const int code = errno;
        close(report[0]);
        close(report[1]);
        return gf_error_set_errno(error, GF_FAILED, code, "cannot make a pipe");
    }
    self->start_ns = now_ns();
    const int code = spawn(&self->pid, program, arguments, environment, report[1], noise[1]);
    close(report[1]);
    close(noise[1]);
    self->report_fd = report[0];
    self->noise_fd = noise[0];
    if (code == 0)
        return GF_OK;
    self->pid = 0;
    return gf_error_set_errno(error, GF_FAILED, code, "cannot start %s", program);
}

static gf_status show_drivers(child *self, const gf_probe_request *request, gf_error *error) {
    gf_status status = gf_private_directory_create(&self->directory, error);
    for (size_t i = 0; i < request->count && status == GF_OK; i++)
        status = gf_icd_show(&request->drivers[i], self->directory, error);
    return status;
}

static gf_status start(child *self, const char *program, const gf_probe_request *request,
                       gf_error *error) {
    gf_status status = show_drivers(self, request, error);
    if (status != GF_OK)
        return status;
    char *vendors = NULL;
    if (asprintf(&vendors, "OCL_ICD_VENDORS=%s", self->directory) < 0)
        return gf_error_no_memory(error, "a path", PATH_MAX);
    char **environment = child_environment(vendors);
    if (environment == NULL) {
        free(vendors);
        return gf_error_no_memory(error, "an environment", 0);
    }
    /* posix_spawn takes char *, and changes nothing. */
    char *arguments[6] = {(char *)(uintptr_t)program};
    size_t used = 1;
    if (request->list_only)
        arguments[used++] = (char *)(uintptr_t) "--list";
    if (request->fresh)
        arguments[used++] = (char *)(uintptr_t) "--fresh";
    if (request->count == 1) {
        arguments[used++] = (char *)(uintptr_t) "--library";
        arguments[used++] = request->drivers[0].library;
    }
    status = spawn_with_pipes(self, program, arguments, environment, error);
    free(environment);
    free(vendors);
    return status;
}

/* ---- Reading ----------------------------------------------------------- */

static void close_stream(int *descriptor) {
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static bool keep_report(child *self, const char *bytes, size_t count) {
    if (count > REPORT_LIMIT - self->report_length)
        return false;
    const size_t needed = self->report_length + count + 1;
    if (needed > self->report_capacity) {
        char *grown = realloc(self->report, needed * 2);
        if (grown == NULL)
            return false;
        self->report = grown;
        self->report_capacity = needed * 2;
    }
    memcpy(self->report + self->report_length, bytes, count);
    self->report_length += count;
    self->report[self->report_length] = '\0';
    return true;
}

/* Keeps the end: a library's last words come last. */
static void keep_noise(child *self, const char *bytes, size_t count) {
    char *noise = self->result->noise;
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

/* Reads what is there; closes the stream at its end. */
static void drain(child *self, int *descriptor) {
    char bytes[4096];
    for (;;) {
        const ssize_t count = read(*descriptor, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0)
            break;
        if (descriptor == &self->noise_fd)
            keep_noise(self, bytes, (size_t)count);
        else if (!keep_report(self, bytes, (size_t)count))
            break;
    }
    close_stream(descriptor);
}

static void drain_both(child *self) {
    if (self->report_fd >= 0)
        drain(self, &self->report_fd);
    if (self->noise_fd >= 0)
        drain(self, &self->noise_fd);
}

/* The last complete line is the newest report. */
static void parse_report(child *self) {
    if (self->report == NULL)
        return;
    char *end = strrchr(self->report, '\n');
    if (end == NULL)
        return;
    *end = '\0';
    const char *before = strrchr(self->report, '\n');
    self->result->report = json_loads(before != NULL ? before + 1 : self->report, 0, NULL);
}

/* ---- Waiting ----------------------------------------------------------- */

static void finish(child *self, int status) {
    gf_probe_result *result = self->result;
    drain_both(self);
    parse_report(self);
    self->pid = 0;
    result->seconds = seconds_since(self->start_ns);
    if (result->end == GF_PROBE_TIMED_OUT)
        return;
    result->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    if (WIFSIGNALED(status))
        result->end = GF_PROBE_CRASHED;
    else
        result->end =
            gf_probe_flag(result->report, "complete") ? GF_PROBE_FINISHED : GF_PROBE_EXITED;
}

/* True when the child is gone. In a process that ignores SIGCHLD its status is lost: the report
 * alone decides then. */
static bool reap(child *self) {
    int status = 0;
    const pid_t gone = waitpid(self->pid, &status, WNOHANG);
    if (gone == 0 || (gone < 0 && errno == EINTR))
        return false;
    finish(self, gone < 0 ? 0 : status);
    return true;
}

/* The whole group: the child may have children of its own. One stuck in the kernel is given up. */
static void end_child(child *self) {
    self->result->end = GF_PROBE_TIMED_OUT;
    (void)kill(-self->pid, SIGKILL);
    for (int tries = 0; tries < 1000; tries++) {
        if (reap(self))
            return;
        (void)poll(NULL, 0, 1);
    }
    finish(self, 0);
}

/* Waits for news, briefly: the end of a child that left its pipe to others makes no noise. */
static void wait_for_news(child *children, size_t count) {
    struct pollfd streams[MAX_STREAMS];
    nfds_t used = 0;
    bool ending = false;
    for (size_t i = 0; i < count; i++) {
        const int both[2] = {children[i].report_fd, children[i].noise_fd};
        if (children[i].pid == 0)
            continue;
        ending = ending || both[0] < 0;
        for (size_t j = 0; j < 2 && used < MAX_STREAMS; j++)
            if (both[j] >= 0)
                streams[used++] = (struct pollfd){both[j], POLLIN, 0};
    }
    (void)poll(streams, used, ending ? 1 : 20);
}

static void collect(child *children, size_t count, double limit) {
    for (bool waiting = true; waiting;) {
        wait_for_news(children, count);
        waiting = false;
        for (size_t i = 0; i < count; i++) {
            child *self = &children[i];
            if (self->pid == 0)
                continue;
            drain_both(self);
            if (reap(self))
                continue;
            if (seconds_since(self->start_ns) > limit)
                end_child(self);
            else
                waiting = true;
        }
    }
}

static void child_clear(child *self) {
    close_stream(&self->report_fd);
    close_stream(&self->noise_fd);
    free(self->report);
    gf_private_directory_remove(self->directory);
}

gf_status gf_probe_run(const char *program, const gf_probe_request *requests, size_t count,
                       gf_probe_result *results, gf_error *error) {
    for (size_t i = 0; i < count; i++)
        results[i] = (gf_probe_result){0};
    child *children = calloc(count + 1, sizeof *children);
    if (children == NULL)
        return gf_error_no_memory(error, "driver probes", count * sizeof *children);
    const double limit = time_limit();
    gf_status status = GF_OK;
    for (size_t i = 0; i < count; i++) {
        children[i] = (child){.report_fd = -1, .noise_fd = -1, .result = &results[i]};
        if (status == GF_OK && requests[i].count > 0)
            status = start(&children[i], program, &requests[i], error);
    }
    collect(children, count, status == GF_OK ? limit : 0.0);
    for (size_t i = 0; i < count; i++) {
        child_clear(&children[i]);
        if (status != GF_OK)
            gf_probe_result_clear(&results[i]);
    }
    free(children);
    return status;
}

void gf_probe_result_clear(gf_probe_result *result) {
    json_decref(result->report);
    *result = (gf_probe_result){0};
}
