#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "calibrate/profile.h"
#include "calibrate/profile_file.h"
#include "calibrate/profile_json.h"

/* Without waiting, should the path be a pipe that nobody writes to. */
static gf_status open_file(const char *path, FILE **file, gf_error *error) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat facts;
    if (fd < 0)
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot open %s", path);
    if (fstat(fd, &facts) == 0 && !S_ISREG(facts.st_mode)) {
        close(fd);
        return gf_error_set(error, GF_USAGE,
                            "%s is not a regular file; give a file that `gpufare calibrate --json` "
                            "wrote",
                            path);
    }
    *file = fdopen(fd, "r");
    if (*file != NULL)
        return GF_OK;
    close(fd);
    return gf_error_no_memory(error, "a stream", sizeof **file);
}

static gf_status load(const char *path, json_t **document, gf_error *error) {
    FILE *file = NULL;
    json_error_t trouble;
    const gf_status status = open_file(path, &file, error);
    if (status != GF_OK)
        return status;
    *document = json_loadf(file, JSON_REJECT_DUPLICATES, &trouble);
    fclose(file);
    if (*document != NULL)
        return GF_OK;
    return gf_error_set(error, GF_USAGE,
                        "%s is no JSON document (line %d: %s); give a file that `gpufare calibrate "
                        "--json` wrote",
                        path, trouble.line, trouble.text);
}

static gf_status check_document(const char *path, const json_t *document, gf_error *error) {
    const char *schema = json_string_value(json_object_get(document, "schema"));
    const json_t *profiles = json_object_get(document, "profiles");
    const bool right = schema != NULL && strcmp(schema, GF_CALIBRATION_SCHEMA) == 0;
    if (right && json_array_size(profiles) > 0)
        return GF_OK;
    if (right)
        return gf_error_set(
            error, GF_USAGE,
            "%s: its list of profiles is empty; give a file that `gpufare calibrate "
            "--json` wrote",
            path);
    return gf_error_set(error, GF_USAGE,
                        "%s holds no profiles (schema %.40s, not " GF_CALIBRATION_SCHEMA
                        "); give a file that `gpufare calibrate --json` wrote",
                        path, schema == NULL ? "missing" : schema);
}

static gf_status read_one(const char *path, const json_t *document, size_t index,
                          gf_profile **profile, gf_error *error) {
    gf_error trouble = GF_ERROR_INIT; /* `error` may be NULL, and the text is needed */
    const json_t *json = json_array_get(json_object_get(document, "profiles"), index);
    gf_status status = gf_profile_from_json(json, profile, &trouble);
    if (status != GF_OK)
        status = gf_error_set(error, status, "%s: profiles[%zu]: %s", path, index, trouble.text);
    else
        (*profile)->modelled = true;
    gf_error_clear(&trouble);
    return status;
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
    gf_status status = load(path, &document, error);
    if (status == GF_OK)
        status = check_document(path, document, error);
    if (status == GF_OK)
        status = read_all(path, document, profiles, count, error);
    json_decref(document);
    return status;
}
