/* Steps, costs, tolerance, picture: what has defaults of its own. */
#pragma once

#include "manifest/parse/build.h"

/* The name of the workload, which files and functions default to. */
bool gf_build_name(gf_builder *b);
/* The rest of [workload], [steps], [tolerance] and [picture]. Needs the buffers. */
bool gf_build_settings(gf_builder *b);
