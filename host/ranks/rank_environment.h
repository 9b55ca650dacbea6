/* What a rank sets for itself and for the drivers that it starts, unless the user has. */
#pragma once

#include "ranks/launcher.h"

/* The cores that one rank may keep busy: its share of the host's, and no more than it may use. */
uint32_t gf_rank_cores(const gf_launcher *launcher, uint32_t machine, uint32_t allowed);

/* Before MPI is joined, which opens the OpenCL drivers by itself where nothing keeps it from it. */
void gf_rank_environment_set(const gf_launcher *launcher);
