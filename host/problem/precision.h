/* The type that a problem computes with, and how exactly. */
#pragma once

#include "gpufare.h"

/* Integer: the problems of such a workload compute with whole numbers. They need no f64 of a
 * device, its NDRange sources are compiled as for f32 and its CPU kernels as for f64, so that a
 * vector has 64-bit lanes. */
typedef enum gf_precision { GF_PRECISION_F32, GF_PRECISION_F64, GF_PRECISION_INTEGER } gf_precision;
typedef enum gf_math { GF_MATH_STRICT, GF_MATH_RELAXED } gf_math;

const char *gf_precision_name(gf_precision precision); /* "f32", "f64", "integer" */
/* Bits of a real in the CPU kernels of a precision: GF_REAL_BITS of their compilation. */
uint32_t gf_precision_cpu_bits(gf_precision precision);

/* The parameters that every workload with real arithmetic has, for the end of its table. */
extern const char *const gf_precision_choices[]; /* index: gf_precision */
extern const char *const gf_math_choices[];      /* index: gf_math */

#define GF_PARAM_ROW_PRECISION                                                                     \
    {                                                                                              \
        .name = "precision", .letter = 'p', .type = GF_PARAM_CHOICE, .default_text = "f64",        \
        .choices = gf_precision_choices, .placeholder = "f32|f64",                                 \
        .help = "floating-point type of the computation"                                           \
    }
#define GF_PARAM_ROW_MATH                                                                          \
    {                                                                                              \
        .name = "math", .type = GF_PARAM_CHOICE, .default_text = "strict",                         \
        .choices = gf_math_choices, .placeholder = "strict|relaxed",                               \
        .help = "strict: one rounding per operation, the same bits on every device; "              \
                "relaxed: may contract a*b+c"                                                      \
    }
