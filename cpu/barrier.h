/* A barrier whose threads spin briefly and then sleep.
 *
 * OpenMP's own spins for milliseconds. Where other programs have the cores as well, that uses up
 * the time that the system would give to the threads that are waited for. A thread that sleeps
 * keeps its share, and gets a core soon after it is woken. Quiet machines notice nothing: their
 * threads meet while they spin.
 */
#pragma once

#include <stdatomic.h>

#include "kernel.h"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <sched.h>
#endif

/* A pause takes 40 to 140 cycles on x86: altogether 50 to 150 microseconds, some times what waking
 * a thread takes. */
#define GF_BARRIER_SPINS 4000

typedef struct gf_barrier {
    atomic_uint arrived;
    atomic_uint round; /* how often all have met */
    atomic_uint sleepers;
} gf_barrier;

static inline void gf_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

/* Returns when *word may differ from `value`. */
static inline void gf_sleep_while(atomic_uint *word, unsigned value) {
#if defined(__linux__)
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
#else
    (void)word;
    (void)value;
    sched_yield();
#endif
}

static inline void gf_wake_sleepers(atomic_uint *word) {
#if defined(__linux__)
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
#else
    (void)word;
#endif
}

/* A count of what one thread has done, for which another waits. It may wrap around, and then counts
 * are compared as if they were less than 2^31 apart. */
typedef struct gf_progress {
    atomic_uint count;
    atomic_uint sleepers;
} gf_progress;

/* What the thread wrote before is seen by those that find the new count. */
static inline void gf_progress_set(gf_progress *progress, unsigned count) {
    atomic_store(&progress->count, count);
    if (atomic_load(&progress->sleepers) > 0)
        gf_wake_sleepers(&progress->count);
}

static inline bool gf_progress_reached(gf_progress *progress, unsigned count) {
    const unsigned now = atomic_load_explicit(&progress->count, memory_order_acquire);
    return (int32_t)(now - count) >= 0;
}

/* Waits for `count` or more; returns whether that took so long that it slept. A sleeper that is
 * counted too late to be woken finds that the count has changed. */
static inline bool gf_progress_wait(gf_progress *progress, unsigned count) {
    for (int i = 0; i < GF_BARRIER_SPINS; i++) {
        if (gf_progress_reached(progress, count))
            return false;
        gf_pause();
    }
    atomic_fetch_add(&progress->sleepers, 1);
    for (;;) {
        const unsigned now = atomic_load(&progress->count);
        if ((int32_t)(now - count) >= 0)
            break;
        gf_sleep_while(&progress->count, now);
    }
    atomic_fetch_sub(&progress->sleepers, 1);
    return true;
}

/* Waits until so many threads are here, each of which calls this. What they wrote before is seen by
 * all afterwards. A sleeper that is counted too late to be woken finds that the round has changed.
 */
static inline void gf_barrier_wait(gf_barrier *barrier, uint32_t threads) {
    const unsigned round = atomic_load(&barrier->round);
    if (atomic_fetch_add(&barrier->arrived, 1) + 1 == threads) {
        atomic_store(&barrier->arrived, 0);
        atomic_store(&barrier->round, round + 1);
        if (atomic_load(&barrier->sleepers) > 0)
            gf_wake_sleepers(&barrier->round);
        return;
    }
    for (int i = 0; i < GF_BARRIER_SPINS; i++) {
        if (atomic_load_explicit(&barrier->round, memory_order_acquire) != round)
            return;
        gf_pause();
    }
    atomic_fetch_add(&barrier->sleepers, 1);
    while (atomic_load(&barrier->round) == round)
        gf_sleep_while(&barrier->round, round);
    atomic_fetch_sub(&barrier->sleepers, 1);
}
