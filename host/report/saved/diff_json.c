#include "report/saved/diff_json.h"

#include <math.h>

#include "base/json.h"
#include "report/json_objects.h"

#define SCHEMA "gpufare.diff/1"

const char *gf_diff_answer_name(gf_diff_answer answer) {
    static const char *const names[] = {[GF_DIFF_SAME] = "same",
                                        [GF_DIFF_FASTER] = "faster",
                                        [GF_DIFF_SLOWER] = "slower",
                                        [GF_DIFF_UNKNOWN] = "unknown",
                                        [GF_DIFF_LEFT_OUT] = "left out"};
    return names[answer];
}

static json_t *reports_json(const gf_saved_reports *reports, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < reports->count; i++) {
        const gf_saved_report *report = &reports->reports[i];
        json_t *object = json_object();
        gf_json_put_filled(object, "file", report->file, bad);
        gf_json_put_filled(object, "gpufare", report->machine.gpufare, bad);
        gf_json_put_filled(object, "cpu", report->machine.cpu, bad);
        gf_json_put_filled(object, "cut_short", report->cut_short, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static void put_side(json_t *object, const char *key, const gf_diff_line *line, int side,
                     bool *bad) {
    json_t *entry = json_object();
    const bool has = line->medians[side] > 0;
    gf_json_put_count_if(entry, "median_ns", has, (uint64_t)(line->medians[side] + 0.5), bad);
    gf_json_put_count(entry, "samples", line->samples[side], bad);
    gf_json_put(object, key, entry, bad);
}

static json_t *line_json(const gf_diff *diff, const gf_diff_line *line, bool *bad) {
    json_t *object = json_object();
    const gf_change *change = &line->change;
    const bool has = change->ratio > 0;
    gf_json_put_text(object, "device", diff->devices[line->device].label, bad);
    gf_json_put_text(object, "phase", gf_saved_time_name(line->time), bad);
    gf_json_put_text(object, "answer", gf_diff_answer_name(line->answer), bad);
    gf_json_put_bool(object, "regression", line->regression, bad);
    gf_json_put_text(object, "text", line->text, bad);
    put_side(object, "old", line, 0, bad);
    put_side(object, "new", line, 1, bad);
    gf_json_put_real(object, "ratio", has ? change->ratio : NAN, bad);
    gf_json_put_real(object, "low", has ? change->low : NAN, bad);
    gf_json_put_real(object, "high", has ? change->high : NAN, bad);
    gf_json_put_real(object, "width_by_samples", has ? change->by_samples : NAN, bad);
    gf_json_put_real(object, "width_by_runs", has ? change->by_runs : NAN, bad);
    return object;
}

static json_t *workload_json(const gf_saved_report *report, bool *bad) {
    json_t *object = json_object();
    gf_json_put_text(object, "name", report->workload, bad);
    gf_json_put(object, "parameters", json_incref(report->parameters), bad);
    return object;
}

gf_status gf_diff_report_json(const gf_diff *diff, const gf_writer *to, gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *changes = json_array();
    gf_json_put_text(root, "schema", to->schema == NULL ? SCHEMA : to->schema, &bad);
    gf_json_put_text(root, "gpufare", gf_version(), &bad);
    gf_json_put(root, "workload", workload_json(&diff->reports[1]->reports[0], &bad), &bad);
    gf_json_put(root, "old", reports_json(diff->reports[0], &bad), &bad);
    gf_json_put(root, "new", reports_json(diff->reports[1], &bad), &bad);
    gf_json_put_bool(root, "same_machine", diff->same_machine, &bad);
    gf_json_put_real(root, "fail_above", diff->allowed, &bad);
    gf_json_put_real(root, "errors", GF_DIFF_ERRORS, &bad);
    gf_json_put_count(root, "judged", diff->judged, &bad);
    gf_json_put_count(root, "seed", diff->seed, &bad);
    for (size_t i = 0; i < diff->line_count; i++)
        gf_json_append(changes, line_json(diff, &diff->lines[i], &bad), &bad);
    gf_json_put(root, "changes", changes, &bad);
    gf_json_put_count(root, "regressions", gf_diff_regressions(diff), &bad);
    gf_json_put_text(root, "verdict", diff->verdict, &bad);
    gf_json_put(root, "notes", gf_json_notes(&diff->notes, &bad), &bad);
    return gf_json_dump(root, bad, to->stream, error);
}
