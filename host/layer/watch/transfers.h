/* Commands that move bytes. */
#pragma once

#include "layer/wrapped.h"

GF_WATCHED_TRANSFERS(GF_DECLARE_WATCH)
