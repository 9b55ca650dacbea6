/* Contexts, queues, waits, and functions that are asked for by name. */
#pragma once

#include "layer/wrapped.h"

GF_WATCHED_CONTEXTS(GF_DECLARE_WATCH)
