/* Time per unit of work cannot be derived from the descriptor: it depends on caches, launches,
 * blocking, and how well the kernel was written. But it is smooth in a few quantities, so it is
 * estimated from measured cases of the same kernel (predict/regression.h). Transfers follow the
 * lines of the profile. */
#include "predict/predict.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "predict/cases.h"
#include "predict/regression.h"
#include "problem/parts/fits.h"
#include "problem/problem.h"
#include "stats/confidence.h"
#include "stats/line_fit.h"
#include "stats/sort.h"

/* Standard deviation of a case's median as a share of the quartile distance of its samples: less
 * than that of one sample, of which the quartile distance is 1.35 in a normal distribution. */
#define QUARTILES_TO_DEVIATION 0.4
/* A prediction this far from its cases, in correlation lengths, is beyond them: about an octave. */
#define FAR_BEYOND 0.1
/* The deviation of the transfers of a case, by which the cases are weighted against how far they
 * are. That of its few runs predicts the median worse (docs/how-we-predict.md). */
#define TRANSFER_NOISE 0.15
/* The least share of a case's computing that counts as work. A case whose launches took all of it
 * says nothing about work: by this share its noise becomes a factor of e^3 or more. */
#define LEAST_REST 0.01
/* The fewest measured cases by which transfers are corrected. */
#define ENOUGH_TRANSFERS 3

/* The fewest cases whose deviations between runs are averaged. */
#define ENOUGH_RUNS 3
/* Of runs beside other programs: they may have had one of two cores, so that the interval holds a
 * factor of 2. */
#define DISTURBED_DEVIATION 0.42
/* Correlation of the logarithms of computing and transfers over runs of a driver whose threads
 * sleep between both (docs/how-we-predict.md). */
#define RUNS_ALIKE 0.5

/* ---- Limits of the device ---------------------------------------------- */

static bool has_room(const gf_profile *profile, const gf_problem *problem,
                     gf_prediction *prediction) {
    const gf_memory_limits limits = {profile->global_memory_bytes, profile->max_alloc_bytes};
    gf_misfit why;
    char needed[32], limit[32];
    if (problem->precision == GF_PRECISION_F64 && !profile->f64) {
        snprintf(prediction->why_not, sizeof prediction->why_not, "the device has no f64");
        return false;
    }
    if (gf_problem_fits(problem, &limits, &why))
        return true;
    gf_format_bytes((double)why.needed, needed, sizeof needed);
    gf_format_bytes((double)why.limit, limit, sizeof limit);
    snprintf(prediction->why_not, sizeof prediction->why_not, "%s %s, of %s",
             why.one_buffer ? "the largest buffer is" : "the buffers need", needed, limit);
    return false;
}

/* ---- Changes between runs ---------------------------------------------- */

/* Standard deviations of logarithms from one run to another. */
typedef struct run_changes {
    double compute, transfers; /* 0: not known */
} run_changes;

static double compute_changes(const gf_case *c) {
    return c->compute_deviation > 0 ? c->compute_deviation : c->run_deviation;
}

static double transfer_changes(const gf_case *c) {
    return c->transfer_deviation;
}

/* The mean of the kernel's cases: one case ran too few times to tell. 0: too few have any. */
static double mean_changes(const gf_neighbours *neighbours, double (*changes)(const gf_case *)) {
    double sum = 0;
    uint32_t known = 0;
    for (uint32_t i = 0; i < neighbours->count; i++) {
        sum += changes(neighbours->cases[i]);
        known += changes(neighbours->cases[i]) > 0;
    }
    return known >= ENOUGH_RUNS ? sum / known : 0;
}

/* Whether the profile was begun in little time, so that the kernel may have more cases than were
 * measured, or some were measured only once. */
static bool is_sparse(const gf_profile *profile, const gf_neighbours *neighbours) {
    bool sparse = gf_profile_is_partial(profile);
    for (uint32_t i = 0; i < neighbours->count; i++)
        sparse = sparse || neighbours->cases[i]->turns == 1;
    return sparse;
}

/* Whether other programs had the cores while a case was measured. */
static bool is_doubtful(const gf_neighbours *neighbours) {
    bool doubtful = false;
    for (uint32_t i = 0; i < neighbours->count; i++)
        doubtful = doubtful || neighbours->cases[i]->disturbed;
    return doubtful;
}

/* In profiles that don't have it, what is usual: a driver that computes on the host's cores shares
 * them with the program that waits. Others have the least noise of all predictions, no more. */
static run_changes changes_between_runs(const gf_profile *profile,
                                        const gf_neighbours *neighbours) {
    run_changes changes = {mean_changes(neighbours, compute_changes),
                           mean_changes(neighbours, transfer_changes)};
    const bool shares_cores = profile->device_class == GF_CLASS_CPU;
    if (changes.compute == 0 && (shares_cores || is_sparse(profile, neighbours)))
        changes.compute = GF_DRIVER_DEVIATION;
    if (is_doubtful(neighbours))
        changes.compute = fmax(changes.compute, DISTURBED_DEVIATION);
    return changes;
}

/* The deviation of a case by its samples and by its run, the better of two or middle of three. */
static double case_deviation(const gf_case *c, double of_run) {
    return fmax(fmax(c->spread * QUARTILES_TO_DEVIATION, of_run * M_SQRT1_2), GF_LEAST_NOISE);
}

/* ---- Kernel time ------------------------------------------------------- */

/* Launch overhead per segment (ns): the calibrated empty launch. A shorter measured segment shows
 * that this kernel is launched faster than that. Where the launch was not calibrated yet it is the
 * shortest of the cases. */
static double launch_per_segment(const gf_profile *profile, const gf_neighbours *neighbours) {
    const bool calibrated = !profile->missing.launch;
    double launch = calibrated ? profile->ceilings.launch_ns : HUGE_VAL;
    for (uint32_t i = 0; i < neighbours->count; i++) {
        const gf_case *c = neighbours->cases[i];
        if (!calibrated)
            launch = fmin(launch, c->launch_ns / c->segments);
        launch = fmin(launch, (c->launch_ns + c->kernel_ns) / c->segments);
    }
    return launch;
}

/* The quantities that a kernel's time grows with: the work of the lanes, also of idle ones;
 * segments; steps after the first of a segment, which its launch includes; and bytes, since items
 * that need no work have to be moved, too. Work and bytes are apart for the precision that is asked
 * for and the other: where f64 takes 32 times as long, an error of its work must not become one of
 * the bytes of f32. */
enum { WORK, OTHER_WORK, SEGMENTS, STEPS, BYTES, OTHER_BYTES };

static void take_parts(const gf_case *c, double work, double efficiency, gf_precision asked,
                       double x[GF_MOST_PARTS]) {
    const double lane_work = fmax(work, 1) / efficiency;
    x[WORK] = c->precision == asked ? lane_work : 0;
    x[OTHER_WORK] = c->precision == asked ? 0 : lane_work;
    x[SEGMENTS] = c->segments;
    x[STEPS] = c->segments * (c->segment_steps - 1);
    x[BYTES] = c->precision == asked ? c->bytes : 0;
    x[OTHER_BYTES] = c->precision == asked ? 0 : c->bytes;
}

/* A kernel's time without launches: a sum of parts, which it would be without caches and the like,
 * and kriged how far from this sum it is. */
typedef struct kernel_time {
    double parts_ns[GF_MOST_PARTS];
    gf_posterior off; /* a factor */
} kernel_time;

static double sum_of_parts(const kernel_time *time, const double x[GF_MOST_PARTS]) {
    double ns = 0;
    for (int i = 0; i < GF_MOST_PARTS; i++)
        ns += time->parts_ns[i] * x[i];
    return ns;
}

static double compute_of(const gf_case *c) {
    return c->launch_ns + c->kernel_ns;
}

/* The work of cases that are all launch may vanish in their noise; some is left of the one that
 * bounds it best. */
static void keep_some_work(const gf_neighbours *neighbours, kernel_time *time) {
    double least = HUGE_VAL;
    for (uint32_t i = 0; i < neighbours->count; i++) {
        const gf_case *c = neighbours->cases[i];
        least = fmin(least, compute_of(c) * c->efficiency / fmax(c->work, 1));
    }
    for (int part = WORK; part <= OTHER_WORK; part++)
        time->parts_ns[part] = fmax(time->parts_ns[part], LEAST_REST * least);
}

static void fit_parts(const gf_neighbours *neighbours, double launch, gf_precision asked,
                      kernel_time *time) {
    gf_parted_time times[GF_KRIGING_MOST];
    bool measured = false;
    for (uint32_t i = 0; i < neighbours->count; i++) {
        const gf_case *c = neighbours->cases[i];
        times[i] = (gf_parted_time){.ns = compute_of(c), .known_ns = launch * c->segments};
        take_parts(c, c->work, c->efficiency, asked, times[i].x);
        measured = measured || c->precision == asked;
    }
    gf_parts_fit(times, neighbours->count, time->parts_ns);
    if (!measured) {
        time->parts_ns[WORK] = time->parts_ns[OTHER_WORK];
        time->parts_ns[BYTES] = time->parts_ns[OTHER_BYTES];
    }
    keep_some_work(neighbours, time);
}

/* Subtracting the launches enlarges the relative error of each case by compute / rest. false: no
 * fit. */
static bool fit_kernel_time(const gf_neighbours *neighbours, bool sparse, double launch,
                            double of_run, gf_precision asked, kernel_time *time) {
    gf_gp_data data = {.sparse = sparse};
    fit_parts(neighbours, launch, asked, time);
    for (uint32_t i = 0; i < neighbours->count; i++) {
        const gf_case *c = neighbours->cases[i];
        const double compute = compute_of(c);
        const double rest = fmax(compute - launch * c->segments, LEAST_REST * compute);
        double x[GF_MOST_PARTS];
        take_parts(c, c->work, c->efficiency, asked, x);
        gf_gp_data_add(&data, c, rest / sum_of_parts(time, x),
                       case_deviation(c, of_run) * compute / rest);
    }
    return gf_gp_data_predict(&data, neighbours->site, &time->off);
}

/* What a problem takes if it does this work. */
static double rest_of(const kernel_time *time, const gf_case *asked, double work,
                      double efficiency) {
    double x[GF_MOST_PARTS];
    take_parts(asked, work, efficiency, asked->precision, x);
    return time->off.value * sum_of_parts(time, x);
}

/* ---- Transfers --------------------------------------------------------- */

static gf_interval lognormal(double value, double deviation) {
    const double factor = exp(GF_CONFIDENCE_DEVIATIONS * deviation);
    return (gf_interval){value, value / factor, value * factor};
}

static double on_line(const gf_line *line, double count, double bytes) {
    return line->count == 0 ? 0 : count * line->a_ns + bytes * line->b_ns;
}

/* The transfers of a case in one direction, each alone. */
static double transfer_alone(const gf_line *line, const gf_case *c, gf_direction direction) {
    return direction == GF_UP ? on_line(line, c->uploads, c->bytes_up)
                              : on_line(line, c->downloads, c->bytes_down);
}

/* How many times as long a transfer takes between kernels as alone, where drivers find their
 * threads awake: estimated from the kernel's cases. Too few cases: 1, with the line's spread. */
static gf_posterior slowdown_in_context(const gf_line *line, const gf_neighbours *neighbours,
                                        bool sparse, gf_direction direction) {
    const uint32_t enough = sparse ? 1 : ENOUGH_TRANSFERS;
    gf_gp_data data = {.sparse = sparse};
    for (uint32_t i = 0; i < neighbours->count; i++) {
        const gf_case *c = neighbours->cases[i];
        const double alone = transfer_alone(line, c, direction);
        const double measured = direction == GF_UP ? c->h2d_ns : c->d2h_ns;
        if (alone > 0 && measured > 0)
            gf_gp_data_add(&data, c, measured / alone, TRANSFER_NOISE);
    }
    gf_posterior posterior;
    if (data.count >= enough && gf_gp_data_predict(&data, neighbours->site, &posterior))
        return posterior;
    return (gf_posterior){.value = 1, .deviation = line->spread};
}

/* A line that is too far off its measurements needs cases that correct it, and a device with memory
 * of its own needs a line. */
static bool can_predict_transfers(const gf_profile *profile, const gf_neighbours *neighbours,
                                  gf_prediction *prediction) {
    for (size_t d = 0; d < GF_DIRECTIONS; d++) {
        const gf_line *line = &profile->transfers[d][profile->used];
        if (line->count == 0 && profile->missing.transfers &&
            profile->device_class != GF_CLASS_NATIVE) {
            snprintf(prediction->why_not, sizeof prediction->why_not,
                     "its transfers are not measured yet; calibrate it");
            return false;
        }
        if (line->count == 0 || gf_line_usable(line) || neighbours->count >= ENOUGH_TRANSFERS)
            continue;
        snprintf(prediction->why_not, sizeof prediction->why_not,
                 "its transfers are on no line (%.0f %% off it); calibrate it again while other "
                 "programs rest",
                 100 * line->spread);
        return false;
    }
    return true;
}

/* Standard deviations of transfers in ns: by what is known of them, and with what changes from run
 * to run. */
typedef struct transfer_errors {
    double known, in_run;
} transfer_errors;

static transfer_errors predict_transfers(const gf_profile *profile, const gf_neighbours *neighbours,
                                         const gf_case *asked, gf_direction direction,
                                         double of_run, gf_interval *predicted) {
    const gf_line *line = &profile->transfers[direction][profile->used];
    const gf_posterior slowdown =
        slowdown_in_context(line, neighbours, is_sparse(profile, neighbours), direction);
    const double ns = transfer_alone(line, asked, direction) * slowdown.value;
    const double known = hypot(slowdown.deviation, GF_LEAST_NOISE), in_run = hypot(known, of_run);
    *predicted = lognormal(ns, in_run);
    return (transfer_errors){ns * known, ns * in_run};
}

/* All 0, not known, where the first touches are on no line: no case corrects it. */
static gf_interval predict_first_touch(const gf_profile *profile, const gf_estimate *estimate) {
    const gf_line *line = gf_profile_first_touch(profile, estimate->footprint / estimate->buffers);
    if (!gf_line_usable(line))
        return (gf_interval){0, 0, 0};
    return lognormal(on_line(line, estimate->buffers, estimate->footprint),
                     hypot(line->spread, GF_LEAST_NOISE));
}

/* ---- Between the phases ------------------------------------------------ */

/* What a round trip takes beside its phases: reading clocks, calls, waking up. */
static double beside_phases(const gf_case *c) {
    return fmax(c->total_ns - c->h2d_ns - compute_of(c) - c->d2h_ns, 0);
}

/* Per segment, the middle one of the cases: phases are medians, which need not add up to that of
 * the total. */
static double predict_beside(const gf_neighbours *neighbours, double segments) {
    double ns[GF_KRIGING_MOST];
    for (uint32_t i = 0; i < neighbours->count; i++)
        ns[i] = beside_phases(neighbours->cases[i]) / neighbours->cases[i]->segments;
    return gf_sort_median(ns, neighbours->count) * segments;
}

/* ---- Pipelined round trips --------------------------------------------- */

/* Times of a serial round trip, and what is in the transfers besides bytes. */
typedef struct trip_parts {
    double up, launch, kernel, down;
    double up_fixed, down_fixed;
} trip_parts;

static trip_parts parts_of(const gf_profile *profile, const gf_case *c, double up, double launch,
                           double kernel, double down) {
    const double up_fixed = c->uploads * profile->transfers[GF_UP][profile->used].a_ns;
    const double down_fixed = c->downloads * profile->transfers[GF_DOWN][profile->used].a_ns;
    return (trip_parts){up, launch, kernel, down, fmin(up_fixed, up), fmin(down_fixed, down)};
}

/* A band costs a launch and the fixed part of each transfer; segments do so in the serial round
 * trip already. */
static double overlapped(const gf_overlap *overlap, trip_parts trip) {
    const double parts = (double)overlap->parts;
    if (overlap->at_stops)
        return gf_overlap_ns(overlap, trip.up, (trip.launch + trip.kernel) / parts,
                             trip.down / parts);
    return gf_overlap_ns(overlap, trip.up_fixed + (trip.up - trip.up_fixed) / parts,
                         trip.launch + trip.kernel / parts,
                         trip.down_fixed + (trip.down - trip.down_fixed) / parts);
}

static gf_overlap overlap_of_case(const gf_case *c) {
    return (gf_overlap){(uint64_t)fmax(c->pipelined_parts, 1), (uint64_t)fmax(c->part_launches, 1),
                        c->segments > 1};
}

/* How a problem would be cut; launches have as many steps as in the case. 0 parts: it can't be. */
static gf_overlap overlap_of_problem(const gf_problem *problem, const gf_case *like) {
    if (!gf_problem_overlaps_at_stops(problem))
        return (gf_overlap){gf_problem_bands(problem), 1, false};
    const double steps = like->segment_steps / fmax(like->part_launches, 1);
    return (gf_overlap){gf_problem_stops(problem),
                        (uint64_t)fmax(ceil((double)problem->steps_per_transfer / steps), 1), true};
}

/* Measured pipelined round trips of the kernel's cases relative to the formula; *nearest is the
 * nearest of these cases. false: too few. */
static bool overlap_in_context(const gf_profile *profile, const gf_neighbours *neighbours,
                               const gf_case **nearest, gf_posterior *posterior) {
    gf_gp_data data = {.count = 0};
    double distance = INFINITY;
    for (uint32_t i = 0; i < neighbours->count; i++) {
        const gf_case *c = neighbours->cases[i];
        if (c->pipelined_ns <= 0)
            continue;
        const gf_overlap overlap = overlap_of_case(c);
        const trip_parts trip =
            parts_of(profile, c, c->h2d_ns, c->launch_ns, c->kernel_ns, c->d2h_ns);
        const double formula = overlapped(&overlap, trip);
        if (formula <= 0)
            continue;
        gf_gp_data_add(&data, c, c->pipelined_ns / formula,
                       fmax(c->spread * QUARTILES_TO_DEVIATION, GF_LEAST_NOISE));
        if (neighbours->distances[i] < distance) {
            distance = neighbours->distances[i];
            *nearest = c;
        }
    }
    return data.count >= ENOUGH_TRANSFERS && gf_gp_data_predict(&data, neighbours->site, posterior);
}

/* Standard deviations in ns of the serial round trip's parts. */
typedef struct trip_errors {
    double up, compute, down;
} trip_errors;

/* The relative error of the formula: how far it moves with the error of each part. */
static double overlap_error(const gf_overlap *overlap, trip_parts trip, trip_errors errors) {
    trip_parts up = trip, compute = trip, down = trip;
    up.up += errors.up;
    compute.kernel += errors.compute;
    down.down += errors.down;
    const double now = overlapped(overlap, trip);
    return hypot(hypot(overlapped(overlap, up) - now, overlapped(overlap, compute) - now),
                 overlapped(overlap, down) - now) /
           now;
}

/* Returns the deviation of the logarithm; 0: no pipelined round trip is predicted. */
static double predict_pipelined(const gf_profile *profile, const gf_neighbours *neighbours,
                                const gf_problem *problem, const gf_case *asked, trip_errors errors,
                                gf_prediction *prediction) {
    const gf_case *nearest = NULL;
    gf_posterior ratio;
    if (!overlap_in_context(profile, neighbours, &nearest, &ratio))
        return 0;
    const gf_interval *phases = prediction->phases;
    const gf_overlap overlap = overlap_of_problem(problem, nearest);
    const trip_parts trip =
        parts_of(profile, asked, phases[GF_PHASE_H2D].value, phases[GF_PHASE_LAUNCH].value,
                 phases[GF_PHASE_KERNEL].value, phases[GF_PHASE_D2H].value);
    const double ns = overlap.parts == 0 ? 0 : overlapped(&overlap, trip);
    if (ns <= 0)
        return 0;
    const double deviation =
        hypot(hypot(ratio.deviation, GF_LEAST_NOISE), overlap_error(&overlap, trip, errors));
    prediction->overlap = overlap;
    prediction->pipelined = lognormal(ns * ratio.value, deviation);
    return deviation;
}

gf_schedule gf_prediction_schedule(const gf_prediction *prediction) {
    return prediction->pipelined.value > 0 &&
                   prediction->pipelined.value < prediction->phases[GF_PHASE_TOTAL].value
               ? GF_SCHEDULE_PIPELINED
               : GF_SCHEDULE_SERIAL;
}

gf_interval gf_prediction_best(const gf_prediction *prediction) {
    return gf_prediction_schedule(prediction) == GF_SCHEDULE_PIPELINED
               ? prediction->pipelined
               : prediction->phases[GF_PHASE_TOTAL];
}

/* ---- The build --------------------------------------------------------- */

/* The middle one of those cases that tell it: programs of one kernel differ by a few numbers. */
static void predict_build(const gf_neighbours *neighbours, gf_prediction *prediction) {
    double ns[GF_KRIGING_MOST];
    size_t count = 0;
    for (uint32_t i = 0; i < neighbours->count; i++) {
        if (neighbours->cases[i]->build_known)
            ns[count++] = neighbours->cases[i]->build_ns;
    }
    prediction->build_known = count > 0;
    prediction->build_ns = count > 0 ? gf_sort_median(ns, (uint32_t)count) : 0;
}

/* ---- The prediction ---------------------------------------------------- */

/* Launches take the same time per segment as in the nearest case; the rest is kernel time. */
static void split_compute(const gf_case *nearest, double compute, double segments,
                          gf_prediction *prediction) {
    const double launch = fmin(nearest->launch_ns / nearest->segments * segments, compute);
    prediction->phases[GF_PHASE_LAUNCH] = lognormal(launch, prediction->log_deviation);
    prediction->phases[GF_PHASE_KERNEL] = lognormal(compute - launch, prediction->log_deviation);
}

/* The low ends where the work is bounded: computing may take as little as `least`. */
static void lower_bounds(double least, double compute, gf_prediction *prediction) {
    gf_interval *kernel = &prediction->phases[GF_PHASE_KERNEL];
    gf_interval *total = &prediction->phases[GF_PHASE_TOTAL];
    const double moving = total->value - compute;
    kernel->low *= least / compute;
    total->low *= (least + moving) / total->value;
    prediction->pipelined.low *= least / compute; /* or more: no overlap shortens transfers */
}

/* The deviation between runs is that of transfers in both directions together. `transfer_error` in
 * ns is without it. */
static void add_phases(double compute, double transfer_error, run_changes changes,
                       gf_prediction *prediction) {
    const gf_interval *phases = prediction->phases;
    const double transfers = phases[GF_PHASE_H2D].value + phases[GF_PHASE_D2H].value;
    const double total = compute + transfers + phases[GF_PHASE_UNEXPLAINED].value;
    const double errors = hypot(compute * prediction->log_deviation, transfer_error);
    const double slow_transfers = transfers * changes.transfers;
    const double alike = RUNS_ALIKE * compute * changes.compute * slow_transfers;
    prediction->log_deviation =
        sqrt(errors * errors + slow_transfers * slow_transfers + 2 * alike) / total;
    prediction->phases[GF_PHASE_TOTAL] = lognormal(total, prediction->log_deviation);
}

/* Short round trips use fewer threads, so that the cases of about the same time tell their number.
 */
static void set_threads(const gf_neighbours *neighbours, gf_prediction *prediction) {
    const double total = gf_prediction_best(prediction).value;
    const gf_case *shorter = NULL, *longer = NULL;
    for (uint32_t i = 0; i < neighbours->count; i++) {
        const gf_case *c = neighbours->cases[i];
        if (c->total_ns <= total && (shorter == NULL || c->total_ns > shorter->total_ns))
            shorter = c;
        if (c->total_ns >= total && (longer == NULL || c->total_ns < longer->total_ns))
            longer = c;
    }
    const uint32_t a = (shorter != NULL ? shorter : longer)->threads;
    const uint32_t b = (longer != NULL ? longer : shorter)->threads;
    if (a == 0 || b == 0)
        return;
    prediction->least_threads = a < b ? a : b;
    prediction->most_threads = a < b ? b : a;
}

void gf_predict(const gf_profile *profile, const char *variant, const gf_problem *problem,
                gf_estimate *estimate, gf_prediction *prediction) {
    *prediction = (gf_prediction){.possible = false};
    if (!has_room(profile, problem, prediction))
        return;
    const gf_case asked = gf_case_of_estimate(problem, estimate);
    gf_neighbours neighbours;
    gf_neighbours_find(profile, variant, &asked, &neighbours);
    prediction->case_count = neighbours.count;
    const double launch = launch_per_segment(profile, &neighbours);
    const run_changes changes = changes_between_runs(profile, &neighbours);
    const bool sparse = is_sparse(profile, &neighbours);
    kernel_time time;
    if (neighbours.count == 0 ||
        !fit_kernel_time(&neighbours, sparse, launch, changes.compute, problem->precision, &time)) {
        snprintf(prediction->why_not, sizeof prediction->why_not,
                 "no measured cases of %s in %s on this device", problem->workload->name,
                 gf_precision_name(problem->precision));
        return;
    }
    if (!can_predict_transfers(profile, &neighbours, prediction))
        return;
    prediction->possible = true;
    const gf_case *nearest = gf_neighbours_nearest(&neighbours);
    const gf_sampled efficiency = gf_estimate_efficiency(estimate, nearest->lanes);
    const double launches = launch * estimate->segments;
    const double compute = fmax(rest_of(&time, &asked, estimate->work, efficiency.value) + launches,
                                gf_roofline_least_ns(&profile->ceilings, &asked));
    prediction->bound = estimate->bound;
    prediction->beyond = time.off.beyond > FAR_BEYOND;
    prediction->log_deviation =
        hypot(hypot(time.off.deviation, changes.compute),
              hypot(estimate->work_error, efficiency.error / efficiency.value));
    gf_interval *phases = prediction->phases;
    predict_build(&neighbours, prediction);
    phases[GF_PHASE_ALLOC] = predict_first_touch(profile, estimate);
    const transfer_errors up = predict_transfers(profile, &neighbours, &asked, GF_UP,
                                                 changes.transfers, &phases[GF_PHASE_H2D]);
    const transfer_errors down = predict_transfers(profile, &neighbours, &asked, GF_DOWN,
                                                   changes.transfers, &phases[GF_PHASE_D2H]);
    phases[GF_PHASE_UNEXPLAINED] = lognormal(predict_beside(&neighbours, estimate->segments), 0);
    split_compute(nearest, compute, estimate->segments, prediction);
    const trip_errors errors = {up.in_run, compute * prediction->log_deviation, down.in_run};
    const double overlapped_deviation =
        predict_pipelined(profile, &neighbours, problem, &asked, errors, prediction);
    add_phases(compute, hypot(up.known, down.known), changes, prediction);
    if (gf_prediction_schedule(prediction) == GF_SCHEDULE_PIPELINED)
        prediction->log_deviation = overlapped_deviation;
    set_threads(&neighbours, prediction);
    if (estimate->bound)
        lower_bounds(rest_of(&time, &asked, estimate->least_work, 1) + launches, compute,
                     prediction);
    prediction->roofline = gf_roofline_place(&profile->ceilings, &asked, compute);
}

void gf_predict_roofline(const gf_profile *profile, const gf_problem *problem,
                         const gf_estimate *estimate, gf_prediction *prediction) {
    const gf_case asked = gf_case_of_estimate(problem, estimate);
    if (prediction->possible)
        prediction->roofline = gf_roofline_place(&profile->ceilings, &asked,
                                                 prediction->phases[GF_PHASE_LAUNCH].value +
                                                     prediction->phases[GF_PHASE_KERNEL].value);
}

/* ---- Comparing predictions --------------------------------------------- */

/* The standard deviation of the logarithm of the ratio of two totals. */
static double ratio_deviation(const gf_prediction *a, const gf_prediction *b) {
    const double x = a->log_deviation, y = b->log_deviation;
    return sqrt(x * x + y * y - 2 * GF_ERRORS_ALIKE * x * y);
}

/* The logarithm of total(b) / total(a): Student's distribution with 2 degrees of freedom about
 * `lead`, `scale` wide. Its distribution function F(t) is 1/2 + t / (2 sqrt(2 + t^2)). The inverse
 * of F gives the t for which -t to t holds GF_CONFIDENCE; this t corresponds to
 * GF_CONFIDENCE_DEVIATIONS of the normal distribution. */
static void compare(const gf_prediction *a, const gf_prediction *b, double *lead, double *scale) {
    const double at_confidence = GF_CONFIDENCE * sqrt(2 / (1 - GF_CONFIDENCE * GF_CONFIDENCE));
    *lead = log(gf_prediction_best(b).value / gf_prediction_best(a).value);
    *scale = ratio_deviation(a, b) * GF_CONFIDENCE_DEVIATIONS / at_confidence;
}

double gf_predict_faster(const gf_prediction *a, const gf_prediction *b) {
    double lead, scale;
    compare(a, b, &lead, &scale);
    const double t = lead / scale;
    return 0.5 + t / (2 * sqrt(2 + t * t));
}

/* The logarithm of the loss is max(0, -(lead + scale t)); -t is distributed as t is. Its mean is
 * scale times the integral of 1 - F(t) from z = lead / scale on. t - sqrt(2 + t^2), halved, is an
 * antiderivative of 1 - F(t) and vanishes at infinity, so the integral is (sqrt(2 + z^2) - z) / 2.
 * The mean of the loss itself, not of its logarithm, would be infinite. */
double gf_predict_loss(const gf_prediction *a, const gf_prediction *b) {
    double lead, scale;
    compare(a, b, &lead, &scale);
    const double root = sqrt(2 * scale * scale + lead * lead);
    /* (root - lead) / 2, without cancellation where lead is large */
    return expm1(lead > 0 ? scale * scale / (root + lead) : (root - lead) / 2);
}

gf_interval gf_predict_speedup(const gf_prediction *a, const gf_prediction *b) {
    return lognormal(gf_prediction_best(b).value / gf_prediction_best(a).value,
                     ratio_deviation(a, b));
}
