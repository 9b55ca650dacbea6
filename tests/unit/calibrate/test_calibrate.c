/* Calibrating devices with chosen latencies, bandwidths and speeds, which must be found. */
#include <dirent.h>
#include <math.h>
#include <unistd.h>

#include "calibrate/calibrate.h"
#include "calibrate/calibrate_ceilings.h"
#include "calibrate/calibration_run.h"
#include "calibrate/profile_store.h"
#include "cpu/kernel_abi.h"
#include "fake_bench.h"
#include "made_folder.h"
#include "predict/calibration.h"

FAKE_GLOBALS

TestSuite(calibrate, .timeout = 200);

/* ---- Lines ------------------------------------------------------------- */

#define SIZES 8

static double size_at(size_t index) {
    return 4096 * pow(4, (double)index);
}

static void expect_near(double got, double want, const char *what) {
    cr_expect(fabs(got - want) <= 1e-6 * fabs(want) + 1e-6, "%s is %.17g, not %.17g", what, got,
              want);
}

Test(calibrate, lines_are_recovered_from_exact_times) {
    static const double latencies[] = {0, 1, 350, 20000, 1e7}, slopes[] = {0, 1e-3, 0.08, 1, 40};
    for (size_t i = 0; i < 25; i++) {
        const double a = latencies[i / 5], b = slopes[i % 5];
        double bytes[SIZES], ns[SIZES];
        for (size_t k = 0; k < SIZES; k++) {
            bytes[k] = size_at(k);
            ns[k] = a + b * bytes[k];
        }
        const gf_line line = gf_line_fit(bytes, ns, SIZES);
        char what[64];
        snprintf(what, sizeof what, "latency of %g + %g", a, b);
        expect_near(line.a_ns, a, what);
        snprintf(what, sizeof what, "slope of %g + %g", a, b);
        expect_near(line.b_ns, b, what);
        cr_expect_lt(line.spread, 1e-6);
        cr_expect_eq(line.count, SIZES);
        cr_expect_eq(line.least, 4096);
        cr_expect_eq(line.most, 4096 * 16384.0);
    }
}

/* At each size one time that is too long by a factor and one too short by the same: the line runs
 * between them, and the spread is the factor's logarithm, but for the two degrees of freedom. */
Test(calibrate, lines_run_through_the_middle_of_ratios) {
    static const double factors[] = {1.01, 1.3, 3};
    for (size_t f = 0; f < 3; f++) {
        double bytes[2 * SIZES], ns[2 * SIZES];
        for (size_t k = 0; k < SIZES; k++) {
            bytes[2 * k] = bytes[2 * k + 1] = size_at(k);
            ns[2 * k] = (5000 + 0.1 * size_at(k)) * factors[f];
            ns[2 * k + 1] = (5000 + 0.1 * size_at(k)) / factors[f];
        }
        const gf_line line = gf_line_fit(bytes, ns, 2 * SIZES);
        cr_expect(fabs(line.a_ns / 5000 - 1) < 1e-3, "factor %g: %g", factors[f], line.a_ns);
        cr_expect(fabs(line.b_ns / 0.1 - 1) < 1e-3, "factor %g: %g", factors[f], line.b_ns);
        const double want = log(factors[f]) * sqrt(2.0 * SIZES / (2 * SIZES - 2));
        cr_expect(fabs(line.spread / want - 1) < 1e-3, "factor %g: %g", factors[f], line.spread);
    }
}

Test(calibrate, lines_never_have_negative_parts) {
    const double bytes[] = {4096, 16384, 65536, 262144};
    const double falling[] = {4000, 3000, 2000, 1000}, steep[] = {10, 100, 1000, 10000};
    const gf_line flat = gf_line_fit(bytes, falling, 4), origin = gf_line_fit(bytes, steep, 4);
    cr_expect_eq(flat.b_ns, 0);
    cr_expect_gt(flat.a_ns, 1000);
    cr_expect_lt(flat.a_ns, 4000);
    cr_expect_eq(origin.a_ns, 0);
    cr_expect_gt(origin.b_ns, 0);
    cr_expect_eq(gf_line_fit(bytes, falling, 0).count, 0);
    const gf_line one = gf_line_fit(bytes, falling, 1);
    expect_near(one.a_ns, 4000, "one time");
    cr_expect(one.b_ns == 0 && one.count == 1);
}

/* ---- Chosen devices ---------------------------------------------------- */

#define MIB (UINT64_C(1) << 20)

/* With 64 MiB of memory, of which calibration uses a quarter for one buffer. */
static fake_device *add_chosen(const char *id) {
    fake_device *device = fake_add(0, id, "Chosen", GF_CLASS_GPU);
    device->info.global_memory_bytes = 64 * MIB;
    device->pinned_arrays = 1000000;
    device->h2d_latency_ns = 20000;
    device->d2h_latency_ns = 30000;
    device->bytes_per_ns = 16;
    device->create_ns = 5000;
    device->launch_ns = 7000;
    device->kernel_ns = 40000000;
    return device;
}

static fake_device *chosen_device(void) {
    return add_chosen("0:0");
}

static gf_profile *new_profile(const gf_session *session) {
    gf_profile *profile = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_profile_create(&gf_session_device(session, 0)->info, 1, &profile, &error),
                 GF_OK);
    return profile;
}

static gf_status try_calibration(fake_bench *bench, gf_profile *profile, gf_error *error) {
    const gf_context context = {bench->session, &bench->options};
    return gf_calibrate(&context, gf_session_device(bench->session, 0), profile, error);
}

/* The session keeps the address of the bench's backend. */
static void open_bench(fake_bench *bench) {
    *bench = fake_bench_new();
    fake_bench_open_session(bench, gf_workload_find("peak", NULL), NULL);
}

static gf_profile *calibrated(fake_bench *bench) {
    gf_profile *profile = new_profile(bench->session);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(try_calibration(bench, profile, &error), GF_OK, "%s", error.text);
    return profile;
}

static void expect_transfers(const gf_profile *profile, gf_memory_kind kind) {
    const double latencies[GF_DIRECTIONS] = {20000, 30000};
    for (size_t d = 0; d < GF_DIRECTIONS; d++) {
        const gf_line *line = &profile->transfers[d][kind];
        cr_assert_eq(line->count, 7, "%s: %u sizes", gf_memory_kind_name(kind), line->count);
        expect_near(line->a_ns, latencies[d], gf_memory_kind_name(kind));
        expect_near(line->b_ns, 1.0 / 16, gf_memory_kind_name(kind));
        cr_expect_lt(line->spread, 1e-6);
        cr_expect_eq(line->least, 4096);
        cr_expect_eq(line->most, 16.0 * MIB);
    }
}

Test(calibrate, a_device_with_memory_of_its_own_is_measured_as_chosen) {
    chosen_device();
    fake_bench bench;
    open_bench(&bench);
    gf_profile *profile = calibrated(&bench);
    expect_transfers(profile, GF_MEMORY_PAGEABLE);
    expect_transfers(profile, GF_MEMORY_PINNED);
    cr_expect_eq(profile->transfers[GF_UP][GF_MEMORY_MAPPED].count, 0);
    cr_expect_eq(profile->used, GF_MEMORY_PINNED);
    expect_near(profile->first_touch.a_ns, 5000, "first touch");
    cr_expect_lt(profile->first_touch.b_ns, 1e-9);
    /* The fake's kernel takes the same time for any problem: 40 ms and the launch, which is no part
     * of the rate of copies and reads. */
    const gf_ceilings *ceilings = &profile->ceilings;
    expect_near(ceilings->launch_ns, 40007000, "launch");
    expect_near(ceilings->f64, 256 * 256 * 16 * 4 / 40007000e-9, "f64");
    expect_near(ceilings->f32, 256 * 256 * 16 * 4 / 40007000e-9, "f32");
    expect_near(ceilings->integer, 256 * 256 * 16 * 4 / 40007000e-9, "integer");
    /* 16 MiB, the largest of both arrays that may be, are copied 17 times. */
    expect_near(ceilings->copy_memory, 17 * 16.0 * MIB / 40000000e-9, "copy");
    expect_near(ceilings->read_memory, 17 * 16.0 * MIB / 40000000e-9, "read");
    /* The smallest copies are of 32 KiB; each size moves 256 MiB, an odd number of times. */
    expect_near(ceilings->copies[0], 8193 * 32768 / 40000000e-9, "smallest copy");
    expect_near(ceilings->reads[0], 4097 * 65536 / 40000000e-9, "smallest read");
    expect_near(ceilings->copies[2], 257.0 * MIB / 40000000e-9, "copy of 1 MiB");
    expect_near(ceilings->copy_cached, ceilings->copy_memory, "cached copy");
    cr_expect_eq(ceilings->cached_bytes, 0, "no caches were seen");
    cr_expect_gt(profile->took_s, 0.05);
    cr_expect_eq(strlen(profile->measured_at), strlen("2026-05-21T12:00:00Z"));
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "own memory");
}

Test(calibrate, a_device_that_shares_memory_is_measured_in_place) {
    fake_device *device = chosen_device();
    device->in_place = true;
    device->info.f64 = false;
    fake_bench bench;
    open_bench(&bench);
    gf_profile *profile = calibrated(&bench);
    expect_transfers(profile, GF_MEMORY_MAPPED);
    expect_transfers(profile, GF_MEMORY_PAGEABLE);
    cr_expect_eq(profile->transfers[GF_UP][GF_MEMORY_PINNED].count, 0);
    cr_expect_eq(profile->used, GF_MEMORY_MAPPED);
    cr_expect_eq(profile->ceilings.f64, 0, "it has none");
    cr_expect_gt(profile->ceilings.f32, 0);
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "in place");
}

Test(calibrate, without_pinned_memory_round_trips_use_plain_memory) {
    fake_device *device = chosen_device();
    device->pinned_arrays = 0;
    fake_bench bench;
    open_bench(&bench);
    gf_profile *profile = calibrated(&bench);
    expect_transfers(profile, GF_MEMORY_PAGEABLE);
    cr_expect_eq(profile->transfers[GF_DOWN][GF_MEMORY_PINNED].count, 0);
    cr_expect_eq(profile->used, GF_MEMORY_PAGEABLE);
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "plain");
}

/* ---- Noise ------------------------------------------------------------- */

/* The first 6 uploads of 1 MiB, which are 3 of 5 passes, take twice as long: their median is wrong
 * until they are measured again. */
static uint32_t slow_left;

static gf_status slow_write(gf_buffer *buffer, const void *source, gf_error *error) {
    const uint64_t before = fake_time_ns;
    const gf_status status = fake_buffer_write(buffer, source, error);
    if (buffer->bytes == MIB && slow_left > 0) {
        fake_time_ns += fake_time_ns - before;
        slow_left--;
    }
    return status;
}

Test(calibrate, noisy_times_are_measured_again) {
    chosen_device();
    fake_bench bench = fake_bench_new();
    bench.backend.buffer_write = slow_write;
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    slow_left = 6;
    gf_profile *profile = calibrated(&bench);
    expect_transfers(profile, GF_MEMORY_PAGEABLE);
    expect_transfers(profile, GF_MEMORY_PINNED);
    cr_expect_eq(slow_left, 0);
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "noise");
}

/* A device whose times never stabilise must not be measured for ever. */
static gf_status restless_write(gf_buffer *buffer, const void *source, gf_error *error) {
    static uint64_t calls;
    fake_time_ns += 40000 * (calls++ % 3);
    return fake_buffer_write(buffer, source, error);
}

Test(calibrate, a_restless_device_has_a_wide_spread_and_an_end) {
    fake_device *device = chosen_device();
    fake_bench bench = fake_bench_new();
    bench.backend.buffer_write = restless_write;
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    gf_profile *profile = calibrated(&bench);
    cr_expect_gt(profile->transfers[GF_UP][GF_MEMORY_PINNED].a_ns, 20000);
    cr_expect_lt(device->calls[FAKE_BUFFER_WRITE], 5000);
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "restless");
}

/* ---- First touch ------------------------------------------------------- */

/* Pages of 4 KiB cost 0.3 ns a byte, and those of large arrays 0.05. */
static gf_status create_by_pages(gf_buffer *buffer, gf_error *error) {
    fake_time_ns += (uint64_t)((double)buffer->bytes * (buffer->bytes < 2 * MIB ? 0.3 : 0.05));
    return fake_buffer_create(buffer, error);
}

Test(calibrate, large_arrays_have_a_first_touch_of_their_own) {
    chosen_device()->info.global_memory_bytes = 256 * MIB;
    fake_bench bench = fake_bench_new();
    bench.backend.buffer_create = create_by_pages;
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    gf_profile *profile = calibrated(&bench);
    static const struct {
        double bytes, per_byte;
    } cases[] = {{4096, 0.3}, {100000, 0.3}, {1e6, 0.3}, {4.5e6, 0.05}, {1e8, 0.05}};
    for (size_t i = 0; i < 5; i++) {
        const gf_line *line = gf_profile_first_touch(profile, cases[i].bytes);
        const double ns = line->a_ns + line->b_ns * cases[i].bytes;
        const double want = 5000 + cases[i].per_byte * cases[i].bytes;
        cr_expect(fabs(ns / want - 1) < 1e-3, "%g bytes: %g ns for %g", cases[i].bytes, ns, want);
    }
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "pages");
}

/* ---- Other programs ---------------------------------------------------- */

/* Every watch reads twice. From read `busy_from` to read `busy_to` another program runs, and the
 * threads of this one wait for it. */
static uint32_t contention_reads, busy_from, busy_to;

static gf_contention read_chosen(void) {
    const uint32_t now = ++contention_reads;
    const bool busy = now >= busy_from && now <= busy_to;
    return (gf_contention){.waited_ns = UINT64_C(1000000000000) * now, .others = busy ? 1 : 0};
}

typedef struct disturbed_run {
    gf_profile_parts disturbed;
    uint32_t launches, creations, reads;
} disturbed_run;

static disturbed_run calibrate_beside(uint32_t from, uint32_t to) {
    fake_bench bench;
    memset(fake_machines, 0, sizeof fake_machines);
    fake_device *device = chosen_device();
    device->info.global_memory_bytes = 4 * MIB;
    open_bench(&bench);
    bench.session->read_contention = read_chosen;
    contention_reads = 0;
    busy_from = from;
    busy_to = to;
    gf_profile *profile = calibrated(&bench);
    const disturbed_run run = {profile->disturbed, device->calls[FAKE_LAUNCH],
                               device->calls[FAKE_BUFFER_CREATE], contention_reads};
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "beside another program");
    return run;
}

static bool is_disturbed(const gf_profile_parts *d) {
    return d->transfers || d->first_touch || d->launch || d->copies || d->reads || d->arithmetic;
}

#define ATTEMPTS 3
/* The first touch and three kinds of memory are watched before the launch. */
#define LAUNCH_READ 9

Test(calibrate, what_other_programs_disturb_is_measured_again) {
    const disturbed_run quiet = calibrate_beside(1, 0);
    cr_expect(!is_disturbed(&quiet.disturbed));
    const disturbed_run touched = calibrate_beside(1, 2), launched = calibrate_beside(9, 10);
    cr_expect(!is_disturbed(&touched.disturbed) && !is_disturbed(&launched.disturbed));
    cr_expect_gt(touched.creations, quiet.creations + 20, "first touches: %u", touched.creations);
    cr_expect_eq(launched.reads, quiet.reads + 2);
    cr_expect_gt(launched.launches, quiet.launches + 4);
    cr_expect_eq(launched.creations - quiet.creations, 2, "one more run has two buffers");
}

Test(calibrate, what_stays_disturbed_is_marked) {
    const disturbed_run launched = calibrate_beside(LAUNCH_READ, LAUNCH_READ - 1 + 2 * ATTEMPTS);
    cr_expect(launched.disturbed.launch && !launched.disturbed.transfers &&
              !launched.disturbed.copies);
    const disturbed_run all = calibrate_beside(1, UINT32_MAX);
    cr_expect(all.disturbed.transfers && all.disturbed.first_touch && all.disturbed.launch &&
              all.disturbed.copies && all.disturbed.reads && all.disturbed.arithmetic);
    cr_expect_lt(all.launches, 20000, "measuring ends");
}

/* ---- The best kernel at hand ------------------------------------------- */

static gf_status prepare_faster_plain(gf_device *device, const gf_problem *problem,
                                      const char *variant, const gf_tuning *tuning,
                                      gf_program **program, gf_error *error) {
    const gf_status status = fake_prepare(device, problem, variant, tuning, program, error);
    if (status == GF_OK && strcmp(variant, "plain") == 0)
        (*program)->kernel_ns /= 2;
    return status;
}

/* "best" is the default and takes twice as long as "plain". */
Test(calibrate, ceilings_are_those_of_the_fastest_kernel) {
    chosen_device();
    fake_bench bench = fake_bench_new();
    bench.backend.prepare = prepare_faster_plain;
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    gf_profile *profile = calibrated(&bench);
    const gf_ceilings *ceilings = &profile->ceilings;
    expect_near(ceilings->launch_ns, 40007000, "the usual launch");
    expect_near(ceilings->least_launch_ns, 20007000, "the shortest launch");
    expect_near(ceilings->f64, 256 * 256 * 16 * 4 / 20007000e-9, "f64");
    expect_near(ceilings->copy_memory, 17 * 16.0 * MIB / 20000000e-9, "copy");
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "fastest");
}

/* Without them ceilings would be missing, or those of stores through the caches, and no message
 * would say so. */
Test(calibrate, what_ceilings_are_measured_with_exists) {
    gf_error error = GF_ERROR_INIT;
    const gf_workload *peak = gf_calibrate_workload(&error);
    cr_assert_not_null(peak, "%s", error.text);
    uint32_t ways = 0;
    for (uint32_t i = 0; i < peak->cpu_tunable_count; i++)
        ways += strcmp(peak->cpu_tunables[i].name, GF_STORES_TUNABLE) == 0;
    cr_expect_eq(ways, 1);
}

/* Copies are tried with both ways of their stores, reads with one: they store nothing. */
static uint32_t past_copies, past_reads;

static gf_status prepare_counted(gf_device *device, const gf_problem *problem, const char *variant,
                                 const gf_tuning *tuning, gf_program **program, gf_error *error) {
    const bool past = tuning->count > 0 && tuning->values[0] == 2;
    past_copies += past && problem->has_pair;
    past_reads += past && !problem->has_pair;
    return fake_prepare(device, problem, variant, tuning, program, error);
}

Test(calibrate, the_way_of_stores_is_not_tried_in_reads) {
    static const uint32_t both[] = {1, 2, 0}, usual[] = {1};
    static const gf_tunable stores = {GF_STORES_TUNABLE, "1: through the caches, 2: past them", 1,
                                      2, both};
    fake_device *device = chosen_device();
    device->info.global_memory_bytes = 256 * MIB; /* room for arrays beyond caches */
    device->tunables = &stores;
    device->tunable_count = 1;
    device->tuning_defaults = usual;
    fake_bench bench = fake_bench_new();
    bench.backend.prepare = prepare_counted;
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    gf_profile_destroy(calibrated(&bench));
    cr_expect_gt(past_copies, 0);
    cr_expect_eq(past_reads, 0, "%u reads", past_reads);
    fake_bench_close(&bench, "stores");
}

/* ---- Launches that are most of a run ----------------------------------- */

/* All rounds of elements of 32 bits at once: a real is lifted by d - 1/2 in each, an integer takes
 * two steps of generators. */
static uint32_t leap(const gf_kernel_args *args) {
    const uint32_t count = gf_arg_u32(args, "count"), rounds = gf_arg_u32(args, "rounds");
    if (gf_arg_u32(args, "integer") == 0) {
        const float *const from = args->buffers[0];
        float *const to = args->buffers[1];
        const double lift = rounds * (gf_arg_f64(args, "d") - 0.5);
        for (uint32_t i = 0; i < count; i++)
            to[i] = (float)((double)from[i] + lift);
        return 1;
    }
    const uint32_t *const from = args->buffers[0];
    uint32_t *const to = args->buffers[1];
    const uint32_t a = gf_arg_u32(args, "a"), b = gf_arg_u32(args, "b");
    const uint32_t c = gf_arg_u32(args, "c"), d = gf_arg_u32(args, "d");
    uint32_t factor = 1, addend = 0;
    for (uint32_t r = 0; r < rounds; r++) {
        factor = factor * a * c;
        addend = (addend * a + b) * c + d;
    }
    for (uint32_t i = 0; i < count; i++)
        to[i] = from[i] * factor + addend;
    return 1;
}

static gf_status prepare_leap(gf_device *device, const gf_problem *problem, const char *variant,
                              const gf_tuning *tuning, gf_program **program, gf_error *error) {
    const gf_status status = fake_prepare(device, problem, variant, tuning, program, error);
    if (status == GF_OK && problem->cost.operations > 0)
        (*program)->kernel = leap;
    return status;
}

#define OPERATIONS_PER_NS 1e4
#define LARGE_START_NS    1e5 /* of a large array, whatever is computed */
#define LARGE_COUNT       1e6
#define NS_PER_BYTE       0.15

static uint64_t arithmetic_ns(const fake_device *device, const gf_problem *problem) {
    const gf_cost *cost = &problem->cost;
    const double start_ns = 8 * LARGE_COUNT <= cost->bytes ? LARGE_START_NS : 0;
    (void)device;
    if (cost->operations <= 0)
        return 1000 + (uint64_t)(cost->bytes * NS_PER_BYTE);
    return 1000 + (uint64_t)(start_ns + cost->operations / OPERATIONS_PER_NS);
}

/* A launch of 1 ms, in which 1e10 operations could be done: the second rung of the ladder has 27 us
 * of them, and 100 us that do not grow, so that the third is still too short. */
Test(calibrate, long_launches_hide_no_arithmetic) {
    fake_device *device = chosen_device();
    device->info.f64 = false;
    device->launch_ns = 1000000;
    device->problem_ns = arithmetic_ns;
    fake_bench bench = fake_bench_new();
    bench.backend.prepare = prepare_leap;
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    gf_profile *profile = calibrated(&bench);
    const gf_ceilings *ceilings = &profile->ceilings;
    cr_expect_float_eq(ceilings->f32 / (1e9 * OPERATIONS_PER_NS), 1, 0.01, "%g", ceilings->f32);
    cr_expect_float_eq(ceilings->integer / (1e9 * OPERATIONS_PER_NS), 1, 0.01, "%g",
                       ceilings->integer);
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "long launches");
}

/* ---- What goes wrong --------------------------------------------------- */

static void expect_untouched(gf_profile *profile, const gf_session *session) {
    gf_profile *empty = new_profile(session);
    cr_expect_arr_eq(profile, empty, sizeof *profile, "the profile was touched");
    gf_profile_destroy(empty);
    gf_profile_destroy(profile);
}

/* Arithmetic runs briefly and then, at length, is refused. */
static gf_status prepare_every_other(gf_device *device, const gf_problem *problem,
                                     const char *variant, const gf_tuning *tuning,
                                     gf_program **program, gf_error *error) {
    static uint32_t calls;
    if (problem->cost.operations > 0 && ++calls % 2 == 0)
        return gf_error_set(error, GF_UNSUPPORTED, "not now");
    return fake_prepare(device, problem, variant, tuning, program, error);
}

Test(calibrate, a_kernel_that_is_refused_later_has_no_endless_rate) {
    chosen_device()->variants[1] = NULL;
    fake_bench bench = fake_bench_new();
    bench.backend.prepare = prepare_every_other;
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    gf_profile *profile = calibrated(&bench);
    cr_expect(isfinite(profile->ceilings.f64), "%g", profile->ceilings.f64);
    cr_expect(isfinite(profile->ceilings.f32), "%g", profile->ceilings.f32);
    cr_expect_gt(profile->ceilings.copy_memory, 0);
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "refused later");
}

Test(calibrate, failures_leave_the_profile_as_it_was) {
    static const fake_slot slots[] = {FAKE_OPEN,         FAKE_HOST_ARRAY_CREATE, FAKE_BUFFER_CREATE,
                                      FAKE_BUFFER_WRITE, FAKE_BUFFER_READ,       FAKE_LAUNCH};
    fake_device *device = chosen_device();
    for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        memset(device->calls, 0, sizeof device->calls);
        device->fault = (fake_fault){slots[i], 1, FAKE_FAILS, GF_FAILED};
        fake_bench bench;
        open_bench(&bench);
        gf_profile *profile = new_profile(bench.session);
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(try_calibration(&bench, profile, &error), GF_FAILED, "%s",
                     fake_slot_name(slots[i]));
        cr_expect_not_null(strstr(error.text, "injected into"), "%s", error.text);
        gf_error_clear(&error);
        expect_untouched(profile, bench.session);
        fake_bench_close(&bench, fake_slot_name(slots[i]));
    }
}

Test(calibrate, an_interruption_leaves_the_profile_as_it_was) {
    static volatile sig_atomic_t cancel;
    fake_device *device = chosen_device();
    device->cancel = &cancel;
    static const struct {
        fake_slot slot;
        uint32_t call;
    } places[] = {{FAKE_BUFFER_CREATE, 3}, {FAKE_BUFFER_WRITE, 50}, {FAKE_LAUNCH, 20}};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        memset(device->calls, 0, sizeof device->calls);
        device->fault = (fake_fault){places[i].slot, places[i].call, FAKE_CANCELS, GF_OK};
        cancel = 0;
        fake_bench bench;
        open_bench(&bench);
        bench.options.cancel = &cancel;
        gf_profile *profile = new_profile(bench.session);
        gf_error error = GF_ERROR_INIT;
        cr_expect_eq(try_calibration(&bench, profile, &error), GF_INTERRUPTED, "place %zu", i);
        expect_untouched(profile, bench.session);
        fake_bench_close(&bench, "interrupted");
    }
}

static uint32_t reports, last_done;

static void count_report(const gf_progress *progress, void *context) {
    (void)context;
    cr_expect_str_eq(progress->stage, "calibration");
    cr_expect_eq(progress->done, reports);
    cr_expect_lt(progress->done, progress->planned);
    last_done = progress->planned - progress->done;
    reports++;
}

Test(calibrate, progress_counts_every_piece) {
    chosen_device();
    fake_bench bench;
    open_bench(&bench);
    bench.options.progress = count_report;
    gf_profile_destroy(calibrated(&bench));
    cr_expect_eq(last_done, 1, "%u pieces are missing", last_done - 1);
    fake_bench_close(&bench, "progress");
}

/* ---- Loading or measuring ---------------------------------------------- */

static const char *cache;

static void use_empty_cache(void) {
    cache = made_cache();
}

/* Overwrites the one stored profile. */
static void damage_stored(void) {
    char folder[128], path[512] = "";
    snprintf(folder, sizeof folder, "%s/gpufare", cache);
    DIR *listing = opendir(folder);
    cr_assert_not_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (strncmp(entry->d_name, "profile-", 8) == 0)
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    }
    closedir(listing);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file, "%s", path);
    fputs("{\"schema\": \"gpufare.profile/1\"}", file);
    cr_assert_eq(fclose(file), 0);
}

/* `words`: part of the reason that the stored profile can't be used; NULL: there is none. */
static void expect_profile(fake_bench *bench, const char *words, bool measured) {
    fake_device *device = &fake_machines[0].devices[0];
    const uint32_t before = device->calls[FAKE_BUFFER_WRITE];
    gf_profile *profile = NULL;
    char why[256];
    gf_error error = GF_ERROR_INIT;
    const gf_context context = {bench->session, &bench->options};
    cr_assert_eq(gf_profile_load_or_measure(&context, gf_session_device(bench->session, 0),
                                            &profile, why, sizeof why, &error),
                 GF_OK, "%s", error.text);
    cr_expect_eq(why[0] == '\0', words == NULL, "%s", why);
    cr_expect(words == NULL || strstr(why, words) != NULL, "%s", why);
    cr_expect_eq(device->calls[FAKE_BUFFER_WRITE] > before, measured);
    cr_expect_gt(profile->transfers[GF_UP][GF_MEMORY_PINNED].count, 0);
    cr_expect_gt(profile->ceilings.f64, 0);
    gf_profile_destroy(profile);
}

Test(calibrate, a_stored_profile_is_not_measured_again) {
    use_empty_cache();
    fake_device *device = chosen_device();
    fake_bench bench;
    open_bench(&bench);
    expect_profile(&bench, NULL, true);
    expect_profile(&bench, NULL, false);
    damage_stored();
    expect_profile(&bench, "damaged: gpufare is missing", true);
    expect_profile(&bench, NULL, false);
    fake_bench_close(&bench, "stored");
    device->info.driver = "2.0";
    open_bench(&bench);
    expect_profile(&bench, "the driver '1.0', and this is '2.0'", true);
    expect_profile(&bench, NULL, false);
    fake_bench_close(&bench, "another driver");
}

/* ---- All devices ------------------------------------------------------- */

static gf_calibration *new_calibration(const fake_bench *bench, bool cases) {
    gf_calibration *calibration = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_calibration_create(bench->session, "all", NULL, cases, &bench->options,
                                       &calibration, &error),
                 GF_OK, "%s", error.text);
    return calibration;
}

Test(calibrate, options_and_style_may_be_left_out) {
    use_empty_cache();
    chosen_device();
    fake_bench bench = fake_bench_new();
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    gf_calibration *calibration = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(
        gf_calibration_create(bench.session, "all", NULL, false, NULL, &calibration, &error), GF_OK,
        "%s", error.text);
    FILE *stream = tmpfile();
    cr_assert_not_null(stream);
    cr_expect_eq(gf_calibration_report(calibration, GF_FORMAT_TEXT, NULL, stream, &error), GF_OK);
    cr_expect_eq(gf_calibration_report(calibration, (gf_format)9, NULL, stream, &error), GF_USAGE);
    fclose(stream);
    gf_calibration_destroy(calibration);
    fake_bench_close(&bench, "no options");
}

static size_t cases_of(const gf_profile *profile, const char *workload, gf_precision precision) {
    size_t count = 0;
    for (size_t i = 0; i < profile->case_count; i++)
        count += strcmp(profile->cases[i].workload, workload) == 0 &&
                 profile->cases[i].precision == precision;
    return count;
}

/* Room for the smaller cases of every workload: the larger ones take their time. */
#define LITTLE_MEMORY (10 * MIB)

/* Whether there is room for a case, "NAME=VALUE NAME=VALUE". */
static bool fits(const gf_workload *workload, const char *text, gf_precision precision) {
    char copy[128], *rest = NULL;
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_params_create(workload, &params, &error), GF_OK, "%s", error.text);
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        *value++ = '\0';
        cr_assert_eq(gf_params_set(params, word, value, &error), GF_OK, "%s", error.text);
    }
    if (precision != GF_PRECISION_INTEGER)
        cr_assert_eq(gf_params_set(params, "precision", gf_precision_name(precision), &error),
                     GF_OK, "%s", error.text);
    cr_assert_eq(gf_problem_create(params, &problem, &error), GF_OK, "%s", error.text);
    const bool room = gf_problem_bytes(problem) <= LITTLE_MEMORY;
    gf_problem_destroy(problem);
    gf_params_destroy(params);
    return room;
}

static size_t cases_that_fit(const gf_workload *workload, gf_precision precision) {
    size_t cases = 0;
    for (const char *const *text = workload->calibration; *text != NULL; text++)
        cases += fits(workload, *text, precision);
    return cases;
}

/* Every workload has its cases, in each precision that it has. */
static void expect_all_cases(const gf_profile *profile) {
    for (size_t i = 0; i < gf_workload_count(); i++) {
        const gf_workload *workload = gf_workload_at(i);
        const bool whole = cases_of(profile, workload->name, GF_PRECISION_INTEGER) > 0;
        for (int p = 0; p <= GF_PRECISION_INTEGER; p++) {
            const gf_precision precision = (gf_precision)p;
            const bool wanted = whole == (precision == GF_PRECISION_INTEGER);
            const size_t cases = wanted ? cases_that_fit(workload, precision) : 0;
            cr_expect_eq(cases_of(profile, workload->name, precision), cases, "%s in %s",
                         workload->name, gf_precision_name(precision));
            cr_expect(!wanted || cases >= 5, "%s: only %zu cases", workload->name, cases);
        }
    }
}

Test(calibrate, a_device_that_fails_is_noted_and_the_others_are_measured) {
    use_empty_cache();
    chosen_device()->fault = (fake_fault){FAKE_OPEN, 1, FAKE_FAILS, GF_FAILED};
    add_chosen("0:1")->info.global_memory_bytes = LITTLE_MEMORY;
    fake_bench bench;
    open_bench(&bench);
    gf_calibration *calibration = new_calibration(&bench, true);
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_calibration_device_count(calibration), 2);
    cr_expect_eq(gf_calibration_note_count(calibration), 0);
    cr_expect_gt(gf_calibration_seconds(calibration), 10);
    cr_assert_eq(gf_calibration_measure(calibration, &error), GF_OK, "%s", error.text);
    cr_assert_eq(gf_calibration_note_count(calibration), 1);
    cr_expect_not_null(
        strstr(gf_calibration_note(calibration, 0), "0:0 could not be measured: inj"));
    cr_expect(!calibration->devices[0].known && calibration->devices[1].known);
    expect_all_cases(calibration->devices[1].profile);
    gf_profile *kept = calibration->devices[1].profile;
    const size_t cases = kept->case_count;
    cr_assert_eq(gf_profile_load(kept, NULL, 0), GF_PROFILE_LOADED);
    cr_expect_eq(kept->case_count, cases, "the stored profile has %zu cases", kept->case_count);
    cr_expect_eq(gf_profile_load(calibration->devices[0].profile, NULL, 0), GF_PROFILE_NONE);
    gf_calibration_destroy(calibration);
    fake_bench_close(&bench, "one fails");
}

/* Sum has only the other variant. */
static const char *variants_but_of_sum(const gf_device *device, const gf_workload *workload,
                                       const gf_problem *problem, size_t index) {
    if (strcmp(gf_workload_name(workload), "sum") == 0)
        return index == 0 ? "best" : NULL;
    return fake_variant(device, workload, problem, index);
}

Test(calibrate, notes_of_stored_profiles_go_and_notes_of_omissions_stay) {
    static volatile sig_atomic_t enough;
    use_empty_cache();
    chosen_device();
    fake_bench bench = fake_bench_new();
    bench.backend.variant = variants_but_of_sum;
    bench.options.cancel = &enough;
    fake_bench_open_session(&bench, gf_workload_find("peak", NULL), NULL);
    expect_profile(&bench, NULL, true);
    damage_stored();
    gf_calibration *calibration = NULL;
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_calibration_create(bench.session, "0:0:plain", NULL, true, &bench.options,
                                       &calibration, &error),
                 GF_OK, "%s", error.text);
    /* One for the stored profile, and one for both precisions of sum. */
    cr_assert_eq(gf_calibration_note_count(calibration), 2);
    cr_expect_eq(gf_calibration_replaced_count(calibration), 1);
    cr_expect_not_null(
        strstr(gf_calibration_note(calibration, 0), "the stored profile of 0:0 is dam"));
    cr_expect_not_null(strstr(gf_calibration_note(calibration, 1), "left out sum: "));
    enough = 1; /* the notes change before measuring begins */
    cr_expect_eq(gf_calibration_measure(calibration, &error), GF_INTERRUPTED);
    gf_error_clear(&error);
    cr_assert_eq(gf_calibration_note_count(calibration), 1);
    cr_expect_eq(gf_calibration_replaced_count(calibration), 0);
    cr_expect_not_null(strstr(gf_calibration_note(calibration, 0), "left out sum: "));
    cr_expect_null(gf_calibration_note(calibration, 1));
    gf_calibration_destroy(calibration);
    fake_bench_close(&bench, "notes");
}

Test(calibrate, when_every_device_fails_the_first_reason_is_the_error) {
    use_empty_cache();
    chosen_device()->fault = (fake_fault){FAKE_LAUNCH, 1, FAKE_FAILS, GF_FAILED};
    fake_bench bench;
    open_bench(&bench);
    gf_calibration *calibration = new_calibration(&bench, false);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_calibration_measure(calibration, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "0:0 could not be measured: "), "%s", error.text);
    gf_calibration_destroy(calibration);
    fake_bench_close(&bench, "all fail");
    cr_expect_eq(rmdir(cache), 0, "something was stored");
}
