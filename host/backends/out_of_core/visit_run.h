/* One launch of the whole problem: all visits of its bands. */
#pragma once

#include "backends/out_of_core/visit_state.h"

/* Adds the times of uploads, computing and downloads, and sets program->swapped. GF_INTERRUPTED
 * when cancelled. */
gf_status gf_visit_run(gf_program *program, const gf_launch *launch, gf_round_trip *times,
                       gf_error *error);

/* Finds out, with a band of the arrays, what visits take. */
gf_status gf_visit_measure(gf_program *program, const gf_launch *launch, gf_visit_costs *costs,
                           gf_error *error);
