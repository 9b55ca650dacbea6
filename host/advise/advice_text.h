/* Sentences about an advice. */
#pragma once

#include "advise/advice.h"

/* The verdict: the answer, then what it rests on; `buffer` should have GF_VERDICT_TEXT characters.
 * Returns how many characters the answer has. */
size_t gf_advice_format(const gf_advice *advice, char *buffer, size_t size);

/* How far earlier predictions of this workload on these devices were off. */
void gf_advice_format_trust(const gf_advice *advice, char *text, size_t size);

/* Whether a GPU of this machine was measured. If not, `text` says what to do; else it is "". */
bool gf_advice_has_gpu(const gf_advice *advice, char *text, size_t size);

/* The calls after which the winner is ahead of the verdict's rival, or of the baseline where there
 * is none (gf_calls_until_ahead); 0: there is no winner, or a build is not known. */
uint64_t gf_advice_ahead_after(const gf_advice *advice);
/* The same in words, as gf_payback_format. */
void gf_advice_format_payback(const gf_advice *advice, char *text, size_t size);
