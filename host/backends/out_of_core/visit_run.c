#include "backends/out_of_core/visit_run.h"

#include <math.h>
#include <string.h>

#include "backends/device_set/row_split.h"
#include "backends/out_of_core/band_copy.h"
#include "backends/out_of_core/visit_overlap.h"

typedef gf_visit_walk walk;

static walk walk_of(gf_program *program, const gf_launch *launch, gf_round_trip *times,
                    gf_error *error) {
    return (walk){.program = program,
                  .launch = launch,
                  .times = times,
                  .clock = gf_clock_monotonic(),
                  .array = launch->swapped ? 1 : 0,
                  .error = error};
}

/* ---- What moves ---------------------------------------------------------- */

static gf_status put(walk *w, gf_set_member *band, uint32_t index, uint64_t first, uint64_t rows,
                     const gf_whole_rows *source) {
    w->program->visits.bytes_up += rows * gf_row_bytes(&band->problem.buffers[index]);
    return gf_band_put(band, index, first, rows, source, w->error);
}

static gf_status get(walk *w, uint32_t index, uint64_t first, uint64_t rows,
                     const gf_whole_rows *target) {
    gf_set_member *band = &w->program->band;
    w->program->visits.bytes_down += rows * gf_row_bytes(&band->problem.buffers[index]);
    return gf_band_get(band, index, first, rows, target, w->error);
}

static gf_status compute(walk *w, gf_part part, uint64_t first_step, uint64_t steps) {
    gf_set_member *band = &w->program->band;
    const gf_trip trip = {.device = band->device,
                          .problem = &band->problem,
                          .program = band->program,
                          .buffers = band->buffers,
                          .clock = &w->clock,
                          .cancel = w->launch->cancel,
                          .part = part};
    return gf_trip_compute(&trip, first_step, steps, &band->swapped, w->times, w->error);
}

/* Inputs that every band has all of go up once, unless kernels change them. */
static gf_status put_common_to(walk *w, gf_set_member *band) {
    const gf_problem *problem = w->program->problem;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const gf_whole_rows kept = {.memory = w->program->common[i]};
        const gf_whole_rows rows = kept.memory != NULL ? kept : gf_walk_rows(w, i, 0);
        if (!gf_goes_up(spec->access) || gf_is_cut(&w->program->division, i))
            continue;
        if (kept.memory != NULL || !w->common_is_up)
            status = put(w, band, i, 0, spec->rows, &rows);
    }
    return status;
}

static gf_status put_common(walk *w) {
    gf_status status = put_common_to(w, &w->program->band);
    if (status == GF_OK && w->program->plan.sets > 1)
        status = put_common_to(w, &w->program->other);
    w->common_is_up = true;
    return status;
}

/* ---- Units that read others --------------------------------------------- */

/* Puts rows of the grid, from row `from` on, modulo its rows, into the band. */
static gf_status put_rows(walk *w, uint64_t from, uint64_t count) {
    const uint64_t rows = w->program->division.units;
    gf_status status = GF_OK;
    for (uint64_t i = 0; status == GF_OK && i < count;) {
        const uint64_t at = (from + i) % rows;
        const uint64_t piece = count - i < rows - at ? count - i : rows - at;
        const gf_whole_rows source = gf_walk_rows(w, gf_walk_array(w, false), at);
        status = put(w, &w->program->band, w->program->problem->result, i, piece, &source);
        i += piece;
    }
    w->program->band.swapped = false;
    return status;
}

static gf_status get_rows(walk *w, uint64_t first, uint64_t count, uint64_t to) {
    const gf_program *program = w->program;
    const uint32_t content =
        program->band.swapped ? program->problem->partner : program->problem->result;
    const gf_whole_rows rows = gf_walk_rows(w, gf_walk_array(w, true), to);
    return get(w, content, first, count, &rows);
}

static gf_status visit_rows(walk *w, gf_part own, uint64_t first_step, uint64_t steps) {
    const gf_division *division = &w->program->division;
    const gf_local_rows local = gf_local_rows_of(division, own, steps * division->reach);
    const uint64_t rows = local.top + local.own + local.bottom;
    const uint64_t from = (own.first + division->units - local.top % division->units);
    const uint64_t start = gf_walk_now(w);
    w->program->visits.visits++;
    gf_status status = put_rows(w, from % division->units, rows);
    const uint64_t uploaded = gf_walk_now(w);
    if (status == GF_OK)
        status = compute(w, (gf_part){0, rows}, first_step, steps);
    const uint64_t computed = gf_walk_now(w);
    if (status == GF_OK)
        status = get_rows(w, local.top, own.count, own.first);
    w->times->h2d_ns += uploaded - start;
    w->times->d2h_ns += gf_walk_now(w) - computed;
    return status;
}

/* All bands of the grid, `steps` steps further. */
static gf_status make_pass(walk *w, uint64_t first_step, uint64_t steps) {
    const gf_visit_plan *plan = &w->program->plan;
    gf_status status = GF_OK;
    if (plan->sets > 1)
        status = gf_visit_overlapped(w, first_step, steps);
    for (uint64_t i = 0; plan->sets == 1 && status == GF_OK && i < plan->bands; i++)
        status = visit_rows(w, gf_visit_band(plan, &w->program->division, i), first_step, steps);
    w->array = 1 - w->array;
    return status;
}

static gf_status make_passes(walk *w) {
    const gf_launch *launch = w->launch;
    const uint64_t start = gf_walk_now(w), most = w->program->plan.steps;
    gf_status status = put_common(w);
    w->times->h2d_ns += gf_walk_now(w) - start;
    for (uint64_t done = 0; status == GF_OK && done < launch->step_count;) {
        const uint64_t left = launch->step_count - done, steps = left < most ? left : most;
        status = make_pass(w, launch->first_step + done, steps);
        done += steps;
    }
    w->program->swapped = w->array == 1;
    return status;
}

/* ---- Independent units --------------------------------------------------- */

static gf_status put_units(walk *w, gf_part units) {
    const gf_problem *problem = w->program->problem;
    gf_status status = put_common(w);
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        const gf_whole_rows rows = gf_walk_rows(w, i, units.first);
        if (gf_goes_up(problem->buffers[i].access) && gf_is_cut(&w->program->division, i))
            status = put(w, &w->program->band, i, 0, units.count, &rows);
    }
    return status;
}

/* Results of which every band has all are joined afterwards. */
static gf_status get_units(walk *w, gf_part units) {
    const gf_problem *problem = w->program->problem;
    const gf_set_member *band = &w->program->band;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (!gf_comes_down(spec->access))
            continue;
        const bool cut = gf_is_cut(&w->program->division, i);
        const gf_whole_rows own = {.memory = band->buffers[i].host};
        const gf_whole_rows rows = cut ? gf_walk_rows(w, i, units.first) : own;
        status = get(w, i, 0, cut ? units.count : spec->rows, &rows);
    }
    return status;
}

static gf_status visit_units(walk *w, gf_part units) {
    const uint64_t start = gf_walk_now(w);
    w->program->visits.visits++;
    gf_status status = put_units(w, units);
    const uint64_t uploaded = gf_walk_now(w);
    if (status == GF_OK)
        status = compute(w, units, 0, 0);
    const uint64_t computed = gf_walk_now(w);
    if (status == GF_OK)
        status = get_units(w, units);
    w->times->h2d_ns += uploaded - start;
    w->times->d2h_ns += gf_walk_now(w) - computed;
    return status;
}

/* Returns whether the band has settled the result, so that those behind it are left out. */
static bool join(const walk *w, gf_part units) {
    const gf_problem *problem = w->program->problem;
    const uint64_t next = units.first + units.count;
    void *result = w->launch->buffers[problem->result].host;
    if (problem->workload->join == NULL ||
        !problem->workload->join(problem, units, w->program->band.buffers[problem->result].host,
                                 result))
        return false;
    if (next < w->program->division.units)
        (void)problem->workload->join(problem, (gf_part){next, w->program->division.units - next},
                                      NULL, result);
    return true;
}

static gf_status visit_units_overlapped(walk *w) {
    const uint64_t start = gf_walk_now(w);
    const gf_status status = put_common(w);
    w->times->h2d_ns += gf_walk_now(w) - start;
    return status == GF_OK ? gf_visit_overlapped(w, 0, 0) : status;
}

static gf_status visit_all_units(walk *w) {
    const gf_visit_plan *plan = &w->program->plan;
    gf_status status = GF_OK;
    w->program->swapped = false;
    if (plan->sets > 1)
        return visit_units_overlapped(w);
    for (uint64_t i = 0; status == GF_OK && i < plan->bands; i++) {
        const gf_part units = gf_visit_band(plan, &w->program->division, i);
        status = visit_units(w, units);
        if (status == GF_OK && join(w, units))
            break;
    }
    return status;
}

gf_status gf_visit_run(gf_program *program, const gf_launch *launch, gf_round_trip *times,
                       gf_error *error) {
    walk w = walk_of(program, launch, times, error);
    for (uint32_t i = 0; i < program->problem->buffer_count; i++) {
        if (program->common[i] != NULL) /* kernels change it */
            memcpy(program->common[i], launch->buffers[i].host, program->problem->buffers[i].bytes);
    }
    return program->division.reach > 0 ? make_passes(&w) : visit_all_units(&w);
}

/* ---- What visits take ----------------------------------------------------- */

/* Steps of the longer of two launches: kernels that take several steps through their caches at once
 * take as many. */
#define TIMED_STEPS 32

/* The least of two launches: drivers compile in the first one. */
static gf_status time_steps(walk *w, uint64_t rows, uint64_t steps, double *least) {
    gf_status status = GF_OK;
    *least = HUGE_VAL;
    for (int i = 0; status == GF_OK && i < 2; i++) {
        const uint64_t start = gf_walk_now(w);
        status = compute(w, (gf_part){0, rows}, 0, steps);
        *least = fmin(*least, (double)(gf_walk_now(w) - start));
    }
    return status;
}

gf_status gf_visit_measure(gf_program *program, const gf_launch *launch, gf_visit_costs *costs,
                           gf_error *error) {
    gf_round_trip times = {.device_clock_ok = false};
    walk w = walk_of(program, launch, &times, error);
    const uint64_t rows = program->plan.room, every = program->problem->steps_per_transfer;
    const uint64_t steps = every < TIMED_STEPS ? every : TIMED_STEPS;
    double one = 0, many = 0;
    gf_status status = put_common(&w);
    if (status == GF_OK)
        status = put_rows(&w, 0, rows);
    if (status == GF_OK)
        status = time_steps(&w, rows, 1, &one);
    if (status == GF_OK)
        status = time_steps(&w, rows, steps, &many);
    const uint64_t start = gf_walk_now(&w);
    if (status == GF_OK)
        status = put_rows(&w, 0, rows);
    if (status == GF_OK)
        status = get_rows(&w, 0, rows, 0);
    const double moving = (double)(gf_walk_now(&w) - start);
    const double step = steps > 1 ? fmax((many - one) / (double)(steps - 1), 0) : one;
    *costs = (gf_visit_costs){
        .move = moving / (double)rows, .step = step / (double)rows, .fixed = fmax(one - step, 0)};
    return status;
}
