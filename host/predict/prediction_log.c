#include "predict/prediction_log.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "os/store.h"
#include "stats/sort.h"

#define KIND   "errors"
#define SCHEMA "gpufare.errors/1"

static uint64_t key_of(const char *machine) {
    return gf_hash_text(GF_HASH_START, machine);
}

/* ---- Reading ----------------------------------------------------------- */

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

/* NULL, or what is wrong with the document. */
static const char *examine(const json_t *root, const char *machine) {
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const char *own = json_string_value(json_object_get(root, "machine"));
    if (root == NULL)
        return "the file is no JSON, or another user's";
    if (schema == NULL || strcmp(schema, SCHEMA) != 0)
        return "the file is not of the schema " SCHEMA;
    if (own == NULL || strcmp(own, machine) != 0)
        return "the file is another machine's";
    return json_is_array(json_object_get(root, "entries")) ? NULL : "the file has no entries";
}

/* An entry that can't be is left out, and costs the others nothing. */
static gf_status read_entries(const json_t *root, gf_prediction_log *ledger, gf_error *error) {
    const json_t *entries = json_object_get(root, "entries");
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < json_array_size(entries); i++) {
        gf_prediction_entry entry;
        if (read_entry(json_array_get(entries, i), &entry))
            status = gf_prediction_log_add(ledger, &entry, error);
    }
    return status;
}

gf_status gf_prediction_log_open(const char *machine, gf_prediction_log **ledger, gf_error *error) {
    gf_prediction_log *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "the ledger of errors", sizeof *made);
    snprintf(made->machine, sizeof made->machine, "%s", machine);
    const uint64_t key = key_of(made->machine);
    gf_status status = GF_OK;
    if (gf_store_has(KIND, key)) {
        json_t *root = gf_store_read(KIND, key);
        const char *why = examine(root, made->machine);
        if (why == NULL)
            status = read_entries(root, made, error);
        json_decref(root);
        if (why != NULL) {
            snprintf(made->discarded, sizeof made->discarded, "%s", why);
            gf_store_remove(KIND, key);
        }
    }
    if (status != GF_OK) {
        gf_prediction_log_close(made);
        return status;
    }
    *ledger = made;
    return GF_OK;
}

void gf_prediction_log_close(gf_prediction_log *ledger) {
    if (ledger == NULL)
        return;
    free(ledger->entries);
    free(ledger);
}

/* ---- Writing ----------------------------------------------------------- */

static bool are_times(const double *ns) {
    for (gf_phase phase = 0; phase < GF_PHASE_COUNT; phase++) {
        if (!isfinite(ns[phase]) || ns[phase] < 0)
            return false;
    }
    return ns[GF_PHASE_TOTAL] > 0;
}

gf_status gf_prediction_log_add(gf_prediction_log *ledger, const gf_prediction_entry *entry,
                                gf_error *error) {
    if (!are_times(entry->predicted_ns) || !are_times(entry->measured_ns))
        return GF_OK;
    const gf_status status =
        gf_array_grow(&ledger->entries, ledger->count, sizeof *ledger->entries, error);
    if (status == GF_OK)
        ledger->entries[ledger->count++] = *entry;
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

size_t gf_prediction_log_count(const gf_prediction_log *ledger) {
    return ledger->count < GF_PREDICTION_LOG_MOST ? ledger->count : GF_PREDICTION_LOG_MOST;
}

bool gf_prediction_log_save(const gf_prediction_log *ledger) {
    bool bad = false;
    json_t *root = json_object(), *entries = json_array();
    const size_t first = ledger->count - gf_prediction_log_count(ledger);
    gf_json_put_text(root, "schema", SCHEMA, &bad);
    gf_json_put_text(root, "machine", ledger->machine, &bad);
    for (size_t i = first; i < ledger->count; i++)
        gf_json_append(entries, entry_json(&ledger->entries[i], &bad), &bad);
    gf_json_put(root, "entries", entries, &bad);
    const bool kept = !bad && gf_store_write(KIND, key_of(ledger->machine), root);
    json_decref(root);
    return kept;
}

/* ---- What it says ------------------------------------------------------ */

double gf_prediction_log_median(const gf_prediction_log *ledger) {
    double errors[GF_PREDICTION_LOG_MOST];
    size_t count = 0;
    const size_t first = ledger->count - gf_prediction_log_count(ledger);
    for (size_t i = first; i < ledger->count; i++) {
        const gf_prediction_entry *entry = &ledger->entries[i];
        errors[count++] =
            fabs(entry->predicted_ns[GF_PHASE_TOTAL] / entry->measured_ns[GF_PHASE_TOTAL] - 1);
    }
    return count == 0 ? 0 : gf_sort_median(errors, count);
}
