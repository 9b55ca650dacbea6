/* A worker whose devices are fakes, and which fails on purpose:
 *
 *   fake_worker SLOT:ACTION ONCE COMPLAINT
 *
 * At the first call of SLOT (list, open, prepare, finish, read) it does ACTION, unless the file
 * ONCE exists, which it makes before: a second worker works. "open:wait" opens once cancelled,
 * "id:ID" gives the first device that id. A breach of the backend's contract, or a leak, is written
 * to the file COMPLAINT. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fake_backend.h"
#include "os/child.h"
#include "os/helpers.h"
#include "worker/message.h"
#include "worker/server/server.h"

FAKE_GLOBALS

static const char *fault = "", *once = "";

static void send_bytes(const void *bytes, size_t count) {
    (void)!send(GF_CHILD_CHANNEL, bytes, count, 0);
}

/* A reply that is right but for its version. */
static void send_other_version(void) {
    static gf_message message;
    gf_message_begin(&message, GF_REQUEST_PREPARE, true, 1);
    (void)gf_message_end(&message);
    message.bytes[4] ^= 0x55;
    send_bytes(message.bytes, message.wire.used);
}

static void act(const char *action) {
    static unsigned char much[GF_MESSAGE_MOST + 1000];
    fprintf(stderr, "noise\nfake driver: %s\n\n", action);
    fflush(stderr);
    if (strcmp(action, "abort") == 0)
        abort();
    if (strcmp(action, "segv") == 0) {
        (void)signal(SIGSEGV, SIG_DFL); /* a sanitizer has a handler */
        (void)raise(SIGSEGV);
    }
    if (strcmp(action, "kill") == 0)
        (void)raise(SIGKILL);
    if (strcmp(action, "term") == 0)
        (void)raise(SIGTERM);
    if (strcmp(action, "exit") == 0)
        _exit(7);
    if (strcmp(action, "close") == 0)
        close(GF_CHILD_CHANNEL);
    while (strcmp(action, "noise") == 0)
        fprintf(stderr, "on and on and on and on and on and on and on and on and on and on\n");
    if (strcmp(action, "nonsense") == 0)
        send_bytes("nonsense that is long enough for a header", 41);
    if (strcmp(action, "short") == 0)
        send_bytes("gfwk", 4);
    if (strcmp(action, "long") == 0)
        send_bytes(much, sizeof much);
    if (strcmp(action, "version") == 0)
        send_other_version();
    for (;;)
        pause();
}

static void enter(const char *slot) {
    const size_t length = strlen(slot);
    if (strncmp(fault, slot, length) != 0 || fault[length] != ':' || access(once, F_OK) == 0)
        return;
    close(open(once, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    act(fault + length + 1);
}

/* ---- Slots ------------------------------------------------------------- */

static gf_status faulty_open(gf_device *device, gf_error *error) {
    if (strcmp(fault, "open:wait") != 0)
        enter("open");
    else
        while (device->cancel == NULL || *device->cancel == 0)
            (void)usleep(1000);
    return fake_open(device, error);
}

static gf_status faulty_prepare(gf_device *device, const gf_problem *problem, const char *variant,
                                const gf_tuning *tuning, gf_program **program, gf_error *error) {
    enter("prepare");
    return fake_prepare(device, problem, variant, tuning, program, error);
}

static gf_status faulty_finish(gf_program *program, bool *swapped, gf_error *error) {
    enter("finish");
    return fake_finish(program, swapped, error);
}

static gf_status faulty_read(gf_buffer *buffer, void *target, gf_error *error) {
    enter("read");
    return fake_buffer_read(buffer, target, error);
}

static gf_status enumerate(uint32_t first_platform, const gf_device_sink *sink, void **state,
                           gf_error *error) {
    const gf_session_options options = {.thread_count = 1};
    (void)first_platform;
    enter("list");
    return fake_enumerate(&fake_machines[0], &options, sink, state, error);
}

static void add_devices(void) {
    const char *id = strncmp(fault, "id:", 3) == 0 ? fault + 3 : "5:0";
    fake_device *copies = fake_add(0, id, "A GPU", GF_CLASS_GPU);
    copies->pinned_arrays = 100;
    copies->overlaps = true;
    fake_device *shares = fake_add(0, "5:1", "A CPU", GF_CLASS_CPU);
    shares->in_place = true;
}

int main(int count, char **arguments) {
    gf_backend backend = fake_backend(0);
    const pid_t parent = getppid();
    if (count != 4)
        return GF_USAGE;
    fault = arguments[1];
    once = arguments[2];
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    backend.open = faulty_open;
    backend.prepare = faulty_prepare;
    backend.finish = faulty_finish;
    backend.buffer_read = faulty_read;
    backend.tunables = NULL;
    backend.device_time = NULL; /* the clock of the fakes is another than the server's */
    add_devices();
    const gf_service service = {
        .backend = &backend, .enumerate = enumerate, .shut_down = fake_shut_down};
    const int code = gf_serve(&service, GF_CHILD_CHANNEL);
    const char *complaint = fake_complaint();
    pid_t helpers[GF_MAX_HELPERS];
    if (complaint == NULL && (gf_helpers_list(helpers) != 1 || helpers[0] != parent))
        complaint = "the parent counts as another program";
    FILE *file = complaint == NULL ? NULL : fopen(arguments[3], "w");
    if (file != NULL) {
        fprintf(file, "%s\n", complaint);
        fclose(file);
    }
    return code;
}
