/* The files of an archive, in memory, and what they may be. */
#pragma once

#include "gpufare.h"

/* A bundle has some dozen files; what is far beyond that is none, or means harm. */
#define GF_ENTRIES_MOST_FILES 1000
#define GF_ENTRIES_MOST_BYTES (UINT64_C(256) << 20) /* of all files together, and of an archive */
#define GF_ENTRIES_MOST_NAME  100                   /* characters, with the closing zero */

typedef struct gf_entry_file {
    char name[GF_ENTRIES_MOST_NAME]; /* "pictures/native-avx2.png" */
    unsigned char *bytes;            /* `size` bytes and a closing zero; owned */
    size_t size;
} gf_entry_file;

/* All zero: none. */
typedef struct gf_entries {
    gf_entry_file *files;
    size_t count;
    uint64_t bytes; /* of all */
} gf_entries;

/* Takes `bytes`, which malloc has made, with a closing zero; on failure they are freed. GF_USAGE
 * for a name that no archive may have, or that is there already, and beyond the limits. */
gf_status gf_entries_add(gf_entries *to, const char *name, unsigned char *bytes, size_t size,
                         gf_error *error);
/* The same with a copy. */
gf_status gf_entries_add_copy(gf_entries *to, const char *name, const void *bytes, size_t size,
                              gf_error *error);
/* NULL: there is none of this name. */
const gf_entry_file *gf_entries_find(const gf_entries *entries, const char *name);
void gf_entries_clear(gf_entries *entries);

/* GF_USAGE for a name that leads elsewhere, or is not plain: letters, digits, "._-" and folders. */
gf_status gf_entries_check_name(const char *name, gf_error *error);
/* The files take more than GF_ENTRIES_MOST_BYTES with this one. */
gf_status gf_entries_refuse_size(const char *name, gf_error *error);
void gf_entries_sort(gf_entries *entries);
