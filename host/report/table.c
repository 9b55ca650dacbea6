#include "report/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"

#define MAX_NUMBER 64 /* characters */

/* Without a text and without a number the cell is empty. */
struct gf_cell {
    const char *text;
    bool has_number;
    double number;
};

gf_status gf_writer_begin(FILE *stream, gf_format format, const gf_report_style *style,
                          gf_writer *writer, gf_error *error) {
    if ((unsigned)format > GF_FORMAT_JSON)
        return gf_error_set_parameter(error, GF_USAGE, "format", " %d: no such format",
                                      (int)format);
    const gf_report_style plain = {.schema = NULL};
    style = style == NULL ? &plain : style;
    *writer =
        (gf_writer){stream, format, style->colour, style->verbose, style->schema, style->cut_short};
    return GF_OK;
}

/* ---- Filling ----------------------------------------------------------- */

gf_table gf_table_begin(const char *title, const gf_column *columns, size_t column_count) {
    return (gf_table){.title = title, .columns = columns, .column_count = column_count};
}

static void add_cell(gf_table *table, gf_cell cell) {
    gf_error ignored = GF_ERROR_INIT; /* gf_table_write reports it */
    if (table->no_memory ||
        gf_array_grow(&table->cells, table->cell_count, sizeof cell, &ignored) != GF_OK) {
        table->no_memory = true;
        return;
    }
    const gf_column *column = &table->columns[table->cell_count % table->column_count];
    if (column->kind == GF_CELL_TEXT ? cell.has_number : cell.text != NULL)
        table->misfit = true;
    table->cells[table->cell_count++] = cell;
}

void gf_table_text(gf_table *table, const char *text) {
    add_cell(table, (gf_cell){.text = text != NULL && text[0] != '\0' ? text : NULL});
}

void gf_table_number(gf_table *table, double number) {
    gf_table_number_if(table, true, number);
}

void gf_table_number_if(gf_table *table, bool has, double number) {
    add_cell(table, (gf_cell){.has_number = has, .number = number});
}

static size_t row_count(const gf_table *table) {
    return table->cell_count / table->column_count;
}

static const gf_cell *cell_at(const gf_table *table, size_t row, size_t column) {
    return &table->cells[row * table->column_count + column];
}

/* ---- Cells as text ----------------------------------------------------- */

static void format_for_people(gf_cell_kind kind, double number, char *text, size_t room) {
    static const struct {
        const char *format;
        double factor;
    } kinds[] = {
        [GF_CELL_COUNT] = {"%.0f", 1},      [GF_CELL_MS] = {"%.3f", 1e-6},
        [GF_CELL_FINE_MS] = {"%.3f", 1e-6}, [GF_CELL_SHARE] = {"%.1f %%", 100},
        [GF_CELL_RATIO] = {"%.2fx", 1},     [GF_CELL_SUM] = {"%.12g", 1},
        [GF_CELL_REAL] = {"%.3f", 1},
    };
    if (kind == GF_CELL_BYTES)
        gf_format_bytes(number, text, room);
    else if (kind == GF_CELL_FINE_MS && number > 0 && number < 500)
        snprintf(text, room, number < 1 ? "%.1g" : "%.6f", number * 1e-6);
    else
        snprintf(text, room, kinds[kind].format, number * kinds[kind].factor);
}

static void format_for_machines(gf_cell_kind kind, double number, char *text, size_t room) {
    const bool whole = kind == GF_CELL_COUNT || kind == GF_CELL_MS || kind == GF_CELL_FINE_MS ||
                       kind == GF_CELL_BYTES;
    snprintf(text, room, whole ? "%.0f" : "%.17g", number);
}

/* The text of a cell, which is in `number` if it is one. Texts are shown whole: a path cut short is
 * wrong. */
static const char *format_cell(const gf_table *table, size_t row, size_t column, gf_format format,
                               char number[MAX_NUMBER]) {
    const gf_cell *cell = cell_at(table, row, column);
    const gf_cell_kind kind = table->columns[column].kind;
    if (cell->text != NULL)
        return cell->text;
    if (!cell->has_number)
        return "";
    if (format == GF_FORMAT_CSV)
        format_for_machines(kind, cell->number, number, MAX_NUMBER);
    else
        format_for_people(kind, cell->number, number, MAX_NUMBER);
    return number;
}

/* ---- CSV (RFC 4180) ---------------------------------------------------- */

static void write_csv_field(const char *text, FILE *stream) {
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

/* `cut_short`: NULL, or the content of a last column, which complete reports lack. */
static void write_csv(const gf_table *table, const char *cut_short, FILE *stream) {
    char number[MAX_NUMBER];
    for (size_t c = 0; c < table->column_count; c++)
        fprintf(stream, "%s%s", c == 0 ? "" : ",", table->columns[c].key);
    fputs(cut_short == NULL ? "\n" : ",cut_short\n", stream);
    for (size_t r = 0; r < row_count(table); r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            if (c > 0)
                fputc(',', stream);
            write_csv_field(format_cell(table, r, c, GF_FORMAT_CSV, number), stream);
        }
        if (cut_short != NULL) {
            fputc(',', stream);
            write_csv_field(cut_short, stream);
        }
        fputc('\n', stream);
    }
}

/* ---- Text and Markdown ------------------------------------------------- */

/* Markdown reads these characters as the end of a cell or as markup. */
static bool needs_backslash(char character, gf_format format) {
    return format == GF_FORMAT_MARKDOWN && strchr("|\\<", character) != NULL;
}

static size_t screen_width(const char *text, gf_format format) {
    size_t width = gf_text_width(text);
    for (; *text != '\0'; text++)
        width += needs_backslash(*text, format);
    return width;
}

/* Texts may come from drivers: their line breaks and escape sequences must not reach a terminal. */
static void write_text(const char *text, gf_format format, FILE *stream) {
    for (; *text != '\0'; text++) {
        const bool control = (unsigned char)*text < ' ' || *text == 0x7f;
        if (needs_backslash(*text, format))
            fputc('\\', stream);
        fputc(control ? ' ' : *text, stream);
    }
}

/* The width of a column; 0: all its cells are empty. */
static size_t column_width(const gf_table *table, size_t column, gf_format format) {
    char number[MAX_NUMBER];
    size_t widest = 0;
    for (size_t r = 0; r < row_count(table); r++) {
        const size_t width = screen_width(format_cell(table, r, column, format, number), format);
        widest = width > widest ? width : widest;
    }
    const size_t title = screen_width(table->columns[column].title, format);
    return widest > 0 && title > widest ? title : widest;
}

static void pad(size_t count, char character, FILE *stream) {
    for (size_t i = 0; i < count; i++)
        fputc(character, stream);
}

static void write_padded(const char *text, size_t width, bool right, gf_format format,
                         FILE *stream) {
    const size_t used = screen_width(text, format);
    const size_t blanks = width > used ? width - used : 0;
    if (right)
        pad(blanks, ' ', stream);
    write_text(text, format, stream);
    if (!right)
        pad(blanks, ' ', stream);
}

typedef struct table_style {
    const char *left, *between, *right;
} table_style;

/* `row` NULL: the titles. */
static void write_row(const gf_table *table, const size_t *widths, const table_style *style,
                      gf_format format, const size_t *row, FILE *stream) {
    char number[MAX_NUMBER];
    bool first = true;
    fputs(style->left, stream);
    for (size_t c = 0; c < table->column_count; c++) {
        const gf_column *column = &table->columns[c];
        if (widths[c] == 0)
            continue;
        const char *text =
            row == NULL ? column->title : format_cell(table, *row, c, format, number);
        if (!first)
            fputs(style->between, stream);
        write_padded(text, widths[c], column->kind != GF_CELL_TEXT, format, stream);
        first = false;
    }
    fprintf(stream, "%s\n", style->right);
}

/* "|:---|---:|" below the titles. */
static void write_markdown_rule(const gf_table *table, const size_t *widths, FILE *stream) {
    for (size_t c = 0; c < table->column_count; c++) {
        if (widths[c] == 0)
            continue;
        const bool right = table->columns[c].kind != GF_CELL_TEXT;
        fputs(right ? "|-" : "|:", stream);
        pad(widths[c], '-', stream);
        fputs(right ? ":" : "-", stream);
    }
    fputs("|\n", stream);
}

static void write_title(const char *title, bool markdown, bool colour, FILE *stream) {
    if (title != NULL)
        fprintf(stream, markdown ? "**%s**\n\n" : colour ? "\033[1m%s\033[0m\n" : "%s\n", title);
}

static void write_titles(const gf_table *table, const size_t *widths, const table_style *style,
                         const gf_writer *to) {
    const bool dim = to->colour && to->format != GF_FORMAT_MARKDOWN;
    if (dim)
        fputs("\033[2m", to->stream);
    write_row(table, widths, style, to->format, NULL, to->stream);
    if (dim)
        fputs("\033[0m", to->stream);
}

static size_t shown_width(const gf_table *table, size_t column, gf_format format) {
    const size_t needed = column_width(table, column, format);
    if (table->least_widths == NULL)
        return needed;
    const size_t least = table->least_widths[column];
    return least > 0 && needed > least ? needed : least;
}

/* Text or Markdown. `widths`: room for each column's. */
static void write_aligned(const gf_table *table, size_t *widths, const gf_writer *to) {
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    const table_style style =
        markdown ? (table_style){"| ", " | ", " |"} : (table_style){"", "  ", ""};
    for (size_t c = 0; c < table->column_count; c++)
        widths[c] = shown_width(table, c, to->format);
    write_title(table->title, markdown, to->colour, to->stream);
    if (!table->headless)
        write_titles(table, widths, &style, to);
    if (markdown)
        write_markdown_rule(table, widths, to->stream);
    for (size_t r = 0; r < row_count(table); r++)
        write_row(table, widths, &style, to->format, &r, to->stream);
}

gf_status gf_table_write(gf_table *table, const gf_writer *to, gf_error *error) {
    gf_status status = GF_OK;
    size_t *widths = calloc(table->column_count, sizeof *widths);
    if (table->no_memory || widths == NULL)
        status = gf_error_no_memory(error, "a table", (table->cell_count + 1) * sizeof(gf_cell));
    else if (table->misfit || table->cell_count % table->column_count != 0)
        status =
            gf_error_set(error, GF_FAILED,
                         "table %s: %zu cells do not fit rows of %zu columns; this is an error "
                         "of the library",
                         table->title != NULL ? table->title : table->columns[0].title,
                         table->cell_count, table->column_count);
    else if (to->format == GF_FORMAT_CSV)
        write_csv(table, to->cut_short, to->stream);
    else
        write_aligned(table, widths, to);
    free(widths);
    free(table->cells);
    *table = gf_table_begin(table->title, table->columns, table->column_count);
    return status;
}

gf_status gf_table_write_apart(gf_table *table, const gf_writer *to, gf_error *error) {
    const gf_status status = gf_table_write(table, to, error);
    if (to->format != GF_FORMAT_CSV)
        fputc('\n', to->stream);
    return status;
}
