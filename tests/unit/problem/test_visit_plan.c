/* How problems are cut into bands that fit a device: against bands that are walked one by one. */
#include <criterion/criterion.h>

#include "base/array.h"
#include "problem/parts/division.h"
#include "problem/parts/visit_plan.h"
#include "problem/problem.h"

TestSuite(visit_plan, .timeout = 60);

/* A grid of 8 bytes a row in two buffers. */
static gf_problem grid(uint64_t rows, uint64_t steps, uint64_t every) {
    gf_problem problem = {.buffer_count = 2,
                          .has_pair = true,
                          .partner = 1,
                          .steps = steps,
                          .steps_per_transfer = every};
    for (uint32_t i = 0; i < 2; i++)
        problem.buffers[i] =
            (gf_buffer_spec){.access = i == 0 ? GF_ACCESS_INOUT : GF_ACCESS_SCRATCH,
                             .rows = rows,
                             .cols = 1,
                             .bytes = rows * 8};
    return problem;
}

static uint64_t lesser(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* Rows that a band has on the device. */
static uint64_t rows_of(const gf_visit_plan *plan, const gf_division *division, gf_part own) {
    const uint64_t below = division->units - own.first - own.count;
    if (own.count == division->units)
        return own.count;
    if (division->wraps)
        return own.count + 2 * plan->halo;
    return own.count + lesser(own.first, plan->halo) + lesser(below, plan->halo);
}

/* The bands have every row once, in order, and fit with their halos. Returns rows that go up. */
static uint64_t expect_bands(const gf_visit_plan *plan, const gf_division *division) {
    uint64_t next = 0, up = 0;
    for (uint64_t i = 0; i < plan->bands; i++) {
        const gf_part own = gf_visit_band(plan, division, i);
        const uint64_t rows = rows_of(plan, division, own);
        cr_assert_eq(own.first, next);
        cr_assert_gt(own.count, 0, "band %llu of %llu is empty", (unsigned long long)i,
                     (unsigned long long)plan->bands);
        cr_assert_leq(rows, plan->room, "band %llu has %llu rows and room for %llu",
                      (unsigned long long)i, (unsigned long long)rows,
                      (unsigned long long)plan->room);
        next += own.count;
        up += rows;
    }
    cr_assert_eq(next, division->units);
    return up;
}

Test(visit_plan, every_row_of_a_grid_is_in_one_band_that_fits) {
    for (uint64_t rows = 1; rows < 40; rows++) {
        for (uint64_t limit_rows = 1; limit_rows < 45; limit_rows++) {
            for (int wraps = 0; wraps < 2; wraps++) {
                const gf_problem problem = grid(rows, 23, 9);
                const gf_division division = {
                    .units = rows, .cut_buffers = 3, .reach = 1, .wraps = wraps != 0};
                const gf_memory_limits limits = {limit_rows * 16 + 7, 0};
                const gf_visit_plan plan =
                    gf_visit_plan_make(&problem, &division, &limits, 1, NULL);
                if (limit_rows < rows && limit_rows < 3) {
                    cr_expect_eq(plan.room, 0);
                    continue;
                }
                const uint64_t up = expect_bands(&plan, &division);
                const uint64_t passes =
                    2 * ((9 + plan.steps - 1) / plan.steps) + (5 + plan.steps - 1) / plan.steps;
                cr_expect_leq(plan.device_bytes, limits.total);
                cr_expect_eq(plan.halo, plan.steps);
                cr_expect_eq(plan.visits, plan.bands * passes);
                cr_expect_leq(plan.bytes_up, passes * (up + 2 * plan.halo) * 8);
                cr_expect_geq(plan.bytes_up, passes * up * 8, "%llu rows, %llu fit: %llu and %llu",
                              (unsigned long long)rows, (unsigned long long)limit_rows,
                              (unsigned long long)plan.bytes_up,
                              (unsigned long long)(passes * up * 8));
                cr_expect_eq(plan.bytes_down, passes * rows * 8);
            }
        }
    }
}

Test(visit_plan, independent_units_are_in_bands_of_about_one_size) {
    gf_problem problem = {.buffer_count = 2};
    problem.buffers[0] =
        (gf_buffer_spec){.access = GF_ACCESS_IN, .rows = 1, .cols = 1, .bytes = 100};
    for (uint64_t units = 1; units < 60; units++) {
        problem.buffers[1] =
            (gf_buffer_spec){.access = GF_ACCESS_OUT, .rows = units, .cols = 3, .bytes = units * 3};
        const gf_division division = {.units = units, .cut_buffers = 2};
        for (uint64_t fit = 0; fit < 65; fit++) {
            const gf_memory_limits limits = {100 + 3 * fit + 2, 0};
            const gf_visit_plan plan = gf_visit_plan_make(&problem, &division, &limits, 1, NULL);
            if (fit == 0) {
                cr_expect_eq(plan.room, 0);
                continue;
            }
            (void)expect_bands(&plan, &division);
            cr_expect_eq(plan.bands, (units + fit - 1) / fit >= plan.bands ? plan.bands : 0);
            cr_expect_eq(plan.visits, plan.bands);
            cr_expect_eq(plan.steps, 0);
            cr_expect_leq(plan.device_bytes, limits.total);
            cr_expect_eq(plan.bytes_up, 100);
            cr_expect_eq(plan.bytes_down, units * 3);
        }
    }
}

Test(visit_plan, a_single_buffer_may_be_the_limit) {
    gf_problem problem = {.buffer_count = 2};
    problem.buffers[0] =
        (gf_buffer_spec){.access = GF_ACCESS_IN, .rows = 1, .cols = 1, .bytes = 100};
    problem.buffers[1] =
        (gf_buffer_spec){.access = GF_ACCESS_OUT, .rows = 50, .cols = 8, .bytes = 400};
    const gf_division division = {.units = 50, .cut_buffers = 2};
    const gf_memory_limits some = {100000, 160}, few = {100000, 99};
    const gf_visit_plan plan = gf_visit_plan_make(&problem, &division, &some, 1, NULL);
    cr_expect_leq(plan.room, 20);
    cr_expect_eq(plan.bands, 3);
    cr_expect_eq(gf_visit_plan_make(&problem, &division, &few, 1, NULL).room, 0,
                 "what every band has all of is too large");
}

/* Many steps where moving costs much, few where computing does. */
Test(visit_plan, steps_of_a_visit_follow_the_costs) {
    const gf_problem problem = grid(100000, 1000, 1000);
    const gf_division division = {.units = 100000, .cut_buffers = 3, .reach = 1};
    const gf_memory_limits limits = {10000 * 16, 0};
    const gf_visit_costs free_moves = {.move = 0, .step = 1, .fixed = 0};
    const gf_visit_costs free_steps = {.move = 1, .step = 0, .fixed = 0};
    const gf_visit_costs both = {.move = 16, .step = 1, .fixed = 0};
    cr_expect_eq(gf_visit_plan_make(&problem, &division, &limits, 1, &free_moves).steps, 1);
    cr_expect_geq(gf_visit_plan_make(&problem, &division, &limits, 1, &free_steps).steps, 250);
    const uint64_t steps = gf_visit_plan_make(&problem, &division, &limits, 1, &both).steps;
    cr_expect(steps > 50 && steps < 500, "%llu", (unsigned long long)steps);
}
