/* The text of an INI file, of a manifest or another one, as sections of entries, each with its
 * line. */
#pragma once

#include "manifest/pool.h"

/* Bytes; larger files are refused. */
#define GF_INI_LIMIT 65536

typedef struct gf_ini_entry {
    const char *key, *value; /* the value is not empty; blanks, quotes and comments are gone */
    uint32_t line;
} gf_ini_entry;

/* "[buffer x]": kind "buffer", name "x"; "[kernel]": name "". */
typedef struct gf_ini_section {
    const char *kind, *name;
    uint32_t line;
    gf_ini_entry *entries;
    size_t count;
} gf_ini_section;

/* What messages recommend where a file has no sections. */
typedef struct gf_ini_words {
    const char *needs; /* "a manifest needs at least [kernel] and one [buffer NAME]" */
    const char *first; /* a section without a name: "[kernel]" */
    const char *named; /* and one with a name: "[buffer x]" */
} gf_ini_words;

typedef struct gf_ini {
    const char *path; /* for messages; must outlive it, as must the words */
    const gf_ini_words *words;
    gf_pool *pool;            /* owns the texts, and must outlive them */
    gf_ini_section *sections; /* owned */
    size_t count;
} gf_ini;

/* Reads the file. GF_FAILED when it can't be read; GF_USAGE when it is no INI file. The ini must be
 * cleared, also after a failure. */
gf_status gf_ini_read(const char *path, const gf_ini_words *words, gf_pool *pool, gf_ini *ini,
                      gf_error *error);
/* The same of a text that was read already; messages call it `path`. */
gf_status gf_ini_parse(const char *path, const char *text, const gf_ini_words *words, gf_pool *pool,
                       gf_ini *ini, gf_error *error);
void gf_ini_clear(gf_ini *ini);

/* NULL: the section has no such key. */
const gf_ini_entry *gf_ini_find(const gf_ini_section *section, const char *key);

/* Sets GF_USAGE about a line: "saxpy.ini:7: WHAT". */
gf_status gf_ini_fail(const gf_ini *ini, uint32_t line, gf_error *error, const char *format, ...)
    GF_PRINTF(4, 5);
