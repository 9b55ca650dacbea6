#include "manifest/manifest.h"

#include "manifest/pool.h"

/* The manifest itself is in the pool, too. */
void gf_manifest_free(gf_manifest *manifest) {
    if (manifest != NULL)
        gf_pool_destroy(manifest->pool);
}
