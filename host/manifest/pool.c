#include "manifest/pool.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

struct gf_pool {
    void **blocks;
    size_t count;
};

gf_pool *gf_pool_create(void) {
    return calloc(1, sizeof(gf_pool));
}

void gf_pool_destroy(gf_pool *pool) {
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->count; i++)
        free(pool->blocks[i]);
    free(pool->blocks);
    free(pool);
}

bool gf_pool_adopt(gf_pool *pool, void *block) {
    gf_error unused = GF_ERROR_INIT;
    if (block == NULL ||
        gf_array_grow(&pool->blocks, pool->count, sizeof *pool->blocks, &unused) != GF_OK) {
        free(block);
        return false;
    }
    pool->blocks[pool->count++] = block;
    return true;
}

void *gf_pool_allocate(gf_pool *pool, size_t count, size_t item_bytes) {
    void *block = calloc(count > 0 ? count : 1, item_bytes);
    return gf_pool_adopt(pool, block) ? block : NULL;
}

char *gf_pool_copy(gf_pool *pool, const char *text, size_t length) {
    char *copy = gf_pool_allocate(pool, length + 1, 1);
    if (copy != NULL && length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *gf_pool_format(gf_pool *pool, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    char *text = length < 0 ? NULL : gf_pool_allocate(pool, (size_t)length + 1, 1);
    if (text != NULL)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
    return text;
}
