/* Tables of typed columns: filled cell by cell, then written as text, Markdown or CSV. */
#pragma once

#include "report/table/writer.h"

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

/* What a column is, which is defined once: what it is called, how it looks, what it means. */
typedef struct gf_column {
    const char *title; /* for people, with the unit: "total ms"; "": CSV alone has it */
    const char *key;   /* for CSV: "total_ns" */
    gf_cell_kind kind;
    const char *meaning; /* one line for who asks for it; only columns without a title have none */
} gf_column;

typedef struct gf_cell gf_cell;

typedef struct gf_table {
    const char *title;
    const gf_column *columns;
    size_t column_count;
    size_t key_count; /* the first columns, which name a row: 1 unless the caller sets it */
    gf_cell *cells;   /* row after row; owned */
    size_t cell_count;
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
/* Gives the latest cell a tone. */
void gf_table_tone(gf_table *table, gf_tone tone);

/* Writes the table and frees its cells in any case. Columns whose cells are all empty are left out,
 * except in CSV. Where the writer's lines have a width, columns that do not fit follow below,
 * beside the key columns again. A writer that explains adds what each column means, except in CSV.
 * GF_FORMAT_JSON is not for tables. GF_FAILED, and nothing is written, without memory, when the
 * cells do not fit the columns, or when a column has no meaning. */
gf_status gf_table_write(gf_table *table, const gf_writer *to, gf_error *error);
/* The same, and except in CSV a blank line. */
gf_status gf_table_write_apart(gf_table *table, const gf_writer *to, gf_error *error);

/* What the columns of a text mean that is written in another way than as a table. Nothing unless
 * the writer explains. */
void gf_columns_explain(const gf_column *columns, size_t count, const gf_writer *to);
