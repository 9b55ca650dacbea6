#include "parallel/part/message_thread.h"

#include <signal.h>
#include <time.h>

#include "base/error.h"

/* Looks seldom: the core computes meanwhile. */
static void *move(void *context) {
    gf_message_thread *moved = context;
    const struct timespec pause = {.tv_nsec = 50000};
    bool done = false;
    while (moved->status == GF_OK && !done && !atomic_load(&moved->stop)) {
        moved->status =
            gf_ranks_test(moved->ranks, moved->messages, moved->count, &done, &moved->failure);
        if (!done)
            (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

/* Signals are the main thread's. */
void gf_message_thread_begin(gf_message_thread *moved, const gf_ranks *ranks, gf_message *messages,
                             uint32_t count) {
    sigset_t all, before;
    moved->ranks = ranks;
    moved->messages = messages;
    moved->count = count;
    moved->status = GF_OK;
    moved->failure = (gf_error)GF_ERROR_INIT;
    atomic_init(&moved->stop, false);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    moved->runs = pthread_create(&moved->thread, NULL, move, moved) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

gf_status gf_message_thread_end(gf_message_thread *moved, gf_error *error) {
    if (!moved->runs)
        return GF_OK;
    atomic_store(&moved->stop, true);
    (void)pthread_join(moved->thread, NULL);
    if (moved->status != GF_OK)
        *error = moved->failure;
    return moved->status;
}
