/* What each function takes, by the names of its arguments. */
#pragma once

#include "manifest/parse/build.h"

/* Compiles scalars and local arrays, and resolves the arguments of all kernels and of the twin.
 * Needs parameters and buffers. */
bool gf_build_arguments(gf_builder *b);
