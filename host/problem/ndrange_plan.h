/* How an NDRange kernel runs a problem.
 *
 * Unless its variant passes them itself, the arguments of an NDRange kernel are, in this order:
 * every buffer of the problem (the ping-pong pair in the order of its present roles: source first),
 * every scalar, and, if the problem has steps, a `uint steps`. Sources are compiled with the
 * options of the plan and with: -D GF_REAL_BITS=32|64        a source must compile without f64 when
 * this is 32 -D GF_RELAXED=0|1            0: the source turns contraction off -D GF_FMA=0|1|2|3 3:
 * fma() gives the right bits and is an instruction; 2: it gives them; 1: not for all numbers; 0: no
 * fma() -cl-kernel-arg-info argument
 * names are compared with those of the scalars A text that the plan brings is compiled with its own
 * options and the last of these alone.
 */
#pragma once

#include "cpu/kernel_abi.h"
#include "gpufare.h"
#include "problem/precision.h"
#include "problem/tunable.h"

typedef struct gf_problem gf_problem;

/* Neighbouring items of the result that run in step, so that the group takes as long as its longest
 * item. */
typedef struct gf_lane_group {
    uint32_t rows, cols;
} gf_lane_group;

/* OpenCL C that is in no table. */
typedef struct gf_kernel_text {
    const char *file;    /* for messages: "saxpy.cl" */
    const char *text;    /* with all that it includes; ended by a zero */
    const char *options; /* of its compilation; may be "" */
} gf_kernel_text;

typedef enum gf_passing { GF_PASS_BUFFER, GF_PASS_VALUE, GF_PASS_LOCAL_MEMORY } gf_passing;

/* An argument of an NDRange kernel. */
typedef struct gf_ndrange_argument {
    gf_passing passing;
    const char *name;
    uint32_t buffer; /* its index; of a ping-pong pair in the first step, before roles change */
    gf_type type;    /* of the value, or of the buffer's elements */
    size_t bytes;    /* of the value, or of local memory */
    uint64_t value;  /* the bytes begin here */
} gf_ndrange_argument;

#define GF_MAX_STAGES    8
#define GF_MAX_ARGUMENTS 32

/* How one variant runs a problem on one device. Where each step is several launches, each of them
 * is a stage with a plan of its own. */
typedef struct gf_ndrange_plan {
    char kernel[64];     /* the function's name */
    char options[256];   /* further build options */
    uint32_t dimensions; /* 1 to 3 */
    size_t global[3];    /* work-items; a multiple of local when local is given */
    size_t local[3];     /* work-group size; all 0: the driver chooses */
    gf_lane_group lanes; /* items that one work-item computes in step with vectors; {0, 0}: one */
    uint32_t steps_per_launch; /* most steps in one launch, at least 1 */
    uint32_t rows_per_item;    /* Without steps: work-item i of the last dimension touches, of every
                                  buffer but scratch, only the rows_per_item rows from
                                  i * rows_per_item on, so that the NDRange may be cut into bands of
                                  rows. 0: it may not be cut */
    uint32_t stage;            /* set before the plan is made: which stage of a step it is of */
    uint32_t stages;           /* of a step; 0 counts as 1 */
    const gf_kernel_text *text; /* NULL: the workload's file in the table. Lives as long as the
                                   workload */
    uint32_t tuning[GF_MAX_TUNABLES]; /* as `pass` needs it */
    /* Filled by `pass`. */
    gf_ndrange_argument arguments[GF_MAX_ARGUMENTS];
    uint32_t argument_count;
    bool varies; /* from step to step: `pass` is called before each launch */
} gf_ndrange_plan;

/* What a kernel needs of a device. */
typedef struct gf_needs {
    uint32_t f32, f64; /* sets of facts that must hold in that precision: bits 1 << gf_fact_kind */
    uint64_t rounds; /* at least as many as all loops of any work-item make together in one launch,
                        the end of a loop counting as one; 0: not known */
} gf_needs;

#define GF_NEED(name) (1u << GF_FACT_##name)
/* For the same bits on every device. Only of values that may be, or may become, smaller than the
 * least normal number are denormals needed. */
#define GF_NEEDS_SUMS              (GF_NEED(ADD) | GF_NEED(ADD_DENORMALS))
#define GF_NEEDS_PRODUCTS          (GF_NEED(MULTIPLY) | GF_NEED(MULTIPLY_DENORMALS))
#define GF_NEEDS_SUMS_AND_PRODUCTS (GF_NEED(SEPARATE) | GF_NEEDS_SUMS | GF_NEEDS_PRODUCTS)

/* Adds a set of facts in this precision; none of integers. */
static inline void gf_needs_add(gf_needs *needs, gf_precision precision, uint32_t facts) {
    needs->f32 |= precision == GF_PRECISION_F32 ? facts : 0;
    needs->f64 |= precision == GF_PRECISION_F64 ? facts : 0;
}

typedef struct gf_ndrange_variant {
    const char *name; /* "naive", "vector" */
    const char *summary;
    /* How well the variant suits a device. The highest value of the table is tried first there, the
     * first of equal ones, and is the default where no trial is made. 0: not offered on this
     * device; 1 on a GPU: made for CPUs, and not tried. */
    uint32_t (*suits)(const gf_problem *problem, const gf_device_info *device);
    /* `tuning`: one value for each tunable, within its range; NULL without tunables. */
    void (*plan)(const gf_problem *problem, const gf_device_info *device, const uint32_t *tuning,
                 gf_ndrange_plan *plan);
    /* Optional: sets the arguments of the plan's kernel, and `global`, for time step `step` and the
     * final `local`. */
    gf_status (*pass)(const gf_problem *problem, uint64_t step, gf_ndrange_plan *plan,
                      gf_error *error);
    /* Optional: what the kernel with this plan needs; *needs is empty. Without it: sums and
     * products of the problem's precision, if its arithmetic is strict. */
    void (*needs)(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs);
    const gf_tunable *tunables; /* NULL: none, and the next two fields are ignored */
    uint32_t tunable_count;     /* GF_TUNABLE_COUNT of the table */
    void (*defaults)(const gf_problem *problem, const gf_device_info *device, uint32_t *tuning);
} gf_ndrange_variant;
