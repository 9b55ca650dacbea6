#include "backends/opencl/facts/fact_judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Arithmetic -------------------------------------------------------- */

gf_fact_kind gf_fact_of_case(const gf_fact_case *one, bool by_default) {
    switch (one->operation) {
    case GF_OPERATION_ADD:
        return one->denormal ? GF_FACT_ADD_DENORMALS : GF_FACT_ADD;
    case GF_OPERATION_MULTIPLY:
        return one->denormal ? GF_FACT_MULTIPLY_DENORMALS : GF_FACT_MULTIPLY;
    case GF_OPERATION_FMA:
        return one->denormal ? GF_FACT_FMA_DENORMALS : GF_FACT_FMA;
    case GF_OPERATION_DIVIDE:
        return GF_FACT_DIVIDE;
    case GF_OPERATION_SQUARE_ROOT:
        return GF_FACT_SQUARE_ROOT;
    default:
        return by_default ? GF_FACT_SEPARATE_BY_DEFAULT : GF_FACT_SEPARATE;
    }
}

static double value_of(uint64_t word, int bits) {
    double f64;
    float f32;
    if (bits == 64) {
        memcpy(&f64, &word, sizeof f64);
        return f64;
    }
    const uint32_t half = (uint32_t)word;
    memcpy(&f32, &half, sizeof f32);
    return (double)f32;
}

void gf_fact_format_case(const gf_fact_case *one, int bits, uint64_t result, char *text,
                         size_t size) {
    const double a = value_of(one->a, bits), b = value_of(one->b, bits), c = value_of(one->c, bits);
    char what[80];
    switch (one->operation) {
    case GF_OPERATION_ADD:
        snprintf(what, sizeof what, "%a + %a", a, b);
        break;
    case GF_OPERATION_MULTIPLY:
        snprintf(what, sizeof what, "%a * %a", a, b);
        break;
    case GF_OPERATION_DIVIDE:
        snprintf(what, sizeof what, "%a / %a", a, b);
        break;
    case GF_OPERATION_SQUARE_ROOT:
        snprintf(what, sizeof what, "sqrt(%a)", a);
        break;
    case GF_OPERATION_FMA:
        snprintf(what, sizeof what, "fma(%a, %a, %a)", a, b, c);
        break;
    default:
        snprintf(text, size, "a*b+c is rounded once, as by fma()");
        return;
    }
    snprintf(text, size, "%.72s gives %a, not %a", what, value_of(result, bits),
             value_of(one->right, bits));
}

/* The sign of 0 says nothing: compilers may choose it where a product is fused. */
static bool is_right(const gf_fact_case *one, int bits, uint64_t result) {
    const uint64_t sign = UINT64_C(1) << (bits - 1);
    return result == one->right || ((result | sign) == sign && (one->right | sign) == sign);
}

void gf_fact_judge(const gf_fact_cases *all, const size_t *which, const uint64_t *results,
                   size_t count, int bits, bool by_default, gf_fact *facts) {
    for (size_t i = 0; i < count; i++) {
        const gf_fact_case *one = &all->cases[which[i]];
        gf_fact *fact = &facts[gf_fact_of_case(one, by_default)];
        if (fact->state != GF_FACT_KNOWN) {
            fact->state = GF_FACT_KNOWN;
            fact->value = 1;
            fact->why[0] = '\0';
        }
        if (fact->value == 1 && !is_right(one, bits, results[i])) {
            fact->value = 0;
            gf_fact_format_case(one, bits, results[i], fact->why, sizeof fact->why);
        }
    }
}

/* ---- Loops ------------------------------------------------------------- */

static uint32_t next(uint32_t x) {
    return (x ^ (x >> 15)) * 0x2c1b3c6du + 0x9e3779b9u;
}

static uint64_t all_rounds(const gf_fact_loops *loops) {
    return (uint64_t)loops->outer * loops->inner + loops->last;
}

uint32_t gf_fact_loops_result(const gf_fact_loops *loops, uint32_t seed) {
    for (uint64_t i = 0; i < all_rounds(loops); i++)
        seed = next(seed);
    return seed;
}

/* `steps` are rounds of the innermost loops. */
static uint64_t count_all(const gf_fact_loops *loops, uint64_t steps) {
    const uint64_t whole = loops->inner == 0 ? 0 : steps / loops->inner;
    return steps + 2 * (whole < loops->outer ? whole : loops->outer);
}

uint64_t gf_fact_loops_made(const gf_fact_loops *loops, uint32_t seed, uint64_t result) {
    if (result == gf_fact_loops_result(loops, seed))
        return GF_NO_LIMIT;
    for (uint64_t i = 0; i < all_rounds(loops); i++) {
        if (result == seed)
            return count_all(loops, i);
        seed = next(seed);
    }
    return 0;
}
