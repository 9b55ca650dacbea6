#include "calibrate/profile_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "calibrate/profile_json.h"
#include "os/files/regular_file.h"

#define GIVE   "give the JSON report of a calibration"
#define REMEDY "; " GIVE

static gf_status load_document(const char *path, json_t **document, gf_error *error) {
    FILE *file = NULL;
    json_error_t trouble;
    const gf_status status = gf_regular_file_open(path, GIVE, &file, error);
    if (status != GF_OK)
        return status;
    *document = json_loadf(file, JSON_REJECT_DUPLICATES, &trouble);
    fclose(file);
    if (*document != NULL)
        return GF_OK;
    return gf_error_set(error, GF_USAGE, "%s is no JSON document (line %d: %s)" REMEDY, path,
                        trouble.line, trouble.text);
}

static gf_status check_document(const char *path, const json_t *document, gf_error *error) {
    const char *schema = json_string_value(json_object_get(document, "schema"));
    const json_t *profiles = json_object_get(document, "profiles");
    const bool right = schema != NULL && strcmp(schema, GF_CALIBRATION_SCHEMA) == 0;
    if (right && json_array_size(profiles) > 0)
        return GF_OK;
    if (right)
        return gf_error_set(error, GF_USAGE, "%s: its list of profiles is empty" REMEDY, path);
    return gf_error_set(error, GF_USAGE,
                        "%s holds no profiles (schema %.40s, not " GF_CALIBRATION_SCHEMA ")" REMEDY,
                        path, schema == NULL ? "missing" : schema);
}

static gf_status read_one(const char *path, const json_t *document, size_t index,
                          gf_profile **profile, gf_error *error) {
    const json_t *json = json_array_get(json_object_get(document, "profiles"), index);
    if (gf_profile_from_json(json, profile, error) != GF_OK)
        return gf_error_prefix(error, "%s: profiles[%zu]", path, index);
    (*profile)->modelled = true;
    return GF_OK;
}

static gf_status read_all(const char *path, const json_t *document, gf_profile ***profiles,
                          size_t *count, gf_error *error) {
    const size_t wanted = json_array_size(json_object_get(document, "profiles"));
    gf_profile **made = calloc(wanted, sizeof(gf_profile *));
    if (made == NULL)
        return gf_error_no_memory(error, "profiles", wanted * sizeof(gf_profile *));
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < wanted; i++)
        status = read_one(path, document, i, &made[i], error);
    if (status == GF_OK) {
        *profiles = made;
        *count = wanted;
        return GF_OK;
    }
    for (size_t i = 0; i < wanted; i++)
        gf_profile_destroy(made[i]);
    free(made);
    return status;
}

gf_status gf_profiles_read(const char *path, gf_profile ***profiles, size_t *count,
                           gf_error *error) {
    json_t *document = NULL;
    gf_status status = load_document(path, &document, error);
    if (status == GF_OK)
        status = check_document(path, document, error);
    if (status == GF_OK)
        status = read_all(path, document, profiles, count, error);
    json_decref(document);
    return status;
}
