/* A thin vector vocabulary, so that the body of a kernel is written once for every ISA and both
 * precisions. Not for the scalar ISA: there a kernel has plain loops, which are the reference.
 *
 *   gf_vec      GF_LANES reals of type gf_real
 *   gf_counts   GF_LANES unsigned integers of type gf_lane, as wide as a real
 *   gf_mask     one truth value for each lane
 *
 * Every function does to each lane what its scalar expression does, rounded once. None contracts:
 * only gf_vec_fma fuses. Comparisons with NaN are false. Loads and stores need no more than the
 * alignment of an element.
 */
#ifndef GF_SIMD_H
#define GF_SIMD_H

#include "kernel.h"

#if GF_REAL_BITS == 64
typedef uint64_t gf_lane;
#else
typedef uint32_t gf_lane;
#endif

/* ---- AVX-512: F, DQ, BW, VL -------------------------------------------------------------------
 */

#if GF_ISA_AVX512
#include <immintrin.h>

#define GF_LANES (512 / GF_REAL_BITS)

typedef __m512i gf_counts;
#if GF_REAL_BITS == 64
typedef __m512d gf_vec;
typedef __mmask8 gf_mask;
#define GF_X86(operation)             _mm512_##operation##_pd
#define GF_X86_MASK(value)            ((__mmask8)(value))
#define gf_x86_set1_counts(value)     _mm512_set1_epi64((long long)(value))
#define gf_x86_add_counts(k, n, more) _mm512_mask_add_epi64(n, k, n, more)
#else
typedef __m512 gf_vec;
typedef __mmask16 gf_mask;
#define GF_X86(operation)             _mm512_##operation##_ps
#define GF_X86_MASK(value)            ((__mmask16)(value))
#define gf_x86_set1_counts(value)     _mm512_set1_epi32((int)(value))
#define gf_x86_add_counts(k, n, more) _mm512_mask_add_epi32(n, k, n, more)
#endif

static inline gf_mask gf_mask_all(void) {
    return GF_X86_MASK(-1);
}
static inline gf_mask gf_mask_and(gf_mask a, gf_mask b) {
    return GF_X86_MASK(a & b);
}
static inline gf_mask gf_mask_or(gf_mask a, gf_mask b) {
    return GF_X86_MASK(a | b);
}
static inline bool gf_mask_any(gf_mask mask) {
    return mask != 0;
}
static inline gf_mask gf_vec_less(gf_vec a, gf_vec b) {
#if GF_REAL_BITS == 64
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
#else
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
#endif
}
static inline gf_vec gf_vec_select(gf_mask mask, gf_vec yes, gf_vec no) {
#if GF_REAL_BITS == 64
    return _mm512_mask_blend_pd(mask, no, yes);
#else
    return _mm512_mask_blend_ps(mask, no, yes);
#endif
}
static inline gf_counts gf_counts_set1(gf_lane value) {
    return gf_x86_set1_counts(value);
}
static inline gf_counts gf_counts_increment(gf_counts n, gf_mask where) {
    return gf_x86_add_counts(where, n, gf_x86_set1_counts(1));
}
static inline void gf_counts_store(gf_lane *to, gf_counts n) {
    _mm512_storeu_si512((void *)to, n);
}

/* ---- AVX2 and FMA -----------------------------------------------------------------------------
 */

#elif GF_ISA_AVX2
#include <immintrin.h>

#define GF_LANES (256 / GF_REAL_BITS)

/* A mask is a vector whose lanes are all ones or all zeros; as an integer, true is -1. */
typedef __m256i gf_counts;
#if GF_REAL_BITS == 64
typedef __m256d gf_vec;
typedef __m256d gf_mask;
#define GF_X86(operation)         _mm256_##operation##_pd
#define gf_x86_as_counts(v)       _mm256_castpd_si256(v)
#define gf_x86_as_mask(n)         _mm256_castsi256_pd(n)
#define gf_x86_set1_counts(value) _mm256_set1_epi64x((long long)(value))
#define gf_x86_sub_counts(a, b)   _mm256_sub_epi64(a, b)
#else
typedef __m256 gf_vec;
typedef __m256 gf_mask;
#define GF_X86(operation)         _mm256_##operation##_ps
#define gf_x86_as_counts(v)       _mm256_castps_si256(v)
#define gf_x86_as_mask(n)         _mm256_castsi256_ps(n)
#define gf_x86_set1_counts(value) _mm256_set1_epi32((int)(value))
#define gf_x86_sub_counts(a, b)   _mm256_sub_epi32(a, b)
#endif

static inline gf_mask gf_mask_all(void) {
    return gf_x86_as_mask(_mm256_set1_epi32(-1));
}
static inline gf_mask gf_mask_and(gf_mask a, gf_mask b) {
    return GF_X86(and)(a, b);
}
static inline gf_mask gf_mask_or(gf_mask a, gf_mask b) {
    return GF_X86(or)(a, b);
}
static inline bool gf_mask_any(gf_mask mask) {
    return GF_X86(movemask)(mask) != 0;
}
static inline gf_mask gf_vec_less(gf_vec a, gf_vec b) {
    return GF_X86(cmp)(a, b, _CMP_LT_OQ);
}
static inline gf_vec gf_vec_select(gf_mask mask, gf_vec yes, gf_vec no) {
    return GF_X86(blendv)(no, yes, mask);
}
static inline gf_counts gf_counts_set1(gf_lane value) {
    return gf_x86_set1_counts(value);
}
static inline gf_counts gf_counts_increment(gf_counts n, gf_mask where) {
    return gf_x86_sub_counts(n, gf_x86_as_counts(where));
}
static inline void gf_counts_store(gf_lane *to, gf_counts n) {
    _mm256_storeu_si256((__m256i *)to, n);
}

/* ---- NEON of 64-bit ARM -----------------------------------------------------------------------
 */

#elif GF_ISA_NEON
#include <arm_neon.h>

#define GF_LANES (128 / GF_REAL_BITS)

/* Masks are integer vectors; true is all ones, which is -1. */
#if GF_REAL_BITS == 64
typedef float64x2_t gf_vec;
typedef uint64x2_t gf_mask;
typedef uint64x2_t gf_counts;
#define GF_NEON_REAL(operation) v##operation##q_f64
#define GF_NEON_BITS(operation) v##operation##q_u64
#define GF_NEON_DUP_REAL        vdupq_n_f64
#define GF_NEON_DUP_BITS        vdupq_n_u64
#define GF_NEON_WORDS           vreinterpretq_u32_u64
#else
typedef float32x4_t gf_vec;
typedef uint32x4_t gf_mask;
typedef uint32x4_t gf_counts;
#define GF_NEON_REAL(operation) v##operation##q_f32
#define GF_NEON_BITS(operation) v##operation##q_u32
#define GF_NEON_DUP_REAL        vdupq_n_f32
#define GF_NEON_DUP_BITS        vdupq_n_u32
#define GF_NEON_WORDS
#endif

static inline gf_mask gf_mask_all(void) {
    return GF_NEON_DUP_BITS((gf_lane)-1);
}
static inline gf_mask gf_mask_and(gf_mask a, gf_mask b) {
    return GF_NEON_BITS(and)(a, b);
}
static inline gf_mask gf_mask_or(gf_mask a, gf_mask b) {
    return GF_NEON_BITS(orr)(a, b);
}
static inline bool gf_mask_any(gf_mask mask) {
    return vmaxvq_u32(GF_NEON_WORDS(mask)) != 0;
}
static inline gf_mask gf_vec_less(gf_vec a, gf_vec b) {
    return GF_NEON_REAL(clt)(a, b);
}
static inline gf_vec gf_vec_select(gf_mask mask, gf_vec yes, gf_vec no) {
    return GF_NEON_REAL(bsl)(mask, yes, no);
}
static inline gf_counts gf_counts_set1(gf_lane value) {
    return GF_NEON_DUP_BITS(value);
}
static inline gf_counts gf_counts_increment(gf_counts n, gf_mask where) {
    return GF_NEON_BITS(sub)(n, where);
}
static inline void gf_counts_store(gf_lane *to, gf_counts n) {
    GF_NEON_BITS(st1)(to, n);
}

#else
#error "simd.h needs a vector ISA; the scalar ISA has plain loops"
#endif

/* ---- Reals: the same names on every ISA --------------------------------------------------------
 */

#if GF_ISA_NEON

static inline gf_vec gf_vec_set1(gf_real value) {
    return GF_NEON_DUP_REAL(value);
}
static inline gf_vec gf_vec_load(const gf_real *from) {
    return GF_NEON_REAL(ld1)(from);
}
static inline void gf_vec_store(gf_real *to, gf_vec a) {
    GF_NEON_REAL(st1)(to, a);
}
static inline gf_vec gf_vec_add(gf_vec a, gf_vec b) {
    return GF_NEON_REAL(add)(a, b);
}
static inline gf_vec gf_vec_sub(gf_vec a, gf_vec b) {
    return GF_NEON_REAL(sub)(a, b);
}
static inline gf_vec gf_vec_mul(gf_vec a, gf_vec b) {
    return GF_NEON_REAL(mul)(a, b);
}
/* a * b + c, rounded once. */
static inline gf_vec gf_vec_fma(gf_vec a, gf_vec b, gf_vec c) {
    return GF_NEON_REAL(fma)(c, a, b);
}

#else

static inline gf_vec gf_vec_set1(gf_real value) {
    return GF_X86(set1)(value);
}
static inline gf_vec gf_vec_load(const gf_real *from) {
    return GF_X86(loadu)(from);
}
static inline void gf_vec_store(gf_real *to, gf_vec a) {
    GF_X86(storeu)(to, a);
}
static inline gf_vec gf_vec_add(gf_vec a, gf_vec b) {
    return GF_X86(add)(a, b);
}
static inline gf_vec gf_vec_sub(gf_vec a, gf_vec b) {
    return GF_X86(sub)(a, b);
}
static inline gf_vec gf_vec_mul(gf_vec a, gf_vec b) {
    return GF_X86(mul)(a, b);
}
/* a * b + c, rounded once. */
static inline gf_vec gf_vec_fma(gf_vec a, gf_vec b, gf_vec c) {
    return GF_X86(fmadd)(a, b, c);
}

#endif

#endif
