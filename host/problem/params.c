#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "problem/params.h"
#include "problem/workload.h"

#define MAX_REALS 4

typedef struct value {
    uint64_t uints[2]; /* UINT: [0]; SIZE: width, height */
    double reals[MAX_REALS];
    uint32_t choice;
    char *text; /* as the user would write it; owned */
    bool is_set;
} value;

struct gf_params {
    const gf_workload *workload;
    value *items; /* workload->param_count of them */
};

/* ---- Ranges ------------------------------------------------------------ */

uint64_t gf_param_uint_max(const gf_param *param) {
    if (param->max >= 0x1p64)
        return UINT64_MAX;
    return (uint64_t)param->max - (param->max >= 0x1p53 ? 1 : 0);
}

/* ---- Parsing one value ------------------------------------------------- */

/* Longer values are cut in messages, so that the limits fit as well. */
#define SHOWN_CHARACTERS 60

static gf_status bad_value(const gf_param *param, const char *value_text, gf_error *error) {
    char text[SHOWN_CHARACTERS + 4];
    snprintf(text, sizeof text, "%.*s%s", SHOWN_CHARACTERS, value_text,
             strlen(value_text) > SHOWN_CHARACTERS ? "..." : "");
    switch (param->type) {
    case GF_PARAM_SIZE:
        return gf_error_set_parameter(
            error, GF_USAGE, param->name,
            " %s: not a size; give WIDTHxHEIGHT, each from %.0f to %.0f, such as %s", text,
            param->min, param->max, param->default_text);
    case GF_PARAM_UINT:
        return gf_error_set_parameter(
            error, GF_USAGE, param->name,
            " %s: not acceptable; give a whole number from %.0f to %" PRIu64, text, param->min,
            gf_param_uint_max(param));
    case GF_PARAM_REALS:
        return gf_error_set_parameter(error, GF_USAGE, param->name,
                                      " %s: not acceptable; give %u finite numbers from %g to %g, "
                                      "separated by commas, such as %s",
                                      text, param->arity, param->min, param->max,
                                      param->default_text);
    case GF_PARAM_CHOICE:
        return gf_error_set_parameter(error, GF_USAGE, param->name, " %s: unknown; choose %s", text,
                                      param->placeholder);
    case GF_PARAM_TEXT:
        return gf_error_set_parameter(error, GF_USAGE, param->name, ": empty; give %s",
                                      param->placeholder);
    case GF_PARAM_REAL:
        break;
    }
    return gf_error_set_parameter(error, GF_USAGE, param->name,
                                  " %s: not acceptable; give a finite number %s %g and at most %g",
                                  text, param->min_exclusive ? "above" : "of at least", param->min,
                                  param->max);
}

/* Digits only: strtoull alone would accept "-1", " 5" and "+5". */
static bool parse_uint(const char *text, const char **end, uint64_t *number) {
    if (*text < '0' || *text > '9')
        return false;
    char *stop = NULL;
    errno = 0;
    *number = strtoull(text, &stop, 10);
    *end = stop;
    return errno == 0;
}

static bool uint_in_range(const gf_param *param, uint64_t number) {
    return (double)number >= param->min && number <= gf_param_uint_max(param);
}

static bool parse_size(const gf_param *param, const char *text, value *parsed) {
    const char *end = NULL;
    if (!parse_uint(text, &end, &parsed->uints[0]) || (*end != 'x' && *end != 'X'))
        return false;
    if (!parse_uint(end + 1, &end, &parsed->uints[1]) || *end != '\0')
        return false;
    return uint_in_range(param, parsed->uints[0]) && uint_in_range(param, parsed->uints[1]);
}

static bool parse_real(const gf_param *param, const char *text, const char **end, double *number) {
    if (*text == '\0' || strchr(" \t\n\v\f\r", *text) != NULL)
        return false;
    char *stop = NULL;
    *number = strtod(text, &stop);
    *end = stop;
    if (stop == text || !isfinite(*number))
        return false;
    return (param->min_exclusive ? *number > param->min : *number >= param->min) &&
           *number <= param->max;
}

static bool parse_reals(const gf_param *param, uint32_t arity, const char *text, value *parsed) {
    assert(arity >= 1 && arity <= MAX_REALS);
    for (uint32_t i = 0; i < arity; i++) {
        const char *end = NULL;
        if (!parse_real(param, text, &end, &parsed->reals[i]))
            return false;
        if (*end != (i + 1 < arity ? ',' : '\0'))
            return false;
        text = end + 1;
    }
    return true;
}

static bool parse_choice(const gf_param *param, const char *text, value *parsed) {
    for (uint32_t i = 0; param->choices[i] != NULL; i++) {
        if (strcmp(param->choices[i], text) == 0) {
            parsed->choice = i;
            return true;
        }
    }
    return false;
}

static bool parse(const gf_param *param, const char *text, value *parsed) {
    const char *end = NULL;
    switch (param->type) {
    case GF_PARAM_SIZE:
        return parse_size(param, text, parsed);
    case GF_PARAM_UINT:
        return parse_uint(text, &end, &parsed->uints[0]) && *end == '\0' &&
               uint_in_range(param, parsed->uints[0]);
    case GF_PARAM_REAL:
        return parse_reals(param, 1, text, parsed);
    case GF_PARAM_REALS:
        return parse_reals(param, param->arity, text, parsed);
    case GF_PARAM_CHOICE:
        return parse_choice(param, text, parsed);
    case GF_PARAM_TEXT:
        return *text != '\0';
    }
    return false;
}

/* ---- The values of all parameters -------------------------------------- */

static gf_status set_item(const gf_param *param, const char *text, value *item, gf_error *error) {
    value parsed = {.is_set = true};
    if (!parse(param, text, &parsed))
        return bad_value(param, text, error);
    parsed.text = strdup(text);
    if (parsed.text == NULL)
        return gf_error_no_memory(error, "a parameter's value", strlen(text) + 1);
    free(item->text);
    *item = parsed;
    return GF_OK;
}

gf_status gf_params_create(const gf_workload *workload, gf_params **params, gf_error *error) {
    GF_ENTER(error);
    gf_params *made = calloc(1, sizeof *made);
    value *items = calloc(workload->param_count + 1U, sizeof *items);
    if (made == NULL || items == NULL) {
        free(made);
        free(items);
        return gf_error_no_memory(error, "the parameters", sizeof *made);
    }
    made->workload = workload;
    made->items = items;
    for (uint32_t i = 0; i < workload->param_count; i++) {
        const gf_param *param = &workload->params[i];
        const gf_status status = set_item(param, param->default_text, &items[i], error);
        if (status != GF_OK) {
            gf_params_destroy(made);
            return status;
        }
        items[i].is_set = false;
    }
    *params = made;
    return GF_OK;
}

void gf_params_destroy(gf_params *params) {
    if (params == NULL)
        return;
    for (uint32_t i = 0; i < params->workload->param_count; i++)
        free(params->items[i].text);
    free(params->items);
    free(params);
}

gf_status gf_params_copy(const gf_params *params, gf_params **copy, gf_error *error) {
    gf_params *made = NULL;
    gf_status status = gf_params_create(params->workload, &made, error);
    for (uint32_t i = 0; status == GF_OK && i < params->workload->param_count; i++) {
        if (params->items[i].is_set)
            status = set_item(&params->workload->params[i], params->items[i].text, &made->items[i],
                              error);
    }
    if (status != GF_OK) {
        gf_params_destroy(made);
        return status;
    }
    *copy = made;
    return GF_OK;
}

static value *find_item(const gf_params *params, const char *name, const gf_param **param) {
    for (uint32_t i = 0; i < params->workload->param_count; i++) {
        if (strcmp(params->workload->params[i].name, name) == 0) {
            *param = &params->workload->params[i];
            return &params->items[i];
        }
    }
    return NULL;
}

static gf_status refuse_name(const gf_workload *workload, const char *name, gf_error *error) {
    char buffer[GF_ERROR_TEXT];
    gf_text names = gf_text_in(buffer, sizeof buffer);
    for (uint32_t i = 0; i < workload->param_count; i++)
        gf_text_add(&names, "%s%s", i == 0 ? "" : ", ", workload->params[i].name);
    return gf_error_set_parameter(error, GF_USAGE, name,
                                  ": workload %s has no such parameter; there are: %s",
                                  workload->name, names.used == 0 ? "none" : buffer);
}

gf_status gf_params_set(gf_params *params, const char *name, const char *text, gf_error *error) {
    GF_ENTER(error);
    const gf_param *param = NULL;
    value *item = find_item(params, name, &param);
    if (item == NULL)
        return refuse_name(params->workload, name, error);
    return set_item(param, text, item, error);
}

const char *gf_params_text(const gf_params *params, const char *name) {
    const gf_param *param = NULL;
    const value *item = find_item(params, name, &param);
    return item == NULL ? NULL : item->text;
}

/* ---- Typed readers ----------------------------------------------------- */

static const value *read_item(const gf_params *params, const char *name, gf_param_type type) {
    const gf_param *param = NULL;
    const value *item = find_item(params, name, &param);
    assert(item != NULL && param->type == type);
    (void)type;
    return item;
}

uint64_t gf_params_uint(const gf_params *params, const char *name) {
    return read_item(params, name, GF_PARAM_UINT)->uints[0];
}

double gf_params_real(const gf_params *params, const char *name) {
    return read_item(params, name, GF_PARAM_REAL)->reals[0];
}

const double *gf_params_reals(const gf_params *params, const char *name) {
    return read_item(params, name, GF_PARAM_REALS)->reals;
}

uint32_t gf_params_choice(const gf_params *params, const char *name) {
    return read_item(params, name, GF_PARAM_CHOICE)->choice;
}

const char *gf_params_string(const gf_params *params, const char *name) {
    return read_item(params, name, GF_PARAM_TEXT)->text;
}

void gf_params_size(const gf_params *params, const char *name, size_t *width, size_t *height) {
    const value *item = read_item(params, name, GF_PARAM_SIZE);
    *width = (size_t)item->uints[0];
    *height = (size_t)item->uints[1];
}

bool gf_params_is_set(const gf_params *params, const char *name) {
    const gf_param *param = NULL;
    const value *item = find_item(params, name, &param);
    return item != NULL && item->is_set;
}

const gf_workload *gf_params_workload(const gf_params *params) {
    return params->workload;
}

static uint32_t choice_or(const gf_params *params, const char *name, uint32_t otherwise) {
    return gf_params_text(params, name) == NULL ? otherwise : gf_params_choice(params, name);
}

gf_precision gf_params_precision(const gf_params *params) {
    return (gf_precision)choice_or(params, "precision", params->workload->precision);
}

gf_math gf_params_math(const gf_params *params) {
    return (gf_math)choice_or(params, "math", GF_MATH_STRICT);
}
