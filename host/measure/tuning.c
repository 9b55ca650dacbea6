#include "measure/tuning.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "os/store.h"
#include "problem/problem.h"

#define SCHEMA "gpufare.tuning/1"
#define KIND   "tuning"

/* ---- The tunables of a workload ---------------------------------------- */

static const gf_tunable *find(const gf_tunable *tunables, uint32_t count, const char *name) {
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(tunables[i].name, name) == 0)
            return &tunables[i];
    }
    return NULL;
}

/* The CPU kernel comes first, then the NDRange variants. */
const gf_tunable *gf_tunable_next(const gf_workload *workload, const char *name, size_t *at) {
    const gf_tunable *found = NULL;
    while (found == NULL && *at <= workload->ndrange_variant_count) {
        const size_t index = (*at)++;
        if (index == 0) {
            found = find(workload->cpu_tunables, workload->cpu_tunable_count, name);
        } else {
            const gf_ndrange_variant *variant = &workload->ndrange_variants[index - 1];
            found = find(variant->tunables, variant->tunable_count, name);
        }
    }
    return found;
}

/* ---- Wishes ------------------------------------------------------------ */

/* One NAME=VALUE of a wish. */
typedef struct wish_item {
    char name[48];
    uint64_t value;
} wish_item;

/* Reads the item at *text and moves *text behind it and its comma. false: it is none. */
static bool read_item(const char **text, wish_item *item) {
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

/* The names of all tunables of a workload, each once. */
static void list_names(const gf_workload *workload, char *text, size_t size) {
    text[0] = '\0';
    for (uint32_t row = 0; row <= workload->ndrange_variant_count; row++) {
        const bool cpu = row == 0;
        const gf_tunable *tunables =
            cpu ? workload->cpu_tunables : workload->ndrange_variants[row - 1].tunables;
        const uint32_t count =
            cpu ? workload->cpu_tunable_count : workload->ndrange_variants[row - 1].tunable_count;
        for (uint32_t i = 0; i < count; i++) {
            size_t at = 0;
            (void)gf_tunable_next(workload, tunables[i].name, &at);
            const size_t used = strlen(text);
            if (at == row + 1) /* the first that has it */
                snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ", ", tunables[i].name);
        }
    }
}

static bool in_range(const gf_tunable *tunable, uint64_t value) {
    return value >= tunable->min && value <= tunable->max;
}

static gf_status check_item(const gf_workload *workload, const wish_item *item, gf_error *error) {
    const gf_tunable *widest = NULL, *tunable = NULL;
    size_t at = 0;
    while ((tunable = gf_tunable_next(workload, item->name, &at)) != NULL) {
        if (in_range(tunable, item->value))
            return GF_OK;
        if (widest == NULL || tunable->max > widest->max)
            widest = tunable;
    }
    if (widest != NULL)
        return gf_error_set(error, GF_USAGE,
                            "--tune %s=%" PRIu64 ": out of range; give a whole number from %u to "
                            "%u",
                            item->name, item->value, widest->min, widest->max);
    char names[320];
    list_names(workload, names, sizeof names);
    if (names[0] == '\0')
        return gf_error_set(error, GF_USAGE, "--tune %s: %s has nothing to tune; leave it out",
                            item->name, workload->name);
    return gf_error_set(error, GF_USAGE, "--tune %s: no kernel of %s has it; there are: %s",
                        item->name, workload->name, names);
}

gf_status gf_tuning_check_override(const gf_workload *workload, const char *wish, gf_error *error) {
    if (wish == NULL)
        return GF_OK;
    const char *rest = wish;
    gf_status status = GF_OK;
    do {
        wish_item item;
        if (!read_item(&rest, &item))
            return gf_error_set(error, GF_USAGE,
                                "--tune %.60s: not understood; give NAME=NUMBER, several separated "
                                "by commas",
                                wish);
        status = check_item(workload, &item, error);
    } while (status == GF_OK && *rest != '\0');
    return status;
}

gf_status gf_tuning_apply_override(gf_tuning *tuning, const char *wish, bool *taken,
                                   gf_error *error) {
    *taken = false;
    wish_item item;
    for (const char *rest = wish; rest != NULL && *rest != '\0' && read_item(&rest, &item);) {
        const gf_tunable *tunable = find(tuning->tunables, tuning->count, item.name);
        if (tunable == NULL)
            continue; /* another variant's */
        if (!in_range(tunable, item.value))
            return gf_error_set(error, GF_UNSUPPORTED,
                                "%s is %u to %u in this variant; --tune asks for %" PRIu64,
                                item.name, tunable->min, tunable->max, item.value);
        tuning->values[tunable - tuning->tunables] = (uint32_t)item.value;
        *taken = true;
    }
    return GF_OK;
}

/* ---- What earlier searches found --------------------------------------- */

static uint32_t order_of(uint64_t value) {
    uint32_t order = 0;
    while (value >>= 1)
        order++;
    return order;
}

void gf_tuning_name(const char *device_key, const gf_problem *problem, const char *variant,
                    char *text, size_t size) {
    const gf_buffer_spec *result = &problem->buffers[problem->result];
    snprintf(text, size, "%s; gpufare %s; %s:%s %s %s; rows 2^%u, cols 2^%u, steps 2^%u",
             device_key, gf_version(), problem->workload->name, variant,
             gf_precision_name(problem->precision), gf_math_choices[problem->math],
             order_of(result->rows), order_of(result->cols), order_of(problem->steps_per_transfer));
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
    json_t *kept = gf_store_read(KIND, hash);
    if (kept == NULL)
        return gf_store_has(KIND, hash) ? GF_LOAD_DAMAGED : GF_LOAD_NOTHING;
    const char *schema = NULL, *about = NULL;
    const json_t *values = NULL;
    gf_load_result recall = GF_LOAD_DAMAGED;
    if (json_unpack(kept, "{s:s, s:s, s:o}", "schema", &schema, "about", &about, "values",
                    &values) == 0 &&
        strcmp(schema, SCHEMA) == 0 && strcmp(about, name) == 0 && take_values(values, tuning))
        recall = GF_LOAD_VALUES;
    json_decref(kept);
    return recall;
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

/* ---- The search -------------------------------------------------------- */

/* Computing shorter than this, from stop to stop, is not searched for: others would have to follow
 * by the thousand before a search had paid. */
#define SHORTEST_NS UINT64_C(1000000)
/* Values replace others only if they are faster by more than 1 part in this many: a smaller gain is
 * within what a few samples scatter. */
#define GAIN_PARTS 50

static gf_status try_values(gf_search *search, const gf_tuning *tuning, uint64_t *ns,
                            gf_error *error) {
    const uint64_t start = gf_clock_now(search->clock);
    const gf_status status = search->trial(search->context, tuning, ns, error);
    search->took_ns += gf_clock_now(search->clock) - start;
    search->tries++;
    return status;
}

/* Tries the candidates of tunable `index`. */
static gf_status search_one(gf_search *search, gf_tuning *tuning, uint32_t index, uint64_t *best_ns,
                            gf_error *error) {
    gf_tuning tried = *tuning;
    const uint32_t start = tuning->values[index];
    const uint32_t *candidate = tuning->tunables[index].candidates;
    for (; candidate != NULL && *candidate != 0 && search->took_ns < GF_SEARCH_NS; candidate++) {
        if (*candidate == start)
            continue;
        uint64_t ns = 0;
        tried.values[index] = *candidate;
        const gf_status status = try_values(search, &tried, &ns, error);
        if (status != GF_OK)
            return status;
        if (ns < *best_ns - *best_ns / GAIN_PARTS) {
            tuning->values[index] = *candidate;
            *best_ns = ns;
        }
    }
    return GF_OK;
}

gf_status gf_tuning_search(gf_search *search, gf_tuning *tuning, gf_error *error) {
    uint64_t best_ns = 0;
    gf_status status = try_values(search, tuning, &best_ns, error);
    search->fruitless = status == GF_OK && (best_ns < SHORTEST_NS || best_ns == UINT64_MAX);
    for (uint32_t i = 0; status == GF_OK && !search->fruitless && i < tuning->count; i++)
        status = search_one(search, tuning, i, &best_ns, error);
    return status;
}

/* ---- Words ------------------------------------------------------------- */

void gf_tuning_format(const gf_tuning *tuning, char *text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < tuning->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s %u", i == 0 ? "" : ", ",
                                 tuning->tunables[i].name, tuning->values[i]);
    if (tuning->count > 0 && used < size)
        snprintf(text + used, size - used, " (%s)", tuning->basis);
}
