/* A small note on disk about every program that this machine has built, so that the ledger can tell
 * a cold build from one that a driver's cache made quick. */
#ifndef GF_BUILD_HISTORY_H
#define GF_BUILD_HISTORY_H

#include "device/backend.h"

/* What makes a build the same as an earlier one. */
typedef struct gf_build_id {
    const char *device, *driver, *options; /* owned by others, for as long as the id is used */
    uint64_t source_hash;
} gf_build_id;

/* Looks the build up in $XDG_CACHE_HOME/gpufare, else ~/.cache/gpufare. The first time, and when a
 * build takes longer than the one noted, it notes `build_ns` there. A driver's cache that was
 * emptied or moved counts as another one. A place that can't be read or written leaves the state
 * unknown. */
void gf_build_history_update(const gf_build_id *id, uint64_t build_ns, gf_build_history *history);

#endif
