/* The numbers of a sweep over ranks: gf_parallel_sweep_counts of gpufare.h. */
#pragma once

#include "breakeven/sweep.h"
