/* The words of a diff: what can't be told and what to do, and the verdict. */
#pragma once

#include "diff/diff.h"

/* "can't tell: -3 to +9 %; raise repeat to 120": what makes the interval of a line narrow enough.
 */
void gf_diff_advise(const gf_diff *diff, const gf_diff_line *line, char *text, size_t size);
/* The same where there are fewer samples than any answer needs that leaves `outside` to chance. */
void gf_diff_advise_samples(const gf_diff *diff, const gf_diff_line *line, double outside,
                            char *text, size_t size);
/* "no regression above 5 %: ..." */
void gf_diff_conclude(const gf_diff *diff, char *text, size_t size);
