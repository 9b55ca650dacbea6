/* What the programs share that answer a request of a script of tools/bench, JSON in and JSON out.
 */
#pragma once

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"
#include "gpufare.h"

/* The script shows the last line of stderr. */
__attribute__((noreturn, format(printf, 1, 2))) static inline void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("cases: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static inline void need(gf_status status, const gf_error *error, const char *what) {
    if (status != GF_OK)
        fail("%s: %s", what, error->text);
}

static inline const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL)
        fail("%s is no text", key);
    return text;
}

/* The parameters of {"workload", "values": {NAME: TEXT}}; the caller destroys them. */
static inline gf_params *read_params(const json_t *json, const char *name) {
    gf_error error = GF_ERROR_INIT;
    const gf_workload *workload = gf_workload_find(text_of(json, "workload"), &error);
    gf_params *params = NULL;
    const char *key = NULL;
    json_t *value = NULL;
    if (workload == NULL)
        fail("%s: %s", name, error.text);
    need(gf_params_create(workload, &params, &error), &error, name);
    json_object_foreach(json_object_get(json, "values"), key, value) {
        if (!json_is_string(value))
            fail("%s: value of %s is no text", name, key);
        need(gf_params_set(params, key, json_string_value(value), &error), &error, name);
    }
    return params;
}
