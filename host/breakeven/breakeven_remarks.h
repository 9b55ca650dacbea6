/* Remarks of a sweep's reports: the notes, and what limits the conclusions. */
#pragma once

#include "breakeven/breakeven.h"

#define GF_REMARK_SIZE 4096 /* all values of a sweep, and a sentence */

/* The index-th remark; "" if it does not apply. false: there are no more. */
bool gf_breakeven_remark(const gf_breakeven *breakeven, size_t index, char *buffer, size_t size);
