#include "calibrate/ceilings.h"

#include <math.h>

#include "base/entry.h"
#include "calibrate/profile_store.h"
#include "measure/comparison.h"
#include "measure/ledger.h"
#include "problem/problem.h"
#include "problem/traffic.h"

bool gf_ceilings_cached(const gf_ceilings *ceilings, double footprint) {
    return ceilings->cached_bytes > 0 && footprint <= ceilings->cached_bytes;
}

/* The index of the largest measured size within the footprint. */
static size_t size_index(double footprint) {
    size_t index = 0;
    while (index + 1 < GF_COPIED_SIZES && footprint >= (double)(GF_LEAST_COPIED << 2 * (index + 1)))
        index++;
    return index;
}

/* Between two sizes the rate of the smaller counts: caches may still hold a part of the larger. A
 * larger array that is faster shows what the smaller could reach. */
static double rate_of(const double rates[GF_COPIED_SIZES], double footprint) {
    double rate = 0;
    for (size_t i = size_index(footprint); i < GF_COPIED_SIZES; i++)
        rate = fmax(rate, rates[i]);
    return rate;
}

static double copy_rate(const gf_ceilings *ceilings, double footprint) {
    const double rate = rate_of(ceilings->copies, footprint);
    if (rate > 0)
        return rate;
    return gf_ceilings_cached(ceilings, footprint) ? ceilings->copy_cached : ceilings->copy_memory;
}

/* What is only read moves at the rate of reading; a byte that is written takes a byte that is read
 * along. Nothing is read more slowly than it is copied. */
static double read_excess(const gf_demand *demand) {
    return fmax(0, 1 - 2 * demand->written) * demand->bytes;
}

static double moving_ns(const gf_ceilings *ceilings, const gf_demand *demand) {
    const double copy = copy_rate(ceilings, demand->footprint);
    const double read = fmax(copy, rate_of(ceilings->reads, demand->footprint));
    const double excess = read_excess(demand);
    return copy > 0 ? ((demand->bytes - excess) / copy + excess / read) * 1e9 : 0;
}

static double *arithmetic_rate(gf_ceilings *ceilings, gf_precision precision) {
    switch (precision) {
    case GF_PRECISION_F32:
        return &ceilings->f32;
    case GF_PRECISION_F64:
        return &ceilings->f64;
    default:
        return &ceilings->integer;
    }
}

gf_ceiling_times gf_ceilings_times(const gf_ceilings *ceilings, const gf_demand *demand) {
    gf_ceilings copy = *ceilings;
    const double rate = *arithmetic_rate(&copy, demand->precision);
    const double launch =
        ceilings->least_launch_ns > 0 ? ceilings->least_launch_ns : ceilings->launch_ns;
    return (gf_ceiling_times){.arithmetic = rate > 0 ? demand->operations / rate * 1e9 : 0,
                              .moving = moving_ns(ceilings, demand),
                              .launch = launch * demand->segments};
}

double gf_written_share(const gf_problem *problem) {
    double read = 0, written = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *buffer = &problem->buffers[i];
        const double bytes = (double)buffer->bytes;
        read += buffer->access == GF_ACCESS_OUT ? 0 : bytes;
        written += buffer->access == GF_ACCESS_IN ? 0 : bytes;
    }
    return read + written > 0 ? written / (read + written) : 0;
}

/* ---- Raising ----------------------------------------------------------- */

/* A kernel that only reads this share of its bytes or more, and copies for no more than this share
 * of its time, says nothing about copies. */
#define MOST_OF 0.5

/* Whether no larger array was measured. */
static bool is_largest(const double rates[GF_COPIED_SIZES], size_t index) {
    for (size_t i = index + 1; i < GF_COPIED_SIZES; i++) {
        if (rates[i] > 0)
            return false;
    }
    return true;
}

/* What was only read explains the time where it is most of the bytes and what was copied is only a
 * smaller part of the time: else the rest of the time, and with it the rate, would be that of the
 * errors of both. */
static bool raise_read(gf_ceilings *ceilings, const gf_demand *demand, double compute_ns) {
    const size_t index = size_index(demand->footprint);
    const double excess = read_excess(demand);
    const double copied_ns =
        (demand->bytes - excess) / copy_rate(ceilings, demand->footprint) * 1e9;
    if (excess < MOST_OF * demand->bytes || copied_ns > MOST_OF * compute_ns)
        return false;
    ceilings->reads[index] = excess / (compute_ns - copied_ns) * 1e9;
    if (is_largest(ceilings->reads, index))
        ceilings->read_memory = ceilings->reads[index];
    return true;
}

/* Raises what is copied. A profile of an older build has no rates by size, and one alone would take
 * the place of the rate in caches for all smaller arrays. */
static void raise_copy(gf_ceilings *ceilings, double footprint, double copy) {
    const size_t index = size_index(footprint);
    if (rate_of(ceilings->copies, 0) <= 0) {
        if (gf_ceilings_cached(ceilings, footprint))
            ceilings->copy_cached = copy;
        else
            ceilings->copy_memory = copy;
        return;
    }
    ceilings->copies[index] = copy;
    ceilings->copy_cached = fmax(ceilings->copy_cached, copy);
    if (is_largest(ceilings->copies, index))
        ceilings->copy_memory = copy;
}

static void raise_moving(gf_ceilings *ceilings, const gf_demand *demand, double compute_ns) {
    const double factor = moving_ns(ceilings, demand) / compute_ns;
    const double copy = copy_rate(ceilings, demand->footprint) * factor;
    const double read = rate_of(ceilings->reads, demand->footprint) * factor;
    const bool by_size = rate_of(ceilings->copies, 0) > 0 || rate_of(ceilings->reads, 0) > 0;
    if (by_size && raise_read(ceilings, demand, compute_ns))
        return;
    if (by_size && read_excess(demand) > 0)
        ceilings->reads[size_index(demand->footprint)] = fmax(copy, read);
    raise_copy(ceilings, demand->footprint, copy);
}

bool gf_ceilings_raise(gf_ceilings *ceilings, const gf_demand *demand, double compute_ns) {
    if (compute_ns <= 0)
        return false;
    const gf_ceiling_times times = gf_ceilings_times(ceilings, demand);
    const bool arithmetic = times.arithmetic > compute_ns;
    const bool moving = times.moving > compute_ns && demand->segment_steps <= 1;
    const bool launch = times.launch > compute_ns;
    if (arithmetic)
        *arithmetic_rate(ceilings, demand->precision) *= times.arithmetic / compute_ns;
    if (moving)
        raise_moving(ceilings, demand, compute_ns);
    if (launch)
        ceilings->least_launch_ns = compute_ns / demand->segments;
    return arithmetic || moving || launch;
}

static gf_demand demand_of(const gf_problem *problem, const gf_result *result) {
    const double operations = problem->workload->operations_estimated
                                  ? 0
                                  : problem->cost.operations * (result->work / problem->cost.work);
    return (gf_demand){.precision = problem->precision,
                       .operations = operations,
                       .bytes = problem->cost.bytes,
                       .written = gf_written_share(problem),
                       .footprint = (double)gf_problem_bytes(problem),
                       .segments = (double)gf_problem_stops(problem),
                       .segment_steps = (double)problem->steps_per_transfer};
}

bool gf_ceilings_raise_by_result(gf_ceilings *ceilings, const gf_problem *problem,
                                 const gf_result *result) {
    if (result->outcome != GF_OUTCOME_OK || problem->cost.work <= 0 ||
        problem->workload->cost_is_claimed)
        return false;
    const gf_demand demand = demand_of(problem, result);
    return gf_ceilings_raise(ceilings, &demand,
                             gf_result_median_ns(result, GF_PHASE_KERNEL) +
                                 gf_result_median_ns(result, GF_PHASE_LAUNCH));
}

/* ---- Times that can't be true ------------------------------------------ */

/* A kernel that would pass its ceilings by this factor or more, by the device's clock alone, shows
 * that the clock is wrong. Ceilings are off by less. */
#define IMPOSSIBLE 4

static bool is_impossible(const gf_ceilings *ceilings, const gf_problem *problem,
                          const gf_result *result) {
    if (problem->cost.work <= 0 || problem->workload->cost_is_claimed)
        return false;
    const gf_demand demand = demand_of(problem, result);
    const gf_ceiling_times times = gf_ceilings_times(ceilings, &demand);
    const double moving = demand.segment_steps <= 1 ? times.moving : 0;
    return IMPOSSIBLE * gf_result_median_ns(result, GF_PHASE_KERNEL) <
           fmax(times.arithmetic, moving);
}

/* The ceilings were raised by what the host's clock saw of this result. */
static gf_status refuse_impossible(const gf_comparison *comparison, const gf_ceilings *ceilings,
                                   const gf_result *result, gf_error *error) {
    if (!is_impossible(ceilings, comparison->problem, result))
        return GF_OK;
    for (size_t i = 0; i < comparison->result_count; i++) {
        gf_result *own = comparison->results[i];
        if (own != result)
            continue;
        gf_ledger_distrust(&own->ledger, "the device's event times are shorter than its measured "
                                         "ceilings allow");
        return gf_result_summarize(own, error);
    }
    return GF_OK;
}

gf_status gf_comparison_raise_ceilings(const gf_comparison *comparison, const gf_result *result,
                                       gf_error *error) {
    GF_ENTER(error);
    gf_profile *profile = NULL;
    /* A run that went on from a state did not do all of the problem's work. */
    if (result->outcome != GF_OUTCOME_OK || result->checkpoint.first_step > 0)
        return GF_OK;
    gf_status status = gf_profile_create(
        &result->device->info, comparison->session->options.thread_count, &profile, error);
    if (status != GF_OK)
        return status;
    if (gf_profile_load(profile, NULL, 0) == GF_PROFILE_LOADED) {
        if (gf_ceilings_raise_by_result(&profile->ceilings, comparison->problem, result))
            (void)gf_profile_save(profile); /* else the next run raises them */
        status = refuse_impossible(comparison, &profile->ceilings, result, error);
    }
    gf_profile_destroy(profile);
    return status;
}
