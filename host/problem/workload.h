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

#define GF_MAX_BUFFERS 8
#define GF_MAX_SCALARS 24

typedef struct gf_problem gf_problem;

/* ---- Values ------------------------------------------------------------ */

/* The rows that every workload with real arithmetic has, for the end of its params table. */
extern const char *const gf_precision_choices[]; /* index: gf_precision */
extern const char *const gf_math_choices[];      /* index: gf_math */

/* A workload without a precision row computes with whole numbers: its problems need no f64 of a
 * device, its NDRange sources are compiled as for f32 and its CPU kernels as for f64, so that a
 * vector has 64-bit lanes. */
typedef enum gf_precision { GF_PRECISION_F32, GF_PRECISION_F64, GF_PRECISION_INTEGER } gf_precision;
typedef enum gf_math { GF_MATH_STRICT, GF_MATH_RELAXED } gf_math;

#define GF_PARAM_ROW_PRECISION                                                                     \
    {                                                                                              \
        .name = "precision", .letter = 'p', .type = GF_PARAM_CHOICE, .default_text = "f64",        \
        .choices = gf_precision_choices, .placeholder = "f32|f64",                                 \
        .help = "floating-point type of the computation"                                           \
    }
#define GF_PARAM_ROW_MATH                                                                          \
    {                                                                                              \
        .name = "math", .type = GF_PARAM_CHOICE, .default_text = "strict",                         \
        .choices = gf_math_choices, .placeholder = "strict|relaxed",                               \
        .help = "strict: one rounding an operation, the same bits on every device; "               \
                "relaxed: may contract a*b+c"                                                      \
    }

/* ---- A problem: the values resolved to buffers, arguments and steps ---- */

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

/* A group of neighbouring items of the result that run in step, so that it takes as long as its
 * longest. */
typedef struct gf_lane_group {
    uint32_t rows, cols;
} gf_lane_group;

/* ---- Tunables -------------------------------------------------------------
 *
 * A tunable is a parameter of a kernel that changes the time and never the result: the size of a
 * tile, steps in one pass. A user sets it with --tune NAME=VALUE; else a search may. */

#define GF_MAX_TUNABLES 6

typedef struct gf_tunable {
    const char *name;           /* "steps-per-pass": as --tune, reports and kernels name it */
    const char *help;           /* one line */
    uint32_t min, max;          /* inclusive; a kernel takes what fits its problem */
    const uint32_t *candidates; /* what a search tries, ended by 0; NULL: it is not searched */
} gf_tunable;

/* What the defaults of a CPU kernel's tunables are derived from. */
typedef struct gf_cpu_resources {
    uint32_t threads;                       /* of the run */
    uint32_t lanes;                         /* of one vector, in the problem's precision */
    uint64_t l1d_bytes, l2_bytes, l3_bytes; /* of one cache; 0: none or not known */
} gf_cpu_resources;

/* ---- NDRange kernels ------------------------------------------------------
 *
 * An NDRange kernel's arguments are, in this order: every buffer of the problem (the pair in the
 * order of its present roles: source first), every scalar, and, if the problem has steps, a
 * `uint steps` last. Sources are compiled with these definitions, besides the plan's options:
 *   -D GF_REAL_BITS=32|64        f64 sources must not be needed for f32
 *   -D GF_RELAXED=0|1            0: the source turns contraction off
 *   -cl-kernel-arg-info          argument names are compared with those of the scalars
 */

/* How one NDRange variant runs a problem on a device with these facts. */
typedef struct gf_ndrange_plan {
    char kernel[48];     /* the function's name */
    char options[256];   /* further build options */
    uint32_t dimensions; /* 1 or 2 */
    size_t global[2];    /* work-items; a multiple of local when local is given */
    size_t local[2];     /* work-group size; {0, 0}: the driver chooses */
    gf_lane_group lanes; /* items that one work-item computes in step with vectors; {0, 0}: one */
    uint32_t steps_per_launch; /* most steps one launch does, at least 1 */
    uint32_t rows_per_item; /* without steps: work-item i of the last dimension reads and writes, of
                               every buffer that is not scratch, the rows from i * rows_per_item on
                               and so many alone: the NDRange may then be cut into bands of rows.
                               0: it may not */
} gf_ndrange_plan;

typedef struct gf_ndrange_variant {
    const char *name; /* "naive", "vector" */
    const char *summary;
    /* How well it suits a device; the highest of the table is the default there, the first of
     * equals. 0: not offered on this device. */
    uint32_t (*suits)(const gf_problem *problem, const gf_device_info *device);
    /* `tuning`: one value for each tunable, within its range; NULL without tunables. */
    void (*plan)(const gf_problem *problem, const gf_device_info *device, const uint32_t *tuning,
                 gf_ndrange_plan *plan);
    const gf_tunable *tunables; /* NULL: none, and the next two are not looked at */
    uint32_t tunable_count;
    void (*defaults)(const gf_problem *problem, const gf_device_info *device, uint32_t *tuning);
} gf_ndrange_variant;

/* ---- Verification ------------------------------------------------------ */

/* What a result may differ by and still be right. All 0: equal to the bit. All limits hold
 * together: a few elements that moved pass, a part that was not computed does not. */
typedef struct gf_tolerance {
    double abs_error;       /* per element */
    double differing_share; /* share of the elements that may exceed abs_error, and two besides */
    double row_share;       /* the same in any one row (or sample) */
    double checksum_share;  /* relative error of the checksum of 4096 elements or more, where the
                               whole reference is known;
                               0: not looked at */
    const char *why;        /* shown in reports, such as "relaxed math: counts may move" */
} gf_tolerance;

/* The outcome of comparing elements. Filled by gf_compare_elements. */
typedef struct gf_difference {
    uint64_t compared;
    uint64_t mismatches;  /* elements that differ by more than abs_error, or are NaN on one side */
    double max_abs_error; /* over all compared elements; HUGE_VAL when one side is NaN */
} gf_difference;

/* A small part of the problem whose exact result the reference kernel can compute alone. */
typedef struct gf_sample_request {
    uint64_t random;           /* 64 random bits that choose the place */
    uint32_t index;            /* 0, 1, 2 ...: 0 to 3 stand for corners, 4 to 7 for edges */
    gf_cpu_kernel reference;   /* the scalar kernel of the problem's precision */
    const void *const *inputs; /* per buffer: its content before the first step; NULL if not an
                                  input */
    const void *result;        /* the whole result of the device */
    double abs_error;
    const volatile sig_atomic_t *cancel; /* for the reference kernel */
} gf_sample_request;

/* An answer known from elsewhere. */
typedef struct gf_known_answer {
    double checksum;
    double tolerance; /* absolute; 0: exact */
} gf_known_answer;

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
    /* Optional: notes in problem->extra what pictures and NDRange plans need to know of the inputs.
     * Called once they are filled, with them as for `tolerance`. Plans are also made before that.
     */
    void (*note_inputs)(gf_problem *problem, const void *const *inputs);

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

    /* Optional: sets the differences that are allowed, which are none at first. `inputs`: for each
     * buffer its first content; NULL if it is no input. */
    void (*tolerance)(const gf_problem *problem, const void *const *inputs,
                      gf_tolerance *tolerance);
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
