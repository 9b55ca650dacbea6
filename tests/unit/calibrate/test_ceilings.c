/* Ceilings: what a kernel needs at least, and what happens when one needs less. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "calibrate/calibrate_ceilings.h"
#include "calibrate/ceilings.h"
#include "calibrate/profile_store.h"
#include "fake_bench.h"
#include "made_folder.h"
#include "problem/problem.h"

FAKE_GLOBALS

TestSuite(ceilings, .timeout = 60);

#define MIB 1048576.0

/* 40 GB/s in the caches, 10 in memory, reading twice as fast; 1 Gop/s. Sizes: 64 KiB to 256 MiB. */
static gf_ceilings some_ceilings(void) {
    return (gf_ceilings){.launch_ns = 2000,
                         .least_launch_ns = 1000,
                         .copy_cached = 40e9,
                         .copy_memory = 10e9,
                         .cached_bytes = 8 * MIB,
                         .read_memory = 20e9,
                         .copies = {30e9, 40e9, 40e9, 40e9, 20e9, 10e9, 10e9},
                         .reads = {60e9, 80e9, 80e9, 80e9, 40e9, 20e9, 20e9},
                         .f32 = 2e9,
                         .f64 = 1e9,
                         .integer = 3e9};
}

static gf_demand demand_of(double bytes, double written, double footprint) {
    return (gf_demand){.precision = GF_PRECISION_F64,
                       .operations = 10,
                       .bytes = bytes,
                       .written = written,
                       .footprint = footprint,
                       .segments = 1,
                       .segment_steps = 1};
}

static void expect_near(double got, double want, const char *what) {
    cr_expect(fabs(got - want) <= 1e-9 * fabs(want), "%s is %.17g, not %.17g", what, got, want);
}

/* An array between two measured sizes may be as fast as the smaller of them, and as any larger. */
Test(ceilings, bytes_take_their_time_by_size_and_direction) {
    const gf_ceilings ceilings = some_ceilings();
    static const struct {
        double written, mib, gb_per_s;
    } cases[] = {
        {0.5, 256, 10},    {0.5, 1000, 10},
        {0.5, 64, 10},     {0.5, 63, 20},
        {0.5, 16, 20},     {0.5, 15, 40},
        {0.5, 0.0625, 40}, {0.5, 0.001, 40}, /* what 1 MiB reaches, less can */
        {0, 256, 20},      {0, 16, 40},
        {1, 256, 10},      {0.25, 256, 2 / (1 / 10.0 + 1 / 20.0)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const gf_demand demand = demand_of(1e9, cases[i].written, cases[i].mib * MIB);
        expect_near(gf_ceilings_times(&ceilings, &demand).moving, 1e9 / cases[i].gb_per_s,
                    "moving");
    }
}

/* Devices without f64 have arrays of f32, which have twice as many elements. */
Test(ceilings, every_array_that_is_moved_has_a_size_that_the_workload_takes) {
    gf_error error = GF_ERROR_INIT;
    const gf_workload *peak = gf_calibrate_workload(&error);
    gf_params *params = NULL;
    cr_assert_not_null(peak);
    cr_assert_eq(gf_params_create(peak, &params, &error), GF_OK);
    for (size_t i = 0; i < GF_COPIED_SIZES; i++) {
        for (uint64_t bytes = 4; bytes <= 8; bytes += 4) {
            const uint64_t elements = (GF_LEAST_COPIED << (2 * i)) / bytes;
            char size[32];
            uint64_t columns = 0, rows = 0;
            gf_calibrate_array_size(elements, size, sizeof size);
            cr_expect_eq(gf_params_set(params, "size", size, &error), GF_OK, "%s", size);
            cr_expect_eq(sscanf(size, "%" SCNu64 "x%" SCNu64, &columns, &rows), 2);
            cr_expect_eq(columns * rows, elements, "%s", size);
        }
    }
    gf_params_destroy(params);
    gf_error_clear(&error);
}

Test(ceilings, two_rates_serve_where_there_are_no_more) {
    gf_ceilings ceilings = some_ceilings();
    memset(ceilings.copies, 0, sizeof ceilings.copies);
    memset(ceilings.reads, 0, sizeof ceilings.reads);
    ceilings.least_launch_ns = 0;
    gf_demand demand = demand_of(1e9, 0.5, 8 * MIB);
    expect_near(gf_ceilings_times(&ceilings, &demand).moving, 1e9 / 40, "in caches");
    demand = demand_of(1e9, 0, 9 * MIB);
    expect_near(gf_ceilings_times(&ceilings, &demand).moving, 1e9 / 10, "in memory");
    expect_near(gf_ceilings_times(&ceilings, &demand).launch, 2000, "launch");
}

/* Whatever passes a ceiling stands at it afterwards, and a second time raises nothing. */
Test(ceilings, a_kernel_that_passes_a_ceiling_raises_it) {
    static const struct {
        const char *what;
        double bytes, written, mib, operations, segments, compute_ns;
        bool raises;
    } cases[] = {
        {"a slower copy", 1e9, 0.5, 256, 10, 1, 1.1e8, false},
        {"a faster copy", 1e9, 0.5, 256, 10, 1, 0.8e8, true},
        {"a faster copy in caches", 1e9, 0.5, 1, 10, 1, 0.2e8, true},
        {"a slower read", 1e9, 0, 256, 10, 1, 0.51e8, false},
        {"a faster read", 1e9, 0.01, 256, 10, 1, 0.4e8, true},
        {"slower arithmetic", 1, 0.5, 1, 1e9, 1, 1.01e9, false},
        {"faster arithmetic", 1, 0.5, 1, 1e9, 1, 0.9e9, true},
        {"slower launches", 1, 0.5, 1, 10, 100, 101e3, false},
        {"faster launches", 1, 0.5, 1, 10, 100, 50e3, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_ceilings ceilings = some_ceilings();
        gf_demand demand = demand_of(cases[i].bytes, cases[i].written, cases[i].mib * MIB);
        demand.operations = cases[i].operations;
        demand.segments = cases[i].segments;
        cr_expect_eq(gf_ceilings_raise(&ceilings, &demand, cases[i].compute_ns), cases[i].raises,
                     "%s", cases[i].what);
        const gf_ceiling_times times = gf_ceilings_times(&ceilings, &demand);
        const double longest = fmax(times.arithmetic, fmax(times.moving, times.launch));
        if (cases[i].raises)
            expect_near(longest, cases[i].compute_ns, cases[i].what);
        cr_expect(!gf_ceilings_raise(&ceilings, &demand, longest * (1 + 1e-9)), "%s",
                  cases[i].what);
    }
}

/* A read says nothing about copies; a large copy is the one that is shown as in memory. */
Test(ceilings, only_what_was_passed_is_raised) {
    gf_ceilings ceilings = some_ceilings();
    gf_demand demand = demand_of(1e9, 0, 256 * MIB);
    cr_assert(gf_ceilings_raise(&ceilings, &demand, 1e9 / 25));
    expect_near(ceilings.read_memory, 25e9, "read");
    expect_near(ceilings.copy_memory, 10e9, "copy");
    expect_near(ceilings.copies[6], 10e9, "large copies");
    demand.written = 0.5;
    cr_assert(gf_ceilings_raise(&ceilings, &demand, 1e9 / 12));
    expect_near(ceilings.copy_memory, 12e9, "copy");
    demand.footprint = 20 * MIB;
    cr_assert(gf_ceilings_raise(&ceilings, &demand, 1e9 / 22));
    expect_near(ceilings.copies[4], 22e9, "copies of 16 MiB");
    expect_near(ceilings.copy_memory, 12e9, "copy, as before");
}

/* A kernel whose copies alone would take nearly all of its time says next to nothing about reads:
 * 0.4 GB copied and 0.6 GB read take 70 ms by these ceilings, the copies 40 ms. */
Test(ceilings, no_read_is_raised_to_what_only_a_difference_shows) {
    static const double factors[] = {0.5, 0.9999, 1, 1.0001, 1.01, 1.5, 1.7};
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        gf_ceilings ceilings = some_ceilings();
        const gf_demand demand = demand_of(1e9, 0.2, 256 * MIB);
        const double compute_ns = 4e7 * factors[i];
        cr_assert(gf_ceilings_raise(&ceilings, &demand, compute_ns));
        expect_near(ceilings.copies[6], 10e9 * 1.75 / factors[i], "copies");
        expect_near(ceilings.reads[6], 20e9 * 1.75 / factors[i], "reads");
        expect_near(gf_ceilings_times(&ceilings, &demand).moving, compute_ns, "moving");
    }
}

/* One rate by size would be that of all smaller arrays, and hide the faster one in caches. */
Test(ceilings, a_profile_with_two_rates_keeps_two) {
    const gf_ceilings none = {.launch_ns = 0};
    for (int cached = 0; cached < 2; cached++) {
        for (int reads = 0; reads < 2; reads++) {
            gf_ceilings ceilings = some_ceilings();
            memset(ceilings.copies, 0, sizeof ceilings.copies);
            memset(ceilings.reads, 0, sizeof ceilings.reads);
            const gf_demand demand = demand_of(1e9, reads ? 0.01 : 0.5, (cached ? 8 : 9) * MIB);
            cr_assert(gf_ceilings_raise(&ceilings, &demand, 1e9 / 50));
            expect_near(ceilings.copy_cached, cached ? 50e9 : 40e9, "in caches");
            expect_near(ceilings.copy_memory, cached ? 10e9 : 50e9, "in memory");
            cr_expect_arr_eq(ceilings.copies, none.copies, sizeof none.copies);
            cr_expect_arr_eq(ceilings.reads, none.reads, sizeof none.reads);
        }
    }
}

/* A kernel of several steps may keep values in registers and caches from step to step. */
Test(ceilings, steps_between_stops_prove_nothing_about_bytes) {
    gf_ceilings ceilings = some_ceilings();
    gf_demand demand = demand_of(1e9, 0.5, 256 * MIB);
    demand.segment_steps = 2;
    cr_expect(!gf_ceilings_raise(&ceilings, &demand, 1e7));
    demand.operations = 1e8;
    cr_expect(gf_ceilings_raise(&ceilings, &demand, 1e7), "its operations count all the same");
}

Test(ceilings, what_is_written_follows_from_the_access_to_buffers) {
    static const struct {
        const char *workload;
        double written;
    } cases[] = {{"peak", 0.5}, {"diffusion", 0.5}, {"julia", 1}, {"sum", 1 / 16385.0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_params *params = NULL;
        gf_problem *problem = NULL;
        gf_error error = GF_ERROR_INIT;
        const gf_workload *workload = gf_workload_find(cases[i].workload, NULL);
        cr_assert_eq(gf_params_create(workload, &params, &error), GF_OK);
        cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
        expect_near(gf_written_share(problem), cases[i].written, cases[i].workload);
        gf_problem_destroy(problem);
        gf_params_destroy(params);
    }
}

/* What a division costs is only estimated, so prime may seem to pass any ceiling of arithmetic; a
 * picture, whose operations are counted, passes it. */
Test(ceilings, estimated_operations_raise_nothing) {
    static const char *const workloads[] = {"prime", "julia"};
    for (int exact = 0; exact < 2; exact++) {
        fake_bench bench = fake_bench_new();
        memset(fake_machines, 0, sizeof fake_machines);
        fake_add(0, "0:0", "Chosen", GF_CLASS_NATIVE)->kernel_ns = 1000000;
        FAKE_BENCH_OPEN(&bench, workloads[exact], exact ? "size=64x64" : "number=999999999999989");
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_assert_eq(gf_result_outcome(result), GF_OUTCOME_OK);
        gf_ceilings ceilings = {.f32 = 1, .f64 = 1, .integer = 1, .launch_ns = 1};
        cr_expect_eq(gf_ceilings_raise_by_result(&ceilings, bench.comparison->problem, result),
                     exact, "%s", workloads[exact]);
        cr_expect_eq(ceilings.f64 > 1, exact, "%s", workloads[exact]);
        cr_expect_eq(ceilings.f32, 1, "%s", workloads[exact]);
        cr_expect_eq(ceilings.integer, 1, "%s", workloads[exact]);
        fake_bench_close(&bench, workloads[exact]);
    }
}

/* ---- Ceilings that are kept -------------------------------------------- */

static gf_profile *stored_profile(const fake_bench *bench) {
    gf_profile *profile = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(
        gf_profile_create(&gf_session_device(bench->session, 0)->info, 1, &profile, &error), GF_OK);
    gf_profile_load(profile, NULL, 0);
    return profile;
}

/* A copy of 2 x 2 MiB in 1 ms, which the device says to be 1 ns, and a ceiling of 1 or 8 times the
 * rate by the host's clock. */
Test(ceilings, times_that_they_do_not_allow_are_not_used) {
    static const struct {
        fake_device_clock clock;
        double ceiling;
        bool refused;
    } cases[] = {{FAKE_CLOCK_NANOSECOND, 1, true},
                 {FAKE_CLOCK_NANOSECOND, 8, true},
                 {FAKE_CLOCK_RIGHT, 1, false},
                 {FAKE_CLOCK_RIGHT, 8, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fake_bench bench;
        gf_error error = GF_ERROR_INIT;
        memset(fake_machines, 0, sizeof fake_machines);
        bench = fake_bench_new();
        made_cache();
        fake_device *device = fake_add(0, "0:0", "Chosen", GF_CLASS_NATIVE);
        device->kernel_ns = 1000000;
        device->clock = cases[i].clock;
        FAKE_BENCH_OPEN(&bench, "peak", "size=512x512", "rounds=0");
        gf_profile *profile = stored_profile(&bench);
        const double rate = cases[i].ceiling * 4 * MIB / 1e-3;
        profile->ceilings = (gf_ceilings){.copy_memory = rate, .copy_cached = rate};
        profile->ceilings.copies[3] = rate;
        cr_assert(gf_profile_save(profile));
        gf_profile_destroy(profile);
        const gf_result *result = fake_bench_run(&bench, 0);
        cr_assert_null(result->ledger.clock_trouble);
        cr_assert_eq(gf_comparison_raise_ceilings(bench.comparison, result, &error), GF_OK, "%s",
                     error.text);
        cr_expect_eq(result->ledger.clock_trouble != NULL, cases[i].refused, "case %zu", i);
        cr_expect_eq(result->statistics[GF_PHASE_KERNEL].median_ns, 1000000, "case %zu", i);
        cr_expect_eq(result->statistics[GF_PHASE_LAUNCH].median_ns, 0, "case %zu", i);
        cr_expect_str_eq(result->ledger.clocks[GF_PHASE_KERNEL],
                         cases[i].refused ? "fake" : "fake events");
        fake_bench_close(&bench, "impossible");
    }
}

/* A copy of 2 x 2 MiB in 1 ms, by a device whose saved ceiling is a quarter of that. */
Test(ceilings, a_verified_run_raises_what_is_kept) {
    fake_bench bench = fake_bench_new();
    gf_error error = GF_ERROR_INIT;
    made_cache();
    fake_device *device = fake_add(0, "0:0", "Chosen", GF_CLASS_NATIVE);
    device->kernel_ns = 1000000;
    FAKE_BENCH_OPEN(&bench, "peak", "size=512x512", "rounds=0");
    const gf_result *result = fake_bench_run(&bench, 0);
    const double rate = 4 * MIB / 1e-3;
    cr_expect_eq(gf_comparison_raise_ceilings(bench.comparison, result, &error), GF_OK,
                 "without a profile");
    gf_profile *profile = stored_profile(&bench);
    cr_expect_eq(profile->ceilings.copy_memory, 0, "there is none");
    profile->ceilings = (gf_ceilings){.copy_memory = rate / 4, .copy_cached = rate / 4};
    profile->ceilings.copies[3] = rate / 4;
    cr_assert(gf_profile_save(profile));
    gf_profile_destroy(profile);
    cr_assert_eq(gf_comparison_raise_ceilings(bench.comparison, result, &error), GF_OK, "%s",
                 error.text);
    profile = stored_profile(&bench);
    expect_near(profile->ceilings.copy_memory, rate, "the kept ceiling");
    gf_profile_destroy(profile);
    /* A wrong result proves nothing. */
    device->fault = (fake_fault){FAKE_LAUNCH, device->calls[FAKE_LAUNCH] + 1, FAKE_FLIPS_FIRST, 0};
    device->kernel_ns = 1000;
    result = fake_bench_run(&bench, 0);
    cr_assert_eq(gf_result_outcome(result), GF_OUTCOME_MISMATCH);
    cr_assert_eq(gf_comparison_raise_ceilings(bench.comparison, result, &error), GF_OK);
    profile = stored_profile(&bench);
    expect_near(profile->ceilings.copy_memory, rate, "after a wrong result");
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "kept");
}
