/* The contract between the host library and a native CPU kernel.
 *
 * A CPU kernel is one source file, cpu/STEM.c, compiled once per ISA and precision; if there is a
 * cpu/STEM_scalar.c, it takes the place of cpu/STEM.c for the scalar ISA. The file defines one
 * entry, GF_KERNEL(STEM), which kernel.h names gf_STEM_f64__avx2 and so on; the build enters it in
 * a generated table. The entry does the whole job: all time steps of the call and its own OpenMP
 * loops, because temporal blocking and dynamic scheduling need that freedom.
 *
 * The build defines for each compilation:
 *   GF_REAL_BITS     64 or 32: the precision
 *   GF_TARGET_ISA    scalar, avx2, avx512 or neon
 *   GF_TARGET_SCALAR, GF_TARGET_AVX2, GF_TARGET_AVX512 or GF_TARGET_NEON, one of them as 1
 */
#pragma once

#include <assert.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Element types of buffers and scalars. Values are part of the ABI: append only. */
typedef enum gf_type {
    GF_TYPE_U8,
    GF_TYPE_U16,
    GF_TYPE_U32,
    GF_TYPE_U64,
    GF_TYPE_F32,
    GF_TYPE_F64,
    GF_TYPE_I8,
    GF_TYPE_I16,
    GF_TYPE_I32,
    GF_TYPE_I64,
    GF_TYPE_COUNT
} gf_type;

/* One named kernel argument passed by value. The descriptor, the CPU kernel and the OpenCL kernel
 * must agree on the name, and each is checked. */
typedef struct gf_scalar {
    const char *name;
    gf_type type;
    union {
        uint32_t u32;
        uint64_t u64; /* signed integers: their two's complement */
        double f64;
    } value;
} gf_scalar;

/* Memory that a thread keeps from one launch to the next. New pages for each launch would cost more
 * than a short launch computes. */
typedef struct gf_thread_memory {
    void *memory; /* to be freed by the caller of the kernel; NULL: none yet */
    size_t bytes;
} gf_thread_memory;

/* Everything one call of a CPU kernel gets. */
typedef struct gf_kernel_args {
    void *const *buffers;     /* host pointers, in the descriptor's order, 64-byte aligned
                                 (but element-aligned in verification: use unaligned vector
                                 loads and stores) */
    uint32_t buffer_count;    /* length of buffers */
    const gf_scalar *scalars; /* in the descriptor's order; every real is f64 here */
    uint32_t scalar_count;    /* length of scalars */
    uint32_t thread_count;    /* OpenMP threads to use, at least 1 */
    uint64_t step_count;      /* time steps to do; 0 when the workload has none */
    const gf_scalar *tuning;  /* values of the workload's tunables, u32 each; they change the time,
                                 never the result */
    uint32_t tuning_count;    /* length of tuning; may be 0 */
    gf_thread_memory *kept;   /* one for each thread; NULL: nothing is kept */
    const volatile sig_atomic_t *cancel; /* NULL, or: once non-zero, return early; the buffers are
                                            not used afterwards */
    /* For kernels that are loaded at run time: the gf_problem, and the steps that the round trip
     * did before. */
    const void *problem;
    uint64_t first_step;
} gf_kernel_args;

/* Returns how often the ping-pong pair was exchanged, modulo 2: 0 if the result is in the first
 * buffer of the pair, 1 if it is in the second; 0 without a pair. */
typedef uint32_t (*gf_cpu_kernel)(const gf_kernel_args *args);

/* Finds a scalar by name. A missing name is a programming error, since the descriptor and the
 * kernel are written together. */
static inline const gf_scalar *gf_arg(const gf_kernel_args *args, const char *name, gf_type type) {
    const gf_scalar *found = NULL;
    for (uint32_t i = 0; i < args->scalar_count; i++) {
        if (strcmp(args->scalars[i].name, name) == 0)
            found = &args->scalars[i];
    }
    assert(found != NULL && found->type == type);
    (void)type;
    return found;
}

static inline double gf_arg_f64(const gf_kernel_args *args, const char *name) {
    return gf_arg(args, name, GF_TYPE_F64)->value.f64;
}

static inline uint32_t gf_arg_u32(const gf_kernel_args *args, const char *name) {
    return gf_arg(args, name, GF_TYPE_U32)->value.u32;
}

static inline uint64_t gf_arg_u64(const gf_kernel_args *args, const char *name) {
    return gf_arg(args, name, GF_TYPE_U64)->value.u64;
}

/* The tunable of this name, or `fallback` if none was given, as when verification computes its
 * reference. */
static inline uint32_t gf_arg_tuning(const gf_kernel_args *args, const char *name,
                                     uint32_t fallback) {
    for (uint32_t i = 0; i < args->tuning_count; i++) {
        if (strcmp(args->tuning[i].name, name) == 0)
            return args->tuning[i].value.u32;
    }
    return fallback;
}

/* A real as the sum of two floats, which carries about 48 bits: the form in which every real
 * reaches an f32 NDRange kernel, so that it needs no f64 hardware. */
typedef struct gf_pair {
    float high, low;
} gf_pair;

static inline gf_pair gf_pair_split(double value) {
    const float high = (float)value;
    const gf_pair pair = {high, (float)(value - (double)high)};
    return pair;
}

/* start + index * step in pair arithmetic, rounded to f32 at the end: the definition of an f32
 * grid's coordinates, operation for operation the same as linear_f32 of kernels_cl/prelude.h, so
 * that all devices agree to the bit. index < 2^24, so that it is exact in f32. Exact product by
 * fma, exact sum by Knuth's two-sum (TAOCP 2, 4.2.2, theorem B). */
static inline float gf_pair_linear(gf_pair start, gf_pair step, uint32_t index) {
    const float i = (float)index;
    const float product = i * step.high;
    const float product_error = fmaf(i, step.high, -product);
    const float sum = start.high + product;
    const float part = sum - start.high;
    const float sum_error = (start.high - (sum - part)) + (product - part);
    return sum + (sum_error + (start.low + fmaf(i, step.low, product_error)));
}

static inline bool gf_kernel_cancelled(const gf_kernel_args *args) {
    return args->cancel != NULL && *args->cancel != 0;
}

#ifdef __cplusplus
}
#endif
