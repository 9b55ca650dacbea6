/* The calibration cases of a user's workload: its parameters scaled so that the buffers have
 * several sizes. */
#pragma once

#include "user/user.h"

/* Sets workload.calibration; NULL where no parameter says how large the buffers are. */
void gf_user_make_cases(gf_user_workload *user);
