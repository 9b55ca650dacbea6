/* The functions of a manifest, its kernels and its twin: their files, and what they take. */
#pragma once

#include "manifest/parse/build.h"

/* Reads the files of all kernels and of the twin, and finds the functions in their text. Needs the
 * names. The names of arguments come from `arguments`, else from the text. */
bool gf_build_functions(gf_builder *b);
