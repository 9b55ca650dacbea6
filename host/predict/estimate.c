#include "predict/estimate.h"

#include <math.h>

#include "base/array.h"
#include "base/clock.h"
#include "problem/problem.h"
#include "problem/traffic.h"

/* The most time for sampling a problem, and what of it goes to single items and to each kind of
 * block. A sample that has begun may take a twentieth of a second longer. */
#define PROBLEM_NS 450000000
#define ITEMS_NS   100000000
#define BLOCKS_NS  120000000
/* If the relative error of sampled work is larger than this, or its unfinished part, the work is
 * called a bound; so it is if unseen places may have as much again. */
#define MOST_ERROR 0.1
/* Standard errors between a sampled value and its bound. */
#define BOUND_ERRORS 2
/* The relative error of a bound. */
#define BOUND_ERROR 1.0

/* Blocks that hold complete groups of the shapes gf_lane_groups[first ... first + count - 1]. */
static const struct {
    gf_lane_group block;
    size_t first, count;
} block_kinds[GF_BLOCK_KINDS] = {{{1, 64}, 0, 5}, {{8, 8}, 5, 2}};

/* ---- From the descriptor ----------------------------------------------- */

gf_estimate gf_estimate_of_descriptor(const gf_problem *problem) {
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    const gf_traffic traffic = gf_problem_traffic(problem);
    gf_estimate estimate = {.problem = problem,
                            .work = problem->cost.work,
                            .least_work = problem->cost.work,
                            .operations = problem->cost.operations,
                            .bytes = problem->cost.bytes,
                            .items = (double)result->rows * (double)result->cols,
                            .buffers = problem->buffer_count,
                            .footprint = (double)gf_problem_bytes(problem),
                            .segments = (double)gf_problem_stops(problem),
                            .segment_steps = 1,
                            .bytes_up = (double)traffic.bytes_up,
                            .bytes_down = (double)traffic.bytes_down,
                            .uploads = (double)traffic.uploads,
                            .downloads = (double)traffic.downloads};
    if (problem->steps > 0)
        estimate.segment_steps = (double)problem->steps / estimate.segments;
    for (int i = 0; i < GF_LANE_GROUPS; i++)
        estimate.efficiency[i] = 1;
    return estimate;
}

/* ---- Sampled work ------------------------------------------------------ */

/* If the sample is too small for the work, all that is known is that it is between two values. */
static void bound_work(gf_estimate *estimate) {
    const gf_sampled_work *sampled = &estimate->sampled;
    const double most = sampled->work.value + BOUND_ERRORS * sampled->work.error + sampled->unseen;
    estimate->bound = true;
    estimate->work = fmin(most, estimate->work);
    estimate->least_work =
        fmax(sampled->least - BOUND_ERRORS * sampled->work.error, estimate->items);
    estimate->work_error = BOUND_ERROR;
}

static void take_work(gf_estimate *estimate) {
    const gf_sampled_work *sampled = &estimate->sampled;
    const double work = sampled->work.value;
    const double error = hypot(sampled->work.error, work - sampled->least) / work;
    if (error > MOST_ERROR || sampled->unseen > work) {
        bound_work(estimate);
    } else {
        estimate->work = estimate->least_work = work;
        estimate->work_error = error;
    }
    estimate->operations *= estimate->work / estimate->problem->cost.work;
}

gf_estimate gf_estimate_of(const gf_problem *problem) {
    const gf_clock clock = gf_clock_thread();
    const uint64_t start_ns = gf_clock_now(&clock);
    gf_estimate estimate = gf_estimate_of_descriptor(problem);
    if (problem->workload->sample_work != NULL) {
        estimate.sampled = gf_sample_items(problem, ITEMS_NS);
        take_work(&estimate);
    }
    estimate.sampled_ns = gf_clock_now(&clock) - start_ns;
    return estimate;
}

gf_estimate gf_estimate_of_result(const gf_problem *problem, double work,
                                  const double efficiency[GF_LANE_GROUPS]) {
    gf_estimate estimate = gf_estimate_of_descriptor(problem);
    estimate.operations *= work / problem->cost.work;
    estimate.work = estimate.least_work = work;
    estimate.sampled = (gf_sampled_work){.work = {work, 0}, .items = (uint64_t)estimate.items};
    for (size_t i = 0; i < GF_LANE_GROUPS; i++)
        estimate.efficiency[i] = efficiency[i];
    for (size_t i = 0; i < GF_BLOCK_KINDS; i++)
        estimate.sampled_kinds[i] = true;
    return estimate;
}

/* ---- Lane groups ------------------------------------------------------- */

static void sample_blocks(gf_estimate *estimate, gf_lane_group block, const gf_lane_group *shapes,
                          size_t first, size_t count, uint64_t limit_ns) {
    const gf_clock clock = gf_clock_thread();
    const uint64_t start_ns = gf_clock_now(&clock);
    gf_sampled efficiency[GF_MOST_SHAPES];
    gf_sample_lane_groups(estimate->problem, &estimate->sampled, block, shapes, count, limit_ns,
                          efficiency);
    for (size_t k = 0; k < count; k++) {
        estimate->efficiency[first + k] = efficiency[k].value;
        estimate->efficiency_error[first + k] = efficiency[k].error;
    }
    estimate->sampled_ns += gf_clock_now(&clock) - start_ns;
}

static void sample_kind(gf_estimate *estimate, size_t kind) {
    if (!estimate->sampled_kinds[kind])
        sample_blocks(estimate, block_kinds[kind].block, gf_lane_groups + block_kinds[kind].first,
                      block_kinds[kind].first, block_kinds[kind].count, BLOCKS_NS);
    estimate->sampled_kinds[kind] = true;
}

void gf_estimate_lane_groups(gf_estimate *estimate) {
    for (size_t i = 0; estimate->sampled.items > 0 && i < GF_BLOCK_KINDS; i++)
        sample_kind(estimate, i);
}

static bool is_same_group(gf_lane_group a, gf_lane_group b) {
    return a.rows == b.rows && a.cols == b.cols;
}

/* The index of its efficiency, or of the place for it. */
static size_t find_group(const gf_estimate *estimate, gf_lane_group lanes) {
    size_t index = 0;
    while (index < GF_LANE_GROUPS && !is_same_group(gf_lane_groups[index], lanes))
        index++;
    if (index < GF_LANE_GROUPS)
        return index;
    while (index < GF_LANE_GROUPS + (size_t)estimate->other_count &&
           !is_same_group(estimate->other_groups[index - GF_LANE_GROUPS], lanes))
        index++;
    return index;
}

/* Returns the index of its efficiency. A group that finds no place replaces the latest. */
static size_t sample_other_group(gf_estimate *estimate, gf_lane_group lanes) {
    /* The time of kinds that were not sampled yet is kept for them. */
    uint64_t used_ns = estimate->sampled_ns;
    for (size_t i = 0; i < GF_BLOCK_KINDS; i++)
        used_ns += estimate->sampled_kinds[i] ? 0 : BLOCKS_NS;
    if (estimate->other_count < GF_OTHER_GROUPS)
        estimate->other_count++;
    const size_t slot = estimate->other_count - 1;
    estimate->other_groups[slot] = lanes;
    sample_blocks(estimate, lanes, &lanes, GF_LANE_GROUPS + slot, 1,
                  used_ns < PROBLEM_NS ? (PROBLEM_NS - used_ns) / 2 : 0);
    return GF_LANE_GROUPS + slot;
}

gf_sampled gf_estimate_efficiency(gf_estimate *estimate, gf_lane_group lanes) {
    const uint64_t count = (uint64_t)lanes.rows * lanes.cols;
    /* No device has more lanes; a profile from a file may say so. */
    if (estimate->sampled.items == 0 || count <= 1 || count > GF_MOST_LANES)
        return (gf_sampled){1, 0};
    size_t index = find_group(estimate, lanes);
    if (index == GF_LANE_GROUPS + (size_t)estimate->other_count)
        index = sample_other_group(estimate, lanes);
    for (size_t i = 0; i < GF_BLOCK_KINDS; i++) {
        if (index >= block_kinds[i].first && index < block_kinds[i].first + block_kinds[i].count)
            sample_kind(estimate, i);
    }
    return (gf_sampled){estimate->efficiency[index], estimate->efficiency_error[index]};
}
