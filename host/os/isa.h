/* The instruction sets that native kernels are compiled for, and which of them this machine runs.
 *
 * A set of ISAs is a mask with bit gf_isa_bit(isa) for each member. Every dispatcher obeys one
 * mask, so that narrowing it tests each level on one machine.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In ascending order of preference. */
typedef enum gf_isa { GF_ISA_SCALAR, GF_ISA_NEON, GF_ISA_AVX2, GF_ISA_AVX512, GF_ISA_COUNT } gf_isa;

static inline uint32_t gf_isa_bit(gf_isa isa) {
    return UINT32_C(1) << (uint32_t)isa;
}

/* "scalar", "neon", "avx2", "avx512": as variants and GPUFARE_ISA spell them. Static text. */
const char *gf_isa_name(gf_isa isa);

/* The ISA of exactly this name. false: there is none; *isa is unchanged. */
bool gf_isa_parse(const char *name, gf_isa *isa);

/* The ISAs that both the processor and the operating system support; GF_ISA_SCALAR always. */
uint32_t gf_isa_detect(void);

/* The best member of a mask; GF_ISA_SCALAR when it is empty. */
gf_isa gf_isa_best(uint32_t mask);

/* The members of `mask` up to and including the ISA named `cap`, and always GF_ISA_SCALAR. NULL or
 * "" allows all. false: `cap` is not the name of an ISA; *allowed is unchanged. */
bool gf_isa_allow(uint32_t mask, const char *cap, uint32_t *allowed);

/* Lanes of one vector register for reals of 32 or 64 bits; 1 for GF_ISA_SCALAR. */
uint32_t gf_isa_lanes(gf_isa isa, uint32_t real_bits);

/* Writes the processor's brand name, without surrounding blanks and always terminated. false: the
 * architecture has no instruction for it. */
bool gf_isa_brand(char text[49]);
