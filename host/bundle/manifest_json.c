#include "bundle/manifest_json.h"

#include <hwloc.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "bundle/personal.h"
#include "device/cpu_kernels.h"
#include "os/environment/steering.h"
#include "os/files/digest.h"
#include "os/machine.h"

/* "2026-11-30T07:35:45Z" */
#define TIME_TEXT 24

static void format_time(time_t time, char text[TIME_TEXT]) {
    struct tm parts;
    if (gmtime_r(&time, &parts) == NULL ||
        strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = '\0';
}

static void put_plain(json_t *object, const char *key, const char *text, bool *bad) {
    size_t length = strlen(text);
    char *plain = gf_without_home(text, &length);
    *bad = *bad || plain == NULL;
    gf_json_put_text(object, key, plain, bad);
    free(plain);
}

static json_t *versions_json(bool *bad) {
    json_t *object = json_object();
    char hwloc[32];
    const unsigned version = hwloc_get_api_version();
    snprintf(hwloc, sizeof hwloc, "%u.%u.%u", version >> 16, version >> 8 & 0xff, version & 0xff);
    gf_json_put_text(object, "gpufare", gf_version(), bad);
    gf_json_put_text(object, "compiler", gf_machine_compiler(), bad);
    gf_json_put_text(object, "cpu_kernels", gf_cpu_kernels_hash, bad);
    put_plain(object, "cpu_kernels_built_with", gf_cpu_kernels_hash_salt, bad);
    gf_json_put_text(object, "jansson", JANSSON_VERSION, bad);
    gf_json_put_text(object, "libpng", png_get_libpng_ver(NULL), bad);
    gf_json_put_text(object, "hwloc_api", hwloc, bad);
    return object;
}

static json_t *environment_json(bool *bad) {
    gf_variable *variables = NULL;
    size_t count = 0;
    gf_error error = GF_ERROR_INIT;
    json_t *object = json_object();
    if (gf_steering_variables(&variables, &count, &error) != GF_OK)
        *bad = true;
    for (size_t i = 0; i < count; i++)
        put_plain(object, variables[i].name, variables[i].value, bad);
    free(variables);
    gf_error_clear(&error);
    return object;
}

static json_t *files_json(const gf_bundle *bundle, bool *bad) {
    json_t *array = json_array();
    for (size_t i = 0; i < bundle->files.count; i++) {
        const gf_entry_file *file = &bundle->files.files[i];
        char sha256[GF_SHA256_TEXT];
        json_t *object = json_object();
        gf_sha256(file->bytes, file->size, sha256);
        gf_json_put_text(object, "name", file->name, bad);
        gf_json_put_text(object, "what",
                         json_string_value(json_object_get(bundle->whats, file->name)), bad);
        gf_json_put_count(object, "bytes", file->size, bad);
        gf_json_put_text(object, "sha256", sha256, bad);
        gf_json_append(array, object, bad);
    }
    return array;
}

json_t *gf_bundle_manifest(const gf_bundle *bundle, time_t ended, bool *bad) {
    json_t *root = json_object();
    char began_text[TIME_TEXT], ended_text[TIME_TEXT];
    format_time(bundle->began, began_text);
    format_time(ended, ended_text);
    gf_json_put_text(root, "schema", GF_BUNDLE_SCHEMA, bad);
    gf_json_put(root, "arguments", json_incref(bundle->arguments), bad);
    gf_json_put_text(root, "began", began_text, bad);
    gf_json_put_text(root, "ended", ended_text, bad);
    gf_json_put(root, "workload",
                bundle->workload == NULL ? json_null() : json_incref(bundle->workload), bad);
    gf_json_put(root, "versions", versions_json(bad), bad);
    gf_json_put(root, "environment", environment_json(bad), bad);
    gf_json_put(root, "results", json_incref(bundle->results), bad);
    gf_json_put(root, "files", files_json(bundle, bad), bad);
    return root;
}
