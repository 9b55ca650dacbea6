/* The four-point GPU-suitability checklist, from the evidence of a comparison or of a prediction.
 */
#ifndef GF_CHECKLIST_H
#define GF_CHECKLIST_H

#include "comparison.h"

typedef enum gf_check_point {
    GF_POINT_MEMORY,
    GF_POINT_BRANCHING,
    GF_POINT_MOVEMENT,
    GF_POINT_OPERATIONS,
    GF_POINT_COUNT
} gf_check_point;

typedef enum gf_check_grade {
    GF_GRADE_PASS,
    GF_GRADE_MARGINAL,
    GF_GRADE_FAIL,
    GF_GRADE_UNKNOWN /* there is no evidence */
} gf_check_grade;

/* One point for one device. */
typedef struct gf_check {
    gf_check_point point;
    const char *question;
    const char *source; /* where the evidence comes from */
    char evidence[320];
    double value, limit; /* the number the grade comes from; its meaning is in docs/checklist.md */
    gf_check_grade grade;
    char flips_when[160];
} gf_check;

/* What the grades of one device are drawn from, measured or predicted. */
typedef struct gf_check_facts {
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
} gf_check_facts;

const char *gf_check_point_name(gf_check_point point); /* "memory" */
const char *gf_check_grade_name(gf_check_grade grade); /* "pass" */

void gf_check_grade_facts(const gf_check_facts *facts, gf_check_point point, gf_check *check);
/* Evaluates one point for one result of the comparison, whatever its outcome. */
void gf_check_evaluate(const gf_comparison *comparison, const gf_result *result,
                       gf_check_point point, gf_check *check);

#endif
