#include "report/exported/threshold_json.h"

#include "base/json.h"
#include "report/exported/threshold_header.h"
#include "report/json_objects.h"
#include "report/predicted/breakeven_json.h"
#include "stats/confidence.h"

static json_t *crossings_json(const gf_placement *placement, bool *bad) {
    json_t *array = json_array();
    for (size_t k = 0; k < placement->crossing_count; k++) {
        const gf_crossing *crossing = &placement->crossings[k];
        json_t *object = json_object();
        gf_json_put_real(object, "at", crossing->at, bad);
        gf_json_put_real(object, "low", gf_json_place(crossing->low), bad);
        gf_json_put_real(object, "high", gf_json_place(crossing->high), bad);
        gf_json_put_text(object, "ahead_behind", crossing->wins ? "device" : "cpu", bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static json_t *first_call_json(const gf_threshold_export *made, const gf_placement *placement,
                               bool *bad) {
    if (!placement->cost.known)
        return json_null();
    json_t *object = json_object();
    gf_json_put_text(object, "at", gf_export_sweep(made)->values[placement->cost_at].text, bad);
    gf_json_put_real(object, "build_ns", placement->cost.build_ns, bad);
    gf_json_put_real(object, "warm_build_ns", placement->warm_build_ns, bad);
    gf_json_put_real(object, "buffers_ns", placement->cost.alloc_ns, bad);
    gf_json_put_count_if(object, "ahead_after_calls", placement->ahead_after > 0,
                         placement->ahead_after, bad);
    return object;
}

static json_t *line_json(const gf_threshold_export *made, size_t index, bool *bad) {
    const gf_placement *placement = &made->placements[index];
    const gf_sweep *along = &made->lines->along;
    const gf_sweep_value *values = gf_export_sweep(made)->values;
    json_t *object = json_object(), *doubts = json_array();
    char text[1800];
    gf_json_put_text(object, "value", along->param == NULL ? NULL : along->values[index].text, bad);
    gf_json_put_text(object, "from", values[placement->first].text, bad);
    gf_json_put_text(object, "to", values[placement->last].text, bad);
    gf_json_put_count(object, "compared", placement->compared, bad);
    gf_json_put_count(object, "missing", placement->missing, bad);
    gf_json_put_text(object, "ahead_first", placement->device_first ? "device" : "cpu", bad);
    gf_json_put(object, "crossings", crossings_json(placement, bad), bad);
    gf_json_put_bool(object, "pipelined", placement->pipelined, bad);
    gf_json_put(object, "first_call", first_call_json(made, placement, bad), bad);
    for (size_t d = 0; gf_placement_doubt(placement, d, text, sizeof text); d++)
        gf_json_append(doubts, gf_json_text(text), bad);
    gf_json_put(object, "uncertain", doubts, bad);
    gf_threshold_format(made, placement, text, sizeof text);
    gf_json_put_text(object, "text", text, bad);
    return object;
}

static json_t *side_json(const gf_breakeven_series *series, bool *bad) {
    json_t *object = json_object();
    gf_json_put_text(object, "label", series->label, bad);
    gf_json_put_text(object, "name", series->name, bad);
    gf_json_put_text(object, "kind", series->kind, bad);
    gf_json_put_text(object, "driver", series->driver, bad);
    return object;
}

gf_status gf_threshold_write_json(const gf_threshold_export *made, FILE *stream, gf_error *error) {
    bool bad = false;
    const gf_placement *last = gf_export_last(made);
    json_t *root = json_object(), *lines = json_array();
    json_t *cpu = side_json(last->cpu, &bad);
    gf_json_put_text(root, "schema", "gpufare.threshold/1", &bad);
    gf_json_put_text(root, "name", made->name, &bad);
    gf_json_put_text(root, "date", made->date, &bad);
    gf_json_put(root, "machine", gf_json_machine(&bad), &bad);
    gf_json_put(root, "workload", gf_json_workload(made->lines->line[0]->problem, &bad), &bad);
    gf_json_put(root, "device", side_json(last->device, &bad), &bad);
    gf_json_put_count(cpu, "threads", last->cpu->compute_units, &bad);
    gf_json_put(root, "cpu", cpu, &bad);
    gf_json_put(root, "sweep",
                gf_json_sweep(gf_export_sweep(made), made->lines->line[0]->footprints, &bad), &bad);
    gf_json_put(root, "along",
                made->lines->along.param == NULL ? json_null()
                                                 : gf_json_sweep(&made->lines->along, NULL, &bad),
                &bad);
    gf_json_put_real(root, "confidence", GF_CONFIDENCE, &bad);
    for (size_t i = 0; i < made->lines->count; i++)
        gf_json_append(lines, line_json(made, i, &bad), &bad);
    gf_json_put(root, "lines", lines, &bad);
    gf_json_put_bool(root, "uncertain", made->uncertain, &bad);
    return gf_json_dump(root, bad, stream, error);
}
