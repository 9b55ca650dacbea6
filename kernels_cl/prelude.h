/* The host puts this text before the OpenCL source of every workload, and defines
 *   GF_REAL_BITS  64 or 32: the precision. A 32-bit source needs no f64 support at all.
 *   GF_RELAXED    1: a*b+c may be contracted; 0: every operation is rounded once, so that all
 *                 devices return the same bits
 *   GF_FMA        3: fma() gives the right bits on this device and is an instruction; 2: it gives
 * them; 1: not for all numbers; 0: it can't be compiled GF_WIDTH      2, 4, 8 or 16: lanes of a
 * vector; only for variants that use vectors
 */

#if !GF_RELAXED
#pragma OPENCL FP_CONTRACT OFF
#endif

#define GF_PASTE(a, b) a##b
#define GF_JOIN(a, b)  GF_PASTE(a, b)

/* real: the precision's type; bits: the integer of its size, which comparisons of vectors give.
 * real_arg: the type of a real argument. In f32 it is (high, low), whose sum carries about 48 bits;
 * GF_VALUE is the rounded value. */
#if GF_REAL_BITS == 64
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#define GF_REAL            double
#define GF_BITS            long
#define GF_VALUE(argument) (argument)
typedef double real_arg;
#if GF_FMA == 3 || (GF_FMA == 2 && (defined(FP_FAST_FMA) || defined(__FMA__)))
#define GF_FAST_FMA 1
#endif
#else
#define GF_REAL            float
#define GF_BITS            int
#define GF_VALUE(argument) ((argument).x)
typedef float2 real_arg;
#if GF_FMA == 3 || (GF_FMA == 2 && (defined(FP_FAST_FMAF) || defined(__FMA__)))
#define GF_FAST_FMA 1
#endif
#endif

typedef GF_REAL real;
typedef GF_BITS bits;

#ifdef GF_WIDTH
typedef GF_JOIN(GF_REAL, GF_WIDTH) real_n;
typedef GF_JOIN(GF_BITS, GF_WIDTH) bits_n;
typedef GF_JOIN(uint, GF_WIDTH) uint_n;
#define GF_CONVERT_REAL_N  GF_JOIN(GF_JOIN(convert_, GF_REAL), GF_WIDTH)
#define GF_CONVERT_UBITS_N GF_JOIN(GF_JOIN(convert_u, GF_BITS), GF_WIDTH)
#define GF_LOAD_N          GF_JOIN(vload, GF_WIDTH)
#define GF_STORE_N         GF_JOIN(vstore, GF_WIDTH)
#if GF_WIDTH == 2
#define GF_LANES (uint2)(0, 1)
#elif GF_WIDTH == 4
#define GF_LANES (uint4)(0, 1, 2, 3)
#elif GF_WIDTH == 8
#define GF_LANES (uint8)(0, 1, 2, 3, 4, 5, 6, 7)
#else
#define GF_LANES (uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#endif
#endif

#ifdef GF_WIDTH
/* Whether any lane of a comparison's result is set, and whether all are. PoCL's any and all branch
 * for each lane. */
static int any_lane(bits_n v) {
#if GF_WIDTH == 16
    const GF_JOIN(GF_BITS, 8) v8 = v.lo | v.hi;
#elif GF_WIDTH == 8
    const bits_n v8 = v;
#endif
#if GF_WIDTH >= 8
    const GF_JOIN(GF_BITS, 4) v4 = v8.lo | v8.hi;
#elif GF_WIDTH == 4
    const bits_n v4 = v;
#endif
#if GF_WIDTH >= 4
    const GF_JOIN(GF_BITS, 2) v2 = v4.lo | v4.hi;
#else
    const bits_n v2 = v;
#endif
    return (v2.s0 | v2.s1) != 0;
}

static int all_lanes(bits_n v) {
    return !any_lane(~v);
}
#endif

#if GF_REAL_BITS == 32 && GF_FMA
/* start + index * step in pair arithmetic, rounded to f32 at the end: operation for operation
 * gf_pair_linear of cpu/kernel_abi.h, which says why it is exact enough. index < 2^24. fma on f32
 * is always correctly rounded (OpenCL C 1.2, 7.4, table 7.1). A macro, because OpenCL C has no
 * overloading for a scalar and a vector version. */
#define GF_DEFINE_LINEAR(name, type)                                                               \
    static type name(float2 start, float2 step, type index) {                                      \
        const type high = step.x;                                                                  \
        const type low = step.y;                                                                   \
        const type product = index * high;                                                         \
        const type product_error = fma(index, high, -product);                                     \
        const type sum = start.x + product;                                                        \
        const type part = sum - start.x;                                                           \
        const type sum_error = (start.x - (sum - part)) + (product - part);                        \
        return sum + (sum_error + (start.y + fma(index, low, product_error)));                     \
    }
GF_DEFINE_LINEAR(linear_f32, float)
#ifdef GF_WIDTH
GF_DEFINE_LINEAR(linear_f32_n, real_n)
#endif
#endif
