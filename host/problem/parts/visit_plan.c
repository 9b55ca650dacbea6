#include "problem/parts/visit_plan.h"

#include <math.h>

#include "problem/parts/division.h"
#include "problem/traffic.h"

/* Moving a unit over a bus takes about this many steps of it, until that is measured. */
static const gf_visit_costs usual_costs = {.move = 16, .step = 1, .fixed = 0};

static uint64_t lesser(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t pieces_of(uint64_t whole, uint64_t piece) {
    return whole / piece + (whole % piece != 0 ? 1 : 0);
}

/* ---- Room --------------------------------------------------------------- */

/* Bytes of a unit, and of the buffers that every band has all of. */
static void add_sizes(const gf_problem *problem, const gf_division *division, uint64_t *unit_bytes,
                      uint64_t *common_bytes) {
    *unit_bytes = *common_bytes = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (gf_is_cut(division, i))
            *unit_bytes += gf_row_bytes(&problem->buffers[i]);
        else
            *common_bytes += problem->buffers[i].bytes;
    }
}

uint64_t gf_visit_device_bytes(const gf_problem *problem, const gf_division *division,
                               uint64_t room) {
    uint64_t unit_bytes, common_bytes;
    add_sizes(problem, division, &unit_bytes, &common_bytes);
    return room * unit_bytes + common_bytes;
}

/* Units for which no single buffer is too large; 0: one is, whatever the band. */
static uint64_t room_in_one_buffer(const gf_problem *problem, const gf_division *division,
                                   uint64_t limit, uint64_t units) {
    uint64_t room = units;
    for (uint32_t i = 0; limit > 0 && i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (gf_is_cut(division, i))
            room = lesser(room, limit / gf_row_bytes(spec));
        else if (spec->bytes > limit)
            return 0;
    }
    return room;
}

static uint64_t room_of(const gf_problem *problem, const gf_division *division,
                        const gf_memory_limits *limits) {
    uint64_t unit_bytes, common_bytes;
    add_sizes(problem, division, &unit_bytes, &common_bytes);
    const uint64_t room =
        room_in_one_buffer(problem, division, limits->one_buffer, division->units);
    if (limits->total == 0 || unit_bytes == 0)
        return limits->total > 0 && common_bytes > limits->total ? 0 : room;
    return limits->total <= common_bytes
               ? 0
               : lesser(room, (limits->total - common_bytes) / unit_bytes);
}

/* ---- Bands --------------------------------------------------------------- */

/* The first band and the last one of a problem that does not wrap have a halo on one side only. */
static uint64_t first_band_units(uint64_t room, uint64_t halo, const gf_division *division) {
    return room >= division->units ? division->units : room - (division->wraps ? 2 : 1) * halo;
}

static uint64_t band_count(const gf_division *division, uint64_t room, uint64_t halo) {
    const uint64_t units = division->units, first = first_band_units(room, halo, division);
    const uint64_t edge = division->wraps ? 0 : halo;
    if (units <= first)
        return 1;
    return 1 + pieces_of(units - first > edge ? units - first - edge : 1, room - 2 * halo);
}

gf_part gf_visit_band(const gf_visit_plan *plan, const gf_division *division, uint64_t index) {
    const uint64_t first = first_band_units(plan->room, plan->halo, division);
    const uint64_t inner = plan->room - 2 * plan->halo;
    const uint64_t begin = index == 0 ? 0 : first + (index - 1) * inner;
    const uint64_t end = index + 1 == plan->bands ? division->units : first + index * inner;
    return (gf_part){begin, end - begin};
}

/* ---- Visits -------------------------------------------------------------- */

/* Visits of each band in a round trip: a stop ends one, too. */
static uint64_t passes_of(const gf_problem *problem, uint64_t steps) {
    if (problem->steps == 0)
        return 1;
    const uint64_t every = problem->steps_per_transfer, rest = problem->steps % every;
    return problem->steps / every * pieces_of(every, steps) +
           (rest > 0 ? pieces_of(rest, steps) : 0);
}

/* Units with their halos of all bands. */
static double units_with_halos(const gf_division *division, uint64_t bands, uint64_t halo) {
    const uint64_t borders = bands == 1 ? 0 : division->wraps ? bands : bands - 1;
    return (double)division->units + 2.0 * (double)borders * (double)halo;
}

/* What a round trip takes with so many steps a visit. A halo is moved one way only. */
static double trip_cost(const gf_problem *problem, const gf_division *division,
                        const gf_visit_costs *costs, uint64_t room, uint64_t steps) {
    const uint64_t halo = steps * division->reach, bands = band_count(division, room, halo);
    const double all = units_with_halos(division, bands, halo);
    const double passes = (double)passes_of(problem, steps);
    const double moves = passes * (all + (double)division->units) / 2 * costs->move;
    const double computes = (double)problem->steps * all * costs->step;
    return passes * (double)bands * costs->fixed +
           (costs->overlaps ? fmax(moves, computes) : moves + computes);
}

static uint64_t choose_steps(const gf_problem *problem, const gf_division *division,
                             const gf_visit_costs *costs, uint64_t room) {
    const uint64_t fits =
        room >= division->units ? GF_MOST_STEPS_OF_A_VISIT : (room - 1) / 2 / division->reach;
    const uint64_t most =
        lesser(lesser(fits, problem->steps_per_transfer), GF_MOST_STEPS_OF_A_VISIT);
    uint64_t best = 1;
    double least = HUGE_VAL;
    for (uint64_t steps = 1; steps <= most; steps++) {
        const double cost = trip_cost(problem, division, costs, room, steps);
        best = cost < least ? steps : best;
        least = fmin(cost, least);
    }
    return best;
}

/* ---- Traffic -------------------------------------------------------------- */

static void add_product(uint64_t *sum, uint64_t a, uint64_t b) {
    uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product) || __builtin_add_overflow(*sum, product, sum))
        *sum = UINT64_MAX;
}

/* The buffers of units that read others move in each pass: those that go up with their halos, in
 * turns as the one of the pair that has the content. */
static void count_traffic(const gf_problem *problem, const gf_division *division,
                          gf_visit_plan *plan) {
    const uint64_t passes = passes_of(problem, plan->steps);
    const double all = units_with_halos(division, plan->bands, plan->halo);
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const bool cut = gf_is_cut(division, i);
        const uint64_t row_bytes = gf_row_bytes(spec);
        const bool again = division->reach == 0 && !cut && gf_comes_down(spec->access);
        if (gf_goes_up(spec->access))
            add_product(&plan->bytes_up,
                        cut     ? passes
                        : again ? plan->visits
                                : 1,
                        cut ? (uint64_t)all * row_bytes : spec->bytes);
        if (gf_comes_down(spec->access))
            add_product(&plan->bytes_down, cut ? passes : plan->visits,
                        cut ? division->units * row_bytes : spec->bytes);
    }
}

/* 0: not even the smallest band fits. */
static uint64_t room_of_set(const gf_problem *problem, const gf_division *division,
                            const gf_memory_limits *limits, uint32_t sets) {
    const gf_memory_limits its = {limits->total / sets, limits->one_buffer};
    if (limits->total > 0 && its.total == 0)
        return 0;
    const uint64_t room = room_of(problem, division, &its);
    return room < division->units && room <= 2 * (uint64_t)division->reach ? 0 : room;
}

gf_visit_plan gf_visit_plan_make(const gf_problem *problem, const gf_division *division,
                                 const gf_memory_limits *limits, uint32_t sets,
                                 const gf_visit_costs *costs) {
    gf_visit_plan plan = {.sets = sets, .room = room_of_set(problem, division, limits, sets)};
    if (plan.room == 0 && sets > 1)
        return gf_visit_plan_make(problem, division, limits, 1, costs);
    if (plan.room == 0)
        return plan;
    if (division->reach > 0)
        plan.steps =
            choose_steps(problem, division, costs == NULL ? &usual_costs : costs, plan.room);
    plan.halo = plan.steps * division->reach;
    plan.bands = band_count(division, plan.room, plan.halo);
    if (division->reach == 0) { /* bands of about one size */
        plan.room = pieces_of(division->units, plan.bands);
        plan.bands = band_count(division, plan.room, plan.halo);
    }
    plan.visits = plan.bands * passes_of(problem, plan.steps);
    plan.device_bytes = plan.sets * gf_visit_device_bytes(problem, division, plan.room);
    count_traffic(problem, division, &plan);
    return plan;
}
