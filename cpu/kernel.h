/* What every native kernel starts from: the ABI, the entry's name and the real type, all three
 * derived from what the build defines for one compilation:
 *   GF_REAL_BITS    64 or 32
 *   GF_TARGET_ISA   scalar, avx2, avx512 or neon, without quotes
 *   GF_TARGET_SCALAR, GF_TARGET_AVX2, GF_TARGET_AVX512 or GF_TARGET_NEON, the one that applies, as
 * 1 A kernel with vector code includes simd.h as well, unless GF_TARGET_SCALAR is set.
 */
#ifndef GF_KERNEL_H
#define GF_KERNEL_H

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

#endif
