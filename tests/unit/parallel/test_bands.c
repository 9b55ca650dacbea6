/* Bands that ranks take from a queue: what is handed out, the bits of the joined result, the early
 * end, and how near ranks with devices of other speeds come to the ceiling. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/array.h"
#include "fake_job.h"
#include "parallel/bands/band_plan.h"
#include "parallel/bands/band_server.h"
#include "parallel/parallel_state.h"
#include "ranked_truth.h"

FAKE_GLOBALS

TestSuite(bands, .timeout = 120);

/* ---- The plan -------------------------------------------------------------- */

Test(bands, chunks_are_all_units_in_order_and_none_is_empty) {
    static const uint64_t units[] = {1, 2, 7, 100, 4095, 4096, 4097, 1000003};
    gf_work_profile profiles[2];
    static gf_band_plan plan;
    gf_part parts[64];
    gf_work_profile_make_even(&profiles[0]);
    for (uint32_t i = 0; i < GF_WORK_BUCKETS; i++) /* all work is in the first rows */
        profiles[1].until[i] = 1;
    for (size_t i = 0; i < GF_COUNT_OF(units) * 2 * 2; i++) {
        const uint64_t count = units[i / 4];
        const gf_work_profile *profile = &profiles[i / 2 % 2];
        for (uint32_t ranks = 1; ranks <= 64; ranks = 3 * ranks + 1) {
            gf_band_plan_make(&plan, count, profile, i % 2 == 1, true, ranks);
            for (uint32_t c = 0; c < plan.chunks; c++)
                cr_assert_lt(plan.at[c], plan.at[c + 1]);
            cr_assert(plan.at[0] == 0 && plan.at[plan.chunks] == count);
            gf_band_plan_split(&plan, profile, NULL, ranks, parts);
            uint64_t next = 0;
            for (uint32_t r = 0; r < ranks; r++) {
                cr_assert(parts[r].count == 0 || parts[r].first == next);
                next += parts[r].count;
            }
            cr_assert_eq(next, plan.at[plan.own], "%llu units, %u ranks", (unsigned long long)count,
                         ranks);
            cr_assert(ranks > 1 || plan.own == plan.chunks, "one rank needs no queue");
        }
    }
}

/* ---- The queue, in a time that the test makes up ------------------------------ */

/* A rank asks for a band before it computes the one that it has; the answer comes a while later. */
typedef struct made_up_rank {
    double free_ns; /* when it has computed all that it has taken */
    double asks_ns; /* when it asks next */
    bool done;
} made_up_rank;

static double simulate(gf_band_queue *queue, const gf_band_plan *plan, double latency_ns) {
    made_up_rank ranks[4] = {{.free_ns = 0}};
    double end = 0;
    for (uint32_t i = 0; i < queue->count; i++) /* the own parts, by rates */
        ranks[i].free_ns = plan->own / (queue->rates[0] + queue->rates[1]);
    for (uint32_t left = queue->count; left > 0;) {
        uint32_t first = 0;
        while (ranks[first].done)
            first++;
        for (uint32_t i = first + 1; i < queue->count; i++)
            first = !ranks[i].done && ranks[i].asks_ns < ranks[first].asks_ns ? i : first;
        made_up_rank *rank = &ranks[first];
        const gf_part band = gf_band_queue_take(queue, first);
        end = fmax(end, rank->free_ns);
        rank->done = band.count == 0;
        left -= rank->done ? 1 : 0;
        const double begins_ns = fmax(rank->free_ns, rank->asks_ns + latency_ns);
        rank->asks_ns = begins_ns;
        rank->free_ns =
            begins_ns + queue->fixed_ns[first] + (double)band.count / queue->rates[first];
    }
    cr_assert_eq(queue->next, queue->units);
    return end;
}

/* 200 ms of work for the faster rank; an answer takes 0.4 ms. */
Test(bands, ranks_of_other_speeds_reach_95_percent_of_the_ceiling) {
    static const double ratios[] = {1, 4, 20};
    static gf_band_plan plan;
    gf_work_profile even;
    gf_work_profile_make_even(&even);
    for (size_t i = 0; i < GF_COUNT_OF(ratios) * 2; i++) {
        const bool joins = i % 2 == 1;
        gf_band_plan_make(&plan, 100000, &even, joins, true, 2);
        const double fast = plan.chunks / 200e6;
        const double rates[] = {fast / ratios[i / 2], fast}, fixed_ns[] = {20e3, 70e3};
        const uint64_t most[] = {plan.chunks, plan.chunks};
        gf_band_queue queue = {plan.chunks, plan.own, 1, 2, rates, fixed_ns, most, joins};
        const double of_ceiling =
            plan.chunks / (rates[0] + rates[1]) / simulate(&queue, &plan, 400e3);
        cr_expect_geq(of_ceiling, 0.95, "1:%g, %s: %.3f", ratios[i / 2],
                      joins ? "from the first unit on" : "after half of the work", of_ceiling);
    }
}

/* ---- Bits ---------------------------------------------------------------------- */

static const fake_job_case cases[] = {
    {"julia", {"size=37x61", "max-iter=60"}},
    {"julia", {"size=16x90", "max-iter=60", "inputs=list"}},
    {"julia", {"size=31x77", "max-iter=60", "inputs=shuffled", "precision=f32"}},
    {"sum", {"count=1700001"}},
    {"sum", {"count=1700001", "precision=f32"}},
    {"prime", {"number=999999999989"}},
    {"prime", {"number=999998000001"}},        /* its divisor is early */
    {"prime", {"number=1234567900987654321"}}, /* 1111111111^2; 11 divides it */
};

Test(bands, a_queue_gives_the_bits_of_one_process) {
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        expect_bits(&cases[i], 2 + (uint32_t)i % 4,
                    (gf_parallel_options){.queue = GF_QUEUE_ALWAYS});
    expect_bits(&cases[0], 3, (gf_parallel_options){.queue = GF_QUEUE_AUTO});
    expect_bits(&cases[0], 3, (gf_parallel_options){.queue = GF_QUEUE_NEVER});
}

/* ---- Proof, counts, the early end ------------------------------------------------- */

/* What rank 0 has seen. */
typedef struct seen {
    uint64_t units, bands, left_out;
    bool queues;
    double of_ceiling;
} seen;

static void look_at_bands(fake_job *job, const gf_parallel *parallel, void *context) {
    seen *found = context;
    const gf_parallel_result *result = &parallel->results[parallel->result_count - 1];
    (void)job;
    if (parallel->ranks->rank != 0 || !result->holds)
        return;
    *found = (seen){.queues = result->queues, .left_out = parallel->bands.left_out.count};
    for (uint32_t i = 0; i < result->ranks; i++) {
        found->units += gf_median_times(result, i).units;
        found->bands += gf_median_times(result, i).bands;
    }
}

static fake_job seen_job(const fake_job_case *of, uint32_t ranks, seen *found) {
    fake_job job = fake_job_new(of, ranks);
    job.how.queue = GF_QUEUE_ALWAYS;
    job.look = look_at_bands;
    job.context = found;
    return job;
}

Test(bands, all_units_are_computed_once_in_several_bands_a_rank) {
    static const fake_job_case of = {"julia", {"size=30x400", "max-iter=9"}};
    seen found;
    fake_job_devices(0);
    fake_job job = seen_job(&of, 3, &found);
    fake_job_run(&job, 3, 0, 0);
    cr_assert_eq(job.status[0], GF_OK, "%s", job.text[0]);
    cr_expect(found.queues && found.units == 400 && found.left_out == 0);
    cr_expect_gt(found.bands, 3, "%llu bands", (unsigned long long)found.bands);
}

/* 11 is in the first of 1,446,760 blocks of candidates. */
Test(bands, nobody_searches_far_behind_a_divisor) {
    static const fake_job_case of = {"prime", {"number=1234567900987654321"}};
    seen found;
    fake_job_devices(0);
    fake_job job = seen_job(&of, 3, &found);
    fake_job_run(&job, 3, 0, 0);
    cr_assert_eq(job.status[0], GF_OK, "%s", job.text[0]);
    cr_expect(found.queues);
    cr_expect_gt(found.left_out, 1000000, "%llu blocks", (unsigned long long)found.left_out);
    cr_expect_lt(found.units, found.left_out / 4, "%llu blocks", (unsigned long long)found.units);
}

Test(bands, a_wrong_band_is_known_to_all) {
    static const fake_job_case of = {"julia", {"size=30x90", "max-iter=9"}};
    seen found;
    fake_job_devices(0);
    fake_machines[0].devices[1].wrong_variant = fake_machines[0].devices[1].variants[0];
    fake_job job = seen_job(&of, 3, &found);
    fake_job_run(&job, 3, 0, 0);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(job.status[i], GF_MISMATCH, "rank %u: %s", i, job.text[i]);
}

/* ---- Devices of other speeds, by the clock ------------------------------------------- */

static void compare_with_ceiling(fake_job *job, const gf_parallel *parallel, void *context) {
    seen *found = context;
    double rate = 0;
    look_at_bands(job, parallel, context);
    for (uint32_t i = 0; i < 2; i++)
        rate += 1 / fake_machines[0].devices[i].sleeps_ns;
    const gf_parallel_result *result = &parallel->results[parallel->result_count - 1];
    if (parallel->ranks->rank == 0)
        found->of_ceiling =
            (double)parallel->division.units / rate / (double)gf_parallel_total(result).min_ns;
}

/* Rank 1 is the faster one, by a factor; the ranks do not know it. A machine that other programs
 * keep busy makes threads late; with GPUFARE_QUIET=1 0.95 of the ceiling must be reached. */
Test(bands, ranks_end_together_whatever_their_speeds_are) {
    static const fake_job_case of = {"julia", {"size=4x2000", "max-iter=9"}};
    static const double ratios[] = {1, 4, 20};
    const bool quiet = getenv("GPUFARE_QUIET") != NULL;
    for (size_t i = 0; i < GF_COUNT_OF(ratios); i++) {
        seen found = {.of_ceiling = 0};
        fake_job_devices(0);
        fake_machines[0].devices[0].sleeps_ns = quiet ? 3e6 : 2e5;
        fake_machines[0].devices[1].sleeps_ns = fake_machines[0].devices[0].sleeps_ns / ratios[i];
        fake_job job = seen_job(&of, 2, &found);
        job.look = compare_with_ceiling;
        job.options.repeat = 1;
        fake_job_run(&job, 2, 0, 0);
        cr_assert_eq(job.status[0], GF_OK, "%s", job.text[0]);
        printf("1:%g: %.3f of the ceiling, %llu bands\n", ratios[i], found.of_ceiling,
               (unsigned long long)found.bands);
        cr_expect_geq(found.of_ceiling, quiet ? 0.95 : 0.2, "1:%g", ratios[i]);
    }
}
