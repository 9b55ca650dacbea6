#include "report/bound_json.h"

#include <math.h>

#include "base/json.h"
#include "bound/bound_text.h"
#include "report/json_objects.h"

static json_t *bounds_json(const gf_bounds *bounds, bool *bad) {
    json_t *object = json_object();
    gf_json_put_real(object, "best_ns", bounds->best, bad);
    gf_json_put_real(object, "worst_ns", bounds->worst, bad);
    return object;
}

static json_t *ratio_json(const gf_bound_ratio *ratio, bool *bad) {
    json_t *object = json_object();
    gf_json_put_real(object, "at_worst", ratio->at_worst, bad);
    gf_json_put_real(object, "at_best", ratio->at_best, bad);
    return object;
}

static json_t *host_json(const gf_host_time *host, bool *bad) {
    json_t *object = json_object();
    gf_json_put_bool(object, "known", host->known, bad);
    gf_json_put_filled(object, "device", host->label, bad);
    gf_json_put_filled(object, "machine", host->machine, bad);
    gf_json_put_bool(object, "measured", host->measured, bad);
    gf_json_put_bool(object, "disturbed", host->disturbed, bad);
    gf_json_put_count(object, "cores", host->cores, bad);
    gf_json_put_count_if(object, "asked_cores", host->asked_cores > 0, host->asked_cores, bad);
    gf_json_put_real(object, "low_ns", host->known ? host->low : NAN, bad);
    gf_json_put_real(object, "high_ns", host->known ? host->high : NAN, bad);
    return object;
}

static json_t *limits_json(const gf_bound *bound, bool *bad) {
    json_t *object = json_object();
    for (gf_limit i = 0; i < GF_LIMITS; i++)
        gf_json_put(object, gf_limit_name(i), bounds_json(&bound->limits[i], bad), bad);
    return object;
}

static void put_times(json_t *object, const gf_bound *bound, bool *bad) {
    gf_json_put(object, "up", bounds_json(&bound->up, bad), bad);
    gf_json_put(object, "kernel", bounds_json(&bound->kernel, bad), bad);
    gf_json_put(object, "down", bounds_json(&bound->down, bad), bad);
    gf_json_put(object, "total", bounds_json(&bound->total, bad), bad);
    gf_json_put_real(object, "pageable_best_ns", bound->pageable.total.best, bad);
    gf_json_put_real(object, "pageable_worst_ns", bound->pageable.total.worst, bad);
    gf_json_put(object, "limits", limits_json(bound, bad), bad);
    gf_json_put_text(object, "best_limit", gf_limit_name(bound->best_limit), bad);
    gf_json_put_text(object, "worst_limit", gf_limit_name(bound->worst_limit), bad);
    gf_json_put_bool(object, "work_bounded", bound->work_bounded, bad);
    gf_json_put_real(object, "lane_efficiency", bound->lane_efficiency, bad);
}

static json_t *row_json(const gf_bound_set *set, const gf_bound_row *row, bool *bad) {
    const gf_model *model = row->bound.model;
    char text[320];
    json_t *object = json_object();
    gf_json_put_text(object, "model", model->name, bad);
    gf_json_put_text(object, "title", model->title, bad);
    gf_json_put_text(object, "type", gf_model_type_name(model->type), bad);
    gf_json_put_text(object, "bus", gf_model_bus_name(model->bus), bad);
    gf_json_put_bool(object, "possible", row->bound.possible, bad);
    gf_json_put_filled(object, "why_not", row->bound.why_not, bad);
    if (row->bound.possible)
        put_times(object, &row->bound, bad);
    gf_json_put_text(object, "verdict", gf_worth_name(row->worth), bad);
    if (row->worth != GF_WORTH_UNKNOWN) {
        gf_json_put(object, "ratio", ratio_json(&row->ratio, bad), bad);
        gf_json_put(object, "resident_ratio", ratio_json(&row->resident, bad), bad);
        gf_worth_format(row->worth, &row->ratio, text, sizeof text);
        gf_json_put_text(object, "text", text, bad);
        gf_json_put_bool(object, "pageable_flips", row->pageable_flips, bad);
        gf_json_put_bool(object, "pageable_not_worth", row->pageable_not_worth, bad);
        gf_json_put_count_if(object, "calls_at_best", row->calls[0] > 0, row->calls[0], bad);
        gf_json_put_count_if(object, "calls_at_worst", row->calls[1] > 0, row->calls[1], bad);
    }
    gf_bound_format_limits(&row->bound, text, sizeof text);
    gf_json_put_filled(object, "decides", text, bad);
    gf_bound_format_flip(set, row, text, sizeof text);
    gf_json_put_filled(object, "flips_when", text, bad);
    gf_json_put_bool(object, "slow_f64", row->slow_f64, bad);
    gf_json_put(object, "f32_total", row->has_f32 ? bounds_json(&row->f32, bad) : json_null(), bad);
    return object;
}

json_t *gf_json_bounds(const gf_bound_set *set, bool *bad) {
    if (set == NULL)
        return json_null();
    json_t *object = json_object(), *models = json_array();
    gf_json_put_text(object, "basis", "bounds from data sheets, not measured", bad);
    gf_json_put(object, "against", host_json(&set->host, bad), bad);
    gf_json_put_filled(object, "command", set->command, bad);
    for (size_t i = 0; i < set->models->count; i++)
        gf_json_append(models, row_json(set, &set->rows[i], bad), bad);
    gf_json_put(object, "models", models, bad);
    gf_json_put(object, "f64_difference",
                set->has_f64_difference ? gf_json_f64_difference(&set->f64_difference, bad)
                                        : json_null(),
                bad);
    return object;
}
