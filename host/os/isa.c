#include "os/isa.h"

#include <stddef.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#define ON_X86 1
#else
#define ON_X86 0
#endif

static const struct {
    const char *name;
    uint32_t vector_bits; /* 0: one real at a time */
} isas[GF_ISA_COUNT] = {
    [GF_ISA_SCALAR] = {"scalar", 0},
    [GF_ISA_NEON] = {"neon", 128},
    [GF_ISA_AVX2] = {"avx2", 256},
    [GF_ISA_AVX512] = {"avx512", 512},
};

const char *gf_isa_name(gf_isa isa) {
    return isas[isa].name;
}

bool gf_isa_parse(const char *name, gf_isa *isa) {
    for (uint32_t i = 0; i < GF_ISA_COUNT; i++) {
        if (strcmp(isas[i].name, name) == 0) {
            *isa = (gf_isa)i;
            return true;
        }
    }
    return false;
}

uint32_t gf_isa_lanes(gf_isa isa, uint32_t real_bits) {
    const uint32_t vector_bits = isas[isa].vector_bits;
    return vector_bits == 0 ? 1 : vector_bits / real_bits;
}

gf_isa gf_isa_best(uint32_t mask) {
    for (uint32_t i = GF_ISA_COUNT; i-- > 0;) {
        if ((mask & gf_isa_bit((gf_isa)i)) != 0)
            return (gf_isa)i;
    }
    return GF_ISA_SCALAR;
}

bool gf_isa_allow(uint32_t mask, const char *cap, uint32_t *allowed) {
    gf_isa best = (gf_isa)(GF_ISA_COUNT - 1);
    if (cap != NULL && cap[0] != '\0' && !gf_isa_parse(cap, &best))
        return false;
    const uint32_t up_to_best = (gf_isa_bit(best) << 1) - 1;
    *allowed = (mask & up_to_best) | gf_isa_bit(GF_ISA_SCALAR);
    return true;
}

#if ON_X86

/* Bits of XCR0: the register state that the operating system saves on a context switch. */
#define XCR0_SSE_AVX UINT64_C(0x06) /* xmm, and the upper halves of ymm */
#define XCR0_AVX512  UINT64_C(0xe6) /* these, the mask registers, upper halves of zmm, zmm16-31 */

/* A register's bit as the manual numbers it (Intel SDM, volume 2, CPUID). */
static bool has_bit(uint32_t reg, uint32_t bit) {
    return (reg >> bit & 1) != 0;
}

/* In assembly, because the intrinsic needs -mxsave, which would allow the compiler to use XSAVE
 * elsewhere. Needs OSXSAVE. */
static uint64_t read_xcr0(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

/* The flags of a level are exactly the -m flags of its kernels. Instructions alone are not enough:
 * where the system (or a hypervisor, or a boot option) does not save the wide registers, they fault
 * or, after a context switch, compute wrong numbers. AVX-512 is preferred wherever it runs: for
 * Julia it was 1.5 times as fast as AVX2, for diffusion never much slower (Xeon, 2 cores). Early
 * processors lower their clock for it; there, compare the variants, and cap the ISA if AVX2 wins.
 */
static uint32_t detect_vector_isas(void) {
    uint32_t eax, ebx, ecx, edx;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0)
        return 0;
    const bool fma = has_bit(ecx, 12), osxsave = has_bit(ecx, 27), avx = has_bit(ecx, 28);
    if (!osxsave || !avx || !fma)
        return 0;
    const uint64_t saved = read_xcr0();
    if ((saved & XCR0_SSE_AVX) != XCR0_SSE_AVX)
        return 0;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0)
        return 0;
    const bool avx2 = has_bit(ebx, 5);
    if (!avx2)
        return 0;
    uint32_t mask = gf_isa_bit(GF_ISA_AVX2);
    const bool f = has_bit(ebx, 16), dq = has_bit(ebx, 17), bw = has_bit(ebx, 30),
               vl = has_bit(ebx, 31);
    if (f && dq && bw && vl && (saved & XCR0_AVX512) == XCR0_AVX512)
        mask |= gf_isa_bit(GF_ISA_AVX512);
    return mask;
}

bool gf_isa_brand(char text[49]) {
    uint32_t words[12] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t *const w = words + 4 * i;
        if (__get_cpuid(0x80000002 + i, &w[0], &w[1], &w[2], &w[3]) == 0)
            return false;
    }
    char raw[sizeof words + 1] = "";
    memcpy(raw, words, sizeof words);
    const char *const start = raw + strspn(raw, " ");
    size_t length = strlen(start);
    while (length > 0 && start[length - 1] == ' ')
        length--;
    memcpy(text, start, length);
    text[length] = '\0';
    return length > 0;
}

#else

/* Every 64-bit ARM has NEON with f64 lanes and fused multiply-add, and Linux always saves its
 * registers. */
static uint32_t detect_vector_isas(void) {
#if defined(__aarch64__)
    return gf_isa_bit(GF_ISA_NEON);
#else
    return 0;
#endif
}

bool gf_isa_brand(char text[49]) {
    text[0] = '\0';
    return false;
}

#endif

uint32_t gf_isa_detect(void) {
    return gf_isa_bit(GF_ISA_SCALAR) | detect_vector_isas();
}
