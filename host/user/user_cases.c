#include "user/user_cases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "manifest/evaluate.h"
#include "problem/params.h"
#include "problem/problem.h"

/* Of all buffers together: from what fits into the first cache to what fits into none. */
static const double sizes[GF_USER_CASES] = {0x1p14, 0x1p17, 0x1p20, 0x1p22, 0x1p24, 0x1p26};
/* A case should take some milliseconds; what the author says of its operations is believed here. */
#define MOST_OPERATIONS 3e8
#define HALVINGS        60

/* What a check computes on: small enough for a simulator, and more than a few work-groups. */
#define ODD_BYTES  4096.0
#define EVEN_BYTES 32768.0
/* A check needs no more to see each buffer of a pair in both roles. */
#define CHECKED_STEPS 3

/* The parameters that shapes use, as a set of their places. */
static uint64_t scaled_places(const gf_manifest *manifest) {
    uint64_t places = 0;
    for (uint32_t i = 0; i < manifest->buffer_count; i++) {
        for (uint32_t k = 0; k < manifest->buffers[i].dimensions; k++)
            places |= gf_expression_uses(manifest->buffers[i].shape[k]);
    }
    return places;
}

static bool is_scaled(const gf_manifest *manifest, uint64_t places, uint32_t param) {
    return (places >> (GF_PLACE_PARAMS + param) & 1) != 0 &&
           manifest->params[param].type == GF_PARAM_UINT;
}

static bool is_power_of_two(double value) {
    return value >= 1 && exp2(round(log2(value))) == value;
}

/* The parameter's default times `scale`, within its range; powers of two stay such. */
static double scaled_value(const gf_manifest *manifest, const gf_manifest_values *defaults,
                           uint32_t param, double scale) {
    const double value = (double)defaults->numbers[GF_PLACE_PARAMS + param].whole;
    const double wanted = fmax(value * scale, 1);
    const double rounded = is_power_of_two(value) ? exp2(round(log2(wanted))) : round(wanted);
    return fmin(fmax(rounded, manifest->params[param].min),
                (double)gf_param_uint_max(&manifest->params[param]));
}

/* The bytes of all buffers with scaled parameters; infinite where a shape can't be. */
static double bytes_at(const gf_manifest *manifest, const gf_manifest_values *defaults,
                       uint64_t places, double scale) {
    gf_manifest_values values = *defaults;
    gf_error ignored = GF_ERROR_INIT;
    double bytes = 0;
    for (uint32_t i = 0; i < manifest->param_count; i++) {
        if (is_scaled(manifest, places, i))
            values.numbers[GF_PLACE_PARAMS + i] =
                gf_number_whole((int64_t)scaled_value(manifest, defaults, i, scale));
    }
    for (uint32_t i = 0; i < manifest->buffer_count; i++) {
        gf_shape shape;
        const bool good = gf_manifest_shape(manifest, i, &values, &shape, &ignored) == GF_OK;
        bytes += good ? (double)shape.bytes : HUGE_VAL;
    }
    gf_error_clear(&ignored);
    return bytes;
}

/* The largest scale whose buffers have at most so many bytes. */
static double find_scale(const gf_manifest *manifest, const gf_manifest_values *defaults,
                         uint64_t places, double bytes) {
    double low = 0x1p-40, high = 0x1p40;
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = sqrt(low * high);
        if (bytes_at(manifest, defaults, places, middle) <= bytes)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Whether the problem can be made and is short. */
static bool is_usable(const gf_user_workload *user, const char *text) {
    gf_params *params = NULL;
    gf_problem *problem = NULL;
    gf_error ignored = GF_ERROR_INIT;
    gf_status status = gf_params_create(&user->workload, &params, &ignored);
    for (const char *at = text; status == GF_OK && *at != '\0';) {
        char name[64], value[32];
        int length = 0;
        if (sscanf(at, "%63[^= ]=%31[^ ]%n", name, value, &length) != 2)
            break;
        status = gf_params_set(params, name, value, &ignored);
        at += length;
        at += *at == ' ' ? 1 : 0;
    }
    if (status == GF_OK)
        status = gf_problem_create(params, &problem, &ignored);
    const bool usable = status == GF_OK && problem->cost.operations <= MOST_OPERATIONS;
    gf_problem_destroy(problem);
    gf_params_destroy(params);
    gf_error_clear(&ignored);
    return usable;
}

static void write_case(const gf_manifest *manifest, const gf_manifest_values *defaults,
                       uint64_t places, double scale, char *buffer, size_t size) {
    gf_text text = gf_text_in(buffer, size);
    for (uint32_t i = 0; i < manifest->param_count; i++) {
        if (is_scaled(manifest, places, i))
            gf_text_add(&text, "%s%s=%.0f", text.used == 0 ? "" : " ", manifest->params[i].name,
                        scaled_value(manifest, defaults, i, scale));
    }
}

static bool is_new(const gf_user_workload *user, uint32_t count, const char *text) {
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(user->cases[i], text) == 0)
            return false;
    }
    return true;
}

void gf_user_make_cases(gf_user_workload *user) {
    const gf_manifest *manifest = user->manifest;
    const uint64_t places = scaled_places(manifest);
    gf_manifest_values defaults;
    uint32_t count = 0;
    gf_manifest_values_set(manifest, NULL, &defaults);
    for (uint32_t i = 0; (places >> GF_PLACE_PARAMS) != 0 && i < GF_USER_CASES; i++) {
        char *text = user->case_texts[count];
        write_case(manifest, &defaults, places, find_scale(manifest, &defaults, places, sizes[i]),
                   text, sizeof user->case_texts[count]);
        if (text[0] == '\0' || !is_new(user, count, text) || !is_usable(user, text))
            continue;
        user->cases[count++] = text;
    }
    user->cases[count] = NULL;
    user->workload.calibration = count > 0 ? user->cases : NULL;
}

/* ---- Sizes for checks --------------------------------------------------- */

static uint64_t step_places(const gf_manifest *manifest) {
    return manifest->steps == NULL ? 0 : gf_expression_uses(manifest->steps);
}

static gf_status set_number(gf_params *params, const gf_param *row, double value, gf_error *error) {
    char text[32];
    snprintf(text, sizeof text, "%.0f",
             fmin(fmax(value, row->min), (double)gf_param_uint_max(row)));
    return gf_params_set(params, row->name, text, error);
}

static double small_value(const gf_manifest *manifest, const gf_manifest_values *defaults,
                          uint32_t param, gf_user_size size, double scale) {
    const double value = scaled_value(manifest, defaults, param, scale);
    if (size == GF_USER_SMALLEST)
        return manifest->params[param].min;
    return size == GF_USER_ODD && fmod(value, 2) < 1 ? value + 1 : value;
}

gf_status gf_user_scale(gf_params *params, gf_user_size size, gf_error *error) {
    const gf_manifest *manifest = gf_user_of(gf_params_workload(params))->manifest;
    const uint64_t places = scaled_places(manifest), steps = step_places(manifest);
    gf_manifest_values defaults;
    gf_manifest_values_set(manifest, params, &defaults);
    const double scale =
        find_scale(manifest, &defaults, places, size == GF_USER_EVEN ? EVEN_BYTES : ODD_BYTES);
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < manifest->param_count; i++) {
        const gf_param *row = &manifest->params[i];
        if (gf_params_is_set(params, row->name))
            continue;
        if (is_scaled(manifest, places, i))
            status =
                set_number(params, row, small_value(manifest, &defaults, i, size, scale), error);
        else if (is_scaled(manifest, steps, i))
            status = set_number(
                params, row,
                fmin((double)defaults.numbers[GF_PLACE_PARAMS + i].whole, CHECKED_STEPS), error);
    }
    return status;
}

void gf_user_format_size(const gf_params *params, char *buffer, size_t size) {
    const gf_manifest *manifest = gf_user_of(gf_params_workload(params))->manifest;
    const uint64_t places = scaled_places(manifest) | step_places(manifest);
    gf_text text = gf_text_in(buffer, size);
    for (uint32_t i = 0; i < manifest->param_count; i++) {
        const char *name = manifest->params[i].name;
        if (is_scaled(manifest, places, i))
            gf_text_add(&text, "%s%s=%s", text.used == 0 ? "" : " ", name,
                        gf_params_text(params, name));
    }
}
