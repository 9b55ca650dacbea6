/* Trial division: for each block of 256 candidates the smallest that divides the number, or 0.
 *
 * Candidate 0 is 2 and candidate 1 is 3; from there on they are 5, 7, 11, 13 ..., the numbers 6k-1
 * and 6k+1: candidate i is 3i - 1 - (i & 1).
 *
 * buffers: divisors (out), u32, one for each block from first_block on
 * scalars: u64 number; u32 candidates, first_block, blocks
 */
#pragma once

#include "kernel.h"

#define BLOCK 256
/* Blocks that a thread takes at a time: tens of microseconds with plain divisions, about 2 with
 * vectors, so that taking them costs little. */
#define RUN 64

typedef struct job {
    uint64_t number;
    uint32_t candidates, first_block, blocks;
    uint32_t *divisors;
    const gf_kernel_args *args; /* for the cancel flag */
} job;

/* Searches blocks `run` to end - 1. */
typedef void (*run_search)(const job *w, uint32_t run, uint32_t end);

static uint32_t candidate(uint32_t index) {
    return index < 2 ? 2 + index : 3 * index - 1 - (index & 1);
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

static uint32_t search_blocks(const gf_kernel_args *args, run_search search_run) {
    assert(args->buffer_count == 1 && args->thread_count >= 1);
    const job w = {.number = gf_arg_u64(args, "number"),
                   .candidates = gf_arg_u32(args, "candidates"),
                   .first_block = gf_arg_u32(args, "first_block"),
                   .blocks = gf_arg_u32(args, "blocks"),
                   .divisors = args->buffers[0],
                   .args = args};
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)args->thread_count)
    for (uint32_t run = 0; run < w.blocks; run += RUN)
        search_run(&w, run, gf_smaller_u32(run + RUN, w.blocks));
    return 0;
}
