#include "problem/precision.h"

const char *const gf_precision_choices[] = {"f32", "f64", NULL};
const char *const gf_math_choices[] = {"strict", "relaxed", NULL};

const char *gf_precision_name(gf_precision precision) {
    return precision == GF_PRECISION_INTEGER ? "integer" : gf_precision_choices[precision];
}

uint32_t gf_precision_cpu_bits(gf_precision precision) {
    return precision == GF_PRECISION_F32 ? 32 : 64;
}
