/* A small file for every program that this machine has built, so that the ledger can distinguish a
 * cold build from one that was short because of a driver's cache. */
#pragma once

#include "device/backend.h"

/* Two builds with equal ids are builds of the same program. */
typedef struct gf_build_id {
    const char *device, *driver, *options; /* borrowed */
    uint64_t source_hash;
} gf_build_id;

/* Looks the build up in $XDG_CACHE_HOME/gpufare, else ~/.cache/gpufare. Saves `build_ns` there the
 * first time, and when the saved build was faster. A driver's cache that was emptied or moved makes
 * it the first time again. The state stays unknown when the folder can't be read or written. */
void gf_build_history_update(const gf_build_id *id, uint64_t build_ns, gf_build_history *history);
