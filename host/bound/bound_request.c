#include "bound/bound_request.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/entry.h"
#include "base/error.h"
#include "calibrate/profile_file.h"
#include "os/files/regular_file.h"
#include "predict/candidates_create.h"

static gf_status read_models(const gf_bound_options *options, gf_models **models, gf_error *error) {
    gf_model_items items = {0};
    if (options->device_model == NULL)
        return gf_error_set_parameter(error, GF_USAGE, "device-model",
                                      ": missing; name the models to bound times on");
    gf_status status = gf_model_items_create(options->device_model, &items, error);
    if (status == GF_OK)
        status = gf_models_of_items(&items, models, error);
    gf_model_items_clear(&items);
    if (status != GF_OK)
        return gf_error_set_parameter(error, status, "device-model", ": %s", error->text);
    if ((*models)->count > 0)
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE, "device-model",
                                  " %s: has only profiles; name a model as well, such as h100-pcie",
                                  options->device_model);
}

/* Takes over the profiles: native devices become candidates, the others are of no use; nor is any
 * after a failure, `status`. */
static gf_status take_hosts(gf_profile **profiles, size_t count, const gf_params *params,
                            gf_status status, gf_candidates *hosts, gf_error *error) {
    for (size_t i = 0; i < count; i++) {
        bool taken = false;
        if (status == GF_OK && profiles[i]->device_class == GF_CLASS_NATIVE) {
            status = gf_candidates_add_model(hosts, params, profiles[i], "host model", error);
            taken = status == GF_OK;
        }
        if (!taken)
            gf_profile_destroy(profiles[i]);
    }
    return status;
}

static gf_status no_native(const char *path, gf_error *error) {
    return gf_error_set(error, GF_USAGE,
                        "%s has no native device; calibrate that machine with its native device "
                        "among the others",
                        path);
}

static gf_status check_host_file(const char *path, gf_error *error) {
    struct stat info;
    if (stat(path, &info) == 0)
        return GF_OK;
    if (gf_model_is_known(path))
        return gf_error_set(error, GF_USAGE,
                            "%s is a model; give the JSON report of a calibration of the other "
                            "machine",
                            path);
    return gf_error_set(error, GF_USAGE,
                        "%s is no file; give the JSON report of a calibration of the other machine",
                        path);
}

/* The caller frees what is read, also after an error. */
static gf_status read_profiles(const char *path, gf_profile ***profiles, size_t *count,
                               gf_error *error) {
    gf_status status = check_host_file(path, error);
    if (status == GF_OK)
        status = gf_profiles_read(path, profiles, count, error);
    return status == GF_OK ? gf_profiles_check_versions(*profiles, *count, error) : status;
}

gf_status gf_host_model_check(const char *host_model, gf_error *error) {
    GF_ENTER(error);
    gf_profile **profiles = NULL;
    size_t count = 0, natives = 0;
    gf_status status = read_profiles(host_model, &profiles, &count, error);
    for (size_t i = 0; i < count; i++) {
        natives += profiles[i]->device_class == GF_CLASS_NATIVE;
        gf_profile_destroy(profiles[i]);
    }
    free(profiles);
    if (status == GF_OK && natives == 0)
        status = no_native(host_model, error);
    return status == GF_OK
               ? GF_OK
               : gf_error_set_parameter(error, status, "host-model", ": %s", error->text);
}

static gf_status read_hosts(const char *path, const gf_params *params, gf_candidates **hosts,
                            gf_error *error) {
    gf_profile **profiles = NULL;
    size_t count = 0;
    *hosts = calloc(1, sizeof **hosts);
    if (*hosts == NULL)
        return gf_error_no_memory(error, "candidates", sizeof **hosts);
    gf_status status = read_profiles(path, &profiles, &count, error);
    status = take_hosts(profiles, count, params, status, *hosts, error);
    free(profiles);
    if (status == GF_OK && (*hosts)->count == 0)
        status = no_native(path, error);
    return status == GF_OK
               ? GF_OK
               : gf_error_set_parameter(error, status, "host-model", ": %s", error->text);
}

gf_status gf_bound_input_read(const gf_bound_options *options, const gf_params *params,
                              gf_bound_input *input, gf_error *error) {
    *input = (gf_bound_input){NULL, NULL, NULL};
    gf_status status = read_models(options, &input->models, error);
    if (status == GF_OK && options->host_model != NULL)
        status = read_hosts(options->host_model, params, &input->hosts, error);
    return status == GF_OK ? gf_tables_create(&input->tables, error) : status;
}

void gf_bound_input_clear(gf_bound_input *input) {
    gf_models_destroy(input->models);
    gf_tables_destroy(input->tables);
    gf_candidates_destroy(input->hosts);
    *input = (gf_bound_input){NULL, NULL, NULL};
}

/* A file of profiles is read in full later: here it only has to be one. */
static gf_status check_profiles(const char *path, gf_error *error) {
    FILE *file = NULL;
    const gf_status status =
        gf_regular_file_open(path,
                             "give a model that `gpufare models` lists, or the "
                             "JSON report of a calibration",
                             &file, error);
    if (status == GF_OK)
        fclose(file);
    return status;
}

gf_status gf_device_model_check(const char *device_model, bool *has_models, bool *has_profiles,
                                gf_error *error) {
    GF_ENTER(error);
    gf_model_items items = {0};
    gf_models *models = NULL;
    gf_status status = gf_model_items_create(device_model, &items, error);
    *has_models = *has_profiles = false;
    for (size_t i = 0; status == GF_OK && i < items.count; i++) {
        *has_models = *has_models || items.items[i].is_sheet;
        *has_profiles = *has_profiles || !items.items[i].is_sheet;
        if (!items.items[i].is_sheet)
            status = check_profiles(items.items[i].text, error);
    }
    if (status == GF_OK)
        status = gf_models_of_items(&items, &models, error);
    gf_models_destroy(models);
    gf_model_items_clear(&items);
    return status == GF_OK
               ? GF_OK
               : gf_error_set_parameter(error, status, "device-model", ": %s", error->text);
}
