#include "breakeven/rank_counts.h"

#include "base/entry.h"
#include "base/error.h"

gf_status gf_parallel_sweep_counts(const gf_workload *workload, const char *text, uint32_t *counts,
                                   size_t *count, gf_error *error) {
    GF_ENTER(error);
    gf_sweep sweep;
    const gf_status status = gf_sweep_parse(workload, text, &sweep, error);
    if (status != GF_OK)
        return status;
    if (!sweep.ranks)
        return gf_error_set_parameter(error, GF_USAGE, "sweep", " %s: is none of ranks", text);
    for (size_t i = 0; i < sweep.count; i++)
        counts[i] = (uint32_t)sweep.values[i].whole;
    *count = sweep.count;
    return GF_OK;
}
