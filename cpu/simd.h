/* A thin vector vocabulary, so that the body of a kernel is written once for every ISA and both
 * precisions. The scalar ISA has no vectors: its kernel is the reference, in plain loops.
 *
 *   gf_vec      GF_LANES reals of type gf_real
 *   gf_counts   GF_LANES unsigned integers of type gf_lane, as wide as a real
 *   gf_mask     one truth value for each lane
 *
 * Every function does to each lane what its scalar expression does, rounded once. None contracts:
 * only gf_vec_fma fuses. Comparisons with NaN are false. Loads and stores need only the alignment
 * of an element; only gf_vec_stream needs that of a vector.
 *
 *   gf_vec_compress     stores the lanes whose mask is true, side by side; the other elements of
 *                       these GF_LANES are undefined afterwards
 *   gf_counts_compress  the same
 *   gf_vec_zip_low      lanes a0 b0 a1 b1 ... of the lower halves of a and b
 *   gf_vec_zip_high     the same of the upper halves
 *   gf_vec_rotate_up    lane l moves to l + 1, the last to 0
 *   gf_vec_rotate_down  lane l moves to l - 1, the first to the last
 *   gf_vec_copysign     the first operand with the signs of the second
 *   gf_vec_largest      the larger lanes; the second operand's where the first has NaN
 *   gf_vec_stream       stores past the caches; other threads read only after gf_stream_fence
 */
#pragma once

#include "kernel.h"

#if GF_REAL_BITS == 64
typedef uint64_t gf_lane;
#else
typedef uint32_t gf_lane;
#endif

/* ---- AVX-512: F, DQ, BW, VL -------------------------------------------- */

#if GF_TARGET_AVX512
#include <immintrin.h>

#define GF_LANES             (512 / GF_REAL_BITS)
#define GF_CHEAP_STORE_WHERE true
#define GF_VEC_REGISTERS     32

typedef __m512i gf_counts;
#if GF_REAL_BITS == 64
typedef __m512d gf_vec;
typedef __mmask8 gf_mask;
#define GF_X86(operation)              _mm512_##operation##_pd
#define GF_X86_COUNTS(operation)       _mm512_##operation##_epi64
#define GF_X86_MASK(value)             ((__mmask8)(value))
#define GF_SET_COUNTS(value)           _mm512_set1_epi64((long long)(value))
#define gf_x86_compare(a, b, relation) _mm512_cmp_pd_mask(a, b, relation)
#else
typedef __m512 gf_vec;
typedef __mmask16 gf_mask;
#define GF_X86(operation)              _mm512_##operation##_ps
#define GF_X86_COUNTS(operation)       _mm512_##operation##_epi32
#define GF_X86_MASK(value)             ((__mmask16)(value))
#define GF_SET_COUNTS(value)           _mm512_set1_epi32((int)(value))
#define gf_x86_compare(a, b, relation) _mm512_cmp_ps_mask(a, b, relation)
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
static inline gf_vec gf_vec_select(gf_mask mask, gf_vec yes, gf_vec no) {
    return GF_X86(mask_blend)(mask, no, yes);
}
static inline gf_counts gf_counts_increment(gf_counts n, gf_mask where) {
    return GF_X86_COUNTS(mask_add)(n, where, n, GF_SET_COUNTS(1));
}
static inline void gf_counts_store(gf_lane *to, gf_counts n) {
    _mm512_storeu_si512((void *)to, n);
}
#if GF_REAL_BITS == 64
#define GF_LANE_ORDER(...)  _mm512_setr_epi64(__VA_ARGS__)
#define GF_ZIP_LOW          GF_LANE_ORDER(0, 8, 1, 9, 2, 10, 3, 11)
#define GF_ZIP_HIGH         GF_LANE_ORDER(4, 12, 5, 13, 6, 14, 7, 15)
#define GF_UP               GF_LANE_ORDER(7, 0, 1, 2, 3, 4, 5, 6)
#define GF_DOWN             GF_LANE_ORDER(1, 2, 3, 4, 5, 6, 7, 0)
#define gf_x86_as_counts(v) _mm512_castpd_si512(v)
#define gf_x86_as_reals(n)  _mm512_castsi512_pd(n)
#else
#define GF_LANE_ORDER(...)  _mm512_setr_epi32(__VA_ARGS__)
#define GF_ZIP_LOW          GF_LANE_ORDER(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define GF_ZIP_HIGH         GF_LANE_ORDER(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define GF_UP               GF_LANE_ORDER(15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
#define GF_DOWN             GF_LANE_ORDER(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0)
#define gf_x86_as_counts(v) _mm512_castps_si512(v)
#define gf_x86_as_reals(n)  _mm512_castsi512_ps(n)
#endif
static inline gf_vec gf_vec_copysign(gf_vec a, gf_vec sign) {
    const __m512i mask = gf_x86_as_counts(GF_X86(set1)((gf_real)-0.0)); /* 0xca: mask ? sign : a */
    return gf_x86_as_reals(
        GF_X86_COUNTS(ternarylogic)(mask, gf_x86_as_counts(sign), gf_x86_as_counts(a), 0xca));
}
static inline gf_vec gf_vec_zip_low(gf_vec a, gf_vec b) {
    return GF_X86(permutex2var)(a, GF_ZIP_LOW, b);
}
static inline gf_vec gf_vec_zip_high(gf_vec a, gf_vec b) {
    return GF_X86(permutex2var)(a, GF_ZIP_HIGH, b);
}
static inline gf_vec gf_vec_rotate_up(gf_vec a) {
    return GF_X86(permutexvar)(GF_UP, a);
}
static inline gf_vec gf_vec_rotate_down(gf_vec a) {
    return GF_X86(permutexvar)(GF_DOWN, a);
}

/* ---- AVX2 and FMA ------------------------------------------------------ */

#elif GF_TARGET_AVX2
#include <immintrin.h>

#define GF_LANES             (256 / GF_REAL_BITS)
#define GF_CHEAP_STORE_WHERE false
#define GF_VEC_REGISTERS     16

/* A mask is a vector whose lanes are all ones or all zeros; as an integer, true is -1. */
typedef __m256i gf_counts;
#if GF_REAL_BITS == 64
typedef __m256d gf_vec;
typedef __m256d gf_mask;
#define GF_X86(operation)        _mm256_##operation##_pd
#define gf_x86_as_counts(v)      _mm256_castpd_si256(v)
#define gf_x86_as_mask(n)        _mm256_castsi256_pd(n)
#define GF_SET_COUNTS(value)     _mm256_set1_epi64x((long long)(value))
#define GF_X86_COUNTS(operation) _mm256_##operation##_epi64
#else
typedef __m256 gf_vec;
typedef __m256 gf_mask;
#define GF_X86(operation)        _mm256_##operation##_ps
#define gf_x86_as_counts(v)      _mm256_castps_si256(v)
#define gf_x86_as_mask(n)        _mm256_castsi256_ps(n)
#define GF_SET_COUNTS(value)     _mm256_set1_epi32((int)(value))
#define GF_X86_COUNTS(operation) _mm256_##operation##_epi32
#endif
#define gf_x86_compare GF_X86(cmp)

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
static inline gf_vec gf_vec_select(gf_mask mask, gf_vec yes, gf_vec no) {
    return GF_X86(blendv)(no, yes, mask);
}
static inline gf_counts gf_counts_increment(gf_counts n, gf_mask where) {
    return GF_X86_COUNTS(sub)(n, gf_x86_as_counts(where));
}
static inline void gf_counts_store(gf_lane *to, gf_counts n) {
    _mm256_storeu_si256((__m256i *)to, n);
}
static inline gf_vec gf_vec_copysign(gf_vec a, gf_vec sign) {
    const gf_vec mask = GF_X86(set1)((gf_real)-0.0);
    return GF_X86(or)(GF_X86(and)(mask, sign), GF_X86(andnot)(mask, a));
}
/* The unpack instructions work on each half; exchanging halves puts their results in order. */
static inline gf_vec gf_vec_zip_low(gf_vec a, gf_vec b) {
    return GF_X86(permute2f128)(GF_X86(unpacklo)(a, b), GF_X86(unpackhi)(a, b), 0x20);
}
static inline gf_vec gf_vec_zip_high(gf_vec a, gf_vec b) {
    return GF_X86(permute2f128)(GF_X86(unpacklo)(a, b), GF_X86(unpackhi)(a, b), 0x31);
}
#if GF_REAL_BITS == 64
#define GF_UP(a)   _mm256_permute4x64_pd(a, 0x93) /* 3 0 1 2 */
#define GF_DOWN(a) _mm256_permute4x64_pd(a, 0x39) /* 1 2 3 0 */
#else
#define GF_UP(a)   _mm256_permutevar8x32_ps(a, _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6))
#define GF_DOWN(a) _mm256_permutevar8x32_ps(a, _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 0))
#endif
static inline gf_vec gf_vec_rotate_up(gf_vec a) {
    return GF_UP(a);
}
static inline gf_vec gf_vec_rotate_down(gf_vec a) {
    return GF_DOWN(a);
}

/* ---- NEON of 64-bit ARM ------------------------------------------------ */

#elif GF_TARGET_NEON
#include <arm_neon.h>

#define GF_LANES             (128 / GF_REAL_BITS)
#define GF_CHEAP_STORE_WHERE false
#define GF_VEC_REGISTERS     32

/* Masks are integer vectors; true is all ones, which is -1. */
#if GF_REAL_BITS == 64
typedef float64x2_t gf_vec;
typedef uint64x2_t gf_mask;
typedef uint64x2_t gf_counts;
#define GF_NEON_REAL(operation) v##operation##q_f64
#define GF_NEON_BITS(operation) v##operation##q_u64
#define GF_SET_REALS            vdupq_n_f64
#define GF_SET_COUNTS           vdupq_n_u64
#define GF_NEON_WORDS           vreinterpretq_u32_u64
#else
typedef float32x4_t gf_vec;
typedef uint32x4_t gf_mask;
typedef uint32x4_t gf_counts;
#define GF_NEON_REAL(operation) v##operation##q_f32
#define GF_NEON_BITS(operation) v##operation##q_u32
#define GF_SET_REALS            vdupq_n_f32
#define GF_SET_COUNTS           vdupq_n_u32
#define GF_NEON_WORDS
#endif

static inline gf_mask gf_mask_all(void) {
    return GF_SET_COUNTS((gf_lane)-1);
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
static inline gf_mask gf_vec_equal(gf_vec a, gf_vec b) {
    return GF_NEON_REAL(ceq)(a, b);
}
static inline gf_vec gf_vec_select(gf_mask mask, gf_vec yes, gf_vec no) {
    return GF_NEON_REAL(bsl)(mask, yes, no);
}
static inline gf_counts gf_counts_increment(gf_counts n, gf_mask where) {
    return GF_NEON_BITS(sub)(n, where);
}
static inline void gf_counts_store(gf_lane *to, gf_counts n) {
    GF_NEON_BITS(st1)(to, n);
}
static inline gf_vec gf_vec_copysign(gf_vec a, gf_vec sign) {
    return GF_NEON_REAL(bsl)(GF_SET_COUNTS((gf_lane)1 << (GF_REAL_BITS - 1)), sign, a);
}
static inline gf_vec gf_vec_zip_low(gf_vec a, gf_vec b) {
    return GF_NEON_REAL(zip1)(a, b);
}
static inline gf_vec gf_vec_zip_high(gf_vec a, gf_vec b) {
    return GF_NEON_REAL(zip2)(a, b);
}
static inline gf_vec gf_vec_rotate_up(gf_vec a) {
    return GF_NEON_REAL(ext)(a, a, GF_LANES - 1);
}
static inline gf_vec gf_vec_rotate_down(gf_vec a) {
    return GF_NEON_REAL(ext)(a, a, 1);
}

#else
#error "simd.h needs a vector ISA"
#endif

/* Asks for the cache line of an address in the second-level cache. GCC 12 drops calls of a function
 * that only prefetches; the empty statement keeps them. */
static inline void gf_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 2);
    __asm__ volatile("");
}

/* ---- Reals: the same names on every ISA -------------------------------- */

#if GF_TARGET_NEON

#define GF_REAL_OPERATION  GF_NEON_REAL
#define GF_COUNT_OPERATION GF_NEON_BITS

/* There is no intrinsic for a store past the caches. */
static inline void gf_vec_stream(gf_real *to, gf_vec a) {
    GF_NEON_REAL(st1)(to, a);
}
static inline void gf_stream_fence(void) {}
static inline gf_vec gf_vec_load(const gf_real *from) {
    return GF_NEON_REAL(ld1)(from);
}
static inline void gf_vec_store(gf_real *to, gf_vec a) {
    GF_NEON_REAL(st1)(to, a);
}
/* a * b + c, rounded once. */
static inline gf_vec gf_vec_fma(gf_vec a, gf_vec b, gf_vec c) {
    return GF_NEON_REAL(fma)(c, a, b);
}
static inline gf_vec gf_vec_largest(gf_vec a, gf_vec b) {
    return GF_NEON_REAL(maxnm)(a, b);
}

#else

#define GF_REAL_OPERATION  GF_X86
#define GF_SET_REALS       GF_X86(set1)
#define GF_COUNT_OPERATION GF_X86_COUNTS

static inline void gf_vec_stream(gf_real *to, gf_vec a) {
    GF_X86(stream)(to, a);
}
static inline void gf_stream_fence(void) {
    _mm_sfence();
}
static inline gf_vec gf_vec_load(const gf_real *from) {
    return GF_X86(loadu)(from);
}
static inline void gf_vec_store(gf_real *to, gf_vec a) {
    GF_X86(storeu)(to, a);
}
/* a * b + c, rounded once. */
static inline gf_vec gf_vec_fma(gf_vec a, gf_vec b, gf_vec c) {
    return GF_X86(fmadd)(a, b, c);
}
static inline gf_vec gf_vec_largest(gf_vec a, gf_vec b) {
    return GF_X86(max)(a, b);
}
static inline gf_mask gf_vec_less(gf_vec a, gf_vec b) {
    return gf_x86_compare(a, b, _CMP_LT_OQ);
}
static inline gf_mask gf_vec_equal(gf_vec a, gf_vec b) {
    return gf_x86_compare(a, b, _CMP_EQ_OQ);
}

#endif

static inline gf_vec gf_vec_set1(gf_real value) {
    return GF_SET_REALS(value);
}
static inline gf_vec gf_vec_add(gf_vec a, gf_vec b) {
    return GF_REAL_OPERATION(add)(a, b);
}
static inline gf_vec gf_vec_sub(gf_vec a, gf_vec b) {
    return GF_REAL_OPERATION(sub)(a, b);
}
static inline gf_vec gf_vec_mul(gf_vec a, gf_vec b) {
    return GF_REAL_OPERATION(mul)(a, b);
}
static inline gf_vec gf_vec_div(gf_vec a, gf_vec b) {
    return GF_REAL_OPERATION(div)(a, b);
}

/* ---- Counts and masks: the same names on every ISA --------------------- */

static inline gf_counts gf_counts_set1(gf_lane value) {
    return GF_SET_COUNTS(value);
}
static inline gf_counts gf_counts_add(gf_counts a, gf_counts b) {
    return GF_COUNT_OPERATION(add)(a, b);
}

#if GF_TARGET_AVX512

static inline gf_counts gf_counts_load(const gf_lane *from) {
    return _mm512_loadu_si512((const void *)from);
}
static inline gf_mask gf_mask_not(gf_mask a) {
    return GF_X86_MASK(~a);
}
static inline uint32_t gf_mask_count(gf_mask mask) {
    return (uint32_t)__builtin_popcount(mask);
}
/* The first `lanes` lanes, or all if there are fewer. */
static inline gf_mask gf_mask_first(uint32_t lanes) {
    return GF_X86_MASK(lanes < GF_LANES ? (UINT32_C(1) << lanes) - 1 : UINT32_MAX);
}
static inline void gf_vec_store_where(gf_real *to, gf_mask where, gf_vec a) {
    GF_X86(mask_storeu)(to, where, a);
}
/* Compresses in a register: compressing to memory takes hundreds of cycles on some processors. */
static inline void gf_vec_compress(gf_real *to, gf_mask where, gf_vec a) {
    GF_X86(storeu)(to, GF_X86(maskz_compress)(where, a));
}
static inline void gf_counts_store_where(gf_lane *to, gf_mask where, gf_counts n) {
    GF_X86_COUNTS(mask_storeu)(to, where, n);
}
static inline void gf_counts_compress(gf_lane *to, gf_mask where, gf_counts n) {
    gf_counts_store(to, GF_X86_COUNTS(maskz_compress)(where, n));
}

#else

/* Read, changed and written: masked stores take many cycles on some processors. */
static inline void gf_vec_store_where(gf_real *to, gf_mask where, gf_vec a) {
    gf_vec_store(to, gf_vec_select(where, a, gf_vec_load(to)));
}

/* For each set of four lanes, its members in order. */
#define GF_LANE_SETS(set)                                                                          \
    set(0, 0, 0, 0), set(0, 0, 0, 0), set(1, 0, 0, 0), set(0, 1, 0, 0), set(2, 0, 0, 0),           \
        set(0, 2, 0, 0), set(1, 2, 0, 0), set(0, 1, 2, 0), set(3, 0, 0, 0), set(0, 3, 0, 0),       \
        set(1, 3, 0, 0), set(0, 1, 3, 0), set(2, 3, 0, 0), set(0, 2, 3, 0), set(1, 2, 3, 0),       \
        set(0, 1, 2, 3)

/* The first `lanes` lanes, or all if there are fewer. */
static inline gf_mask gf_mask_first(uint32_t lanes) {
    gf_lane truths[GF_LANES];
    for (uint32_t i = 0; i < GF_LANES; i++)
        truths[i] = i < lanes ? (gf_lane)-1 : 0;
#if GF_TARGET_AVX2
    return gf_x86_as_mask(_mm256_loadu_si256((const __m256i *)(const void *)truths));
#else
    return GF_NEON_BITS(ld1)(truths);
#endif
}

#endif

#if GF_TARGET_AVX2

static inline gf_counts gf_counts_load(const gf_lane *from) {
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
}
static inline gf_mask gf_mask_not(gf_mask a) {
    return GF_X86(xor)(a, gf_mask_all());
}
static inline uint32_t gf_mask_bits(gf_mask mask) {
    return (uint32_t)GF_X86(movemask)(mask);
}
static inline uint32_t gf_mask_count(gf_mask mask) {
    return (uint32_t)__builtin_popcount(gf_mask_bits(mask));
}

#if GF_REAL_BITS == 64

#define GF_WORD_PAIRS(a, b, c, d)                                                                  \
    { 2 * (a), 2 * (a) + 1, 2 * (b), 2 * (b) + 1, 2 * (c), 2 * (c) + 1, 2 * (d), 2 * (d) + 1 }
static const uint32_t gf_lane_sets[16][8] = {GF_LANE_SETS(GF_WORD_PAIRS)};

static inline void gf_counts_compress(gf_lane *to, gf_mask where, gf_counts n) {
    const __m256i words =
        _mm256_loadu_si256((const __m256i *)(const void *)gf_lane_sets[gf_mask_bits(where)]);
    gf_counts_store(to, _mm256_permutevar8x32_epi32(n, words));
}
#else

#define GF_WORDS(a, b, c, d)                                                                       \
    { (a), (b), (c), (d) }
static const uint32_t gf_lane_sets[16][4] = {GF_LANE_SETS(GF_WORDS)};

/* Compresses the four lanes of one half; returns how many it stored. */
static inline uint32_t gf_half_compress(gf_lane *to, uint32_t where, __m128i half) {
    const __m128i words = _mm_loadu_si128((const __m128i *)(const void *)gf_lane_sets[where]);
    _mm_storeu_si128((__m128i *)(void *)to,
                     _mm_castps_si128(_mm_permutevar_ps(_mm_castsi128_ps(half), words)));
    return (uint32_t)__builtin_popcount(where);
}
static inline void gf_counts_compress(gf_lane *to, gf_mask where, gf_counts n) {
    const uint32_t bits = gf_mask_bits(where);
    to += gf_half_compress(to, bits & 15, _mm256_castsi256_si128(n));
    gf_half_compress(to, bits >> 4, _mm256_extracti128_si256(n, 1));
}
#endif

static inline void gf_vec_compress(gf_real *to, gf_mask where, gf_vec a) {
    gf_counts_compress((gf_lane *)(void *)to, where, gf_x86_as_counts(a));
}
static inline void gf_counts_store_where(gf_lane *to, gf_mask where, gf_counts n) {
    const gf_vec kept = gf_x86_as_mask(gf_counts_load(to));
    gf_counts_store(to, gf_x86_as_counts(gf_vec_select(where, gf_x86_as_mask(n), kept)));
}

#elif GF_TARGET_NEON

static inline gf_counts gf_counts_load(const gf_lane *from) {
    return GF_NEON_BITS(ld1)(from);
}

#if GF_REAL_BITS == 64

static inline gf_mask gf_mask_not(gf_mask a) {
    return vreinterpretq_u64_u32(vmvnq_u32(vreinterpretq_u32_u64(a)));
}
static inline uint32_t gf_mask_count(gf_mask mask) {
    return (uint32_t)vaddvq_u64(vshrq_n_u64(mask, 63));
}
/* The second lane moves to the front unless the first one stays there. */
static inline void gf_counts_compress(gf_lane *to, gf_mask where, gf_counts n) {
    gf_counts_store(to, vbslq_u64(vdupq_laneq_u64(where, 0), n, vdupq_laneq_u64(n, 1)));
}
static inline void gf_vec_compress(gf_real *to, gf_mask where, gf_vec a) {
    gf_vec_store(to, vbslq_f64(vdupq_laneq_u64(where, 0), a, vdupq_laneq_f64(a, 1)));
}

#else

#define GF_WORD_BYTES(i) 4 * (i), 4 * (i) + 1, 4 * (i) + 2, 4 * (i) + 3
#define GF_BYTES(a, b, c, d)                                                                       \
    { GF_WORD_BYTES(a), GF_WORD_BYTES(b), GF_WORD_BYTES(c), GF_WORD_BYTES(d) }
static const uint8_t gf_lane_sets[16][16] = {GF_LANE_SETS(GF_BYTES)};

static inline gf_mask gf_mask_not(gf_mask a) {
    return vmvnq_u32(a);
}
static inline uint32_t gf_mask_count(gf_mask mask) {
    return vaddvq_u32(vshrq_n_u32(mask, 31));
}
static inline uint32x4_t gf_neon_compressed(gf_mask where, uint32x4_t words) {
    static const uint32_t bit_of_lane[4] = {1, 2, 4, 8};
    const uint32_t bits = vaddvq_u32(vandq_u32(where, vld1q_u32(bit_of_lane)));
    const uint8x16_t bytes = vld1q_u8(gf_lane_sets[bits]);
    return vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(words), bytes));
}
static inline void gf_counts_compress(gf_lane *to, gf_mask where, gf_counts n) {
    gf_counts_store(to, gf_neon_compressed(where, n));
}
static inline void gf_vec_compress(gf_real *to, gf_mask where, gf_vec a) {
    gf_vec_store(to, vreinterpretq_f32_u32(gf_neon_compressed(where, vreinterpretq_u32_f32(a))));
}

#endif

static inline void gf_counts_store_where(gf_lane *to, gf_mask where, gf_counts n) {
    gf_counts_store(to, GF_NEON_BITS(bsl)(where, n, gf_counts_load(to)));
}

#endif

/* Stores the low 32 bits of each number. */
static inline void gf_counts_store_u32(uint32_t *to, gf_counts n) {
#if GF_REAL_BITS == 32
    gf_counts_store(to, n);
#elif GF_TARGET_AVX512
    _mm256_storeu_si256((__m256i *)(void *)to, _mm512_cvtepi64_epi32(n));
#elif GF_TARGET_AVX2
    const __m256i low_words = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    _mm_storeu_si128((__m128i *)(void *)to,
                     _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(n, low_words)));
#else
    vst1_u32(to, vmovn_u64(n));
#endif
}

/* The same lanes, but hidden from the optimiser. */
static inline gf_vec gf_vec_opaque(gf_vec a) {
#if GF_TARGET_NEON
    __asm__("" : "+w"(a));
#else
    __asm__("" : "+v"(a));
#endif
    return a;
}
