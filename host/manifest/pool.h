/* Memory that is freed together. */
#pragma once

#include "gpufare.h"

typedef struct gf_pool gf_pool;

/* NULL: no memory. */
gf_pool *gf_pool_create(void);
/* Frees everything; accepts NULL. */
void gf_pool_destroy(gf_pool *pool);
/* Zeroed; NULL: no memory. */
void *gf_pool_allocate(gf_pool *pool, size_t count, size_t item_bytes);
/* A copy of `length` characters with a closing zero; NULL: no memory. */
char *gf_pool_copy(gf_pool *pool, const char *text, size_t length);
char *gf_pool_format(gf_pool *pool, const char *format, ...) GF_PRINTF(2, 3);
/* Takes over what malloc gave. On failure it is freed, and false is returned. Accepts NULL: false.
 */
bool gf_pool_adopt(gf_pool *pool, void *block);
