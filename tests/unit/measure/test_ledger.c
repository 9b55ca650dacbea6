/* The ledger: what a fake clock says each phase must be, to the nanosecond. */
#include <criterion/criterion.h>

#include "fake_bench.h"
#include "measure/ledger.h"

FAKE_GLOBALS

TestSuite(ledger, .timeout = 120);

/* A GPU with slow transfers: every number is different, so that none can stand for another. */
static fake_device *add_gpu(void) {
    fake_device *device = fake_add(0, "0:0", "Fake GPU", GF_CLASS_GPU);
    device->open_ns = 700000;
    device->prepare_ns = 5000000;
    device->create_ns = 3000;
    device->h2d_latency_ns = 11000;
    device->d2h_latency_ns = 13000;
    device->bytes_per_ns = 12;
    device->launch_ns = 8000;
    device->kernel_ns = 2000000;
    return device;
}

static uint64_t sample(const gf_result *result, gf_phase phase, uint32_t index) {
    cr_assert_lt(index, result->ledger.phases[phase].count, "%s sample %u is missing",
                 gf_phase_name(phase), index);
    return result->ledger.phases[phase].ns[index];
}

static void expect_sums(const gf_result *result, const char *name) {
    const uint32_t count = result->ledger.phases[GF_PHASE_TOTAL].count;
    cr_expect_gt(count, 0, "%s: no samples", name);
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t sum = sample(result, GF_PHASE_H2D, i) + sample(result, GF_PHASE_LAUNCH, i) +
                             sample(result, GF_PHASE_KERNEL, i) + sample(result, GF_PHASE_D2H, i) +
                             sample(result, GF_PHASE_UNEXPLAINED, i);
        cr_expect_eq(sum, sample(result, GF_PHASE_TOTAL, i),
                     "%s: sample %u adds up to %ju, not %ju", name, i, (uintmax_t)sum,
                     (uintmax_t)sample(result, GF_PHASE_TOTAL, i));
    }
}

static void expect_all(const gf_result *result, gf_phase phase, uint64_t ns, const char *name) {
    const uint32_t count = result->ledger.phases[phase].count;
    cr_expect_gt(count, 0, "%s: %s has no samples", name, gf_phase_name(phase));
    for (uint32_t i = 0; i < count; i++)
        cr_expect_eq(sample(result, phase, i), ns, "%s: %s sample %u is %ju, not %ju", name,
                     gf_phase_name(phase), i, (uintmax_t)sample(result, phase, i), (uintmax_t)ns);
}

static void add_trip(gf_ledger *timing, uint64_t h2d, uint64_t wall, uint64_t d2h, uint64_t total) {
    const gf_round_trip trip = {.h2d_ns = h2d,
                                .compute_wall_ns = wall,
                                .device_ns = wall / 2,
                                .d2h_ns = d2h,
                                .total_ns = total,
                                .device_clock_ok = true,
                                .device_clock = "device"};
    cr_assert_eq(gf_ledger_add(timing, &trip, "host", NULL), GF_OK);
}

/* ---- One stop ---------------------------------------------------------- */

Test(ledger, every_phase_is_what_the_device_took) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 3;
    FAKE_BENCH_OPEN(&bench, "julia", "size=40x30", "max-iter=20", "inputs=list");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    const uint64_t list_bytes = 40 * 30 * 16, count_bytes = 40 * 30 * 2;
    expect_all(result, GF_PHASE_H2D, 2 * (11000 + list_bytes / 12), "julia");
    expect_all(result, GF_PHASE_LAUNCH, 8000, "julia");
    expect_all(result, GF_PHASE_KERNEL, 2000000, "julia");
    expect_all(result, GF_PHASE_D2H, 13000 + count_bytes / 12, "julia");
    expect_all(result, GF_PHASE_UNEXPLAINED, 0, "julia");
    expect_all(result, GF_PHASE_ALLOC, 3 * 3000, "julia");
    expect_all(result, GF_PHASE_BUILD, 5000000, "julia: opening is no part of the build");
    expect_sums(result, "julia");
    cr_expect_eq(result->ledger.phases[GF_PHASE_TOTAL].count, 3);
    cr_expect_str_eq(result->ledger.clocks[GF_PHASE_KERNEL], "fake events");
    cr_expect_str_eq(result->ledger.clocks[GF_PHASE_TOTAL], "fake");
    cr_expect_null(result->ledger.clock_trouble);
    fake_bench_close(&bench, "one stop");
}

Test(ledger, generated_inputs_cost_no_upload) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=40x30", "max-iter=20");
    const gf_result *result = fake_bench_run(&bench, 0);
    expect_all(result, GF_PHASE_H2D, 0, "generated");
    expect_sums(result, "generated");
    fake_bench_close(&bench, "generated");
}

static void spend_a_second(const gf_progress *progress, void *context) {
    (void)progress;
    (void)context;
    fake_time_ns += UINT64_C(1000000000);
}

/* Reading the clock costs time here, as it does in life: that alone may be unexplained. Poisoning,
 * verification and progress lie outside the round trip. */
static void check_default_size(const char *workload) {
    add_gpu();
    fake_reading_ns = 60;
    fake_bench bench = fake_bench_new();
    bench.options.progress = spend_a_second;
    FAKE_BENCH_OPEN(&bench, workload, "precision=f64");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s: %s", workload, result->error.text);
    expect_sums(result, workload);
    for (uint32_t i = 0; i < result->ledger.phases[GF_PHASE_TOTAL].count; i++) {
        const double total = (double)sample(result, GF_PHASE_TOTAL, i);
        const double unexplained = (double)sample(result, GF_PHASE_UNEXPLAINED, i);
        cr_expect_gt(unexplained, 0, "%s: reading the clock takes time", workload);
        cr_expect_lt(unexplained, 0.02 * total, "%s: %.0f of %.0f ns are unexplained", workload,
                     unexplained, total);
        cr_expect_lt(total, 1e9, "%s: the progress callback was counted", workload);
    }
    fake_bench_close(&bench, workload);
}

Test(ledger, julia_at_its_default_size_leaves_little_unexplained) {
    check_default_size("julia");
}

Test(ledger, diffusion_at_its_default_size_leaves_little_unexplained) {
    check_default_size("diffusion");
}

/* ---- Memory ------------------------------------------------------------ */

Test(ledger, memory_is_that_of_the_arrays_there_are) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    bench.options.verify = GF_VERIFY_FULL;
    FAKE_BENCH_OPEN(&bench, "julia", "size=40x30", "max-iter=20", "inputs=list");
    const gf_result *result = fake_bench_run(&bench, 0);
    const uint64_t list_bytes = 40 * 30 * 16, count_bytes = 40 * 30 * 2;
    cr_expect_eq(result->device_bytes, 2 * list_bytes + count_bytes);
    /* Each list once for transfers and once to start from; the result and its reference. */
    cr_expect_eq(result->host_bytes, 4 * list_bytes + 2 * count_bytes);
    fake_bench_close(&bench, "memory");
}

/* Every byte of a run's arrays was touched while the process lived, and the peak never falls. */
Test(ledger, the_peak_holds_the_arrays_and_stays) {
    add_gpu();
    fake_bench large = fake_bench_new();
    large.options.verify = GF_VERIFY_FULL;
    FAKE_BENCH_OPEN(&large, "diffusion", "size=2000x1000", "steps=1");
    const gf_result *result = fake_bench_run(&large, 0);
    const uint64_t peak = result->host_peak_bytes;
    cr_expect_geq(result->host_bytes, UINT64_C(3) * 2000 * 1000 * 8);
    cr_expect_gt(peak, result->host_bytes);
    fake_bench_close(&large, "large");
    fake_bench small = fake_bench_new();
    FAKE_BENCH_OPEN(&small, "diffusion", "size=20x10", "steps=1");
    result = fake_bench_run(&small, 0);
    cr_expect_lt(result->host_bytes, 10000);
    const uint64_t uncounted = 2 << 20; /* the system gathers each core's pages now and then */
    cr_expect_gt(result->host_peak_bytes + uncounted, peak);
    fake_bench_close(&small, "small");
}

/* ---- Several stops ----------------------------------------------------- */

Test(ledger, each_stop_pays_its_own_transfers) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=24x16", "steps=10", "steps-per-transfer=4");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    const uint64_t transfer_ns = 24 * 16 * 8 / 12; /* 4 + 4 + 2 steps: 3 stops */
    expect_all(result, GF_PHASE_H2D, 11000 + transfer_ns, "host reads");
    expect_all(result, GF_PHASE_D2H, 3 * (13000 + transfer_ns), "host reads");
    expect_all(result, GF_PHASE_LAUNCH, UINT64_C(3) * 8000, "host reads");
    expect_all(result, GF_PHASE_KERNEL, UINT64_C(3) * 2000000, "host reads");
    expect_sums(result, "host reads");
    fake_bench_close(&bench, "host reads");
}

Test(ledger, a_host_that_writes_pays_for_both_ways_at_each_stop) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=24x16", "steps=9", "steps-per-transfer=3",
                    "host-use=write");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    const uint64_t transfer_ns = 24 * 16 * 8 / 12;
    expect_all(result, GF_PHASE_H2D, 3 * (11000 + transfer_ns), "host writes");
    expect_all(result, GF_PHASE_D2H, 3 * (13000 + transfer_ns), "host writes");
    expect_sums(result, "host writes");
    fake_bench_close(&bench, "host writes");
}

/* ---- Pipelined round trips --------------------------------------------- */

static void note_order(const gf_progress *progress, void *context) {
    const fake_device *device = &fake_machines[0].devices[0];
    bool *in_turn = context;
    if (strcmp(progress->stage, "sample") == 0) /* as many of each kind, whenever a sample starts */
        *in_turn = *in_turn && device->calls[FAKE_LAUNCH] == device->calls[FAKE_PIPELINE_RUN];
}

Test(ledger, pipelined_round_trips_are_figures_of_their_own) {
    fake_device *device = add_gpu();
    device->overlaps = true;
    device->pipeline_ns = 2100000;
    bool in_turn = true;
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 4;
    bench.options.progress = note_order;
    bench.options.progress_context = &in_turn;
    FAKE_BENCH_OPEN(&bench, "julia", "size=40x30", "max-iter=20", "inputs=list");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s", result->error.text);
    const gf_statistics pipelined = gf_samples_statistics(&result->ledger.pipelined);
    cr_expect_eq(pipelined.count, 4, "%u samples", pipelined.count);
    cr_expect_eq(device->calls[FAKE_PIPELINE_RUN], 5, "the warm-up is no sample");
    cr_expect_eq(pipelined.min_ns, 2100000);
    cr_expect_eq(pipelined.max_ns, 2100000);
    cr_expect(in_turn, "serial and pipelined round trips do not take turns");
    cr_expect_eq(gf_longest_phase_ns(result->statistics), 2000000, "the kernel is the longest");
    /* The serial ledger stays as it was. */
    expect_all(result, GF_PHASE_KERNEL, 2000000, "beside a pipeline");
    expect_all(result, GF_PHASE_D2H, 13000 + 40 * 30 * 2 / 12, "beside a pipeline");
    expect_sums(result, "beside a pipeline");
    fake_bench_close(&bench, "pipelined");
}

Test(ledger, the_longest_of_upload_kernel_and_download) {
    static const struct {
        uint64_t h2d, wall, d2h, longest;
    } cases[] = {{9, 8, 3, 9}, {1, 30, 6, 15}, {1, 8, 70, 70}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_result result = {.variant = ""};
        add_trip(&result.ledger, cases[i].h2d, cases[i].wall, cases[i].d2h, 100);
        cr_assert_eq(gf_result_summarize(&result, NULL), GF_OK);
        cr_expect_eq(gf_longest_phase_ns(result.statistics), cases[i].longest, "case %zu", i);
        gf_ledger_clear(&result.ledger);
    }
}

/* ---- The device's clock ------------------------------------------------ */

static void check_distrust(fake_device_clock clock, uint32_t from, const char *words) {
    fake_device *device = add_gpu();
    device->clock = clock;
    device->bad_clock_from = from;
    fake_bench bench = fake_bench_new();
    bench.options.repeat = 4;
    FAKE_BENCH_OPEN(&bench, "diffusion", "size=9x9", "steps=4", "steps-per-transfer=2");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_assert_eq(result->outcome, GF_OUTCOME_OK, "%s: %s", words, result->error.text);
    cr_assert_not_null(result->ledger.clock_trouble, "%s: no reason is given", words);
    cr_expect_not_null(strstr(result->ledger.clock_trouble, words), "the reason is '%s', not '%s'",
                       result->ledger.clock_trouble, words);
    cr_expect_str_eq(result->ledger.clocks[GF_PHASE_KERNEL], "fake", "%s: wrong clock", words);
    expect_all(result, GF_PHASE_KERNEL, UINT64_C(2) * (8000 + 2000000), words);
    expect_all(result, GF_PHASE_LAUNCH, 0, words);
    expect_sums(result, words);
    fake_bench_close(&bench, words);
}

Test(ledger, a_device_clock_beyond_the_wall_is_not_used) {
    check_distrust(FAKE_CLOCK_TOO_LONG, 0, "longer than the wall clock");
}

Test(ledger, a_device_clock_of_zero_is_not_used) {
    check_distrust(FAKE_CLOCK_ZERO, 0, "zero");
}

Test(ledger, device_times_out_of_order_are_not_used) {
    check_distrust(FAKE_CLOCK_OUT_OF_ORDER, 0, "out of order");
}

/* Two calls of device_time for each of 1 warm-up and 4 samples: the last ones are bad, and samples
 * by two clocks must not stand in one row. */
Test(ledger, a_device_clock_that_turns_bad_is_not_used_for_the_samples_before) {
    check_distrust(FAKE_CLOCK_ZERO, 8, "zero");
}

Test(ledger, a_device_clock_that_was_bad_in_the_last_stop_only) {
    check_distrust(FAKE_CLOCK_OUT_OF_ORDER, 10, "out of order");
}

Test(ledger, a_device_without_a_clock_gets_the_hosts_without_complaint) {
    add_gpu();
    fake_bench bench = fake_bench_new();
    bench.backend.device_time = NULL;
    FAKE_BENCH_OPEN(&bench, "julia", "size=8x8", "max-iter=9");
    const gf_result *result = fake_bench_run(&bench, 0);
    cr_expect_null(result->ledger.clock_trouble);
    cr_expect_str_eq(result->ledger.clocks[GF_PHASE_KERNEL], "fake");
    expect_all(result, GF_PHASE_KERNEL, 2008000, "no device clock");
    expect_all(result, GF_PHASE_LAUNCH, 0, "no device clock");
    expect_sums(result, "no device clock");
    fake_bench_close(&bench, "no device clock");
}

/* Before each round trip the device may settle, which is in none of its times. */
Test(ledger, settling_is_not_timed) {
    fake_device *device = add_gpu();
    device->settle_ns = 700000;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=8x8", "max-iter=9");
    const gf_result *result = fake_bench_run(&bench, 0);
    const uint32_t samples = result->ledger.phases[GF_PHASE_TOTAL].count;
    expect_sums(result, "settling");
    expect_all(result, GF_PHASE_UNEXPLAINED, 0, "settling");
    expect_all(result, GF_PHASE_LAUNCH, 8000, "settling");
    cr_expect_eq(device->settled, samples + 1, "settled %u times", device->settled);
    fake_bench_close(&bench, "settling");
}

/* ---- Build ------------------------------------------------------------- */

Test(ledger, the_first_launch_shows_what_the_driver_put_off) {
    add_gpu()->first_launch_ns = 90000000;
    fake_bench bench = fake_bench_new();
    FAKE_BENCH_OPEN(&bench, "julia", "size=8x8", "max-iter=9");
    const gf_result *result = fake_bench_run(&bench, 0);
    expect_all(result, GF_PHASE_BUILD, 5000000 + 90000000, "compiled at the first launch");
    expect_all(result, GF_PHASE_LAUNCH, 8000, "compiled at the first launch");
    cr_expect(result->build_known && result->build.state == GF_BUILD_WARM);
    cr_expect_eq(result->build.cold_ns, 95000001);
    fake_bench_close(&bench, "compiled at the first launch");
}

Test(ledger, without_a_build_history_a_slow_first_launch_is_no_build) {
    add_gpu()->first_launch_ns = 90000000;
    fake_bench bench = fake_bench_new();
    bench.backend.build_history = NULL;
    FAKE_BENCH_OPEN(&bench, "julia", "size=8x8", "max-iter=9");
    const gf_result *result = fake_bench_run(&bench, 0);
    expect_all(result, GF_PHASE_BUILD, 5000000, "nothing to compile");
    cr_expect_not(result->build_known);
    fake_bench_close(&bench, "nothing to compile");
}

/* ---- How many samples -------------------------------------------------- */

static void check_counts(uint32_t warmup, uint32_t repeat, double min_time_s, uint32_t samples,
                         uint32_t trips, const char *name) {
    fake_device *device = fake_add(0, "0:0", "Fake", GF_CLASS_CPU);
    device->kernel_ns = 10000000; /* the only time there is: 10 ms a round trip */
    fake_bench bench = fake_bench_new();
    bench.options.warmup = warmup;
    bench.options.repeat = repeat;
    bench.options.min_time_s = min_time_s;
    FAKE_BENCH_OPEN(&bench, "julia", "size=3x2", "max-iter=5");
    const gf_result *result = fake_bench_run(&bench, 0);
    const gf_statistics total = gf_result_phase(result, GF_PHASE_TOTAL);
    cr_expect_eq(total.count, samples, "%s: %u samples, not %u", name, total.count, samples);
    cr_expect_eq(device->calls[FAKE_LAUNCH], trips, "%s: %u round trips, not %u", name,
                 device->calls[FAKE_LAUNCH], trips);
    fake_bench_close(&bench, name);
}

Test(ledger, repeat_is_a_minimum) {
    check_counts(1, 5, 0, 5, 6, "repeat 5");
}

Test(ledger, one_warm_up_is_made_even_when_none_is_asked_for) {
    check_counts(0, 3, 0, 3, 4, "warm-up 0");
}

Test(ledger, warm_ups_are_not_samples) {
    check_counts(4, 2, 0, 2, 6, "warm-up 4");
}

Test(ledger, sampling_goes_on_until_the_time_is_full) {
    check_counts(1, 5, 0.25, 25, 26, "0.25 s of 10 ms each");
}

static void check_most(uint32_t repeat, uint32_t samples) {
    fake_device *device = fake_add(0, "0:0", "Fake", GF_CLASS_CPU);
    device->kernel_ns = 10000000;
    fake_bench bench = fake_bench_new();
    bench.options.repeat = repeat;
    bench.options.min_time_s = 0.25;
    bench.options.max_samples = 7;
    FAKE_BENCH_OPEN(&bench, "julia", "size=3x2", "max-iter=5");
    const gf_statistics total = gf_result_phase(fake_bench_run(&bench, 0), GF_PHASE_TOTAL);
    cr_expect_eq(total.count, samples, "%u samples, not %u", total.count, samples);
    fake_bench_close(&bench, "at most 7 samples");
}

Test(ledger, sampling_ends_at_the_most_samples_though_there_is_time) {
    check_most(5, 7);
}

Test(ledger, repeat_goes_before_the_most_samples) {
    check_most(9, 9);
}

Test(ledger, a_clock_that_stands_still_does_not_sample_for_ever) {
    fake_add(0, "0:0", "Fake", GF_CLASS_CPU);
    fake_bench bench = fake_bench_new();
    bench.options.min_time_s = 10;
    FAKE_BENCH_OPEN(&bench, "julia", "size=1x1", "max-iter=1");
    const gf_result *result = fake_bench_run(&bench, 0);
    const gf_statistics total = gf_result_phase(result, GF_PHASE_TOTAL);
    cr_expect_eq(total.count, 10000, "%u samples", total.count);
    cr_expect_eq(total.max_ns, 0);
    fake_bench_close(&bench, "a clock that stands still");
}

/* ---- Statistics -------------------------------------------------------- */

Test(ledger, quartiles_against_a_table_made_by_hand) {
    static const struct {
        uint32_t count;
        uint64_t ns[9];
        uint64_t q1, median, q3, min, max;
    } cases[] = {
        {1, {7}, 7, 7, 7, 7, 7},
        {2, {10, 20}, 12, 15, 17, 10, 20}, /* 12.5 and 17.5, cut off */
        {3, {30, 10, 20}, 15, 20, 25, 10, 30},
        {4, {40, 10, 30, 20}, 17, 25, 32, 10, 40},
        {5, {5, 3, 1, 4, 2}, 2, 3, 4, 1, 5},
        {8, {1, 2, 3, 4, 5, 6, 7, 100}, 2, 4, 6, 1, 100},
        {9, {90, 80, 70, 60, 50, 40, 30, 20, 10}, 30, 50, 70, 10, 90},
        {4, {0, 0, 0, 0}, 0, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gf_samples samples = {NULL, 0};
        for (uint32_t k = 0; k < cases[i].count; k++)
            cr_assert_eq(gf_samples_add(&samples, cases[i].ns[k], NULL), GF_OK);
        const gf_statistics got = gf_samples_statistics(&samples);
        cr_expect_eq(got.count, cases[i].count, "case %zu: count", i);
        cr_expect_eq(got.q1_ns, cases[i].q1, "case %zu: q1 %ju", i, (uintmax_t)got.q1_ns);
        cr_expect_eq(got.median_ns, cases[i].median, "case %zu: median %ju", i,
                     (uintmax_t)got.median_ns);
        cr_expect_eq(got.q3_ns, cases[i].q3, "case %zu: q3 %ju", i, (uintmax_t)got.q3_ns);
        cr_expect_eq(got.min_ns, cases[i].min, "case %zu: min", i);
        cr_expect_eq(got.max_ns, cases[i].max, "case %zu: max", i);
        cr_expect_eq(samples.ns[0], cases[i].ns[0], "case %zu: the samples were reordered", i);
        free(samples.ns);
    }
}

Test(ledger, no_samples_no_statistics) {
    const gf_samples none = {NULL, 0};
    const gf_statistics got = gf_samples_statistics(&none);
    cr_expect_eq(got.count, 0);
    cr_expect_eq(gf_statistics_spread(&got), 0);
}

Test(ledger, spread_is_the_quartile_distance_over_the_median) {
    const gf_statistics steady = {5, 100, 90, 110, 98, 103};
    const gf_statistics single = {1, 100, 100, 100, 100, 100};
    const gf_statistics zero = {5, 0, 0, 0, 0, 0};
    cr_expect_float_eq(gf_statistics_spread(&steady), 0.05, 1e-12);
    cr_expect_eq(gf_statistics_spread(&single), 0);
    cr_expect_eq(gf_statistics_spread(&zero), 0);
}

/* Medians of single phases (3, 30, 3; total 37) do not add up; the median trip does. */
Test(ledger, the_median_trip_is_a_real_one) {
    gf_ledger timing = {0};
    add_trip(&timing, 9, 20, 3, 33);
    add_trip(&timing, 1, 30, 6, 37);
    add_trip(&timing, 3, 60, 1, 65);
    const uint32_t trip = gf_ledger_median_trip(&timing);
    cr_expect_eq(trip, 1, "trip %u", trip);
    uint64_t sum = 0;
    for (gf_phase phase = GF_PHASE_H2D; phase <= GF_PHASE_UNEXPLAINED; phase++)
        sum += timing.phases[phase].ns[trip];
    cr_expect_eq(sum, timing.phases[GF_PHASE_TOTAL].ns[trip]);
    add_trip(&timing, 0, 36, 0, 36); /* of 33, 36, 37, 65 the lower middle one */
    cr_expect_eq(gf_ledger_median_trip(&timing), 3);
    gf_ledger_clear(&timing);
    cr_expect_null(timing.phases[GF_PHASE_TOTAL].ns);
    cr_expect_eq(timing.phases[GF_PHASE_TOTAL].count, 0);
}

Test(ledger, phases_have_names) {
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        cr_expect_not_null(gf_phase_name(phase), "phase %d", (int)phase);
    cr_expect_null(gf_phase_name(GF_PHASE_COUNT));
}
