/* The verdict of a comparison: which device, by how much, and what would flip it. */
#pragma once

#include "measure/comparison.h"

typedef struct gf_verdict {
    const gf_result *winner;    /* NULL: nothing was ok */
    const gf_result *runner_up; /* the fastest on another chip, or NULL */
    double ratio;               /* the runner-up's median of its better schedule / the winner's; 0
                                   without one */
    bool too_close;             /* the two are not told apart */
    bool busy;                  /* other programs had the cores: no figure counts, ratio is 0 */
    bool gpu_evidence;          /* a GPU took part and was ok */
    char text[GF_VERDICT_TEXT];
    char flips_when[512];
    uint64_t payback_trips; /* after so many the winner has made up for its build; 0: none, or there
                               is nothing to make up for */
    char payback[320];      /* the same in words; "" */
} gf_verdict;

void gf_verdict_reach(const gf_comparison *comparison, gf_verdict *verdict);
