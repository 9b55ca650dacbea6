#include "progress.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 1.0 /* shorter work shows no line */
#define TICK_NS    INT64_C(200000000)
#define LINES_NS   INT64_C(2000000000) /* lines stay: fewer of them */
#define SECOND_NS  INT64_C(1000000000)

struct progress {
    pthread_t ticker;
    pthread_mutex_t mutex; /* guards the fields below */
    pthread_cond_t wake;
    bool stopping;
    bool visible;
    bool lines; /* a line stays, and the next one follows it */
    bool begun; /* the first line is there */
    struct timespec start;
    struct timespec updated;
    char subject[96], device[64], variant[64], stage[32];
    uint32_t done, planned;
    uint64_t expected_ns;
    uint64_t saved_step; /* 0: no state is saved */
    struct timespec saved;
};

static double seconds_between(const struct timespec *from, const struct timespec *to) {
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) * 1e-9;
}

/* ---- The line ---------------------------------------------------------- */

/* " (saved 12 s ago)" */
static void compose_saved(const struct progress *progress, const struct timespec *now, char *text,
                          size_t size) {
    if (progress->saved_step > 0)
        snprintf(text, size, " (saved %.0f s ago)", seconds_between(&progress->saved, now));
}

/* "julia on 0:0 vector: sample 3/8, 1.2 s, about 0.8 s left", "step 42/900 (saved 3 s ago), ...".
 */
static void compose(const struct progress *progress, const struct timespec *now, char *text,
                    size_t size) {
    char count[32] = "", remaining[48] = "", saved[64] = "";
    if (progress->planned > 1) {
        const uint32_t current =
            progress->done < progress->planned ? progress->done + 1 : progress->planned;
        snprintf(count, sizeof count, " %u/%u", current, progress->planned);
    }
    if (progress->expected_ns > 0) {
        const double rest =
            (double)progress->expected_ns * 1e-9 - seconds_between(&progress->updated, now);
        snprintf(remaining, sizeof remaining, ", about %.1f s left", rest > 0 ? rest : 0.0);
    }
    compose_saved(progress, now, saved, sizeof saved);
    snprintf(text, size, "%s on %s %s: %s%s%s, %.1f s%s", progress->subject, progress->device,
             progress->variant, progress->stage, count, saved,
             seconds_between(&progress->start, now), remaining);
}

static void draw_on_terminal(struct progress *progress, const char *text) {
    struct winsize window = {0};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1;
    const int width = known ? window.ws_col - 1 : 79; /* a full line would wrap */
    fprintf(stderr, "\r%.*s\033[K", width, text);
    progress->visible = true;
}

static void draw(struct progress *progress) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (progress->stage[0] == '\0' || seconds_between(&progress->start, &now) < PATIENCE_S)
        return;
    char text[384];
    compose(progress, &now, text, sizeof text);
    if (progress->lines)
        fprintf(stderr, "%s\n", text);
    else
        draw_on_terminal(progress, text);
    fflush(stderr);
    progress->begun = true;
}

static void clear(struct progress *progress) {
    if (!progress->visible)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->visible = false;
}

static struct timespec time_in(int64_t ns) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    ns += time.tv_nsec;
    time.tv_sec += (time_t)(ns / SECOND_NS);
    time.tv_nsec = (long)(ns % SECOND_NS);
    return time;
}

static void *tick(void *context) {
    struct progress *progress = context;
    pthread_mutex_lock(&progress->mutex);
    while (!progress->stopping) {
        draw(progress);
        const struct timespec until =
            time_in(progress->lines && progress->begun ? LINES_NS : TICK_NS);
        pthread_cond_timedwait(&progress->wake, &progress->mutex, &until);
    }
    clear(progress);
    pthread_mutex_unlock(&progress->mutex);
    return NULL;
}

/* ---- Starting and stopping --------------------------------------------- */

/* Only the main thread handles signals: the ticker blocks them all. */
static bool start_ticker(struct progress *progress) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&progress->ticker, NULL, tick, progress) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static void progress_free(struct progress *progress) {
    pthread_cond_destroy(&progress->wake);
    pthread_mutex_destroy(&progress->mutex);
    free(progress);
}

static struct progress *start(const char *workload, bool lines) {
    struct progress *made = calloc(1, sizeof *made);
    if (made == NULL)
        return NULL;
    made->lines = lines;
    snprintf(made->subject, sizeof made->subject, "%s", workload);
    clock_gettime(CLOCK_MONOTONIC, &made->start);
    pthread_mutex_init(&made->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&made->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!start_ticker(made)) {
        progress_free(made);
        return NULL;
    }
    return made;
}

struct progress *progress_start(const char *workload, bool quiet) {
    const char *terminal = getenv("TERM");
    const bool dumb = terminal != NULL && strcmp(terminal, "dumb") == 0;
    return quiet || dumb || isatty(STDERR_FILENO) == 0 ? NULL : start(workload, false);
}

struct progress *progress_start_lines(const char *workload) {
    return start(workload, true);
}

void progress_update(const gf_progress *state, void *context) {
    struct progress *progress = context;
    if (progress == NULL)
        return;
    pthread_mutex_lock(&progress->mutex);
    snprintf(progress->device, sizeof progress->device, "%s", state->device_id);
    snprintf(progress->variant, sizeof progress->variant, "%s",
             state->variant == NULL ? "" : state->variant);
    snprintf(progress->stage, sizeof progress->stage, "%s", state->stage);
    progress->done = state->done;
    progress->planned = state->planned;
    progress->expected_ns = state->expected_ns;
    clock_gettime(CLOCK_MONOTONIC, &progress->updated);
    if (progress->saved_step != state->saved_step)
        progress->saved = progress->updated;
    progress->saved_step = state->saved_step;
    pthread_mutex_unlock(&progress->mutex);
}

void progress_saved(struct progress *progress, uint64_t step) {
    if (progress == NULL)
        return;
    pthread_mutex_lock(&progress->mutex);
    progress->saved_step = step;
    clock_gettime(CLOCK_MONOTONIC, &progress->saved);
    pthread_mutex_unlock(&progress->mutex);
}

void progress_subject(struct progress *progress, const char *subject) {
    if (progress == NULL)
        return;
    pthread_mutex_lock(&progress->mutex);
    snprintf(progress->subject, sizeof progress->subject, "%s", subject);
    pthread_mutex_unlock(&progress->mutex);
}

void progress_hide(struct progress *progress) {
    if (progress == NULL)
        return;
    pthread_mutex_lock(&progress->mutex); /* until progress_show nothing draws */
    clear(progress);
}

void progress_show(struct progress *progress) {
    if (progress != NULL)
        pthread_mutex_unlock(&progress->mutex);
}

void progress_stop(struct progress **progress) {
    struct progress *ended = *progress;
    *progress = NULL;
    if (ended == NULL)
        return;
    pthread_mutex_lock(&ended->mutex);
    ended->stopping = true;
    pthread_cond_signal(&ended->wake);
    pthread_mutex_unlock(&ended->mutex);
    pthread_join(ended->ticker, NULL);
    progress_free(ended);
}
