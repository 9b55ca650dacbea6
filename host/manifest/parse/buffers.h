/* Buffers: types, shapes, access and what they begin with. */
#pragma once

#include "manifest/parse/build.h"

/* Needs the parameters. Also reads the pair, which decides what the second of it defaults to. */
bool gf_build_buffers(gf_builder *b);
