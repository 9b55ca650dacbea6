/* What a workload is: plain data and small functions, without a word about backends.
 *
 * A workload is four files joined by their stem: kernels_cl/STEM.cl, cpu/STEM.c,
 * host/workloads/STEM.c, which defines `const gf_workload gf_workload_STEM`, and tests/test_STEM.c.
 * The build finds them and generates the registry. docs/adding-a-workload.md walks through one.
 */
#ifndef GF_WORKLOAD_H
#define GF_WORKLOAD_H

#include "cpu/kernel_abi.h"
#include "gpufare.h"
#include "problem/ndrange_plan.h"
#include "problem/precision.h"
#include "problem/tunable.h"
#include "problem/verification.h"

#define GF_MAX_BUFFERS 8
#define GF_MAX_SCALARS 24

typedef struct gf_problem gf_problem;
typedef struct gf_image gf_image;

/* ---- A problem: parameters resolved to buffers, arguments and steps ---- */

/* What the host does with a buffer in one round trip. */
typedef enum gf_access {
    GF_ACCESS_IN,     /* goes up; kernels read it */
    GF_ACCESS_OUT,    /* comes down; kernels write it */
    GF_ACCESS_INOUT,  /* goes up and comes down */
    GF_ACCESS_SCRATCH /* stays on the device */
} gf_access;

static inline bool gf_goes_up(gf_access access) {
    return access == GF_ACCESS_IN || access == GF_ACCESS_INOUT;
}

static inline bool gf_comes_down(gf_access access) {
    return access == GF_ACCESS_OUT || access == GF_ACCESS_INOUT;
}

typedef struct gf_buffer_spec {
    const char *name;
    gf_access access;
    gf_type type;
    uint32_t components; /* scalars of `type` in one element: 1, or 2 for a complex number */
    size_t rows, cols;   /* C order; the element (i, j) has index i * cols + j */
    size_t bytes;        /* rows * cols * components * size of type, checked */
} gf_buffer_spec;

/* Work of one whole run, for rooflines and limits. */
typedef struct gf_cost {
    double operations; /* floating-point (or integer) operations; an upper bound if they depend on
                          the data */
    double bytes;      /* bytes that pass between memory and the processor without blocking */
    double work;       /* the work, in the workload's unit, that the operations are counted for */
} gf_cost;

struct gf_problem {
    const gf_workload *workload;
    gf_params *params; /* the problem's own copy: set_up may put what it resolved here, such as the
                          size of an input file, so that reports tell what really ran */
    gf_precision precision;
    gf_math math;
    gf_buffer_spec buffers[GF_MAX_BUFFERS];
    uint32_t buffer_count;
    uint32_t result; /* the buffer that holds the result: the first of the pair if there is one */
    bool has_pair;   /* buffers `result` and `partner` are a ping-pong pair of one shape */
    uint32_t partner;
    gf_scalar scalars[GF_MAX_SCALARS]; /* reals are f64 here; an f32 NDRange kernel gets each as a
                                          float2 (high, low) of it */
    uint32_t scalar_count;
    uint64_t steps;              /* time steps; 0: the kernel has none and runs once */
    uint64_t steps_per_transfer; /* 1 to steps: the result comes down after each so many steps */
    bool upload_again;           /* true: the inout buffers go up again after each of these */
    gf_cost cost;
    void *extra; /* the workload's own; freed by its tear_down */
};

/* Two words of one choice parameter that give the same items the same work: in an order in which
 * neighbours are alike, and in a random one. What a device loses from one to the other is what
 * divergence costs it. */
typedef struct gf_reorder {
    const char *param;
    const char *coherent, *shuffled;
} gf_reorder;

/* ---- The descriptor ---------------------------------------------------- */

struct gf_workload {
    const char *name;  /* the stem of its files */
    const char *alias; /* NULL, or a former name that still finds it */
    const char *summary;
    const char *work_unit;       /* what `work` counts, in the plural: "iterations", "cells" */
    const char *rate_unit;       /* of throughput: 10^9 of these a second, "Giter/s", "GCell/s" */
    const char *operations_note; /* what the kernel asks of a device, for checklist point 4 */
    const gf_param *params;
    uint32_t param_count;

    /* Fills buffers, scalars, steps and cost of a zeroed problem whose workload, values, precision
     * and math are set. Must be fast and must not allocate field-sized memory. May read the head
     * of an input file. */
    gf_status (*set_up)(gf_problem *problem, gf_error *error);
    /* Optional: frees problem->extra. Called with a half-set-up problem too. */
    void (*tear_down)(gf_problem *problem);
    /* Fills buffer `index` (in or inout) with its first content. Optional without such buffers. */
    gf_status (*fill)(const gf_problem *problem, uint32_t index, void *host, gf_error *error);

    /* The sum that identifies a result; counts for Julia, the field for diffusion. */
    double (*checksum)(const gf_problem *problem, const void *result);
    /* Useful work done, in work_unit, given the result. */
    double (*work)(const gf_problem *problem, const void *result);
    /* Optional: says in one line what the result answers, for the notes of a report: "7 divides
     * 91". */
    void (*describe)(const gf_problem *problem, const void *result, char *text, size_t size);
    /* Work of each item of one row (items are the elements of the result), for SIMD efficiency.
     * Optional: without it every item has the same work and the efficiency is 1. */
    void (*row_work)(const gf_problem *problem, const void *result, size_t row, uint32_t *work);

    /* The same before there is a result, for predictions: the work of each item of `rows` rows from
     * `first_row` on, by the scalar CPU kernel. To be there when work depends on the values so that
     * cost.work is only a bound; without it cost.work is what a run does. */
    gf_status (*sample_work)(const gf_problem *problem, gf_cpu_kernel reference, size_t first_row,
                             size_t rows, uint32_t *work, gf_error *error);
    /* Optional: the cases whose measured times predictions for this workload start from, each
     * "NAME=VALUE NAME=VALUE", ended by NULL: from small to large in bytes, in steps between two
     * transfers, in work per item. Each should run for 20 ms or less on one core. Without it: the
     * defaults alone. */
    const char *const *calibration;

    /* Optional: what differences are allowed; without it, or left zero: none. Called after `fill`.
     */
    void (*tolerance)(const gf_problem *problem, gf_tolerance *tolerance);
    /* Optional: checks one small part of the result and adds to *difference. */
    gf_status (*check_sample)(const gf_problem *problem, const gf_sample_request *request,
                              gf_difference *difference, gf_error *error);
    /* Optional, with check_sample: operations of one sample, to weigh against the whole. */
    double (*sample_operations)(const gf_problem *problem);
    /* Optional: true and an answer when the values are those of a known case. */
    bool (*known_answer)(const gf_problem *problem, gf_known_answer *answer);

    /* No group of neighbouring items runs in step in the CPU's vector kernel: it gathers the items
     * that have work left from wherever they are, or all lanes work on one item. */
    bool cpu_lanes_independent;

    /* Optional: how to take the items in a random order. */
    const gf_reorder *reorder;

    /* Optional: makes the picture of a result. NULL: the workload has none. */
    gf_status (*render)(const gf_problem *problem, const void *result, gf_image *image,
                        gf_error *error);

    const gf_ndrange_variant *ndrange_variants;
    uint32_t ndrange_variant_count;

    /* Optional: tunables of the CPU kernel, which reach its vector ISAs as gf_kernel_args.tuning;
     * the scalar kernel is the plain reference and has none. */
    const gf_tunable *cpu_tunables;
    uint32_t cpu_tunable_count;
    void (*cpu_defaults)(const gf_problem *problem, const gf_cpu_resources *cpu, uint32_t *tuning);
};

#endif
