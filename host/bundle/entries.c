#include "bundle/entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

static bool is_plain(const char *name) {
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789._-/")] == '\0';
}

/* Empty parts and those that begin with a dot: "/x", "a//b", "../x", ".hidden". */
static bool leads_elsewhere(const char *name) {
    if (name[0] == '/' || name[0] == '.' || name[0] == '\0')
        return true;
    return strstr(name, "/.") != NULL || strstr(name, "//") != NULL ||
           name[strlen(name) - 1] == '/';
}

gf_status gf_entries_check_name(const char *name, gf_error *error) {
    const char *why = strlen(name) >= GF_ENTRIES_MOST_NAME ? "is too long"
                      : leads_elsewhere(name)              ? "leads out of its folder"
                      : !is_plain(name)                    ? "is not plain"
                                                           : NULL;
    if (why == NULL)
        return GF_OK;
    gf_error_set(error, GF_USAGE, "the name \"%.80s\" in it %s; no bundle has such a file", name,
                 why);
    gf_flatten_text(error->text);
    return GF_USAGE;
}

gf_status gf_entries_refuse_size(const char *name, gf_error *error) {
    return gf_error_set(error, GF_USAGE, "with %s the files take more than %llu MiB", name,
                        (unsigned long long)(GF_ENTRIES_MOST_BYTES >> 20));
}

static gf_status check_room(const gf_entries *to, const char *name, size_t size, gf_error *error) {
    if (gf_entries_find(to, name) != NULL)
        return gf_error_set(error, GF_USAGE, "%s is in it twice", name);
    if (to->count >= GF_ENTRIES_MOST_FILES)
        return gf_error_set(error, GF_USAGE, "it has more than %d files", GF_ENTRIES_MOST_FILES);
    return size > GF_ENTRIES_MOST_BYTES - to->bytes ? gf_entries_refuse_size(name, error) : GF_OK;
}

gf_status gf_entries_add(gf_entries *to, const char *name, unsigned char *bytes, size_t size,
                         gf_error *error) {
    gf_status status = gf_entries_check_name(name, error);
    if (status == GF_OK)
        status = check_room(to, name, size, error);
    if (status == GF_OK)
        status = gf_array_grow(&to->files, to->count, sizeof *to->files, error);
    if (status != GF_OK) {
        free(bytes);
        return status;
    }
    gf_entry_file *entry = &to->files[to->count++];
    *entry = (gf_entry_file){.bytes = bytes, .size = size};
    memcpy(entry->name, name, strlen(name) + 1);
    to->bytes += size;
    return GF_OK;
}

gf_status gf_entries_add_copy(gf_entries *to, const char *name, const void *bytes, size_t size,
                              gf_error *error) {
    unsigned char *copy = malloc(size + 1);
    if (copy == NULL)
        return gf_error_no_memory(error, name, size + 1);
    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return gf_entries_add(to, name, copy, size, error);
}

const gf_entry_file *gf_entries_find(const gf_entries *entries, const char *name) {
    for (size_t i = 0; i < entries->count; i++) {
        if (strcmp(entries->files[i].name, name) == 0)
            return &entries->files[i];
    }
    return NULL;
}

void gf_entries_clear(gf_entries *entries) {
    for (size_t i = 0; i < entries->count; i++)
        free(entries->files[i].bytes);
    free(entries->files);
    *entries = (gf_entries){.count = 0};
}

static int compare_entries(const void *a, const void *b) {
    return strcmp(((const gf_entry_file *)a)->name, ((const gf_entry_file *)b)->name);
}

void gf_entries_sort(gf_entries *entries) {
    if (entries->count > 0)
        qsort(entries->files, entries->count, sizeof *entries->files, compare_entries);
}
