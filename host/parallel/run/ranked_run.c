#include "parallel/run/ranked_run.h"

#include <stdio.h>

void gf_ranked_report_progress(const gf_ranked_run *run, const char *stage, uint32_t done,
                               uint32_t planned) {
    char who[32];
    snprintf(who, sizeof who, "%u rank%s", run->result->ranks, run->result->ranks == 1 ? "" : "s");
    const gf_progress progress = {.device_id = who,
                                  .variant = run->parallel->its.variant,
                                  .stage = stage,
                                  .done = done,
                                  .planned = planned};
    gf_context_report_progress(&run->parallel->context, &progress);
}
