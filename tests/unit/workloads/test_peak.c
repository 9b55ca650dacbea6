/* Peak rates: every result against its closed form, for reals, integers and sums. */
#include <math.h>
#include <signal.h>
#include <sys/time.h>

#include "base/array.h"
#include "cpu/kernel_abi.h"
#include "gpufare.h"
#include "measure/comparison.h"
#include "measure/truth.h"
#include "problem/problem.h"
#include "problem/sampling.h"
#include "problem/workload.h"
#include "real_devices.h"

TestSuite(peak, .timeout = 200);

static const char *const precisions[] = {"f64", "f32"};

static bench open_peak(const setting *settings, const char *devices) {
    return bench_open("peak", settings, devices, 2);
}

static double real_at(gf_type type, const void *array, size_t index) {
    return type == GF_TYPE_F64 ? ((const double *)array)[index]
                               : (double)((const float *)array)[index];
}

static uint64_t integer_at(gf_type type, const void *array, size_t index) {
    return type == GF_TYPE_U64 ? ((const uint64_t *)array)[index]
                               : ((const uint32_t *)array)[index];
}

static size_t count_of(const bench *b) {
    const gf_buffer_spec *spec = bench_result_spec(b);
    return spec->rows * spec->cols;
}

/* Copies, reads and arithmetic each have kernels of their own. */
static bool is_offered(const bench *b, size_t index) {
    const gf_target *target = &b->selection.targets[index];
    const gf_problem *problem = b->comparison->problem;
    const char *name = NULL;
    for (size_t i = 0; (name = target->device->backend->variant(target->device, problem->workload,
                                                                problem, i)) != NULL;
         i++) {
        if (target->variant == NULL || strcmp(name, target->variant) == 0)
            return true;
    }
    return false;
}

Test(peak, is_found_by_its_former_name) {
    const gf_workload *former = gf_workload_find("probe", NULL);
    cr_assert_not_null(former);
    cr_expect_eq(former, gf_workload_find("peak", NULL));
    cr_expect_str_eq(gf_workload_name(former), "peak");
}

/* ---- Closed forms ------------------------------------------------------ */

/* How far all rounds together lift a real, exactly: the lift of a round is the largest power of two
 * with which they lift by at most a half. */
static double lift_of_all(double rounds) {
    double lift = 0.5;
    while (rounds * lift > 0.5)
        lift /= 2;
    return rounds * lift;
}

static const setting real_cases[][4] = {
    {{"size", "7x3"}, {"rounds", "0"}, {"steps", "1"}, {NULL, NULL}},
    {{"size", "64x64"}, {"rounds", "0"}, {"steps", "3"}, {NULL, NULL}},
    {{"size", "4099x9"}, {"rounds", "0"}, {"steps", "8"}, {NULL, NULL}},
    {{"size", "1x1"}, {"rounds", "1"}, {"steps", "1"}, {NULL, NULL}},
    {{"size", "1033x3"}, {"rounds", "5"}, {"steps", "4"}, {NULL, NULL}},
    {{"size", "100x41"}, {"rounds", "1000"}, {"steps", "2"}, {NULL, NULL}},
    {{"size", "129x1"}, {"rounds", "700"}, {"steps", "999"}, {NULL, NULL}},
};
#define REAL_CASES (GF_COUNT_OF(real_cases))

static void expect_lifted(bench *b, size_t device, double lift) {
    const gf_result *result = bench_run(b, device, "lift");
    const gf_type type = bench_result_spec(b)->type;
    for (size_t i = 0; i < count_of(b); i++) {
        const double first = real_at(type, b->comparison->truth.inputs[0], i);
        const double got = real_at(type, b->comparison->run.output, i);
        cr_assert(first >= 1 && first < 1.5, "element %zu starts as %.17g", i, first);
        cr_assert_eq(got, first + lift, "%s: element %zu is %.17g, not %.17g", result->label, i,
                     got, first + lift);
    }
}

Test(peak, reals_are_lifted_exactly_on_every_device) {
    for (size_t c = 0; c < REAL_CASES; c++) {
        bench b = open_peak(real_cases[c], EVERYTHING);
        const double rounds = strtod(real_cases[c][1].text, NULL);
        const double lift = lift_of_all(rounds * strtod(real_cases[c][2].text, NULL));
        for (size_t p = 0; p < 2; p++) {
            bench_set(&b, "precision", precisions[p]);
            for (size_t m = 0; m < 2; m++) {
                bench_set(&b, "math", m == 0 ? "strict" : "relaxed");
                bench_restart(&b, GF_VERIFY_FULL);
                for (size_t k = 0; k < b.selection.count; k++)
                    if (is_offered(&b, k))
                        expect_lifted(&b, k, lift);
            }
        }
        bench_close(&b);
    }
}

/* There are more rounds than f32 numbers between 1 and 2: elements gather at 2. */
Test(peak, no_number_of_rounds_makes_reals_large) {
    const setting settings[] = {{"size", "96x1"},
                                {"rounds", "1000000"},
                                {"steps", "12"},
                                {"precision", "f32"},
                                {NULL, NULL}};
    bench b = open_peak(settings, "native");
    bench_run(&b, 0, "long");
    for (size_t i = 0; i < count_of(&b); i++) {
        const double got = real_at(GF_TYPE_F32, b.comparison->run.output, i);
        cr_expect(got > 1.5 && got <= 2, "element %zu is %.9g", i, got);
    }
    bench_close(&b);
}

/* x -> factor x + addend, modulo 2^64. */
typedef struct affine {
    uint64_t factor, addend;
} affine;

static affine then(affine first, affine second) {
    return (affine){first.factor * second.factor, first.addend * second.factor + second.addend};
}

/* `times` applications in log2(times) compositions. */
static affine repeated(affine once, uint64_t times) {
    affine all = {1, 0};
    for (; times > 0; times >>= 1, once = then(once, once)) {
        if (times & 1)
            all = then(all, once);
    }
    return all;
}

static void expect_jumped(bench *b, size_t device, affine all) {
    const gf_result *result = bench_run(b, device, "jump");
    const gf_type type = bench_result_spec(b)->type;
    const uint64_t mask = type == GF_TYPE_U64 ? UINT64_MAX : UINT32_MAX;
    for (size_t i = 0; i < count_of(b); i++) {
        const uint64_t first = integer_at(type, b->comparison->truth.inputs[0], i);
        const uint64_t want = (all.factor * first + all.addend) & mask;
        cr_assert_eq(integer_at(type, b->comparison->run.output, i), want, "%s: element %zu",
                     result->label, i);
    }
}

Test(peak, integers_jump_ahead_on_every_device) {
    static const affine rounds[] = {
        {UINT64_C(6364136223846793005), UINT64_C(1442695040888963407)},
        {UINT64_C(2862933555777941757), UINT64_C(3037000493)},
        {1664525, 1013904223},
        {22695477, 1},
    };
    const setting settings[] = {{"size", "331x7"},
                                {"rounds", "37"},
                                {"steps", "5"},
                                {"arithmetic", "integer"},
                                {NULL, NULL}};
    bench b = open_peak(settings, EVERYTHING);
    for (size_t p = 0; p < 2; p++) {
        bench_set(&b, "precision", precisions[p]);
        bench_restart(&b, GF_VERIFY_FULL);
        const affine all = repeated(then(rounds[2 * p], rounds[2 * p + 1]), 37 * 5);
        for (size_t k = 0; k < b.selection.count; k++)
            if (is_offered(&b, k))
                expect_jumped(&b, k, all);
    }
    bench_close(&b);
}

/* ---- Reads ------------------------------------------------------------- */

/* Every word counts, in its own order and with 64 bits to spare. */
static uint64_t sum_of_words(const bench *b) {
    const size_t bytes = b->comparison->problem->buffers[0].bytes;
    const unsigned char *const data = b->comparison->truth.inputs[0];
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes; i += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, data + i, sizeof word);
        sum += word;
    }
    return sum;
}

static void expect_sum(bench *b, size_t device, uint64_t passes) {
    const gf_result *result = bench_run(b, device, "read");
    const gf_buffer_spec *spec = bench_result_spec(b);
    cr_assert(spec->type == GF_TYPE_U32 && spec->bytes == sizeof(uint32_t));
    uint32_t got;
    memcpy(&got, b->comparison->run.output, sizeof got);
    const uint32_t want = (uint32_t)(passes * sum_of_words(b));
    cr_assert_eq(got, want, "%s, %llu passes: %u, not %u", result->label,
                 (unsigned long long)passes, got, want);
}

/* Sizes below, at and beyond the blocks of the kernels and the shares of their threads. */
Test(peak, reads_add_every_word_in_every_pass_on_every_device) {
    static const char *const sizes[] = {"1x1", "7x3", "129x1", "1024x8", "4099x33"};
    static const char *const passes[] = {"1", "2", "999"};
    const setting settings[] = {{"moves", "read"}, {NULL, NULL}};
    bench b = open_peak(settings, EVERYTHING);
    for (size_t c = 0; c < 2 * GF_COUNT_OF(sizes) * GF_COUNT_OF(passes); c++) {
        const char *const times = passes[c / 2 % GF_COUNT_OF(passes)];
        bench_set(&b, "precision", precisions[c % 2]);
        bench_set(&b, "size", sizes[c / 2 / GF_COUNT_OF(passes)]);
        bench_set(&b, "steps", times);
        bench_restart(&b, GF_VERIFY_FULL);
        for (size_t k = 0; k < b.selection.count; k++)
            if (is_offered(&b, k))
                expect_sum(&b, k, strtoull(times, NULL, 10));
    }
    bench_close(&b);
}

/* A sum has no parts: sampled verification compares all of it. */
Test(peak, a_read_that_misses_one_bit_is_wrong) {
    const setting settings[] = {{"size", "300x5"}, {"moves", "read"}, {"steps", "3"}, {NULL, NULL}};
    bench b = open_peak(settings, "native:scalar");
    bench_restart(&b, GF_VERIFY_SAMPLED);
    bench_run(&b, 0, "truth");
    unsigned char *output = bench_copy_output(&b);
    gf_verification verification;
    cr_expect(bench_accepts(&b, output, &verification));
    cr_expect_not(verification.sampled);
    output[2] ^= 1;
    cr_expect_not(bench_accepts(&b, output, &verification));
    free(output);
    bench_close(&b);
}

/* ---- Ends -------------------------------------------------------------- */

static gf_ndrange_plan persistent_plan(const bench *b) {
    const gf_workload *peak = gf_workload_find("peak", NULL);
    const gf_device_info info = {.device_class = GF_CLASS_GPU,
                                 .max_work_group_size = 256,
                                 .compute_units = 8,
                                 .vector_width_f32 = 1,
                                 .vector_width_f64 = 1};
    gf_ndrange_plan plan = {.steps_per_launch = 0};
    for (uint32_t i = 0; i < peak->ndrange_variant_count; i++) {
        if (strcmp(peak->ndrange_variants[i].name, "persistent") == 0)
            peak->ndrange_variants[i].plan(b->comparison->problem, &info, NULL, &plan);
    }
    return plan;
}

/* No watchdog of a display ends a launch, however many steps there are; of an odd number, so that
 * the last copy ends in the other array. */
Test(peak, no_launch_moves_more_than_8_gib_or_one_step) {
    static const struct {
        const char *size, *moves;
        uint32_t steps;
    } cases[] = {{"1x1", "copy", 65535},      {"1024x1024", "copy", 511},
                 {"1024x1024", "read", 1023}, {"1000x1000", "copy", 535},
                 {"8192x4096", "copy", 15},   {"8192x4096", "read", 31}};
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        const setting settings[] = {{"size", cases[i].size},
                                    {"moves", cases[i].moves},
                                    {"rounds", "0"},
                                    {"steps", "1000000"},
                                    {NULL, NULL}};
        bench b = open_peak(settings, "native:scalar");
        const gf_ndrange_plan plan = persistent_plan(&b);
        cr_expect_eq(b.comparison->problem->steps, 1000000, "of %s", cases[i].moves);
        cr_expect_eq(plan.steps_per_launch, cases[i].steps, "%s %s: %u", cases[i].moves,
                     cases[i].size, plan.steps_per_launch);
        bench_close(&b);
    }
}

static volatile sig_atomic_t enough;

static void set_enough(int signal) {
    (void)signal;
    enough = 1;
}

/* A copy of 2 x 128 MiB takes tens of ms in one thread; the flag is set after one. */
Test(peak, a_cancelled_copy_of_a_large_array_ends_at_once) {
    const setting settings[] = {{"size", "4096x4096"}, {"rounds", "0"}, {NULL, NULL}};
    bench b = open_peak(settings, "native:scalar");
    const gf_problem *problem = b.comparison->problem;
    gf_error error = GF_ERROR_INIT;
    const size_t count = count_of(&b);
    double *const data = malloc(count * sizeof *data), *const next = calloc(count, sizeof *next);
    cr_assert(data != NULL && next != NULL);
    for (size_t i = 0; i < count; i++)
        data[i] = 1;
    const gf_cpu_kernel kernel = gf_reference_kernel(problem);
    cr_assert_not_null(kernel, "%s", error.text);
    signal(SIGALRM, set_enough);
    const struct itimerval soon = {.it_value = {.tv_usec = 1000}};
    cr_assert_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
    gf_reference_run(problem, kernel, (void *const[]){data, next},
                     (const gf_scalar_change[]){{NULL, 0}}, &enough);
    cr_expect_eq(enough, 1);
    cr_expect_eq(next[count - 1], 0, "it was copied to its end");
    free(data);
    free(next);
    bench_close(&b);
}

/* ---- Costs ------------------------------------------------------------- */

Test(peak, costs_count_each_operation_and_both_arrays) {
    const setting settings[] = {{"size", "100x10"}, {"rounds", "7"}, {"steps", "3"}, {NULL, NULL}};
    bench b = open_peak(settings, "native:scalar");
    const gf_cost *cost = &b.comparison->problem->cost;
    cr_expect_eq(cost->operations, 1000.0 * 3 * 7 * 4);
    cr_expect_eq(cost->bytes, 1000.0 * 3 * 2 * 8);
    cr_expect_eq(cost->work, 1000.0 * 3 * 7);
    bench_set(&b, "rounds", "0");
    bench_set(&b, "precision", "f32");
    bench_restart(&b, GF_VERIFY_FULL);
    cost = &b.comparison->problem->cost;
    cr_expect_eq(cost->operations, 0);
    cr_expect_eq(cost->bytes, 1000.0 * 3 * 2 * 4);
    cr_expect_eq(cost->work, 1000.0 * 3);
    bench_set(&b, "moves", "read");
    bench_restart(&b, GF_VERIFY_FULL);
    cost = &b.comparison->problem->cost;
    cr_expect_eq(cost->operations, 0);
    cr_expect_eq(cost->bytes, 1000.0 * 3 * 4);
    cr_expect_eq(cost->work, 1000.0 * 3);
    bench_close(&b);
}

/* ---- Verification ------------------------------------------------------ */

/* Finds one wrong last bit: anywhere in a full comparison, at both ends in a sampled one. */
Test(peak, verification_finds_wrong_elements) {
    static const char *const arithmetics[] = {"real", "integer"};
    const setting settings[] = {{"size", "2500x2"}, {"rounds", "3"}, {"steps", "3"}, {NULL, NULL}};
    bench b = open_peak(settings, "native:scalar");
    for (size_t c = 0; c < 8; c++) {
        bench_set(&b, "precision", precisions[c % 2]);
        bench_set(&b, "arithmetic", arithmetics[c / 2 % 2]);
        const bool sampled = c / 4 == 1;
        bench_restart(&b, sampled ? GF_VERIFY_SAMPLED : GF_VERIFY_FULL);
        bench_run(&b, 0, "truth");
        unsigned char *output = bench_copy_output(&b);
        const size_t size = gf_type_size(bench_result_spec(&b)->type);
        gf_verification verification;
        cr_expect(bench_accepts(&b, output, &verification), "case %zu", c);
        cr_expect_eq(verification.sampled, sampled, "case %zu", c);
        for (size_t i = 0; i < 5000; i += sampled ? 4999 : 833) {
            output[i * size] ^= 1;
            cr_expect_not(bench_accepts(&b, output, &verification), "case %zu, element %zu", c, i);
            output[i * size] ^= 1;
        }
        free(output);
    }
    bench_close(&b);
}

/* ---- Refusals ---------------------------------------------------------- */

Test(peak, values_out_of_range_are_refused) {
    static const setting bad[] = {
        {"size", "0x1"}, {"size", "65536x1"},  {"rounds", "1000001"},   {"rounds", "-1"},
        {"steps", "0"},  {"steps", "1000001"}, {"arithmetic", "fuzzy"}, {"moves", "write"}};
    const setting none[] = {{NULL, NULL}};
    gf_params *params = make_values("peak", none);
    for (size_t i = 0; i < GF_COUNT_OF(bad); i++) {
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(gf_params_set(params, bad[i].name, bad[i].text, &error), GF_USAGE, "%s %s",
                     bad[i].name, bad[i].text);
        cr_expect_not_null(strstr(error.text, bad[i].name), "%s", error.text);
    }
    gf_params_destroy(params);
    cr_expect_not(gf_workload_has_picture(gf_workload_find("peak", NULL)));
}
