#include "backends/device_set/crew.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/error.h"

typedef struct crew_thread {
    gf_crew *crew;
    uint32_t member;
    pthread_t thread;
} crew_thread;

struct gf_crew {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    crew_thread *threads;
    uint32_t count;   /* of threads that run */
    uint64_t run;     /* counts the calls */
    uint32_t working; /* threads of this call that are not done */
    gf_crew_work work;
    void *context;
    bool ends;
    /* The meeting: how many have come, and which one it is. */
    uint32_t present;
    uint64_t meeting;
    bool given_up;
};

static void *serve(void *argument) {
    const crew_thread *self = argument;
    gf_crew *crew = self->crew;
    uint64_t done = 0;
    (void)pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (!crew->ends && crew->run == done)
            (void)pthread_cond_wait(&crew->changed, &crew->lock);
        if (crew->ends)
            break;
        done = crew->run;
        (void)pthread_mutex_unlock(&crew->lock);
        crew->work(crew->context, self->member);
        (void)pthread_mutex_lock(&crew->lock);
        if (--crew->working == 0)
            (void)pthread_cond_broadcast(&crew->changed);
    }
    (void)pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* Signals are for the thread that called the library. */
static int start_thread(crew_thread *thread) {
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const int code = pthread_create(&thread->thread, NULL, serve, thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

static gf_status start_threads(gf_crew *crew, uint32_t count, gf_error *error) {
    for (uint32_t i = 0; i < count; i++) {
        crew->threads[i] = (crew_thread){.crew = crew, .member = i};
        const int code = start_thread(&crew->threads[i]);
        if (code != 0)
            return gf_error_set_errno(error, GF_FAILED, code, "cannot start a thread");
        crew->count++;
    }
    return GF_OK;
}

gf_status gf_crew_create(uint32_t count, gf_crew **crew, gf_error *error) {
    gf_crew *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "threads", sizeof *made);
    made->threads = calloc(count, sizeof made->threads[0]);
    if (made->threads == NULL) {
        free(made);
        return gf_error_no_memory(error, "threads", count * sizeof made->threads[0]);
    }
    (void)pthread_mutex_init(&made->lock, NULL);
    (void)pthread_cond_init(&made->changed, NULL);
    const gf_status status = start_threads(made, count, error);
    if (status == GF_OK)
        *crew = made;
    else
        gf_crew_destroy(made);
    return status;
}

void gf_crew_destroy(gf_crew *crew) {
    if (crew == NULL)
        return;
    (void)pthread_mutex_lock(&crew->lock);
    crew->ends = true;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->lock);
    for (uint32_t i = 0; i < crew->count; i++)
        (void)pthread_join(crew->threads[i].thread, NULL);
    (void)pthread_cond_destroy(&crew->changed);
    (void)pthread_mutex_destroy(&crew->lock);
    free(crew->threads);
    free(crew);
}

void gf_crew_run(gf_crew *crew, gf_crew_work work, void *context) {
    (void)pthread_mutex_lock(&crew->lock);
    crew->work = work;
    crew->context = context;
    crew->working = crew->count;
    crew->present = 0;
    crew->given_up = false;
    crew->run++;
    (void)pthread_cond_broadcast(&crew->changed);
    while (crew->working > 0)
        (void)pthread_cond_wait(&crew->changed, &crew->lock);
    (void)pthread_mutex_unlock(&crew->lock);
}

bool gf_crew_meet(gf_crew *crew, void (*leader)(void *context), void *context) {
    (void)pthread_mutex_lock(&crew->lock);
    const uint64_t meeting = crew->meeting;
    if (++crew->present == crew->count && !crew->given_up) {
        if (leader != NULL)
            leader(context);
        crew->present = 0;
        crew->meeting++;
        (void)pthread_cond_broadcast(&crew->changed);
    }
    while (crew->meeting == meeting && !crew->given_up)
        (void)pthread_cond_wait(&crew->changed, &crew->lock);
    const bool held = crew->meeting != meeting;
    (void)pthread_mutex_unlock(&crew->lock);
    return held;
}

void gf_crew_give_up(gf_crew *crew) {
    (void)pthread_mutex_lock(&crew->lock);
    crew->given_up = true;
    (void)pthread_cond_broadcast(&crew->changed);
    (void)pthread_mutex_unlock(&crew->lock);
}
