/* Programs, kernels and their launches. */
#pragma once

#include "layer/wrapped.h"

GF_WATCHED_PROGRAMS(GF_DECLARE_WATCH)
