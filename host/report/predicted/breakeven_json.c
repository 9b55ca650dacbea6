#include <math.h>

#include "base/json.h"
#include "breakeven/breakeven.h"
#include "breakeven/breakeven_text.h"
#include "report/bounded/sweep_bounds.h"
#include "report/json_objects.h"
#include "report/predicted/breakeven_json.h"
#include "stats/confidence.h"

json_t *gf_json_sweep(const gf_sweep *sweep, const uint64_t *footprints, bool *bad) {
    json_t *object = json_object(), *values = json_array();
    gf_json_put_text(object, "parameter", sweep->param->name, bad);
    gf_json_put_text(object, "unit", sweep->param->unit, bad);
    for (size_t i = 0; i < sweep->count; i++) {
        json_t *value = json_object();
        gf_json_put_text(value, "text", sweep->values[i].text, bad);
        gf_json_put_real(value, "number", sweep->values[i].number, bad);
        if (footprints != NULL)
            gf_json_put_count(value, "footprint_bytes", footprints[i], bad);
        gf_json_append(values, value, bad);
    }
    gf_json_put(object, "values", values, bad);
    return object;
}

static json_t *knees_json(const gf_breakeven *breakeven, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < breakeven->knee_count; i++) {
        json_t *knee = json_object();
        gf_json_put_text(knee, "cache", breakeven->knees[i].cache, bad);
        gf_json_put_count(knee, "bytes", breakeven->knees[i].bytes, bad);
        gf_json_put_real(knee, "value", breakeven->knees[i].value, bad);
        gf_json_append(array, knee, bad);
    }
    return array;
}

static json_t *measured_json(const gf_breakeven_cell *cell, bool *bad) {
    if (!cell->ran)
        return json_null();
    json_t *object = json_object(), *samples = json_array();
    gf_json_put_text(object, "status", gf_outcome_name(cell->outcome), bad);
    gf_json_put_filled(object, "reason", cell->reason, bad);
    for (uint32_t i = 0; i < cell->totals.count; i++)
        gf_json_append(samples, json_integer((json_int_t)cell->totals.ns[i]), bad);
    const bool timed = cell->total.count > 0; /* what is not verified has no times */
    gf_json_put_count_if(object, "median_ns", timed, cell->total.median_ns, bad);
    gf_json_put_count_if(object, "min_ns", timed, cell->total.min_ns, bad);
    gf_json_put_count_if(object, "max_ns", timed, cell->total.max_ns, bad);
    gf_json_put(object, "samples_ns", samples, bad);
    gf_json_put_bool(object, "disturbed", cell->disturbed, bad);
    gf_json_put_text(object, "schedule", timed ? gf_schedule_name(cell->schedule) : NULL, bad);
    gf_json_put_real(object, "serial_ns", timed ? cell->serial_ns : NAN, bad);
    gf_json_put_real(object, "pipelined_ns",
                     timed && cell->pipelined_ns > 0 ? cell->pipelined_ns : NAN, bad);
    gf_json_put_real(object, "build_ns", cell->cost.known ? cell->cost.build_ns : NAN, bad);
    gf_json_put_real(object, "alloc_ns", cell->cost.known ? cell->cost.alloc_ns : NAN, bad);
    return object;
}

static json_t *predicted_json(const gf_breakeven_cell *cell, bool *bad) {
    if (!cell->asked)
        return json_null();
    json_t *object = json_object();
    const gf_prediction *prediction = &cell->prediction;
    const gf_interval best = gf_prediction_best(prediction);
    const bool possible = prediction->possible;
    gf_json_put_bool(object, "possible", possible, bad);
    gf_json_put_text(object, "reason", possible ? NULL : prediction->why_not, bad);
    gf_json_put_real(object, "total_ns", possible ? best.value : NAN, bad);
    gf_json_put_real(object, "low_ns", possible ? best.low : NAN, bad);
    gf_json_put_real(object, "high_ns", possible ? best.high : NAN, bad);
    gf_json_put_text(object, "schedule",
                     possible ? gf_schedule_name(gf_prediction_schedule(prediction)) : NULL, bad);
    gf_json_put_real(object, "serial_ns", possible ? prediction->phases[GF_PHASE_TOTAL].value : NAN,
                     bad);
    gf_json_put_real(
        object, "pipelined_ns",
        possible && prediction->pipelined.value > 0 ? prediction->pipelined.value : NAN, bad);
    gf_json_put_bool(object, "beyond_measured_cases", prediction->beyond, bad);
    const bool comparable = possible && cell->total.count > 0;
    gf_json_put_real(object, "error",
                     comparable ? best.value / (double)cell->total.median_ns - 1 : NAN, bad);
    return object;
}

static json_t *amdahl_json(const gf_amdahl *fit, bool *bad) {
    if (!fit->fitted)
        return json_null();
    json_t *object = json_object();
    gf_json_put_real(object, "serial_fraction", fit->serial, bad);
    gf_json_put_real(object, "low", fit->low, bad);
    gf_json_put_real(object, "high", fit->high, bad);
    gf_json_put_real(object, "single_ns", fit->single_ns, bad);
    gf_json_put_real(object, "worst_deviation", fit->worst_deviation, bad);
    return object;
}

static void put_calls(json_t *object, const char *key, const gf_breakeven *breakeven,
                      const gf_breakeven_series *series, size_t value, gf_basis basis, bool *bad) {
    const uint64_t calls = gf_breakeven_ahead_after(breakeven, series, value, basis);
    gf_json_put_count_if(object, key, calls > 0, calls, bad);
}

static json_t *device_json(const gf_breakeven *breakeven, const gf_breakeven_series *series,
                           bool *bad) {
    json_t *object = json_object(), *values = json_array();
    gf_json_put_text(object, "label", series->label, bad);
    gf_json_put_text(object, "kind", series->kind, bad);
    gf_json_put_text(object, "name", series->name, bad);
    gf_json_put_bool(object, "modelled", series->modelled, bad);
    for (size_t i = 0; i < breakeven->sweep.count; i++) {
        json_t *value = json_object();
        gf_json_put_text(value, "value", breakeven->sweep.values[i].text, bad);
        gf_json_put(value, "measured", measured_json(&series->cells[i], bad), bad);
        gf_json_put(value, "predicted", predicted_json(&series->cells[i], bad), bad);
        put_calls(value, "ahead_after_calls", breakeven, series, i, GF_MEASURED, bad);
        put_calls(value, "predicted_ahead_after_calls", breakeven, series, i, GF_PREDICTED, bad);
        gf_json_append(values, value, bad);
    }
    gf_json_put(object, "values", values, bad);
    gf_json_put(object, "amdahl", amdahl_json(&series->amdahl, bad), bad);
    return object;
}

static const char *const kind_names[] = {
    [GF_CROSSOVER_ALWAYS] = "always", [GF_CROSSOVER_AT] = "from", [GF_CROSSOVER_NEVER] = "never"};

double gf_json_place(double number) {
    return number > 0 && isfinite(number) ? number : NAN;
}

static json_t *threshold_json(const gf_breakeven *breakeven, const gf_breakeven_threshold *from,
                              bool *bad) {
    const gf_crossover *found = &from->crossover;
    const bool all = from->rival == GF_ALL_RIVALS;
    char text[640];
    gf_breakeven_format(breakeven, from, text, sizeof text);
    json_t *object = json_object();
    gf_json_put_text(object, "basis", gf_basis_name(from->basis), bad);
    gf_json_put_text(object, "device", breakeven->series[from->series]->label, bad);
    gf_json_put_text(object, "against", all ? NULL : breakeven->series[from->rival]->label, bad);
    gf_json_put_text(object, "kind", kind_names[found->kind], bad);
    gf_json_put_text(
        object, "value",
        found->kind == GF_CROSSOVER_NEVER ? NULL : breakeven->sweep.values[found->index].text, bad);
    gf_json_put_real(object, "crossing", gf_json_place(found->crossing), bad);
    gf_json_put_real(object, "low", gf_json_place(found->low), bad);
    gf_json_put_real(object, "high", gf_json_place(found->high), bad);
    gf_json_put_text(object, "text", text, bad);
    return object;
}

static json_t *remarks_json(const gf_breakeven *breakeven, bool *bad) {
    json_t *array = json_array();
    char text[GF_REMARK_SIZE];
    for (size_t i = 0; gf_breakeven_remark(breakeven, i, text, sizeof text); i++) {
        if (text[0] != '\0')
            gf_json_append(array, gf_json_text(text), bad);
    }
    return array;
}

static json_t *report_json(const gf_breakeven *breakeven, const char *cut_short, bool *bad) {
    char answer[GF_ANSWER_SIZE], basis[GF_ANSWER_SIZE];
    json_t *root = json_object(), *devices = json_array(), *thresholds = json_array();
    gf_json_put_text(root, "schema", "gpufare.breakeven/1", bad);
    gf_json_put(root, "machine", gf_json_machine(bad), bad);
    gf_json_put(root, "workload", gf_json_workload(breakeven->problem, bad), bad);
    gf_json_put(root, "sweep", gf_json_sweep(&breakeven->sweep, breakeven->footprints, bad), bad);
    gf_breakeven_answer(breakeven, answer, sizeof answer);
    gf_json_put_text(root, "answer", cut_short == NULL ? answer : NULL, bad);
    gf_breakeven_rests_on(breakeven, basis, sizeof basis);
    gf_json_put_text(root, "rests_on", cut_short == NULL ? basis : NULL, bad);
    gf_json_put_text(root, "cut_short", cut_short, bad);
    gf_json_put(root, "notes", remarks_json(breakeven, bad), bad);
    gf_json_put(root, "not_used", gf_json_notes(&breakeven->not_used, bad), bad);
    gf_json_put_real(root, "confidence", GF_CONFIDENCE, bad);
    for (size_t s = 0; s < breakeven->series_count; s++)
        gf_json_append(devices, device_json(breakeven, breakeven->series[s], bad), bad);
    gf_json_put(root, "devices", devices, bad);
    for (size_t i = 0; i < breakeven->threshold_count; i++)
        gf_json_append(thresholds, threshold_json(breakeven, &breakeven->thresholds[i], bad), bad);
    gf_json_put(root, "thresholds", thresholds, bad);
    gf_json_put(root, "knees", knees_json(breakeven, bad), bad);
    gf_json_put_bool(root, "gpu_evidence", gf_breakeven_gpu_evidence(breakeven), bad);
    gf_json_put(root, "bounds", gf_json_sweep_bounds(breakeven, bad), bad);
    return root;
}

gf_status gf_breakeven_report_json(const gf_breakeven *breakeven, const gf_writer *to,
                                   gf_error *error) {
    bool bad = false;
    json_t *root = report_json(breakeven, to->cut_short, &bad);
    return gf_json_dump(root, bad, to->stream, error);
}

/* Against all others, along the second parameter. */
static json_t *all_thresholds_json(const gf_breakeven_lines *lines, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < lines->count; i++) {
        const gf_breakeven *line = lines->line[i];
        for (size_t t = 0; t < line->threshold_count; t++) {
            if (line->thresholds[t].rival != GF_ALL_RIVALS)
                continue;
            json_t *object = threshold_json(line, &line->thresholds[t], bad);
            gf_json_put_text(object, "along", gf_breakeven_lines_value(lines, i), bad);
            gf_json_append(array, object, bad);
        }
    }
    return array;
}

gf_status gf_breakeven_lines_report_json(const gf_breakeven_lines *lines, const gf_writer *to,
                                         gf_error *error) {
    bool bad = false;
    json_t *root = json_object(), *array = json_array();
    gf_json_put_text(root, "schema", "gpufare.breakeven-lines/1", &bad);
    gf_json_put(root, "machine", gf_json_machine(&bad), &bad);
    gf_json_put(root, "along", gf_json_sweep(&lines->along, NULL, &bad), &bad);
    gf_json_put_text(root, "cut_short", to->cut_short, &bad);
    for (size_t i = 0; i < lines->count; i++) {
        json_t *line = json_object();
        gf_json_put_text(line, "value", gf_breakeven_lines_value(lines, i), &bad);
        gf_json_put(line, "breakeven", report_json(lines->line[i], to->cut_short, &bad), &bad);
        gf_json_append(array, line, &bad);
    }
    gf_json_put(root, "lines", array, &bad);
    gf_json_put(root, "thresholds", all_thresholds_json(lines, &bad), &bad);
    return gf_json_dump(root, bad, to->stream, error);
}
