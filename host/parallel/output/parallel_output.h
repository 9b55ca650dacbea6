/* The result of all ranks in files, which no rank ever has as a whole: gf_parallel_write_npy and
 * gf_parallel_write_png of gpufare.h. */
#pragma once

#include "parallel/parallel_state.h"
