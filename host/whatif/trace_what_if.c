#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "calibrate/profile_file.h"
#include "calibrate/profile_store.h"
#include "model/model_list.h"
#include "trace/trace.h"
#include "whatif/model_device.h"
#include "whatif/profile_device.h"

/* ---- Devices that are asked for ---------------------------------------- */

static gf_status add(gf_trace *trace, const gf_other_device *device, gf_error *error) {
    const gf_status status =
        gf_array_grow(&trace->others, trace->other_count, sizeof *trace->others, error);
    if (status == GF_OK)
        trace->others[trace->other_count++] = *device;
    return status;
}

/* A native device runs no program that uses OpenCL. */
static gf_status add_profile(gf_trace *trace, const gf_profile *profile, gf_error *error) {
    gf_other_device device;
    if (profile->device_class == GF_CLASS_NATIVE)
        return GF_OK;
    gf_other_device_of_profile(profile, &device);
    return add(trace, &device, error);
}

static gf_status add_file(gf_trace *trace, const char *path, gf_error *error) {
    gf_profile **profiles = NULL;
    size_t count = 0;
    gf_status status = gf_profiles_read(path, &profiles, &count, error);
    for (size_t i = 0; i < count; i++) {
        if (status == GF_OK)
            status = add_profile(trace, profiles[i], error);
        gf_profile_destroy(profiles[i]);
    }
    free(profiles);
    return status;
}

static gf_status add_models(gf_trace *trace, const gf_model_items *items, gf_error *error) {
    gf_models *models = NULL;
    gf_tables *tables = NULL;
    gf_status status = gf_models_of_items(items, &models, error);
    if (status == GF_OK)
        status = gf_tables_create(&tables, error);
    for (size_t i = 0; status == GF_OK && i < models->count; i++) {
        gf_other_device device;
        gf_other_device_of_model(tables, models->items[i], &device);
        status = add(trace, &device, error);
    }
    gf_tables_destroy(tables);
    gf_models_destroy(models);
    return status;
}

static gf_status add_list(gf_trace *trace, const char *list, gf_error *error) {
    gf_model_items items;
    gf_status status = gf_model_items_create(list, &items, error);
    if (status != GF_OK)
        return status;
    status = add_models(trace, &items, error);
    for (size_t i = 0; status == GF_OK && i < items.count; i++) {
        if (!items.items[i].is_sheet)
            status = add_file(trace, items.items[i].text, error);
    }
    gf_model_items_clear(&items);
    return status;
}

/* ---- What is stored ---------------------------------------------------- */

static void note_profile(gf_trace *trace, const gf_profile *profile) {
    for (size_t i = 0; i < trace->device_count; i++) {
        gf_traced_device *device = &trace->devices[i];
        if (strcmp(device->name, profile->device_name) != 0 ||
            strcmp(device->driver, profile->driver) != 0)
            continue;
        gf_other_device_of_profile(profile, &device->profile);
        device->has_profile = true;
    }
}

static gf_status add_stored(gf_trace *trace, bool asked, gf_error *error) {
    gf_stored_profiles stored;
    gf_status status = gf_stored_profiles_read(&stored, error);
    for (size_t i = 0; i < stored.count && status == GF_OK; i++) {
        note_profile(trace, stored.items[i]);
        if (asked)
            status = add_profile(trace, stored.items[i], error);
    }
    gf_stored_profiles_clear(&stored);
    if (status == GF_OK && asked && trace->other_count == 0)
        return gf_error_set(error, GF_NO_DEVICE,
                            "no OpenCL device of this machine was calibrated; run gpufare "
                            "calibrate first");
    return status;
}

static gf_status add_others(gf_trace *trace, const char *device_model, bool calibrated,
                            gf_error *error) {
    const gf_status status = device_model == NULL ? GF_OK : add_list(trace, device_model, error);
    return status == GF_OK ? add_stored(trace, calibrated, error) : status;
}

gf_status gf_trace_what_if(gf_trace *trace, const char *device_model, bool calibrated,
                           gf_error *error) {
    GF_ENTER(error);
    gf_trace none = {.other_count = 0};
    if (trace != NULL)
        return add_others(trace, device_model, calibrated, error);
    const gf_status status = add_others(&none, device_model, calibrated, error);
    free(none.others);
    return status;
}
