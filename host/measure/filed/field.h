/* A grid in files, of which only some rows at a time are in memory. Two files have the state in
 * turns, as the two arrays of a grid in memory do; the one that has it in the end becomes the
 * result. */
#pragma once

#include "device/context.h"
#include "os/files/large_file.h"
#include "problem/parts/division.h"

typedef struct gf_field {
    const gf_field_options *options; /* NULL: there is none */
    gf_context context;
    gf_problem *problem;
    gf_division division;
    gf_large_file files[2]; /* of the problem's result, and of its partner */
    uint32_t content;       /* the file that has the state */
    bool direct;            /* they are read and written past the page cache */
    bool used;              /* a run has had it */
    uint64_t memory_bytes;  /* the most for what is held of the field */
    size_t window;          /* bytes that files are moved by at a time */
    gf_tolerance tolerance; /* of the result */
} gf_field;

/* Checks that the problem and the options allow it, and makes the files, one with the first
 * content. `context`: of the options that ask for it. */
gf_status gf_field_open(gf_field *field, gf_problem *problem, const gf_context *context,
                        gf_error *error);
/* Writes NaN into the file that has no state: a band that is never written is seen. */
gf_status gf_field_poison(gf_field *field, gf_error *error);
/* Accepts none. What was not put in place is gone. */
void gf_field_close(gf_field *field);

/* Rows of the grid with its first content, from row `first` on, modulo all of them. */
gf_status gf_field_fill_rows(const gf_field *field, uint64_t first, uint64_t rows, void *memory,
                             gf_error *error);
/* Rows of the state. */
gf_status gf_field_read_rows(gf_field *field, uint64_t first, uint64_t rows, void *memory,
                             gf_error *error);
/* Rows that a window has room for; at least one. */
uint64_t gf_field_rows_at_once(const gf_field *field);
/* What bands, or the reference, may have of the memory. */
uint64_t gf_field_room(const gf_field *field);
/* Rows on each side that a row of the result depends on. */
uint64_t gf_field_reach(const gf_field *field);
/* Rows of the result that the reference is computed of at a time; 0: there is no room. */
uint64_t gf_field_rows_of_piece(const gf_field *field);
/* Where a buffer of the problem is. */
void gf_field_give(gf_field *field, uint32_t index, gf_buffer *buffer);

/* Puts the file that has the state in place. */
gf_status gf_field_put(gf_field *field, gf_error *error);

static inline size_t gf_field_row_bytes(const gf_field *field) {
    return gf_row_bytes(&field->problem->buffers[field->problem->result]);
}
