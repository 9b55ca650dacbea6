#include "predict/prediction_log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "os/store.h"
#include "stats/bootstrap.h"
#include "stats/sort.h"

#define KIND   "errors"
#define SCHEMA "gpufare.errors/1"

static bool read_text(const json_t *object, const char *key, char *text, size_t size) {
    const char *found = json_string_value(json_object_get(object, key));
    return found != NULL && strlen(found) < size && snprintf(text, size, "%s", found) >= 0;
}

static bool read_phases(const json_t *object, double *ns) {
    bool good = true;
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        const json_t *value = json_object_get(object, gf_phase_name(phase));
        ns[phase] = json_number_value(value);
        good = good && json_is_number(value);
    }
    return good;
}

static bool read_entry(const json_t *object, gf_prediction_entry *entry) {
    memset(entry, 0, sizeof *entry);
    return read_text(object, "at", entry->at, sizeof entry->at) &&
           read_text(object, "workload", entry->workload, sizeof entry->workload) &&
           read_text(object, "values", entry->values, sizeof entry->values) &&
           read_text(object, "device", entry->device, sizeof entry->device) &&
           read_phases(json_object_get(object, "predicted_ns"), entry->predicted_ns) &&
           read_phases(json_object_get(object, "measured_ns"), entry->measured_ns);
}

/* NULL, or why the document can't be used. */
static const char *find_flaw(const json_t *root, const char *machine) {
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const char *name = json_string_value(json_object_get(root, "machine"));
    if (root == NULL)
        return "the file is not JSON, or belongs to another user";
    if (schema == NULL || strcmp(schema, SCHEMA) != 0)
        return "the file is not of the schema " SCHEMA;
    if (name == NULL || strcmp(name, machine) != 0)
        return "the file is another machine's";
    return json_is_array(json_object_get(root, "entries")) ? NULL : "the file has no entries";
}

/* Skips invalid entries. */
static gf_status read_entries(const json_t *root, gf_prediction_log *log, gf_error *error) {
    const json_t *entries = json_object_get(root, "entries");
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < json_array_size(entries); i++) {
        gf_prediction_entry entry;
        if (read_entry(json_array_get(entries, i), &entry))
            status = gf_prediction_log_add(log, &entry, error);
    }
    return status;
}

gf_status gf_prediction_log_load(const char *machine, gf_prediction_log **log, gf_error *error) {
    gf_prediction_log *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the prediction log", sizeof *made);
    snprintf(made->machine, sizeof made->machine, "%s", machine);
    const uint64_t key = gf_hash_text(GF_HASH_START, made->machine);
    gf_status status = GF_OK;
    if (gf_store_has(KIND, key)) {
        json_t *root = gf_store_read(KIND, key);
        const char *why = find_flaw(root, made->machine);
        if (why == NULL)
            status = read_entries(root, made, error);
        json_decref(root);
        if (why != NULL) {
            snprintf(made->discarded, sizeof made->discarded, "%s", why);
            gf_store_remove(KIND, key);
        }
    }
    if (status == GF_OK)
        *log = made;
    else
        gf_prediction_log_destroy(made);
    return status;
}

void gf_prediction_log_destroy(gf_prediction_log *log) {
    if (log == NULL)
        return;
    free(log->entries);
    free(log);
}

static bool are_times(const double *ns) {
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        if (!isfinite(ns[phase]) || ns[phase] < 0)
            return false;
    }
    return ns[GF_PHASE_TOTAL] > 0;
}

gf_status gf_prediction_log_add(gf_prediction_log *log, const gf_prediction_entry *entry,
                                gf_error *error) {
    if (!are_times(entry->predicted_ns) || !are_times(entry->measured_ns))
        return GF_OK;
    const gf_status status = gf_array_grow(&log->entries, log->count, sizeof *log->entries, error);
    if (status == GF_OK)
        log->entries[log->count++] = *entry;
    return status;
}

static json_t *phases_json(const double *ns, bool *bad) {
    json_t *object = json_object();
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++)
        gf_json_put_real(object, gf_phase_name(phase), ns[phase], bad);
    return object;
}

static json_t *entry_json(const gf_prediction_entry *entry, bool *bad) {
    json_t *object = json_object();
    gf_json_put_text(object, "at", entry->at, bad);
    gf_json_put_text(object, "workload", entry->workload, bad);
    gf_json_put_text(object, "values", entry->values, bad);
    gf_json_put_text(object, "device", entry->device, bad);
    gf_json_put(object, "predicted_ns", phases_json(entry->predicted_ns, bad), bad);
    gf_json_put(object, "measured_ns", phases_json(entry->measured_ns, bad), bad);
    return object;
}

size_t gf_prediction_log_count(const gf_prediction_log *log) {
    return log->count < GF_PREDICTION_LOG_MOST ? log->count : GF_PREDICTION_LOG_MOST;
}

bool gf_prediction_log_save(const gf_prediction_log *log) {
    bool bad = false;
    json_t *root = json_object(), *entries = json_array();
    const size_t first = log->count - gf_prediction_log_count(log);
    gf_json_put_text(root, "schema", SCHEMA, &bad);
    gf_json_put_text(root, "machine", log->machine, &bad);
    for (size_t i = first; i < log->count; i++)
        gf_json_append(entries, entry_json(&log->entries[i], &bad), &bad);
    gf_json_put(root, "entries", entries, &bad);
    const uint64_t key = gf_hash_text(GF_HASH_START, log->machine);
    const bool saved = !bad && gf_store_write(KIND, key, root);
    json_decref(root);
    return saved;
}

/* The length of the device's id in a label, which ends with the variant. */
static size_t device_length(const char *label) {
    const char *end = strrchr(label, ':');
    return end == NULL ? strlen(label) : (size_t)(end - label);
}

static bool is_of_device(const gf_prediction_entry *entry, const char *const *labels,
                         size_t label_count) {
    const size_t length = device_length(entry->device);
    for (size_t i = 0; i < label_count; i++) {
        if (device_length(labels[i]) == length && strncmp(entry->device, labels[i], length) == 0)
            return true;
    }
    return false;
}

gf_past_errors gf_prediction_log_errors(const gf_prediction_log *log, const char *workload,
                                        const char *const *labels, size_t label_count) {
    double errors[GF_PREDICTION_LOG_MOST];
    gf_past_errors found = {.count = 0};
    for (size_t i = log->count - gf_prediction_log_count(log); i < log->count; i++) {
        const gf_prediction_entry *entry = &log->entries[i];
        const double ratio =
            entry->predicted_ns[GF_PHASE_TOTAL] / entry->measured_ns[GF_PHASE_TOTAL];
        if (strcmp(entry->workload, workload) == 0 && is_of_device(entry, labels, label_count))
            errors[found.count++] = fabs(ratio - 1);
    }
    if (found.count == 0)
        return found;
    found.median = gf_sort_median(errors, found.count);
    found.ninth_decile = gf_quantile(errors, found.count, found.count < GF_ENOUGH_ERRORS ? 1 : 0.9);
    return found;
}
