/* Pipelined round trips: the formula against a simulation of the three queues. */
#include <criterion/criterion.h>
#include <math.h>

#include "fake_bench.h"
#include "problem/traffic.h"

FAKE_GLOBALS

#define MOST_LAUNCHES 4096

/* Bands: each goes up, then its kernel runs, then it comes down; each queue works in order. */
static double simulate_bands(size_t bands, double up, double kernel, double down) {
    double uploaded = 0, computed = 0, downloaded = 0;
    for (size_t i = 0; i < bands; i++) {
        uploaded += up;
        computed = fmax(computed, uploaded) + kernel;
        downloaded = fmax(downloaded, computed) + down;
    }
    return downloaded;
}

/* Stops: launches alternate between two buffers; a launch may not overwrite a buffer before the
 * last download from it has ended. */
static double simulate_stops(size_t segments, size_t launches, double up, double kernel,
                             double down) {
    double read_until[2] = {0, 0}, computed = up, downloaded = 0;
    size_t written = 0;
    for (size_t s = 0; s < segments; s++) {
        for (size_t i = 0; i < launches; i++) {
            written = 1 - written;
            computed = fmax(computed, read_until[written]) + kernel / (double)launches;
        }
        downloaded = fmax(downloaded, computed) + down;
        read_until[written] = downloaded;
    }
    return fmax(computed, downloaded);
}

static const double lanes[] = {0, 1, 3, 10, 40};
enum { LANES = sizeof lanes / sizeof lanes[0] };

Test(overlap, bands_take_what_three_queues_take) {
    for (uint64_t bands = 1; bands < 40; bands += 3) {
        const gf_overlap overlap = {bands, 1, false};
        for (size_t i = 0; i < LANES * LANES * LANES; i++) {
            const double up = lanes[i % LANES], kernel = lanes[i / LANES % LANES],
                         down = lanes[i / LANES / LANES];
            const double want = simulate_bands(bands, up, kernel, down);
            cr_expect_float_eq(gf_overlap_ns(&overlap, up, kernel, down), want, 1e-9,
                               "%ju bands of %g, %g, %g", (uintmax_t)bands, up, kernel, down);
        }
    }
}

Test(overlap, stops_take_what_two_buffers_allow) {
    for (uint64_t launches = 1; launches < 9; launches++) {
        for (uint64_t segments = 1; segments < 30; segments += 4) {
            const gf_overlap overlap = {segments, launches, true};
            for (size_t i = 0; i < LANES * LANES; i++) {
                const double kernel = lanes[i % LANES], down = lanes[i / LANES];
                const double want = simulate_stops(segments, launches, 7, kernel, down);
                cr_expect_float_eq(gf_overlap_ns(&overlap, 7, kernel, down), want, 1e-9,
                                   "%ju segments of %ju launches, %g and %g", (uintmax_t)segments,
                                   (uintmax_t)launches, kernel, down);
            }
        }
    }
}

static void expect_cut(const char *workload, const char *const *settings, size_t bands,
                       bool at_stops) {
    fake_bench bench = fake_bench_new();
    memset(fake_machines, 0, sizeof fake_machines);
    (void)fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    fake_bench_open_workload(&bench, gf_workload_find(workload, NULL), settings);
    const gf_problem *problem = bench.comparison->problem;
    cr_expect_eq(gf_problem_bands(problem), bands, "%s: %zu bands", workload,
                 gf_problem_bands(problem));
    cr_expect_eq(gf_problem_overlaps_at_stops(problem), at_stops, "%s", workload);
    fake_bench_close(&bench, workload);
}

/* 16 MiB a band in the heavier direction, at least 4 bands, at most a band for each row. */
Test(overlap, problems_are_cut_where_they_can_be) {
    expect_cut("julia", (const char *const[]){"size=100x100", NULL}, 4, false);
    expect_cut("julia", (const char *const[]){"size=9x3", NULL}, 3, false);
    expect_cut("julia", (const char *const[]){"size=9x1", NULL}, 0, false);
    expect_cut("julia", (const char *const[]){"size=8192x8192", NULL}, 8, false);
    expect_cut("diffusion", (const char *const[]){"size=9x9", "steps=6", NULL}, 0, false);
    expect_cut("diffusion",
               (const char *const[]){"size=9x9", "steps=6", "steps-per-transfer=2", NULL}, 0, true);
    expect_cut("diffusion",
               (const char *const[]){"size=9x9", "steps=6", "steps-per-transfer=2",
                                     "host-use=write", NULL},
               0, false);
}
