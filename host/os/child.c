#define _GNU_SOURCE 1 /* pipe2 */

#include "os/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/error.h"
#include "os/helpers.h"

#define LOW_DESCRIPTOR 10

extern char **environ;

/* ---- Channels ---------------------------------------------------------- */

/* Moves both ends to high numbers. */
static bool move_up(const int low[2], int ends[2]) {
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, LOW_DESCRIPTOR);
        close(low[i]);
    }
    if (ends[0] >= 0 && ends[1] >= 0)
        return true;
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    return false;
}

bool gf_child_pipe(int ends[2]) {
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0 || !move_up(low, ends))
        return false;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    close(ends[0]);
    close(ends[1]);
    return false;
}

bool gf_child_sockets(int ends[2]) {
    int low[2];
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, low) == 0 && move_up(low, ends);
}

/* ---- Starting ---------------------------------------------------------- */

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

static int set_up_descriptors(posix_spawn_file_actions_t *actions, int channel, int noise) {
    int code = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, noise, 1);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(actions, noise, 2);
    return code == 0 ? posix_spawn_file_actions_adddup2(actions, channel, GF_CHILD_CHANNEL) : code;
}

/* An errno, or 0. */
static int spawn_program(pid_t *pid, const char *const *arguments, int channel, int noise) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int code = posix_spawnattr_init(&attributes);
    if (code != 0)
        return code;
    code = posix_spawn_file_actions_init(&actions);
    if (code == 0) {
        code = set_up_attributes(&attributes);
        if (code == 0)
            code = set_up_descriptors(&actions, channel, noise);
        if (code == 0) /* which takes char *, and changes nothing */
            code = posix_spawn(pid, arguments[0], &actions, &attributes,
                               (char *const *)(uintptr_t)arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return code;
}

gf_child gf_child_new(void) {
    return (gf_child){.noise_fd = -1};
}

gf_status gf_child_start(gf_child *child, const char *const *arguments, int channel,
                         gf_error *error) {
    int noise[2];
    if (!gf_child_pipe(noise))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot make a pipe");
    pid_t pid = 0;
    const int code = spawn_program(&pid, arguments, channel, noise[1]);
    close(noise[1]);
    if (code != 0) {
        close(noise[0]);
        return gf_error_set_errno(error, GF_FAILED, code, "cannot start %s", arguments[0]);
    }
    *child = (gf_child){.pid = pid, .noise_fd = noise[0]};
    gf_helpers_add(pid);
    return GF_OK;
}

/* ---- Its output -------------------------------------------------------- */

/* Keeps the end of the output, where a library that dies says why. */
static void keep_noise(gf_child *child, const char *bytes, size_t count) {
    char *noise = child->noise;
    const size_t room = GF_CHILD_NOISE - 1;
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

/* At most this many pieces at once: a child that writes without end must not hold up its parent. */
#define MOST_PIECES 64

void gf_child_drain(gf_child *child) {
    char bytes[4096];
    for (int i = 0; child->noise_fd >= 0 && i < MOST_PIECES; i++) {
        const ssize_t count = read(child->noise_fd, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0) {
            close(child->noise_fd);
            child->noise_fd = -1;
            return;
        }
        keep_noise(child, bytes, (size_t)count);
    }
}

/* ---- Its end ----------------------------------------------------------- */

static void note_end(gf_child *child, int status) {
    gf_helpers_remove(child->pid);
    gf_child_drain(child);
    child->pid = 0;
    child->end = WIFSIGNALED(status) ? GF_CHILD_KILLED : GF_CHILD_EXITED;
    child->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

bool gf_child_reap(gf_child *child) {
    if (child->pid == 0)
        return true;
    int status = 0;
    const pid_t gone = waitpid(child->pid, &status, WNOHANG);
    if (gone == 0 || (gone < 0 && errno == EINTR))
        return false;
    note_end(child, gone < 0 ? 0 : status);
    return true;
}

void gf_child_kill(gf_child *child) {
    if (child->pid == 0)
        return;
    (void)kill(-child->pid, SIGKILL);
    for (int tries = 0; tries < 1000; tries++) {
        if (gf_child_reap(child))
            return;
        (void)poll(NULL, 0, 1);
    }
    note_end(child, SIGKILL);
}

void gf_child_clear(gf_child *child) {
    gf_child_kill(child);
    if (child->noise_fd >= 0)
        close(child->noise_fd);
    child->noise_fd = -1;
}

const char *gf_signal_name(int number) {
    static const struct {
        int number;
        const char *name;
    } names[] = {{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},
                 {SIGILL, "SIGILL"},   {SIGFPE, "SIGFPE"},   {SIGTRAP, "SIGTRAP"},
                 {SIGSYS, "SIGSYS"},   {SIGKILL, "SIGKILL"}, {SIGTERM, "SIGTERM"},
                 {SIGPIPE, "SIGPIPE"}, {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}};
    for (size_t i = 0; i < GF_COUNT_OF(names); i++)
        if (names[i].number == number)
            return names[i].name;
    return NULL;
}
