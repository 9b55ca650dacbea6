/* The report of a problem on several ranks: gf_parallel_report of gpufare.h. */
#pragma once

#include "parallel/parallel_state.h"
