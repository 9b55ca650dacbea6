/* The values that diffusion's CPU kernel gets where none or only some are given. */
#include "diffusion_runs.h"
#include "problem/problem.h"
#include "workloads/diffusion/diffusion_tiling.h"

TestSuite(diffusion_tiling, .timeout = 60);

enum { STEPS, COLS, ROWS, STORES, BALANCE, SMALL, TUNABLES };

static bool slow_denormals;

/* The values of a field of `size`, 64 steps in all, `every` between stops, where these are given.
 */
static void derive(const char *size, const char *every, uint32_t threads,
                   const uint32_t given[TUNABLES], uint32_t values[TUNABLES]) {
    const setting settings[] = {
        {"size", size}, {"steps", "256"}, {"steps-per-transfer", every}, {NULL, NULL}};
    const gf_cpu_resources cpu = {threads, 8, 32 << 10, 1 << 20, 32 << 20, slow_denormals};
    gf_params *params = make_values("diffusion", settings);
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
    memcpy(values, given, TUNABLES * sizeof values[0]);
    gf_diffusion_cpu_defaults(problem, &cpu, values);
    gf_problem_destroy(problem);
    gf_params_destroy(params);
}

static uint32_t pieces(uint32_t whole, uint32_t part) {
    return (whole + part - 1) / part;
}

static uint32_t largest_divisor(uint32_t a, uint32_t b) {
    return b == 0 ? a : largest_divisor(b, a % b);
}

/* What the thread with the most cells has of them, as a multiple of an equal share. Tiles lie side
 * by side as far as that gives each thread as many. */
static double busiest(const uint32_t values[TUNABLES], uint32_t cols, uint32_t rows,
                      uint32_t threads) {
    const uint32_t bands = pieces(rows, values[ROWS]), strips = pieces(cols, values[COLS]);
    const uint32_t even = threads / largest_divisor(threads, bands);
    const uint32_t tiles = bands * (even < strips ? even : strips);
    return (double)pieces(tiles, threads) / tiles * threads;
}

/* A tile as wide and as high as the field would leave one of two threads without work. */
Test(diffusion_tiling, no_thread_is_left_without_work_whatever_the_width) {
    static const uint32_t widths[] = {64, 256, 342, 512, 1024, 16384};
    static const uint32_t steps[] = {2, 16, 64};
    for (uint32_t threads = 1; threads <= 16; threads++) {
        for (size_t i = 0; i < 6 * 3; i++) {
            const uint32_t given[TUNABLES] = {steps[i % 3], widths[i / 3]};
            uint32_t values[TUNABLES];
            derive("1024x1024", "64", threads, given, values);
            const double most = busiest(values, 1024, 1024, threads);
            cr_expect_lt(most, 2, "%u threads, %u columns, %u steps: %g times its share", threads,
                         given[COLS], given[STEPS], most);
            cr_expect_eq(values[COLS], given[COLS] < 1024 ? given[COLS] : 1024);
        }
    }
}

/* So many steps of several strips don't fit into the caches. */
Test(diffusion_tiling, no_thread_is_left_without_work_whatever_the_steps) {
    for (uint32_t threads = 1; threads <= 16; threads++) {
        const uint32_t given[TUNABLES] = {256};
        uint32_t values[TUNABLES];
        derive("1024x8192", "256", threads, given, values);
        const double most = busiest(values, 8192, 1024, threads);
        cr_expect_lt(most, 2, "%u threads: %g times its share", threads, most);
    }
}

static void expect_same(const char *every, const uint32_t a[TUNABLES], const uint32_t b[TUNABLES]) {
    uint32_t of_a[TUNABLES], of_b[TUNABLES];
    derive("1024x1024", every, 2, a, of_a);
    derive("1024x1024", every, 2, b, of_b);
    for (int i = 0; i < TUNABLES; i++)
        cr_expect_eq(of_a[i], of_b[i], "%s: %u, %u", gf_diffusion_cpu_tunables[i].name, of_a[i],
                     of_b[i]);
}

Test(diffusion_tiling, values_that_make_the_same_passes_are_the_same) {
    /* One step a pass has no tiles. */
    expect_same("64", (uint32_t[]){1, 0, 0, 0, 0, 0}, (uint32_t[]){1, 256, 32, 2, 1, 2});
    expect_same("1", (uint32_t[]){0, 0, 0, 0, 0, 0}, (uint32_t[]){8, 512, 64, 2, 1, 2});
    /* 64 steps in passes of 48 at most are two passes of 32. */
    expect_same("64", (uint32_t[]){32, 256, 64, 1, 2, 0}, (uint32_t[]){48, 256, 64, 1, 2, 0});
    expect_same("16", (uint32_t[]){16, 0, 0, 0, 0, 0}, (uint32_t[]){200, 0, 0, 0, 0, 0});
}

Test(diffusion_tiling, given_values_stay) {
    static const uint32_t given[TUNABLES] = {16, 192, 96, 2, 1, 2};
    uint32_t values[TUNABLES];
    derive("1024x1024", "64", 2, given, values);
    for (int i = 0; i < TUNABLES; i++)
        cr_expect_eq(values[i], given[i], "%s: %u", gf_diffusion_cpu_tunables[i].name, values[i]);
}

Test(diffusion_tiling, values_are_scaled_only_where_denormals_are_slow) {
    static const uint32_t none[TUNABLES];
    uint32_t values[TUNABLES];
    derive("1024x1024", "64", 2, none, values);
    cr_expect_eq(values[SMALL], 1);
    slow_denormals = true;
    derive("1024x1024", "64", 2, none, values);
    cr_expect_eq(values[SMALL], 2);
}
