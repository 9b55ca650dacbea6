/* Searches on a machine that has two phases: for stretches of time everything takes one and a half
 * times as long. Whatever the stretches, what a search keeps is no slower than the defaults, and
 * values that are really faster are found. */
#include <math.h>

#include "fake_bench.h"
#include "made_folder.h"

FAKE_GLOBALS

TestSuite(search_phases, .timeout = 60);

#define SLOW    1.5
#define SCATTER 0.02 /* of each kernel, upwards and downwards */
#define BEST_NS 2000000.0

static const uint32_t tile_candidates[] = {16, 32, 64, 128, 0};
static const uint32_t step_candidates[] = {1, 2, 4, 8, 0};
static const uint32_t way_candidates[] = {1, 2, 0};
static const gf_tunable tunables[] = {
    {"tile", "cells in a tile", 1, 128, tile_candidates},
    {"steps", "steps in one pass", 1, 8, step_candidates},
    {"way", "of computing", 1, 2, way_candidates},
};

/* ---- The machine ----------------------------------------------------------- */

static uint64_t stretch_ns,
    first_slow_ns; /* how long phases are, and when the first slow one was */
static uint32_t scatter_state;

/* -1 to 1, the same numbers in each search. */
static double next_scatter(void) {
    scatter_state = scatter_state * 1664525u + 1013904223u;
    return (double)(scatter_state >> 8) / (double)(1u << 23) - 1;
}

static double pace(void) {
    const bool slow = (fake_time_ns + stretch_ns - first_slow_ns) / stretch_ns % 2 == 1;
    return (slow ? SLOW : 1) * (1 + SCATTER * next_scatter());
}

/* Each step away from tile 64, 4 steps and way 2 costs 6 %. */
static double ratio_of(const uint32_t *values) {
    const double tiles = fabs(log2((double)values[0] / 64));
    const double steps = fabs(log2((double)values[1] / 4));
    return pow(1.06, tiles + steps + (values[2] == 2 ? 0 : 1));
}

static uint64_t ns_of(const uint32_t *values) {
    return (uint64_t)(BEST_NS * ratio_of(values));
}

static fake_device *two_phased_device(const uint32_t *defaults) {
    fake_device *device =
        fake_add_tunable(tunables, sizeof tunables / sizeof tunables[0], defaults, ns_of);
    device->pace = pace;
    return device;
}

/* ---- Searches -------------------------------------------------------------- */

typedef struct tally {
    uint32_t searches, slower, found; /* kept slower values than the defaults; kept the best */
    double worst;                     /* of what was kept, to the defaults */
    uint64_t longest_ns;              /* with the run */
} tally;

static void search_once(bool prompt, const uint32_t *defaults, tally *t) {
    fake_bench bench = fake_bench_new();
    bench.backend.prompt = prompt;
    bench.options.min_time_s = 0.25;
    made_cache();
    const uint64_t start_ns = fake_time_ns;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=8x8", "steps=4");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    cr_assert_not_null(strstr(result->tuning.basis, "best of"), "%s", result->tuning.basis);
    const double kept = ratio_of(result->tuning.values);
    t->searches++;
    t->slower += kept > 1.001 * ratio_of(defaults) ? 1 : 0;
    t->found += kept < 1.001 ? 1 : 0;
    t->worst = fmax(t->worst, kept / ratio_of(defaults));
    const uint64_t took_ns = fake_time_ns - start_ns;
    t->longest_ns = took_ns > t->longest_ns ? took_ns : t->longest_ns;
    fake_bench_close(&bench, "a search in phases");
}

#define STRETCHES 5
#define BEGINS    4

/* Shorter than a round of turns to some rounds; from there to longer than a search. */
static const uint64_t short_ms[STRETCHES] = {7, 11, 17, 23, 41};
static const uint64_t long_ms[STRETCHES] = {73, 130, 260, 700, 2000};

/* Each of the phases begins at different times. */
static tally search_in_phases(bool prompt, const uint32_t *defaults, const uint64_t *stretches_ms) {
    tally t = {.worst = 0};
    fake_machines[0].count = 0;
    (void)two_phased_device(defaults);
    for (uint32_t i = 0; i < STRETCHES; i++) {
        for (uint32_t begin = 0; begin < BEGINS; begin++) {
            stretch_ns = stretches_ms[i] * 1000000;
            first_slow_ns = (fake_time_ns + 2 * stretch_ns * begin / BEGINS) % (2 * stretch_ns);
            scatter_state = i * BEGINS + begin;
            search_once(prompt, defaults, &t);
        }
    }
    cr_log_info("%u searches: %u slower, %u the best, worst %.3f, longest %.0f ms\n", t.searches,
                t.slower, t.found, t.worst, (double)t.longest_ns * 1e-6);
    cr_expect_eq(t.searches, STRETCHES * BEGINS);
    cr_expect_eq(t.slower, 0, "%u of %u searches kept slower values, the worst %.3f times",
                 t.slower, t.searches, t.worst);
    return t;
}

static void expect_defaults_kept(bool prompt) {
    static const uint32_t best[] = {64, 4, 2};
    (void)search_in_phases(prompt, best, short_ms);
    (void)search_in_phases(prompt, best, long_ms);
}

/* Phases that are shorter than a round hide what is faster. */
static void expect_best_found(bool prompt) {
    static const uint32_t poor[] = {32, 1, 1};
    const tally t = search_in_phases(prompt, poor, long_ms);
    cr_expect_geq(t.found, 17, "%u of %u searches found the best", t.found, t.searches);
}

Test(search_phases, a_prompt_device_keeps_defaults_that_are_the_fastest) {
    expect_defaults_kept(true);
}

Test(search_phases, a_prompt_device_gets_faster_values) {
    expect_best_found(true);
}

Test(search_phases, a_device_that_compiles_keeps_defaults_that_are_the_fastest) {
    expect_defaults_kept(false);
}

Test(search_phases, a_device_that_compiles_gets_faster_values) {
    expect_best_found(false);
}
