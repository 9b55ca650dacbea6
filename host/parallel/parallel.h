/* One problem on the ranks of a job: gf_parallel of gpufare.h. */
#pragma once

#include "parallel/parallel_state.h"
