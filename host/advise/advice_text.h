/* The verdict of an advice in words. */
#ifndef GF_ADVICE_TEXT_H
#define GF_ADVICE_TEXT_H

#include "advise/advice.h"

/* The verdict in words, with its evidence; `text` should have 1024 characters. */
void gf_advice_format(const gf_advice *advice, char *text, size_t size);

/* What the predictions on this machine were worth so far. */
void gf_advice_format_trust(const gf_advice *advice, char *text, size_t size);

/* Whether a GPU of this machine was measured; and what to do about it if not, else "". */
bool gf_advice_has_gpu(const gf_advice *advice, char *text, size_t size);

#endif
