/* One device: round trips that are poisoned before, timed, and verified after. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "machine.h"
#include "trial.h"

gf_status gf_check_cancel(const gf_comparison *comparison, gf_error *error) {
    if (comparison->options.cancel == NULL || *comparison->options.cancel == 0)
        return GF_OK;
    return gf_error_set(error, GF_INTERRUPTED, "interrupted");
}

/* One round trip with everything around it. *holds tells whether the result is right. */
static gf_status verified_trip(gf_trial *t, gf_round_trip *trip, bool *holds, gf_error *error) {
    gf_status status = gf_trial_reset(t, error);
    if (status == GF_OK)
        status = gf_trial_round_trip(t, trip, error);
    if (status == GF_OK)
        status = gf_verification_check(t->comparison, t->comparison->output,
                                       &t->result->verification, holds, error);
    return status;
}

/* A round trip with transfers beside the kernels, poisoned before and verified after like every
 * other. Does nothing where there is nothing to overlap. */
static gf_status pipelined_trip(gf_trial *t, uint64_t *total_ns, bool *holds, gf_error *error) {
    gf_comparison *comparison = t->comparison;
    *total_ns = 0;
    if (t->pipeline == NULL)
        return GF_OK;
    bool swapped = false;
    gf_status status = gf_trial_reset(t, error);
    const uint64_t start = gf_trial_now(t);
    if (status == GF_OK)
        status = t->device->backend->pipeline_run(t->pipeline, comparison->options.cancel, &swapped,
                                                  error);
    *total_ns = gf_trial_now(t) - start;
    t->last_total_ns += *total_ns;
    if (status == GF_OK)
        status = gf_check_cancel(comparison, error);
    comparison->output = comparison->host[gf_trial_content(t, t->problem->result, swapped)].memory;
    if (status == GF_OK)
        status = gf_verification_check(comparison, comparison->output, &t->result->verification,
                                       holds, error);
    t->pipelined_wrong = !*holds;
    return status;
}

/* ---- Samples ----------------------------------------------------------------------------------
 */

static uint32_t planned_samples(const gf_trial *t) {
    const gf_run_options *options = &t->comparison->options;
    const double trip_s = (double)t->last_total_ns * 1e-9;
    const double for_time = trip_s > 0 ? options->min_time_s / trip_s : options->max_samples;
    if (for_time <= (double)options->repeat || options->max_samples <= options->repeat)
        return options->repeat;
    return for_time < options->max_samples ? (uint32_t)for_time + 1 : options->max_samples;
}

static bool enough(const gf_trial *t, uint32_t samples) {
    const gf_run_options *options = &t->comparison->options;
    return samples >= options->repeat &&
           (samples >= options->max_samples || (double)t->sampled_ns * 1e-9 >= options->min_time_s);
}

static gf_status warm_up(gf_trial *t, bool *holds, gf_error *error) {
    const uint32_t asked = t->comparison->options.warmup;
    const uint32_t trips = asked == 0 ? 1 : asked;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && *holds && i < trips; i++) {
        gf_round_trip trip = {0};
        gf_trial_progress(t, "warm-up", i, trips + t->comparison->options.repeat,
                          t->last_total_ns * (trips - i + t->comparison->options.repeat));
        status = verified_trip(t, &trip, holds, error);
        if (i == 0)
            t->first_compute_ns = trip.compute_wall_ns;
    }
    uint64_t pipelined_ns = 0;
    return status == GF_OK && *holds ? pipelined_trip(t, &pipelined_ns, holds, error) : status;
}

/* Serial and pipelined round trips take turns, so that what changes with time meets both. */
static gf_status sample(gf_trial *t, bool *holds, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && *holds && !enough(t, i); i++) {
        gf_round_trip trip = {0};
        const uint32_t planned = planned_samples(t);
        const uint32_t left = planned > i ? planned - i : 1;
        gf_trial_progress(t, "sample", i, i + left, t->last_total_ns * left);
        status = verified_trip(t, &trip, holds, error);
        if (status == GF_OK && *holds)
            status =
                gf_timing_add(&t->result->timing, &trip, t->comparison->session->clock.name, error);
        uint64_t pipelined_ns = 0;
        if (status == GF_OK && *holds)
            status = pipelined_trip(t, &pipelined_ns, holds, error);
        if (status == GF_OK && *holds && t->pipeline != NULL)
            status = gf_samples_add(&t->result->timing.pipelined, pipelined_ns, error);
        t->sampled_ns += trip.total_ns + pipelined_ns;
    }
    return status;
}

/* ---- What a run leaves in its result ----------------------------------------------------------
 */

/* The backend may have run out of its own kind of memory between two arrays. */
static const char *host_memory_kind(const gf_trial *t) {
    const char *kind = t->comparison->host[0].kind;
    for (uint32_t i = 1; i < t->problem->buffer_count; i++) {
        if (strcmp(kind, t->comparison->host[i].kind) != 0)
            return "mixed";
    }
    return kind;
}

static void note_traffic(gf_trial *t) {
    const gf_problem *problem = t->problem;
    const uint64_t stops =
        problem->steps == 0
            ? 1
            : (problem->steps + problem->steps_per_transfer - 1) / problem->steps_per_transfer;
    gf_result *result = t->result;
    result->in_place = true;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const bool again = problem->upload_again && spec->access == GF_ACCESS_INOUT;
        const uint64_t ups = !gf_goes_up(spec->access) ? 0 : again ? stops : 1;
        const uint64_t downs = gf_comes_down(spec->access) ? stops : 0;
        result->bytes_up += ups * spec->bytes;
        result->bytes_down += downs * spec->bytes;
        result->transfers += ups + downs;
        result->in_place = result->in_place && t->buffers[i].in_place;
    }
    result->host_memory = result->in_place ? "in place" : host_memory_kind(t);
}

static void note_memory(gf_trial *t) {
    const gf_problem *problem = t->problem;
    gf_result *result = t->result;
    result->device_bytes = gf_problem_bytes(problem);
    result->host_bytes = gf_problem_host_bytes(problem);
    if (t->comparison->reference != NULL)
        result->host_bytes += problem->buffers[problem->result].bytes;
    result->host_peak_bytes = gf_process_peak_bytes();
}

/* Drivers may put off compilation to the first launch: what that took longer than the median
 * launch is part of the build, if it took longer than any other. */
static uint64_t deferred_build_ns(const gf_trial *t) {
    const gf_timing *timing = &t->result->timing;
    const gf_statistics kernel = gf_samples_statistics(&timing->phases[GF_PHASE_KERNEL]);
    const gf_statistics launch = gf_samples_statistics(&timing->phases[GF_PHASE_LAUNCH]);
    if (t->first_compute_ns <= kernel.max_ns + launch.max_ns)
        return 0;
    return t->first_compute_ns - (kernel.median_ns + launch.median_ns);
}

static gf_status note_build(gf_trial *t, gf_error *error) {
    gf_result *result = t->result;
    uint64_t build_ns = t->prepare_ns;
    if (t->device->backend->build_history != NULL) { /* else there is nothing to compile */
        build_ns += deferred_build_ns(t);
        t->device->backend->build_history(t->program, build_ns, &result->build);
        result->build_known = true;
    }
    result->timing.clocks[GF_PHASE_BUILD] = t->comparison->session->clock.name;
    return gf_samples_add(&result->timing.phases[GF_PHASE_BUILD], build_ns, error);
}

static gf_status note_result(gf_trial *t, gf_error *error) {
    gf_result *result = t->result;
    const void *output = t->comparison->output;
    if (t->device->backend->program_note != NULL)
        snprintf(result->note, sizeof result->note, "%s",
                 t->device->backend->program_note(t->program));
    result->checksum = t->problem->workload->checksum(t->problem, output);
    result->work = t->problem->workload->work(t->problem, output);
    note_traffic(t);
    note_memory(t);
    return note_build(t, error);
}

static gf_status note_efficiency(gf_trial *t, gf_error *error) {
    gf_comparison *comparison = t->comparison;
    gf_status status = GF_OK;
    if (!comparison->has_efficiency) {
        status = gf_simd_efficiency(t->problem, comparison->output, comparison->efficiency, error);
        comparison->has_efficiency = status == GF_OK;
    }
    if (status != GF_OK || t->device->backend->lane_group == NULL)
        return status;
    t->result->lanes = t->device->backend->lane_group(t->program);
    return gf_simd_efficiency_in(t->problem, comparison->output, t->result->lanes,
                                 &t->result->efficiency, error);
}

static void note_answer(gf_trial *t) {
    if (t->problem->workload->describe != NULL)
        t->problem->workload->describe(t->problem, t->comparison->output, t->result->answer,
                                       sizeof t->result->answer);
}

/* Why a result is wrong: its elements if they don't hold, else their sum. */
static void describe_mismatch(gf_trial *t, bool elements_hold) {
    gf_result *result = t->result;
    const gf_verification *verification = &result->verification;
    const gf_difference *difference = &verification->difference;
    if (!elements_hold)
        gf_error_set(&result->error, GF_MISMATCH,
                     "%llu of %llu %s elements differ from the reference, by up to %g%s",
                     (unsigned long long)difference->mismatches,
                     (unsigned long long)difference->compared,
                     verification->sampled ? "sampled" : "result", difference->max_abs_error,
                     t->pipelined_wrong ? ", in a pipelined round trip" : "");
    else if (verification->has_known_answer && !verification->known_answer_holds)
        gf_error_set(&result->error, GF_MISMATCH, "checksum %.17g is not the known answer %.17g",
                     result->checksum, verification->known_answer.checksum);
    else
        gf_error_set(&result->error, GF_MISMATCH,
                     "checksum %.17g is too far from the reference's %.17g", result->checksum,
                     t->comparison->reference_checksum);
}

/* A wrong result has no time: the samples go, and what the build took. */
static void note_mismatch(gf_trial *t, bool elements_hold) {
    gf_result *result = t->result;
    result->outcome = GF_OUTCOME_MISMATCH;
    result->build_known = false;
    gf_timing_clear(&result->timing);
    describe_mismatch(t, elements_hold);
}

/* ---- The run ----------------------------------------------------------------------------------
 */

static gf_status prepare(gf_trial *t, const char *variant, gf_error *error) {
    gf_status status = gf_trial_choose_tuning(t, variant, error);
    if (status != GF_OK)
        return status;
    const uint64_t start = gf_trial_now(t);
    status =
        t->device->backend->prepare(t->device, t->problem, variant, &t->tuning, &t->program, error);
    const uint64_t prepared = gf_trial_now(t);
    t->prepare_ns = prepared - start;
    if (status == GF_OK)
        status = gf_trial_make_buffers(t, error);
    if (status == GF_OK && t->result != NULL) {
        gf_timing *timing = &t->result->timing;
        timing->clocks[GF_PHASE_ALLOC] = t->comparison->session->clock.name;
        status = gf_samples_add(&timing->phases[GF_PHASE_ALLOC], gf_trial_now(t) - prepared, error);
    }
    return status;
}

static gf_status prepare_pipeline(gf_trial *t, gf_error *error) {
    const gf_backend *backend = t->device->backend;
    if (backend->pipeline_create == NULL || !t->comparison->options.pipeline)
        return GF_OK;
    return backend->pipeline_create(t->program, t->buffers, &t->pipeline, error);
}

static gf_status measure(gf_trial *t, gf_error *error) {
    gf_trial_progress(t, "build", 0, 0, 0);
    bool holds = true;
    gf_status status = prepare(t, t->result->variant, error);
    t->result->tuning = t->tuning;
    if (status == GF_OK)
        status = prepare_pipeline(t, error);
    if (status == GF_OK)
        status = warm_up(t, &holds, error);
    if (status == GF_OK)
        status = sample(t, &holds, error);
    const bool elements_hold = holds;
    if (status == GF_OK && holds)
        status = note_result(t, error);
    if (status == GF_OK && holds)
        holds = gf_verification_check_known(t->problem, t->result->checksum,
                                            &t->result->verification) &&
                gf_verification_check_checksum(t->comparison, t->result->checksum);
    if (status == GF_OK && holds)
        status = note_efficiency(t, error);
    if (status == GF_OK && holds)
        note_answer(t);
    if (status == GF_OK && !holds)
        note_mismatch(t, elements_hold);
    return status;
}

/* A device that fails or lacks something is a result, too; an interruption is not. */
static gf_status settle_failure(gf_trial *t, gf_status status, gf_error *failure, gf_error *error) {
    gf_result *result = t->result;
    if (status == GF_INTERRUPTED) {
        if (error != NULL)
            *error = *failure;
        else
            gf_error_clear(failure);
        return status;
    }
    result->outcome = status == GF_UNSUPPORTED ? GF_OUTCOME_UNSUPPORTED : GF_OUTCOME_FAILED;
    result->error = *failure;
    gf_timing_clear(&result->timing);
    return GF_OK;
}

gf_status gf_run_device(gf_comparison *comparison, gf_result *result, gf_error *error) {
    gf_trial t = {.comparison = comparison,
                  .problem = comparison->problem,
                  .device = result->device,
                  .result = result};
    gf_error failure = GF_ERROR_INIT;
    gf_status status = gf_device_open(t.device, &failure);
    if (status == GF_OK)
        status = measure(&t, &failure);
    gf_trial_release(&t);
    if (status == GF_OK)
        return GF_OK;
    gf_trial_free_host(&t);
    gf_device_close(t.device); /* after an error its context can't be trusted */
    return settle_failure(&t, status, &failure, error);
}

gf_status gf_run_with_stops(gf_comparison *comparison, gf_device *device, const char *variant,
                            uint64_t every, gf_stop_callback stop, void *context, gf_error *error) {
    gf_trial t = {.comparison = comparison,
                  .problem = comparison->problem,
                  .device = device,
                  .stop_every = every,
                  .stop = stop,
                  .stop_context = context};
    gf_round_trip trip;
    gf_status status = gf_device_open(device, error);
    if (status == GF_OK)
        status = prepare(&t, variant, error);
    if (status == GF_OK)
        status = gf_trial_reset(&t, error);
    if (status == GF_OK)
        status = gf_trial_round_trip(&t, &trip, error);
    gf_trial_release(&t);
    if (status != GF_OK) {
        gf_trial_free_host(&t);
        gf_device_close(device); /* after an error its context can't be trusted */
    }
    return status;
}
