#include <math.h>

#include "advise/advice.h"
#include "advise/advice_check.h"
#include "advise/advice_flips.h"
#include "advise/advice_text.h"
#include "analyse/payback.h"
#include "base/array.h"
#include "base/json.h"
#include "report/bound_json.h"
#include "report/json_objects.h"
#include "report/predicted/advice_json.h"
#include "report/predicted/divergence_report.h"
#include "report/report_checklist.h"

static const char *label_of(const gf_advice *advice, size_t index) {
    return index < advice->candidates->count ? advice->candidates->items[index].label : NULL;
}

static const char *schedule_of(const gf_prediction *prediction) {
    return prediction->possible ? gf_schedule_name(gf_prediction_schedule(prediction)) : NULL;
}

static const char *schedule_at(const gf_advice *advice, size_t index) {
    return index < advice->candidates->count
               ? schedule_of(&advice->candidates->items[index].prediction)
               : NULL;
}

/* `suffix` of the keys: "_ns", or "" for a ratio. */
static json_t *interval_json(gf_interval interval, const char *suffix, bool *bad) {
    static const char *const names[] = {"value", "low", "high"};
    const double numbers[] = {interval.value, interval.low, interval.high};
    json_t *object = json_object();
    for (size_t i = 0; i < GF_COUNT_OF(names); i++) {
        char key[16];
        snprintf(key, sizeof key, "%s%s", names[i], suffix);
        gf_json_put_real(object, key, numbers[i], bad);
    }
    return object;
}

static json_t *phases_json(const gf_prediction *prediction, bool *bad) {
    if (!prediction->possible)
        return json_null();
    json_t *object = json_object();
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        const bool unknown = phase == GF_PHASE_ALLOC && prediction->phases[phase].value <= 0;
        if (phase != GF_PHASE_BUILD)
            gf_json_put(
                object, gf_phase_name(phase),
                unknown ? json_null() : interval_json(prediction->phases[phase], "_ns", bad), bad);
    }
    return object;
}

static json_t *roofline_json(const gf_prediction *prediction, bool *bad) {
    const gf_roofline *roof = &prediction->roofline;
    if (!prediction->possible || roof->ceiling == NULL)
        return json_null();
    json_t *object = json_object();
    gf_json_put_real(object, "intensity", roof->intensity, bad);
    gf_json_put_text(object, "ceiling", roof->ceiling, bad);
    gf_json_put_real(object, "ceiling_ns", roof->ceiling_ns, bad);
    gf_json_put_real(object, "share", roof->share, bad);
    return object;
}

static json_t *speedup_json(const gf_advice *advice, size_t index, bool *bad) {
    gf_interval ratio;
    return gf_candidate_speedup(advice->candidates, index, advice->verdict.ranking.baseline, &ratio)
               ? interval_json(ratio, "", bad)
               : json_null();
}

static json_t *candidate_json(const gf_advice *advice, size_t index, bool *bad) {
    const gf_candidate *item = &advice->candidates->items[index];
    const gf_prediction *prediction = &item->prediction;
    json_t *object = json_object();
    gf_json_put_text(object, "device", item->label, bad);
    gf_json_put_text(object, "name", item->name, bad);
    gf_json_put_text(object, "kind", item->profile == NULL ? NULL : item->profile->kind, bad);
    gf_json_put_text(object, "variant", item->variant, bad);
    gf_json_put_bool(object, "modelled", item->device == NULL, bad);
    gf_json_put_text(object, "measured_on", item->profile == NULL ? NULL : item->profile->machine,
                     bad);
    gf_json_put_text(object, "selected_by", item->why, bad);
    gf_json_put_bool(object, "possible", prediction->possible, bad);
    gf_json_put_filled(object, "why_not", prediction->why_not, bad);
    gf_json_put(object, "phases", phases_json(prediction, bad), bad);
    gf_json_put(object, "pipelined",
                prediction->pipelined.value > 0 ? interval_json(prediction->pipelined, "_ns", bad)
                                                : json_null(),
                bad);
    gf_json_put(object, "speedup", speedup_json(advice, index, bad), bad);
    gf_json_put(object, "visits", gf_json_visits(&prediction->visits, bad), bad);
    gf_json_put_text(object, "schedule", schedule_of(prediction), bad);
    gf_json_put(object, "roofline", roofline_json(prediction, bad), bad);
    gf_json_put_count(object, "cases", prediction->case_count, bad);
    gf_json_put_bool(object, "beyond_cases", prediction->beyond, bad);
    gf_json_put_bool(object, "bound", prediction->bound, bad);
    const uint64_t calls =
        gf_candidate_ahead(advice->candidates, index, advice->verdict.ranking.baseline);
    gf_json_put_real(object, "build_ns",
                     prediction->possible && prediction->build_known ? prediction->build_ns : NAN,
                     bad);
    gf_json_put_count_if(object, "ahead_after_calls", calls > 0, calls, bad);
    return object;
}

static json_t *flips_json(const gf_advice *advice, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < advice->flips.count; i++) {
        const gf_flip *flip = &advice->flips.items[i];
        char text[256];
        gf_flip_format(advice->candidates, flip, text, sizeof text);
        json_t *object = json_object();
        gf_json_put_text(object, "parameter", flip->param, bad);
        gf_json_put_text(object, "now", flip->now, bad);
        gf_json_put_text(object, "value", flip->value, bad);
        gf_json_put_text(object, "direction", flip->upwards ? "or more" : "or less", bad);
        gf_json_put_text(object, "winner", label_of(advice, flip->winner), bad);
        gf_json_put_bool(object, "too_close", flip->too_close, bad);
        gf_json_put_text(object, "text", text, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static json_t *verdict_json(const gf_advice *advice, bool *bad) {
    const gf_advice_verdict *verdict = &advice->verdict;
    const gf_ranking *ranking = &verdict->ranking;
    const bool has_rival = verdict->rival < advice->candidates->count;
    char text[GF_VERDICT_TEXT], gpu[512], caution[512];
    (void)gf_advice_format(advice, text, sizeof text);
    const bool has_gpu = gf_advice_has_gpu(advice, gpu, sizeof gpu);
    (void)gf_candidates_caution(advice->candidates, advice->comparison->problem->params, caution,
                                sizeof caution);
    json_t *object = json_object();
    gf_json_put_text(object, "kind", gf_advice_kind_name(verdict->kind), bad);
    gf_json_put_text(object, "winner", label_of(advice, ranking->winner), bad);
    gf_json_put_text(object, "runner_up", label_of(advice, ranking->runner_up), bad);
    gf_json_put_text(object, "winner_schedule", schedule_at(advice, ranking->winner), bad);
    gf_json_put_text(object, "runner_up_schedule", schedule_at(advice, ranking->runner_up), bad);
    gf_json_put_text(object, "fastest_kernel", label_of(advice, ranking->kernel_best), bad);
    gf_json_put_text(object, "rival", label_of(advice, verdict->rival), bad);
    gf_json_put(object, "ratio",
                has_rival ? interval_json(verdict->lead.ratio, "", bad) : json_null(), bad);
    gf_json_put_real(object, "certainty", has_rival ? verdict->lead.certainty : NAN, bad);
    gf_json_put_real(object, "expected_loss", has_rival ? verdict->lead.loss : NAN, bad);
    gf_json_put_text(object, "doubt", has_rival ? gf_doubt_name(verdict->lead.doubt) : NULL, bad);
    gf_json_put_bool(object, "gpu_evidence", has_gpu, bad);
    gf_json_put_filled(object, "gpu_note", gpu, bad);
    gf_json_put_filled(object, "caution", caution, bad);
    gf_json_put_text(object, "text", text, bad);
    gf_json_put(object, "flips_when", flips_json(advice, bad), bad);
    gf_json_put_filled(object, "unchanged_by", advice->flips.unchanged, bad);
    const uint64_t calls = gf_advice_ahead_after(advice);
    gf_json_put_count_if(object, "ahead_after_calls", calls > 0, calls, bad);
    return object;
}

static json_t *error_json(const gf_interval *predicted, double measured, bool *bad) {
    json_t *entry = json_object();
    gf_json_put_real(entry, "predicted_ns", predicted->value, bad);
    gf_json_put_real(entry, "measured_ns", measured, bad);
    gf_json_put_real(entry, "error", predicted->value / measured - 1, bad);
    gf_json_put_bool(entry, "inside", measured >= predicted->low && measured <= predicted->high,
                     bad);
    return entry;
}

static json_t *errors_json(const gf_advice *advice, size_t index, bool *bad) {
    const gf_prediction *prediction = &advice->candidates->items[index].prediction;
    json_t *object = json_object();
    double measured = 0;
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        if (gf_advice_compares(advice, index, phase, &measured))
            gf_json_put(object, gf_phase_name(phase),
                        error_json(&prediction->phases[phase], measured, bad), bad);
    }
    if (gf_advice_compares_pipelined(advice, index, &measured))
        gf_json_put(object, gf_schedule_name(GF_SCHEDULE_PIPELINED),
                    error_json(&prediction->pipelined, measured, bad), bad);
    return object;
}

static json_t *review_json(const gf_advice *advice, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < advice->candidates->count; i++) {
        if (advice->review->results[i] == NULL)
            continue;
        json_t *object = json_object();
        gf_json_put_text(object, "device", label_of(advice, i), bad);
        gf_json_put(object, "phases", errors_json(advice, i, bad), bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static json_t *trust_json(const gf_advice *advice, bool *bad) {
    const gf_prediction_log *log = advice->log;
    const gf_past_errors *past = &advice->past;
    char text[320];
    gf_advice_format_trust(advice, text, sizeof text);
    json_t *object = json_object();
    gf_json_put_text(object, "workload", advice->comparison->problem->workload->name, bad);
    gf_json_put_count(object, "checks", past->count, bad);
    gf_json_put_real(object, "median_error", past->count > 0 ? past->median : NAN, bad);
    gf_json_put_real(object, "ninth_decile_error", past->count > 0 ? past->ninth_decile : NAN, bad);
    gf_json_put_text(object, "text", text, bad);
    gf_json_put_filled(object, "begun_anew", log == NULL ? "" : log->discarded, bad);
    return object;
}

static json_t *profile_json(const gf_advice *advice, bool *bad) {
    const gf_advice_measured *measured = &advice->measured;
    char text[896];
    gf_advice_format_measured(measured, text, sizeof text);
    json_t *object = json_object();
    gf_json_put_bool(object, "partial", text[0] != '\0', bad);
    gf_json_put_count(object, "cases", measured->cases, bad);
    gf_json_put_count(object, "measured", measured->whole + measured->begun, bad);
    gf_json_put_count(object, "in_one_turn", measured->begun, bad);
    gf_json_put_filled(object, "missing", measured->missing, bad);
    gf_json_put_real(object, "budget_s", measured->limited ? measured->budget_s : NAN, bad);
    gf_json_put_bool(object, "budget_spent", measured->spent, bad);
    gf_json_put_count(object, "turns_now", measured->turns, bad);
    gf_json_put_real(object, "took_s", measured->took_s, bad);
    gf_json_put_filled(object, "longest_build", measured->build, bad);
    gf_json_put_filled(object, "text", text, bad);
    return object;
}

gf_status gf_advice_report_json(const gf_advice *advice, const gf_writer *to, gf_error *error) {
    bool bad = false;
    const gf_candidates *candidates = advice->candidates;
    json_t *root = json_object(), *items = json_array(), *checklist = json_array();
    gf_json_put_text(root, "schema", to->schema == NULL ? "gpufare.advise/1" : to->schema, &bad);
    gf_json_put_text(root, "cut_short", to->cut_short, &bad);
    gf_json_put(root, "machine", gf_json_machine(&bad), &bad);
    gf_json_put(root, "workload", gf_json_workload(advice->comparison->problem, &bad), &bad);
    for (size_t i = 0; i < candidates->count; i++)
        gf_json_append(items, candidate_json(advice, i, &bad), &bad);
    for (size_t i = 0; i < candidates->count * GF_CRITERION_COUNT; i++)
        gf_json_append(checklist, gf_json_criterion(&advice->criteria[i], &bad), &bad);
    gf_json_put(root, "contenders", items, &bad);
    gf_json_put(root, "checklist", checklist, &bad);
    gf_json_put_text(root, "baseline", label_of(advice, advice->verdict.ranking.baseline), &bad);
    gf_json_put(root, "verdict", verdict_json(advice, &bad), &bad);
    gf_json_put(root, "profile", profile_json(advice, &bad), &bad);
    gf_json_put(root, "trust", trust_json(advice, &bad), &bad);
    gf_json_put(root, "notes", gf_json_notes(&candidates->notes, &bad), &bad);
    gf_json_put(root, "not_used", gf_json_notes(&advice->comparison->session->warnings, &bad),
                &bad);
    gf_json_put(root, "bounds", gf_json_bounds(advice->bounds, &bad), &bad);
    if (advice->review != NULL) {
        gf_json_put(root, "check", review_json(advice, &bad), &bad);
        gf_json_put_bool(root, "verdict_held", advice->review->held, &bad);
        gf_json_put_text(root, "check_text", advice->review->text, &bad);
    }
    if (advice->divergence != NULL)
        gf_json_put(root, "divergence", gf_divergence_json(advice->divergence, &bad), &bad);
    return gf_json_dump(root, bad, to->stream, error);
}
