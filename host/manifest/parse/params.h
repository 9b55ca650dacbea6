/* Parameters and tunables. */
#pragma once

#include "manifest/parse/build.h"

/* Fills the manifest's rows, and gives expressions their names. Needs the functions, whose
 * arguments decide the types that are not given. */
bool gf_build_params(gf_builder *b);
