#define _GNU_SOURCE 1 /* flock, timers */

#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "options/message.h"
#include "os/atomic_file.h"
#include "os/files/temporary_file.h"

static volatile sig_atomic_t flag;
static volatile sig_atomic_t stop;    /* asked for instead while `listens` */
static volatile sig_atomic_t listens; /* a run saves a last state, and ends then */
static volatile sig_atomic_t kernels_run;
static bool on_terminal;
static bool silent; /* set before the handler is */

/* ---- Last words ---------------------------------------------------------- */

#define MOST_WORDS 8192

/* One may be read while the other is written. */
static struct last_words { char words[MOST_WORDS], lock[MOST_WORDS]; } texts[2];
static struct last_words *_Atomic last_words; /* NULL: none that were not said */
static size_t next_text;
static timer_t timer; /* sends SIGALRM when it is time for them */
static bool has_timer;
static uint32_t patience_ms;

/* The lock stays: only one process finds the speaker gone. */
static bool speaker_is_gone(const char *lock) {
    const int fd = open(lock, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* In a handler. Each text is said once. */
static void say_last_words(void) {
    struct last_words *said = atomic_load(&last_words);
    if (said != NULL && (said->lock[0] == '\0' || speaker_is_gone(said->lock)) &&
        atomic_compare_exchange_strong(&last_words, &said, NULL))
        (void)!write(STDERR_FILENO, said->words, strlen(said->words));
}

static void on_alarm(int signal_number) {
    const int saved = errno;
    (void)signal_number;
    say_last_words();
    errno = saved;
}

/* In a handler: not at once, since the work may save a newer state in time. */
static void begin_last_words(void) {
    const struct itimerspec when = {
        .it_value = {.tv_sec = patience_ms / 1000, .tv_nsec = patience_ms % 1000 * 1000000L}};
    if (patience_ms == 0 || !has_timer || timer_settime(timer, 0, &when, NULL) != 0)
        say_last_words();
}

static void make_timer(void) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    has_timer = sigaction(SIGALRM, &action, NULL) == 0 &&
                timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
}

void interrupt_set_last_words(const char *words, const char *lock, uint32_t after_ms) {
    struct last_words *next = &texts[next_text++ % 2];
    snprintf(next->words, sizeof next->words, "%s", words);
    snprintf(next->lock, sizeof next->lock, "%s", lock == NULL ? "" : lock);
    patience_ms = after_ms;
    if (!has_timer && after_ms > 0)
        make_timer();
    atomic_store(&last_words, next);
}

bool interrupt_drop_last_words(void) {
    return atomic_exchange(&last_words, NULL) != NULL;
}

/* ---- The handler --------------------------------------------------------- */

/* The second signal ends work that does not look at the flag, such as a kernel that never returns.
 */
static void on_signal(int signal_number) {
    static const char plain[] = "gpufare: stopping; again to end now\n";
    static const char answer[] = "gpufare: stopping after this kernel; again to end now\n";
    static const char last[] = "gpufare: saving a last state; again to end now\n";
    const int saved = errno;
    (void)signal_number;
    if (flag != 0 || stop != 0) {
        gf_temporary_files_abandon();
        say_last_words();
        _exit(GF_INTERRUPTED);
    }
    begin_last_words();
    const bool saves = listens != 0;
    *(saves ? &stop : &flag) = 1;
    if (silent) {
        errno = saved;
        return;
    }
    /* A kernel may take minutes. Nothing can be done where the answer can't be written. */
    if (on_terminal) /* where the progress line may stand */
        (void)!write(STDERR_FILENO, "\r\033[K", 4);
    (void)!(saves              ? write(STDERR_FILENO, last, sizeof last - 1)
            : kernels_run != 0 ? write(STDERR_FILENO, answer, sizeof answer - 1)
                               : write(STDERR_FILENO, plain, sizeof plain - 1));
    errno = saved;
}

void interrupt_kernels_run(bool run) {
    kernels_run = run;
}

void interrupt_silence(void) {
    silent = true;
}

void interrupt_install(void) {
    gf_atomic_file_cancel_by(&flag);
    on_terminal = isatty(STDERR_FILENO) != 0;
    /* SA_RESTART: the first signal must not fail a read or a write. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL); /* the write fails, and is reported */
}

const volatile sig_atomic_t *interrupt_flag(void) {
    return &flag;
}

const volatile sig_atomic_t *interrupt_stop_flag(void) {
    return &stop;
}

volatile sig_atomic_t *interrupt_listens(void) {
    return &listens;
}

gf_status interrupt_check(gf_error *error) {
    return flag == 0 ? GF_OK : message_set(error, GF_INTERRUPTED, "interrupted");
}
