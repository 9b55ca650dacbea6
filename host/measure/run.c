#include "measure/run.h"

#include <math.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "device/targets/extended.h"
#include "measure/autotune.h"
#include "measure/energy/energy_run.h"
#include "measure/guards/run_guards.h"
#include "measure/reference/verified_output.h"
#include "measure/saving/saving.h"
#include "measure/saving/saving_trip.h"
#include "measure/search/member_search.h"
#include "measure/simd_efficiency.h"
#include "os/contention.h"
#include "os/machine.h"
#include "problem/elements.h"
#include "problem/problem.h"
#include "problem/traffic.h"

static const gf_run_options *options_of(const gf_run *run) {
    return gf_run_context(run)->options;
}

static const char *clock_name(const gf_run *run) {
    return gf_run_context(run)->session->clock.name;
}

/* ---- Inputs in reverse order ------------------------------------------- */

/* Whether inputs of another draw, or in reverse order, are others. */
static bool inputs_vary(const gf_run *run) {
    const gf_problem *problem = gf_run_problem(run);
    const size_t rows = gf_run_reversible_rows(run);
    if (run->truth->redrawn != NULL)
        return true;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        const char *input = run->truth->inputs[i];
        const size_t row_bytes = spec->bytes / spec->rows;
        for (size_t row = 0; gf_goes_up(spec->access) && row < rows / 2; row++) {
            if (memcmp(input + row * row_bytes, input + (rows - 1 - row) * row_bytes, row_bytes) !=
                0)
                return true;
        }
    }
    return false;
}

/* After the download the result is the host's. */
static void restore_output(gf_run *run) {
    const gf_buffer_spec *spec = &gf_run_problem(run)->buffers[gf_run_problem(run)->result];
    for (uint32_t i = 0; run->reversed && i < run->buffers_made; i++) {
        if (run->output == run->host[i].memory)
            gf_reverse_rows(run->host[i].memory, gf_run_reversible_rows(run),
                            spec->bytes / spec->rows);
    }
}

static gf_status verify_output(gf_run *run, bool *holds, gf_error *error) {
    restore_output(run);
    return gf_run_verify_output(run, &run->result->verification, holds, error);
}

/* One round trip, poisoned before and verified after. *holds: the result is right. */
static gf_status verified_trip(gf_run *run, gf_round_trip *trip, bool *holds, gf_error *error) {
    gf_status status = gf_run_reset(run, error);
    if (status == GF_OK && run->saving != NULL)
        status = gf_saving_restore(run->saving, run, error);
    if (status == GF_OK)
        status = run->saving == NULL ? gf_run_round_trip(run, trip, error)
                                     : gf_saving_trip(run, trip, error);
    if (status == GF_OK) /* a short launch ends before the flag is looked at */
        status = gf_context_check_cancel(gf_run_context(run), error);
    if (status == GF_OK && run->saving != NULL)
        status = gf_verification_begin(run->truth, error);
    return status == GF_OK ? verify_output(run, holds, error) : status;
}

/* The same with transfers that overlap the kernels. Does nothing where nothing can overlap. */
static gf_status pipelined_trip(gf_run *run, uint64_t *began_ns, uint64_t *total_ns, bool *holds,
                                gf_error *error) {
    *began_ns = *total_ns = 0;
    if (run->pipeline == NULL)
        return GF_OK;
    bool swapped = false;
    gf_status status = gf_run_reset(run, error);
    const uint64_t start = gf_run_now(run);
    *began_ns = start;
    if (status == GF_OK)
        status = run->device->backend->pipeline_run(run->pipeline, options_of(run)->cancel,
                                                    &swapped, error);
    *total_ns = gf_run_now(run) - start;
    run->last_total_ns += *total_ns;
    if (status == GF_OK)
        status = gf_context_check_cancel(gf_run_context(run), error);
    gf_run_take_output(run, swapped);
    if (status == GF_OK)
        status = verify_output(run, holds, error);
    run->pipelined_wrong = !*holds;
    return status;
}

/* ---- Samples ----------------------------------------------------------- */

static uint32_t planned_samples(const gf_run *run) {
    const gf_run_options *options = options_of(run);
    const double trip_s = (double)run->last_total_ns * 1e-9;
    const double for_time = trip_s > 0 ? options->min_time_s / trip_s : options->max_samples;
    if (for_time <= (double)options->repeat || options->max_samples <= options->repeat)
        return options->repeat;
    return for_time < options->max_samples ? (uint32_t)for_time + 1 : options->max_samples;
}

static bool has_enough_samples(const gf_run *run, uint32_t samples) {
    const gf_run_options *options = options_of(run);
    return samples >= options->repeat && (samples >= options->max_samples ||
                                          (double)run->sampled_ns * 1e-9 >= options->min_time_s);
}

static gf_status warm_up(gf_run *run, bool *holds, gf_error *error) {
    const gf_run_options *options = options_of(run);
    const uint32_t trips = options->warmup == 0 ? 1 : options->warmup;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && *holds && i < trips; i++) {
        gf_round_trip trip = {0};
        gf_run_progress(run, "warm-up", i, trips + options->repeat,
                        run->last_total_ns * (trips - i + options->repeat));
        status = verified_trip(run, &trip, holds, error);
        if (i == 0 && status == GF_OK)
            status = gf_run_check_guards(run, error);
        if (i == 0)
            run->first_compute_ns = trip.compute_wall_ns;
    }
    uint64_t began_ns = 0, pipelined_ns = 0;
    run->reversed = true;
    return status == GF_OK && *holds ? pipelined_trip(run, &began_ns, &pipelined_ns, holds, error)
                                     : status;
}

/* The i-th sample. Serial and pipelined round trips take turns, so that changes over time affect
 * both alike. Inputs come in reverse order in every other sample that is taken, from the first on,
 * and in the opposite one in its pipelined round trip. So no round trip computes what the one
 * before it of its schedule did, those of the warm-up included, and no pipelined one what the
 * serial one before it did. */
static gf_status take_sample(gf_run *run, uint32_t i, bool *holds, gf_error *error) {
    gf_round_trip trip = {0};
    const uint32_t planned = planned_samples(run);
    const uint32_t to_do = planned > i ? planned - i : 1;
    gf_run_progress(run, "sample", i, i + to_do, run->last_total_ns * to_do);
    gf_status status = verified_trip(run, &trip, holds, error);
    run->reversed = !run->reversed;
    if (status == GF_OK && *holds)
        status = gf_ledger_add(&run->result->ledger, &trip, clock_name(run), error);
    if (status == GF_OK && *holds && run->device->backend->shares != NULL)
        status = gf_ledger_add_shares(&run->result->ledger,
                                      run->device->backend->shares(run->program), error);
    uint64_t began_ns = 0, pipelined_ns = 0;
    if (status == GF_OK && *holds)
        status = pipelined_trip(run, &began_ns, &pipelined_ns, holds, error);
    if (status == GF_OK && *holds && run->pipeline != NULL)
        status = gf_ledger_add_pipelined(&run->result->ledger, began_ns, pipelined_ns, error);
    run->sampled_ns += trip.total_ns + pipelined_ns;
    return status;
}

/* Samples are watched for other programs in blocks of at least this time, because reading /proc
 * takes up to half a millisecond; and long enough for /proc to show them. */
#define BLOCK_NS UINT64_C(30000000)

static uint64_t least_block_ns(void) {
    const uint64_t resolution_ns = gf_contention_resolution_ns();
    return resolution_ns > BLOCK_NS ? resolution_ns : BLOCK_NS;
}

/* Disturbed blocks that are taken again; fewer where that takes longer than all samples should. */
#define MOST_RETAKEN_BLOCKS 5

typedef struct retaking {
    uint32_t blocks;
    uint64_t took_ns;
} retaking;

/* The cores that the device's kernels run on at the same time, the host's thread included. */
static uint32_t cores_needed(const gf_run *run) {
    const gf_device_info *info = &run->device->info;
    const bool on_cpu = info->device_class == GF_CLASS_NATIVE || info->device_class == GF_CLASS_CPU;
    return on_cpu && info->compute_units > 1 ? info->compute_units : 1;
}

static bool may_retake(const gf_run *run, const retaking *so_far, uint64_t block_ns) {
    const gf_run_options *options = options_of(run);
    const double budget_ns =
        fmax(options->min_time_s * 1e9, (double)run->last_total_ns * options->repeat);
    return so_far->blocks < MOST_RETAKEN_BLOCKS &&
           (double)(so_far->took_ns + block_ns) <= budget_ns;
}

/* Samples that other programs disturbed are taken again, or else counted as such. *count: the
 * samples that there are. */
static gf_status take_block(gf_run *run, uint32_t *count, retaking *again, bool *holds,
                            gf_error *error) {
    gf_result *result = run->result;
    const uint64_t before_ns = run->sampled_ns;
    const uint32_t first = *count, pipelined = result->ledger.pipelined.count;
    const bool watched = options_of(run)->watch;
    const uint64_t least_ns = least_block_ns();
    gf_contention_watch watch = {.read = NULL};
    gf_status status = GF_OK;
    if (watched)
        watch = gf_contention_begin(gf_run_context(run)->session->read_contention);
    do
        status = take_sample(run, (*count)++, holds, error);
    while (status == GF_OK && *holds && run->sampled_ns - before_ns < least_ns &&
           !has_enough_samples(run, *count));
    if (status != GF_OK || !*holds || !watched ||
        !gf_contention_took_cores(&watch, cores_needed(run)))
        return status;
    const uint64_t block_ns = run->sampled_ns - before_ns;
    if (!may_retake(run, again, block_ns)) {
        result->disturbed += *count - first;
        return GF_OK;
    }
    *again = (retaking){again->blocks + 1, again->took_ns + block_ns};
    result->retaken += *count - first;
    gf_ledger_keep(&result->ledger, first, pipelined);
    run->sampled_ns = before_ns;
    *count = first;
    return GF_OK;
}

static gf_status take_samples(gf_run *run, bool *holds, gf_error *error) {
    retaking again = {0, 0};
    uint32_t count = 0;
    gf_status status = GF_OK;
    while (status == GF_OK && *holds && !has_enough_samples(run, count))
        status = take_block(run, &count, &again, holds, error);
    run->reversed = false;
    if (status == GF_OK && *holds && run->truth->redrawn != NULL) {
        gf_round_trip trip = {0}; /* so that the output is that of the first draw */
        status = verified_trip(run, &trip, holds, error);
    }
    return status == GF_OK && *holds ? gf_run_check_guards(run, error) : status;
}

static gf_status prepare_pipeline(gf_run *run, gf_error *error) {
    const gf_backend *backend = run->device->backend;
    if (backend->pipeline_create == NULL || !options_of(run)->pipeline)
        return GF_OK;
    const gf_status status =
        backend->pipeline_create(run->program, run->buffers, &run->pipeline, error);
    if (status == GF_OK && run->pipeline != NULL)
        run->result->overlap = backend->pipeline_overlap(run->pipeline);
    return status;
}

/* Of a run that saves states or goes on from one: its round trip may take days, so that there is
 * only one. */
static gf_status take_only_sample(gf_run *run, bool *holds, gf_error *error) {
    gf_round_trip trip = {0};
    run->saving->used = true;
    gf_status status = verified_trip(run, &trip, holds, error);
    run->first_compute_ns = trip.compute_wall_ns;
    run->result->checkpoint = run->saving->state;
    if (status == GF_OK && *holds)
        status = gf_ledger_add(&run->result->ledger, &trip, clock_name(run), error);
    if (status == GF_OK && *holds && run->device->backend->shares != NULL)
        status = gf_ledger_add_shares(&run->result->ledger,
                                      run->device->backend->shares(run->program), error);
    return status == GF_OK && *holds ? gf_run_check_guards(run, error) : status;
}

static gf_status measure_trips(gf_run *run, bool *holds, gf_error *error) {
    if (run->saving != NULL)
        return take_only_sample(run, holds, error);
    gf_status status = prepare_pipeline(run, error);
    if (status == GF_OK)
        status = warm_up(run, holds, error);
    return status == GF_OK ? take_samples(run, holds, error) : status;
}

/* ---- Filling the result ------------------------------------------------ */

/* "mixed" where the backend ran out of its own kind of memory between two arrays. */
static const char *host_memory_kind(const gf_run *run) {
    const char *kind = run->host[0].kind;
    for (uint32_t i = 1; i < run->buffers_made; i++) {
        if (strcmp(kind, run->host[i].kind) != 0)
            return "mixed";
    }
    return kind;
}

/* The problem of the steps that the run made, with as many stops. */
static gf_problem problem_made(const gf_run *run) {
    gf_problem made = *gf_run_problem(run);
    const uint64_t first = run->result->checkpoint.first_step;
    if (first > 0)
        made.steps -= first - first % made.steps_per_transfer;
    return made;
}

static void note_traffic(gf_run *run) {
    const gf_problem made = problem_made(run);
    const gf_traffic traffic = gf_problem_traffic(&made);
    gf_result *result = run->result;
    result->bytes_up = traffic.bytes_up;
    result->bytes_down = traffic.bytes_down;
    result->transfers = traffic.uploads + traffic.downloads;
    result->in_place = true;
    for (uint32_t i = 0; i < run->buffers_made; i++)
        result->in_place = result->in_place && run->buffers[i].in_place;
    result->host_memory = result->in_place ? "in place" : host_memory_kind(run);
    if (run->device->backend->visits == NULL)
        return;
    result->visits = *run->device->backend->visits(run->program);
    result->bytes_up = result->visits.bytes_up;
    result->bytes_down = result->visits.bytes_down;
    result->in_place = false;
    result->host_memory = host_memory_kind(run);
}

static void note_memory(gf_run *run) {
    const gf_problem *problem = gf_run_problem(run);
    gf_result *result = run->result;
    result->device_bytes =
        result->visits.bands > 0 ? result->visits.reached_bytes : gf_problem_bytes(problem);
    result->host_bytes = gf_problem_host_bytes(problem);
    if (run->truth->reference != NULL)
        result->host_bytes += problem->buffers[problem->result].bytes;
    if (run->truth->redrawn != NULL)
        result->host_bytes += gf_truth_held_bytes(&run->truth->redrawn->truth);
    result->host_peak_bytes = gf_process_peak_bytes();
}

/* A driver may compile at the first launch. If that launch took longer than any other, the excess
 * over the median launch is part of the build. */
static uint64_t deferred_build_ns(const gf_run *run) {
    const gf_ledger *ledger = &run->result->ledger;
    const gf_statistics kernel = gf_samples_statistics(&ledger->phases[GF_PHASE_KERNEL]);
    const gf_statistics launch = gf_samples_statistics(&ledger->phases[GF_PHASE_LAUNCH]);
    if (run->device->backend->compiles_ahead ||
        run->first_compute_ns <= kernel.max_ns + launch.max_ns)
        return 0;
    return run->first_compute_ns - (kernel.median_ns + launch.median_ns);
}

static gf_status note_build(gf_run *run, gf_error *error) {
    gf_result *result = run->result;
    uint64_t build_ns = run->prepare_ns;
    if (run->device->backend->build_history != NULL) { /* else there is nothing to compile */
        build_ns += deferred_build_ns(run);
        run->device->backend->build_history(run->program, build_ns, &result->build);
        build_ns += result->build.earlier_ns;
        result->build_known =
            !run->device->backend->compiles_ahead || result->build.state != GF_BUILD_UNKNOWN;
    }
    result->ledger.clocks[GF_PHASE_BUILD] = clock_name(run);
    return gf_samples_add(&result->ledger.phases[GF_PHASE_BUILD], build_ns, error);
}

/* Computing that overflows is right if the reference does, too, and is hardly what was meant. */
static uint64_t count_nonfinite(const gf_problem *problem, const void *output) {
    const gf_buffer_spec *spec = &problem->buffers[problem->result];
    const size_t count = spec->rows * spec->cols * spec->components;
    uint64_t nonfinite = 0;
    for (size_t i = 0; i < count; i++)
        nonfinite += isfinite(gf_element(spec->type, output, i)) ? 0 : 1;
    return nonfinite;
}

/* Of all steps, those that the run made. */
static double share_made(const gf_run *run) {
    const double first = (double)run->result->checkpoint.first_step;
    return first > 0 ? 1 - first / (double)gf_run_problem(run)->steps : 1;
}

static gf_status note_result(gf_run *run, gf_error *error) {
    gf_result *result = run->result;
    const gf_problem *problem = gf_run_problem(run);
    if (run->device->backend->program_note != NULL)
        snprintf(result->note, sizeof result->note, "%s",
                 run->device->backend->program_note(run->program));
    if (run->device->backend->build_record != NULL)
        result->build_record = run->device->backend->build_record(run->program);
    result->checksum = problem->workload->checksum(problem, run->output);
    if (!isfinite(result->checksum))
        result->nonfinite = count_nonfinite(problem, run->output);
    result->work = problem->workload->work == NULL ? problem->cost.work
                                                   : problem->workload->work(problem, run->output);
    result->work *= share_made(run);
    result->inputs_vary = inputs_vary(run);
    note_traffic(run);
    note_memory(run);
    const gf_status status = note_build(run, error);
    return status == GF_OK ? gf_result_summarize(result, error) : status;
}

static gf_status note_efficiency(gf_run *run, gf_error *error) {
    gf_result *result = run->result;
    if (run->device->backend->lane_group == NULL)
        return GF_OK;
    result->lanes = run->device->backend->lane_group(run->program);
    return gf_simd_efficiency_in(gf_run_problem(run), run->output, result->lanes,
                                 &result->efficiency, error);
}

static void note_answer(gf_run *run) {
    const gf_problem *problem = gf_run_problem(run);
    if (problem->workload->describe != NULL)
        problem->workload->describe(problem, run->output, run->result->answer,
                                    sizeof run->result->answer);
}

/* A reference that is no number is hardly what was meant, and no result is like it. */
static void describe_elements(gf_run *run) {
    const gf_verification *verification = &run->result->verification;
    const gf_difference *difference = &verification->difference;
    const gf_problem *problem = gf_run_problem(run);
    char odd[96] = "";
    const uint64_t nonfinite = run->truth->reference == NULL || verification->buffer != NULL
                                   ? 0
                                   : count_nonfinite(problem, run->truth->reference);
    if (nonfinite > 0)
        snprintf(odd, sizeof odd, "; %llu elements of the reference are infinite or no number",
                 (unsigned long long)nonfinite);
    gf_error_set(
        &run->result->error, GF_MISMATCH,
        "%llu of %llu %s%s elements differ from the reference, by up to %g%s%s",
        (unsigned long long)difference->mismatches, (unsigned long long)difference->compared,
        verification->buffer != NULL ? "buffer " : "",
        verification->buffer != NULL ? verification->buffer
        : verification->sampled      ? "sampled"
                                     : "result",
        difference->max_abs_error, run->pipelined_wrong ? ", in a pipelined round trip" : "", odd);
}

/* Says why a result is wrong: because of its elements, or else because of their sum. */
static void describe_mismatch(gf_run *run, bool elements_hold) {
    gf_result *result = run->result;
    const gf_verification *verification = &result->verification;
    const gf_difference *difference = &verification->difference;
    if (!elements_hold && verification->differs_from_others)
        gf_error_set(&result->error, GF_MISMATCH,
                     "its samples are right, but the whole result has other bits than the one "
                     "before, of this device or another; the memory does not suffice to tell which "
                     "is wrong%s",
                     run->pipelined_wrong ? " (in a pipelined round trip)" : "");
    else if (!elements_hold && verification->was_wrong_before && difference->mismatches == 0)
        gf_error_set(&result->error, GF_MISMATCH,
                     "round trips give different results, and an earlier one was wrong outside its "
                     "samples");
    else if (!elements_hold)
        describe_elements(run);
    else if (verification->has_known_answer && !verification->known_answer_holds)
        gf_error_set(&result->error, GF_MISMATCH, "checksum %.17g is not the known answer %.17g",
                     result->checksum, verification->known_answer.checksum);
    else
        gf_error_set(&result->error, GF_MISMATCH,
                     "checksum %.17g is too far from the reference's %.17g", result->checksum,
                     run->truth->reference_checksum);
}

static void note_mismatch(gf_run *run, bool elements_hold) {
    run->result->outcome = GF_OUTCOME_MISMATCH;
    gf_result_drop_times(run->result);
    describe_mismatch(run, elements_hold);
}

/* Afterwards the output is that of a verified round trip again. */
static gf_status measure_energy(gf_run *run, bool *holds, gf_error *error) {
    gf_round_trip trip = {0};
    gf_run_progress(run, "energy", 0, 0, 0);
    const gf_status status = gf_run_measure_energy(run, &run->result->energy, error);
    return status == GF_OK ? verified_trip(run, &trip, holds, error) : status;
}

/* ---- The run ----------------------------------------------------------- */

/* What can be expected of a set of devices, or of one that is visited band by band. */
static void describe_expected(const gf_run *run, char *text, size_t size) {
    const gf_backend *backend = run->device->backend;
    if (backend->visits != NULL)
        gf_visits_format(backend->visits(run->program), text, size);
    else
        snprintf(text, size, "%s", backend->shares(run->program)->forecast);
}

static void foretell(const gf_run *run) {
    const gf_run_options *options = options_of(run);
    char expected[sizeof((gf_shares *)NULL)->forecast], text[sizeof expected + 160];
    if (options->foretell == NULL || run->result == NULL)
        return;
    describe_expected(run, expected, sizeof expected);
    snprintf(text, sizeof text, "%s: %s", run->device->info.id, expected);
    const locale_t own_locale = gf_callback_begin();
    options->foretell(text, options->foretell_context);
    gf_callback_end(own_locale);
}

/* A set of devices, or a device that is visited, finds out how to divide the problem. */
static gf_status rehearse(gf_run *run, gf_error *error) {
    const gf_backend *backend = run->device->backend;
    if (backend->rehearse == NULL)
        return GF_OK;
    gf_run_progress(run, "rehearsal", 0, 0, 0);
    gf_status status = gf_run_reset(run, error);
    if (status == GF_OK)
        status = backend->rehearse(run->program, run->buffers, options_of(run)->cancel, error);
    if (status == GF_OK)
        foretell(run);
    return status;
}

static gf_status prepare(gf_run *run, gf_error *error) {
    gf_status status = gf_run_autotune(run, error);
    if (status == GF_OK)
        status = gf_tune_members(run, error);
    if (status != GF_OK)
        return status;
    const uint64_t start = gf_run_now(run);
    status = gf_device_prepare(run->device, gf_run_problem(run), run->variant, &run->tuning,
                               &run->program, error);
    const uint64_t prepared = gf_run_now(run);
    run->prepare_ns = prepared - start;
    if (status == GF_OK)
        status = gf_run_make_buffers(run, error);
    if (status == GF_OK && run->result != NULL) {
        gf_ledger *ledger = &run->result->ledger;
        ledger->clocks[GF_PHASE_ALLOC] = clock_name(run);
        ledger->build_began_ns = start;
        ledger->alloc_began_ns = prepared;
        status = gf_samples_add(&ledger->phases[GF_PHASE_ALLOC], gf_run_now(run) - prepared, error);
    }
    return status == GF_OK ? rehearse(run, error) : status;
}

/* Judges the checksum, once the elements of every round trip were right. */
static bool checksum_holds(gf_run *run) {
    gf_result *result = run->result;
    return gf_verification_check_known(gf_run_problem(run), result->checksum,
                                       &result->verification) &&
           gf_verification_check_checksum(run->truth, result->checksum);
}

static gf_status measure_device(gf_run *run, gf_error *error) {
    gf_run_progress(run, "build", 0, 0, 0);
    bool holds = true;
    gf_status status = prepare(run, error);
    run->result->tuning = run->tuning;
    if (status == GF_OK)
        status = measure_trips(run, &holds, error);
    const bool elements_hold = holds;
    if (status == GF_OK && holds) {
        status = note_result(run, error);
        holds = status == GF_OK && checksum_holds(run);
    }
    if (status == GF_OK && holds && options_of(run)->energy)
        status = measure_energy(run, &holds, error);
    if (status == GF_OK && holds)
        status = note_efficiency(run, error);
    if (status == GF_OK && holds)
        note_answer(run);
    if (status == GF_OK && !holds)
        note_mismatch(run, elements_hold);
    return status;
}

static void begin(gf_run *run, gf_device *device, const char *variant) {
    gf_truth *truth = run->truth;
    struct gf_saving *saving = run->saving;
    gf_run_free_host(run);
    *run = (gf_run){.truth = truth, .device = device, .variant = variant, .saving = saving};
}

/* Opens the device, or what takes its place where it has no room for the problem. */
static gf_status open_device(gf_run *run, gf_error *error) {
    const gf_context *context = gf_run_context(run);
    gf_status status = gf_context_open_device(context, run->device, error);
    if (status == GF_OK)
        status = gf_session_choose_room(context->session, run->device, gf_run_problem(run),
                                        &run->device, error);
    return status == GF_OK ? gf_context_open_device(context, run->device, error) : status;
}

/* Ends a run. After an error the device is closed, because its context can't be trusted. */
static gf_status end(gf_run *run, gf_status status) {
    gf_run_release(run);
    if (status == GF_OK)
        return GF_OK;
    gf_run_free_host(run);
    run->result = NULL;
    gf_device_close(run->device);
    return status;
}

gf_status gf_run_execute(gf_run *run, gf_result *result, gf_error *error) {
    begin(run, result->device, result->variant);
    run->result = result;
    gf_status status = open_device(run, error);
    if (status == GF_OK)
        status = measure_device(run, error);
    status = end(run, status);
    return status == GF_OK ? GF_OK : gf_result_note_failure(result, status, error);
}

gf_status gf_run_with_stops(gf_run *run, gf_device *device, const char *variant,
                            const gf_stops *stops, gf_error *error) {
    gf_round_trip trip;
    struct gf_saving *saving = run->saving;
    begin(run, device, variant);
    run->stops = *stops;
    run->saving = NULL;
    gf_status status = open_device(run, error);
    if (status == GF_OK)
        status = prepare(run, error);
    if (status == GF_OK)
        status = gf_run_reset(run, error);
    if (status == GF_OK)
        status = gf_run_round_trip(run, &trip, error);
    if (status == GF_OK)
        status = gf_run_check_guards(run, error);
    run->saving = saving;
    return end(run, status);
}
