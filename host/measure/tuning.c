#include "measure/tuning.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "os/store.h"
#include "problem/problem.h"
#include "problem/traffic.h"

#define SCHEMA "gpufare.tuning/1"
#define KIND   "tuning"

/* ---- Overrides --------------------------------------------------------- */

/* One NAME=VALUE of an override. */
typedef struct override_item {
    char name[48];
    uint64_t value;
} override_item;

/* Reads the item at *text and moves *text past it and its comma. false: there is no item. */
static bool read_item(const char **text, override_item *item) {
    const char *equals = strchr(*text, '=');
    const size_t length = equals == NULL ? 0 : (size_t)(equals - *text);
    if (length == 0 || length >= sizeof item->name || !isdigit((unsigned char)equals[1]))
        return false;
    memcpy(item->name, *text, length);
    item->name[length] = '\0';
    char *end = NULL;
    errno = 0;
    item->value = strtoull(equals + 1, &end, 10);
    if (errno != 0 || (*end != '\0' && *end != ','))
        return false;
    if (*end == ',' && end[1] == '\0')
        return false;
    *text = *end == ',' ? end + 1 : end;
    return true;
}

/* Finds the workload's next tunable of this name, in any kernel, from *index on. */
static bool find_tunable(const gf_workload *workload, const char *name, size_t *index,
                         gf_tunable_info *info) {
    while (gf_workload_tunable(workload, *index, info) && strcmp(info->name, name) != 0)
        (*index)++;
    return gf_workload_tunable(workload, *index, info);
}

/* Lists the names of all tunables of a workload, each once. */
static void list_names(const gf_workload *workload, gf_text *text) {
    gf_tunable_info info;
    for (size_t i = 0; gf_workload_tunable(workload, i, &info); i++) {
        size_t first = 0;
        (void)find_tunable(workload, info.name, &first, &info);
        if (first == i)
            gf_text_add(text, "%s%s", text->used == 0 ? "" : ", ", info.name);
    }
}

static gf_status check_item(const gf_workload *workload, const override_item *item,
                            gf_error *error) {
    gf_tunable_info widest = {.name = NULL}, info;
    for (size_t i = 0; find_tunable(workload, item->name, &i, &info); i++) {
        if (item->value >= info.min && item->value <= info.max)
            return GF_OK;
        if (widest.name == NULL || info.max > widest.max)
            widest = info;
    }
    if (widest.name != NULL)
        return gf_error_set_parameter(error, GF_USAGE, "tune",
                                      " %s=%" PRIu64
                                      ": out of range; give a whole number from %u to %u",
                                      item->name, item->value, widest.min, widest.max);
    if (strcmp(item->name, "threads") == 0)
        return gf_error_set_parameter(
            error, GF_USAGE, "tune",
            " %s: they are no tunable of a kernel, but an option of their own", item->name);
    char buffer[320];
    gf_text names = gf_text_in(buffer, sizeof buffer);
    list_names(workload, &names);
    if (names.used == 0)
        return gf_error_set_parameter(error, GF_USAGE, "tune",
                                      " %s: %s has nothing to tune; leave it out", item->name,
                                      workload->name);
    return gf_error_set_parameter(error, GF_USAGE, "tune",
                                  " %s: no kernel of %s has it; there are: %s", item->name,
                                  workload->name, names.text);
}

gf_status gf_tuning_check_override(const gf_workload *workload, const char *override,
                                   gf_error *error) {
    if (override == NULL)
        return GF_OK;
    const char *rest = override;
    gf_status status = GF_OK;
    do {
        override_item item;
        if (!read_item(&rest, &item))
            return gf_error_set_parameter(
                error, GF_USAGE, "tune",
                " %.60s: not understood; give NAME=NUMBER, several separated by commas", override);
        status = check_item(workload, &item, error);
    } while (status == GF_OK && *rest != '\0');
    return status;
}

static const gf_tunable *find(const gf_tunable *tunables, uint32_t count, const char *name) {
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(tunables[i].name, name) == 0)
            return &tunables[i];
    }
    return NULL;
}

static bool in_range(const gf_tunable *tunable, uint64_t value) {
    return value >= tunable->min && value <= tunable->max;
}

gf_status gf_tuning_apply_override(gf_tuning *tuning, const char *override, bool *taken,
                                   gf_error *error) {
    *taken = false;
    override_item item;
    for (const char *rest = override; rest != NULL && *rest != '\0' && read_item(&rest, &item);) {
        const gf_tunable *tunable = find(tuning->tunables, tuning->count, item.name);
        if (tunable == NULL)
            continue; /* another variant's */
        if (!in_range(tunable, item.value))
            return gf_error_set(error, GF_UNSUPPORTED,
                                "%s is %u to %u in this variant, and %" PRIu64 " was asked for",
                                item.name, tunable->min, tunable->max, item.value);
        tuning->values[tunable - tuning->tunables] = (uint32_t)item.value;
        *taken = true;
    }
    return GF_OK;
}

/* ---- Saved values ------------------------------------------------------ */

static uint32_t order_of(uint64_t value) {
    uint32_t order = 0;
    while (value >>= 1)
        order++;
    return order;
}

void gf_tuning_name(const char *device_key, const gf_problem *problem, const char *variant,
                    char *text, size_t size) {
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    const double work = problem->cost.work / (double)gf_problem_stops(problem);
    char key[GF_WORKLOAD_KEY];
    gf_workload_key(problem->workload, key);
    snprintf(text, size, "%s; gpufare %s; %s:%s %s %s; rows 2^%u, cols 2^%u, steps 2^%u, work 2^%u",
             device_key, gf_version(), key, variant, gf_precision_name(problem->precision),
             gf_math_choices[problem->math], order_of(result->rows), order_of(result->cols),
             order_of(problem->steps_per_transfer), order_of((uint64_t)fmin(work, 0x1p63)));
}

static bool take_values(const json_t *values, gf_tuning *tuning) {
    uint32_t taken[GF_MAX_TUNABLES];
    for (uint32_t i = 0; i < tuning->count; i++) {
        const json_t *value = json_object_get(values, tuning->tunables[i].name);
        const json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
        if (number < 0 || !in_range(&tuning->tunables[i], (uint64_t)number))
            return false;
        taken[i] = (uint32_t)number;
    }
    memcpy(tuning->values, taken, tuning->count * sizeof taken[0]);
    return true;
}

gf_load_result gf_tuning_load(const char *name, gf_tuning *tuning) {
    const uint64_t hash = gf_hash_text(GF_HASH_START, name);
    json_t *saved = gf_store_read(KIND, hash);
    if (saved == NULL)
        return gf_store_has(KIND, hash) ? GF_LOAD_DAMAGED : GF_LOAD_NOTHING;
    const char *schema = NULL, *about = NULL;
    const json_t *values = NULL;
    gf_load_result load = GF_LOAD_DAMAGED;
    if (json_unpack(saved, "{s:s, s:s, s:o}", "schema", &schema, "about", &about, "values",
                    &values) == 0 &&
        strcmp(schema, SCHEMA) == 0 && strcmp(about, name) == 0 && take_values(values, tuning))
        load = GF_LOAD_VALUES;
    json_decref(saved);
    return load;
}

bool gf_tuning_save(const char *name, const gf_tuning *tuning) {
    json_t *values = json_object();
    bool good = values != NULL;
    for (uint32_t i = 0; good && i < tuning->count; i++)
        good = json_object_set_new(values, tuning->tunables[i].name,
                                   json_integer((json_int_t)tuning->values[i])) == 0;
    json_t *document =
        good ? json_pack("{s:s, s:s, s:O}", "schema", SCHEMA, "about", name, "values", values)
             : NULL;
    good = document != NULL && gf_store_write(KIND, gf_hash_text(GF_HASH_START, name), document);
    json_decref(document);
    json_decref(values);
    return good;
}

bool gf_tuning_load_variant(const char *name, char *variant, size_t size) {
    json_t *saved = gf_store_read(KIND, gf_hash_text(GF_HASH_START, name));
    const char *schema = NULL, *about = NULL, *found = NULL;
    const bool good = json_unpack(saved, "{s:s, s:s, s:s}", "schema", &schema, "about", &about,
                                  "variant", &found) == 0 &&
                      strcmp(schema, SCHEMA) == 0 && strcmp(about, name) == 0 &&
                      strlen(found) < size;
    if (good)
        snprintf(variant, size, "%s", found);
    json_decref(saved);
    return good;
}

bool gf_tuning_save_variant(const char *name, const char *variant) {
    json_t *document =
        json_pack("{s:s, s:s, s:s}", "schema", SCHEMA, "about", name, "variant", variant);
    const bool good =
        document != NULL && gf_store_write(KIND, gf_hash_text(GF_HASH_START, name), document);
    json_decref(document);
    return good;
}

void gf_tuning_format(const gf_tuning *tuning, char *text, size_t size) {
    gf_text words = gf_text_in(text, size);
    for (uint32_t i = 0; i < tuning->count; i++)
        gf_text_add(&words, "%s%s %u", i == 0 ? "" : ", ", tuning->tunables[i].name,
                    tuning->values[i]);
    if (tuning->count > 0)
        gf_text_add(&words, " (%s)", tuning->basis);
}
