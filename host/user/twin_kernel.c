#include "user/twin_kernel.h"

#include <omp.h>

#include "base/cancel.h"
#include "base/error.h"
#include "user/twin_call.h"

/* Cuts are at multiples of this many items where each thread gets several of them, so that no two
 * threads write into one line of a cache. */
#define CUT_ITEMS ((size_t)64)

/* The first item of a part. */
static size_t cut(size_t length, size_t part, size_t parts) {
    const size_t unit = length / parts >= 4 * CUT_ITEMS ? CUT_ITEMS : 1;
    const size_t units = (length + unit - 1) / unit;
    const size_t at = units / parts * part + units % parts * part / parts;
    return at * unit < length ? at * unit : length;
}

static void run_parts(const gf_twin_call *c) {
#pragma omp parallel num_threads(c->threads)
    {
        const size_t part = (size_t)omp_get_thread_num(), parts = (size_t)omp_get_num_threads();
        const size_t begin = cut(c->length, part, parts), end = cut(c->length, part + 1, parts);
        if (begin < end)
            c->entry(begin, end, c->buffers, c->scalars);
    }
}

/* A twin that computes the whole may have threads of its own. */
static void run_whole(const gf_twin_call *c) {
    const int before = omp_get_max_threads();
    omp_set_num_threads(c->threads);
    c->entry(0, 0, c->buffers, c->scalars);
    omp_set_num_threads(before);
}

static void run_once(const gf_twin_call *c) {
    if (c->length == 0)
        run_whole(c);
    else if (c->threads == 1)
        c->entry(0, c->length, c->buffers, c->scalars);
    else
        run_parts(c);
}

/* Expressions were evaluated for the first step and the last one before; where one can't be in
 * between, the result is left as it is, and verification refuses it. A twin that computes all steps
 * at once does so in every call: round trips have no stops then. */
static uint32_t run(const gf_kernel_args *args) {
    const gf_problem *problem = args->problem;
    const bool once = problem->steps == 0 || gf_user_manifest(problem)->twin.all_steps;
    const uint64_t steps = once ? 1 : args->step_count;
    gf_error error = GF_ERROR_INIT;
    gf_twin_call c;
    void *buffers[GF_MAX_BUFFERS];
    uint32_t swaps = 0;
    gf_status status = gf_twin_call_begin(problem, (int)args->thread_count, &c, &error);
    for (uint32_t i = 0; i < args->buffer_count; i++)
        buffers[i] = args->buffers[i];
    for (uint64_t i = 0; status == GF_OK && i < steps && !gf_cancelled(args->cancel); i++) {
        status = gf_twin_call_set(&c, args->first_step + i, buffers, &error);
        if (status != GF_OK)
            break;
        run_once(&c);
        if (problem->has_pair && !once) {
            gf_twin_swap(problem, buffers);
            swaps++;
        }
    }
    gf_error_clear(&error);
    return swaps % 2;
}

gf_status gf_user_load_twin(const gf_workload *workload, gf_loaded_kernel *loaded,
                            gf_error *error) {
    gf_user_workload *user = gf_user_of(workload);
    const gf_twin *twin = &user->twin;
    const bool is_first = twin->entry == NULL;
    if (is_first) {
        const gf_status status =
            gf_twin_build(user->manifest, &user->twin_source, &user->twin, error);
        if (status != GF_OK)
            return status;
    }
    *loaded = (gf_loaded_kernel){.kernel = run,
                                 .note = twin->note,
                                 .compile_ns = twin->compile_ns,
                                 .when = !twin->compiled ? GF_COMPILED_BEFORE
                                         : is_first      ? GF_COMPILED_NOW
                                                         : GF_COMPILED_EARLIER};
    return GF_OK;
}
