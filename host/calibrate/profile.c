/* Profiles in memory, and what is kept of them between runs. */
#include "calibrate/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "calibrate/profile_json.h"
#include "os/machine.h"
#include "os/store.h"

#define KIND "profile"

const char *gf_memory_kind_name(gf_memory_kind kind) {
    static const char *const names[GF_MEMORY_KINDS] = {"pageable", "pinned", "mapped"};
    return names[kind];
}

const char *gf_direction_name(gf_direction direction) {
    return direction == GF_UP ? "up" : "down";
}

/* ---- Making ------------------------------------------------------------ */

/* Copies a text of the key as it will come back from JSON, which is UTF-8 and has no place for
 * other bytes. false: no memory. */
static bool copy_text(char *to, size_t size, const char *from) {
    snprintf(to, size, "%s", from);
    json_t *text = gf_json_text(to);
    if (text != NULL)
        snprintf(to, size, "%s", json_string_value(text));
    json_decref(text);
    return text != NULL;
}

static bool describe_machine(gf_profile *profile) {
    gf_machine machine;
    gf_machine_examine(&machine);
    char text[sizeof profile->machine];
    snprintf(text, sizeof text, "%s, %u cores, %u threads, %.100s",
             machine.cpu[0] == '\0' ? "unknown processor" : machine.cpu, machine.cores,
             machine.threads, machine.os);
    return copy_text(profile->machine, sizeof profile->machine, text);
}

static bool describe_device(gf_profile *profile, const gf_device_info *device) {
    return copy_text(profile->device_id, sizeof profile->device_id, device->id) &&
           copy_text(profile->device_name, sizeof profile->device_name, device->name) &&
           copy_text(profile->kind, sizeof profile->kind, device->kind) &&
           copy_text(profile->platform, sizeof profile->platform, device->platform) &&
           copy_text(profile->driver, sizeof profile->driver, device->driver) &&
           copy_text(profile->simd, sizeof profile->simd, device->simd) &&
           copy_text(profile->version, sizeof profile->version, gf_version());
}

gf_status gf_profile_create(const gf_device_info *device, uint32_t threads, gf_profile **profile,
                            gf_error *error) {
    gf_profile *made = calloc(1, sizeof *made);
    if (made == NULL || !describe_machine(made) || !describe_device(made, device)) {
        gf_profile_destroy(made);
        return gf_error_no_memory(error, "a profile", sizeof *made);
    }
    made->device_class = device->device_class;
    made->global_memory_bytes = device->global_memory_bytes;
    made->max_alloc_bytes = device->max_alloc_bytes;
    made->f64 = device->f64;
    if (device->device_class == GF_CLASS_NATIVE)
        made->threads = threads != 0 ? threads : device->compute_units;
    *profile = made;
    return GF_OK;
}

void gf_profile_destroy(gf_profile *profile) {
    if (profile == NULL)
        return;
    free(profile->cases);
    free(profile);
}

static bool same_case(const gf_case *a, const gf_case *b) {
    return strcmp(a->workload, b->workload) == 0 && strcmp(a->variant, b->variant) == 0 &&
           strcmp(a->values, b->values) == 0 && a->precision == b->precision && a->math == b->math;
}

gf_status gf_profile_add(gf_profile *profile, const gf_case *point, gf_error *error) {
    for (size_t i = 0; i < profile->case_count; i++) {
        if (same_case(&profile->cases[i], point)) {
            profile->cases[i] = *point;
            return GF_OK;
        }
    }
    const size_t bytes = (profile->case_count + 1) * sizeof *point;
    gf_case *points = realloc(profile->cases, bytes);
    if (points == NULL)
        return gf_error_no_memory(error, "a profile's points", bytes);
    points[profile->case_count++] = *point;
    profile->cases = points;
    return GF_OK;
}

/* ---- Keeping ----------------------------------------------------------- */

/* Another driver or version finds the same file, so that it can be told stale. */
static uint64_t name_of(const gf_profile *profile) {
    uint64_t hash = gf_hash_text(GF_HASH_START, profile->machine);
    hash = gf_hash_text(hash, profile->device_id);
    hash = gf_hash_text(hash, profile->device_name);
    hash = gf_hash_text(hash, profile->platform);
    hash = gf_hash_text(hash, profile->simd);
    return gf_hash_bytes(hash, &profile->threads, sizeof profile->threads);
}

static bool differs(const char *kept, const char *here, const char *what, char *why, size_t size) {
    if (strcmp(kept, here) == 0)
        return false;
    snprintf(why, size, "it is of %s '%.120s', and this is '%.120s'", what, kept, here);
    return true;
}

static bool is_foreign(const gf_profile *kept, const gf_profile *here, char *why, size_t size) {
    if (differs(kept->machine, here->machine, "the machine", why, size) ||
        differs(kept->device_id, here->device_id, "the device", why, size) ||
        differs(kept->device_name, here->device_name, "the device", why, size) ||
        differs(kept->kind, here->kind, "a device of kind", why, size) ||
        differs(kept->platform, here->platform, "the platform", why, size) ||
        differs(kept->simd, here->simd, "a device with SIMD level", why, size))
        return true;
    if (kept->threads == here->threads)
        return false;
    snprintf(why, size, "it is of %u threads, and there are %u", kept->threads, here->threads);
    return true;
}

bool gf_profile_same_device(const gf_profile *a, const gf_profile *b) {
    return strcmp(a->machine, b->machine) == 0 && strcmp(a->device_id, b->device_id) == 0 &&
           strcmp(a->device_name, b->device_name) == 0 && strcmp(a->platform, b->platform) == 0 &&
           a->threads == b->threads;
}

static gf_profile_state judge(const gf_profile *kept, const gf_profile *here, char *why,
                              size_t size) {
    if (is_foreign(kept, here, why, size))
        return GF_PROFILE_FOREIGN;
    if (differs(kept->driver, here->driver, "the driver", why, size) ||
        differs(kept->version, here->version, "gpufare", why, size))
        return GF_PROFILE_STALE;
    return GF_PROFILE_LOADED;
}

/* What was measured; the key stays. */
static void take_over(gf_profile *profile, gf_profile *kept) {
    free(profile->cases);
    profile->cases = kept->cases;
    profile->case_count = kept->case_count;
    kept->cases = NULL;
    kept->case_count = 0;
    memcpy(profile->measured_at, kept->measured_at, sizeof profile->measured_at);
    memcpy(profile->transfers, kept->transfers, sizeof profile->transfers);
    profile->took_s = kept->took_s;
    profile->used = kept->used;
    profile->first_touch = kept->first_touch;
    profile->ceilings = kept->ceilings;
}

static gf_profile_state recall(gf_profile *profile, char *why, size_t size) {
    const uint64_t name = name_of(profile);
    json_t *json = gf_store_read(KIND, name);
    if (json == NULL) {
        if (!gf_store_has(KIND, name))
            return GF_PROFILE_NONE;
        snprintf(why, size, "it is no whole JSON document, or another user's");
        return GF_PROFILE_DAMAGED;
    }
    gf_profile *kept = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_profile_state state = GF_PROFILE_DAMAGED;
    if (gf_profile_from_json(json, &kept, &error) == GF_OK)
        state = judge(kept, profile, why, size);
    else
        snprintf(why, size, "%s", error.text);
    if (state == GF_PROFILE_LOADED)
        take_over(profile, kept);
    gf_error_clear(&error);
    gf_profile_destroy(kept);
    json_decref(json);
    return state;
}

gf_profile_state gf_profile_load(gf_profile *profile, char *why, size_t size) {
    static const char *const words[] = {[GF_PROFILE_DAMAGED] = "damaged",
                                        [GF_PROFILE_FOREIGN] = "foreign",
                                        [GF_PROFILE_STALE] = "stale"};
    char reason[GF_ERROR_TEXT] = "";
    const gf_profile_state state = recall(profile, reason, sizeof reason);
    if (why == NULL || size == 0)
        return state;
    why[0] = '\0';
    char path[GF_STORE_PATH_SIZE];
    if (state != GF_PROFILE_NONE && state != GF_PROFILE_LOADED &&
        gf_store_path(KIND, name_of(profile), path, sizeof path))
        snprintf(why, size, "the profile kept for %s is %s: %s (in %s)", profile->device_id,
                 words[state], reason, path);
    return state;
}

bool gf_profile_save(const gf_profile *profile) {
    json_t *json = gf_profile_to_json(profile);
    const bool kept = json != NULL && gf_store_write(KIND, name_of(profile), json);
    json_decref(json);
    return kept;
}
