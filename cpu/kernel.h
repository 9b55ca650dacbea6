/* What every native kernel starts from: the ABI, the entry's name, the real type and minima.
 * kernel_abi.h lists what the build defines for each compilation. A kernel with vector code
 * includes simd.h as well and has its reference, in plain loops, in STEM_scalar.c.
 */
#pragma once

#include <omp.h>
#include <stdlib.h>

#include "kernel_abi.h"

/* GF_KERNEL(julia) is gf_julia_f64__avx2 and so on. */
#ifndef GF_KERNEL
#define GF_KERNEL_PASTE(stem, bits, suffix)  gf_##stem##_f##bits##__##suffix
#define GF_KERNEL_EXPAND(stem, bits, suffix) GF_KERNEL_PASTE(stem, bits, suffix)
#define GF_KERNEL(stem)                      GF_KERNEL_EXPAND(stem, GF_REAL_BITS, GF_TARGET_ISA)
#endif

#if GF_REAL_BITS == 64
typedef double gf_real;
#elif GF_REAL_BITS == 32
typedef float gf_real;
#else
#error "GF_REAL_BITS must be 32 or 64"
#endif

/* For functions whose constant arguments select a variant of their loops. */
#define GF_ALWAYS_INLINE inline __attribute__((always_inline))

/* A loop of at most 16 rounds, unrolled, so that the vectors of an array stay in registers. */
#define GF_EACH(i, count) _Pragma("GCC unroll 16") for (uint32_t i = 0; i < (count); i++)

/* In a parallel region, in the place of `omp master`, which gcc 16 warns of, and of `masked`, which
 * gcc 11 does not know and would let every thread do. */
static inline bool gf_is_first_thread(void) {
    return omp_get_thread_num() == 0;
}

#define GF_PAGE 4096

/* Memory of the calling thread, aligned to a page: what an earlier launch left if that is enough.
 * `bytes` is a multiple of a page. The content is undefined; NULL: there is none. Belongs to the
 * launch until gf_give_memory_back. */
static inline void *gf_take_memory(const gf_kernel_args *args, size_t bytes) {
    gf_thread_memory *const kept = args->kept == NULL ? NULL : &args->kept[omp_get_thread_num()];
    if (kept != NULL && kept->bytes >= bytes)
        return kept->memory;
    void *const memory = aligned_alloc(GF_PAGE, bytes);
    if (kept != NULL) {
        free(kept->memory);
        *kept = (gf_thread_memory){memory, memory == NULL ? 0 : bytes};
    }
    return memory;
}

static inline void gf_give_memory_back(const gf_kernel_args *args, void *memory) {
    if (args->kept == NULL)
        free(memory);
}

static inline uint32_t gf_smaller_u32(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

static inline size_t gf_smaller_size(size_t a, size_t b) {
    return a < b ? a : b;
}
