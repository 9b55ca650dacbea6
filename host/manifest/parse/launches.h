/* The NDRanges of the kernels. */
#pragma once

#include "manifest/parse/build.h"

/* Global sizes and candidates for work-groups. Needs the arguments. */
bool gf_build_launches(gf_builder *b);
