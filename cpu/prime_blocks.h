/* Trial division: the smallest of the candidates that divides a number, or 0.
 *
 * Candidate 0 is 2 and candidate 1 is 3; from there on they are 5, 7, 11, 13 ..., the numbers 6k-1
 * and 6k+1: candidate i is 3i - 1 - (i & 1).
 *
 * Threads take blocks of 256 candidates in ascending order. Once a divisor is known nothing is
 * taken any more, because all that is left is larger; what was taken before is searched up to that
 * divisor. So the result is the smallest one, whichever thread is first.
 *
 * buffers: search (inout), u32: the smallest divisor or 0, and the blocks that were handed out,
 *          which are all of them at the end; both are 0 at first
 * scalars: u64 number; u32 candidates, first_block, blocks
 */
#pragma once

#include <stdatomic.h>

#include "kernel.h"

#define BLOCK 256
/* Blocks that a thread takes at a time: tens of microseconds with plain divisions, about 5 with
 * vectors, so that taking them costs little. */
#define RUN 64

/* Blocks are counted from first_block on. What threads write often is on cache lines of its own. */
typedef struct job {
    uint64_t number;
    uint32_t candidates, first_block, blocks;
    const gf_kernel_args *args; /* for the cancel flag */
    _Alignas(64) _Atomic uint32_t smallest;
    _Alignas(64) _Atomic uint32_t next; /* the block to be taken next */
} job;

/* Searches blocks `run` to end - 1; stops at a divisor. */
typedef void (*run_search)(job *w, uint32_t run, uint32_t end);

static uint32_t candidate(uint32_t index) {
    return index < 2 ? 2 + index : 3 * index - 1 - (index & 1);
}

/* The index of the first candidate of a block. */
static uint32_t first_of(const job *w, uint32_t block) {
    return (w->first_block + block) * BLOCK;
}

/* The smallest divisor among candidates first to end - 1, or 0. */
static uint32_t smallest_divisor(const job *w, uint32_t first, uint32_t end) {
    for (uint32_t i = first; i < gf_smaller_u32(end, w->candidates); i++) {
        const uint32_t divisor = candidate(i);
        if (w->number % divisor == 0)
            return divisor;
    }
    return 0;
}

static void note_divisor(job *w, uint32_t divisor) {
    uint32_t known = atomic_load(&w->smallest);
    while ((known == 0 || divisor < known) &&
           !atomic_compare_exchange_weak(&w->smallest, &known, divisor))
        continue;
}

/* Searches candidates first to end - 1; returns whether one of them divides the number. */
static bool find_divisor(job *w, uint32_t first, uint32_t end) {
    const uint32_t divisor = smallest_divisor(w, first, end);
    if (divisor != 0)
        note_divisor(w, divisor);
    return divisor != 0;
}

/* false: cancelled, or a divisor is known that is smaller than all candidates of the block. */
static bool is_needed(job *w, uint32_t block) {
    const uint32_t known = atomic_load_explicit(&w->smallest, memory_order_relaxed);
    return (known == 0 || candidate(first_of(w, block)) < known) && !gf_kernel_cancelled(w->args);
}

/* Returns the first of RUN blocks that only the caller searches; `blocks` at the end. */
static uint32_t take_run(job *w) {
    if (atomic_load(&w->smallest) != 0 || gf_kernel_cancelled(w->args))
        return w->blocks;
    return gf_smaller_u32(atomic_fetch_add(&w->next, RUN), w->blocks);
}

static void search_runs(job *w, run_search search_run) {
    for (uint32_t run = take_run(w); run < w->blocks; run = take_run(w))
        search_run(w, run, gf_smaller_u32(run + RUN, w->blocks));
}

/* The very first block is searched alone: that takes less time than to wake threads, and finds the
 * divisors of most numbers. */
static uint32_t search_blocks(const gf_kernel_args *args, run_search search_run) {
    assert(args->buffer_count == 1 && args->thread_count >= 1);
    uint32_t *search = args->buffers[0];
    job w = {.number = gf_arg_u64(args, "number"),
             .candidates = gf_arg_u32(args, "candidates"),
             .first_block = gf_arg_u32(args, "first_block"),
             .blocks = gf_arg_u32(args, "blocks"),
             .args = args};
    if (w.first_block == 0) {
        find_divisor(&w, 0, BLOCK);
        atomic_store(&w.next, 1);
    }
    if (w.smallest == 0 && w.next < w.blocks) {
#pragma omp parallel num_threads((int)args->thread_count)
        search_runs(&w, search_run);
    }
    search[0] = w.smallest;
    search[1] = w.blocks;
    return 0;
}
