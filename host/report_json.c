/* Reports for machines: schemas gpufare.compare/1, gpufare.run/1 and gpufare.devices/1. Keys are
 * only ever added. */
#include "report_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checklist.h"
#include "error.h"
#include "machine.h"
#include "report.h"

/* jansson's _new setters take NULL values (from a failed allocation) as failure and free the value
 * in any case; `bad` gathers that, so that one check at the end is enough. */
static void put(json_t *object, const char *key, json_t *value, bool *bad) {
    if (json_object_set_new(object, key, value) != 0)
        *bad = true;
}

json_t *gf_json_text(const char *text) {
    json_t *value = text == NULL ? json_null() : json_string(text);
    if (value != NULL)
        return value;
    char *ascii = strdup(text);
    if (ascii == NULL)
        return NULL;
    for (char *c = ascii; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80)
            *c = '?';
    }
    value = json_string(ascii);
    free(ascii);
    return value;
}

static void put_text(json_t *object, const char *key, const char *text, bool *bad) {
    put(object, key, gf_json_text(text), bad);
}

static void put_count(json_t *object, const char *key, uint64_t count, bool *bad) {
    put(object, key,
        count <= INT64_MAX ? json_integer((json_int_t)count) : json_real((double)count), bad);
}

/* JSON has no infinity and no NaN. */
static void put_real(json_t *object, const char *key, double number, bool *bad) {
    json_t *value = json_real(number);
    put(object, key, value == NULL ? json_null() : value, bad);
}

static void append(json_t *array, json_t *value, bool *bad) {
    if (json_array_append_new(array, value) != 0)
        *bad = true;
}

/* ---- Machine, device, workload ----------------------------------------------------------------
 */

static json_t *machine_json(bool *bad) {
    gf_machine machine;
    gf_machine_examine(&machine);
    json_t *object = json_object();
    put_text(object, "cpu", machine.cpu, bad);
    put_text(object, "os", machine.os, bad);
    put_text(object, "compiler", machine.compiler, bad);
    put_count(object, "cores", machine.cores, bad);
    put_count(object, "threads", machine.threads, bad);
    put_count(object, "memory_bytes", machine.memory_bytes, bad);
    put_count(object, "l1d_bytes", machine.l1d_bytes, bad);
    put_count(object, "l2_bytes", machine.l2_bytes, bad);
    put_count(object, "l3_bytes", machine.l3_bytes, bad);
    put_text(object, "gpufare", gf_version(), bad);
    return object;
}

static json_t *device_json(const gf_device_info *info, bool *bad) {
    json_t *object = json_object();
    put_text(object, "id", info->id, bad);
    put_text(object, "name", info->name, bad);
    put_text(object, "kind", info->kind, bad);
    put_text(object, "platform", info->platform, bad);
    put_text(object, "driver", info->driver, bad);
    put_text(object, "simd", info->simd, bad);
    put_count(object, "global_memory_bytes", info->global_memory_bytes, bad);
    put_count(object, "max_alloc_bytes", info->max_alloc_bytes, bad);
    put_count(object, "local_memory_bytes", info->local_memory_bytes, bad);
    put_count(object, "compute_units", info->compute_units, bad);
    put_count(object, "clock_mhz", info->clock_mhz, bad);
    put(object, "f64", json_boolean(info->f64), bad);
    put(object, "unified_memory", json_boolean(info->unified_memory), bad);
    return object;
}

static json_t *reals_json(const gf_values *values, const gf_param *param, bool *bad) {
    json_t *array = json_array();
    const double *reals = gf_values_reals(values, param->name);
    for (uint32_t i = 0; i < param->arity; i++)
        append(array, json_real(reals[i]), bad);
    return array;
}

static json_t *size_json(const gf_values *values, const gf_param *param, bool *bad) {
    size_t width = 0, height = 0;
    gf_values_size(values, param->name, &width, &height);
    json_t *object = json_object();
    put_count(object, "width", width, bad);
    put_count(object, "height", height, bad);
    return object;
}

static json_t *value_json(const gf_values *values, const gf_param *param, bool *bad) {
    switch (param->type) {
    case GF_PARAM_SIZE:
        return size_json(values, param, bad);
    case GF_PARAM_UINT:
        return json_integer((json_int_t)gf_values_uint(values, param->name));
    case GF_PARAM_REAL:
        return json_real(gf_values_real(values, param->name));
    case GF_PARAM_REALS:
        return reals_json(values, param, bad);
    case GF_PARAM_CHOICE:
    case GF_PARAM_TEXT:
        break;
    }
    return gf_json_text(gf_values_text(values, param->name));
}

static json_t *workload_json(const gf_problem *problem, bool *bad) {
    json_t *object = json_object(), *parameters = json_object();
    put_text(object, "name", problem->workload->name, bad);
    for (uint32_t i = 0; i < problem->workload->param_count; i++) {
        const gf_param *param = &problem->workload->params[i];
        put(parameters, param->name, value_json(problem->values, param, bad), bad);
    }
    put(object, "parameters", parameters, bad);
    return object;
}

/* ---- Results ----------------------------------------------------------------------------------
 */

static json_t *samples_json(const gf_samples *samples, const char *clock, bool *bad) {
    const gf_statistics statistics = gf_samples_statistics(samples);
    if (statistics.count == 0)
        return json_null();
    json_t *object = json_object(), *array = json_array();
    put_count(object, "median_ns", statistics.median_ns, bad);
    put_count(object, "min_ns", statistics.min_ns, bad);
    put_count(object, "max_ns", statistics.max_ns, bad);
    for (uint32_t i = 0; i < samples->count; i++)
        append(array, json_integer((json_int_t)samples->ns[i]), bad);
    put(object, "samples_ns", array, bad);
    put_text(object, "clock", clock, bad);
    return object;
}

static json_t *phases_json(const gf_result *result, bool *bad) {
    if (result->outcome != GF_OUTCOME_OK)
        return json_null(); /* no verification, no number */
    json_t *object = json_object();
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        json_t *entry =
            samples_json(&result->timing.phases[phase], result->timing.clocks[phase], bad);
        if (phase == GF_PHASE_BUILD && result->build_known) {
            put_text(entry, "state", gf_build_state_name(result->build.state), bad);
            put(entry, "cold_ns",
                result->build.cold_ns > 0 ? json_integer((json_int_t)result->build.cold_ns)
                                          : json_null(),
                bad);
        }
        put(object, gf_phase_name(phase), entry, bad);
    }
    return object;
}

/* Round trips with transfers beside the kernels, and their median as a multiple of the longest of
 * upload, kernel and download. */
static json_t *pipelined_json(const gf_result *result, bool *bad) {
    const gf_timing *timing = &result->timing;
    json_t *object = samples_json(&timing->pipelined, timing->clocks[GF_PHASE_TOTAL], bad);
    const uint64_t longest_ns = gf_timing_longest_ns(timing);
    if (!json_is_object(object))
        return object;
    put_count(object, "longest_ns", longest_ns, bad);
    put_real(object, "ratio",
             (double)gf_samples_statistics(&timing->pipelined).median_ns / (double)longest_ns, bad);
    return object;
}

static json_t *verification_json(const gf_result *result, bool *bad) {
    if (result->outcome != GF_OUTCOME_OK && result->outcome != GF_OUTCOME_MISMATCH)
        return json_null();
    const gf_verification *verification = &result->verification;
    json_t *object = json_object();
    put_text(object, "reference", verification->sampled ? "scalar, sampled" : "scalar, full", bad);
    put_count(object, "mismatches", verification->difference.mismatches, bad);
    put_real(object, "max_abs_error", verification->difference.max_abs_error, bad);
    put_count(object, "compared", verification->difference.compared, bad);
    put_real(object, "differing_share_allowed", verification->differing_share_allowed, bad);
    if (verification->has_known_answer) {
        put_real(object, "known_checksum", verification->known_answer.checksum, bad);
        put(object, "known_checksum_holds", json_boolean(verification->known_answer_holds), bad);
    }
    return object;
}

static json_t *throughput_json(const gf_comparison *comparison, const gf_result *result,
                               bool *bad) {
    const gf_statistics kernel = gf_result_phase(result, GF_PHASE_KERNEL);
    if (result->outcome != GF_OUTCOME_OK || kernel.count == 0 || kernel.median_ns == 0)
        return json_null();
    json_t *object = json_object();
    put_real(object, "value", result->work / (double)kernel.median_ns, bad);
    put_text(object, "unit", comparison->problem->workload->rate_unit, bad);
    return object;
}

static json_t *traffic_json(const gf_result *result, bool *bad) {
    if (result->outcome != GF_OUTCOME_OK)
        return json_null();
    json_t *object = json_object();
    put_count(object, "bytes_up", result->bytes_up, bad);
    put_count(object, "bytes_down", result->bytes_down, bad);
    put_count(object, "transfers", result->transfers, bad);
    put(object, "in_place", json_boolean(result->in_place), bad);
    put_text(object, "host_memory", result->host_memory, bad);
    put_count(object, "device_bytes", result->device_bytes, bad);
    return object;
}

static json_t *memory_json(const gf_result *result, bool *bad) {
    if (result->outcome != GF_OUTCOME_OK)
        return json_null();
    json_t *object = json_object();
    put_count(object, "device_bytes", result->device_bytes, bad);
    put_count(object, "host_bytes", result->host_bytes, bad);
    if (result->host_peak_bytes > 0)
        put_count(object, "host_peak_bytes", result->host_peak_bytes, bad);
    else
        put(object, "host_peak_bytes", json_null(), bad);
    return object;
}

/* The sum of whole numbers is a whole number, exact up to 2^53. */
static json_t *checksum_json(const gf_problem *problem, const gf_result *result) {
    const gf_type type = problem->buffers[problem->result].type;
    if (result->outcome != GF_OUTCOME_OK)
        return json_null();
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
        put_count(values, tuning->tunables[i].name, tuning->values[i], bad);
    put(object, "values", values, bad);
    put_text(object, "basis", tuning->basis, bad);
    return object;
}

static json_t *result_json(const gf_comparison *comparison, const gf_result *result, bool *bad) {
    const gf_problem *problem = comparison->problem;
    json_t *object = json_object(), *files = json_object();
    put(object, "device", device_json(&result->device->info, bad), bad);
    put_text(object, "variant", result->variant, bad);
    put_text(object, "precision", gf_precision_name(problem->precision), bad);
    put_text(object, "math", gf_math_choices[problem->math], bad);
    put_text(object, "status", gf_outcome_name(result->outcome), bad);
    put_text(object, "reason", result->error.text[0] == '\0' ? NULL : result->error.text, bad);
    put_text(object, "selected_by", result->why, bad);
    put_text(object, "note", result->note[0] == '\0' ? NULL : result->note, bad);
    put(object, "tuning", tuning_json(result, bad), bad);
    put(object, "phases", phases_json(result, bad), bad);
    put(object, "pipelined", pipelined_json(result, bad), bad);
    put_text(object, "clock_trouble", result->timing.clock_trouble, bad);
    put(object, "throughput", throughput_json(comparison, result, bad), bad);
    put(object, "checksum", checksum_json(problem, result), bad);
    put_text(object, "answer", result->answer[0] == '\0' ? NULL : result->answer, bad);
    put(object, "verification", verification_json(result, bad), bad);
    put(object, "traffic", traffic_json(result, bad), bad);
    put(object, "memory", memory_json(result, bad), bad);
    put_text(files, "png", result->png_path, bad);
    put_text(files, "npy", result->npy_path, bad);
    put_text(files, "difference", result->difference_path, bad);
    put(object, "files", files, bad);
    return object;
}

/* ---- Checklist and verdict --------------------------------------------------------------------
 */

static json_t *check_json(const gf_comparison *comparison, const gf_result *result,
                          gf_check_point point, bool *bad) {
    gf_check check;
    gf_check_evaluate(comparison, result, point, &check);
    json_t *object = json_object();
    put_text(object, "device", result->label, bad);
    put_text(object, "point", gf_check_point_name(point), bad);
    put_text(object, "question", check.question, bad);
    put_text(object, "evidence", check.evidence, bad);
    put_text(object, "source", check.source, bad);
    if (check.grade == GF_GRADE_UNKNOWN)
        put(object, "value", json_null(), bad);
    else
        put_real(object, "value", check.value, bad);
    put_real(object, "limit", check.limit, bad);
    put_text(object, "status", gf_check_grade_name(check.grade), bad);
    put_text(object, "flips_when", check.flips_when[0] == '\0' ? NULL : check.flips_when, bad);
    return object;
}

static json_t *checklist_json(const gf_comparison *comparison, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < comparison->result_count; i++) {
        for (gf_check_point point = 0; point < GF_POINT_COUNT; point++)
            append(array, check_json(comparison, comparison->results[i], point, bad), bad);
    }
    return array;
}

static json_t *verdict_json(const gf_comparison *comparison, bool *bad) {
    gf_verdict verdict;
    gf_verdict_reach(comparison, &verdict);
    json_t *object = json_object();
    put_text(object, "winner", verdict.winner == NULL ? NULL : verdict.winner->label, bad);
    put_text(object, "runner_up", verdict.runner_up == NULL ? NULL : verdict.runner_up->label, bad);
    put_real(object, "ratio", verdict.ratio, bad);
    put(object, "too_close", json_boolean(verdict.too_close), bad);
    put(object, "gpu_evidence", json_boolean(verdict.gpu_evidence), bad);
    put_text(object, "text", verdict.text, bad);
    put_text(object, "flips_when", verdict.flips_when[0] == '\0' ? NULL : verdict.flips_when, bad);
    return object;
}

static json_t *problems_json(const gf_session *session, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < session->problem_count; i++)
        append(array, gf_json_text(session->problems[i]), bad);
    return array;
}

/* Elements of the f32 reference that differ from those of the same problem in f64. */
static json_t *f64_difference_json(const gf_comparison *comparison, bool *bad) {
    if (!comparison->has_f64_difference)
        return json_null();
    json_t *object = json_object();
    put_count(object, "compared", comparison->f64_difference.compared, bad);
    put_count(object, "differing", comparison->f64_difference.mismatches, bad);
    put_real(object, "max_abs_difference", comparison->f64_difference.max_abs_error, bad);
    return object;
}

/* ---- The whole --------------------------------------------------------------------------------
 */

static gf_status dump(json_t *root, bool bad, FILE *stream, gf_error *error) {
    gf_status status = GF_OK;
    if (bad)
        status = gf_error_no_memory(error, "the JSON report", 0);
    else if (json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) != 0)
        status = gf_error_set(error, GF_FAILED, "cannot write the JSON report");
    else
        fputc('\n', stream);
    json_decref(root);
    return status == GF_OK ? gf_check_stream(stream, error) : status;
}

gf_status gf_comparison_report_json(const gf_comparison *comparison, const char *schema,
                                    FILE *stream, gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *results = json_array();
    put_text(root, "schema", schema == NULL ? "gpufare.compare/1" : schema, &bad);
    put(root, "machine", machine_json(&bad), &bad);
    put(root, "workload", workload_json(comparison->problem, &bad), &bad);
    for (size_t i = 0; i < comparison->result_count; i++)
        append(results, result_json(comparison, comparison->results[i], &bad), &bad);
    put(root, "results", results, &bad);
    put(root, "checklist", checklist_json(comparison, &bad), &bad);
    put(root, "f64_difference", f64_difference_json(comparison, &bad), &bad);
    const gf_result *baseline = gf_comparison_baseline(comparison);
    put_text(root, "baseline", baseline == NULL ? NULL : baseline->label, &bad);
    put(root, "verdict", verdict_json(comparison, &bad), &bad);
    put(root, "not_used", problems_json(comparison->session, &bad), &bad);
    return dump(root, bad, stream, error);
}

gf_status gf_session_report_json(const gf_session *session, FILE *stream, gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *devices = json_array();
    put_text(root, "schema", "gpufare.devices/1", &bad);
    put(root, "machine", machine_json(&bad), &bad);
    for (size_t i = 0; i < session->device_count; i++)
        append(devices, device_json(&session->devices[i]->info, &bad), &bad);
    put(root, "devices", devices, &bad);
    put(root, "not_used", problems_json(session, &bad), &bad);
    return dump(root, bad, stream, error);
}
