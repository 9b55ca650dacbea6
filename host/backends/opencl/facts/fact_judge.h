/* From the results of kernels to facts. */
#pragma once

#include "backends/opencl/facts/fact_cases.h"
#include "gpufare.h"

/* The fact that a case is about, without its precision. `by_default`: contraction where
 * the source says nothing of it. */
gf_fact_kind gf_fact_of_case(const gf_fact_case *one, bool by_default);
/* "0x1p-127 + 0x1p-130 gives 0, not 0x1.2p-127" */
void gf_fact_format_case(const gf_fact_case *one, int bits, uint64_t result, char *text,
                         size_t size);

/* Judges `count` results of some cases, `which` of all; sets the facts that these cases are about.
 * `facts`: those of the precision. */
void gf_fact_judge(const gf_fact_cases *all, const size_t *which, const uint64_t *results,
                   size_t count, int bits, bool by_default, gf_fact *facts);

/* Loops that a kernel makes: `outer` times `inner` rounds, then `last`. */
typedef struct gf_fact_loops {
    uint32_t outer, inner, last;
} gf_fact_loops;

/* What the kernel gives that starts with `seed`. */
uint32_t gf_fact_loops_result(const gf_fact_loops *loops, uint32_t seed);
/* GF_NO_LIMIT if `result` is right. Otherwise after how many rounds of all loops, the end of a loop
 * counting as one, they have ended; 0: it is the result of no number of rounds. */
uint64_t gf_fact_loops_made(const gf_fact_loops *loops, uint32_t seed, uint64_t result);
