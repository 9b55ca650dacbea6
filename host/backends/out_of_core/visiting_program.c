#include "backends/out_of_core/visiting_program.h"

#include <stdio.h>
#include <stdlib.h>

#include "backends/out_of_core/visit_run.h"
#include "base/error.h"
#include "base/text.h"
#include "device/host_array.h"
#include "problem/problem.h"

/* ---- Making and releasing ---------------------------------------------- */

/* What is too large for what, in words. */
static void format_misfit(const gf_program *program, char *text, size_t size) {
    gf_misfit why;
    char needed[32], limit[32];
    (void)gf_problem_fits(program->problem, &program->visiting->limits, &why);
    gf_format_bytes((double)why.needed, needed, sizeof needed);
    gf_format_bytes((double)why.limit, limit, sizeof limit);
    snprintf(text, size, "%s %s and device %s %s %s%s",
             why.one_buffer ? "the largest buffer needs" : "the buffers need", needed,
             program->visiting->inner->info.id, why.one_buffer ? "allows" : "may use", limit,
             why.one_buffer ? " in one" : "");
}

static gf_status check_division(const gf_program *program, gf_error *error) {
    char misfit[192];
    if (program->division.why_not == NULL)
        return GF_OK;
    format_misfit(program, misfit, sizeof misfit);
    return gf_error_set(error, GF_UNSUPPORTED,
                        "%s, and %s can't go through it in bands: %s; use a smaller problem",
                        misfit, program->problem->workload->name, program->division.why_not);
}

static gf_status check_room(const gf_program *program, gf_error *error) {
    char misfit[192], least[32];
    const uint64_t units = 1 + 2 * (uint64_t)program->division.reach;
    if (program->plan.room > 0)
        return GF_OK;
    format_misfit(program, misfit, sizeof misfit);
    gf_format_bytes((double)gf_visit_device_bytes(program->problem, &program->division, units),
                    least, sizeof least);
    return gf_error_set(error, GF_UNSUPPORTED,
                        "%s; not even its smallest band fits, which needs %s%s; use a smaller "
                        "problem or allow more memory",
                        misfit, least,
                        program->division.reach > 0 ? " for a row and its halos" : "");
}

static gf_status make_common(gf_program *program, gf_error *error) {
    for (uint32_t i = 0; i < program->problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &program->problem->buffers[i];
        if (program->division.reach > 0 || gf_is_cut(&program->division, i) ||
            spec->access != GF_ACCESS_INOUT)
            continue;
        program->common[i] = malloc(spec->bytes);
        if (program->common[i] == NULL)
            return gf_error_no_memory(error, spec->name, spec->bytes);
    }
    return GF_OK;
}

/* At the beginning of a round trip. */
static void count_anew(gf_program *program) {
    program->visits.visits = program->visits.bytes_up = program->visits.bytes_down = 0;
}

static void take_plan(gf_program *program, const gf_visit_plan *plan) {
    program->plan = *plan;
    program->visits = (gf_visits){
        .bands = plan->bands,
        .steps = plan->steps,
        .visits = plan->visits,
        .overlapped = plan->sets > 1,
        .bytes_up = plan->bytes_up,
        .bytes_down = plan->bytes_down,
        .needed_bytes = gf_problem_bytes(program->problem),
        .planned_bytes = plan->device_bytes,
        .reached_bytes = program->visits.reached_bytes,
        .first_units = plan->bands == 0 ? 0 : gf_visit_band(plan, &program->division, 0).count,
        .inner_units = plan->room - 2 * plan->halo};
}

/* Bands move while others are computed where the device has memory of its own, and all that comes
 * down is cut. */
static uint32_t wanted_sets(const gf_program *program) {
    const gf_device *inner = program->visiting->inner;
    const gf_problem *problem = program->problem;
    bool overlaps = inner->backend->copies_beside && !inner->info.unified_memory;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (gf_comes_down(problem->buffers[i].access))
            overlaps = overlaps && gf_is_cut(&program->division, i);
    }
    return overlaps ? 2 : 1;
}

static void replan(gf_program *program, const gf_visit_costs *costs) {
    const gf_visit_plan plan =
        gf_visit_plan_make(program->problem, &program->division, &program->visiting->limits,
                           wanted_sets(program), costs);
    take_plan(program, &plan);
}

/* The second set of buffers has the program of the first. */
static gf_status make_second(gf_program *program, gf_error *error) {
    gf_set_member *other = &program->other;
    *other = (gf_set_member){.device = program->band.device, .problem = program->band.problem};
    gf_status status = gf_set_member_make_buffers(other, error);
    for (uint32_t set = 0; set < 2; set++) {
        for (uint32_t i = 0; status == GF_OK && i < other->problem.buffer_count; i++) {
            const gf_buffer_spec *spec = &other->problem.buffers[i];
            if (gf_goes_up(spec->access))
                status = gf_host_array_create(other->device, spec->name, spec->bytes, NULL,
                                              &program->staged[set][i], error);
        }
    }
    return status;
}

static void count_bytes(gf_program *program) {
    for (uint32_t i = 0; i < program->band.made; i++)
        program->visits.reached_bytes += program->band.buffers[i].bytes;
    for (uint32_t i = 0; i < program->other.made; i++)
        program->visits.reached_bytes += program->other.buffers[i].bytes;
}

static gf_status make_band(gf_program *program, const char *variant, const gf_tuning *tuning,
                           gf_error *error) {
    const gf_member its = {
        .device = program->visiting->inner, .variant = variant, .tuning = *tuning, .tuned = true};
    gf_status status = gf_set_member_create(&program->band, &its, program->problem,
                                            &program->division, program->plan.room, error);
    if (status == GF_OK && program->plan.sets > 1)
        status = make_second(program, error);
    count_bytes(program);
    return status;
}

static gf_status make_ready(gf_program *program, const char *variant, const gf_tuning *tuning,
                            gf_error *error) {
    gf_problem_divide(program->problem, &program->division);
    gf_status status = check_division(program, error);
    if (status != GF_OK)
        return status;
    replan(program, NULL);
    status = check_room(program, error);
    if (status == GF_OK)
        status = make_common(program, error);
    return status == GF_OK ? make_band(program, variant, tuning, error) : status;
}

static void program_release(gf_program *program) {
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++) {
        gf_host_array_release(&program->staged[0][i]);
        gf_host_array_release(&program->staged[1][i]);
    }
    if (program->other.device != NULL)
        gf_set_member_destroy(&program->other);
    if (program->band.device != NULL)
        gf_set_member_destroy(&program->band);
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        free(program->common[i]);
    free(program);
}

static gf_status prepare(gf_device *device, const gf_problem *problem, const char *variant,
                         const gf_tuning *tuning, gf_program **program, gf_error *error) {
    gf_program *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a program", sizeof *made);
    made->visiting = gf_visiting_of(device);
    made->problem = problem;
    const gf_status status = make_ready(made, variant, tuning, error);
    if (status == GF_OK)
        *program = made;
    else
        program_release(made);
    return status;
}

/* ---- Slots that are those of the band ------------------------------------ */

static const gf_backend *inner_of(const gf_program *program) {
    return program->visiting->inner->backend;
}

static void tunables(const gf_device *device, const gf_problem *problem, const char *variant,
                     gf_tuning *tuning) {
    const gf_device *inner = gf_visiting_of(device)->inner;
    inner->backend->tunables(inner, problem, variant, tuning);
}

static const char *program_note(const gf_program *program) {
    return inner_of(program)->program_note(program->band.program);
}

static char *build_record(const gf_program *program) {
    return inner_of(program)->build_record(program->band.program);
}

static gf_lane_group lane_group(const gf_program *program) {
    return inner_of(program)->lane_group(program->band.program);
}

static void build_history(gf_program *program, uint64_t build_ns, gf_build_history *history) {
    inner_of(program)->build_history(program->band.program, build_ns, history);
}

/* ---- Computing ----------------------------------------------------------- */

/* A failure is the launch's that follows. */
static void settle(gf_program *program) {
    gf_set_member *band = &program->band;
    count_anew(program);
    gf_error_clear(&band->failure);
    band->status = gf_set_member_poison(band, &band->failure);
    if (band->status == GF_OK)
        band->status = gf_set_member_poison(&program->other, &band->failure);
    if (inner_of(program)->settle != NULL)
        inner_of(program)->settle(band->program);
}

static gf_status run_segment(gf_program *program, const gf_launch *launch, gf_round_trip *times,
                             gf_error *error) {
    gf_set_member *band = &program->band;
    if (band->status != GF_OK) {
        *error = band->failure;
        band->failure = (gf_error)GF_ERROR_INIT;
        return band->status;
    }
    return gf_visit_run(program, launch, times, error);
}

static gf_round_trip no_times(const gf_program *program) {
    return (gf_round_trip){.device_clock_ok = inner_of(program)->device_time != NULL};
}

static gf_status launch(gf_program *program, const gf_launch *request, gf_error *error) {
    program->times = no_times(program);
    return run_segment(program, request, &program->times, error);
}

static gf_status finish(gf_program *program, bool *swapped, gf_error *error) {
    (void)error;
    *swapped = program->swapped;
    return GF_OK;
}

static bool device_time(const gf_program *program, uint64_t *kernel_ns, const char **clock,
                        const char **reason) {
    *kernel_ns = program->times.device_ns;
    *clock = program->times.device_clock;
    *reason = program->times.clock_trouble;
    return program->times.device_clock_ok;
}

/* What moves between visits is part of uploads and downloads. */
static gf_status round_trip(gf_program *program, gf_buffer *buffers, uint64_t every,
                            const volatile sig_atomic_t *cancel, bool *swapped,
                            gf_round_trip *times, gf_error *error) {
    const uint64_t all = program->problem->steps;
    gf_status status = GF_OK;
    uint64_t done = 0;
    *times = no_times(program);
    count_anew(program);
    do {
        const uint64_t steps = all - done < every ? all - done : every;
        const gf_launch segment = {.buffers = buffers,
                                   .swapped = *swapped,
                                   .step_count = steps,
                                   .first_step = done,
                                   .cancel = cancel};
        status = run_segment(program, &segment, times, error);
        *swapped = program->swapped;
        done += steps;
    } while (status == GF_OK && done < all);
    return status;
}

static gf_status rehearse(gf_program *program, gf_buffer *buffers,
                          const volatile sig_atomic_t *cancel, gf_error *error) {
    const gf_launch request = {.buffers = buffers, .cancel = cancel};
    gf_visit_costs costs;
    if (program->division.reach == 0)
        return GF_OK;
    const gf_status status = gf_visit_measure(program, &request, &costs, error);
    if (status == GF_OK)
        replan(program, &costs);
    return status;
}

static const gf_visits *visits(const gf_program *program) {
    return &program->visits;
}

void gf_visiting_program_slots(const gf_backend *inner, gf_backend *table) {
    table->tunables = inner->tunables == NULL ? NULL : tunables;
    table->prepare = prepare;
    table->program_release = program_release;
    table->program_note = inner->program_note == NULL ? NULL : program_note;
    table->build_record = inner->build_record == NULL ? NULL : build_record;
    table->lane_group = inner->lane_group == NULL ? NULL : lane_group;
    table->build_history = inner->build_history == NULL ? NULL : build_history;
    table->settle = settle;
    table->launch = launch;
    table->finish = finish;
    table->device_time = inner->device_time == NULL ? NULL : device_time;
    table->round_trip = round_trip;
    table->rehearse = rehearse;
    table->visits = visits;
}
