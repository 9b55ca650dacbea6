/* The text of a source file with the files that it includes. */
#pragma once

#include "gpufare.h"

typedef struct gf_source_text {
    char *text; /* ended by a zero; owned */
    size_t length;
} gf_source_text;

/* Reads a file. Lines `#include "FILE"` whose file is there, beside the file that includes it, are
 * replaced by its text, so that a compiler needs no folder, and an edit of it changes the text.
 * Messages have the lines of the files: `name` is that of the first one. GF_USAGE when a file can't
 * be read, has a zero in it, is too long, or includes itself. */
gf_status gf_source_text_read(const char *path, const char *name, gf_source_text *text,
                              gf_error *error);
/* Accepts a zeroed one. */
void gf_source_text_clear(gf_source_text *text);
