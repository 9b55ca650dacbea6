#include "bound/kernel_bound.h"

#include <math.h>

#include "base/array.h"
#include "problem/problem.h"

/* A 64-bit remainder by a 32-bit divisor is seven operations of exact f64 at best, as in
 * kernels_cl/prime.cl: a product, its rounding, two fused multiply-adds and two corrections. */
#define REMAINDER_OPERATIONS 7
/* A unit that is not full: work-items of a work-group, of which it runs at least these many. */
#define GROUP_ITEMS 256
/* Standard errors between a sampled number and its bound. */
#define BOUND_ERRORS 2

/* What both bounds need. */
typedef struct demand {
    const gf_bound_request *request;
    const gf_model *model;
    gf_kernel_mix mix;
    double units, lanes;         /* one end of each range */
    double items[2];             /* that may run at once, most and least */
    double work[2];              /* least and most */
    double efficiency[2];        /* of lanes, most and least */
    gf_table_range instructions; /* of a lane, for a unit of work */
} demand;

enum { BEST, WORST };

/* ---- Lanes ------------------------------------------------------------- */

/* The usual shapes: squares, as a work-group of 8 x 8 has them, and rows. A device of fewer lanes
 * loses no more than one of twice as many. */
static void find_efficiency(demand *d) {
    static const gf_lane_group shapes[][2] = {
        {{8, 4}, {1, 64}}, {{8, 4}, {1, 32}}, {{1, 16}, {1, 16}}, {{1, 8}, {1, 8}}};
    const double lanes = d->lanes;
    const size_t index = lanes > 32 ? 0 : lanes > 16 ? 1 : lanes > 8 ? 2 : 3;
    gf_estimate *estimate = d->request->estimate;
    const gf_sampled square = gf_estimate_efficiency(estimate, shapes[index][0]);
    const gf_sampled row = gf_estimate_efficiency(estimate, shapes[index][1]);
    const double least =
        fmin(square.value - BOUND_ERRORS * square.error, row.value - BOUND_ERRORS * row.error);
    const double most =
        fmax(square.value + BOUND_ERRORS * square.error, row.value + BOUND_ERRORS * row.error);
    /* Vector kernels of CPUs gather the items that still have work. */
    const bool gathers =
        d->model->type == GF_MODEL_CPU && d->request->problem->workload->cpu_lanes_independent;
    d->efficiency[BEST] = lanes <= 1 || gathers ? 1 : fmin(most, 1);
    d->efficiency[WORST] = lanes <= 1 ? 1 : fmax(least, 1 / lanes);
}

/* ---- Operations -------------------------------------------------------- */

static double rate(const demand *d, int which, gf_model_field field) {
    return which == BEST ? gf_model_high(d->model, field, 0) : gf_model_low(d->model, field, 0);
}

static bool is_f64(const demand *d) {
    return d->request->problem->precision == GF_PRECISION_F64;
}

/* Clocks of a unit for `count` operations. A rate of 0 stands where nothing is counted. */
static double clocks(double count, double per_clock) {
    return count > 0 ? count / fmax(per_clock, 1e-6) : 0;
}

/* The fewest instructions that do the operations of a unit of work. */
static double fewest_slots(const demand *d) {
    const gf_kernel_mix *mix = &d->mix;
    const bool relaxed = d->request->problem->math == GF_MATH_RELAXED;
    const double reals = relaxed ? fmax(mix->adds, mix->multiplies) : mix->adds + mix->multiplies;
    return reals + mix->fmas + mix->integer_adds + mix->integer_multiplies +
           REMAINDER_OPERATIONS * mix->remainders;
}

/* Operations of a unit of work by the workload's cost, such as a manifest gives. */
static double counted_operations(const demand *d) {
    const gf_cost *cost = &d->request->problem->cost;
    return cost->work > 0 ? cost->operations / cost->work : 0;
}

/* GPUs have one pipe for additions and multiplications of a precision, CPUs one for each. Relaxed
 * arithmetic may fuse them, where there is an instruction for both. */
static double best_real_clocks(const demand *d) {
    const gf_kernel_mix *mix = &d->mix;
    const double add = rate(d, BEST, is_f64(d) ? GF_MODEL_F64_ADD : GF_MODEL_F32_ADD),
                 multiply =
                     rate(d, BEST, is_f64(d) ? GF_MODEL_F64_MULTIPLY : GF_MODEL_F32_MULTIPLY),
                 fma = rate(d, BEST, is_f64(d) ? GF_MODEL_F64_FMA : GF_MODEL_F32_FMA);
    if (d->mix.kind == GF_KERNEL_OTHER)
        return clocks(counted_operations(d) / 2, fmax(fma, fmax(add, multiply) / 2));
    if (d->request->problem->math == GF_MATH_RELAXED && fma > 0)
        return clocks(mix->fmas + fmax(mix->adds, mix->multiplies), fma);
    const double split = fma > 0 ? 0 : mix->fmas; /* that are two instructions */
    const double adds = clocks(mix->adds + split, add),
                 products = clocks(mix->multiplies + split, multiply),
                 fused = clocks(mix->fmas - split, fma);
    return d->model->type == GF_MODEL_CPU ? fmax(adds, products + fused) : adds + products + fused;
}

static double best_integer_clocks(const demand *d) {
    const gf_kernel_mix *mix = &d->mix;
    const double remainder = fmax(rate(d, BEST, GF_MODEL_I64_REMAINDER),
                                  rate(d, BEST, GF_MODEL_F64_FMA) / REMAINDER_OPERATIONS);
    return fmax(fmax(clocks(mix->integer_adds, rate(d, BEST, GF_MODEL_I32_ADD)),
                     clocks(mix->integer_multiplies, rate(d, BEST, GF_MODEL_I32_MULTIPLY))),
                clocks(mix->remainders, remainder));
}

/* Each operation of the cost is an instruction of the slower kind. */
static double worst_clocks(const demand *d) {
    const gf_kernel_mix *mix = &d->mix;
    const double integers = clocks(mix->integer_adds, rate(d, WORST, GF_MODEL_I32_ADD)) +
                            clocks(mix->integer_multiplies, rate(d, WORST, GF_MODEL_I32_MULTIPLY)) +
                            clocks(mix->remainders, rate(d, WORST, GF_MODEL_I64_REMAINDER));
    if (integers > 0)
        return integers;
    if (d->request->problem->precision == GF_PRECISION_INTEGER)
        return clocks(counted_operations(d), fmin(rate(d, WORST, GF_MODEL_I32_ADD),
                                                  rate(d, WORST, GF_MODEL_I32_MULTIPLY)));
    const double slower =
        is_f64(d) ? fmin(rate(d, WORST, GF_MODEL_F64_ADD), rate(d, WORST, GF_MODEL_F64_MULTIPLY))
                  : fmin(rate(d, WORST, GF_MODEL_F32_ADD), rate(d, WORST, GF_MODEL_F32_MULTIPLY));
    return clocks(counted_operations(d), slower);
}

/* ---- Instructions ------------------------------------------------------ */

/* Compilers' counts; remainders may also be done in fewer instructions than any compiler makes of
 * them. Without counts a range for each operation. */
static void find_instructions(demand *d) {
    const gf_tables *tables = d->request->tables;
    const double fewest = fewest_slots(d);
    if (gf_tables_instructions(tables, d->request->problem, d->model->family, &d->instructions)) {
        if (d->mix.remainders > 0)
            d->instructions.low = fmin(d->instructions.low, fewest);
        return;
    }
    const gf_table_range *each = &tables->instructions[d->model->type][d->mix.kind];
    const double counted = fmax(counted_operations(d), 1);
    d->instructions.high = fmax(counted * each->high, fewest);
    d->instructions.low = fmin(counted * each->low, d->instructions.high);
}

/* ---- How full the device is --------------------------------------------- */

/* Of a user's kernel it is only known what it reads and writes: a sum may have one result. */
static void find_items(demand *d) {
    const gf_problem *problem = d->request->problem;
    const double results = fmax(d->request->estimate->items, 1);
    d->items[BEST] = d->items[WORST] = d->mix.items > 0 ? fmax(d->mix.items, 1) : results;
    if (d->mix.kind != GF_KERNEL_OTHER)
        return;
    const double steps = problem->steps > 0 ? (double)problem->steps : 1;
    d->items[BEST] = fmax(results, problem->cost.work / steps);
    for (uint32_t i = 0; i < problem->buffer_count; i++)
        d->items[BEST] = fmax(d->items[BEST],
                              (double)problem->buffers[i].rows * (double)problem->buffers[i].cols);
}

/* Waves in the fullest unit. */
static double waves_of_unit(const demand *d) {
    return fmax(ceil(ceil(d->items[BEST] / d->lanes) / d->units), 1);
}

/* How much longer the fullest unit is busy than all would be if they shared the items evenly. */
static double best_imbalance(const demand *d) {
    return fmax(waves_of_unit(d) * d->units * d->lanes / d->items[BEST], 1);
}

static double worst_imbalance(const demand *d) {
    const double groups = fmax(ceil(d->items[WORST] / GROUP_ITEMS), 1);
    return ceil(groups / d->units) * d->units / groups;
}

/* A wave issues one instruction a clock at best, and one in `latency` clocks at worst. */
static double issue_rate(const demand *d, int which) {
    /* A vector of a CPU has twice as many lanes of 32 bits as of 64. */
    const double packed = d->model->type == GF_MODEL_CPU && !is_f64(d) ? 2 : 1;
    const double full = rate(d, which, GF_MODEL_ISSUE) * packed;
    if (d->model->type == GF_MODEL_CPU && which == BEST) /* one thread fills a core */
        return full;
    if (which == BEST)
        return fmin(full, waves_of_unit(d) * d->lanes);
    const double groups = fmax(ceil(d->items[WORST] / GROUP_ITEMS / d->units), 1);
    const double waves =
        fmax(fmin(groups * GROUP_ITEMS, fmax(d->items[WORST] / d->units, 1)) / d->lanes, 1);
    return fmin(full, waves * d->lanes / d->request->tables->latency[d->model->type]);
}

/* ---- The limits -------------------------------------------------------- */

static double clock_hz(const demand *d, int which) {
    return which == BEST ? gf_model_high(d->model, GF_MODEL_CLOCK_BOOST, 1)
                         : gf_model_low(d->model, GF_MODEL_CLOCK_BASE, 1);
}

static void widen(gf_bounds *bounds, double best, double worst) {
    bounds->best = fmin(bounds->best, best);
    bounds->worst = fmax(bounds->worst, worst);
}

/* With the units and lanes of `d`. */
static void add_computing(const demand *d, gf_bound *bound) {
    const gf_tables *tables = d->request->tables;
    const double balance[2] = {best_imbalance(d), worst_imbalance(d)};
    const double spread[2] = {
        1e9 * balance[BEST] / d->efficiency[BEST] / (d->units * clock_hz(d, BEST)),
        1e9 * balance[WORST] / d->efficiency[WORST] / (d->units * clock_hz(d, WORST))};
    /* At the end one item may go on alone. */
    const double longest = d->request->problem->cost.work / d->items[WORST];
    const double alone =
        1e9 * longest * d->instructions.high * tables->latency[d->model->type] / clock_hz(d, WORST);
    widen(&bound->limits[GF_LIMIT_ARITHMETIC],
          d->work[BEST] * spread[BEST] * fmax(best_real_clocks(d), best_integer_clocks(d)),
          d->work[WORST] * spread[WORST] * worst_clocks(d) /
              tables->shares[GF_SHARE_ARITHMETIC][d->mix.kind]);
    widen(&bound->limits[GF_LIMIT_ISSUE],
          d->work[BEST] * spread[BEST] * d->instructions.low / issue_rate(d, BEST),
          d->work[WORST] * spread[WORST] * d->instructions.high /
                  (issue_rate(d, WORST) * tables->shares[GF_SHARE_ISSUE][d->mix.kind]) +
              alone);
}

/* What a range of units or lanes leaves open may go either way: few lanes wait less for one
 * another, many are filled sooner. */
static void limit_computing(demand *d, gf_bound *bound) {
    const double units[] = {gf_model_high(d->model, GF_MODEL_UNITS, 1),
                            gf_model_low(d->model, GF_MODEL_UNITS, 1)},
                 lanes[] = {gf_model_high(d->model, GF_MODEL_LANES, 1),
                            gf_model_low(d->model, GF_MODEL_LANES, 1)};
    bound->limits[GF_LIMIT_ARITHMETIC] = bound->limits[GF_LIMIT_ISSUE] = (gf_bounds){INFINITY, 0};
    bound->lane_efficiency = 0;
    for (size_t i = 0; i < 4; i++) {
        d->units = units[i / 2];
        d->lanes = lanes[i % 2];
        find_efficiency(d);
        add_computing(d, bound);
        bound->lane_efficiency = fmax(bound->lane_efficiency, d->efficiency[BEST]);
    }
}

/* On-chip memory of a unit holds a square of so many cells a side; each step of a pass costs a ring
 * of them, so that half a side is the most steps of a pass. */
static double most_steps_of_visit(const demand *d) {
    const double bytes =
        gf_model_high(d->model, GF_MODEL_LOCAL_MEMORY, 0) +
        gf_model_high(d->model, GF_MODEL_REGISTERS, 0) + gf_model_high(d->model, GF_MODEL_L1, 0) +
        (d->model->type == GF_MODEL_CPU ? gf_model_high(d->model, GF_MODEL_L2, 0) : 0);
    return fmax(floor(sqrt(bytes / (is_f64(d) ? 8 : 4)) / 2), 1);
}

/* Passes over the memory in one segment. */
static double passes(const demand *d, int which) {
    const double steps = d->request->estimate->segment_steps;
    const gf_table_range *range = &d->request->tables->steps_per_visit[d->mix.kind];
    if (which == WORST)
        return ceil(steps / range->low);
    if (d->mix.kind == GF_KERNEL_STENCIL)
        return ceil(steps / most_steps_of_visit(d));
    return range->high > range->low ? 1 : steps;
}

/* Bytes that units read and write. At best each buffer once in a pass. */
static double bytes_moved(const demand *d, int which) {
    const gf_estimate *estimate = d->request->estimate;
    const double whole = estimate->bytes * passes(d, which) / estimate->segment_steps;
    if (which == WORST)
        return whole;
    return d->mix.kind == GF_KERNEL_OTHER ? fmin(whole, estimate->bytes_up + estimate->bytes_down)
                                          : whole;
}

/* What the last cache holds stays there; all goes through it. */
static double best_memory_ns(const demand *d) {
    const double bytes = bytes_moved(d, BEST), cache = gf_model_high(d->model, GF_MODEL_L2, 0);
    const double missed = fmax(1 - cache / fmax(d->request->estimate->footprint, 1), 0);
    return 1e9 * fmax(bytes * missed / gf_model_high(d->model, GF_MODEL_MEMORY_RATE, 1),
                      bytes / gf_model_high(d->model, GF_MODEL_L2_RATE, INFINITY));
}

static void limit_memory(const demand *d, gf_bound *bound) {
    const double share = d->request->tables->shares[GF_SHARE_MEMORY][d->mix.kind];
    const double worst = gf_model_low(d->model, GF_MODEL_MEMORY_RATE, 1) * share;
    bound->limits[GF_LIMIT_MEMORY] =
        (gf_bounds){best_memory_ns(d), 1e9 * bytes_moved(d, WORST) / worst};
}

/* At best one launch makes all steps of a segment. */
static void limit_launches(const demand *d, gf_bound *bound) {
    const double segments = d->request->estimate->segments;
    bound->limits[GF_LIMIT_LAUNCH] =
        (gf_bounds){segments * gf_model_low(d->model, GF_MODEL_LAUNCH_TIME, 0),
                    segments * passes(d, WORST) * fmax(d->mix.launches, 1) *
                        gf_model_high(d->model, GF_MODEL_LAUNCH_TIME, 0)};
}

static double longest(const gf_bound *bound, int which) {
    double ns = 0;
    for (gf_limit i = GF_LIMIT_MEMORY; i <= GF_LIMIT_ARITHMETIC; i++)
        ns = fmax(ns, which == BEST ? bound->limits[i].best : bound->limits[i].worst);
    return ns;
}

void gf_kernel_bound(const gf_bound_request *request, const gf_model *model, gf_bound *bound) {
    const gf_estimate *estimate = request->estimate;
    demand d = {.request = request, .model = model};
    if (request->problem->workload->mix != NULL)
        request->problem->workload->mix(request->problem, &d.mix);
    const double error = estimate->bound ? 0 : BOUND_ERRORS * estimate->work_error;
    d.work[BEST] = estimate->least_work * fmax(1 - error, 0);
    d.work[WORST] = estimate->work * (1 + error);
    find_items(&d);
    find_instructions(&d);
    limit_computing(&d, bound);
    limit_memory(&d, bound);
    limit_launches(&d, bound);
    const gf_bounds *launch = &bound->limits[GF_LIMIT_LAUNCH];
    bound->kernel =
        (gf_bounds){longest(bound, BEST) + launch->best, longest(bound, WORST) + launch->worst};
}
