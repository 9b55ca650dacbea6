#include "build_history.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA    "gpufare.build/1"
#define PATH_SIZE 4096
#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t gf_hash_bytes(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * FNV_PRIME;
    return hash;
}

/* Includes the closing zero, so that "ab","c" and "a","bc" differ. */
static uint64_t hash_text(uint64_t hash, const char *text) {
    return gf_hash_bytes(hash, text, strlen(text) + 1);
}

static bool fits(int written, size_t size) {
    return written > 0 && (size_t)written < size;
}

/* Where stamps lie; relative values of XDG_CACHE_HOME are to be ignored, says its specification. */
static bool cache_folder(char *path, size_t size) {
    const char *cache = getenv("XDG_CACHE_HOME");
    if (cache != NULL && cache[0] == '/')
        return fits(snprintf(path, size, "%s/gpufare", cache), size);
    const char *home = getenv("HOME");
    if (home == NULL || home[0] != '/')
        return false;
    return fits(snprintf(path, size, "%s/.cache/gpufare", home), size);
}

/* Makes the folder and those above it. */
static bool make_folder(const char *path) {
    char part[PATH_SIZE];
    if (!fits(snprintf(part, sizeof part, "%s", path), sizeof part))
        return false;
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(part, 0700) == 0 || errno == EEXIST;
}

/* The folders in which drivers keep what they compiled: where they are and, since one that was
 * removed and made anew holds nothing, which inode they have. */
static uint64_t hash_driver_caches(uint64_t hash) {
    static const struct {
        const char *variable, *below_home;
    } caches[] = {{"POCL_CACHE_DIR", ".cache/pocl/kcache"},
                  {"CUDA_CACHE_PATH", ".nv/ComputeCache"}};
    for (size_t i = 0; i < sizeof caches / sizeof caches[0]; i++) {
        const char *set = getenv(caches[i].variable), *home = getenv("HOME");
        char path[PATH_SIZE] = "";
        if (set != NULL)
            snprintf(path, sizeof path, "%s", set);
        else if (home != NULL)
            snprintf(path, sizeof path, "%s/%s", home, caches[i].below_home);
        struct stat facts;
        const uint64_t inode = stat(path, &facts) == 0 ? (uint64_t)facts.st_ino : 0;
        hash = hash_text(hash, path);
        hash = gf_hash_bytes(hash, &inode, sizeof inode);
    }
    return hash;
}

static bool stamp_path(const gf_build_id *id, const char *folder, char *path, size_t size) {
    uint64_t hash = gf_hash_bytes(GF_HASH_START, &id->source_hash, sizeof id->source_hash);
    hash = hash_text(hash, id->device);
    hash = hash_text(hash, id->driver);
    hash = hash_text(hash, id->options);
    hash = hash_driver_caches(hash);
    return fits(snprintf(path, size, "%s/build-%016" PRIx64 ".json", folder, hash), size);
}

static void source_text(const gf_build_id *id, char *text, size_t size) {
    snprintf(text, size, "%016" PRIx64, id->source_hash);
}

/* True when the stamp is about this build and no other that has the same hash. */
static bool is_about(const json_t *stamp, const gf_build_id *id) {
    const char *schema = NULL, *device = NULL, *driver = NULL, *options = NULL, *source = NULL;
    char expected_source[24];
    source_text(id, expected_source, sizeof expected_source);
    if (json_unpack((json_t *)stamp, "{s:s, s:s, s:s, s:s, s:s}", "schema", &schema, "device",
                    &device, "driver", &driver, "options", &options, "source", &source) != 0)
        return false;
    return strcmp(schema, SCHEMA) == 0 && strcmp(device, id->device) == 0 &&
           strcmp(driver, id->driver) == 0 && strcmp(options, id->options) == 0 &&
           strcmp(source, expected_source) == 0;
}

static bool read_stamp(const char *path, const gf_build_id *id, uint64_t *cold_ns) {
    json_t *stamp = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    if (stamp == NULL)
        return false;
    json_int_t first_ns = -1;
    const bool good = is_about(stamp, id) &&
                      json_unpack(stamp, "{s:I}", "first_build_ns", &first_ns) == 0 &&
                      first_ns >= 0;
    json_decref(stamp);
    if (good)
        *cold_ns = (uint64_t)first_ns;
    return good;
}

static char *stamp_text(const gf_build_id *id, uint64_t build_ns) {
    char source[24];
    source_text(id, source, sizeof source);
    const json_int_t first_ns = build_ns > INT64_MAX ? INT64_MAX : (json_int_t)build_ns;
    json_t *stamp = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "schema", SCHEMA, "device",
                              id->device, "driver", id->driver, "options", id->options, "source",
                              source, "first_build_ns", first_ns);
    if (stamp == NULL)
        return NULL;
    char *text = json_dumps(stamp, JSON_INDENT(1));
    json_decref(stamp);
    return text;
}

static bool write_all(int file, const char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        const ssize_t written = write(file, text, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        left -= (size_t)written;
    }
    return true;
}

/* Complete or not at all: several processes may write the same stamp. After a failure the next run
 * finds nothing and tries again. */
static bool write_stamp(const char *path, const gf_build_id *id, uint64_t build_ns) {
    char temporary[PATH_SIZE];
    if (!fits(snprintf(temporary, sizeof temporary, "%s.XXXXXX", path), sizeof temporary))
        return false;
    char *text = stamp_text(id, build_ns);
    if (text == NULL)
        return false;
    const int file = mkstemp(temporary);
    bool good = false;
    if (file >= 0) {
        good = write_all(file, text);
        good = close(file) == 0 && good;
        good = good && rename(temporary, path) == 0;
        if (!good)
            unlink(temporary);
    }
    free(text);
    return good;
}

void gf_build_history_update(const gf_build_id *id, uint64_t build_ns, gf_build_history *history) {
    *history = (gf_build_history){GF_BUILD_UNKNOWN, 0};
    char folder[PATH_SIZE - 64], path[PATH_SIZE - 16];
    if (!cache_folder(folder, sizeof folder) || !stamp_path(id, folder, path, sizeof path))
        return;
    uint64_t noted_ns = 0;
    const bool known = read_stamp(path, id, &noted_ns);
    if (known && noted_ns >= build_ns) {
        *history = (gf_build_history){GF_BUILD_WARM, noted_ns};
        return;
    }
    if (make_folder(folder) && write_stamp(path, id, build_ns))
        *history = (gf_build_history){known ? GF_BUILD_WARM : GF_BUILD_COLD, build_ns};
}
