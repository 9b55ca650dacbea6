/* Tables of typed columns: filled cell by cell, and what their cells are as text. */
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

/* Without a text and without a number the cell is empty. */
typedef struct gf_cell {
    const char *text;
    bool has_number;
    double number;
    gf_tone tone;
} gf_cell;

/* Numbers that add up to a whole, which pages also draw as stacked bars. */
typedef enum gf_stack_kind {
    GF_STACK_NONE,
    GF_STACK_ROWS,  /* a bar for each row, of these columns */
    GF_STACK_COLUMN /* one bar of the first of them: a piece for each row but the last, the sum */
} gf_stack_kind;

typedef struct gf_stack {
    gf_stack_kind kind;
    size_t count, columns[8];
} gf_stack;

typedef struct gf_table {
    const char *title;
    const gf_column *columns;
    size_t column_count;
    size_t key_count; /* the first columns, which name a row: 1 unless the caller sets it */
    gf_stack stack;   /* none unless the caller sets it */
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

/* Room for the text of a number. */
#define GF_CELL_TEXT_SIZE 64

size_t gf_table_row_count(const gf_table *table);
const gf_cell *gf_table_cell(const gf_table *table, size_t row, size_t column);
/* The text of a cell, which is in `number` if it is one. Texts are whole: a path cut short is
 * wrong. GF_FORMAT_CSV: as machines read numbers; else as people do. */
const char *gf_table_cell_text(const gf_table *table, size_t row, size_t column, gf_format format,
                               char number[GF_CELL_TEXT_SIZE]);
/* Whether any cell of the column is filled. */
bool gf_table_has_column(const gf_table *table, size_t column);
