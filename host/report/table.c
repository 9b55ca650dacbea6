#include "report/table.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER 64 /* characters */

static void format_for_people(gf_cell_kind kind, double number, char *text, size_t room) {
    switch (kind) {
    case GF_CELL_COUNT:
        snprintf(text, room, "%.0f", number);
        return;
    case GF_CELL_MS:
        snprintf(text, room, "%.3f", number * 1e-6);
        return;
    case GF_CELL_BYTES:
        gf_format_bytes(number, text, room);
        return;
    case GF_CELL_SHARE:
        snprintf(text, room, "%.1f %%", number * 100);
        return;
    case GF_CELL_RATIO:
        snprintf(text, room, "%.2fx", number);
        return;
    case GF_CELL_SUM:
        snprintf(text, room, "%.12g", number);
        return;
    case GF_CELL_REAL:
    case GF_CELL_TEXT:
        break;
    }
    snprintf(text, room, "%.3f", number);
}

static void format_for_machines(gf_cell_kind kind, double number, char *text, size_t room) {
    const bool whole = kind == GF_CELL_COUNT || kind == GF_CELL_MS || kind == GF_CELL_BYTES;
    snprintf(text, room, whole ? "%.0f" : "%.17g", number);
}

/* The cell's text, which may lie in `number`. Texts are shown whole: a path cut short is wrong. */
static const char *cell_text(const gf_column *column, gf_cell cell, gf_format format,
                             char number[MAX_NUMBER]) {
    if (!cell.has)
        return "";
    if (column->kind == GF_CELL_TEXT)
        return cell.text;
    if (format == GF_FORMAT_CSV)
        format_for_machines(column->kind, cell.number, number, MAX_NUMBER);
    else
        format_for_people(column->kind, cell.number, number, MAX_NUMBER);
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

static void write_csv(const gf_table *table, FILE *stream) {
    char number[MAX_NUMBER];
    for (size_t c = 0; c < table->column_count; c++)
        fprintf(stream, "%s%s", c == 0 ? "" : ",", table->columns[c].key);
    fputc('\n', stream);
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            const gf_column *column = &table->columns[c];
            const gf_cell cell = column->get(table->context, r, column->tag);
            if (c > 0)
                fputc(',', stream);
            write_csv_field(cell_text(column, cell, GF_FORMAT_CSV, number), stream);
        }
        fputc('\n', stream);
    }
}

/* ---- Text and Markdown ------------------------------------------------- */

/* What would end a Markdown cell or vanish from it as markup. */
static bool needs_backslash(char character, gf_format format) {
    return format == GF_FORMAT_MARKDOWN && strchr("|\\<", character) != NULL;
}

/* Characters on the screen: UTF-8 continuation bytes take none. */
static size_t screen_width(const char *text, gf_format format) {
    size_t width = 0;
    for (; *text != '\0'; text++)
        width += (((unsigned char)*text & 0xc0) != 0x80 ? 1U : 0U) +
                 (needs_backslash(*text, format) ? 1U : 0U);
    return width;
}

/* Names come from drivers: a line break or an escape sequence in one must not reach the terminal.
 */
static void write_text(const char *text, gf_format format, FILE *stream) {
    for (; *text != '\0'; text++) {
        const bool control = (unsigned char)*text < ' ' || *text == 0x7f;
        if (needs_backslash(*text, format))
            fputc('\\', stream);
        fputc(control ? ' ' : *text, stream);
    }
}

/* The width of each column, 0 where no row has a cell. NULL: no memory. */
static size_t *measure(const gf_table *table, gf_format format) {
    size_t *widths = calloc(table->column_count + 1, sizeof *widths);
    if (widths == NULL)
        return NULL;
    char number[MAX_NUMBER];
    for (size_t c = 0; c < table->column_count; c++) {
        const gf_column *column = &table->columns[c];
        for (size_t r = 0; r < table->row_count; r++) {
            const gf_cell cell = column->get(table->context, r, column->tag);
            const size_t width = screen_width(cell_text(column, cell, format, number), format);
            widths[c] = width > widths[c] ? width : widths[c];
        }
        const size_t title = screen_width(column->title, format);
        if (widths[c] > 0 && title > widths[c])
            widths[c] = title;
    }
    return widths;
}

static void pad(size_t count, char character, FILE *stream) {
    for (size_t i = 0; i < count; i++)
        fputc(character, stream);
}

static void write_padded(const char *text, size_t width, bool right, gf_format format,
                         FILE *stream) {
    const size_t own = screen_width(text, format);
    const size_t blanks = width > own ? width - own : 0;
    if (right)
        pad(blanks, ' ', stream);
    write_text(text, format, stream);
    if (!right)
        pad(blanks, ' ', stream);
}

typedef struct table_style {
    const char *left, *between, *right;
} table_style;

static void write_row(const gf_table *table, const size_t *widths, const table_style *style,
                      gf_format format, const size_t *row, FILE *stream) {
    char number[MAX_NUMBER];
    bool first = true;
    fputs(style->left, stream);
    for (size_t c = 0; c < table->column_count; c++) {
        const gf_column *column = &table->columns[c];
        if (widths[c] == 0)
            continue;
        const char *text = column->title;
        if (row != NULL)
            text =
                cell_text(column, column->get(table->context, *row, column->tag), format, number);
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

void gf_table_write(const gf_table *table, gf_format format, bool colour, FILE *stream) {
    if (format == GF_FORMAT_CSV) {
        write_csv(table, stream);
        return;
    }
    const bool markdown = format == GF_FORMAT_MARKDOWN;
    const table_style style =
        markdown ? (table_style){"| ", " | ", " |"} : (table_style){"", "  ", ""};
    size_t *widths = measure(table, format);
    if (widths == NULL)
        return;
    if (table->title != NULL)
        fprintf(stream,
                markdown ? "**%s**\n\n"
                : colour ? "\033[1m%s\033[0m\n"
                         : "%s\n",
                table->title);
    if (colour && !markdown)
        fputs("\033[2m", stream);
    write_row(table, widths, &style, format, NULL, stream);
    if (colour && !markdown)
        fputs("\033[0m", stream);
    if (markdown)
        write_markdown_rule(table, widths, stream);
    for (size_t r = 0; r < table->row_count; r++)
        write_row(table, widths, &style, format, &r, stream);
    free(widths);
}
