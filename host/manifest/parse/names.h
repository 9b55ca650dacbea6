/* The names of a manifest: parameters, tunables, buffers, scalars and local arrays. */
#pragma once

#include "manifest/parse/build.h"

/* Enters what has a name, in the order of declaration. Each name is a C name, not one of those that
 * expressions or twins have anyway, and unique. */
bool gf_build_names(gf_builder *b);
