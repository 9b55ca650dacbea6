#define _GNU_SOURCE 1 /* secure_getenv */

#include "os/store.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/files/regular_file.h"
#include "os/files/temporary_file.h"

#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t gf_hash_bytes(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * FNV_PRIME;
    return hash;
}

uint64_t gf_hash_text(uint64_t hash, const char *text) {
    return gf_hash_bytes(hash, text, strlen(text) + 1);
}

static bool fits(int written, size_t size) {
    return written > 0 && (size_t)written < size;
}

/* The specification of XDG_CACHE_HOME says that relative values are ignored. */
static bool find_folder(char *path, size_t size) {
    const char *cache = secure_getenv("XDG_CACHE_HOME");
    if (cache != NULL && cache[0] == '/')
        return fits(snprintf(path, size, "%s/gpufare", cache), size);
    const char *home = secure_getenv("HOME");
    return home != NULL && home[0] == '/' &&
           fits(snprintf(path, size, "%s/.cache/gpufare", home), size);
}

static bool find_path(const char *kind, uint64_t hash, const char *ending, char *path,
                      size_t size) {
    char folder[GF_STORE_PATH_SIZE - 128];
    return find_folder(folder, sizeof folder) &&
           fits(snprintf(path, size, "%s/%s-%016" PRIx64 "%s", folder, kind, hash, ending), size);
}

bool gf_store_path(const char *kind, uint64_t hash, char *path, size_t size) {
    return find_path(kind, hash, ".json", path, size);
}

json_t *gf_store_read(const char *kind, uint64_t hash) {
    char path[GF_STORE_PATH_SIZE];
    struct stat info;
    json_t *document = NULL;
    int code = 0;
    if (!gf_store_path(kind, hash, path, sizeof path))
        return NULL;
    FILE *file = gf_regular_file_try(path, &code);
    if (file == NULL)
        return NULL;
    if (fstat(fileno(file), &info) == 0 && info.st_uid == geteuid() &&
        info.st_size <= GF_STORE_FILE_LIMIT)
        document = json_loadf(file, JSON_REJECT_DUPLICATES, NULL);
    fclose(file);
    return document;
}

bool gf_store_has(const char *kind, uint64_t hash) {
    char path[GF_STORE_PATH_SIZE];
    return gf_store_path(kind, hash, path, sizeof path) && access(path, F_OK) == 0;
}

static bool make_folder(const char *path) {
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

/* Makes the folder of `path` and the cache folder above it, private as XDG asks; never a home. */
static bool make_folders(char *path) {
    char *file = strrchr(path, '/');
    *file = '\0';
    char *last = strrchr(path, '/');
    *last = '\0';
    const bool above = make_folder(path);
    *last = '/';
    const bool made = above && make_folder(path);
    *file = '/';
    return made;
}

bool gf_store_file(const char *kind, uint64_t hash, const char *ending, char *path, size_t size) {
    return find_path(kind, hash, ending, path, size) && make_folders(path);
}

bool gf_store_write(const char *kind, uint64_t hash, const json_t *document) {
    char path[GF_STORE_PATH_SIZE];
    gf_temporary_file temporary;
    const size_t size = json_dumpb(document, NULL, 0, JSON_INDENT(1));
    if (size == 0 || size > GF_STORE_FILE_LIMIT || !gf_store_path(kind, hash, path, sizeof path) ||
        !make_folders(path))
        return false;
    if (gf_temporary_file_open(path, 0600, &temporary) != 0)
        return false;
    const bool good = json_dumpfd(document, temporary.fd, JSON_INDENT(1)) == 0 &&
                      gf_temporary_file_put(&temporary, path) == 0;
    gf_temporary_file_remove(&temporary);
    return good;
}

void gf_store_remove(const char *kind, uint64_t hash) {
    char path[GF_STORE_PATH_SIZE];
    if (gf_store_path(kind, hash, path, sizeof path))
        (void)unlink(path);
}

/* "KIND-HASH.json" */
static bool read_name(const char *name, const char *kind, uint64_t *hash) {
    const size_t length = strlen(kind);
    char *end = NULL;
    if (strncmp(name, kind, length) != 0 || name[length] != '-')
        return false;
    *hash = strtoull(name + length + 1, &end, 16);
    return end == name + length + 1 + 16 && strcmp(end, ".json") == 0;
}

void gf_store_visit(const char *kind, bool (*visit)(uint64_t hash, void *context), void *context) {
    char folder[GF_STORE_PATH_SIZE];
    struct dirent **entries = NULL;
    bool on = true;
    uint64_t hash;
    const int count =
        find_folder(folder, sizeof folder) ? scandir(folder, &entries, NULL, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        if (on && read_name(entries[i]->d_name, kind, &hash))
            on = visit(hash, context);
        free(entries[i]);
    }
    free(entries);
}
