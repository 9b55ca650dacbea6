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
    bool doubtful;              /* samples are unsteady: another device might win next time */
    bool gpu_evidence;          /* a GPU took part and was ok */
    char text[GF_VERDICT_TEXT]; /* the answer, then what it rests on */
    size_t answer_length;       /* characters of the answer */
    char flips_when[512];
    uint64_t ahead_after;   /* calls: gf_calls_until_ahead against the runner-up, or the baseline
                               where there is none; 0: no winner, or it is never ahead */
    uint64_t payback_trips; /* the same, but 0 where the winner takes no more once */
    char payback[320];      /* the same in words; "" where it is one call or none */
} gf_verdict;

/* Whether the samples of two round trips don't tell which is the faster one: few, overlapping, or
 * medians that are nearly equal. */
bool gf_are_too_close(const gf_statistics *fast, const gf_statistics *slow);

void gf_verdict_reach(const gf_comparison *comparison, gf_verdict *verdict);
/* Whether the verdict names this result as the fastest. */
bool gf_verdict_names(const gf_comparison *comparison, const gf_result *result);
