/* The report of a sweep over ranks: gf_parallel_sweep_report of gpufare.h. */
#pragma once

#include "parallel/scaling/rank_sweep.h"
