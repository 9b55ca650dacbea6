#include "measure/saving/saving_trip.h"

#include "base/cancel.h"
#include "base/error.h"
#include "measure/saving/saving.h"
#include "measure/saving/segment.h"

typedef struct saving_trip {
    gf_run *run;
    gf_saving *saving;
    gf_trip trip;
    gf_round_trip *times;
    uint64_t every;         /* steps from one stop of the problem to the next */
    uint64_t done;          /* steps */
    uint64_t segment, took; /* steps of the latest segment, and ns */
    bool at_stop;           /* it ended at a stop */
    bool swapped;
} saving_trip;

static const gf_problem *problem_of(const saving_trip *t) {
    return t->trip.problem;
}

static bool saves(const saving_trip *t) {
    return t->saving->options->directory != NULL;
}

static uint64_t smaller(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* ---- Segments ---------------------------------------------------------- */

/* The steps up to the next multiple. */
static uint64_t up_to(uint64_t done, uint64_t every) {
    return every - done % every;
}

static uint64_t longest_ns(const gf_checkpoint_options *options) {
    const double half = options->every_s * 1e9 / 2;
    return options->every_steps == 0 && options->directory != NULL && half < (double)GF_SEGMENT_NS
               ? (uint64_t)half
               : GF_SEGMENT_NS;
}

static uint64_t next_segment(const saving_trip *t) {
    const gf_checkpoint_options *options = t->saving->options;
    uint64_t steps = smaller(problem_of(t)->steps - t->done, up_to(t->done, t->every));
    if (saves(t) && options->every_steps > 0)
        steps = smaller(steps, up_to(t->done, options->every_steps));
    return smaller(steps, gf_segment_steps(t->segment, t->took, longest_ns(options)));
}

static void report(const saving_trip *t) {
    const uint64_t left = problem_of(t)->steps - t->done;
    const double step_ns = t->segment == 0 ? 0 : (double)t->took / (double)t->segment;
    const gf_progress progress = {
        .device_id = t->run->device->info.id,
        .variant = t->run->variant,
        .stage = "step",
        .done = (uint32_t)smaller(t->done, UINT32_MAX),
        .planned = (uint32_t)smaller(problem_of(t)->steps, UINT32_MAX),
        .expected_ns = (uint64_t)(step_ns * (double)left),
        .saved_step = t->saving->state.states > 0 ? t->saving->state.saved_step : 0};
    gf_context_report_progress(gf_run_context(t->run), &progress);
}

/* Whether what goes up at the beginning and again after stops does so now. */
static gf_status upload(const saving_trip *t, gf_error *error) {
    const bool first = t->done == t->saving->state.first_step;
    return first || t->at_stop ? gf_trip_upload(&t->trip, first, t->swapped, error) : GF_OK;
}

static gf_status download(saving_trip *t, gf_error *error) {
    t->at_stop = t->done % t->every == 0 || t->done == problem_of(t)->steps;
    return t->at_stop ? gf_trip_download(&t->trip, t->swapped, error) : GF_OK;
}

static gf_status run_segment(saving_trip *t, gf_error *error) {
    const uint64_t start = gf_run_now(t->run);
    gf_status status = upload(t, error);
    const uint64_t uploaded = gf_run_now(t->run);
    t->segment = next_segment(t);
    if (status == GF_OK)
        status = gf_trip_compute(&t->trip, t->done, t->segment, &t->swapped, t->times, error);
    const uint64_t computed = gf_run_now(t->run);
    t->took = computed - uploaded;
    t->done += t->segment;
    if (status == GF_OK)
        status = download(t, error);
    t->times->h2d_ns += uploaded - start;
    t->times->d2h_ns += gf_run_now(t->run) - computed;
    return status;
}

/* ---- Saving and ending ------------------------------------------------- */

static bool is_asked_to_end(const saving_trip *t) {
    return gf_cancelled(t->saving->options->stop) || gf_cancelled(t->trip.cancel);
}

static bool is_due(const saving_trip *t) {
    const gf_checkpoint_options *options = t->saving->options;
    if (options->every_steps > 0)
        return t->done % options->every_steps == 0;
    return (double)(gf_run_now(t->run) - t->saving->tried_ns) >= options->every_s * 1e9;
}

/* The last step of all needs no state: the result is there. */
static gf_status save(saving_trip *t, gf_error *error) {
    const bool ends = is_asked_to_end(t);
    if (t->done >= problem_of(t)->steps || !saves(t) || !(ends || is_due(t)))
        return GF_OK;
    return gf_saving_save(t->saving, t->run, t->done, t->swapped, t->at_stop, error);
}

static gf_status run_segments(saving_trip *t, gf_error *error) {
    gf_status status = GF_OK;
    while (status == GF_OK && t->done < problem_of(t)->steps) {
        report(t);
        status = run_segment(t, error);
        if (status == GF_OK)
            status = save(t, error);
        if (status == GF_OK && is_asked_to_end(t) && t->done < problem_of(t)->steps)
            status = gf_error_interrupted(error);
    }
    return status;
}

/* Meanwhile whoever wants the run to end asks for it by `stop`, so that a segment is not cut. */
static void listen(const saving_trip *t, bool listens) {
    if (t->saving->options->listens != NULL && saves(t))
        *t->saving->options->listens = listens;
}

static saving_trip begin(gf_run *run, gf_round_trip *times) {
    saving_trip t = {.run = run,
                     .saving = run->saving,
                     .trip = gf_run_make_trip(run),
                     .times = times,
                     .every = gf_run_problem(run)->steps_per_transfer,
                     .done = run->saving->state.first_step};
    *times = (gf_round_trip){.device_clock_ok = run->device->backend->device_time != NULL};
    t.saving->tried_ns = gf_run_now(run);
    return t;
}

gf_status gf_saving_trip(gf_run *run, gf_round_trip *times, gf_error *error) {
    const gf_backend *backend = run->device->backend;
    saving_trip t = begin(run, times);
    const uint64_t saving_before = t.saving->state.ns;
    const uint64_t detour_before = backend->detour_ns == NULL ? 0 : backend->detour_ns(run->device);
    if (backend->settle != NULL)
        backend->settle(run->program);
    const gf_core_binding binding = gf_run_unbind_for_launch(run);
    const uint64_t start = gf_run_now(run);
    listen(&t, true);
    const gf_status status = run_segments(&t, error);
    listen(&t, false);
    times->total_ns = gf_run_now(run) - start - (t.saving->state.ns - saving_before);
    gf_cores_bind_again(&binding);
    if (backend->detour_ns != NULL)
        times->detour_ns = backend->detour_ns(run->device) - detour_before;
    gf_run_take_output(run, t.swapped);
    run->last_total_ns = times->total_ns;
    return status;
}
