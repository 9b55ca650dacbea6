#include "checkpoint/checkpoint_identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "os/files/digest.h"
#include "problem/params.h"
#include "problem/problem.h"

/* ---- Inputs ------------------------------------------------------------ */

/* The finalizer of SplitMix64: a bijection in which every bit changes every other. */
static uint64_t mix(uint64_t value) {
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return value ^ value >> 31;
}

/* Of values of the buffer, from its `first` one on. */
static uint64_t hash_values(const gf_buffer_spec *spec, uint32_t index, uint64_t first,
                            uint64_t count, const char *at) {
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
    const size_t size = gf_type_size(spec->type);
    const uint64_t salt = mix(index + UINT64_C(1));
    uint64_t hash = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t value = 0;
        memcpy(&value, at + i * size, size);
        hash += mix(value + salt + (first + i + 1) * golden);
    }
    return hash;
}

uint64_t gf_inputs_hash(const gf_buffer_spec *spec, uint32_t index, const gf_rectangle *area,
                        const void *data, size_t stride) {
    uint64_t hash = 0;
    for (uint64_t i = 0; i < area->rows; i++) {
        const uint64_t first = (area->first_row + i) * spec->cols + area->first_column;
        hash += hash_values(spec, index, first * spec->components, area->columns * spec->components,
                            (const char *)data + (size_t)i * stride);
    }
    return hash;
}

uint64_t gf_inputs_hash_of_rows(const gf_buffer_spec *spec, uint32_t index, uint64_t first_row,
                                uint64_t rows, const void *data) {
    const gf_rectangle area = {first_row, rows, 0, spec->cols};
    return gf_inputs_hash(spec, index, &area, data, spec->bytes / spec->rows);
}

/* ---- Making one -------------------------------------------------------- */

gf_status gf_checkpoint_check(const gf_problem *problem, gf_error *error) {
    if (!gf_has_sha256())
        return gf_error_set_parameter(error, GF_UNSUPPORTED, "checkpoint",
                                      ": this gpufare was built without nettle, which hashes what "
                                      "is saved; install nettle-dev and build it again");
    if (problem->steps > 1)
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE, "checkpoint",
                                  ": %s computes its result in %s, so that there is no state "
                                  "between to save; leave it out",
                                  problem->workload->name,
                                  problem->steps == 0 ? "one launch" : "one step");
}

/* The second buffer of a pair is written anew in each step. */
static bool is_state(const gf_problem *problem, uint32_t index) {
    const bool spare = problem->has_pair && index == problem->partner;
    return problem->buffers[index].access != GF_ACCESS_IN && !spare;
}

static void list_fields(const gf_problem *problem, gf_checkpoint_identity *identity) {
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        const gf_buffer_spec *spec = &problem->buffers[i];
        if (!is_state(problem, i))
            continue;
        identity->buffers[identity->field_count] = i;
        identity->fields[identity->field_count++] =
            (gf_checkpoint_field){.name = spec->name,
                                  .type = gf_type_name(spec->type),
                                  .rows = spec->rows,
                                  .row_bytes = spec->bytes / spec->rows,
                                  .columns = spec->cols};
    }
}

/* What a text parameter names, such as a file, may be elsewhere on another machine: its content is
 * an input, whose hash counts. */
static json_t *params_json(const gf_problem *problem, bool *bad) {
    json_t *object = json_object();
    for (uint32_t i = 0; i < problem->workload->param_count; i++) {
        const gf_param *param = &problem->workload->params[i];
        if (param->type != GF_PARAM_TEXT)
            gf_json_put_text(object, param->name, gf_params_text(problem->params, param->name),
                             bad);
    }
    return object;
}

static json_t *fields_json(const gf_checkpoint_identity *identity, bool *bad) {
    json_t *array = json_array();
    for (uint32_t i = 0; i < identity->field_count; i++) {
        const gf_checkpoint_field *field = &identity->fields[i];
        json_t *object = json_object();
        gf_json_put_text(object, "name", field->name, bad);
        gf_json_put_text(object, "type", field->type, bad);
        gf_json_put_count(object, "rows", field->rows, bad);
        gf_json_put_count(object, "row_bytes", field->row_bytes, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

static const char *byte_order(void) {
    const uint16_t one = 1;
    uint8_t first = 0;
    memcpy(&first, &one, 1);
    return first == 1 ? "little" : "big";
}

static json_t *facts_json(const gf_problem *problem, const gf_checkpoint_identity *identity,
                          uint64_t inputs_hash, bool *bad) {
    json_t *object = json_object();
    char workload[GF_WORKLOAD_KEY], inputs[24];
    gf_workload_key(problem->workload, workload);
    snprintf(inputs, sizeof inputs, "%016" PRIx64, inputs_hash);
    gf_json_put_text(object, "workload", workload, bad);
    gf_json_put_text(object, "state_of", "run", bad);
    gf_json_put(object, "parameters", params_json(problem, bad), bad);
    gf_json_put_text(object, "precision", gf_precision_name(problem->precision), bad);
    gf_json_put_text(object, "arithmetic", gf_math_choices[problem->math], bad);
    gf_json_put_count(object, "steps", problem->steps, bad);
    gf_json_put(object, "fields", fields_json(identity, bad), bad);
    gf_json_put_text(object, "byte_order", byte_order(), bad);
    gf_json_put_text(object, "inputs", inputs, bad);
    return object;
}

gf_status gf_checkpoint_identity_create(const gf_problem *problem, uint64_t inputs_hash,
                                        gf_checkpoint_identity *identity, gf_error *error) {
    bool bad = false;
    *identity = (gf_checkpoint_identity){.steps = problem->steps};
    list_fields(problem, identity);
    identity->facts = facts_json(problem, identity, inputs_hash, &bad);
    if (!bad && identity->facts != NULL)
        return GF_OK;
    gf_checkpoint_identity_clear(identity);
    return gf_error_no_memory(error, "a checkpoint's identity", 0);
}

gf_status gf_checkpoint_identity_of_reference(const gf_checkpoint_identity *of_run,
                                              gf_checkpoint_identity *identity, gf_error *error) {
    bool bad = false;
    *identity = *of_run;
    identity->facts = json_copy(of_run->facts);
    gf_json_put_text(identity->facts, "state_of", "reference", &bad);
    if (!bad)
        return GF_OK;
    gf_checkpoint_identity_clear(identity);
    return gf_error_no_memory(error, "a checkpoint's identity", 0);
}

void gf_checkpoint_identity_clear(gf_checkpoint_identity *identity) {
    json_decref(identity->facts);
    *identity = (gf_checkpoint_identity){.facts = NULL};
}

/* ---- Comparing --------------------------------------------------------- */

static void show(const json_t *value, char *text, size_t size) {
    char *dumped = json_is_string(value) ? NULL : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    snprintf(text, size, "%.100s",
             json_is_string(value) ? json_string_value(value)
             : dumped == NULL      ? "none"
                                   : dumped);
    free(dumped);
    gf_flatten_text(text);
}

/* Of a parameter the user can give the other value. */
static gf_status differs(const char *key, bool is_parameter, const json_t *own, const json_t *saved,
                         const char *where, gf_error *error) {
    char mine[120], its[120];
    show(own, mine, sizeof mine);
    show(saved, its, sizeof its);
    if (is_parameter)
        return gf_error_set_parameter(error, GF_USAGE, key,
                                      " %s: %s is of %s; give that, or begin anew in an empty "
                                      "folder",
                                      mine, where, its);
    return gf_error_set(error, GF_USAGE,
                        "%s is of another problem (its %s: %s; here: %s); begin anew in an empty "
                        "folder",
                        where, key, its, mine);
}

/* Both may lack it. */
static bool is_same(const json_t *a, const json_t *b) {
    return a == b || json_equal(a, b);
}

static gf_status compare_params(const json_t *own, const json_t *saved, const char *where,
                                gf_error *error) {
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)own, key, value) {
        const json_t *other = json_object_get(saved, key);
        if (!is_same(value, other))
            return differs(key, true, value, other, where, error);
    }
    return GF_OK;
}

gf_status gf_checkpoint_identity_compare(const gf_checkpoint_identity *identity,
                                         const json_t *saved, const char *where, gf_error *error) {
    static const char *const keys[] = {"precision",  "arithmetic", "steps",   "fields",
                                       "byte_order", "inputs",     "state_of"};
    const json_t *own = identity->facts, *workload = json_object_get(own, "workload");
    if (!is_same(workload, json_object_get(saved, "workload")))
        return differs("workload", false, workload, json_object_get(saved, "workload"), where,
                       error);
    const gf_status status = compare_params(json_object_get(own, "parameters"),
                                            json_object_get(saved, "parameters"), where, error);
    if (status != GF_OK)
        return status;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const json_t *value = json_object_get(own, keys[i]);
        if (!is_same(value, json_object_get(saved, keys[i])))
            return differs(keys[i], false, value, json_object_get(saved, keys[i]), where, error);
    }
    return GF_OK;
}
