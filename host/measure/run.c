#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "measure/autotune.h"
#include "measure/round_trip.h"
#include "measure/run.h"
#include "measure/verify.h"
#include "os/machine.h"
#include "problem/problem.h"

gf_status gf_check_cancel(const gf_comparison *comparison, gf_error *error) {
    if (comparison->options.cancel == NULL || *comparison->options.cancel == 0)
        return GF_OK;
    return gf_error_set(error, GF_INTERRUPTED, "interrupted");
}

/* One round trip with everything around it. *holds tells whether the result is right. */
static gf_status verified_trip(gf_run *run, gf_round_trip *trip, bool *holds, gf_error *error) {
    gf_status status = gf_run_reset(run, error);
    if (status == GF_OK)
        status = gf_run_round_trip(run, trip, error);
    if (status == GF_OK)
        status = gf_verification_check(run->comparison, run->comparison->output,
                                       &run->result->verification, holds, error);
    return status;
}

/* A round trip with transfers beside the kernels, poisoned before and verified after like every
 * other. Does nothing where there is nothing to overlap. */
static gf_status pipelined_trip(gf_run *run, uint64_t *total_ns, bool *holds, gf_error *error) {
    gf_comparison *comparison = run->comparison;
    *total_ns = 0;
    if (run->pipeline == NULL)
        return GF_OK;
    bool swapped = false;
    gf_status status = gf_run_reset(run, error);
    const uint64_t start = gf_run_now(run);
    if (status == GF_OK)
        status = run->device->backend->pipeline_run(run->pipeline, comparison->options.cancel,
                                                    &swapped, error);
    *total_ns = gf_run_now(run) - start;
    run->last_total_ns += *total_ns;
    if (status == GF_OK)
        status = gf_check_cancel(comparison, error);
    comparison->output =
        comparison->host[gf_run_content(run, run->problem->result, swapped)].memory;
    if (status == GF_OK)
        status = gf_verification_check(comparison, comparison->output, &run->result->verification,
                                       holds, error);
    run->pipelined_wrong = !*holds;
    return status;
}

/* ---- Samples ----------------------------------------------------------- */

static uint32_t planned_samples(const gf_run *run) {
    const gf_run_options *options = &run->comparison->options;
    const double trip_s = (double)run->last_total_ns * 1e-9;
    const double for_time = trip_s > 0 ? options->min_time_s / trip_s : options->max_samples;
    if (for_time <= (double)options->repeat || options->max_samples <= options->repeat)
        return options->repeat;
    return for_time < options->max_samples ? (uint32_t)for_time + 1 : options->max_samples;
}

static bool enough(const gf_run *run, uint32_t samples) {
    const gf_run_options *options = &run->comparison->options;
    return samples >= options->repeat && (samples >= options->max_samples ||
                                          (double)run->sampled_ns * 1e-9 >= options->min_time_s);
}

static gf_status warm_up(gf_run *run, bool *holds, gf_error *error) {
    const uint32_t asked = run->comparison->options.warmup;
    const uint32_t trips = asked == 0 ? 1 : asked;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && *holds && i < trips; i++) {
        gf_round_trip trip = {0};
        gf_run_progress(run, "warm-up", i, trips + run->comparison->options.repeat,
                        run->last_total_ns * (trips - i + run->comparison->options.repeat));
        status = verified_trip(run, &trip, holds, error);
        if (i == 0)
            run->first_compute_ns = trip.compute_wall_ns;
    }
    uint64_t pipelined_ns = 0;
    return status == GF_OK && *holds ? pipelined_trip(run, &pipelined_ns, holds, error) : status;
}

/* Serial and pipelined round trips take turns, so that what changes with time meets both. */
static gf_status sample(gf_run *run, bool *holds, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && *holds && !enough(run, i); i++) {
        gf_round_trip trip = {0};
        const uint32_t planned = planned_samples(run);
        const uint32_t left = planned > i ? planned - i : 1;
        gf_run_progress(run, "sample", i, i + left, run->last_total_ns * left);
        status = verified_trip(run, &trip, holds, error);
        if (status == GF_OK && *holds)
            status = gf_ledger_add(&run->result->ledger, &trip,
                                   run->comparison->session->clock.name, error);
        uint64_t pipelined_ns = 0;
        if (status == GF_OK && *holds)
            status = pipelined_trip(run, &pipelined_ns, holds, error);
        if (status == GF_OK && *holds && run->pipeline != NULL)
            status = gf_samples_add(&run->result->ledger.pipelined, pipelined_ns, error);
        run->sampled_ns += trip.total_ns + pipelined_ns;
    }
    return status;
}

/* ---- What a run leaves in its result ----------------------------------- */

/* The backend may have run out of its own kind of memory between two arrays. */
static const char *host_memory_kind(const gf_run *run) {
    const char *kind = run->comparison->host[0].kind;
    for (uint32_t i = 1; i < run->problem->buffer_count; i++) {
        if (strcmp(kind, run->comparison->host[i].kind) != 0)
            return "mixed";
    }
    return kind;
}

static void note_traffic(gf_run *run) {
    const gf_problem *problem = run->problem;
    const uint64_t stops =
        problem->steps == 0
            ? 1
            : (problem->steps + problem->steps_per_transfer - 1) / problem->steps_per_transfer;
    gf_result *result = run->result;
    result->in_place = true;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const bool again = problem->upload_again && spec->access == GF_ACCESS_INOUT;
        const uint64_t ups = !gf_goes_up(spec->access) ? 0 : again ? stops : 1;
        const uint64_t downs = gf_comes_down(spec->access) ? stops : 0;
        result->bytes_up += ups * spec->bytes;
        result->bytes_down += downs * spec->bytes;
        result->transfers += ups + downs;
        result->in_place = result->in_place && run->buffers[i].in_place;
    }
    result->host_memory = result->in_place ? "in place" : host_memory_kind(run);
}

static void note_memory(gf_run *run) {
    const gf_problem *problem = run->problem;
    gf_result *result = run->result;
    result->device_bytes = gf_problem_bytes(problem);
    result->host_bytes = gf_problem_host_bytes(problem);
    if (run->comparison->reference != NULL)
        result->host_bytes += problem->buffers[problem->result].bytes;
    result->host_peak_bytes = gf_process_peak_bytes();
}

/* Drivers may put off compilation to the first launch: what that took longer than the median
 * launch is part of the build, if it took longer than any other. */
static uint64_t deferred_build_ns(const gf_run *run) {
    const gf_ledger *timing = &run->result->ledger;
    const gf_statistics kernel = gf_samples_statistics(&timing->phases[GF_PHASE_KERNEL]);
    const gf_statistics launch = gf_samples_statistics(&timing->phases[GF_PHASE_LAUNCH]);
    if (run->first_compute_ns <= kernel.max_ns + launch.max_ns)
        return 0;
    return run->first_compute_ns - (kernel.median_ns + launch.median_ns);
}

static gf_status note_build(gf_run *run, gf_error *error) {
    gf_result *result = run->result;
    uint64_t build_ns = run->prepare_ns;
    if (run->device->backend->build_history != NULL) { /* else there is nothing to compile */
        build_ns += deferred_build_ns(run);
        run->device->backend->build_history(run->program, build_ns, &result->build);
        result->build_known = true;
    }
    result->ledger.clocks[GF_PHASE_BUILD] = run->comparison->session->clock.name;
    return gf_samples_add(&result->ledger.phases[GF_PHASE_BUILD], build_ns, error);
}

static gf_status note_result(gf_run *run, gf_error *error) {
    gf_result *result = run->result;
    const void *output = run->comparison->output;
    if (run->device->backend->program_note != NULL)
        snprintf(result->note, sizeof result->note, "%s",
                 run->device->backend->program_note(run->program));
    result->checksum = run->problem->workload->checksum(run->problem, output);
    result->work = run->problem->workload->work(run->problem, output);
    note_traffic(run);
    note_memory(run);
    return note_build(run, error);
}

static gf_status note_efficiency(gf_run *run, gf_error *error) {
    gf_comparison *comparison = run->comparison;
    gf_status status = GF_OK;
    if (!comparison->has_efficiency) {
        status =
            gf_simd_efficiency(run->problem, comparison->output, comparison->efficiency, error);
        comparison->has_efficiency = status == GF_OK;
    }
    if (status != GF_OK || run->device->backend->lane_group == NULL)
        return status;
    run->result->lanes = run->device->backend->lane_group(run->program);
    return gf_simd_efficiency_in(run->problem, comparison->output, run->result->lanes,
                                 &run->result->efficiency, error);
}

static void note_answer(gf_run *run) {
    if (run->problem->workload->describe != NULL)
        run->problem->workload->describe(run->problem, run->comparison->output, run->result->answer,
                                         sizeof run->result->answer);
}

/* Why a result is wrong: its elements if they don't hold, else their sum. */
static void describe_mismatch(gf_run *run, bool elements_hold) {
    gf_result *result = run->result;
    const gf_verification *verification = &result->verification;
    const gf_difference *difference = &verification->difference;
    if (!elements_hold)
        gf_error_set(&result->error, GF_MISMATCH,
                     "%llu of %llu %s elements differ from the reference, by up to %g%s",
                     (unsigned long long)difference->mismatches,
                     (unsigned long long)difference->compared,
                     verification->sampled ? "sampled" : "result", difference->max_abs_error,
                     run->pipelined_wrong ? ", in a pipelined round trip" : "");
    else if (verification->has_known_answer && !verification->known_answer_holds)
        gf_error_set(&result->error, GF_MISMATCH, "checksum %.17g is not the known answer %.17g",
                     result->checksum, verification->known_answer.checksum);
    else
        gf_error_set(&result->error, GF_MISMATCH,
                     "checksum %.17g is too far from the reference's %.17g", result->checksum,
                     run->comparison->reference_checksum);
}

/* A wrong result has no time: the samples go, and what the build took. */
static void note_mismatch(gf_run *run, bool elements_hold) {
    gf_result *result = run->result;
    result->outcome = GF_OUTCOME_MISMATCH;
    result->build_known = false;
    gf_ledger_clear(&result->ledger);
    describe_mismatch(run, elements_hold);
}

/* ---- The run ----------------------------------------------------------- */

static gf_status prepare(gf_run *run, const char *variant, gf_error *error) {
    gf_status status = gf_run_autotune(run, variant, error);
    if (status != GF_OK)
        return status;
    const uint64_t start = gf_run_now(run);
    status = run->device->backend->prepare(run->device, run->problem, variant, &run->tuning,
                                           &run->program, error);
    const uint64_t prepared = gf_run_now(run);
    run->prepare_ns = prepared - start;
    if (status == GF_OK)
        status = gf_run_make_buffers(run, error);
    if (status == GF_OK && run->result != NULL) {
        gf_ledger *timing = &run->result->ledger;
        timing->clocks[GF_PHASE_ALLOC] = run->comparison->session->clock.name;
        status = gf_samples_add(&timing->phases[GF_PHASE_ALLOC], gf_run_now(run) - prepared, error);
    }
    return status;
}

static gf_status prepare_pipeline(gf_run *run, gf_error *error) {
    const gf_backend *backend = run->device->backend;
    if (backend->pipeline_create == NULL || !run->comparison->options.pipeline)
        return GF_OK;
    return backend->pipeline_create(run->program, run->buffers, &run->pipeline, error);
}

static gf_status measure(gf_run *run, gf_error *error) {
    gf_run_progress(run, "build", 0, 0, 0);
    bool holds = true;
    gf_status status = prepare(run, run->result->variant, error);
    run->result->tuning = run->tuning;
    if (status == GF_OK)
        status = prepare_pipeline(run, error);
    if (status == GF_OK)
        status = warm_up(run, &holds, error);
    if (status == GF_OK)
        status = sample(run, &holds, error);
    const bool elements_hold = holds;
    if (status == GF_OK && holds)
        status = note_result(run, error);
    if (status == GF_OK && holds)
        holds = gf_verification_check_known(run->problem, run->result->checksum,
                                            &run->result->verification) &&
                gf_verification_check_checksum(run->comparison, run->result->checksum);
    if (status == GF_OK && holds)
        status = note_efficiency(run, error);
    if (status == GF_OK && holds)
        note_answer(run);
    if (status == GF_OK && !holds)
        note_mismatch(run, elements_hold);
    return status;
}

/* A device that fails or lacks something is a result, too; an interruption is not. */
static gf_status settle_failure(gf_run *run, gf_status status, gf_error *failure, gf_error *error) {
    gf_result *result = run->result;
    if (status == GF_INTERRUPTED) {
        if (error != NULL)
            *error = *failure;
        else
            gf_error_clear(failure);
        return status;
    }
    result->outcome = status == GF_UNSUPPORTED ? GF_OUTCOME_UNSUPPORTED : GF_OUTCOME_FAILED;
    result->error = *failure;
    gf_ledger_clear(&result->ledger);
    return GF_OK;
}

gf_status gf_run_execute(gf_comparison *comparison, gf_result *result, gf_error *error) {
    gf_run t = {.comparison = comparison,
                .problem = comparison->problem,
                .device = result->device,
                .result = result};
    gf_error failure = GF_ERROR_INIT;
    gf_status status = gf_device_open(t.device, &failure);
    if (status == GF_OK)
        status = measure(&t, &failure);
    gf_run_release(&t);
    if (status == GF_OK)
        return GF_OK;
    gf_run_free_host(&t);
    gf_device_close(t.device); /* after an error its context can't be trusted */
    return settle_failure(&t, status, &failure, error);
}

gf_status gf_run_with_stops(gf_comparison *comparison, gf_device *device, const char *variant,
                            uint64_t every, gf_stop_callback stop, void *context, gf_error *error) {
    gf_run t = {.comparison = comparison,
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
        status = gf_run_reset(&t, error);
    if (status == GF_OK)
        status = gf_run_round_trip(&t, &trip, error);
    gf_run_release(&t);
    if (status != GF_OK) {
        gf_run_free_host(&t);
        gf_device_close(device); /* after an error its context can't be trusted */
    }
    return status;
}
