/* Judging what small kernels found: the cases against this CPU's own arithmetic, and devices with
 * one flaw each. */
#include <criterion/criterion.h>
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "backends/opencl/facts/fact_judge.h"
#include "base/array.h"

typedef uint64_t (*computer)(const gf_fact_case *one, int bits);

static double value(uint64_t word, int bits) {
    double f64;
    float f32;
    const uint32_t half = (uint32_t)word;
    memcpy(&f64, &word, sizeof f64);
    memcpy(&f32, &half, sizeof f32);
    return bits == 64 ? f64 : (double)f32;
}

static uint64_t word(double number, int bits) {
    const float f32 = (float)number;
    uint32_t half;
    uint64_t whole;
    memcpy(&half, &f32, sizeof half);
    memcpy(&whole, &number, sizeof whole);
    return bits == 64 ? whole : half;
}

/* ---- Devices ----------------------------------------------------------- */

/* This CPU in f32 and in f64: the compiler knows none of the operands. */
static uint64_t on_cpu_f32(const gf_fact_case *one) {
    const volatile float a = (float)value(one->a, 32), b = (float)value(one->b, 32);
    const volatile float c = (float)value(one->c, 32);
    const volatile float product = a * b, other = b * b, square = a * a;
    const volatile float results[GF_OPERATION_COUNT] = {[GF_OPERATION_SUM_OF_PRODUCT] = product + c,
                                                        [GF_OPERATION_LATER_SUM] = product + c,
                                                        [GF_OPERATION_LESS_PRODUCT] = c - product,
                                                        [GF_OPERATION_SQUARES] = square - other,
                                                        [GF_OPERATION_ADD] = a + b,
                                                        [GF_OPERATION_MULTIPLY] = product,
                                                        [GF_OPERATION_DIVIDE] = a / b,
                                                        [GF_OPERATION_SQUARE_ROOT] =
                                                            sqrtf(fabsf(a)),
                                                        [GF_OPERATION_FMA] = fmaf(a, b, c)};
    return word((double)results[one->operation], 32);
}

static uint64_t on_cpu_f64(const gf_fact_case *one) {
    const volatile double a = value(one->a, 64), b = value(one->b, 64), c = value(one->c, 64);
    const volatile double product = a * b, other = b * b, square = a * a;
    const volatile double results[GF_OPERATION_COUNT] = {[GF_OPERATION_SUM_OF_PRODUCT] =
                                                             product + c,
                                                         [GF_OPERATION_LATER_SUM] = product + c,
                                                         [GF_OPERATION_LESS_PRODUCT] = c - product,
                                                         [GF_OPERATION_SQUARES] = square - other,
                                                         [GF_OPERATION_ADD] = a + b,
                                                         [GF_OPERATION_MULTIPLY] = product,
                                                         [GF_OPERATION_DIVIDE] = a / b,
                                                         [GF_OPERATION_SQUARE_ROOT] = sqrt(fabs(a)),
                                                         [GF_OPERATION_FMA] = fma(a, b, c)};
    return word(results[one->operation], 64);
}

static uint64_t on_cpu(const gf_fact_case *one, int bits) {
    return bits == 64 ? on_cpu_f64(one) : on_cpu_f32(one);
}

/* Each of the others has one flaw. */

static uint64_t fused_case(gf_operation operation, const gf_fact_case *one, int bits) {
    const uint64_t minus = UINT64_C(1) << (bits - 1);
    gf_fact_case joined = *one;
    joined.operation = GF_OPERATION_FMA;
    if (operation == GF_OPERATION_LESS_PRODUCT)
        joined.a ^= minus;
    if (operation == GF_OPERATION_SQUARES) {
        const gf_fact_case square = {GF_OPERATION_MULTIPLY, false, one->b, one->b, 0, 0};
        joined.b = one->a;
        joined.c = on_cpu(&square, bits) ^ minus;
    }
    return on_cpu(&joined, bits);
}

static uint64_t fuses(const gf_fact_case *one, int bits) {
    return one->operation <= GF_OPERATION_SQUARES ? fused_case(one->operation, one, bits)
                                                  : on_cpu(one, bits);
}

static uint64_t fuses_later_sums(const gf_fact_case *one, int bits) {
    return one->operation == GF_OPERATION_LATER_SUM ? fused_case(one->operation, one, bits)
                                                    : on_cpu(one, bits);
}

static uint64_t fuses_squares(const gf_fact_case *one, int bits) {
    return one->operation == GF_OPERATION_SQUARES ? fused_case(one->operation, one, bits)
                                                  : on_cpu(one, bits);
}

static uint64_t flush(uint64_t bits_of, int bits) {
    const double number = value(bits_of, bits), least = bits == 64 ? DBL_MIN : (double)FLT_MIN;
    return fabs(number) < least ? 0 : bits_of;
}

static uint64_t with_flushed_operands(const gf_fact_case *one, int bits) {
    const gf_fact_case flushed = {one->operation,      one->denormal,       flush(one->a, bits),
                                  flush(one->b, bits), flush(one->c, bits), 0};
    return on_cpu(&flushed, bits);
}

static uint64_t flushes_sums(const gf_fact_case *one, int bits) {
    const uint64_t result = on_cpu(one, bits);
    return one->operation == GF_OPERATION_ADD ? flush(result, bits) : result;
}

static uint64_t flushes_factors(const gf_fact_case *one, int bits) {
    return one->operation == GF_OPERATION_MULTIPLY ? with_flushed_operands(one, bits)
                                                   : on_cpu(one, bits);
}

static uint64_t flushes_operands_of_fma(const gf_fact_case *one, int bits) {
    return one->operation == GF_OPERATION_FMA ? with_flushed_operands(one, bits)
                                              : on_cpu(one, bits);
}

static uint64_t rounds_fma_twice(const gf_fact_case *one, int bits) {
    gf_fact_case apart = *one;
    if (one->operation != GF_OPERATION_FMA)
        return on_cpu(one, bits);
    apart.operation = GF_OPERATION_SUM_OF_PRODUCT;
    return on_cpu(&apart, bits);
}

/* fmaf() by way of double, which is wrong next to ties. */
static uint64_t fuses_in_f64(const gf_fact_case *one, int bits) {
    if (one->operation != GF_OPERATION_FMA || bits == 64)
        return on_cpu(one, bits);
    const volatile double product = value(one->a, 32) * value(one->b, 32);
    const volatile double sum = product + value(one->c, 32);
    return word(sum, 32);
}

static uint64_t divides_by_reciprocal(const gf_fact_case *one, int bits) {
    if (one->operation != GF_OPERATION_DIVIDE)
        return on_cpu(one, bits);
    const gf_fact_case inverse = {GF_OPERATION_DIVIDE, false, word(1, bits), one->b, 0, 0};
    const gf_fact_case product = {GF_OPERATION_MULTIPLY,  false, one->a,
                                  on_cpu(&inverse, bits), 0,     0};
    return on_cpu(&product, bits);
}

static uint64_t takes_roots_one_ulp_high(const gf_fact_case *one, int bits) {
    const uint64_t result = on_cpu(one, bits);
    return one->operation == GF_OPERATION_SQUARE_ROOT && (one->a & 1) != 0 ? result + 1 : result;
}

static uint64_t rounds_sums_down(const gf_fact_case *one, int bits) {
    const int before = fegetround();
    if (one->operation != GF_OPERATION_ADD || one->denormal)
        return on_cpu(one, bits);
    fesetround(FE_DOWNWARD);
    const uint64_t result = on_cpu(one, bits);
    fesetround(before);
    return result;
}

/* ---- Tests ------------------------------------------------------------- */

static void judge(computer device, int bits, bool by_default, gf_fact facts[GF_FACT_COUNT]) {
    const gf_fact_cases *all = bits == 64 ? &gf_fact_cases_f64 : &gf_fact_cases_f32;
    size_t which[512];
    uint64_t results[512];
    cr_assert_lt(all->count, GF_COUNT_OF(which));
    for (size_t i = 0; i < all->count; i++) {
        which[i] = i;
        results[i] = device(&all->cases[i], bits);
    }
    memset(facts, 0, GF_FACT_COUNT * sizeof *facts);
    gf_fact_judge(all, which, results, all->count, bits, by_default, facts);
}

/* Every case against another computer of the same: the processor. */
Test(facts, cases_are_right) {
    for (int bits = 32; bits <= 64; bits += 32) {
        const gf_fact_cases *all = bits == 64 ? &gf_fact_cases_f64 : &gf_fact_cases_f32;
        for (size_t i = 0; i < all->count; i++) {
            char text[160];
            const uint64_t result = on_cpu(&all->cases[i], bits);
            gf_fact_format_case(&all->cases[i], bits, result, text, sizeof text);
            cr_expect_eq(result, all->cases[i].right, "f%d, case %zu: %s", bits, i, text);
        }
    }
}

#define ONLY(name) (1u << GF_FACT_##name)

static const struct {
    const char *name;
    computer device;
    int bits;        /* 0: both */
    uint32_t broken; /* the facts that must not hold; all others must */
} flaws[] = {
    {"none", on_cpu, 0, 0},
    {"fuses", fuses, 0, ONLY(SEPARATE)},
    {"fuses later sums", fuses_later_sums, 0, ONLY(SEPARATE)},
    {"fuses squares", fuses_squares, 0, ONLY(SEPARATE)},
    {"flushes sums", flushes_sums, 0, ONLY(ADD_DENORMALS)},
    {"flushes factors", flushes_factors, 0, ONLY(MULTIPLY_DENORMALS)},
    {"flushes operands of fma", flushes_operands_of_fma, 0, ONLY(FMA_DENORMALS)},
    {"fuses in f64", fuses_in_f64, 32, ONLY(FMA)},
    {"divides by reciprocal", divides_by_reciprocal, 0, ONLY(DIVIDE)},
    {"roots one ulp high", takes_roots_one_ulp_high, 0, ONLY(SQUARE_ROOT)},
    {"rounds sums down", rounds_sums_down, 0, ONLY(ADD)},
};

Test(facts, a_flaw_breaks_its_fact_and_no_other) {
    gf_fact facts[GF_FACT_COUNT];
    for (size_t i = 0; i < GF_COUNT_OF(flaws); i++) {
        for (int bits = 32; bits <= 64; bits += 32) {
            if (flaws[i].bits != 0 && flaws[i].bits != bits)
                continue;
            judge(flaws[i].device, bits, false, facts);
            for (uint32_t k = GF_FACT_SEPARATE; k < GF_FACT_F64; k++) {
                const bool broken = (flaws[i].broken >> k & 1) != 0;
                cr_expect_eq(facts[k].state, GF_FACT_KNOWN, "%s: %s", flaws[i].name,
                             gf_fact_name((gf_fact_kind)k));
                cr_expect_eq(facts[k].value, broken ? 0 : 1, "%s, f%d: %s: %s", flaws[i].name, bits,
                             gf_fact_name((gf_fact_kind)k), facts[k].why);
                cr_expect_eq(facts[k].why[0] != '\0', broken, "%s", flaws[i].name);
            }
        }
    }
}

Test(facts, an_fma_of_two_roundings_is_wrong) {
    gf_fact facts[GF_FACT_COUNT];
    for (int bits = 32; bits <= 64; bits += 32) {
        judge(rounds_fma_twice, bits, false, facts);
        cr_expect_eq(facts[GF_FACT_FMA].value, 0, "f%d", bits);
        cr_expect_not_null(strstr(facts[GF_FACT_FMA].why, "fma("));
        cr_expect_eq(facts[GF_FACT_SEPARATE].value, 1);
    }
}

Test(facts, contraction_by_default_is_another_fact) {
    gf_fact facts[GF_FACT_COUNT];
    judge(fuses, 32, true, facts);
    cr_expect_eq(facts[GF_FACT_SEPARATE_BY_DEFAULT].value, 0);
    cr_expect_eq(facts[GF_FACT_SEPARATE].state, GF_FACT_UNTRIED);
}

/* ---- Loops ------------------------------------------------------------- */

/* A device that ends all loops of a work-item together after `limit` rounds, ends of loops
 * included. */
static uint32_t run_limited(const gf_fact_loops *loops, uint32_t seed, uint64_t limit) {
    uint64_t used = 0;
    uint32_t x = seed;
    for (uint32_t i = 0; i < loops->outer && used < limit; i++) {
        used++;
        for (uint32_t j = 0; j < loops->inner && used < limit; j++, used++)
            x = (x ^ (x >> 15)) * 0x2c1b3c6du + 0x9e3779b9u;
        used++;
    }
    for (uint32_t k = 0; k < loops->last && used < limit; k++, used++)
        x = (x ^ (x >> 15)) * 0x2c1b3c6du + 0x9e3779b9u;
    return x;
}

Test(facts, loops_that_end_early_are_counted) {
    static const gf_fact_loops shapes[] = {
        {0, 0, 70001}, {263, 271, 0}, {1, 40009, 40009}, {2311, 31, 17}};
    static const uint64_t limits[] = {1000, 65535};
    for (size_t i = 0; i < GF_COUNT_OF(shapes); i++) {
        const uint32_t right = run_limited(&shapes[i], 7, UINT64_MAX);
        cr_expect_eq(gf_fact_loops_result(&shapes[i], 7), right);
        cr_expect_eq(gf_fact_loops_made(&shapes[i], 7, right), GF_NO_LIMIT);
        for (size_t j = 0; j < GF_COUNT_OF(limits); j++) {
            const uint32_t ended = run_limited(&shapes[i], 7, limits[j]);
            const uint64_t made = gf_fact_loops_made(&shapes[i], 7, ended);
            cr_expect_leq(made, limits[j] + 1, "shape %zu: %llu", i, (unsigned long long)made);
            cr_expect_geq(made, limits[j] - 33, "shape %zu: %llu", i, (unsigned long long)made);
        }
        cr_expect_eq(gf_fact_loops_made(&shapes[i], 7, right ^ 0x5555), 0);
    }
    cr_expect_eq(gf_fact_loops_made(&shapes[0], 7, run_limited(&shapes[0], 7, 65535)), 65535);
}
