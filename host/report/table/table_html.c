#include "report/table/table_html.h"

#include <string.h>

#include "base/markup.h"
#include "report/table/bars.h"
#include "report/table/document.h"

static bool is_shown(const gf_table *table, size_t column) {
    return table->columns[column].title[0] != '\0' && gf_table_has_column(table, column);
}

static void write_titles(const gf_table *table, FILE *out) {
    fputs("<thead><tr>", out);
    for (size_t c = 0; c < table->column_count; c++) {
        if (!is_shown(table, c))
            continue;
        const bool is_text = table->columns[c].kind == GF_CELL_TEXT;
        fprintf(out, "<th scope=\"col\"%s>", is_text ? "" : " class=\"n\"");
        gf_markup_text(table->columns[c].title, out);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

/* Numbers carry their exact value, as in CSV. */
static void write_content(const gf_table *table, size_t row, size_t column, FILE *out) {
    char shown[GF_CELL_TEXT_SIZE], exact[GF_CELL_TEXT_SIZE];
    const gf_cell *cell = gf_table_cell(table, row, column);
    const char *text = gf_table_cell_text(table, row, column, GF_FORMAT_TEXT, shown);
    if (cell->has_number) {
        fprintf(out, "<data value=\"%s\">",
                gf_table_cell_text(table, row, column, GF_FORMAT_CSV, exact));
        gf_markup_text(text, out);
        fputs("</data>", out);
    } else {
        gf_markup_prose(text, out);
    }
}

static void write_cell(const gf_table *table, size_t row, size_t column, FILE *out) {
    const gf_cell *cell = gf_table_cell(table, row, column);
    const bool is_text = table->columns[column].kind == GF_CELL_TEXT;
    const bool names = column < table->key_count && (cell->text != NULL || cell->has_number);
    const char *tone = gf_tone_class(cell->tone);
    fputs(names ? "<th scope=\"row\"" : "<td", out);
    if (!is_text || tone[0] != '\0')
        fprintf(out, " class=\"%s%s%s\"", is_text ? "" : "n",
                !is_text && tone[0] != '\0' ? " " : "", tone);
    fputc('>', out);
    write_content(table, row, column, out);
    fputs(names ? "</th>" : "</td>", out);
}

/* Half of the room, so that what follows has the rest. Returns the rows that are left out. */
static size_t write_rows(const gf_table *table, gf_document *document, FILE *out) {
    const size_t count = gf_table_row_count(table), least = gf_document_room(document) / 2;
    for (size_t r = 0; r < count; r++) {
        if (gf_document_room(document) <= least)
            return count - r;
        fputs("<tr>", out);
        for (size_t c = 0; c < table->column_count; c++) {
            if (is_shown(table, c))
                write_cell(table, r, c, out);
        }
        fputs("</tr>\n", out);
    }
    return 0;
}

static void write_meanings(const gf_table *table, FILE *out) {
    fputs("<details><summary>What the columns mean</summary>\n<dl>\n", out);
    for (size_t c = 0; c < table->column_count; c++) {
        if (!is_shown(table, c))
            continue;
        fputs("<dt>", out);
        gf_markup_text(table->columns[c].title, out);
        fputs("</dt><dd>", out);
        gf_markup_prose(table->columns[c].meaning, out);
        fputs("</dd>\n", out);
    }
    fputs("</dl></details>\n", out);
}

void gf_table_write_html(const gf_table *table, const gf_writer *to) {
    gf_document *document = to->document;
    FILE *out = gf_document_markup(document);
    const size_t section = table->title == NULL ? 0 : gf_document_section(document, table->title);
    gf_bars_write(table, out);
    /* Wide tables scroll by themselves, also by keys. */
    fputs("<div class=\"wide\" tabindex=\"0\" role=\"group\"", out);
    fprintf(out,
            section > 0 ? " aria-labelledby=\"s%zu\">\n<table>\n"
                        : " aria-label=\"Table\">\n<table>\n",
            section);
    write_titles(table, out);
    const size_t left_out = write_rows(table, document, out);
    fputs("</tbody>\n</table>\n</div>\n", out);
    if (left_out > 0)
        fprintf(out, "<p>%zu more rows did not fit into this page: the JSON report has all.</p>\n",
                left_out);
    if (to->explain)
        write_meanings(table, out);
}
