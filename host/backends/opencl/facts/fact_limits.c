#include "backends/opencl/facts/fact_limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/opencl/facts/fact_judge.h"
#include "base/array.h"
#include "base/clock.h"
#include "problem/facts/fact.h"

static void set_unknown(gf_fact *fact, const char *why) {
    fact->state = GF_FACT_UNKNOWN;
    fact->value = 0;
    snprintf(fact->why, sizeof fact->why, "%s", why);
}

static void set_unknown_by_code(gf_fact *fact, cl_int code) {
    char why[64];
    gf_fact_format_code(code, why, sizeof why);
    set_unknown(fact, why);
}

/* ---- Loops ------------------------------------------------------------- */

#define SEED 20261129u

/* Some drivers end all loops of a work-item together after 65,535 rounds. */
static const gf_fact_loops loops[] = {
    {0, 0, 70001}, {263, 271, 0}, {1, 40009, 40009}, {2311, 31, 17}, {0, 0, 1048579}};
#define LONGEST ((uint32_t)1048579)
/* A simulator would take long for the longest. */
#define QUICK_NS UINT64_C(20000000)

static bool is_affordable(const gf_fact_loops *shape, uint64_t latest_ns) {
    return shape->last < LONGEST || latest_ns < QUICK_NS;
}

void gf_fact_find_rounds(const gf_fact_bench *bench, gf_fact *fact) {
    gf_fact_kernel kernel = gf_fact_limit_kernel(bench, "gf_fact_loops", "-D GF_LOOPS");
    const gf_clock clock = gf_clock_monotonic();
    uint64_t least = GF_NO_LIMIT, start = 0, latest_ns = 0;
    cl_int code = CL_SUCCESS;
    for (size_t i = 0; kernel.kernel != NULL && code == CL_SUCCESS && i < GF_COUNT_OF(loops); i++) {
        const uint64_t in[] = {SEED, loops[i].outer, loops[i].inner, loops[i].last};
        uint64_t out = 0;
        const gf_fact_launch launch = {
            .in = in, .in_count = 4, .out = &out, .out_count = 1, .global = 1};
        if (!is_affordable(&loops[i], latest_ns))
            continue;
        start = gf_clock_now(&clock);
        code = gf_fact_launch_kernel(bench, &kernel, &launch);
        latest_ns = gf_clock_now(&clock) - start;
        const uint64_t made = gf_fact_loops_made(&loops[i], SEED, out);
        least = made < least ? made : least;
    }
    if (kernel.kernel == NULL) {
        set_unknown(fact, kernel.trouble);
    } else if (code != CL_SUCCESS) {
        set_unknown_by_code(fact, code);
    } else {
        fact->state = GF_FACT_KNOWN;
        fact->value = least;
        snprintf(fact->why, sizeof fact->why, "%s",
                 least == GF_NO_LIMIT ? ""
                 : least > 0          ? "then loops end without an error"
                                      : "a loop gives a wrong result");
    }
    gf_fact_release(&kernel);
}

/* ---- The largest size that is right ------------------------------------ */

/* Whether a size works: CL_SUCCESS and `right`. */
typedef cl_int (*size_trial)(const gf_fact_bench *bench, const gf_fact_kernel *kernel, size_t size,
                             bool *right);

static bool is_right(const gf_fact_bench *bench, const gf_fact_kernel *kernel, size_t size,
                     size_trial trial, cl_int *code) {
    bool right = false;
    *code = trial(bench, kernel, size, &right);
    return *code == CL_SUCCESS && right;
}

/* A size from `works` to below `fails` that works, less than `grain` or so below one that fails. */
static size_t find_between(const gf_fact_bench *bench, const gf_fact_kernel *kernel, size_t works,
                           size_t fails, size_t grain, size_trial trial) {
    while (fails - works > grain) {
        const size_t middle = works + (fails - works) / 2 / grain * grain;
        const size_t size = middle > works ? middle : works + grain;
        cl_int code = CL_SUCCESS;
        if (is_right(bench, kernel, size, trial, &code))
            works = size;
        else
            fails = size;
    }
    return works;
}

/* From the claimed size on down, by halves, and then up again by `grain`; 0: not up again. */
static void find_largest(const gf_fact_bench *bench, const gf_fact_kernel *kernel, size_t most,
                         size_t least, size_t grain, size_trial trial, gf_fact *fact) {
    char code_text[64];
    cl_int code = CL_SUCCESS;
    fact->state = GF_FACT_UNKNOWN;
    fact->value = 0;
    for (size_t size = most; size >= least && size > 0; size /= 2) {
        if (is_right(bench, kernel, size, trial, &code)) {
            fact->state = GF_FACT_KNOWN;
            fact->value = size == most || grain == 0
                              ? size
                              : find_between(bench, kernel, size, 2 * size, grain, trial);
            return;
        }
        if (size != most)
            continue;
        gf_fact_format_code(code, code_text, sizeof code_text);
        snprintf(fact->why, sizeof fact->why, "%zu: %s", size,
                 code == CL_SUCCESS ? "wrong result" : code_text);
    }
}

/* 0: the driver does not say. */
static size_t kernel_group(const gf_fact_bench *bench, const gf_fact_kernel *kernel) {
    size_t limit = 0;
    const cl_int code = clGetKernelWorkGroupInfo(
        kernel->kernel, bench->id, CL_KERNEL_WORK_GROUP_SIZE, sizeof limit, &limit, NULL);
    return code == CL_SUCCESS ? limit : 0;
}

/* ---- Local memory ------------------------------------------------------ */

#define LOCAL_ITEMS        64
#define GROUPS             4 /* which run side by side and must not share it */
#define LEAST_LOCAL_MEMORY 1024
/* An NVIDIA H200 claims 48 KiB, and refuses a kernel that asks for all of them (docs/gpus.md). */
#define LOCAL_GRAIN 256

static cl_int try_local_memory(const gf_fact_bench *bench, const gf_fact_kernel *kernel,
                               size_t bytes, bool *right) {
    const size_t limit = kernel_group(bench, kernel);
    const size_t items = limit > 0 && limit < LOCAL_ITEMS ? limit : LOCAL_ITEMS;
    const uint64_t in[] = {bytes / sizeof(cl_uint), SEED};
    uint64_t wrong[GROUPS * LOCAL_ITEMS];
    const gf_fact_launch launch = {.in = in,
                                   .in_count = 2,
                                   .out = wrong,
                                   .out_count = GROUPS * items,
                                   .global = GROUPS * items,
                                   .local = items,
                                   .local_bytes = bytes};
    const cl_int code = gf_fact_launch_kernel(bench, kernel, &launch);
    *right = code == CL_SUCCESS;
    for (size_t i = 0; *right && i < GROUPS * items; i++)
        *right = wrong[i] == 0;
    return code;
}

void gf_fact_find_local_memory(const gf_fact_bench *bench, gf_fact *fact) {
    gf_fact_kernel kernel =
        gf_fact_limit_kernel(bench, "gf_fact_local_memory", "-D GF_LOCAL_MEMORY");
    if (kernel.kernel == NULL)
        set_unknown(fact, kernel.trouble);
    else if (fact->claim == 0 || fact->claim > SIZE_MAX / 2)
        set_unknown(fact, "the driver claims none");
    else
        find_largest(bench, &kernel, (size_t)gf_fact_most_tried(fact, GF_FACT_LOCAL_MEMORY),
                     LEAST_LOCAL_MEMORY, LOCAL_GRAIN, try_local_memory, fact);
    gf_fact_release(&kernel);
}

/* ---- Work-groups ------------------------------------------------------- */

static cl_int try_work_group(const gf_fact_bench *bench, const gf_fact_kernel *kernel, size_t items,
                             bool *right) {
    const size_t all = 2 * items;
    uint64_t *in = malloc(2 * all * sizeof *in);
    if (in == NULL)
        return CL_OUT_OF_HOST_MEMORY;
    uint64_t *out = in + all;
    for (size_t i = 0; i < all; i++) {
        in[i] = SEED + UINT64_C(0x9e3779b97f4a7c15) * i;
        out[i] = 0;
    }
    const gf_fact_launch launch = {
        .in = in, .in_count = all, .out = out, .out_count = all, .global = all, .local = items};
    const cl_int code = gf_fact_launch_kernel(bench, kernel, &launch);
    *right = code == CL_SUCCESS;
    for (size_t i = 0; *right && i < all; i++)
        *right = out[i] == in[i - i % items + (i % items + 1) % items];
    free(in);
    return code;
}

void gf_fact_find_work_group(const gf_fact_bench *bench, gf_fact *fact) {
    gf_fact_kernel kernel = gf_fact_limit_kernel(bench, "gf_fact_work_group", "-D GF_WORK_GROUP");
    if (kernel.kernel == NULL) {
        set_unknown(fact, kernel.trouble);
    } else if (fact->claim == 0) {
        set_unknown(fact, "the driver claims none");
    } else {
        find_largest(bench, &kernel, (size_t)gf_fact_most_tried(fact, GF_FACT_WORK_GROUP), 1, 0,
                     try_work_group, fact);
        const size_t limit = kernel_group(bench, &kernel);
        if (fact->state == GF_FACT_KNOWN && limit > 0 && fact->value > limit)
            snprintf(fact->why, sizeof fact->why,
                     "although a small kernel may have %zu by CL_KERNEL_WORK_GROUP_SIZE", limit);
    }
    gf_fact_release(&kernel);
}
