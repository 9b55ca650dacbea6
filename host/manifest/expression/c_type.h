/* The names of types, as OpenCL C and C write them. */
#pragma once

#include "cpu/kernel_abi.h"
#include "gpufare.h"

typedef struct gf_c_type {
    gf_type type;
    uint32_t components; /* 2, 4, 8 or 16 in memory; of a vector of 3 OpenCL stores 4 */
} gf_c_type;

/* "float4", "unsigned int", "uint8_t", "u32": words with one blank between them. `in_c`: the text
 * is of C, where `char8` is no type and `long` is that of this machine. false: another name. */
bool gf_c_type_find(const char *text, gf_c_type *found);
/* The name in OpenCL C of one component: "uint". */
const char *gf_c_type_name(gf_type type);
bool gf_type_is_real(gf_type type);
bool gf_type_is_signed(gf_type type); /* of whole numbers */
/* The most that a whole type holds, at most 2^63 - 1. */
int64_t gf_type_most(gf_type type);
