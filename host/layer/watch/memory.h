/* Buffers, images and shared virtual memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "layer/wrapped.h"

GF_WATCHED_MEMORY(GF_DECLARE_WATCH)

void gf_watch_clSVMFree(const gf_loader *to, cl_context context, void *memory);
/* Whether an address is inside of what clSVMAlloc returned; *id is then its number. */
bool gf_svm_find(const void *address, uint64_t *id);
/* The same in locked state: where the range begins; NULL: it is in none. */
const void *gf_svm_begin_of(const void *address);
/* The driver has handed over `bytes` of host memory by a map, or takes it back. */
void gf_mapped_add(const void *address, uint64_t bytes);
void gf_mapped_remove(const void *address);
/* Whether the driver itself made this memory of the host: it is mapped, or SVM. */
bool gf_memory_is_driver_s(const void *address);
