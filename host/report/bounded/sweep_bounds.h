/* Bounds along a sweep: from which value on each model is worth it. */
#pragma once

#include <jansson.h>

#include "breakeven/breakeven.h"
#include "report/table.h"

/* Nothing where there are no bounds. */
gf_status gf_sweep_bounds_write(const gf_breakeven *breakeven, const gf_writer *to,
                                gf_error *error);
/* null where there are none. */
json_t *gf_json_sweep_bounds(const gf_breakeven *breakeven, bool *bad);
