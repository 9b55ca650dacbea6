#include "predict/predict_visits.h"

#include <math.h>
#include <stdio.h>

#include "problem/parts/division.h"
#include "problem/parts/visit_plan.h"
#include "problem/problem.h"
#include "stats/confidence.h"

/* How visits are predicted is an extrapolation: the model of the whole, and of moving bands. */
#define VISITS_DEVIATION 0.15

/* Of a byte, where copies are not measured yet: 8 GB/s. */
#define USUAL_COPY_NS 0.125

/* What moves a byte in this direction: plain memory is copied on its way. Where the device works in
 * the host's memory a band is copied to the band's buffers: read and written. */
static gf_line line_of_bands(const gf_profile *profile, gf_direction direction) {
    const gf_line *line = &profile->transfers[direction][GF_MEMORY_PAGEABLE];
    if (line->count == 0)
        line = &profile->transfers[direction][profile->used];
    gf_line made = *line;
    if (profile->used == GF_MEMORY_MAPPED)
        made.b_ns =
            profile->ceilings.copy_memory > 0 ? 2e9 / profile->ceilings.copy_memory : USUAL_COPY_NS;
    return made;
}

/* Bytes of a unit in the buffers that move in a direction. */
static double unit_bytes(const gf_problem *problem, const gf_division *division, bool up) {
    double bytes = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (gf_is_cut(division, i) && (up ? gf_goes_up(spec->access) : gf_comes_down(spec->access)))
            bytes += (double)gf_row_bytes(spec);
    }
    return bytes;
}

static double segments_of(const gf_estimate *estimate) {
    return fmax(estimate->segments, 1);
}

static gf_visit_costs costs_of(const gf_problem *problem, const gf_division *division,
                               const gf_estimate *estimate, const gf_line lines[GF_DIRECTIONS],
                               const gf_prediction *whole) {
    const double steps = fmax((double)problem->steps, 1), units = (double)division->units;
    return (gf_visit_costs){.move = unit_bytes(problem, division, true) * lines[GF_UP].b_ns +
                                    unit_bytes(problem, division, false) * lines[GF_DOWN].b_ns,
                            .step = whole->phases[GF_PHASE_KERNEL].value / steps / units,
                            .fixed = whole->phases[GF_PHASE_LAUNCH].value / segments_of(estimate) +
                                     lines[GF_UP].a_ns + lines[GF_DOWN].a_ns};
}

/* ---- Phases of all visits -------------------------------------------------- */

static gf_interval scaled(gf_interval phase, double factor) {
    return (gf_interval){phase.value * factor, phase.low * factor, phase.high * factor};
}

static gf_interval about(double value, double deviation) {
    const double factor = exp(GF_CONFIDENCE_DEVIATIONS * deviation);
    return (gf_interval){value, value / factor, value * factor};
}

/* Halos are computed as well. */
static double computed_share(const gf_visit_plan *plan, const gf_division *division) {
    double units = 0;
    for (uint64_t i = 0; i < plan->bands; i++) {
        const gf_part own = gf_visit_band(plan, division, i);
        const double above =
            division->wraps ? (double)plan->halo : fmin((double)own.first, (double)plan->halo);
        const uint64_t behind = division->units - own.first - own.count;
        const double below =
            division->wraps ? (double)plan->halo : fmin((double)behind, (double)plan->halo);
        units += (double)own.count + (plan->bands > 1 ? above + below : 0);
    }
    return units / (double)division->units;
}

static double moving_ns(const gf_line *line, uint64_t visits, uint64_t bytes) {
    return (double)visits * line->a_ns + (double)bytes * line->b_ns;
}

static void add_up(gf_prediction *prediction) {
    gf_interval *phases = prediction->phases;
    const double total = phases[GF_PHASE_H2D].value + phases[GF_PHASE_LAUNCH].value +
                         phases[GF_PHASE_KERNEL].value + phases[GF_PHASE_D2H].value +
                         phases[GF_PHASE_UNEXPLAINED].value;
    const double lower = phases[GF_PHASE_TOTAL].low / phases[GF_PHASE_TOTAL].value;
    prediction->log_deviation = hypot(prediction->log_deviation, VISITS_DEVIATION);
    phases[GF_PHASE_TOTAL] = about(total, prediction->log_deviation);
    if (prediction->bound)
        phases[GF_PHASE_TOTAL].low = fmin(phases[GF_PHASE_TOTAL].low, total * lower);
}

static void take_visits(const gf_visit_plan *plan, const gf_problem *problem,
                        const gf_division *division, const gf_line lines[GF_DIRECTIONS],
                        double segments, gf_prediction *prediction) {
    gf_interval *phases = prediction->phases;
    const double share = computed_share(plan, division);
    prediction->visits = (gf_visits){.bands = plan->bands,
                                     .steps = plan->steps,
                                     .visits = plan->visits,
                                     .bytes_up = plan->bytes_up,
                                     .bytes_down = plan->bytes_down,
                                     .needed_bytes = gf_problem_bytes(problem),
                                     .planned_bytes = plan->device_bytes};
    phases[GF_PHASE_H2D] =
        about(moving_ns(&lines[GF_UP], plan->visits, plan->bytes_up), VISITS_DEVIATION);
    phases[GF_PHASE_D2H] =
        about(moving_ns(&lines[GF_DOWN], plan->visits, plan->bytes_down), VISITS_DEVIATION);
    phases[GF_PHASE_KERNEL] = scaled(phases[GF_PHASE_KERNEL], share);
    phases[GF_PHASE_LAUNCH] = scaled(phases[GF_PHASE_LAUNCH], (double)plan->visits / segments);
    prediction->pipelined = (gf_interval){0, 0, 0};
    prediction->overlap = (gf_overlap){.parts = 0};
    add_up(prediction);
}

static void predict_visits(const gf_profile *profile, const gf_memory_limits *limits,
                           const gf_problem *problem, const gf_division *division,
                           const gf_estimate *estimate, gf_prediction *prediction) {
    const gf_line lines[GF_DIRECTIONS] = {line_of_bands(profile, GF_UP),
                                          line_of_bands(profile, GF_DOWN)};
    const gf_visit_costs costs = costs_of(problem, division, estimate, lines, prediction);
    const gf_visit_plan plan = gf_visit_plan_make(problem, division, limits, 1, &costs);
    if (plan.room > 0) {
        take_visits(&plan, problem, division, lines, segments_of(estimate), prediction);
        return;
    }
    *prediction = (gf_prediction){.possible = false};
    snprintf(prediction->why_not, sizeof prediction->why_not,
             "not even the smallest band fits into its memory");
}

void gf_predict_within(const gf_profile *profile, const gf_memory_limits *limits,
                       const char *variant, const gf_problem *problem, gf_estimate *estimate,
                       gf_prediction *prediction) {
    gf_profile unlimited = *profile;
    gf_division division;
    gf_misfit why;
    gf_problem_divide(problem, &division);
    if (profile->device_class == GF_CLASS_NATIVE || division.why_not != NULL ||
        gf_problem_fits(problem, limits, &why)) {
        gf_predict(profile, variant, problem, estimate, prediction);
        return;
    }
    unlimited.global_memory_bytes = unlimited.max_alloc_bytes = 0;
    gf_predict(&unlimited, variant, problem, estimate, prediction);
    if (prediction->possible)
        predict_visits(profile, limits, problem, &division, estimate, prediction);
}
