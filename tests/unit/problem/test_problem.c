/* Problems: sizes that overflow, that don't fit, and what set-up makes of values. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/checked.h"
#include "base/error.h"
#include "os/machine.h"
#include "problem/params.h"
#include "problem/problem.h"
#include "problem/workload.h"

TestSuite(problem, .timeout = 60);

/* ---- A workload that is all sizes -------------------------------------- */

static const gf_param rows[] = {
    {.name = "size",
     .type = GF_PARAM_SIZE,
     .default_text = "4x3",
     .min = 1,
     .max = 1.8446744073709552e19,
     .placeholder = "WxH"},
    GF_PARAM_ROW_PRECISION,
    GF_PARAM_ROW_MATH,
};

static uint32_t torn_down;

static gf_status set_up(gf_problem *problem, gf_error *error) {
    size_t width = 0, height = 0;
    gf_params_size(problem->params, "size", &width, &height);
    problem->extra = malloc(1);
    gf_status status =
        gf_problem_add_buffer(problem, "a", GF_ACCESS_OUT, GF_TYPE_F64, 2, height, width, error);
    if (status == GF_OK)
        status =
            gf_problem_add_buffer(problem, "b", GF_ACCESS_IN, GF_TYPE_U8, 1, height, width, error);
    gf_problem_add_real(problem, "r", 1.5);
    gf_problem_add_u32(problem, "n", 7);
    gf_problem_add_u64(problem, "m", UINT64_MAX);
    return status;
}

static void tear_down(gf_problem *problem) {
    torn_down++;
    free(problem->extra);
}

static const gf_workload workload = {.name = "sizes",
                                     .params = rows,
                                     .param_count = sizeof rows / sizeof rows[0],
                                     .set_up = set_up,
                                     .tear_down = tear_down};

static gf_status try_problem(const gf_workload *of, const char *const *settings,
                             gf_problem **problem, gf_error *error) {
    gf_params *params = NULL;
    cr_assert_eq(gf_params_create(of, &params, error), GF_OK, "%s", error->text);
    for (; settings != NULL && *settings != NULL; settings += 2)
        cr_assert_eq(gf_params_set(params, settings[0], settings[1], error), GF_OK, "%s",
                     error->text);
    const gf_status status = gf_problem_create(params, problem, error);
    gf_params_destroy(params); /* the problem has its own copy */
    return status;
}

static gf_status try_size(const char *size, gf_problem **problem, gf_error *error) {
    return try_problem(&workload, (const char *const[]){"size", size, NULL}, problem, error);
}

/* ---- What comes out ---------------------------------------------------- */

Test(problem, holds_what_set_up_made) {
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(try_size("5x7", &problem, &error), GF_OK, "%s", error.text);
    cr_expect_eq(problem->buffer_count, 2);
    cr_expect(problem->buffers[0].rows == 7 && problem->buffers[0].cols == 5);
    cr_expect_eq(problem->buffers[0].bytes, 5 * 7 * 16);
    cr_expect_eq(problem->buffers[1].bytes, 5 * 7);
    cr_expect_eq(gf_problem_bytes(problem), 5 * 7 * 17);
    cr_expect_eq(gf_problem_largest_buffer(problem), 5 * 7 * 16);
    cr_expect_eq(problem->precision, GF_PRECISION_F64);
    cr_expect_eq(problem->math, GF_MATH_STRICT);
    cr_expect_eq(gf_problem_scalar(problem, "r")->value.f64, 1.5);
    cr_expect_eq(gf_problem_scalar(problem, "n")->value.u32, 7);
    cr_expect_eq(gf_problem_scalar(problem, "m")->value.u64, UINT64_MAX);
    cr_expect_eq(gf_problem_scalar(problem, "m")->type, GF_TYPE_U64);
    cr_expect_null(gf_problem_scalar(problem, "q"));
    gf_problem_destroy(problem);
    cr_expect_eq(torn_down, 1);
    gf_problem_destroy(NULL);
}

/* A workload of whole numbers has no rows for precision and math: it needs no f64. */
Test(problem, a_workload_may_have_no_real_arithmetic) {
    gf_workload whole = *gf_workload_find("julia", NULL);
    cr_assert_str_eq(whole.params[whole.param_count - 2].name, "precision");
    whole.param_count -= 2;
    whole.precision = GF_PRECISION_INTEGER;
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_create(&whole, &params, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
    cr_expect_eq(problem->precision, GF_PRECISION_INTEGER);
    cr_expect_eq(problem->math, GF_MATH_STRICT);
    gf_problem_destroy(problem);
    gf_params_destroy(params);
}

Test(problem, types_have_sizes_and_names) {
    static const struct {
        gf_type type;
        size_t size;
        const char *name;
    } cases[] = {{GF_TYPE_U8, 1, "u8"},   {GF_TYPE_U16, 2, "u16"}, {GF_TYPE_U32, 4, "u32"},
                 {GF_TYPE_U64, 8, "u64"}, {GF_TYPE_F32, 4, "f32"}, {GF_TYPE_F64, 8, "f64"},
                 {GF_TYPE_I8, 1, "i8"},   {GF_TYPE_I16, 2, "i16"}, {GF_TYPE_I32, 4, "i32"},
                 {GF_TYPE_I64, 8, "i64"}};
    cr_expect_eq(sizeof cases / sizeof cases[0], GF_TYPE_COUNT);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(gf_type_size(cases[i].type), cases[i].size, "%s", cases[i].name);
        cr_expect_str_eq(gf_type_name(cases[i].type), cases[i].name);
    }
}

/* ---- Too large --------------------------------------------------------- */

/* Products that wrap to something small are the dangerous ones: 2^32 x 2^32, 2^62 x 4, 2^60 x 1 of
 * 16 bytes. */
Test(problem, sizes_beyond_the_address_space_are_refused) {
    static const char *const sizes[] = {
        "4294967296x4294967296",
        "4611686018427387904x4",
        "1152921504606846976x1",
        "1x18446744073709551615",
        "18446744073709551615x18446744073709551615",
        "1152921504606846977x1",
        "9223372036854775808x1",
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        gf_problem *problem = NULL;
        gf_error error = GF_ERROR_INIT;
        torn_down = 0;
        cr_expect_eq(try_size(sizes[i], &problem, &error), GF_UNSUPPORTED, "%s", sizes[i]);
        cr_expect_null(problem, "%s: a problem was set", sizes[i]);
        cr_expect_not_null(strstr(error.text, "beyond the address space"), "%s: '%s'", sizes[i],
                           error.text);
        cr_expect_not_null(strstr(error.text, "size"), "%s: '%s'", sizes[i], error.text);
        cr_expect_eq(torn_down, 1, "%s: torn down %u times", sizes[i], torn_down);
        gf_error_clear(&error);
    }
}

/* Each buffer fits into 64 bits and their sum does not. */
Test(problem, a_sum_of_buffers_that_overflows_counts_as_all_there_is) {
    gf_problem problem = {.buffer_count = 2};
    problem.buffers[0].bytes = problem.buffers[1].bytes = SIZE_MAX / 2 + 2;
    cr_expect_eq(gf_problem_bytes(&problem), UINT64_MAX);
    cr_expect_eq(gf_problem_host_bytes(&problem), UINT64_MAX);
    problem.buffer_count = 1; /* this one fits once and not twice */
    problem.buffers[0].access = GF_ACCESS_INOUT;
    cr_expect_eq(gf_problem_bytes(&problem), SIZE_MAX / 2 + 2);
    cr_expect_eq(gf_problem_host_bytes(&problem), UINT64_MAX);
}

Test(problem, checked_products) {
    size_t product = 0;
    cr_expect(gf_mul_size(46341, 46341, &product) && product == UINT64_C(2147488281),
              "indices that overflow an int");
    cr_expect(gf_mul_size(0, SIZE_MAX, &product) && product == 0);
    cr_expect(gf_mul_size(SIZE_MAX, 1, &product) && product == SIZE_MAX);
    cr_expect_not(gf_mul_size(SIZE_MAX, 2, &product));
    cr_expect_not(gf_mul_size((size_t)1 << 32, (size_t)1 << 32, &product));
}

static long peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* 10^9 x 10^9 at once: no field is allocated before it is refused. */
Test(problem, the_real_workloads_refuse_what_no_machine_holds) {
    static const char *const names[] = {"julia", "diffusion"};
    for (size_t i = 0; i < 2; i++) {
        const long before = peak_kib();
        gf_problem *problem = NULL;
        gf_error error = GF_ERROR_INIT;
        const gf_status status = try_problem(
            gf_workload_find(names[i], NULL),
            (const char *const[]){"size", "1000000000x1000000000", NULL}, &problem, &error);
        cr_expect_eq(status, GF_UNSUPPORTED, "%s: %d %s", names[i], (int)status, error.text);
        cr_expect_not_null(strstr(error.text, "GiB"), "%s: '%s'", names[i], error.text);
        cr_expect_not_null(strstr(error.text, "smaller"), "%s: '%s'", names[i], error.text);
        cr_expect_lt(peak_kib() - before, 10240, "%s took memory", names[i]);
        gf_error_clear(&error);
    }
}

Test(problem, what_exceeds_this_machine_by_a_little_is_refused) {
    char size[64];
    const uint64_t memory = gf_machine_memory_room("", 0).bytes;
    if (memory == UINT64_MAX)
        cr_skip("this machine does not tell its memory");
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    /* 16 bytes of a, 1 of b, and b's first content: 18 bytes an element. Where a control group has
     * a limit, other processes may give some of the memory back meanwhile, or take some. */
    const bool limited = memory < gf_machine_memory_bytes();
    snprintf(size, sizeof size, "%jux1", (uintmax_t)(memory / (limited ? 14 : 18) + 1));
    cr_expect_eq(try_size(size, &problem, &error), GF_UNSUPPORTED, "%s", size);
    cr_expect_not_null(strstr(error.text, "host memory"), "'%s'", error.text);
    gf_error_clear(&error);
    snprintf(size, sizeof size, "%jux1", (uintmax_t)(memory / (limited ? 24 : 18)));
    cr_expect_eq(try_size(size, &problem, &error), GF_OK, "%s: %s", size, error.text);
    gf_problem_destroy(problem);
}

/* ---- Values that don't fit together ------------------------------------ */

Test(problem, values_that_do_not_fit_together_are_a_usage_error) {
    static const struct {
        const char *workload, *settings[7], *words;
    } cases[] = {
        {"diffusion", {"dt", "0.2500001", NULL}, "largest valid dt is 0.25"},
        {"diffusion", {"dt", "1", "diffusivity", "2", NULL}, "largest valid dt is 0.125"},
        {"diffusion", {"steps", "5", "steps-per-transfer", "6", NULL}, "steps-per-transfer 6"},
        {"diffusion", {"init", "/nonexistent.npy", NULL}, "/nonexistent.npy"},
        {"julia", {"view", "1,1,-1,1", NULL}, "view 1,1,-1,1"},
        {"julia", {"view", "-1,1,1,-1", NULL}, "Y1 < Y2"},
        {"julia", {"size", "16777217x1", "precision", "f32", NULL}, "precision f64"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_problem *problem = NULL;
        gf_error error = GF_ERROR_INIT;
        const gf_status status = try_problem(gf_workload_find(cases[i].workload, NULL),
                                             cases[i].settings, &problem, &error);
        cr_expect(status == GF_USAGE || (status == GF_FAILED && i == 3), "case %zu: %d %s", i,
                  (int)status, error.text);
        cr_expect_not_null(strstr(error.text, cases[i].words), "case %zu: '%s'", i, error.text);
        cr_expect_null(problem, "case %zu", i);
        gf_error_clear(&error);
    }
}

Test(problem, a_quarter_is_stable) {
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(try_problem(gf_workload_find("diffusion", NULL),
                             (const char *const[]){"dt", "0.25", "size", "3x3", NULL}, &problem,
                             &error),
                 GF_OK, "%s", error.text);
    cr_expect_eq(problem->steps, 500);
    cr_expect_eq(problem->steps_per_transfer, 500);
    gf_problem_destroy(problem);
}

Test(problem, counts_need_four_bytes_from_65536) {
    static const struct {
        const char *max_iter;
        gf_type type;
    } cases[] = {{"65535", GF_TYPE_U16}, {"65536", GF_TYPE_U32}, {"4294967295", GF_TYPE_U32}};
    for (size_t i = 0; i < 3; i++) {
        gf_problem *problem = NULL;
        gf_error error = GF_ERROR_INIT;
        cr_assert_eq(try_problem(gf_workload_find("julia", NULL),
                                 (const char *const[]){"max-iter", cases[i].max_iter, NULL},
                                 &problem, &error),
                     GF_OK, "%s", error.text);
        cr_expect_eq(problem->buffers[problem->result].type, cases[i].type, "%s",
                     cases[i].max_iter);
        gf_problem_destroy(problem);
    }
}
