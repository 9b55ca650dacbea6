#include "backends/opencl/drivers/driver_failure.h"
#include "backends/opencl/drivers/probe_result.h"
#include "base/json.h"
#include "os/store.h"

#include <string.h>
#include <sys/stat.h>

#define SCHEMA   "gpufare.driver-failure/1"
#define KIND     "failure"
#define MOST_AGE ((time_t)30 * 86400)

static uint64_t hash_of(const gf_icd_driver *driver) {
    return gf_hash_text(gf_hash_text(GF_HASH_START, driver->path), driver->library);
}

void gf_driver_failure_save(const gf_icd_driver *driver, const char *reason) {
    bool bad = false;
    json_t *saved = json_object();
    gf_json_put_text(saved, "schema", SCHEMA, &bad);
    gf_json_put_text(saved, "file", driver->path, &bad);
    gf_json_put_text(saved, "library", driver->library, &bad);
    gf_json_put_count(saved, "when", (uint64_t)time(NULL), &bad);
    gf_json_put_text(saved, "reason", reason, &bad); /* in the driver's words, so not all UTF-8 */
    if (!bad)
        (void)gf_store_write(KIND, hash_of(driver), saved); /* else the doctor does not know it */
    json_decref(saved);
}

static bool is_of(const json_t *saved, const gf_icd_driver *driver) {
    return strcmp(gf_probe_text(saved, "schema"), SCHEMA) == 0 &&
           strcmp(gf_probe_text(saved, "file"), driver->path) == 0 &&
           strcmp(gf_probe_text(saved, "library"), driver->library) == 0;
}

/* By the time at which it came here: its own time is that of its making. */
static bool came_after(const char *library, time_t when) {
    struct stat status;
    return library[0] != '\0' && stat(library, &status) == 0 && status.st_ctim.tv_sec > when;
}

bool gf_driver_failure_load(const gf_icd_driver *driver, const char *library,
                            gf_driver_failure *failure) {
    json_t *saved = gf_store_read(KIND, hash_of(driver));
    const time_t when = (time_t)json_integer_value(json_object_get(saved, "when"));
    const time_t now = time(NULL);
    *failure = (gf_driver_failure){0};
    if (saved != NULL && is_of(saved, driver) && when > 0 && when <= now &&
        now - when <= MOST_AGE && !came_after(library, when)) {
        failure->when = when;
        snprintf(failure->reason, sizeof failure->reason, "%s", gf_probe_text(saved, "reason"));
    }
    json_decref(saved);
    return failure->reason[0] != '\0';
}
