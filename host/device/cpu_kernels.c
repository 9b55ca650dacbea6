#include "device/cpu_kernels.h"
#include "problem/problem.h"

#include <string.h>

gf_cpu_kernel gf_cpu_kernel_find(const char *stem, gf_isa isa, gf_precision precision) {
    const uint32_t real_bits = gf_precision_cpu_bits(precision);
    for (size_t i = 0; stem != NULL && i < gf_cpu_kernel_count; i++) {
        const gf_cpu_kernel_entry *entry = &gf_cpu_kernels[i];
        if (entry->isa == isa && entry->real_bits == real_bits && strcmp(entry->stem, stem) == 0)
            return entry->function;
    }
    return NULL;
}
