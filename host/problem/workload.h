/* A workload: plain data and small functions that know nothing of backends.
 *
 * A workload is four files with one stem: kernels_cl/STEM.cl, cpu/STEM.c, host/workloads/STEM.c,
 * which defines `const gf_workload gf_workload_STEM`, and tests/unit/workloads/test_STEM.c. The
 * build finds them and generates the registry. docs/adding-a-workload.md shows an example.
 */
#pragma once

#include "cpu/kernel_abi.h"
#include "gpufare.h"
#include "problem/mix/kernel_mix.h"
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
    GF_ACCESS_IN,     /* uploads it; kernels read it */
    GF_ACCESS_OUT,    /* downloads it; kernels write it */
    GF_ACCESS_INOUT,  /* uploads and downloads it */
    GF_ACCESS_SCRATCH /* nothing: it stays on the device */
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
                          the data. May be estimated: `operations_estimated` below */
    double bytes;      /* bytes between memory and the processor, without cache blocking */
    double work;       /* the work, in the workload's unit, of these operations */
} gf_cost;

/* A row of units of a problem that is divided (gf_division). */
typedef struct gf_part {
    uint64_t first, count; /* count 0: none; the whole problem */
} gf_part;

/* How a problem divides into parts that several devices compute at the same time. */
typedef struct gf_division {
    const char *why_not;  /* NULL: it can be divided; else the reason why not, a static text */
    uint64_t units;       /* that parts are made of */
    uint32_t cut_buffers; /* a bit for each buffer that has a row for each unit, of which a part has
                             its own; every part has all of the others */
    uint32_t reach; /* units on each side that one step of a unit reads; 0: units are independent */
    bool wraps;     /* with reach: the first unit and the last one are neighbours */
    /* With reach, where units are rows and a step of a cell reads as many columns on each side as
     * rows: the columns of each cut buffer, by which it can be cut as well. 0: by units alone. */
    uint64_t columns;
    bool columns_wrap;
} gf_division;

struct gf_problem {
    const gf_workload *workload;
    gf_params *params; /* the problem's own copy, in which set_up stores what it resolves, such as
                          the size of an input file, so that reports show what really ran */
    gf_precision precision;
    gf_math math;
    gf_buffer_spec buffers[GF_MAX_BUFFERS];
    uint32_t buffer_count;
    uint32_t result; /* the buffer that holds the result: the first of the pair if there is one */
    bool has_pair;   /* buffers `result` and `partner` are a ping-pong pair of one shape */
    uint32_t partner;
    gf_scalar scalars[GF_MAX_SCALARS]; /* reals are f64; an f32 NDRange kernel gets each as a float2
                                          (high, low) */
    uint32_t scalar_count;
    uint64_t steps;              /* time steps; 0: the kernel has none and runs once */
    uint64_t steps_per_transfer; /* 1 to steps: steps between two downloads of the result */
    bool upload_again;           /* true: the inout buffers are uploaded after each download */
    gf_cost cost;
    size_t
        permutable_rows; /* of the workload's permutable input, and of the result; 0: it has none */
    bool shuffled;       /* they come in another order */
    gf_part part;        /* what it is of a divided problem */
    uint64_t part_room;  /* units that its buffers have room for */
    double picture_largest; /* of all parts; 0: the result is the whole */
    uint32_t draw; /* which first contents `fill` makes: 0, or 1 for others that are as good */
    void *extra;   /* the workload's own; freed by its tear_down */
};

/* Two words of one choice parameter that give the same items the same work, in an order in which
 * neighbours are alike and in a random one. The slow-down is the cost of divergence. */
typedef struct gf_reorder {
    const char *param;
    const char *coherent, *shuffled;
} gf_reorder;

/* ---- The descriptor ---------------------------------------------------- */

/* A CPU kernel that was loaded at run time. */
typedef struct gf_loaded_kernel {
    gf_cpu_kernel kernel;
    const char *note;    /* how it was made; lives as long as the workload */
    uint64_t compile_ns; /* what compiling it took, now or before; 0: not known */
    enum {
        GF_COMPILED_BEFORE,  /* by an earlier process */
        GF_COMPILED_EARLIER, /* by an earlier call in this process */
        GF_COMPILED_NOW
    } when;
} gf_loaded_kernel;

/* The variant of a CPU kernel that is loaded at run time. */
#define GF_LOADED_VARIANT "twin"

struct gf_workload {
    const char *name;  /* as users and reports have it */
    const char *alias; /* NULL, or a former name that still finds it */
    const char *stem;  /* of its files in cpu/ and kernels_cl/, which the generated tables have;
                          NULL: they have none: its plans bring their texts, and load_cpu_kernel gets
                          the CPU kernel */
    /* NULL, or the absolute path of the file that it was read from, by which gf_workload_find finds
     * it in every process; and a hash of all that it was read from, so that saved data of an
     * earlier content is not used. */
    const char *path;
    uint64_t content;
    const char *summary;
    const char *work_unit;       /* the unit of `work`, in the plural: "iterations", "cells" */
    const char *rate_unit;       /* 10^9 work units a second: "Giter/s", "GCell/s" */
    const char *operations_note; /* what the kernel needs from a device, for the last criterion */
    const gf_param *params;
    uint32_t param_count;
    gf_precision precision; /* of its problems, if it has no parameter that says so */
    /* Of problem->extra, which has no pointers: the process of a device's driver gets a copy of it.
     * 0: the workload has none. */
    size_t extra_bytes;

    /* Fills buffers, scalars, steps and cost of a zeroed problem whose workload, params, precision
     * and math are set. Must be fast and must not allocate field-sized memory. May read the header
     * of an input file. */
    gf_status (*set_up)(gf_problem *problem, gf_error *error);
    /* Optional: frees problem->extra. Also called after a set_up that failed. */
    void (*tear_down)(gf_problem *problem);
    /* Fills buffer `index` (in or inout) with its first content. Optional without such buffers. */
    gf_status (*fill)(const gf_problem *problem, uint32_t index, void *host, gf_error *error);
    /* Optional: the same of `rows` of its rows, from row `first` on, as `host` has room for.
     * Without it every rank of a job fills the whole. */
    gf_status (*fill_rows)(const gf_problem *problem, uint32_t index, size_t first, size_t rows,
                           void *host, gf_error *error);
    /* Optional: whether another draw gives other contents. Then round trips take turns with both.
     */
    bool (*can_redraw)(const gf_problem *problem);
    /* Optional: notes in problem->extra what pictures and NDRange plans need to know of the inputs.
     * Called once they are filled, with them as for `tolerance`. Plans are also made before that.
     */
    void (*note_inputs)(gf_problem *problem, const void *const *inputs);
    /* Of a workload with note_inputs and parts: adds what was noted of the inputs of another part,
     * a problem->extra. */
    void (*join_notes)(gf_problem *problem, const void *of_part);

    /* A sum that identifies a result: of the counts for Julia, of the field for diffusion. */
    double (*checksum)(const gf_problem *problem, const void *result);
    /* Useful work done, in work_unit, given the result. Optional: without it cost.work. */
    double (*work)(const gf_problem *problem, const void *result);
    /* Optional: the answer in one line, for the notes of a report: "7 divides 91". */
    void (*describe)(const gf_problem *problem, const void *result, char *text, size_t size);
    /* Work of each item of one row (items are the elements of the result), for SIMD efficiency.
     * Optional: without it every item has the same work and the efficiency is 1. */
    void (*row_work)(const gf_problem *problem, const void *result, size_t row, uint32_t *work);

    /* The same without a result, for predictions: the work of some items, anywhere in the result,
     * with the index row * columns + column. An item whose work is not known after `most` units,
     * although it may have more, is given `most`; usually far fewer suffice to know it. Needed when
     * the work depends on the values, so that cost.work is only a bound; without it cost.work must
     * be exact. */
    void (*sample_work)(const gf_problem *problem, const uint64_t *items, size_t count,
                        uint32_t most, uint32_t *work);
    /* Optional: the cases that are measured for predictions, each "NAME=VALUE NAME=VALUE", ended by
     * NULL: small to large in bytes, in steps between two transfers, in work per item. Each should
     * take at most 20 ms on one core. Without it: only the defaults. */
    const char *const *calibration;

    /* Optional: sets the differences that are allowed, which are none at first. `inputs`: for each
     * buffer its first content; NULL if it is no input. */
    void (*tolerance)(const gf_problem *problem, const void *const *inputs,
                      gf_tolerance *tolerance);
    /* Optional: checks one small part of the result and adds to *difference. */
    gf_status (*check_sample)(const gf_problem *problem, const gf_sample_request *request,
                              gf_difference *difference, gf_error *error);
    /* Optional, with check_sample: operations of one sample, to compare with the whole. */
    double (*sample_operations)(const gf_problem *problem);
    /* Optional: true, with the answer, for a known case. */
    bool (*known_answer)(const gf_problem *problem, gf_known_answer *answer);

    /* Optional: sets what the best kernel does for a unit of work, in a mix that is all 0. Without
     * it: a kernel of no known kind, with the operations of the cost. */
    void (*mix)(const gf_problem *problem, gf_kernel_mix *mix);

    /* True if a unit of work has only about as many operations as cost says, such as a division.
     * Then no kernel proves by them that its device reaches more than its arithmetic ceiling. */
    bool operations_estimated;

    /* True if the cost is what somebody says of a kernel: predictions use it, and nothing is
     * concluded from it about a device. */
    bool cost_is_claimed;

    /* True if the CPU's vector kernel gathers the items that still have work, or computes one item
     * with all lanes, so that no lane waits for a neighbour. */
    bool cpu_lanes_independent;

    /* True of the one workload with which calibration measures what a device sustains. Its
     * parameters are those of host/workloads/peak.c. */
    bool measures_ceilings;

    /* Optional: how to shuffle the items. */
    const gf_reorder *reorder;

    /* NULL, or the input whose rows may come in any order: `fill` shuffles them for a problem that
     * says so (gf_problem_shuffle), and the rows of the result, which are as many, are then in the
     * same order. For workloads without `reorder`. */
    const char *permutable;

    /* Optional: how many of the first rows, of every buffer that goes up and of the result, may
     * come in reverse order: inputs with reversed rows give the result with reversed rows, bit for
     * bit. Round trips take turns with both, so that no kernel can hand out an earlier result. */
    size_t (*reversible_rows)(const gf_problem *problem);

    /* Optional, with set_part: how the problem divides, in a division that is all 0. Without it: it
     * can't be divided. */
    void (*divide)(const gf_problem *problem, gf_division *division);
    /* Sets the scalars of a copy of the problem, or of the problem of another part, to those of
     * this part. Of units that read others, `count` includes these. */
    void (*set_part)(gf_problem *problem, gf_part part);
    /* With division.columns: sets the scalars of a copy of the problem to those of so many of its
     * columns. Pictures then have a pixel for each cell, which depends on nothing else of the
     * field, and checksums add up the sums of rows. */
    void (*set_columns)(gf_problem *problem, uint64_t columns);
    /* Optional: adds the result of a part to what is joined so far, at first the result's first
     * content. Parts come in any order; the outcome must not depend on it. `of_part` NULL: the part
     * was left out, because an earlier one has settled the result. Returns whether this one has:
     * then no part behind it is needed. Without it the rows of the parts follow one another. */
    bool (*join)(const gf_problem *problem, gf_part part, const void *of_part, void *result);

    /* Makes the picture of a result. NULL: the workload has no pictures. */
    gf_status (*render)(const gf_problem *problem, const void *result, gf_image *image,
                        gf_error *error);
    /* Optional: the number that the picture of a part depends on besides the part: the largest of
     * all parts becomes problem->picture_largest, which is above 0. */
    double (*picture_largest)(const gf_problem *problem, const void *result);

    const gf_ndrange_variant *ndrange_variants;
    uint32_t ndrange_variant_count;

    /* Optional, where a step is several kernels in order: the name of one, for reports. */
    const char *(*stage_name)(const gf_workload *workload, uint32_t stage);

    /* Of a workload without a stem; NULL: it has no CPU kernel. Gets the kernel, which may take a
     * compilation, and loads it into this process. It serves every ISA and is the baseline. */
    gf_status (*load_cpu_kernel)(const gf_workload *workload, gf_loaded_kernel *loaded,
                                 gf_error *error);

    /* Optional: tunables of the CPU kernel, which reach its vector ISAs as gf_kernel_args.tuning;
     * the scalar kernel is the plain reference and has none. `cpu_defaults` reduces values that
     * are not 0 to what the problem has room for and derives the others to suit them. Values that
     * give the same kernel should become the same: a search times each set once. */
    const gf_tunable *cpu_tunables;
    uint32_t cpu_tunable_count; /* GF_CPU_TUNABLE_COUNT of the table */
    void (*cpu_defaults)(const gf_problem *problem, const gf_cpu_resources *cpu, uint32_t *tuning);
};
