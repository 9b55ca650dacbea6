/* How sets of devices divide problems, in a time that the test makes up: what is handed out, and
 * how near the devices come to the ceiling. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/device_set/band_queue.h"
#include "backends/device_set/ceiling.h"
#include "backends/device_set/row_split.h"
#include "base/array.h"
#include "device/shares.h"

TestSuite(set_plan, .timeout = 60);

/* ---- Bands -------------------------------------------------------------- */

/* The work of a unit, on average 1: as of a picture's rows, most of it in the middle. */
static double even(uint64_t unit, uint64_t units) {
    (void)unit;
    (void)units;
    return 1;
}

static double picture(uint64_t unit, uint64_t units) {
    const double x = ((double)unit + 0.5) / (double)units;
    return 6 * x * (1 - x);
}

/* The member that is free first takes the next band, until none gets one. Returns when the last one
 * ends; every unit must be handed out once. */
static double simulate(gf_band_queue *queue, double (*work)(uint64_t, uint64_t), uint64_t *bands) {
    double now[GF_MOST_MEMBERS] = {0}, end = 0;
    bool done[GF_MOST_MEMBERS] = {false};
    uint64_t expected = 0;
    *bands = 0;
    for (uint32_t left = queue->count; left > 0;) {
        uint32_t first = 0;
        while (done[first])
            first++;
        for (uint32_t i = first + 1; i < queue->count; i++)
            first = !done[i] && now[i] < now[first] ? i : first;
        const gf_part band = gf_band_queue_take(queue, first);
        if (band.count == 0) {
            done[first] = true;
            left--;
            continue;
        }
        cr_assert_eq(band.first, expected, "units are left out or handed out twice");
        cr_assert_leq(band.count, queue->most[first]);
        expected += band.count;
        now[first] += queue->fixed_ns[first];
        for (uint64_t u = band.first; u < band.first + band.count; u++)
            now[first] += work(u, queue->units) / queue->rates[first];
        end = fmax(end, now[first]);
        ++*bands;
    }
    cr_assert_eq(expected, queue->units, "%llu of %llu units were handed out",
                 (unsigned long long)expected, (unsigned long long)queue->units);
    return end;
}

static const struct {
    const char *name;
    uint32_t count;
    double rates[GF_MOST_MEMBERS]; /* units in a ns */
} speeds[] = {
    {"1:1", 2, {1e-5, 1e-5}},         {"1:4", 2, {1e-5, 4e-5}},
    {"20:1", 2, {20e-5, 1e-5}},       {"1:4:20", 3, {1e-5, 4e-5, 20e-5}},
    {"1:1:1", 3, {1e-5, 1e-5, 1e-5}},
};

/* A test runs one queue at a time. */
static gf_band_queue queue_of(size_t s, uint64_t units, uint64_t grain, double fixed_ns) {
    static double all_fixed_ns[GF_MOST_MEMBERS];
    static uint64_t most[GF_MOST_MEMBERS];
    for (uint32_t i = 0; i < speeds[s].count; i++) {
        all_fixed_ns[i] = fixed_ns;
        most[i] = units / 4 + 1 > grain ? units / 4 + 1 : grain;
    }
    return (gf_band_queue){.units = units,
                           .grain = grain,
                           .count = speeds[s].count,
                           .rates = speeds[s].rates,
                           .fixed_ns = all_fixed_ns,
                           .most = most};
}

static double rate_of_all(size_t s) {
    double all = 0;
    for (uint32_t i = 0; i < speeds[s].count; i++)
        all += speeds[s].rates[i];
    return all;
}

/* 1000 rows, or 100000 blocks, in 4 ms and more; a launch takes 20 us, as on a GPU. */
Test(set_plan, bands_reach_95_percent_of_the_ceiling) {
    static const uint64_t units[] = {1000, 100000};
    double (*const works[])(uint64_t, uint64_t) = {even, picture};
    for (size_t s = 0; s < GF_COUNT_OF(speeds); s++) {
        for (size_t n = 0; n < GF_COUNT_OF(units); n++) {
            for (size_t w = 0; w < GF_COUNT_OF(works); w++) {
                uint64_t bands = 0;
                gf_band_queue queue = queue_of(s, units[n], 1, 20e3);
                const double took = simulate(&queue, works[w], &bands);
                const double of_ceiling = (double)units[n] / rate_of_all(s) / took;
                cr_expect_geq(of_ceiling, 0.95, "%s, %llu units, work %zu: %.3f in %llu bands",
                              speeds[s].name, (unsigned long long)units[n], w, of_ceiling,
                              (unsigned long long)bands);
            }
        }
    }
}

/* Whatever the numbers are: few units, coarse grains, launches that take longer than all units. */
Test(set_plan, every_unit_is_handed_out_once) {
    static const uint64_t units[] = {1, 2, 3, 7, 31, 64, 65, 1000};
    static const uint64_t grains[] = {1, 4, 64};
    static const double fixed_ns[] = {0, 1e3, 1e9};
    for (size_t s = 0; s < GF_COUNT_OF(speeds); s++) {
        for (size_t i = 0; i < GF_COUNT_OF(units) * GF_COUNT_OF(grains) * 3; i++) {
            uint64_t bands = 0;
            gf_band_queue queue = queue_of(s, units[i % GF_COUNT_OF(units)],
                                           grains[i / GF_COUNT_OF(units) % GF_COUNT_OF(grains)],
                                           fixed_ns[i / GF_COUNT_OF(units) / GF_COUNT_OF(grains)]);
            (void)simulate(&queue, picture, &bands);
        }
    }
}

Test(set_plan, a_member_alone_takes_all_that_it_has_room_for) {
    gf_band_queue queue = {.units = 100,
                           .grain = 1,
                           .count = 2,
                           .rates = (double[]){0, 1},
                           .fixed_ns = (double[]){0, 0},
                           .most = (uint64_t[]){100, 40}};
    static const uint64_t expected[] = {40, 40, 20, 0};
    cr_expect_eq(gf_band_queue_take(&queue, 0).count, 0);
    for (size_t i = 0; i < GF_COUNT_OF(expected); i++)
        cr_expect_eq(gf_band_queue_take(&queue, 1).count, expected[i], "band %zu", i);
}

Test(set_plan, a_closed_queue_gives_the_rest_and_then_nothing) {
    gf_band_queue queue = queue_of(0, 1000, 1, 0);
    const gf_part first = gf_band_queue_take(&queue, 0);
    const gf_part rest = gf_band_queue_close(&queue);
    cr_expect_eq(rest.first, first.count);
    cr_expect_eq(first.count + rest.count, 1000);
    cr_expect_eq(gf_band_queue_take(&queue, 1).count, 0);
}

/* What the others compute in vain when a unit settles the problem is at most a quarter of what came
 * before. */
Test(set_plan, a_queue_that_may_end_early_begins_with_short_bands) {
    for (size_t s = 0; s < GF_COUNT_OF(speeds); s++) {
        gf_band_queue queue = queue_of(s, 4096, 1, 0);
        queue.ramps = true;
        uint64_t before = 0, bands = 0;
        for (uint32_t i = 0; before < 4096 && bands < 1000; i = (i + 1) % queue.count, bands++) {
            const gf_part band = gf_band_queue_take(&queue, i);
            cr_assert(band.count <= 1 || band.count <= before / 4 + 1, "%s: %llu at %llu",
                      speeds[s].name, (unsigned long long)band.count, (unsigned long long)before);
            before += band.count;
        }
        cr_expect(before == 4096 && bands < 400, "%s: %llu bands", speeds[s].name,
                  (unsigned long long)bands);
    }
}

/* ---- Rows --------------------------------------------------------------- */

Test(set_plan, rows_are_split_by_rates) {
    static const struct {
        uint64_t rows;
        uint32_t count;
        double rates[4];
        uint64_t expected[4];
    } cases[] = {
        {100, 2, {1, 1}, {50, 50}},    {100, 2, {1, 4}, {20, 80}},
        {105, 2, {20, 1}, {100, 5}},   {7, 3, {1, 1, 1}, {2, 3, 2}},
        {1, 3, {1, 1, 1}, {0, 0, 1}},  {10, 3, {0, 1, 0}, {0, 10, 0}},
        {10, 3, {1, 0, 1}, {5, 0, 5}}, {1000, 2, {1, 1e9}, {0, 1000}},
    };
    for (size_t c = 0; c < GF_COUNT_OF(cases); c++) {
        const gf_division division = {.units = cases[c].rows, .reach = 1};
        const gf_row_split split = gf_split_rows(&division, cases[c].rates, cases[c].count, 0);
        uint64_t at = 0;
        for (uint32_t i = 0; i < cases[c].count; i++) {
            cr_expect_eq(split.parts[i].first, at, "case %zu, member %u", c, i);
            cr_expect_eq(split.parts[i].count, cases[c].expected[i], "case %zu, member %u: %llu", c,
                         i, (unsigned long long)split.parts[i].count);
            at += split.parts[i].count;
        }
        cr_expect_eq(at, cases[c].rows, "case %zu", c);
    }
}

Test(set_plan, halos_end_at_the_grid_unless_it_wraps) {
    const gf_division plain = {.units = 100, .reach = 1};
    const gf_division wraps = {.units = 100, .reach = 1, .wraps = true};
    const gf_local_rows top = gf_local_rows_of(&plain, (gf_part){0, 50}, 8);
    const gf_local_rows inner = gf_local_rows_of(&plain, (gf_part){3, 50}, 8);
    const gf_local_rows wrapped = gf_local_rows_of(&wraps, (gf_part){0, 50}, 8);
    const gf_local_rows whole = gf_local_rows_of(&wraps, (gf_part){0, 100}, 8);
    const gf_local_rows none = gf_local_rows_of(&plain, (gf_part){100, 0}, 8);
    cr_expect(top.top == 0 && top.own == 50 && top.bottom == 8);
    cr_expect(inner.top == 3 && inner.own == 50 && inner.bottom == 8);
    cr_expect(wrapped.top == 8 && wrapped.own == 50 && wrapped.bottom == 8);
    cr_expect(whole.top == 0 && whole.own == 100 && whole.bottom == 0);
    cr_expect(none.top == 0 && none.own == 0 && none.bottom == 0);
}

/* A visit: the member with the most work, the halos included, and an exchange. */
static double visit_ns(const gf_row_split *split, const double *rates, uint64_t halo,
                       uint64_t steps, uint64_t rows, double exchange_ns) {
    const gf_division division = {.units = rows, .reach = 1};
    double longest = 0;
    for (uint32_t i = 0; i < split->count; i++) {
        const gf_local_rows local = gf_local_rows_of(&division, split->parts[i], halo);
        const double count = (double)(local.top + local.own + local.bottom);
        longest = fmax(longest, count * (double)steps / rates[i]);
    }
    return longest + exchange_ns;
}

/* An exchange takes 100 us, a step of all rows 20 ms or 5 ms on a device of rate 1. */
Test(set_plan, rows_with_halos_reach_90_percent_of_the_ceiling) {
    static const struct {
        uint64_t rows;
        double step_ns;
    } grids[] = {{1000, 20e6}, {4096, 5e6}};
    const uint64_t steps = 500;
    for (size_t g = 0; g < GF_COUNT_OF(grids); g++) {
        for (size_t s = 0; s < GF_COUNT_OF(speeds); s++) {
            double rates[GF_MOST_MEMBERS], all = 0;
            for (uint32_t i = 0; i < speeds[s].count; i++) {
                rates[i] = (double)grids[g].rows / grids[g].step_ns * speeds[s].rates[i] / 1e-5;
                all += rates[i];
            }
            const uint64_t rows = grids[g].rows;
            const gf_division division = {.units = rows, .reach = 1};
            const uint64_t k = gf_choose_visit_steps(&division, rates, speeds[s].count,
                                                     GF_MOST_VISIT_STEPS, 100e3);
            const gf_row_split split = gf_split_rows(&division, rates, speeds[s].count, k);
            double took = 0;
            for (uint64_t done = 0; done < steps; done += k)
                took +=
                    visit_ns(&split, rates, k, steps - done < k ? steps - done : k, rows, 100e3);
            const double of_ceiling = (double)rows * (double)steps / all / took;
            cr_expect_geq(of_ceiling, 0.90, "%s, %llu rows, every %llu steps: %.3f", speeds[s].name,
                          (unsigned long long)rows, (unsigned long long)k, of_ceiling);
        }
    }
}

Test(set_plan, exchanges_are_rarer_the_dearer_they_are) {
    const gf_division large = {.units = 1000, .reach = 1}, small = {.units = 10, .reach = 1};
    const double rates[] = {0.01, 0.01};
    const uint64_t cheap = gf_choose_visit_steps(&large, rates, 2, 64, 1e3);
    const uint64_t dear = gf_choose_visit_steps(&large, rates, 2, 64, 1e6);
    cr_expect_lt(cheap, dear, "%llu, %llu", (unsigned long long)cheap, (unsigned long long)dear);
    cr_expect_eq(gf_choose_visit_steps(&large, rates, 2, 5, 1e9), 4, "no more than there are");
    cr_expect_eq(gf_choose_visit_steps(&small, rates, 2, 1, 1e9), 1);
}

/* With 20 rows of 1000 as its share and halos of 32 rows a slow member has nothing to do. */
Test(set_plan, a_member_that_would_compute_halos_alone_gets_no_rows) {
    const gf_division division = {.units = 1000, .reach = 1};
    const double rates[] = {50, 1}, even_rates[] = {1, 1, 1};
    const gf_row_split split = gf_split_rows(&division, rates, 2, 32);
    cr_expect_eq(split.parts[0].count, 1000);
    cr_expect_eq(split.parts[1].count, 0);
    /* The one in the middle has two halos. */
    const gf_row_split three = gf_split_rows(&division, even_rates, 3, 30);
    cr_expect_eq(three.parts[0].count, 343);
    cr_expect_eq(three.parts[1].count, 314);
    cr_expect_eq(three.parts[2].count, 343);
}

Test(set_plan, only_a_tenth_of_waiting_is_unbalanced) {
    const uint64_t even_times[] = {100, 105, 100}, uneven[] = {100, 200};
    cr_expect_not(gf_is_unbalanced(even_times, 3));
    cr_expect(gf_is_unbalanced(uneven, 2));
    cr_expect_not(gf_is_unbalanced(uneven, 1));
}

/* ---- The ceiling -------------------------------------------------------- */

static gf_device make_device(const char *id, gf_device_class its, uint32_t units) {
    return (gf_device){.info = {.id = id, .device_class = its, .compute_units = units}};
}

Test(set_plan, the_ceiling_adds_rates) {
    gf_device a = make_device("0:0", GF_CLASS_GPU, 80), b = make_device("1:0", GF_CLASS_GPU, 80);
    const gf_member members[] = {{.device = &a, .alone_ns = 3e6}, {.device = &b, .alone_ns = 6e6}};
    char text[480];
    const gf_ceiling ceiling = gf_set_ceiling(members, 2);
    cr_expect_float_eq(ceiling.ns, 2e6, 1e-3, "%g", ceiling.ns);
    cr_expect_eq(ceiling.best, 0);
    cr_expect_eq(ceiling.cores, 0);
    cr_expect_not(ceiling.one_chip);
    gf_ceiling_format(&ceiling, members, 2, text, sizeof text);
    cr_expect_str_eq(text, "alone: 0:0 3 ms, 1:0 6 ms; ceiling together: 2 ms; worth it: at most "
                           "1.50 times as fast as 0:0 alone");
}

/* 16 cores that take 15 ms: 15 of them take 16 ms while one waits for the GPU. */
Test(set_plan, a_driver_that_waits_takes_a_core) {
    gf_device cpu = make_device("native", GF_CLASS_NATIVE, 16);
    gf_device gpu = make_device("0:0", GF_CLASS_GPU, 80);
    const gf_member members[] = {{.device = &cpu, .alone_ns = 15e6},
                                 {.device = &gpu, .alone_ns = 16e6}};
    const gf_ceiling ceiling = gf_set_ceiling(members, 2);
    cr_expect_float_eq(ceiling.ns, 8e6, 1e-3, "%g", ceiling.ns);
    cr_expect_eq(ceiling.cores, 16);
}

Test(set_plan, one_chip_gains_nothing) {
    gf_device cpu = make_device("native", GF_CLASS_NATIVE, 2);
    gf_device pocl = make_device("0:0", GF_CLASS_CPU, 2);
    const gf_member members[] = {{.device = &pocl, .alone_ns = 4e6},
                                 {.device = &cpu, .alone_ns = 3e6}};
    char text[480];
    const gf_ceiling ceiling = gf_set_ceiling(members, 2);
    cr_expect(ceiling.one_chip);
    cr_expect_float_eq(ceiling.ns, 3e6, 1e-3);
    cr_expect_float_eq(gf_ceiling_gain(&ceiling, members), 1, 1e-9);
    gf_ceiling_format(&ceiling, members, 2, text, sizeof text);
    cr_expect_not_null(strstr(text, "nothing can be gained: native alone is the ceiling"), "%s",
                       text);
}
