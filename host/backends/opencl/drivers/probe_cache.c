#include "backends/opencl/drivers/probe_cache.h"
#include "backends/opencl/drivers/probe_result.h"
#include "base/array.h"
#include "base/stream.h"
#include "os/environment/steering.h"
#include "os/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define SCHEMA       "gpufare.probe-cache/1"
#define GOOD_SECONDS 86400
/* Short, because its remedy may be something that is not in the key, such as a device node. */
#define PROBLEM_SECONDS 600
#define KIND            "probe"

/* ---- The key ----------------------------------------------------------- */

/* Variables that say where drivers are don't count: the key has the drivers' paths. */
static bool is_steering(const char *entry) {
    return strncmp(entry, "OCL_ICD_VENDORS=", 16) != 0 &&
           strncmp(entry, "OPENCL_VENDOR_PATH=", 19) != 0 && gf_steers_drivers(entry);
}

static int compare_texts(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void write_environment(FILE *key) {
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **sorted = malloc((count + 1) * sizeof *sorted);
    if (sorted == NULL)
        return;
    memcpy(sorted, environ, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_texts);
    for (size_t i = 0; i < count; i++)
        if (is_steering(sorted[i]))
            fprintf(key, "env %s\n", sorted[i]);
    free(sorted);
}

static void write_groups(FILE *key) {
    gid_t groups[256];
    const int count = getgroups((int)(GF_COUNT_OF(groups)), groups);
    fprintf(key, "user %lu", (unsigned long)geteuid());
    for (int i = 0; i < count; i++)
        fprintf(key, " %lu", (unsigned long)groups[i]);
    fputc('\n', key);
}

static void write_stamp(FILE *key, const char *path) {
    struct stat status;
    if (stat(path, &status) != 0)
        fprintf(key, "file %s absent\n", path);
    else
        fprintf(key, "file %s %jd %jd.%09ld\n", path, (intmax_t)status.st_size,
                (intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

char *gf_probe_cache_key(const gf_icd_driver *drivers, size_t count) {
    char *text = NULL, boot[64];
    size_t length = 0;
    FILE *key = open_memstream(&text, &length);
    if (key == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        fprintf(key, "driver %s\n", drivers[i].library);
        write_stamp(key, drivers[i].path);
    }
    fprintf(key, "gpufare %s\n", gf_version());
    write_stamp(key, "/etc/ld.so.cache");
    gf_read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    fprintf(key, "%s\n", boot);
    write_groups(key);
    write_environment(key);
    const bool written = ferror(key) == 0;
    if (fclose(key) == 0 && written)
        return text;
    free(text);
    return NULL;
}

/* Hashes the drivers, which are the first lines of the key, without their files' stamps, so that a
 * result for a changed driver replaces the old result's file. */
static uint64_t hash_drivers(const char *key) {
    uint64_t value = GF_HASH_START;
    while (strncmp(key, "gpufare ", 8) != 0 && *key != '\0') {
        const size_t length = strcspn(key, "\n");
        const bool is_file = strncmp(key, "file ", 5) == 0;
        const size_t named = is_file ? 5 + strcspn(key + 5, " \n") : length;
        value = gf_hash_bytes(value, key, named);
        key += length + (key[length] == '\n');
    }
    return value;
}

/* ---- Loading ----------------------------------------------------------- */

static json_t *describe_library(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0)
        return NULL;
    return json_pack("{s:s, s:I, s:I, s:I}", "path", path, "bytes", (json_int_t)status.st_size,
                     "mtime_s", (json_int_t)status.st_mtim.tv_sec, "mtime_ns",
                     (json_int_t)status.st_mtim.tv_nsec);
}

static bool is_unchanged(const json_t *library) {
    json_t *now = describe_library(gf_probe_text(library, "path"));
    const bool same = now != NULL && json_equal(now, library);
    json_decref(now);
    return same;
}

static bool is_valid(const json_t *saved, const char *key) {
    const char *problem = json_string_value(json_object_get(saved, "problem"));
    const json_t *libraries = json_object_get(saved, "libraries");
    if (problem == NULL || !json_is_array(libraries) ||
        strcmp(gf_probe_text(saved, "schema"), SCHEMA) != 0 ||
        strcmp(gf_probe_text(saved, "key"), key) != 0)
        return false;
    const json_int_t now = time(NULL), at = json_integer_value(json_object_get(saved, "saved"));
    if (at > now || at < now - (problem[0] == '\0' ? GOOD_SECONDS : PROBLEM_SECONDS))
        return false;
    size_t i;
    const json_t *library;
    json_array_foreach(libraries, i, library) {
        if (!is_unchanged(library))
            return false;
    }
    return true;
}

bool gf_probe_cache_load(const char *key, char complaint[GF_PROBE_PROBLEM]) {
    json_t *saved = gf_store_read(KIND, hash_drivers(key));
    const bool known = saved != NULL && is_valid(saved, key);
    if (known)
        snprintf(complaint, GF_PROBE_PROBLEM, "%s", gf_probe_text(saved, "problem"));
    json_decref(saved);
    return known;
}

/* ---- Storing ----------------------------------------------------------- */

static json_t *make_document(const char *key, const char *const *libraries, size_t library_count,
                             const char *complaint) {
    json_t *described = json_array();
    for (size_t i = 0; i < library_count; i++) {
        if (json_array_append_new(described, describe_library(libraries[i])) != 0) {
            json_decref(described); /* a library is gone: nothing to save */
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:I, s:s, s:o}", "schema", SCHEMA, "key", key, "saved",
                     (json_int_t)time(NULL), "problem", complaint, "libraries", described);
}

void gf_probe_cache_store(const char *key, const char *const *libraries, size_t library_count,
                          const char *complaint) {
    json_t *saved = make_document(key, libraries, library_count, complaint);
    if (saved != NULL)
        (void)gf_store_write(KIND, hash_drivers(key), saved); /* else it is probed again */
    json_decref(saved);
}

void gf_probe_cache_invalidate(const char *key) {
    gf_store_remove(KIND, hash_drivers(key));
}
