/* How the buffers of a user's problem begin. */
#pragma once

#include "problem/workload.h"

/* gf_workload.can_redraw: some input is random. */
bool gf_user_can_redraw(const gf_problem *problem);
/* gf_workload.fill. Random numbers depend on the buffer, the draw and the place of the element
 * alone, so that they are the same with any number of threads. */
gf_status gf_user_fill(const gf_problem *problem, uint32_t index, void *host, gf_error *error);
