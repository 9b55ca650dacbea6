/* Memory that this process and a worker share. It has no name in any file system, and is gone when
 * both have released it, however they end. */
#pragma once

#include "gpufare.h"

/* Bytes before and behind a region that can't be touched. */
#define GF_REGION_GUARD ((size_t)1 << 20)

typedef struct gf_region {
    void *memory;   /* NULL: none */
    size_t bytes;   /* whole pages */
    int descriptor; /* -1: closed */
} gf_region;

/* Makes a region of at least `bytes`, all zero, whose size nobody can change any more. */
gf_status gf_region_create(size_t bytes, gf_region *region, gf_error *error);
/* Maps one that another process has made. Takes over the descriptor, also when it fails. GF_FAILED
 * also when the region is smaller than `bytes`. */
gf_status gf_region_map(int descriptor, size_t bytes, gf_region *region, gf_error *error);
/* Closes the descriptor, which is not needed once the other side has its own. */
void gf_region_close(gf_region *region);
/* Accepts one without memory, and one that is all zero. */
void gf_region_release(gf_region *region);
