/* The steps of the peak kernel for one type of element: a template, which peak.c includes once for
 * each type. Its parameters, undefined at the end:
 *
 *   TYPE     the type of an element
 *   VECTOR   the type of LANES elements
 *   NAME(f)  the name that a function f of the template gets
 *   MULTIPLY_ADD(x, a, b)  x * a + b in each lane
 *   STREAM(to, x)          stores past the caches, where the ISA can; `to` is aligned
 *   FENCE()                makes such stores visible to other threads
 *
 * It also uses CHAINS, LANES, BLOCK and CHUNK of peak.c.
 */

static inline VECTOR NAME(spread)(TYPE number) {
    TYPE lanes[LANES];
    VECTOR made;
    for (size_t i = 0; i < LANES; i++)
        lanes[i] = number;
    memcpy(&made, lanes, sizeof made);
    return made;
}

/* `streaming` is constant at each call. */
static GF_ALWAYS_INLINE void NAME(update_block)(const TYPE *from, TYPE *to, uint32_t rounds,
                                                const TYPE factors[4], bool streaming) {
    const VECTOR a = NAME(spread)(factors[0]), b = NAME(spread)(factors[1]);
    const VECTOR c = NAME(spread)(factors[2]), d = NAME(spread)(factors[3]);
    VECTOR x[CHAINS];
    GF_EACH(k, CHAINS)
        memcpy(&x[k], from + k * LANES, sizeof x[k]);
    for (uint32_t r = 0; r < rounds; r++) {
        GF_EACH(k, CHAINS)
            x[k] = MULTIPLY_ADD(x[k], a, b);
        GF_EACH(k, CHAINS)
            x[k] = MULTIPLY_ADD(x[k], c, d);
    }
    GF_EACH(k, CHAINS) {
        if (streaming)
            STREAM(to + k * LANES, x[k]);
        else
            memcpy(to + k * LANES, &x[k], sizeof x[k]);
    }
}

static void NAME(update_chunk)(const TYPE *restrict from, TYPE *restrict to, size_t count,
                               uint32_t rounds, const TYPE factors[4], bool streaming) {
    size_t i = 0;
    for (; streaming && i + BLOCK <= count; i += BLOCK)
        NAME(update_block)(from + i, to + i, rounds, factors, true);
    for (; i + BLOCK <= count; i += BLOCK)
        NAME(update_block)(from + i, to + i, rounds, factors, false);
    if (i == count)
        return;
    TYPE rest[BLOCK] = {0};
    memcpy(rest, from + i, (count - i) * sizeof rest[0]);
    NAME(update_block)(rest, rest, rounds, factors, false);
    memcpy(to + i, rest, (count - i) * sizeof rest[0]);
}

/* Every step gives a thread the same chunks as the step before (OpenMP 5.0, 2.9.2), so no thread
 * waits for the others between two steps. */
static void NAME(run_steps)(const gf_kernel_args *args, const TYPE factors[4]) {
    TYPE *const pair[2] = {args->buffers[0], args->buffers[1]};
    const size_t count = gf_arg_u32(args, "count");
    const size_t chunks = count / CHUNK + (count % CHUNK != 0 ? 1 : 0);
    const uint32_t rounds = gf_arg_u32(args, "rounds");
    const uintptr_t addresses = (uintptr_t)pair[0] | (uintptr_t)pair[1];
    const bool streaming = gf_arg_tuning(args, "streaming-stores", THROUGH_CACHES) == PAST_CACHES &&
                           addresses % sizeof(VECTOR) == 0;
#pragma omp parallel num_threads((int)args->thread_count)
    for (uint64_t step = 0; step < args->step_count; step++) {
#pragma omp for schedule(static) nowait
        for (size_t chunk = 0; chunk < chunks; chunk++) {
            const size_t first = chunk * CHUNK, length = gf_smaller_size(CHUNK, count - first);
            const TYPE *const from = pair[step % 2] + first;
            TYPE *const to = pair[(step + 1) % 2] + first;
            if (!gf_kernel_cancelled(args))
                NAME(update_chunk)(from, to, length, rounds, factors, streaming);
        }
        if (streaming)
            FENCE();
    }
}

#undef TYPE
#undef VECTOR
#undef NAME
#undef MULTIPLY_ADD
#undef STREAM
#undef FENCE
