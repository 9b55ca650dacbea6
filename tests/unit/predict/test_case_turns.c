/* Calibration cases run in turns: which run counts, and what their differences tell. */
#include <criterion/criterion.h>

#include "calibrate/profile.h"
#include "fake_bench.h"
#include "predict/cases.h"
#include "predict/predict.h"
#include "stats/confidence.h"

FAKE_GLOBALS

TestSuite(case_turns, .timeout = 120);

#define CASES 3

static const char *const cases[] = {"size=16x16 steps=8", "size=64x64 steps=8",
                                    "size=128x128 steps=8", NULL};

/* How many times as long as 2 ns a cell and step each turn takes; the run before all cases spreads
 * the threads. */
static double turns[3];
static double transfers_ns[3]; /* each in each turn */

/* Called when a kernel is prepared, before anything is transferred. */
static uint64_t segment_ns(const fake_device *device, const gf_problem *problem) {
    fake_device *changed = &fake_machines[0].devices[0];
    const gf_buffer_spec *field = &problem->buffers[problem->result];
    const uint64_t run = device->calls[FAKE_PREPARE]; /* of this one, from 1 on */
    const size_t turn = run < 2 ? 0 : (size_t)(run - 2) / CASES;
    changed->h2d_latency_ns = (uint64_t)transfers_ns[turn < 3 ? turn : 2];
    changed->d2h_latency_ns = changed->h2d_latency_ns;
    const double ns =
        2.0 * (double)field->rows * (double)field->cols * (double)problem->steps_per_transfer;
    return (uint64_t)(ns * turns[turn < 3 ? turn : 2]);
}

typedef struct measured {
    fake_bench bench;
    fake_device *device;
    gf_profile *profile;
} measured;

static void measure(measured *m, double first, double second, double third) {
    static gf_workload workload;
    gf_error error = GF_ERROR_INIT;
    workload = *gf_workload_find("diffusion", NULL);
    workload.calibration = cases;
    turns[0] = first;
    turns[1] = second;
    turns[2] = third;
    memset(fake_machines, 0, sizeof fake_machines);
    m->device = fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    m->device->problem_ns = segment_ns;
    m->bench = fake_bench_new();
    fake_bench_open_workload(&m->bench, &workload,
                             (const char *const[]){"size=100x80", "steps=8", NULL});
    gf_device *found = gf_session_device(m->bench.session, 0);
    cr_assert_eq(gf_profile_create(&found->info, 1, &m->profile, &error), GF_OK);
    m->profile->used = GF_MEMORY_PAGEABLE;
    for (int d = 0; d < GF_DIRECTIONS; d++)
        m->profile->transfers[d][GF_MEMORY_PAGEABLE] = (gf_line){.a_ns = 1, .count = 9};
    const gf_context context = {m->bench.session, &m->bench.options};
    cr_assert_eq(
        gf_profile_measure_cases(&context, found, "best", m->bench.params, m->profile, &error),
        GF_OK, "%s", error.text);
    cr_assert_eq(m->profile->case_count, CASES);
}

static void done(measured *m) {
    gf_profile_destroy(m->profile);
    fake_bench_close(&m->bench, "turns");
}

static double ideal(size_t index) {
    static const double sides[] = {16, 64, 128};
    return 2.0 * sides[index] * sides[index] * 8;
}

/* Turns that agree within 10 %: two of them, and the faster counts. */
Test(case_turns, two_that_agree_are_enough) {
    measured m;
    measure(&m, 1.05, 1, 7);
    cr_expect_eq(m.device->calls[FAKE_PREPARE], 1 + 2 * CASES);
    for (size_t i = 0; i < CASES; i++) {
        const gf_case *c = &m.profile->cases[i];
        cr_expect_float_eq(c->kernel_ns / ideal(i), 1, 0.01, "%s: %g", c->values, c->kernel_ns);
        cr_expect_float_eq(c->run_deviation, log(1.05) / 1.1284, 0.01, "%s: %g", c->values,
                           c->run_deviation);
    }
    done(&m);
}

/* One turn in which threads shared a core neither counts, nor does one that was lucky. */
Test(case_turns, the_middle_one_of_three_counts) {
    measured m;
    measure(&m, 40, 1, 1.3);
    cr_expect_eq(m.device->calls[FAKE_PREPARE], 1 + 3 * CASES);
    for (size_t i = 0; i < CASES; i++) {
        const gf_case *c = &m.profile->cases[i];
        const double mean = 2 * log(40) / 3; /* of ln 40, ln 40 / 1.3, ln 1.3 */
        cr_expect_float_eq(c->kernel_ns / ideal(i), 1.3, 0.01, "%s: %g", c->values, c->kernel_ns);
        cr_expect_float_eq(c->run_deviation / (mean / 1.1284), 1, 0.05, "%s: %g", c->values,
                           c->run_deviation);
    }
    done(&m);
}

static gf_prediction predict(const measured *m) {
    const gf_problem *problem = m->bench.comparison->problem;
    gf_estimate estimate = gf_estimate_of(problem);
    gf_prediction prediction;
    gf_predict(m->profile, "best", problem, &estimate, &prediction);
    cr_assert(prediction.possible, "%s", prediction.why_not);
    return prediction;
}

/* A device whose runs differ by 30 % is predicted with as wide an interval, whatever its class; one
 * whose runs agree is not taken for one that shares the host's cores. */
Test(case_turns, what_turns_differ_by_is_in_the_interval) {
    measured m;
    measure(&m, 1, 1.3, 1.15);
    const gf_prediction unsteady = predict(&m);
    m.profile->device_class = GF_CLASS_CPU;
    const gf_prediction of_cpu = predict(&m);
    cr_expect_geq(unsteady.log_deviation, 0.15);
    cr_expect_float_eq(of_cpu.log_deviation, unsteady.log_deviation, 1e-12);
    done(&m);
    measure(&m, 1, 1, 1);
    m.profile->device_class = GF_CLASS_CPU;
    cr_expect_lt(predict(&m).log_deviation, 0.1);
    for (size_t i = 0; i < CASES; i++) {
        m.profile->cases[i].run_deviation = 0; /* as in older profiles */
        m.profile->cases[i].compute_deviation = 0;
    }
    cr_expect_geq(predict(&m).log_deviation, 0.2);
    done(&m);
}

/* Cases note the cold build of their kernel; the middle one of those that do is predicted. */
Test(case_turns, builds_are_noted_and_predicted) {
    static const double builds[CASES] = {1e9, 3e9, 2e9};
    measured m;
    measure(&m, 1, 1, 1);
    for (size_t i = 0; i < CASES; i++) {
        cr_expect(m.profile->cases[i].build_known);
        cr_expect_eq(m.profile->cases[i].build_ns, (double)m.device->slowest_build_ns + 1);
        m.profile->cases[i].build_ns = builds[i];
    }
    cr_expect(predict(&m).build_known);
    cr_expect_eq(predict(&m).build_ns, 2e9);
    for (size_t i = 0; i < CASES; i++)
        m.profile->cases[i].build_known = false; /* as in older profiles */
    cr_expect(!predict(&m).build_known);
    done(&m);
}

static double deviation_of(const gf_interval *interval) {
    return log(interval->high / interval->value) / GF_CONFIDENCE_DEVIATIONS;
}

/* What changes from run to run is the transfers alone, or the computing alone: the other is as sure
 * as before. */
Test(case_turns, transfers_and_computing_have_deviations_of_their_own) {
    measured m;
    transfers_ns[0] = 20000;
    transfers_ns[1] = 30000;
    transfers_ns[2] = 25000;
    measure(&m, 1, 1, 1);
    for (size_t i = 0; i < CASES; i++) {
        const gf_case *c = &m.profile->cases[i];
        cr_expect_lt(c->compute_deviation, 0.001, "%s: %g", c->values, c->compute_deviation);
        cr_expect_geq(c->transfer_deviation, 0.23, "%s: %g", c->values, c->transfer_deviation);
    }
    const gf_prediction moving = predict(&m);
    cr_expect_lt(deviation_of(&moving.phases[GF_PHASE_KERNEL]), 0.1);
    cr_expect_geq(deviation_of(&moving.phases[GF_PHASE_H2D]), 0.23);
    done(&m);
    transfers_ns[1] = transfers_ns[2] = transfers_ns[0];
    measure(&m, 1, 1.5, 1.25);
    const gf_prediction computing = predict(&m);
    cr_expect_geq(deviation_of(&computing.phases[GF_PHASE_KERNEL]), 0.23);
    cr_expect_lt(deviation_of(&computing.phases[GF_PHASE_H2D]), 0.1);
    done(&m);
}

/* What is outside of all phases is part of the total, once a segment. */
Test(case_turns, totals_count_what_is_beside_the_phases) {
    measured m;
    measure(&m, 1, 1, 1);
    const double before = predict(&m).phases[GF_PHASE_TOTAL].value;
    for (size_t i = 0; i < CASES; i++)
        m.profile->cases[i].total_ns += 5000;
    const gf_prediction with = predict(&m);
    cr_expect_float_eq(with.phases[GF_PHASE_TOTAL].value - before, 5000, 1);
    done(&m);
}

/* ---- Cases that a variant has no kernel for ---------------------------- */

/* "best" copies, "plain" reads. */
static const char *variant_by_moves(const gf_device *device, const gf_workload *workload,
                                    const gf_problem *problem, size_t index) {
    if (problem == NULL)
        return fake_variant(device, workload, problem, index);
    return index == 0 ? fake_device_of(device)->variants[problem->has_pair ? 0 : 1] : NULL;
}

/* There is a case for each, one that no device this small has room for. */
Test(case_turns, cases_that_a_variant_is_not_offered_for_are_not_missing) {
    static const char *const both[] = {"size=64x64 moves=read rounds=0", "size=16x16 rounds=0",
                                       "size=512x512 rounds=0", NULL};
    gf_workload workload = *gf_workload_find("peak", NULL);
    gf_error error = GF_ERROR_INIT;
    workload.calibration = both;
    fake_device *fake = fake_add(0, "0:0", "Fake", GF_CLASS_GPU);
    fake->info.global_memory_bytes = 1 << 20;
    fake->kernel_ns = 1000000;
    fake_bench bench = fake_bench_new();
    bench.backend.variant = variant_by_moves;
    fake_bench_open_session(&bench, &workload, NULL);
    gf_device *device = gf_session_device(bench.session, 0);
    const gf_context context = {bench.session, &bench.options};
    gf_profile *profile = NULL;
    cr_assert_eq(gf_profile_create(&device->info, 1, &profile, &error), GF_OK);
    for (size_t i = 0; i < 2; i++) {
        const char *const variant = fake->variants[i];
        cr_expect_eq(gf_profile_missing_cases(profile, device, variant, bench.params), 1);
        cr_assert_eq(
            gf_profile_measure_cases(&context, device, variant, bench.params, profile, &error),
            GF_OK, "%s", error.text);
        cr_assert_eq(profile->case_count, i + 1);
        cr_expect_str_eq(profile->cases[i].values, both[1 - i]);
        cr_expect_eq(gf_profile_missing_cases(profile, device, variant, bench.params), 0);
    }
    gf_profile_destroy(profile);
    fake_bench_close(&bench, "by moves");
}
