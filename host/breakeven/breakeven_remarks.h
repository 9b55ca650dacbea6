/* What a sweep's reports remark besides its times. */
#ifndef GF_BREAKEVEN_REMARKS_H
#define GF_BREAKEVEN_REMARKS_H

#include "breakeven/breakeven.h"

bool gf_breakeven_remark(const gf_breakeven *breakeven, size_t index, char *text, size_t size);

#endif
