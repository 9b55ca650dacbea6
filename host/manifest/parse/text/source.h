/* The text of a kernel or of a twin, without comments and preprocessor's lines. */
#pragma once

#include "manifest/pool.h"

typedef struct gf_source {
    const char *text;       /* owned by the pool; directives, comments and strings are blank */
    const char *directives; /* the same of directives */
    bool pastes;            /* there is ##, so that macros may make names */
} gf_source;

/* Reads the file and what it includes by `#include "FILE"` from its own folder or from `directory`;
 * files that are not there are left to the compiler. GF_USAGE when the file itself is missing. */
gf_status gf_source_read(const char *path, const char *directory, gf_pool *pool, gf_source *source,
                         gf_error *error);

/* Whether a name occurs in the text or in a directive. */
bool gf_source_has_word(const gf_source *source, const char *word);
