#include "report/report_json.h"

#include <math.h>

#include "analyse/payback.h"
#include "analyse/ranking.h"
#include "analyse/verdict.h"
#include "base/json.h"
#include "bound/bound_typical.h"
#include "device/session.h"
#include "report/bound_json.h"
#include "report/json_objects.h"
#include "report/report_checklist.h"
#include "report/report_text.h"

/* ---- Results ----------------------------------------------------------- */

static json_t *samples_json(const gf_samples *samples, const gf_statistics *statistics,
                            const char *clock, bool *bad) {
    if (statistics->count == 0)
        return json_null();
    json_t *object = json_object(), *array = json_array();
    gf_json_put_count(object, "median_ns", statistics->median_ns, bad);
    gf_json_put_count(object, "min_ns", statistics->min_ns, bad);
    gf_json_put_count(object, "max_ns", statistics->max_ns, bad);
    for (uint32_t i = 0; i < samples->count; i++)
        gf_json_append(array, json_integer((json_int_t)samples->ns[i]), bad);
    gf_json_put(object, "samples_ns", array, bad);
    gf_json_put_text(object, "clock", clock, bad);
    return object;
}

static json_t *phases_json(const gf_result *result, bool *bad) {
    json_t *object = json_object();
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        json_t *entry = samples_json(&result->ledger.phases[phase], &result->statistics[phase],
                                     result->ledger.clocks[phase], bad);
        if (phase == GF_PHASE_BUILD && result->build_known) {
            gf_json_put_text(entry, "state", gf_build_state_name(result->build.state), bad);
            gf_json_put_count_if(entry, "cold_ns", result->build.cold_ns > 0, result->build.cold_ns,
                                 bad);
        }
        gf_json_put(object, gf_phase_name(phase), entry, bad);
    }
    return object;
}

/* Of a step with several kernels: each one's part of the kernel phase. */
static json_t *kernels_json(const gf_comparison *comparison, const gf_result *result, bool *bad) {
    const gf_workload *workload = comparison->problem->workload;
    const gf_ledger *ledger = &result->ledger;
    if (ledger->stage_count < 2 || workload->stage_name == NULL)
        return json_null();
    json_t *array = json_array();
    for (uint32_t i = 0; i < ledger->stage_count; i++) {
        const gf_statistics statistics = gf_samples_statistics(&ledger->stages[i]);
        json_t *entry =
            samples_json(&ledger->stages[i], &statistics, ledger->clocks[GF_PHASE_KERNEL], bad);
        gf_json_put_text(entry, "kernel", workload->stage_name(workload, i), bad);
        gf_json_append(array, entry, bad);
    }
    return array;
}

/* Round trips whose transfers overlap the kernels. `ratio`: their median relative to the longest of
 * upload, kernel and download. */
static json_t *pipelined_json(const gf_result *result, bool *bad) {
    const gf_ledger *ledger = &result->ledger;
    const uint64_t longest_ns = gf_longest_phase_ns(result->statistics);
    json_t *object =
        samples_json(&ledger->pipelined, &result->pipelined, ledger->clocks[GF_PHASE_TOTAL], bad);
    if (!json_is_object(object))
        return object;
    gf_json_put_count(object, "longest_ns", longest_ns, bad);
    gf_json_put_real(object, "ratio", (double)result->pipelined.median_ns / (double)longest_ns,
                     bad);
    return object;
}

static json_t *verification_json(const gf_result *result, bool *bad) {
    if (!gf_was_verified(result))
        return json_null();
    const gf_verification *verification = &result->verification;
    json_t *object = json_object();
    const char *const reference = verification->reference;
    gf_json_put_text(object, "reference",
                     reference[0] != '\0'    ? reference
                     : verification->sampled ? "scalar, sampled"
                                             : "scalar, full",
                     bad);
    gf_json_put_bool(object, "independent", verification->independent, bad);
    gf_json_put_count(object, "mismatches", verification->difference.mismatches, bad);
    gf_json_put_real(object, "max_abs_error", verification->difference.max_abs_error, bad);
    gf_json_put_count(object, "compared", verification->difference.compared, bad);
    gf_json_put_real(object, "differing_share_allowed", verification->differing_share_allowed, bad);
    if (verification->has_known_answer) {
        gf_json_put_real(object, "known_checksum", verification->known_answer.checksum, bad);
        gf_json_put_bool(object, "known_checksum_holds", verification->known_answer_holds, bad);
    }
    return object;
}

static json_t *throughput_json(const gf_comparison *comparison, const gf_result *result,
                               bool *bad) {
    const uint64_t kernel_ns = result->statistics[GF_PHASE_KERNEL].median_ns;
    if (result->outcome != GF_OUTCOME_OK || kernel_ns == 0)
        return json_null();
    json_t *object = json_object();
    gf_json_put_real(object, "value", result->work / (double)kernel_ns, bad);
    gf_json_put_text(object, "unit", comparison->problem->workload->rate_unit, bad);
    return object;
}

static json_t *traffic_json(const gf_result *result, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "bytes_up", result->bytes_up, bad);
    gf_json_put_count(object, "bytes_down", result->bytes_down, bad);
    gf_json_put_count(object, "transfers", result->transfers, bad);
    gf_json_put_bool(object, "in_place", result->in_place, bad);
    gf_json_put_text(object, "host_memory", result->host_memory, bad);
    gf_json_put_count(object, "device_bytes", result->device_bytes, bad);
    return object;
}

static json_t *memory_json(const gf_result *result, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "device_bytes", result->device_bytes, bad);
    gf_json_put_count(object, "host_bytes", result->host_bytes, bad);
    gf_json_put_count_if(object, "host_peak_bytes", result->host_peak_bytes > 0,
                         result->host_peak_bytes, bad);
    return object;
}

/* A sum of whole numbers is an integer while a double holds it exactly, up to 2^53. */
static json_t *checksum_json(const gf_problem *problem, const gf_result *result) {
    const gf_type type = problem->buffers[problem->result].type;
    if (type == GF_TYPE_F32 || type == GF_TYPE_F64 || fabs(result->checksum) > 0x1p53) {
        json_t *real = json_real(result->checksum);
        return real == NULL ? json_null() : real; /* JSON has no infinity and no NaN */
    }
    return json_integer((json_int_t)result->checksum);
}

static json_t *tuning_json(const gf_result *result, bool *bad) {
    const gf_tuning *tuning = &result->tuning;
    if (result->outcome != GF_OUTCOME_OK || tuning->count == 0)
        return json_null();
    json_t *object = json_object(), *values = json_object();
    for (uint32_t i = 0; i < tuning->count; i++)
        gf_json_put_count(values, tuning->tunables[i].name, tuning->values[i], bad);
    gf_json_put(object, "values", values, bad);
    gf_json_put_text(object, "basis", tuning->basis, bad);
    return object;
}

/* null: no search for the fastest variant was made. */
static json_t *tries_json(const gf_result *result, bool *bad) {
    if (result->try_count == 0)
        return json_null();
    json_t *array = json_array();
    for (uint32_t i = 0; i < result->try_count; i++) {
        const gf_variant_try *tried = &result->tries[i];
        json_t *object = json_object();
        gf_json_put_text(object, "variant", tried->variant, bad);
        gf_json_put_text(object, "outcome", gf_variant_fate_name(tried->fate), bad);
        gf_json_put_count_if(object, "compute_ns", tried->fate == GF_VARIANT_TIMED, tried->ns, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static void put_known(json_t *object, const char *key, double number, bool *bad) {
    if (number < 0)
        gf_json_put(object, key, json_null(), bad);
    else
        gf_json_put_real(object, key, number, bad);
}

static json_t *part_json(const gf_energy *energy, size_t sensor, gf_energy_part part, bool *bad) {
    const gf_energy_span *of = &energy->parts[part];
    if (of->repeats == 0)
        return json_null();
    json_t *object = json_object();
    gf_json_put_count(object, "repeats", of->repeats, bad);
    gf_json_put_real(object, "seconds", of->span.seconds, bad);
    put_known(object, "joules", of->span.joules[sensor], bad);
    put_known(object, "joules_each", gf_energy_joules(energy, sensor, part), bad);
    put_known(object, "mean_watts", gf_energy_watts(energy, sensor, part), bad);
    put_known(object, "device_busy", of->span.busy[sensor], bad);
    put_known(object, "host_threads_busy", of->host_busy, bad);
    return object;
}

static json_t *sensor_json(const gf_energy *energy, size_t sensor, bool *bad) {
    json_t *object = json_object(), *parts = json_object();
    gf_json_put_text(object, "name", energy->sensors[sensor].name, bad);
    gf_json_put_bool(object, "of_host", energy->sensors[sensor].of_host, bad);
    for (gf_energy_part part = 0; part < GF_ENERGY_PARTS; part++)
        gf_json_put(parts, gf_energy_part_name(part), part_json(energy, sensor, part, bad), bad);
    gf_json_put(object, "parts", parts, bad);
    return object;
}

/* null unless it was asked for. */
static json_t *energy_json(const gf_energy *energy, bool *bad) {
    if (!energy->asked)
        return json_null();
    json_t *object = json_object(), *sensors = json_array();
    put_known(object, "joules_of_result", gf_energy_of_result(energy), bad);
    for (size_t i = 0; i < energy->sensor_count; i++)
        gf_json_append(sensors, sensor_json(energy, i, bad), bad);
    gf_json_put(object, "sensors", sensors, bad);
    gf_json_put_filled(object, "not_readable", energy->why, bad);
    return object;
}

static json_t *share_json(const gf_member_share *share, bool *bad) {
    json_t *object = json_object();
    gf_json_put_text(object, "device", share->device->id, bad);
    gf_json_put_text(object, "variant", share->variant, bad);
    gf_json_put_real(object, "alone_ns", share->alone_ns, bad);
    gf_json_put_count(object, "h2d_ns", share->h2d_ns, bad);
    gf_json_put_count(object, "launch_ns", share->launch_ns, bad);
    gf_json_put_count(object, "kernel_ns", share->kernel_ns, bad);
    gf_json_put_count(object, "d2h_ns", share->d2h_ns, bad);
    gf_json_put_count(object, "halo_ns", share->halo_ns, bad);
    gf_json_put_count(object, "idle_ns", share->idle_ns, bad);
    gf_json_put_count(object, "units", share->units, bad);
    gf_json_put_count(object, "launches", share->bands, bad);
    return object;
}

/* null: the device is no set. */
static json_t *set_json(const gf_result *result, bool *bad) {
    const gf_shares *shares = gf_result_shares(result);
    if (shares == NULL)
        return json_null();
    json_t *object = json_object(), *members = json_array();
    gf_json_put_text(object, "forecast", shares->forecast, bad);
    gf_json_put_real(object, "ceiling_ns", shares->ceiling_ns, bad);
    gf_json_put_real(object, "of_ceiling", shares->ceiling_ns / gf_result_best_ns(result), bad);
    gf_json_put_text(object, "best_alone", shares->members[shares->best].device->id, bad);
    gf_json_put_bool(object, "divided", shares->divided, bad);
    gf_json_put_count(object, "units", shares->units, bad);
    gf_json_put_count_if(object, "steps_per_exchange", shares->visit_steps > 0, shares->visit_steps,
                         bad);
    for (uint32_t i = 0; i < shares->count; i++)
        gf_json_append(members, share_json(&shares->members[i], bad), bad);
    gf_json_put(object, "devices", members, bad);
    return object;
}

/* null: the field was in memory. */
static json_t *field_json(const gf_field_facts *field, bool *bad) {
    if (field->memory_bytes == 0)
        return json_null();
    json_t *object = json_object();
    gf_json_put_text(object, "access", field->direct ? "direct" : "mapped", bad);
    gf_json_put_count(object, "memory_bytes", field->memory_bytes, bad);
    gf_json_put_count(object, "read_bytes", field->read_bytes, bad);
    gf_json_put_count(object, "read_ns", field->read_ns, bad);
    gf_json_put_count(object, "written_bytes", field->written_bytes, bad);
    gf_json_put_count(object, "write_ns", field->write_ns, bad);
    return object;
}

static json_t *result_json(const gf_comparison *comparison, const gf_result *result, bool *bad) {
    const gf_problem *problem = comparison->problem;
    const bool ok = result->outcome == GF_OUTCOME_OK; /* what is not verified has no numbers */
    json_t *object = json_object(), *files = json_object();
    gf_json_put(object, "device", gf_json_device(&result->device->info, bad), bad);
    gf_json_put_text(object, "variant", result->variant, bad);
    gf_json_put_text(object, "precision", gf_precision_name(problem->precision), bad);
    gf_json_put_text(object, "math", gf_math_choices[problem->math], bad);
    gf_json_put_text(object, "status", gf_outcome_name(result->outcome), bad);
    gf_json_put_filled(object, "reason", result->error.text, bad);
    gf_json_put_text(object, "selected_by", result->why, bad);
    gf_json_put(object, "variants_tried", tries_json(result, bad), bad);
    gf_json_put_filled(object, "note", result->note, bad);
    gf_json_put(object, "tuning", tuning_json(result, bad), bad);
    gf_json_put(object, "phases", ok ? phases_json(result, bad) : json_null(), bad);
    gf_json_put(object, "kernels", kernels_json(comparison, result, bad), bad);
    gf_json_put(object, "pipelined", pipelined_json(result, bad), bad);
    gf_json_put(object, "set", set_json(result, bad), bad);
    gf_json_put(object, "visits", ok ? gf_json_visits(&result->visits, bad) : json_null(), bad);
    gf_json_put(object, "field_file", ok ? field_json(&result->field, bad) : json_null(), bad);
    gf_json_put_count_if(object, "detour_ns", result->detour_ns > 0, result->detour_ns, bad);
    gf_json_put_text(object, "schedule", gf_best_schedule_name(result), bad);
    gf_json_put_text(object, "clock_trouble", result->ledger.clock_trouble, bad);
    gf_json_put_count(object, "disturbed_samples", result->disturbed, bad);
    gf_json_put_count(object, "retaken_samples", result->retaken, bad);
    gf_json_put(object, "inputs_vary", ok ? json_boolean(result->inputs_vary) : json_null(), bad);
    gf_json_put(object, "throughput", throughput_json(comparison, result, bad), bad);
    gf_json_put(object, "checksum", ok ? checksum_json(problem, result) : json_null(), bad);
    gf_json_put_count_if(object, "nonfinite_elements", ok, result->nonfinite, bad);
    gf_json_put_filled(object, "answer", result->answer, bad);
    gf_json_put(object, "verification", verification_json(result, bad), bad);
    gf_json_put(object, "traffic", ok ? traffic_json(result, bad) : json_null(), bad);
    gf_json_put(object, "memory", ok ? memory_json(result, bad) : json_null(), bad);
    gf_json_put(object, "checkpoint", gf_json_checkpoint(&result->checkpoint, bad), bad);
    gf_json_put(object, "energy", ok ? energy_json(&result->energy, bad) : json_null(), bad);
    gf_json_put_text(files, "png", result->png_path, bad);
    gf_json_put_text(files, "npy", result->npy_path, bad);
    gf_json_put_text(files, "difference", result->difference_path, bad);
    gf_json_put(object, "files", files, bad);
    const uint64_t calls = gf_ahead_of_baseline(comparison, result);
    gf_json_put_count_if(object, "ahead_after_calls", calls > 0, calls, bad);
    return object;
}

/* ---- The comparison ---------------------------------------------------- */

static json_t *checklist_json(const gf_comparison *comparison, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < comparison->result_count; i++) {
        gf_criterion_row rows[GF_CRITERION_COUNT];
        gf_criteria_evaluate(comparison, comparison->results[i], rows);
        for (size_t criterion = 0; criterion < GF_CRITERION_COUNT; criterion++)
            gf_json_append(array, gf_json_criterion(&rows[criterion], bad), bad);
    }
    return array;
}

#define BUSY "other programs had the cores; measure again when the machine is quiet"

/* On a busy machine no figure counts, and no device is named for one. */
static json_t *verdict_json(const gf_comparison *comparison, bool *bad) {
    gf_verdict verdict;
    gf_verdict_reach(comparison, &verdict);
    const gf_result *winner = verdict.busy ? NULL : verdict.winner;
    const gf_result *second = verdict.busy ? NULL : verdict.runner_up;
    json_t *object = json_object();
    gf_json_put_text(object, "winner", winner == NULL ? NULL : winner->label, bad);
    gf_json_put_text(object, "runner_up", second == NULL ? NULL : second->label, bad);
    gf_json_put_text(object, "winner_schedule", gf_best_schedule_name(winner), bad);
    gf_json_put_text(object, "runner_up_schedule", gf_best_schedule_name(second), bad);
    gf_json_put_real(object, "ratio", second == NULL ? NAN : verdict.ratio, bad);
    gf_json_put_text(object, "reason", verdict.busy ? BUSY : NULL, bad);
    gf_json_put_bool(object, "too_close", verdict.too_close, bad);
    gf_json_put_bool(object, "busy", verdict.busy, bad);
    gf_json_put_bool(object, "gpu_evidence", verdict.gpu_evidence, bad);
    gf_json_put_text(object, "text", verdict.text, bad);
    gf_json_put_filled(object, "flips_when", verdict.flips_when, bad);
    gf_json_put_count_if(object, "payback_trips", verdict.payback_trips > 0, verdict.payback_trips,
                         bad);
    gf_json_put_count_if(object, "ahead_after_calls", verdict.ahead_after > 0, verdict.ahead_after,
                         bad);
    return object;
}

static json_t *f64_difference_json(const gf_truth *truth, bool *bad) {
    return truth->has_f64_difference ? gf_json_f64_difference(&truth->f64_difference, bad)
                                     : json_null();
}

gf_status gf_comparison_report_json(const gf_comparison *comparison, const gf_writer *to,
                                    gf_error *error) {
    bool bad = false;
    gf_bound_set *bounds = NULL;
    if (gf_bound_set_typical(comparison, &bounds, error) != GF_OK)
        gf_error_clear(error); /* nobody asked for a model: the bounds are null */
    json_t *root = json_object(), *results = json_array();
    gf_json_put_text(root, "schema", to->schema == NULL ? "gpufare.compare/1" : to->schema, &bad);
    gf_json_put_text(root, "cut_short", to->cut_short, &bad);
    gf_json_put_bool(root, "watched", comparison->options.watch, &bad);
    gf_json_put(root, "machine", gf_json_machine(&bad), &bad);
    gf_json_put(root, "workload", gf_json_workload(comparison->problem, &bad), &bad);
    for (size_t i = 0; i < comparison->result_count; i++)
        gf_json_append(results, result_json(comparison, comparison->results[i], &bad), &bad);
    gf_json_put(root, "results", results, &bad);
    gf_json_put(root, "checklist", checklist_json(comparison, &bad), &bad);
    gf_json_put(root, "f64_difference", f64_difference_json(&comparison->truth, &bad), &bad);
    const gf_result *baseline = gf_rank_baseline(comparison);
    gf_json_put_text(root, "baseline", baseline == NULL ? NULL : baseline->label, &bad);
    gf_json_put(root, "verdict", verdict_json(comparison, &bad), &bad);
    gf_json_put(root, "bounds", gf_json_bounds(bounds, &bad), &bad);
    gf_bound_set_destroy(bounds);
    gf_json_put(root, "not_used", gf_json_notes(&comparison->session->warnings, &bad), &bad);
    return gf_json_dump(root, bad, to->stream, error);
}
