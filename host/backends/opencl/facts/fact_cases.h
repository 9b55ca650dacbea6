/* Operands that show how a device computes, and the right results, by tools/fact_cases. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a kernel does with the operands of a case; the numbers of facts.cl's switch. */
typedef enum gf_operation {
    GF_OPERATION_SUM_OF_PRODUCT, /* a * b + c */
    GF_OPERATION_LATER_SUM,      /* p = a * b; p + c */
    GF_OPERATION_LESS_PRODUCT,   /* c - a * b */
    GF_OPERATION_SQUARES,        /* a * a - b * b */
    GF_OPERATION_ADD,
    GF_OPERATION_MULTIPLY,
    GF_OPERATION_DIVIDE,
    GF_OPERATION_SQUARE_ROOT,
    GF_OPERATION_FMA,
    GF_OPERATION_COUNT
} gf_operation;

/* Bits of f32 or f64. */
typedef struct gf_fact_case {
    gf_operation operation;
    bool denormal; /* an operand or the result is below the least normal number */
    uint64_t a, b, c, right;
} gf_fact_case;

typedef struct gf_fact_cases {
    const gf_fact_case *cases;
    size_t count;
} gf_fact_cases;

extern const gf_fact_cases gf_fact_cases_f32, gf_fact_cases_f64;
