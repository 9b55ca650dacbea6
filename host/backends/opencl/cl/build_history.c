#include "backends/opencl/cl/build_history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/array.h"
#include "os/store.h"

#define SCHEMA    "gpufare.build/1"
#define KIND      "build"
#define PATH_SIZE 4096

/* A folder in which a driver keeps compiled programs. */
typedef struct driver_cache {
    const char *variable, *below_variable; /* where the user has put it */
    bool below_home;                       /* else below the user's folder of caches */
    const char *otherwise;
} driver_cache;

/* Writes the path, or "" if it is not known. */
static void find_cache(const driver_cache *cache, char *path, size_t size) {
    const char *set = getenv(cache->variable), *home = getenv("HOME");
    const char *caches = getenv("XDG_CACHE_HOME");
    path[0] = '\0';
    if (set != NULL)
        snprintf(path, size, "%s%s", set, cache->below_variable);
    else if (!cache->below_home && caches != NULL && caches[0] == '/')
        snprintf(path, size, "%s/%s", caches, cache->otherwise);
    else if (home != NULL)
        snprintf(path, size, "%s/%s%s", home, cache->below_home ? "" : ".cache/", cache->otherwise);
}

/* Hashes the folders in which drivers keep compiled programs: their paths and, because a folder
 * that was removed and made again is empty, their inodes. */
static uint64_t hash_driver_caches(uint64_t hash) {
    static const driver_cache caches[] = {
        {"POCL_CACHE_DIR", "", false, "pocl/kcache"},
        {"CUDA_CACHE_PATH", "", true, ".nv/ComputeCache"},
        {"NEO_CACHE_DIR", "", false, "neo_compiler_cache"},
        {"MESA_SHADER_CACHE_DIR", "/mesa_shader_cache", false, "mesa_shader_cache"},
        {"MESA_SHADER_CACHE_DIR", "/mesa_shader_cache_db", false, "mesa_shader_cache_db"}};
    for (size_t i = 0; i < GF_COUNT_OF(caches); i++) {
        char path[PATH_SIZE];
        struct stat status;
        find_cache(&caches[i], path, sizeof path);
        const uint64_t inode = stat(path, &status) == 0 ? (uint64_t)status.st_ino : 0;
        hash = gf_hash_text(hash, path);
        hash = gf_hash_bytes(hash, &inode, sizeof inode);
    }
    return hash;
}

static uint64_t hash_of(const gf_build_id *id) {
    uint64_t hash = gf_hash_bytes(GF_HASH_START, &id->source_hash, sizeof id->source_hash);
    hash = gf_hash_text(hash, id->device);
    hash = gf_hash_text(hash, id->driver);
    hash = gf_hash_text(hash, id->options);
    return hash_driver_caches(hash);
}

static json_t *make_stamp(const gf_build_id *id, json_int_t first_ns) {
    char source[24];
    snprintf(source, sizeof source, "%016" PRIx64, id->source_hash);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "schema", SCHEMA, "device", id->device,
                     "driver", id->driver, "options", id->options, "source", source,
                     "first_build_ns", first_ns);
}

/* False when there is no stamp, or when it belongs to another build with the same hash. */
static bool read_stamp(uint64_t hash, const gf_build_id *id, uint64_t *cold_ns) {
    json_t *stamp = gf_store_read(KIND, hash);
    const json_int_t first_ns = json_integer_value(json_object_get(stamp, "first_build_ns"));
    json_t *expected = make_stamp(id, first_ns);
    const bool good = first_ns >= 0 && json_equal(stamp, expected);
    json_decref(stamp);
    json_decref(expected);
    if (good)
        *cold_ns = (uint64_t)first_ns;
    return good;
}

static bool write_stamp(uint64_t hash, const gf_build_id *id, uint64_t build_ns) {
    json_t *stamp = make_stamp(id, build_ns > INT64_MAX ? INT64_MAX : (json_int_t)build_ns);
    const bool good = stamp != NULL && gf_store_write(KIND, hash, stamp);
    json_decref(stamp);
    return good;
}

void gf_build_history_update(const gf_build_id *id, uint64_t build_ns, gf_build_history *history) {
    const uint64_t hash = hash_of(id);
    uint64_t noted_ns = 0;
    const bool known = read_stamp(hash, id, &noted_ns);
    *history = (gf_build_history){.state = GF_BUILD_UNKNOWN};
    if (known && noted_ns >= build_ns)
        *history = (gf_build_history){.state = GF_BUILD_WARM, .cold_ns = noted_ns};
    else if (write_stamp(hash, id, build_ns))
        *history =
            (gf_build_history){.state = known ? GF_BUILD_WARM : GF_BUILD_COLD, .cold_ns = build_ns};
}
