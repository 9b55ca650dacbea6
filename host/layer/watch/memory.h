/* Buffers, images and shared virtual memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "layer/wrapped.h"

GF_WATCHED_MEMORY(GF_DECLARE_WATCH)

void gf_watch_clSVMFree(const gf_loader *to, cl_context context, void *memory);
/* Whether an address is inside of what clSVMAlloc returned; *id is then its number. */
bool gf_svm_find(const void *address, uint64_t *id);
