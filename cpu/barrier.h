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

/* Returns when `round` of the barrier may have changed. */
static inline void gf_barrier_sleep(gf_barrier *barrier, unsigned round) {
#if defined(__linux__)
    syscall(SYS_futex, &barrier->round, FUTEX_WAIT_PRIVATE, round, NULL, NULL, 0);
#else
    (void)barrier;
    (void)round;
    sched_yield();
#endif
}

static inline void gf_barrier_wake(gf_barrier *barrier) {
#if defined(__linux__)
    syscall(SYS_futex, &barrier->round, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
#else
    (void)barrier;
#endif
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
            gf_barrier_wake(barrier);
        return;
    }
    for (int i = 0; i < GF_BARRIER_SPINS; i++) {
        if (atomic_load_explicit(&barrier->round, memory_order_acquire) != round)
            return;
        gf_pause();
    }
    atomic_fetch_add(&barrier->sleepers, 1);
    while (atomic_load(&barrier->round) == round)
        gf_barrier_sleep(barrier, round);
    atomic_fetch_sub(&barrier->sleepers, 1);
}
