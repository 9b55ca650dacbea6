/* Problems on several ranks: the bits of every part, what is exchanged, what is predicted. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/array.h"
#include "fake_job.h"
#include "parallel/parallel_state.h"
#include "parallel/part/halo_choice.h"
#include "parallel/scaling/scaling.h"
#include "ranked_truth.h"

FAKE_GLOBALS

TestSuite(parallel, .timeout = 120);

/* ---- Bits ----------------------------------------------------------------- */

static const fake_job_case cases[] = {
    {"julia", {"size=37x41", "max-iter=60"}},
    {"julia", {"size=5x3", "max-iter=70000"}},
    {"julia", {"size=64x60", "max-iter=60", "inputs=list"}},
    {"julia", {"size=31x37", "max-iter=60", "inputs=shuffled", "precision=f32"}},
    {"sum", {"count=1"}},
    {"sum", {"count=100001"}},
    {"sum", {"count=100001", "precision=f32"}},
    {"prime", {"number=2"}},
    {"prime", {"number=999999999989"}},
    {"prime", {"number=1000000016000000063"}}, /* 1000000007 x 1000000009 */
    {"prime", {"number=999998000001"}},        /* its divisor is early */
    {"diffusion", {"size=21x13", "steps=7"}},
    {"diffusion", {"size=21x13", "steps=7", "boundary=periodic"}},
    {"diffusion", {"size=21x13", "steps=7", "boundary=insulated"}},
    {"diffusion", {"size=1x1", "steps=3", "boundary=periodic"}},
    {"diffusion", {"size=9x2", "steps=50", "boundary=periodic"}},
    {"diffusion", {"size=2x9", "steps=50", "boundary=insulated", "precision=f32"}},
    {"diffusion", {"size=33x130", "steps=99", "boundary=periodic", "precision=f32"}},
    {"diffusion", {"size=40x67", "steps=70", "boundary=insulated", "init=gaussian"}},
    {"diffusion", {"size=40x67", "steps=20", "steps-per-transfer=3", "init=gaussian"}},
    {"diffusion", {"size=40x67", "steps=20", "steps-per-transfer=4", "host-use=write"}},
};

/* Each case on one number of ranks and another, without a queue, which test_bands.c has;
 * tools/ranks/check-random tries more. */
Test(parallel, every_number_of_ranks_gives_the_same_bits) {
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++)
        expect_bits(&cases[i], 1 + (uint32_t)i % 5, (gf_parallel_options){.queue = GF_QUEUE_NEVER});
}

Test(parallel, so_does_every_number_of_steps_between_exchanges) {
    for (size_t i = 0; i < GF_COUNT_OF(cases); i++) {
        const uint32_t ranks = 2 + (uint32_t)i % 3;
        const gf_overlap_mode mode = i % 2 == 0 ? GF_OVERLAP_ALWAYS : GF_OVERLAP_NEVER;
        if (strcmp(cases[i].workload, "diffusion") == 0)
            expect_bits(&cases[i], ranks,
                        (gf_parallel_options){.halo_steps = 1 + i % 4, .overlap = mode});
    }
}

/* ---- What is refused, and what is wrong ------------------------------------- */

static void look_away(fake_job *job, const gf_parallel *parallel, void *context) {
    (void)job;
    (void)parallel;
    (void)context;
}

Test(parallel, a_wrong_part_of_one_rank_is_known_to_all) {
    static const fake_job_case of = {"julia", {"size=30x40", "max-iter=9"}};
    fake_job job = fake_job_new(&of, 3);
    fake_job_devices(0);
    fake_machines[0].devices[1].wrong_variant = fake_machines[0].devices[1].variants[0];
    job.look = look_away;
    fake_job_run(&job, 3, 0, 0);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect_eq(job.status[i], GF_MISMATCH, "rank %u: %s", i, job.text[i]);
}

Test(parallel, what_one_device_lacks_ends_all_ranks_in_order) {
    static const fake_job_case of = {"diffusion", {"size=30x40", "steps=9"}};
    fake_job job = fake_job_new(&of, 3);
    fake_job_devices(0);
    fake_machines[0].devices[2].info.f64 = false;
    job.look = look_away;
    fake_job_run(&job, 3, 0, 0);
    for (uint32_t i = 0; i < 3; i++) {
        cr_expect_eq(job.status[i], GF_UNSUPPORTED, "rank %u: %s", i, job.text[i]);
        cr_expect_not_null(strstr(job.text[i], "rank 2 on "), "rank %u: %s", i, job.text[i]);
    }
}

/* Whether it has room is asked of a part, with those of the other ranks of its host: not when the
 * job begins, and before anything is allocated. */
Test(parallel, a_problem_needs_no_room_as_a_whole) {
    static const fake_job_case of = {"diffusion", {"size=1000000x1000000", "steps=4"}};
    fake_job job = fake_job_new(&of, 0);
    fake_job_devices(0);
    fake_job_run(&job, 2, 0, 0);
    for (uint32_t i = 0; i < 2; i++)
        cr_expect_eq(job.status[i], GF_OK, "%s", job.text[i]);
    job = fake_job_new(&of, 2);
    fake_job_run(&job, 2, 0, 0);
    for (uint32_t i = 0; i < 2; i++) {
        cr_expect_eq(job.status[i], GF_UNSUPPORTED);
        cr_expect_not_null(strstr(job.text[i], "GiB of host memory"), "%s", job.text[i]);
    }
}

Test(parallel, a_problem_that_cannot_be_divided_is_refused) {
    static const fake_job_case of = {"peak", {NULL}};
    fake_job job = fake_job_new(&of, 2);
    fake_job_devices(0);
    job.look = look_away;
    fake_job_run(&job, 2, 0, 0);
    cr_expect_eq(job.status[0], GF_UNSUPPORTED, "%s", job.text[0]);
}

/* ---- Bytes of halos ----------------------------------------------------------- */

static void count_bytes(fake_job *job, const gf_parallel *parallel, void *context) {
    whole_truth *counted = context;
    const gf_parallel_result *result = &parallel->results[parallel->result_count - 1];
    (void)job;
    if (parallel->ranks->rank != 0)
        return;
    for (uint32_t i = 0; i < result->ranks; i++)
        counted->sent_bytes += gf_median_times(result, i).sent_bytes;
}

/* 100 steps, 8 at a time: 12 exchanges; 3 borders, each with 8 rows of 20 f64 both ways. */
Test(parallel, halos_have_the_bytes_that_are_counted_by_hand) {
    static const fake_job_case of = {"diffusion", {"size=20x80", "steps=100"}};
    fake_job job = fake_job_new(&of, 4);
    whole_truth counted = {.sent_bytes = 0};
    fake_job_devices(0);
    job.how = (gf_parallel_options){
        .halo_steps = 8, .overlap = GF_OVERLAP_NEVER, .ranks_across = 1, .ranks_down = 4};
    job.look = count_bytes;
    job.context = &counted;
    fake_job_run(&job, 4, 0, 0);
    cr_expect_eq(counted.sent_bytes, UINT64_C(12) * 3 * 2 * 8 * 20 * 8);
}

static uint64_t bytes_of_grid(const fake_job_case *of, gf_parallel_options how) {
    const uint32_t ranks = how.ranks_across * how.ranks_down;
    fake_job job = fake_job_new(of, ranks);
    whole_truth counted = {.sent_bytes = 0};
    fake_job_devices(0);
    job.how = how;
    job.look = count_bytes;
    job.context = &counted;
    fake_job_run(&job, ranks, 0, 0);
    cr_assert_eq(job.status[0], GF_OK, "%s", job.text[0]);
    return counted.sent_bytes;
}

/* 24 steps, 4 at a time: 5 exchanges of f64. In 3 x 2 ranks of a grid of 60 x 40 cells: one border
 * between rows, 4 x 60 cells each way; two between columns, 4 x 40 each way; and two places where
 * four parts meet, with a corner of 4 x 4 from each to the one across. Where the grid is periodic
 * there are twice as many borders between rows, three between columns, and six such places. */
Test(parallel, halos_of_a_grid_have_the_bytes_that_are_counted_by_hand) {
    static const fake_job_case open_ends = {"diffusion", {"size=60x40", "steps=24"}};
    static const fake_job_case closed = {"diffusion",
                                         {"size=60x40", "steps=24", "boundary=periodic"}};
    for (int overlap = 1; overlap <= 2; overlap++) {
        const gf_parallel_options how = {.halo_steps = 4,
                                         .overlap = (gf_overlap_mode)overlap,
                                         .ranks_across = 3,
                                         .ranks_down = 2};
        cr_expect_eq(bytes_of_grid(&open_ends, how),
                     UINT64_C(5) * 8 * (2 * 4 * 60 + 2 * 2 * 4 * 40 + 2 * 4 * 16));
        cr_expect_eq(bytes_of_grid(&closed, how),
                     UINT64_C(5) * 8 * (2 * 2 * 4 * 60 + 3 * 2 * 4 * 40 + 6 * 4 * 16));
    }
}

static void set_costs(gf_halo_costs *costs, double cell_ns) {
    for (uint32_t i = 0; i < costs->count; i++)
        costs->cell_ns[i] = cell_ns;
}

/* ---- Grids -------------------------------------------------------------------- */

/* Small ones and large halos, all boundaries, a neighbour on both sides, odd shapes. */
static const fake_job_case shared_cells[] = {
    {"diffusion", {"size=21x13", "steps=17"}},
    {"diffusion", {"size=21x13", "steps=17", "boundary=periodic"}},
    {"diffusion", {"size=22x19", "steps=17", "boundary=insulated", "precision=f32"}},
    {"diffusion", {"size=33x31", "steps=9", "boundary=periodic", "precision=f32"}},
    {"diffusion", {"size=40x12", "steps=20", "steps-per-transfer=3", "init=gaussian"}},
    {"diffusion", {"size=40x12", "steps=20", "steps-per-transfer=4", "host-use=write"}},
    {"diffusion", {"size=8x8", "steps=50", "boundary=periodic"}},
    {"diffusion", {"size=9x1", "steps=5", "boundary=periodic"}},
};

static const gf_rank_grid grids[] = {{2, 1}, {2, 2}, {3, 2}, {2, 3}, {4, 2}, {3, 1}, {1, 3}};

/* Whether every part has so many cells each way. */
static bool leaves_cells(const fake_job_case *of, gf_rank_grid grid, uint32_t cells) {
    unsigned width = 0, height = 0;
    cr_assert_eq(sscanf(of->settings[0], "size=%ux%u", &width, &height), 2);
    return width / grid.across >= cells && height / grid.down >= cells;
}

Test(parallel, every_grid_of_ranks_gives_the_same_bits) {
    uint32_t tried = 0;
    for (size_t i = 0; i < GF_COUNT_OF(shared_cells); i++) {
        for (size_t j = 0; j < GF_COUNT_OF(grids); j++) {
            const uint64_t steps = 1 + (i + j / 2) % 4;
            const gf_overlap_mode mode = j / 2 % 2 == 0 ? GF_OVERLAP_ALWAYS : GF_OVERLAP_NEVER;
            if (i % 2 == j % 2 || !leaves_cells(&shared_cells[i], grids[j], (uint32_t)steps))
                continue;
            tried++;
            expect_bits(&shared_cells[i], grids[j].across * grids[j].down,
                        (gf_parallel_options){.halo_steps = steps,
                                              .overlap = mode,
                                              .ranks_across = grids[j].across,
                                              .ranks_down = grids[j].down});
        }
    }
    cr_expect_gt(tried, 15);
}

static void note_grid(fake_job *job, const gf_parallel *parallel, void *context) {
    (void)job;
    if (parallel->ranks->rank == 0)
        *(uint32_t *)context = parallel->results[parallel->result_count - 1].grid.across;
}

/* Six ranks have a row each, and exchange after every step; parts of 16 columns are good for many
 * steps between messages of 5 ms. */
Test(parallel, ranks_choose_a_grid_of_their_own) {
    static const fake_job_case of = {"diffusion", {"size=96x6", "steps=32"}};
    fake_job job = fake_job_new(&of, 6);
    uint32_t across = 0;
    fake_job_devices(0);
    job.options.repeat = 1;
    job.look = note_grid;
    job.context = &across;
    fake_job_run(&job, 6, 5e6, 0);
    for (uint32_t i = 0; i < 6; i++)
        cr_expect_eq(job.status[i], GF_OK, "rank %u: %s", i, job.text[i]);
    cr_expect_gt(across, 1);
}

static void expect_refused(const fake_job_case *of, uint32_t ranks, gf_parallel_options how,
                           const char *why) {
    fake_job job = fake_job_new(of, ranks);
    fake_job_devices(0);
    job.how = how;
    job.look = look_away;
    fake_job_run(&job, ranks, 0, 0);
    for (uint32_t i = 0; i < ranks; i++) {
        cr_expect_eq(job.status[i], GF_USAGE, "rank %u: %s", i, job.text[i]);
        cr_expect_not_null(strstr(job.text[i], why), "rank %u: %s", i, job.text[i]);
    }
}

Test(parallel, a_grid_that_does_not_fit_is_refused) {
    static const fake_job_case cells = {"diffusion", {"size=6x30", "steps=9"}};
    static const fake_job_case rows = {"julia", {"size=30x40", "max-iter=9"}};
    expect_refused(&cells, 4, (gf_parallel_options){.ranks_across = 2, .ranks_down = 3},
                   "rank-grid 2x3: that is 6 ranks, and this job has 4");
    expect_refused(&cells, 4,
                   (gf_parallel_options){.ranks_across = 2, .ranks_down = 2, .halo_steps = 4},
                   "a part would have 3 columns, and halos of 4 steps need 4");
    expect_refused(&rows, 4, (gf_parallel_options){.ranks_across = 2, .ranks_down = 2},
                   "julia is not divided by columns; give 1x4");
}

/* A rank is its neighbour's neighbour in the opposite direction, also where that is itself, and the
 * cells that it sends are those that the other one receives. */
Test(parallel, neighbours_agree) {
    for (uint32_t across = 1; across <= 4; across++) {
        for (uint32_t rank = 0; rank < 3 * across; rank++) {
            for (uint32_t i = 0; i < GF_DIRECTIONS; i++) {
                const gf_rank_grid grid = {across, 3};
                const gf_direction there = gf_direction_at(i),
                                   back = gf_direction_at(GF_DIRECTIONS - 1 - i);
                const uint32_t other = gf_grid_neighbour(grid, rank, there);
                cr_expect(there.down == -back.down && there.across == -back.across);
                cr_expect(there.down != 0 || there.across != 0);
                cr_expect_eq(gf_grid_neighbour(grid, other, back), rank);
            }
        }
    }
    cr_expect_eq(gf_grid_neighbour((gf_rank_grid){3, 2}, 0, (gf_direction){-1, -1}), 5);
    cr_expect_eq(gf_grid_neighbour((gf_rank_grid){3, 2}, 4, (gf_direction){0, 1}), 5);
}

static gf_grid_facts square_facts(const gf_division *division, double cell_ns) {
    gf_grid_facts facts = {.division = division,
                           .costs = gf_halo_choices(1000, 64, 0),
                           .columns = division->columns,
                           .steps = 1000,
                           .cell_bytes = 8,
                           .line = {.a_ns = 20000, .b_ns = 0.1, .count = 4},
                           .may_overlap = true};
    set_costs(&facts.costs, cell_ns);
    return facts;
}

/* By the model itself: no choice is worse than rows; by hand: 64 ranks share a square in squares,
 * whose edges are shortest; a narrow grid, and few ranks, are left in rows. */
Test(parallel, a_grid_is_chosen_where_its_edges_are_shorter) {
    for (uint32_t ranks = 1; ranks <= 64; ranks++) {
        for (uint64_t width = 8; width <= 4096; width *= 8) {
            const gf_division division = {
                .units = 4096, .reach = 1, .columns = width, .wraps = ranks % 2 == 0};
            const gf_grid_facts facts = square_facts(&division, 1);
            const gf_grid_choice best = gf_grid_choose(&facts, ranks);
            const gf_grid_choice rows = gf_grid_choice_of(&facts, (gf_rank_grid){1, ranks});
            cr_expect_leq(best.step_ns, rows.step_ns, "%u ranks, width %u", ranks, (unsigned)width);
            cr_expect_eq(best.grid.across * best.grid.down, ranks);
            cr_expect(width > 8 || best.grid.across == 1, "%u ranks", ranks);
        }
    }
    const gf_division square = {.units = 4096, .reach = 1, .columns = 4096};
    const gf_grid_facts facts = square_facts(&square, 1);
    cr_expect_eq(gf_grid_choose(&facts, 64).grid.across, 8);
    cr_expect_eq(gf_grid_choose(&facts, 2).grid.across, 1);
    /* Predictions know that: of 1000 steps of 64 ranks in the best grid, and in rows. */
    gf_scaling scaling = {.known = true, .division = &square, .steps = 1000, .grids = facts};
    cr_expect_float_eq(gf_scaling_predict(&scaling, 64), 1000 * gf_grid_choose(&facts, 64).step_ns,
                       1);
    scaling.wanted = (gf_rank_grid){1, 64};
    cr_expect_float_eq(gf_scaling_predict(&scaling, 64),
                       1000 * gf_grid_choice_of(&facts, scaling.wanted).step_ns, 1);
    cr_expect_gt(gf_scaling_predict(&scaling, 64), 1010 * gf_grid_choose(&facts, 64).step_ns);
    const gf_division rows_only = {.units = 4096, .reach = 1};
    const gf_grid_facts narrow = square_facts(&rows_only, 1);
    cr_expect_eq(gf_grid_choose(&narrow, 64).grid.across, 1);
}

/* Edges alone, as with large problems: of each part two halos of 2 steps at each edge. */
static void count_compared(fake_job *job, const gf_parallel *parallel, void *context) {
    const gf_parallel_result *result = &parallel->results[parallel->result_count - 1];
    (void)job;
    if (parallel->ranks->rank == 0)
        *(uint64_t *)context = result->sampled ? result->compared : 0;
}

Test(parallel, the_edges_of_a_rectangle_are_proved) {
    static const fake_job_case of = {"diffusion", {"size=48x60", "steps=9", "boundary=periodic"}};
    fake_job job = fake_job_new(&of, 4);
    uint64_t compared = 0;
    fake_job_devices(0);
    job.options.verify = GF_VERIFY_SAMPLED;
    job.how = (gf_parallel_options){.halo_steps = 2, .ranks_across = 2, .ranks_down = 2};
    job.look = count_compared;
    job.context = &compared;
    fake_job_run(&job, 4, 0, 0);
    cr_expect_eq(job.status[0], GF_OK, "%s", job.text[0]);
    cr_expect_eq(compared, 4 * (2 * 4 * 24 + 2 * 4 * (30 - 8)));
}

/* ---- Splits ---------------------------------------------------------------------- */

Test(parallel, parts_are_all_units_in_order) {
    gf_work_profile even;
    gf_part parts[32];
    for (uint32_t i = 0; i < GF_WORK_BUCKETS; i++)
        even.until[i] = (i + 1.0) / GF_WORK_BUCKETS;
    for (uint64_t units = 1; units < 200; units += 7) {
        for (uint32_t ranks = 1; ranks <= 32; ranks++) {
            for (uint64_t least = 0; least < 9; least += 4) {
                uint64_t next = 0;
                gf_rank_split(units, &even, least, NULL, ranks, parts);
                for (uint32_t i = 0; i < ranks; i++) {
                    cr_assert_eq(parts[i].first, next);
                    cr_assert(parts[i].count == 0 || parts[i].count >= least ||
                              parts[i].count == units);
                    next += parts[i].count;
                }
                cr_assert_eq(next, units, "%u ranks, %u units", ranks, (unsigned)units);
            }
        }
    }
}

/* All work is in the second half: so are all parts but the first. */
Test(parallel, parts_have_equal_work) {
    gf_work_profile late;
    gf_part parts[4];
    for (uint32_t i = 0; i < GF_WORK_BUCKETS; i++)
        late.until[i] =
            i < GF_WORK_BUCKETS / 2 ? 0 : (i + 1.0 - GF_WORK_BUCKETS / 2) / (GF_WORK_BUCKETS / 2);
    gf_rank_split(1000, &late, 0, NULL, 4, parts);
    cr_expect_eq(parts[0].count, 625);
    cr_expect_eq(parts[3].count, 125);
    for (uint32_t i = 0; i < 4; i++)
        cr_expect_float_eq(gf_work_share(1000, &late, parts[i]), 0.25, 1e-6);
}

Test(parallel, a_faster_rank_gets_more) {
    gf_work_profile even;
    gf_part parts[3];
    for (uint32_t i = 0; i < GF_WORK_BUCKETS; i++)
        even.until[i] = (i + 1.0) / GF_WORK_BUCKETS;
    gf_rank_split(600, &even, 0, (double[]){1, 3, 2}, 3, parts);
    cr_expect(parts[0].count == 100 && parts[1].count == 300 && parts[2].count == 200);
    gf_rank_split(600, &even, 0, (double[]){1, 0, 2}, 3, parts);
    cr_expect(parts[0].count == 200 && parts[1].count == 200, "a rate that is not known");
}

/* ---- Choices ------------------------------------------------------------------------ */

Test(parallel, long_latencies_call_for_rare_exchanges) {
    gf_halo_facts facts = {.costs = gf_halo_choices(1000, 64, 0),
                           .own_rows = 1000,
                           .own_columns = 1024,
                           .row_borders = 2,
                           .reach = 1,
                           .most_steps = 64,
                           .cell_bytes = 8,
                           .line = {.a_ns = 1000, .b_ns = 0.1, .count = 5}};
    bool overlaps = false;
    set_costs(&facts.costs, 1000.0 / 1024);
    const uint32_t quick = gf_halo_choose(&facts, false, false, &overlaps);
    facts.line.a_ns = 1e7;
    const uint32_t slow = gf_halo_choose(&facts, false, false, &overlaps);
    cr_expect_lt(facts.costs.steps[quick], facts.costs.steps[slow]);
    cr_expect(!overlaps);
    /* A message longer than the steps of a visit is worth computing the edges twice. */
    facts.line.a_ns = 1e8;
    (void)gf_halo_choose(&facts, true, false, &overlaps);
    cr_expect(overlaps);
    facts.line.a_ns = 1000;
    (void)gf_halo_choose(&facts, true, false, &overlaps);
    cr_expect(!overlaps);
}

/* 64 steps in two visits have one exchange, in one none. */
Test(parallel, nothing_follows_the_last_visit) {
    gf_halo_facts facts = {.costs = {.steps = {32, 64}, .cell_ns = {1, 1}, .count = 2},
                           .own_rows = 100,
                           .own_columns = 10,
                           .row_borders = 1,
                           .reach = 1,
                           .most_steps = 64,
                           .all_steps = 64,
                           .line = {.a_ns = 64000, .count = 4}};
    cr_expect_float_eq(gf_halo_step_ns(&facts, 0, false), (100 + 32) * 10 + 1000, 1e-6);
    cr_expect_float_eq(gf_halo_step_ns(&facts, 1, false), (100 + 64) * 10, 1e-6);
    facts.all_steps = 0;
    cr_expect_float_eq(gf_halo_step_ns(&facts, 1, false), (100 + 64) * 10 + 1000, 1e-6);
}

/* 100 steps: 50 and 50, 25 four times, not 64 and 36. */
Test(parallel, visits_are_even) {
    const gf_halo_costs costs = gf_halo_choices(100, 64, 0);
    cr_assert_eq(costs.count, 7);
    cr_expect(costs.steps[0] == 1 && costs.steps[5] == 25 && costs.steps[6] == 50);
    cr_expect_eq(gf_halo_choices(100, 5, 9).steps[0], 5, "as much of it as is possible");
    cr_expect_eq(gf_halo_choices(100, 10, 9).steps[0], 9);
    cr_expect_eq(gf_halo_choices(1, 64, 0).count, 1);
}

/* ---- Predictions ----------------------------------------------------------------------- */

typedef struct foreseen {
    double least, most; /* relative errors of predictions */
} foreseen;

/* By the shortest round trips: other programs only lengthen them. */
static void compare_prediction(fake_job *job, const gf_parallel *parallel, void *context) {
    foreseen *seen = context;
    const gf_scaling scaling = gf_scaling_of(parallel);
    const gf_parallel_result *result = &parallel->results[parallel->result_count - 1];
    (void)job;
    if (parallel->ranks->rank != 0 || result->ranks == 1)
        return;
    const double measured = (double)gf_parallel_total(result).min_ns;
    const double error = gf_scaling_predict(&scaling, result->ranks) / measured - 1;
    printf("%2u ranks: %.2f ms, predicted %+.1f %% (%u steps%s)\n", result->ranks, measured * 1e-6,
           100 * error, (unsigned)result->visit_steps, result->overlaps ? ", overlapped" : "");
    seen->least = fmin(seen->least, error);
    seen->most = fmax(seen->most, error);
}

/* Devices that sleep for each row, on a network with a latency. A machine that other programs keep
 * busy makes threads late, so that only a prediction that is too long is wrong everywhere. With
 * GPUFARE_QUIET=1, and 16 ranks, all must be within 15 %. */
Test(parallel, the_time_on_more_ranks_is_predicted) {
    static const fake_job_case of = {"diffusion", {"size=8x1600", "steps=64"}};
    const bool quiet = getenv("GPUFARE_QUIET") != NULL;
    const uint32_t most = quiet ? 16 : 4;
    fake_job job = fake_job_new(&of, most);
    foreseen seen = {0, 0};
    fake_job_devices(quiet ? 20000 : 2000);
    for (uint32_t i = 0, ranks = 1; ranks <= most; i++, ranks *= 2)
        job.counts[i] = ranks;
    job.look = compare_prediction;
    job.context = &seen;
    fake_job_run(&job, most, 1000000, 0.1);
    cr_assert_eq(job.status[0], GF_OK, "%s", job.text[0]);
    cr_expect_lt(seen.most, 1.0);
    cr_expect(!quiet || (seen.most < 0.15 && seen.least > -0.15));
}
