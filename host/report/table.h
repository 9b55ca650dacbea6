/* Tables of typed columns: filled cell by cell, then written as text, Markdown or CSV. */
#pragma once

#include "gpufare.h"

typedef enum gf_cell_kind {
    GF_CELL_TEXT,
    GF_CELL_COUNT,   /* a whole number */
    GF_CELL_MS,      /* nanoseconds; people read milliseconds */
    GF_CELL_FINE_MS, /* the same, with as many digits as keep it from reading as zero */
    GF_CELL_BYTES,   /* people read KiB, MiB, GiB */
    GF_CELL_SHARE,   /* 0 to 1; people read per cent */
    GF_CELL_RATIO,   /* "6.41x" */
    GF_CELL_SUM,     /* a checksum: people compare its 12 digits */
    GF_CELL_REAL
} gf_cell_kind;

typedef struct gf_column {
    const char *title; /* for people, with the unit: "total ms" */
    const char *key;   /* for CSV: "total_ns" */
    gf_cell_kind kind;
} gf_column;

/* Where a report goes, and how it is written. Errors of writing stay in the stream's error flag,
 * which gf_check_stream reads at the end. */
typedef struct gf_writer {
    FILE *stream;
    gf_format format;
    bool colour, verbose;
    const char *schema;    /* of JSON; NULL: the report's own */
    const char *cut_short; /* NULL, or why the work ended early */
} gf_writer;

/* The writer of a public report function. `style` NULL: defaults. GF_USAGE for an unknown format.
 */
gf_status gf_writer_begin(FILE *stream, gf_format format, const gf_report_style *style,
                          gf_writer *writer, gf_error *error);

typedef struct gf_cell gf_cell;

typedef struct gf_table {
    const char *title;
    const gf_column *columns;
    size_t column_count;
    gf_cell *cells; /* row after row; owned */
    size_t cell_count;
    /* NULL: columns are as wide as their cells. Else the least width of each, so that rows which
     * are written later stand below; 0: the column is left out. */
    const size_t *least_widths;
    bool headless; /* without titles */
    /* gf_table_write reports these. */
    bool no_memory; /* a cell could not be added */
    bool misfit;    /* a cell does not suit its column */
} gf_table;

/* A table without rows. `title` may be NULL; CSV has none. Title, columns and every text that is
 * added must outlive the table. */
gf_table gf_table_begin(const char *title, const gf_column *columns, size_t column_count);

/* Each of these adds the next cell; after the last column follows the first of the next row. The
 * cell must suit the column's kind. */
void gf_table_text(gf_table *table, const char *text); /* NULL or "": an empty cell */
void gf_table_number(gf_table *table, double number);
/* The number if there is one, else an empty cell. */
void gf_table_number_if(gf_table *table, bool has, double number);

/* Writes the table and frees its cells in any case. Columns whose cells are all empty are left out,
 * except in CSV. GF_FORMAT_JSON is not for tables. GF_FAILED, and nothing is written, without
 * memory or when the cells do not fit the columns. */
gf_status gf_table_write(gf_table *table, const gf_writer *to, gf_error *error);
/* The same, and except in CSV a blank line. */
gf_status gf_table_write_apart(gf_table *table, const gf_writer *to, gf_error *error);
