#include "base/notes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

/* Room for a reason, its device and the consequence. */
#define LONGEST_LINE (GF_ERROR_TEXT + 128)

static bool holds(const gf_notes *notes, const char *text) {
    for (size_t i = 0; i < notes->count; i++) {
        if (strcmp(notes->lines[i], text) == 0)
            return true;
    }
    return false;
}

gf_status gf_notes_add(gf_notes *notes, gf_error *error, const char *format, ...) {
    char text[LONGEST_LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (holds(notes, text))
        return GF_OK;
    const gf_status status =
        gf_array_grow(&notes->lines, notes->count, sizeof *notes->lines, error);
    if (status != GF_OK)
        return status;
    char *copy = strdup(text);
    if (copy == NULL)
        return gf_error_no_memory(error, "a note", strlen(text) + 1);
    notes->lines[notes->count++] = copy;
    return GF_OK;
}

void gf_notes_drop(gf_notes *notes, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(notes->lines[i]);
    notes->count -= count;
    for (size_t i = 0; i < notes->count; i++)
        notes->lines[i] = notes->lines[count + i];
}

void gf_notes_clear(gf_notes *notes) {
    gf_notes_drop(notes, notes->count);
    free(notes->lines);
    *notes = (gf_notes){NULL, 0};
}
