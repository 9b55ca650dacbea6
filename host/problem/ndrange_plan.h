/* How an NDRange kernel runs a problem.
 *
 * The arguments of an NDRange kernel are, in this order: every buffer of the problem (the ping-pong
 * pair in the order of its present roles: source first), every scalar, and, if the problem has
 * steps, a `uint steps`. Sources are compiled with the options of the plan and with:
 *   -D GF_REAL_BITS=32|64        a source must compile without f64 when this is 32
 *   -D GF_RELAXED=0|1            0: the source turns contraction off
 *   -D GF_FMA=0|1|2              2: fma() gives the right bits; 1: not for all numbers; 0: no fma()
 *   -cl-kernel-arg-info          argument names are compared with those of the scalars
 */
#pragma once

#include "gpufare.h"
#include "problem/precision.h"
#include "problem/tunable.h"

typedef struct gf_problem gf_problem;

/* Neighbouring items of the result that run in step, so that the group takes as long as its longest
 * item. */
typedef struct gf_lane_group {
    uint32_t rows, cols;
} gf_lane_group;

/* How one variant runs a problem on one device. */
typedef struct gf_ndrange_plan {
    char kernel[48];     /* the function's name */
    char options[256];   /* further build options */
    uint32_t dimensions; /* 1 or 2 */
    size_t global[2];    /* work-items; a multiple of local when local is given */
    size_t local[2];     /* work-group size; {0, 0}: the driver chooses */
    gf_lane_group lanes; /* items that one work-item computes in step with vectors; {0, 0}: one */
    uint32_t steps_per_launch; /* most steps in one launch, at least 1 */
    uint32_t rows_per_item;    /* Without steps: work-item i of the last dimension touches, of every
                                  buffer but scratch, only the rows_per_item rows from
                                  i * rows_per_item on, so that the NDRange may be cut into bands of
                                  rows. 0: it may not be cut */
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
    /* How well the variant suits a device. The highest value of the table makes the default there,
     * the first of equal ones. 0: not offered on this device. */
    uint32_t (*suits)(const gf_problem *problem, const gf_device_info *device);
    /* `tuning`: one value for each tunable, within its range; NULL without tunables. */
    void (*plan)(const gf_problem *problem, const gf_device_info *device, const uint32_t *tuning,
                 gf_ndrange_plan *plan);
    /* Optional: what the kernel with this plan needs; *needs is empty. Without it: sums and
     * products of the problem's precision, if its arithmetic is strict. */
    void (*needs)(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *needs);
    const gf_tunable *tunables; /* NULL: none, and the next two fields are ignored */
    uint32_t tunable_count;
    void (*defaults)(const gf_problem *problem, const gf_device_info *device, uint32_t *tuning);
} gf_ndrange_variant;
