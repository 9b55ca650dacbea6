#include "calibrate/profile_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "calibrate/profile_json.h"
#include "os/store.h"

#define KIND "profile"

/* Driver and version do not count, so that their profile is found and reported as stale. */
static uint64_t key_of(const gf_profile *profile) {
    uint64_t hash = gf_hash_text(GF_HASH_START, profile->machine);
    hash = gf_hash_text(hash, profile->device_id);
    hash = gf_hash_text(hash, profile->device_name);
    hash = gf_hash_text(hash, profile->platform);
    hash = gf_hash_text(hash, profile->simd);
    return gf_hash_bytes(hash, &profile->threads, sizeof profile->threads);
}

static bool differs(const char *stored, const char *present, const char *what, char *why,
                    size_t size) {
    if (strcmp(stored, present) == 0)
        return false;
    snprintf(why, size, "it is of %s '%.120s', and this is '%.120s'", what, stored, present);
    return true;
}

static bool is_foreign(const gf_profile *stored, const gf_profile *present, char *why,
                       size_t size) {
    if (differs(stored->machine, present->machine, "the machine", why, size) ||
        differs(stored->device_id, present->device_id, "the device", why, size) ||
        differs(stored->device_name, present->device_name, "the device", why, size) ||
        differs(stored->kind, present->kind, "a device of kind", why, size) ||
        differs(stored->platform, present->platform, "the platform", why, size) ||
        differs(stored->simd, present->simd, "a device with SIMD level", why, size))
        return true;
    if (stored->threads == present->threads)
        return false;
    snprintf(why, size, "it is of %u threads, and there are %u", stored->threads, present->threads);
    return true;
}

static gf_profile_state compare_keys(const gf_profile *stored, const gf_profile *present, char *why,
                                     size_t size) {
    if (is_foreign(stored, present, why, size))
        return GF_PROFILE_FOREIGN;
    if (differs(stored->driver, present->driver, "the driver", why, size) ||
        differs(stored->version, present->version, "gpufare", why, size))
        return GF_PROFILE_STALE;
    return GF_PROFILE_LOADED;
}

/* Moves what was measured; the key stays as it is. */
static void take_measurements(gf_profile *profile, gf_profile *stored) {
    free(profile->cases);
    free(profile->refused);
    profile->cases = stored->cases;
    profile->case_count = stored->case_count;
    profile->refused = stored->refused;
    profile->refused_count = stored->refused_count;
    stored->cases = stored->refused = NULL;
    stored->case_count = stored->refused_count = 0;
    memcpy(profile->measured_at, stored->measured_at, sizeof profile->measured_at);
    memcpy(profile->transfers, stored->transfers, sizeof profile->transfers);
    profile->took_s = stored->took_s;
    profile->used = stored->used;
    profile->first_touch = stored->first_touch;
    profile->first_touch_large = stored->first_touch_large;
    profile->ceilings = stored->ceilings;
    profile->disturbed = stored->disturbed;
    profile->missing = stored->missing;
}

static gf_profile_state load_stored(gf_profile *profile, char *why, size_t size) {
    const uint64_t key = key_of(profile);
    json_t *json = gf_store_read(KIND, key);
    if (json == NULL) {
        if (!gf_store_has(KIND, key))
            return GF_PROFILE_NONE;
        snprintf(why, size, "it is not a complete JSON document, or belongs to another user");
        return GF_PROFILE_DAMAGED;
    }
    gf_profile *stored = NULL;
    gf_error error = GF_ERROR_INIT;
    gf_profile_state state = GF_PROFILE_DAMAGED;
    if (gf_profile_from_json(json, &stored, &error) == GF_OK)
        state = compare_keys(stored, profile, why, size);
    else
        snprintf(why, size, "%s", error.text);
    if (state == GF_PROFILE_LOADED)
        take_measurements(profile, stored);
    gf_error_clear(&error);
    gf_profile_destroy(stored);
    json_decref(json);
    return state;
}

gf_profile_state gf_profile_load(gf_profile *profile, char *why, size_t size) {
    static const char *const words[] = {[GF_PROFILE_DAMAGED] = "damaged",
                                        [GF_PROFILE_FOREIGN] = "foreign",
                                        [GF_PROFILE_STALE] = "stale"};
    char reason[GF_ERROR_TEXT] = "";
    const gf_profile_state state = load_stored(profile, reason, sizeof reason);
    if (why == NULL || size == 0)
        return state;
    why[0] = '\0';
    char path[GF_STORE_PATH_SIZE];
    if (state != GF_PROFILE_NONE && state != GF_PROFILE_LOADED &&
        gf_store_path(KIND, key_of(profile), path, sizeof path))
        snprintf(why, size, "the stored profile of %s is %s: %s (in %s)", profile->device_id,
                 words[state], reason, path);
    return state;
}

bool gf_profile_save(const gf_profile *profile) {
    json_t *json = gf_profile_to_json(profile);
    const bool saved = json != NULL && gf_store_write(KIND, key_of(profile), json);
    json_decref(json);
    return saved;
}

/* ---- All of them ------------------------------------------------------- */

typedef struct gathering {
    gf_stored_profiles *profiles;
    const gf_profile *here; /* has the key of this machine */
    gf_error *error;
    gf_status status;
} gathering;

/* What is damaged, or of another machine or version, is passed over. */
static bool gather(uint64_t hash, void *context) {
    gathering *in = context;
    gf_profile *profile = NULL;
    gf_error unused = GF_ERROR_INIT;
    json_t *json = gf_store_read(KIND, hash);
    const bool right = json != NULL && gf_profile_from_json(json, &profile, &unused) == GF_OK &&
                       strcmp(profile->machine, in->here->machine) == 0 &&
                       strcmp(profile->version, in->here->version) == 0;
    json_decref(json);
    gf_error_clear(&unused);
    if (right)
        in->status = gf_array_grow(&in->profiles->items, in->profiles->count, sizeof(gf_profile *),
                                   in->error);
    if (right && in->status == GF_OK)
        in->profiles->items[in->profiles->count++] = profile;
    else
        gf_profile_destroy(profile);
    return in->status == GF_OK;
}

gf_status gf_stored_profiles_read(gf_stored_profiles *profiles, gf_error *error) {
    static const gf_device_info none = {0};
    gf_profile *here = NULL;
    *profiles = (gf_stored_profiles){NULL, 0};
    const gf_status status = gf_profile_create(&none, 0, &here, error);
    if (status != GF_OK)
        return status;
    gathering in = {profiles, here, error, GF_OK};
    gf_store_visit(KIND, gather, &in);
    gf_profile_destroy(here);
    return in.status;
}

void gf_stored_profiles_clear(gf_stored_profiles *profiles) {
    for (size_t i = 0; i < profiles->count; i++)
        gf_profile_destroy(profiles->items[i]);
    free(profiles->items);
    *profiles = (gf_stored_profiles){NULL, 0};
}
