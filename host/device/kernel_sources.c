#include "device/kernel_sources.h"

#include <string.h>

const gf_kernel_source *gf_kernel_source_find(const char *name) {
    for (size_t i = 0; i < gf_kernel_source_count; i++) {
        if (strcmp(gf_kernel_sources[i].name, name) == 0)
            return &gf_kernel_sources[i];
    }
    return NULL;
}
