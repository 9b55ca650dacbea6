#include "report/json_objects.h"

#include "base/json.h"
#include "os/machine.h"
#include "problem/facts/fact.h"
#include "problem/params.h"

json_t *gf_json_machine(bool *bad) {
    gf_machine machine;
    gf_machine_examine(&machine);
    json_t *object = json_object();
    gf_json_put_text(object, "cpu", machine.cpu, bad);
    gf_json_put_text(object, "os", machine.os, bad);
    gf_json_put_text(object, "compiler", machine.compiler, bad);
    gf_json_put_count(object, "cores", machine.cores, bad);
    gf_json_put_count(object, "threads", machine.threads, bad);
    gf_json_put_count(object, "memory_bytes", machine.memory_bytes, bad);
    gf_json_put_count(object, "l1d_bytes", machine.l1d_bytes, bad);
    gf_json_put_count(object, "l2_bytes", machine.l2_bytes, bad);
    gf_json_put_count(object, "l3_bytes", machine.l3_bytes, bad);
    gf_json_put_text(object, "gpufare", gf_version(), bad);
    return object;
}

json_t *gf_json_notes(const gf_notes *notes, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < notes->count; i++)
        gf_json_append(array, gf_json_text(notes->lines[i]), bad);
    return array;
}

/* true or false, a number, or null for no limit. */
static json_t *fact_value_json(gf_fact_kind kind, uint64_t value) {
    if (kind < GF_FACT_ROUNDS)
        return json_boolean(value != 0);
    return value == GF_NO_LIMIT ? json_null() : json_integer((json_int_t)value);
}

static json_t *fact_json(const gf_fact *fact, gf_fact_kind kind, bool *bad) {
    json_t *object = json_object();
    const bool known = fact->state == GF_FACT_KNOWN;
    gf_json_put_bool(object, "known", known, bad);
    gf_json_put(object, "value", known ? fact_value_json(kind, fact->value) : json_null(), bad);
    gf_json_put(object, "claimed", fact->claimed ? fact_value_json(kind, fact->claim) : json_null(),
                bad);
    gf_json_put_filled(object, "why", fact->why, bad);
    return object;
}

/* null if none was looked for. */
static json_t *facts_json(const gf_fact *facts, bool *bad) {
    if (!gf_facts_are_tried(facts))
        return json_null();
    json_t *object = json_object();
    for (int i = 0; i < GF_FACT_COUNT; i++) {
        if (!gf_fact_is_without_object(&facts[i]))
            gf_json_put(object, gf_fact_name((gf_fact_kind)i),
                        fact_json(&facts[i], (gf_fact_kind)i, bad), bad);
    }
    return object;
}

json_t *gf_json_device(const gf_device_info *info, bool *bad) {
    json_t *object = json_object();
    gf_json_put_text(object, "id", info->id, bad);
    gf_json_put_text(object, "name", info->name, bad);
    gf_json_put_text(object, "kind", info->kind, bad);
    gf_json_put_text(object, "platform", info->platform, bad);
    gf_json_put_text(object, "driver", info->driver, bad);
    gf_json_put_text(object, "simd", info->simd, bad);
    gf_json_put_count(object, "global_memory_bytes", info->global_memory_bytes, bad);
    gf_json_put_count(object, "max_alloc_bytes", info->max_alloc_bytes, bad);
    gf_json_put_count(object, "local_memory_bytes", info->local_memory_bytes, bad);
    gf_json_put_count(object, "compute_units", info->compute_units, bad);
    gf_json_put_count(object, "clock_mhz", info->clock_mhz, bad);
    gf_json_put_bool(object, "f64", info->f64, bad);
    gf_json_put_bool(object, "unified_memory", info->unified_memory, bad);
    gf_json_put_filled(object, "limits", info->limits, bad);
    gf_json_put_filled(object, "class_source", info->class_source, bad);
    gf_json_put_filled(object, "chip", info->chip, bad);
    gf_json_put(object, "facts", facts_json(info->facts, bad), bad);
    return object;
}

static json_t *reals_json(const gf_params *params, const gf_param *param, bool *bad) {
    json_t *array = json_array();
    const double *reals = gf_params_reals(params, param->name);
    for (uint32_t i = 0; i < param->arity; i++)
        gf_json_append(array, json_real(reals[i]), bad);
    return array;
}

static json_t *size_json(const gf_params *params, const gf_param *param, bool *bad) {
    size_t width = 0, height = 0;
    gf_params_size(params, param->name, &width, &height);
    json_t *object = json_object();
    gf_json_put_count(object, "width", width, bad);
    gf_json_put_count(object, "height", height, bad);
    return object;
}

static json_t *value_json(const gf_params *params, const gf_param *param, bool *bad) {
    switch (param->type) {
    case GF_PARAM_SIZE:
        return size_json(params, param, bad);
    case GF_PARAM_UINT:
        return json_integer((json_int_t)gf_params_uint(params, param->name));
    case GF_PARAM_REAL:
        return json_real(gf_params_real(params, param->name));
    case GF_PARAM_REALS:
        return reals_json(params, param, bad);
    case GF_PARAM_CHOICE:
    case GF_PARAM_TEXT:
        break;
    }
    return gf_json_text(gf_params_text(params, param->name));
}

json_t *gf_json_workload(const gf_problem *problem, bool *bad) {
    json_t *object = json_object(), *parameters = json_object();
    gf_json_put_text(object, "name", problem->workload->name, bad);
    for (uint32_t i = 0; i < problem->workload->param_count; i++) {
        const gf_param *param = &problem->workload->params[i];
        gf_json_put(parameters, param->name, value_json(problem->params, param, bad), bad);
    }
    gf_json_put(object, "parameters", parameters, bad);
    return object;
}

json_t *gf_json_f64_difference(const gf_f64_difference *difference, bool *bad) {
    json_t *object = json_object();
    gf_json_put_count(object, "compared", difference->difference.compared, bad);
    gf_json_put_count(object, "differing", difference->difference.mismatches, bad);
    gf_json_put_real(object, "max_abs_difference", difference->difference.max_abs_error, bad);
    gf_json_put_real(object, "largest", difference->largest, bad);
    gf_json_put_filled(object, "at", difference->at, bad);
    return object;
}

json_t *gf_json_visits(const gf_visits *visits, bool *bad) {
    if (visits->bands == 0)
        return json_null();
    json_t *object = json_object();
    gf_json_put_count(object, "bands", visits->bands, bad);
    gf_json_put_count_if(object, "steps_per_visit", visits->steps > 0, visits->steps, bad);
    gf_json_put_count(object, "visits", visits->visits, bad);
    gf_json_put_bool(object, "overlapped", visits->overlapped, bad);
    gf_json_put_count(object, "bytes_up", visits->bytes_up, bad);
    gf_json_put_count(object, "bytes_down", visits->bytes_down, bad);
    gf_json_put_count(object, "needed_bytes", visits->needed_bytes, bad);
    gf_json_put_count(object, "planned_bytes", visits->planned_bytes, bad);
    gf_json_put_count_if(object, "reached_bytes", visits->reached_bytes > 0, visits->reached_bytes,
                         bad);
    return object;
}

json_t *gf_json_checkpoint(const gf_checkpoint_state *state, bool *bad) {
    if (state->bytes == 0)
        return json_null();
    json_t *object = json_object();
    gf_json_put_count(object, "first_step", state->first_step, bad);
    gf_json_put_count_if(object, "saved_step", state->saved_step > 0, state->saved_step, bad);
    gf_json_put_count(object, "states", state->states, bad);
    gf_json_put_count(object, "bytes", state->bytes, bad);
    gf_json_put_count(object, "ns", state->ns, bad);
    return object;
}
