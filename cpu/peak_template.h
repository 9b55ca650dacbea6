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
 * It also uses CHAINS, LANES, BLOCK, CHUNK, COPIED_CHUNK and share of peak.c.
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

/* `streaming` is constant at each call, and so are no rounds at all. */
static GF_ALWAYS_INLINE void NAME(update_chunk)(const TYPE *restrict from, TYPE *restrict to,
                                                size_t count, uint32_t rounds,
                                                const TYPE factors[4], bool streaming) {
    size_t i = 0;
    for (; i + BLOCK <= count; i += BLOCK)
        NAME(update_block)(from + i, to + i, rounds, factors, streaming);
    if (i == count)
        return;
    TYPE rest[BLOCK] = {0};
    memcpy(rest, from + i, (count - i) * sizeof rest[0]);
    NAME(update_block)(rest, rest, rounds, factors, false);
    memcpy(to + i, rest, (count - i) * sizeof rest[0]);
}

static GF_ALWAYS_INLINE void NAME(update_share)(const gf_kernel_args *args, TYPE *const pair[2],
                                                size_t count, uint32_t rounds,
                                                const TYPE factors[4], bool streaming) {
    for (uint64_t step = 0; step < args->step_count; step++) {
        const TYPE *const from = pair[step % 2];
        TYPE *const to = pair[(step + 1) % 2];
        for (size_t i = 0; i < count && !gf_kernel_cancelled(args); i += CHUNK)
            NAME(update_chunk)
        (from + i, to + i, gf_smaller_size(CHUNK, count - i), rounds, factors, streaming);
        if (streaming)
            FENCE();
    }
}

/* The same without rounds. A share that just fills a cache stays there only if nothing else is
 * touched, so the cancel flag is looked at once in many steps of a small share, and at each chunk
 * of a large one. */
static GF_ALWAYS_INLINE void NAME(copy_share)(const gf_kernel_args *args, TYPE *const pair[2],
                                              size_t count, bool streaming) {
    static const TYPE unused[4] = {0};
    const uint64_t steps = args->step_count, burst = 1 + COPIED_CHUNK / (count + 1);
    uint64_t until_look = 0;
    TYPE *from = pair[0], *to = pair[1];
    for (uint64_t step = 0; step < steps; step++) {
        for (size_t i = 0; i < count; i += COPIED_CHUNK) {
            if (until_look-- == 0) {
                if (gf_kernel_cancelled(args))
                    return;
                until_look = burst - 1;
            }
            NAME(update_chunk)
            (from + i, to + i, gf_smaller_size(COPIED_CHUNK, count - i), 0, unused, streaming);
        }
        if (streaming)
            FENCE();
        TYPE *const other = from;
        from = to;
        to = other;
    }
}

static void NAME(run_share)(const gf_kernel_args *args, share own, uint32_t rounds,
                            const TYPE factors[4], bool streaming) {
    TYPE *const pair[2] = {(TYPE *)args->buffers[0] + own.first,
                           (TYPE *)args->buffers[1] + own.first};
    const size_t count = own.end - own.first;
    if (rounds == 0 && streaming)
        NAME(copy_share)(args, pair, count, true);
    else if (rounds == 0)
        NAME(copy_share)(args, pair, count, false);
    else if (streaming)
        NAME(update_share)(args, pair, count, rounds, factors, true);
    else
        NAME(update_share)(args, pair, count, rounds, factors, false);
}

/* A thread keeps its share for all steps, so none waits for the others between two steps, and a
 * share that fits into a cache stays in it. */
static void NAME(run_steps)(const gf_kernel_args *args, const TYPE factors[4]) {
    const size_t count = gf_arg_u32(args, "count");
    const uint32_t rounds = gf_arg_u32(args, "rounds");
    const uintptr_t addresses = (uintptr_t)args->buffers[0] | (uintptr_t)args->buffers[1];
    const bool streaming = gf_arg_tuning(args, "streaming-stores", THROUGH_CACHES) == PAST_CACHES &&
                           addresses % sizeof(VECTOR) == 0;
#pragma omp parallel num_threads((int)args->thread_count)
    NAME(run_share)(args, share_of_thread(count), rounds, factors, streaming);
}

#undef TYPE
#undef VECTOR
#undef NAME
#undef MULTIPLY_ADD
#undef STREAM
#undef FENCE
