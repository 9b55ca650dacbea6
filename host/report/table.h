/* Tables of typed columns, written as text, Markdown or CSV by one walk. */
#ifndef GF_TABLE_H
#define GF_TABLE_H

#include "gpufare.h"

typedef enum gf_cell_kind {
    GF_CELL_TEXT,
    GF_CELL_COUNT, /* a whole number */
    GF_CELL_MS,    /* nanoseconds; people read milliseconds */
    GF_CELL_BYTES, /* people read KiB, MiB, GiB */
    GF_CELL_SHARE, /* 0 to 1; people read per cent */
    GF_CELL_RATIO, /* "6.41x" */
    GF_CELL_SUM,   /* a sum to recognise: 12 digits for people */
    GF_CELL_REAL
} gf_cell_kind;

typedef struct gf_cell {
    bool has;         /* false: nothing to show */
    const char *text; /* GF_CELL_TEXT; lives as long as the table's context */
    double number;    /* the other kinds, in the unit above */
} gf_cell;

#define GF_NO_CELL ((gf_cell){false, NULL, 0})

static inline gf_cell gf_cell_text(const char *text) {
    return (gf_cell){text != NULL && text[0] != '\0', text, 0};
}

static inline gf_cell gf_cell_number(double number) {
    return (gf_cell){true, NULL, number};
}

typedef struct gf_column {
    const char *title; /* for people, with the unit: "total ms" */
    const char *key;   /* for CSV: "total_ns" */
    gf_cell_kind kind;
    gf_cell (*get)(const void *context, size_t row, int tag);
    int tag; /* tells columns with one getter apart: a phase, say */
} gf_column;

typedef struct gf_table {
    const char *title; /* not in CSV; NULL: none */
    const gf_column *columns;
    size_t column_count;
    const void *context;
    size_t row_count;
} gf_table;

/* Writes a table; columns without any cell are left out, except in CSV. Errors stay in the stream's
 * error flag. GF_FORMAT_JSON is not for tables. */
void gf_table_write(const gf_table *table, gf_format format, bool colour, FILE *stream);

#endif
