#include "manifest/parse/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "manifest/parse/arguments.h"
#include "manifest/parse/buffers.h"
#include "manifest/parse/check.h"
#include "manifest/parse/functions.h"
#include "manifest/parse/launches.h"
#include "manifest/parse/names.h"
#include "manifest/parse/params.h"
#include "manifest/parse/settings.h"
#include "manifest/parse/text/keys.h"

/* ---- The file ---------------------------------------------------------- */

static bool is_folder(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool ends_in_ini(const char *name) {
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".ini") == 0;
}

/* The .ini file of a folder; how many there are. */
static int count_manifests(const char *folder, gf_pool *pool, char **path) {
    DIR *open = opendir(folder);
    int count = 0;
    if (open == NULL)
        return 0;
    for (const struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        if (!ends_in_ini(entry->d_name))
            continue;
        *path = gf_pool_format(pool, "%s/%s", folder, entry->d_name);
        count++;
    }
    closedir(open);
    return count;
}

/* "saxpy/" is "saxpy", "." the folder's real name. */
static gf_status find_in_folder(const char *folder, gf_pool *pool, char **path, gf_error *error) {
    char *real = realpath(folder, NULL);
    const char *name = real == NULL ? NULL : strrchr(real, '/') + 1;
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    char *own = gf_pool_copy(pool, folder, length);
    char *named = own == NULL || name == NULL ? NULL : gf_pool_format(pool, "%s/%s.ini", own, name);
    free(real);
    if (named == NULL)
        return gf_error_no_memory(error, folder, length);
    struct stat info;
    if (stat(named, &info) == 0) {
        *path = named;
        return GF_OK;
    }
    const int count = count_manifests(own, pool, path);
    if (count == 1)
        return *path == NULL ? gf_error_no_memory(error, folder, length) : GF_OK;
    return gf_error_set(error, GF_USAGE,
                        count == 0 ? "%s has no manifest; add %s, or give a file"
                                   : "%s has several manifests, none of them %s; give a file",
                        folder, named);
}

/* ---- Building ---------------------------------------------------------- */

static bool set_path(gf_builder *b, const char *path) {
    gf_manifest *m = b->manifest;
    const char *slash = strrchr(path, '/');
    m->path = gf_pool_copy(m->pool, path, strlen(path));
    m->directory = slash == NULL   ? gf_pool_copy(m->pool, ".", 1)
                   : slash == path ? gf_pool_copy(m->pool, "/", 1)
                                   : gf_pool_copy(m->pool, path, (size_t)(slash - path));
    return (m->path != NULL && m->directory != NULL) || gf_build_no_memory(b);
}

/* In the order in which each part needs the others. */
static bool build(gf_builder *b, const char *path) {
    return set_path(b, path) && gf_build_name(b) && gf_build_names(b) && gf_build_functions(b) &&
           gf_build_params(b) && gf_build_buffers(b) && gf_build_arguments(b) &&
           gf_build_launches(b) && gf_build_settings(b);
}

static gf_status build_from(const gf_ini *ini, const char *path, gf_manifest *manifest,
                            gf_error *error) {
    gf_builder *b = calloc(1, sizeof *b);
    if (b == NULL)
        return gf_error_no_memory(error, path, sizeof *b);
    b->manifest = manifest;
    b->ini = ini;
    b->error = error;
    const gf_status status = build(b, path) ? GF_OK : error->status;
    free(b);
    return status == GF_OK ? gf_manifest_check(manifest, error) : status;
}

static const gf_ini_words words = {
    .needs = "a manifest needs at least [kernel] and one [buffer NAME]",
    .first = "[kernel]",
    .named = "[buffer x]",
};

static gf_status load(const char *path, gf_pool *pool, gf_manifest *manifest, gf_error *error) {
    char *file = NULL;
    gf_ini ini = {0};
    gf_status status = GF_OK;
    if (is_folder(path))
        status = find_in_folder(path, pool, &file, error);
    if (status != GF_OK)
        return status;
    if (file == NULL)
        file = gf_pool_copy(pool, path, strlen(path));
    if (file == NULL)
        return gf_error_no_memory(error, path, strlen(path));
    status = gf_ini_read(file, &words, pool, &ini, error);
    if (status == GF_OK)
        status = gf_manifest_check_keys(&ini, error);
    if (status == GF_OK)
        status = build_from(&ini, file, manifest, error);
    gf_ini_clear(&ini);
    return status;
}

gf_status gf_manifest_load(const char *path, gf_manifest **manifest, gf_error *error) {
    gf_pool *pool = gf_pool_create();
    gf_manifest *made = pool == NULL ? NULL : gf_pool_allocate(pool, 1, sizeof *made);
    if (made == NULL) {
        gf_pool_destroy(pool);
        return gf_error_no_memory(error, "a manifest", sizeof *made);
    }
    *made = (gf_manifest){.result = GF_NO_BUFFER,
                          .partner = GF_NO_BUFFER,
                          .permutable = GF_NO_BUFFER,
                          .divide_by = GF_NO_PARAM,
                          .picture = GF_NO_BUFFER,
                          .pool = pool};
    const gf_status status = load(path, pool, made, error);
    if (status == GF_OK)
        *manifest = made;
    else
        gf_manifest_free(made);
    return status;
}
