/* How a user's OpenCL kernels run a problem. */
#pragma once

#include "user/user.h"

/* Fills the variant and the tunables of a workload whose manifest and sources are read. */
void gf_user_make_variant(gf_user_workload *user);
