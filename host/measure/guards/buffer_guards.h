/* Guards round buffers whose kernels are somebody's own. */
#pragma once

#include "device/session.h"
#include "problem/problem.h"

/* Whether the problem's buffers have guards. */
bool gf_has_guards(const gf_session *session, const gf_problem *problem);
/* Puts the pattern behind a buffer that is in place in this array, up to the end of its last page.
 */
void gf_guard_buffer(const gf_buffer *buffer, const gf_host_array *array);
/* What was changed beside it since. */
gf_status gf_guard_find(gf_buffer *buffer, const gf_host_array *array, gf_trespasses *found,
                        gf_error *error);
