/* A sweep over ranks as a plot: gf_parallel_sweep_plot of gpufare.h. */
#pragma once

#include "parallel/scaling/rank_sweep.h"
