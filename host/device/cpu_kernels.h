/* The table of native kernels that the build generates: one row for each workload, ISA and
 * precision that was compiled in. This machine may lack the ISA of a row: ask gf_isa_detect before
 * calling its kernel. */
#pragma once

#include "cpu/kernel_abi.h"
#include "os/isa.h"
#include "problem/workload.h"

typedef struct gf_cpu_kernel_entry {
    const char *stem; /* the workload's */
    gf_isa isa;
    uint32_t real_bits; /* 32 or 64 */
    gf_cpu_kernel function;
} gf_cpu_kernel_entry;

/* Defined by the generated files. The hash is one of the kernels' sources and of how they were
 * compiled, which the salt says: the compiler and its options. */
extern const gf_cpu_kernel_entry gf_cpu_kernels[];
extern const size_t gf_cpu_kernel_count;
extern const char gf_cpu_kernels_hash[];
extern const char gf_cpu_kernels_hash_salt[];

/* The kernel of this stem, ISA and precision; NULL if none was compiled in, or `stem` is NULL. */
gf_cpu_kernel gf_cpu_kernel_find(const char *stem, gf_isa isa, gf_precision precision);
