#define _GNU_SOURCE 1 /* asprintf, secure_getenv */

#include "probe_cache.h"

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
#define PROBLEM_SECONDS                                                                            \
    600 /* its remedy may be something that no key shows, such as a device node */
#define FILE_LIMIT ((size_t)1 << 20)

/* ---- The key -------------------------------------------------------------------------------- */

/* What steers loaders and drivers. Where drivers are looked for is in the key as their paths. */
static bool is_steering(const char *entry) {
    static const char *const prefixes[] = {
        "OCL_",  "OPENCL_", "POCL_", "RUSTICL_", "LD_",  "MESA_", "LIBGL_", "CUDA_",  "NVIDIA_",
        "ROCR_", "HIP_",    "HSA_",  "GPU_",     "AMD_", "ZE_",   "NEO",    "ONEAPI_"};
    if (strncmp(entry, "OCL_ICD_VENDORS=", 16) == 0 ||
        strncmp(entry, "OPENCL_VENDOR_PATH=", 19) == 0)
        return false;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(entry, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
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
    const int count = getgroups((int)(sizeof groups / sizeof *groups), groups);
    fprintf(key, "user %lu", (unsigned long)geteuid());
    for (int i = 0; i < count; i++)
        fprintf(key, " %lu", (unsigned long)groups[i]);
    fputc('\n', key);
}

static void write_stamp(FILE *key, const char *path) {
    struct stat facts;
    if (stat(path, &facts) != 0)
        fprintf(key, "file %s absent\n", path);
    else
        fprintf(key, "file %s %jd %jd.%09ld\n", path, (intmax_t)facts.st_size,
                (intmax_t)facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
}

static void write_line_of(FILE *key, const char *path) {
    char line[256] = "";
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        if (fgets(line, sizeof line, file) == NULL)
            line[0] = '\0';
        fclose(file);
    }
    fprintf(key, "%s\n", line);
}

char *gf_probe_cache_key(const gf_icd_driver *drivers, size_t count) {
    char *text = NULL;
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
    write_line_of(key, "/proc/sys/kernel/random/boot_id");
    write_groups(key);
    write_environment(key);
    const bool written = ferror(key) == 0;
    if (fclose(key) == 0 && written)
        return text;
    free(text);
    return NULL;
}

/* ---- The file ------------------------------------------------------------------------------- */

static char *cache_directory(void) {
    const char *base = secure_getenv("XDG_CACHE_HOME");
    char *path = NULL;
    if (base != NULL && base[0] == '/')
        return asprintf(&path, "%s/gpufare", base) < 0 ? NULL : path;
    const char *home = secure_getenv("HOME");
    if (home == NULL || home[0] != '/')
        return NULL;
    return asprintf(&path, "%s/.cache/gpufare", home) < 0 ? NULL : path;
}

/* FNV-1a: the name need only differ from key to key; the file holds the key itself. */
static uint64_t hash(uint64_t value, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        value = (value ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return value;
}

/* Hashes the drivers, the first lines of the key, without their files' stamps. */
static uint64_t hash_drivers(const char *key) {
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    while (strncmp(key, "gpufare ", 8) != 0 && *key != '\0') {
        const size_t length = strcspn(key, "\n");
        const bool is_file = strncmp(key, "file ", 5) == 0;
        const size_t named = is_file ? 5 + strcspn(key + 5, " \n") : length;
        value = hash(value, key, named);
        key += length + (key[length] == '\n');
    }
    return value;
}

/* Named by the drivers alone: a new state of a driver replaces the old one's file. */
static char *file_of(const char *key) {
    char *directory = cache_directory();
    char *path = NULL;
    if (directory != NULL &&
        asprintf(&path, "%s/probe-%016" PRIx64 ".json", directory, hash_drivers(key)) < 0)
        path = NULL;
    free(directory);
    return path;
}

/* ---- Loading -------------------------------------------------------------------------------- */

static json_t *describe_library(const char *path) {
    struct stat facts;
    if (stat(path, &facts) != 0)
        return NULL;
    return json_pack("{s:s, s:I, s:I, s:I}", "path", path, "bytes", (json_int_t)facts.st_size,
                     "mtime_s", (json_int_t)facts.st_mtim.tv_sec, "mtime_ns",
                     (json_int_t)facts.st_mtim.tv_nsec);
}

static bool is_unchanged(const json_t *library) {
    json_t *now = describe_library(gf_probe_text(library, "path"));
    const bool same = now != NULL && json_equal(now, library);
    json_decref(now);
    return same;
}

static bool holds(const json_t *memory, const char *key) {
    const char *problem = json_string_value(json_object_get(memory, "problem"));
    const json_t *libraries = json_object_get(memory, "libraries");
    if (problem == NULL || !json_is_array(libraries) ||
        strcmp(gf_probe_text(memory, "schema"), SCHEMA) != 0 ||
        strcmp(gf_probe_text(memory, "key"), key) != 0)
        return false;
    const json_int_t age = time(NULL) - json_integer_value(json_object_get(memory, "saved"));
    if (age < 0 || age > (problem[0] == '\0' ? GOOD_SECONDS : PROBLEM_SECONDS))
        return false;
    size_t i;
    const json_t *library;
    json_array_foreach(libraries, i, library) {
        if (!is_unchanged(library))
            return false;
    }
    return true;
}

/* Only what this user wrote is believed. */
static json_t *read_memory(const char *path) {
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    struct stat facts;
    json_t *memory = NULL;
    if (fstat(fileno(file), &facts) == 0 && facts.st_uid == geteuid() &&
        facts.st_size <= (off_t)FILE_LIMIT)
        memory = json_loadf(file, 0, NULL);
    fclose(file);
    return memory;
}

bool gf_probe_cache_load(const char *key, char problem[GF_PROBE_PROBLEM]) {
    char *path = file_of(key);
    json_t *memory = path != NULL ? read_memory(path) : NULL;
    const bool known = memory != NULL && holds(memory, key);
    if (known)
        snprintf(problem, GF_PROBE_PROBLEM, "%s", gf_probe_text(memory, "problem"));
    json_decref(memory);
    free(path);
    return known;
}

/* ---- Storing -------------------------------------------------------------------------------- */

/* The directory of `path` and that one's parent, as private as the XDG specification asks. */
static void make_directories(const char *path) {
    char *copy = strdup(path);
    char *slash = copy != NULL ? strrchr(copy, '/') : NULL;
    if (slash != NULL) {
        *slash = '\0';
        char *parent_end = strrchr(copy, '/');
        if (parent_end != NULL && parent_end != copy) {
            *parent_end = '\0';
            (void)mkdir(copy, 0700);
            *parent_end = '/';
        }
        (void)mkdir(copy, 0700);
    }
    free(copy);
}

/* Complete or not at all: two programs may store at the same time. No fsync: a memory that a power
 * cut loses costs one probe. */
static void write_memory(const char *path, const json_t *memory) {
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return;
    const int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor >= 0) {
        const bool written = json_dumpfd(memory, descriptor, JSON_COMPACT) == 0;
        if (close(descriptor) != 0 || !written || rename(temporary, path) != 0)
            (void)unlink(temporary);
    }
    free(temporary);
}

static json_t *make_memory(const char *key, const char *const *libraries, size_t library_count,
                           const char *problem) {
    json_t *described = json_array();
    for (size_t i = 0; i < library_count; i++) {
        if (json_array_append_new(described, describe_library(libraries[i])) != 0) {
            json_decref(described); /* a library that is not where it was: nothing to remember */
            return NULL;
        }
    }
    return json_pack("{s:s, s:s, s:I, s:s, s:o}", "schema", SCHEMA, "key", key, "saved",
                     (json_int_t)time(NULL), "problem", problem, "libraries", described);
}

void gf_probe_cache_store(const char *key, const char *const *libraries, size_t library_count,
                          const char *problem) {
    char *path = file_of(key);
    json_t *memory = make_memory(key, libraries, library_count, problem);
    if (path != NULL && memory != NULL) {
        make_directories(path);
        write_memory(path, memory);
    }
    json_decref(memory);
    free(path);
}

void gf_probe_cache_forget(const char *key) {
    char *path = file_of(key);
    if (path != NULL)
        (void)unlink(path);
    free(path);
}
