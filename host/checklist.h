/* The four-point GPU-suitability checklist and the verdict, from the evidence of a comparison. */
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
    GF_GRADE_UNKNOWN /* the device did not run: there is no evidence */
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

const char *gf_check_point_name(gf_check_point point); /* "memory" */
const char *gf_check_grade_name(gf_check_grade grade); /* "pass" */

/* Evaluates one point for one result of the comparison, whatever its outcome. */
void gf_check_evaluate(const gf_comparison *comparison, const gf_result *result,
                       gf_check_point point, gf_check *check);

typedef struct gf_verdict {
    const gf_result *winner;    /* NULL: nothing was ok */
    const gf_result *runner_up; /* the fastest of another device, or NULL */
    double ratio;               /* runner-up's total / winner's total, medians; 0 without one */
    bool too_close;
    bool gpu_evidence; /* a GPU took part and was ok */
    char text[640];
    char flips_when[320];
} gf_verdict;

void gf_verdict_reach(const gf_comparison *comparison, gf_verdict *verdict);

#endif
