/* Lines of a report besides its figures. */
#pragma once

#include "gpufare.h"

typedef struct gf_notes {
    char **lines; /* owned */
    size_t count;
} gf_notes;

/* Adds a line unless an equal one is there. */
gf_status gf_notes_add(gf_notes *notes, gf_error *error, const char *format, ...) GF_PRINTF(3, 4);
/* Frees the first `count` lines; the others move up. */
void gf_notes_drop(gf_notes *notes, size_t count);
/* Frees all lines; the notes may be used again. */
void gf_notes_clear(gf_notes *notes);
