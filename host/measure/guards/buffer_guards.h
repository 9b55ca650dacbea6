/* Guards beside buffers: what kernels write where they may not. */
#pragma once

#include "device/session.h"
#include "problem/problem.h"

/* Whether buffers in place have guards behind them, which cost nothing. */
bool gf_has_guards(const gf_session *session);
/* Whether the kernels are somebody's own, so that buffers in a device's own memory have guards,
 * too, and inputs are looked at again. */
bool gf_distrusts_kernels(const gf_session *session, const gf_problem *problem);
/* Puts the pattern behind a buffer that is in place in this array, up to the end of its last page.
 */
void gf_guard_buffer(const gf_buffer *buffer, const gf_host_array *array);
/* What was changed beside it since. */
gf_status gf_guard_find(gf_buffer *buffer, const gf_host_array *array, gf_trespasses *found,
                        gf_error *error);
