/* The GPU-suitability checklist: four criteria, graded from what was measured or predicted. */
#pragma once

#include "measure/comparison.h"

typedef enum gf_criterion {
    GF_CRITERION_MEMORY,
    GF_CRITERION_BRANCHING,
    GF_CRITERION_MOVEMENT,
    GF_CRITERION_OPERATIONS,
    GF_CRITERION_COUNT
} gf_criterion;

typedef enum gf_grade {
    GF_GRADE_PASS,
    GF_GRADE_MARGINAL,
    GF_GRADE_FAIL,
    GF_GRADE_UNKNOWN /* no evidence */
} gf_grade;

/* One criterion for one device. */
typedef struct gf_criterion_result {
    gf_criterion criterion;
    const char *question;
    const char *source; /* where the evidence comes from */
    char evidence[320];
    double value, limit; /* the number the grade comes from; docs/checklist.md has its meaning */
    gf_grade grade;
    char flips_when[160];
} gf_criterion_result;

/* A line of the checklist. Those of one device follow one another, in the order of gf_criterion. */
typedef struct gf_criterion_row {
    const char *label; /* of the device and variant */
    gf_criterion_result result;
} gf_criterion_row;

/* The facts that one device is graded by, measured or predicted. */
typedef struct gf_criterion_input {
    const gf_problem *problem;
    const char *const *sources; /* of each criterion's evidence */
    const char *unknown;        /* NULL, or why nothing is known from computing ("no verified run"):
                                   then only sizes and the device's facts count */
    uint64_t global_memory_bytes, max_alloc_bytes; /* 0: not known */
    gf_visits visits;   /* of a device that has no room for the whole problem; else 0 bands */
    bool ran_in_parts;  /* it is a set, each device of which had room for its part */
    bool memory_varies; /* a driver on the host's cores reports what is free when it starts */
    const gf_device_info *device; /* NULL: it is not here */
    bool f64;
    const char *proof;          /* that the operations work: "compiled and ran" */
    gf_lane_group lanes;        /* items that run in step; 0 x 0: not known */
    double efficiency;          /* SIMD efficiency in these groups */
    const double *efficiencies; /* in each of gf_lane_groups; read only if items differ in work */
    double ns[GF_PHASE_COUNT];
    double pipelined_ns;         /* of a round trip whose transfers overlap the kernels; 0: none */
    gf_overlap overlap;          /* of that */
    double bytes_up, bytes_down; /* of one round trip */
    bool in_place;
    double work;       /* in the workload's unit */
    bool disturbed;    /* other programs had the cores, so that its times don't count */
    bool work_bounded; /* it is less or equal, so that branching and movement are not graded */
} gf_criterion_input;

const char *gf_criterion_name(gf_criterion criterion); /* "memory" */
const char *gf_grade_name(gf_grade grade);             /* "pass" */

/* The grades of numbers; docs/checklist.md has their limits. The share of the memory that is
 * needed; of lanes that work; of a time that is paid for moving data and launching. */
gf_grade gf_grade_memory(double share);
gf_grade gf_grade_efficiency(double efficiency);
gf_grade gf_grade_fare(double share);
/* That number from which a grade is `fail`. */
double gf_grade_limit(gf_criterion criterion);

/* `label` must outlive the rows. */
void gf_criteria_grade(const gf_criterion_input *input, const char *label,
                       gf_criterion_row rows[GF_CRITERION_COUNT]);
/* Grades a result of the comparison, whatever its outcome. */
void gf_criteria_evaluate(const gf_comparison *comparison, const gf_result *run,
                          gf_criterion_row rows[GF_CRITERION_COUNT]);
