/* The four-point GPU-suitability checklist, from the evidence of a comparison or of a prediction.
 */
#ifndef GF_CHECKLIST_H
#define GF_CHECKLIST_H

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
    GF_GRADE_UNKNOWN /* there is no evidence */
} gf_grade;

/* One point for one device. */
typedef struct gf_criterion_result {
    gf_criterion point;
    const char *question;
    const char *source; /* where the evidence comes from */
    char evidence[320];
    double value, limit; /* the number the grade comes from; its meaning is in docs/checklist.md */
    gf_grade grade;
    char flips_when[160];
} gf_criterion_result;

/* What the grades of one device are drawn from, measured or predicted. */
typedef struct gf_criterion_input {
    const gf_problem *problem;
    const char *const *sources; /* of each point's evidence */
    const char *unknown;        /* NULL, or why there is no evidence from computing: "no verified
                                   run"; then only sizes and facts of the device count */
    uint64_t global_memory_bytes, max_alloc_bytes; /* 0: not known */
    bool f64;
    const char *proof;          /* that the operations work: "compiled and ran" */
    gf_lane_group lanes;        /* items that run in step; 0 x 0: not known */
    double efficiency;          /* SIMD efficiency in these groups */
    const double *efficiencies; /* in each of gf_lane_groups; looked at if items differ in work */
    double ns[GF_PHASE_COUNT];
    double bytes_up, bytes_down; /* of one round trip */
    bool in_place;
    double work; /* in the workload's unit */
} gf_criterion_input;

const char *gf_criterion_name(gf_criterion point); /* "memory" */
const char *gf_grade_name(gf_grade grade);         /* "pass" */

void gf_criterion_grade(const gf_criterion_input *facts, gf_criterion point,
                        gf_criterion_result *check);
/* Evaluates one point for one result of the comparison, whatever its outcome. */
void gf_criterion_evaluate(const gf_comparison *comparison, const gf_result *result,
                           gf_criterion point, gf_criterion_result *check);

#endif
