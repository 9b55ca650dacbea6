/* The verdict of a comparison: which device, by how much, and what would flip it. */
#ifndef GF_VERDICT_H
#define GF_VERDICT_H

#include "measure/comparison.h"

/* Two devices whose times are closer than this are not told apart, even when the quartiles of their
 * samples are. */
#define GF_CLOSE_RATIO 1.05

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
