#include "report/table/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "report/table/table_html.h"

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
    char number[GF_CELL_TEXT_SIZE];
    for (size_t c = 0; c < table->column_count; c++)
        fprintf(stream, "%s%s", c == 0 ? "" : ",", table->columns[c].key);
    fputs(cut_short == NULL ? "\n" : ",cut_short\n", stream);
    for (size_t r = 0; r < gf_table_row_count(table); r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            if (c > 0)
                fputc(',', stream);
            write_csv_field(gf_table_cell_text(table, r, c, GF_FORMAT_CSV, number), stream);
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
    char number[GF_CELL_TEXT_SIZE];
    size_t widest = 0;
    for (size_t r = 0; r < gf_table_row_count(table); r++) {
        const size_t width =
            screen_width(gf_table_cell_text(table, r, column, format, number), format);
        widest = width > widest ? width : widest;
    }
    const size_t title = screen_width(table->columns[column].title, format);
    return widest > 0 && title > widest ? title : widest;
}

static void pad(size_t count, char character, FILE *stream) {
    for (size_t i = 0; i < count; i++)
        fputc(character, stream);
}

/* A table as it is written: its rows, and how wide each column is. */
typedef struct table_layout {
    const gf_table *table;
    const gf_writer *to;
    const size_t *widths; /* 0: the column is left out */
    const char *left, *between, *right;
} table_layout;

/* Columns beside one another: those that name the row, then `first` to before `end`. */
typedef struct column_block {
    size_t first, end;
} column_block;

static bool is_in_block(const table_layout *layout, const column_block *block, size_t column) {
    const bool is_key = column < layout->table->key_count;
    return layout->widths[column] > 0 &&
           (is_key || (column >= block->first && column < block->end));
}

/* A row in the making. Blanks are owed until something follows them, so that none end a line of
 * text. */
typedef struct row_output {
    const table_layout *layout;
    size_t owed;
    bool begun;
} row_output;

static void pay(row_output *row) {
    pad(row->owed, ' ', row->layout->to->stream);
    row->owed = 0;
}

/* What stands between two cells: of text blanks. */
static void write_separator(row_output *row) {
    if (row->layout->to->format == GF_FORMAT_TEXT) {
        row->owed += strlen(row->layout->between);
        return;
    }
    pay(row);
    fputs(row->layout->between, row->layout->to->stream);
}

static void write_cell(row_output *row, const gf_column *column, const char *text, size_t width,
                       gf_tone tone) {
    const gf_writer *to = row->layout->to;
    const size_t used = screen_width(text, to->format);
    const size_t blanks = width > used ? width - used : 0;
    const bool right = column->kind != GF_CELL_TEXT;
    if (row->begun)
        write_separator(row);
    row->owed += right ? blanks : 0;
    if (used > 0) {
        pay(row);
        fputs(gf_tone_begin(to, tone), to->stream);
        write_text(text, to->format, to->stream);
        fputs(gf_tone_end(to, tone), to->stream);
    }
    row->owed += right ? 0 : blanks;
    row->begun = true;
}

static void end_row(row_output *row) {
    if (row->layout->to->format == GF_FORMAT_MARKDOWN)
        pay(row);
    fprintf(row->layout->to->stream, "%s\n", row->layout->right);
}

static void write_row(const table_layout *layout, const column_block *block, size_t index) {
    char number[GF_CELL_TEXT_SIZE];
    row_output row = {.layout = layout};
    fputs(layout->left, layout->to->stream);
    for (size_t c = 0; c < layout->table->column_count; c++) {
        if (is_in_block(layout, block, c))
            write_cell(&row, &layout->table->columns[c],
                       gf_table_cell_text(layout->table, index, c, layout->to->format, number),
                       layout->widths[c], gf_table_cell(layout->table, index, c)->tone);
    }
    end_row(&row);
}

static void write_titles(const table_layout *layout, const column_block *block) {
    row_output row = {.layout = layout};
    fprintf(layout->to->stream, "%s%s", gf_tone_begin(layout->to, GF_TONE_FAINT), layout->left);
    for (size_t c = 0; c < layout->table->column_count; c++) {
        const gf_column *column = &layout->table->columns[c];
        if (is_in_block(layout, block, c))
            write_cell(&row, column, column->title, layout->widths[c], GF_TONE_PLAIN);
    }
    fputs(gf_tone_end(layout->to, GF_TONE_FAINT), layout->to->stream);
    end_row(&row);
}

/* "|:---|---:|" below the titles. */
static void write_markdown_rule(const table_layout *layout) {
    FILE *stream = layout->to->stream;
    for (size_t c = 0; c < layout->table->column_count; c++) {
        if (layout->widths[c] == 0)
            continue;
        const bool right = layout->table->columns[c].kind != GF_CELL_TEXT;
        fputs(right ? "|-" : "|:", stream);
        pad(layout->widths[c], '-', stream);
        fputs(right ? ":" : "-", stream);
    }
    fputs("|\n", stream);
}

static void write_title(const char *title, const gf_writer *to) {
    if (title != NULL && to->format == GF_FORMAT_MARKDOWN)
        fprintf(to->stream, "**%s**\n\n", title);
    else if (title != NULL)
        fprintf(to->stream, "%s%s%s\n", gf_tone_begin(to, GF_TONE_TITLE), title,
                gf_tone_end(to, GF_TONE_TITLE));
}

static bool is_last_shown(const table_layout *layout, size_t column) {
    for (size_t c = column + 1; c < layout->table->column_count; c++) {
        if (layout->widths[c] > 0)
            return false;
    }
    return true;
}

/* A text at the end of the row may go on below, if it begins in the left half of the line. */
static bool may_wrap(const table_layout *layout, size_t column, size_t used) {
    return layout->table->columns[column].kind == GF_CELL_TEXT && is_last_shown(layout, column) &&
           used <= layout->to->width / 2;
}

/* The block of columns from `first` on: as many as fit into a line, but at least one. */
static column_block next_block(const table_layout *layout, size_t first) {
    const size_t gap = strlen(layout->between), limit = layout->to->width;
    size_t used = 0, end = first;
    for (size_t c = 0; c < layout->table->key_count; c++)
        used += layout->widths[c] > 0 ? layout->widths[c] + gap : 0;
    bool has_any = false;
    for (; end < layout->table->column_count; end++) {
        const size_t width = layout->widths[end];
        if (limit > 0 && has_any && width > 0 && used + width > limit &&
            !may_wrap(layout, end, used))
            break;
        used += width > 0 ? width + gap : 0;
        has_any = has_any || width > 0;
    }
    return (column_block){first, end};
}

/* Text or Markdown, which is never folded: a writer has a width for text alone. */
static void write_aligned(const gf_table *table, size_t *widths, const gf_writer *to) {
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    const table_layout layout = {
        table, to, widths, markdown ? "| " : "", markdown ? " | " : "  ", markdown ? " |" : ""};
    for (size_t c = 0; c < table->column_count; c++)
        widths[c] = column_width(table, c, to->format);
    write_title(table->title, to);
    column_block block = next_block(&layout, table->key_count);
    for (;;) {
        write_titles(&layout, &block);
        if (markdown)
            write_markdown_rule(&layout);
        for (size_t r = 0; r < gf_table_row_count(table); r++)
            write_row(&layout, &block, r);
        if (block.end >= table->column_count)
            break;
        fputc('\n', to->stream);
        block = next_block(&layout, block.end);
    }
}

/* ---- Meanings ---------------------------------------------------------- */

static bool is_explained(const gf_column *column) {
    return column->title[0] == '\0' || (column->meaning != NULL && column->meaning[0] != '\0');
}

/* `widths` NULL: all columns are shown. */
static void write_meanings(const gf_column *columns, size_t count, const size_t *widths,
                           const gf_writer *to) {
    const bool markdown = to->format == GF_FORMAT_MARKDOWN;
    size_t width = 0;
    for (size_t c = 0; c < count; c++) {
        const size_t title = gf_text_width(columns[c].title);
        width = (widths == NULL || widths[c] > 0) && title > width ? title : width;
    }
    fputs(markdown ? "\nColumns:\n\n" : "Columns\n", to->stream);
    for (size_t c = 0; c < count; c++) {
        const gf_column *column = &columns[c];
        if (column->title[0] == '\0' || (widths != NULL && widths[c] == 0))
            continue;
        const int blanks = (int)(width - gf_text_width(column->title));
        if (markdown)
            fprintf(to->stream, "- **%s**: %s\n", column->title, column->meaning);
        else
            fprintf(to->stream, "  %s%*s  %s\n", column->title, blanks, "", column->meaning);
    }
}

void gf_columns_explain(const gf_column *columns, size_t count, const gf_writer *to) {
    if (to->explain && to->format != GF_FORMAT_CSV)
        write_meanings(columns, count, NULL, to);
}

/* ---- Tables ------------------------------------------------------------ */

static gf_status check(const gf_table *table, gf_error *error) {
    const char *name = table->title != NULL ? table->title : table->columns[0].title;
    if (table->no_memory)
        return gf_error_no_memory(error, "a table", (table->cell_count + 1) * sizeof(gf_cell));
    if (table->misfit || table->cell_count % table->column_count != 0)
        return gf_error_set(error, GF_FAILED,
                            "table %s: %zu cells do not fit rows of %zu columns; this is an error "
                            "of the library",
                            name, table->cell_count, table->column_count);
    for (size_t c = 0; c < table->column_count; c++) {
        if (!is_explained(&table->columns[c]))
            return gf_error_set(error, GF_FAILED,
                                "table %s: column %s has no meaning; this is an error of the "
                                "library",
                                name, table->columns[c].title);
    }
    return GF_OK;
}

static gf_status write_for_people(const gf_table *table, const gf_writer *to, gf_error *error) {
    size_t *widths = calloc(table->column_count, sizeof *widths);
    if (widths == NULL)
        return gf_error_no_memory(error, "a table", table->column_count * sizeof *widths);
    write_aligned(table, widths, to);
    if (to->explain)
        write_meanings(table->columns, table->column_count, widths, to);
    free(widths);
    return GF_OK;
}

gf_status gf_table_write(gf_table *table, const gf_writer *to, gf_error *error) {
    gf_status status = check(table, error);
    if (status == GF_OK && to->format == GF_FORMAT_CSV)
        write_csv(table, to->cut_short, to->stream);
    else if (status == GF_OK && to->document != NULL)
        gf_table_write_html(table, to);
    else if (status == GF_OK)
        status = write_for_people(table, to, error);
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
