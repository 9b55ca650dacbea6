#include "report/report_json.h"

#include <stdlib.h>

#include "base/error.h"
#include "os/machine.h"
#include "report/report.h"

void gf_json_put(json_t *object, const char *key, json_t *value, bool *bad) {
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

void gf_json_put_text(json_t *object, const char *key, const char *text, bool *bad) {
    gf_json_put(object, key, gf_json_text(text), bad);
}

void gf_json_put_count(json_t *object, const char *key, uint64_t count, bool *bad) {
    gf_json_put(object, key,
                count <= INT64_MAX ? json_integer((json_int_t)count) : json_real((double)count),
                bad);
}

void gf_json_put_real(json_t *object, const char *key, double number, bool *bad) {
    json_t *value = json_real(number);
    gf_json_put(object, key, value == NULL ? json_null() : value, bad);
}

void gf_json_append(json_t *array, json_t *value, bool *bad) {
    if (json_array_append_new(array, value) != 0)
        *bad = true;
}

/* ---- Machine, device, workload ----------------------------------------- */

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
    gf_json_put(object, "f64", json_boolean(info->f64), bad);
    gf_json_put(object, "unified_memory", json_boolean(info->unified_memory), bad);
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

gf_status gf_json_dump(json_t *root, bool bad, FILE *stream, gf_error *error) {
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
