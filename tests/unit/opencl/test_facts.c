/* Judging what small kernels found: the cases against this CPU's own arithmetic, and devices with
 * one flaw each; and what is kept of it between runs. */
#include <criterion/criterion.h>
#include <fenv.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backends/opencl/facts/fact_judge.h"
#include "backends/opencl/facts/fact_store.h"
#include "base/array.h"
#include "made_tree.h"
#include "os/store.h"

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

/* ---- What is kept ------------------------------------------------------ */

static const gf_fact_key key = {"a device"};

/* Facts as a first use leaves them: one known, one unknown, the rest untried. */
static void make_facts(gf_fact facts[GF_FACT_COUNT]) {
    memset(facts, 0, GF_FACT_COUNT * sizeof *facts);
    facts[GF_FACT_ADD] = (gf_fact){.state = GF_FACT_KNOWN, .value = 1};
    facts[GF_FACT_FMA] = (gf_fact){.state = GF_FACT_UNKNOWN, .why = "it crashed"};
}

static bool load(gf_fact facts[GF_FACT_COUNT], char attempted[64]) {
    memset(facts, 0, GF_FACT_COUNT * sizeof *facts);
    return gf_fact_load(&key, facts, attempted, 64);
}

static json_t *read_kept(void) {
    json_t *kept = gf_store_read("facts", gf_hash_text(GF_HASH_START, key.text));
    cr_assert_not_null(kept);
    return kept;
}

static void write_kept(json_t *kept) {
    cr_assert(gf_store_write("facts", gf_hash_text(GF_HASH_START, key.text), kept));
    json_decref(kept);
}

static json_t *row_of(json_t *kept, gf_fact_kind kind) {
    return json_object_get(json_object_get(kept, "facts"), gf_fact_name(kind));
}

Test(facts, what_is_kept_comes_back) {
    char attempted[64];
    made_cache();
    gf_fact facts[GF_FACT_COUNT];
    cr_expect_not(load(facts, attempted));
    make_facts(facts);
    gf_fact_save(&key, facts, "", true);
    cr_expect(load(facts, attempted));
    cr_expect_eq(facts[GF_FACT_ADD].state, GF_FACT_KNOWN);
    cr_expect_eq(facts[GF_FACT_ADD].value, 1);
    cr_expect_str_eq(facts[GF_FACT_FMA].why, "it crashed");
    cr_expect_eq(facts[GF_FACT_DIVIDE].state, GF_FACT_UNTRIED);
    /* A search that was cancelled. */
    gf_fact_save(&key, facts, "", false);
    cr_expect_not(load(facts, attempted));
    cr_expect_str_eq(attempted, "");
}

/* Changes the process of the attempt to one that is gone: every number above the largest is. */
static void end_process(json_int_t process) {
    json_t *kept = read_kept();
    cr_assert_eq(json_object_set_new(kept, "process", json_integer(process)), 0);
    write_kept(kept);
}

/* A process that is gone may have been killed with all of the program. */
Test(facts, only_an_end_that_the_parent_saw_is_the_drivers) {
    enum { GONE = 1 << 30 };
    char attempted[64];
    made_cache();
    gf_fact facts[GF_FACT_COUNT];
    make_facts(facts);
    gf_fact_save(&key, facts, "f32 fma", false);
    end_process(GONE);
    cr_expect_not(load(facts, attempted));
    cr_expect_str_eq(attempted, "", "nobody saw why the process ended: %s", attempted);
    gf_fact_note_end(GONE + 1);
    (void)load(facts, attempted);
    cr_expect_str_eq(attempted, "", "of another process: %s", attempted);
    gf_fact_note_end(GONE);
    (void)load(facts, attempted);
    cr_expect_str_eq(attempted, "f32 fma");
    /* The next attempt, by this process, forgets that end. */
    gf_fact_save(&key, facts, "loops", false);
    end_process(GONE);
    (void)load(facts, attempted);
    cr_expect_str_eq(attempted, "", "%s", attempted);
}

Test(facts, an_older_end_is_of_another_process) {
    enum { GONE = 1 << 30 };
    char attempted[64];
    made_cache();
    gf_fact facts[GF_FACT_COUNT];
    make_facts(facts);
    gf_fact_note_end(GONE);
    gf_fact_save(&key, facts, "f32 fma", false);
    json_t *kept = read_kept();
    json_object_set_new(kept, "process", json_integer(GONE));
    json_object_set_new(kept, "saved", json_integer((json_int_t)time(NULL) + 60));
    write_kept(kept);
    (void)load(facts, attempted);
    cr_expect_str_eq(attempted, "");
}

static void set_age(gf_fact_kind kind, json_int_t seconds) {
    json_t *kept = read_kept();
    json_object_set_new(row_of(kept, kind), "saved",
                        json_integer((json_int_t)time(NULL) - seconds));
    write_kept(kept);
}

static json_int_t age_of(gf_fact_kind kind) {
    json_t *kept = read_kept();
    const json_int_t at = json_integer_value(json_object_get(row_of(kept, kind), "saved"));
    json_decref(kept);
    return (json_int_t)time(NULL) - at;
}

/* A fact ages from when it was found out, also when others are saved with it. */
Test(facts, saving_others_renews_no_fact) {
    enum { DAY = 86400 };
    char attempted[64];
    made_cache();
    gf_fact facts[GF_FACT_COUNT];
    make_facts(facts);
    gf_fact_save(&key, facts, "", true);
    set_age(GF_FACT_ADD, 29 * DAY);
    cr_expect(load(facts, attempted));
    facts[GF_FACT_DIVIDE] = (gf_fact){.state = GF_FACT_KNOWN, .value = 1};
    gf_fact_save(&key, facts, "", true);
    cr_expect_geq(age_of(GF_FACT_ADD), 29 * DAY);
    cr_expect_lt(age_of(GF_FACT_DIVIDE), DAY);
    set_age(GF_FACT_ADD, 31 * DAY);
    cr_expect_not(load(facts, attempted));
    cr_expect_eq(facts[GF_FACT_ADD].state, GF_FACT_UNTRIED);
    cr_expect_eq(facts[GF_FACT_DIVIDE].state, GF_FACT_KNOWN);
    /* Found out again, with the same result. */
    facts[GF_FACT_ADD] = (gf_fact){.state = GF_FACT_KNOWN, .value = 1};
    gf_fact_save(&key, facts, "", true);
    cr_expect_lt(age_of(GF_FACT_ADD), DAY);
    set_age(GF_FACT_FMA, 601);
    cr_expect_not(load(facts, attempted));
    cr_expect_eq(facts[GF_FACT_FMA].state, GF_FACT_UNTRIED);
}

/* Times that no clock shows, as in a damaged file. */
Test(facts, impossible_times_are_no_facts) {
    static const json_int_t times[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX};
    char attempted[64];
    made_cache();
    gf_fact facts[GF_FACT_COUNT];
    for (size_t i = 0; i < GF_COUNT_OF(times); i++) {
        make_facts(facts);
        gf_fact_save(&key, facts, "", true);
        json_t *kept = read_kept();
        json_object_set_new(row_of(kept, GF_FACT_ADD), "saved", json_integer(times[i]));
        write_kept(kept);
        cr_expect_not(load(facts, attempted));
        cr_expect_eq(facts[GF_FACT_ADD].state, GF_FACT_UNTRIED);
    }
}
