#include "report/table/cells.h"

#include "base/array.h"
#include "base/error.h"
#include "base/text.h"

/* ---- Filling ----------------------------------------------------------- */

gf_table gf_table_begin(const char *title, const gf_column *columns, size_t column_count) {
    return (gf_table){
        .title = title, .columns = columns, .column_count = column_count, .key_count = 1};
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

void gf_table_tone(gf_table *table, gf_tone tone) {
    if (!table->no_memory && table->cell_count > 0)
        table->cells[table->cell_count - 1].tone = tone;
}

size_t gf_table_row_count(const gf_table *table) {
    return table->cell_count / table->column_count;
}

const gf_cell *gf_table_cell(const gf_table *table, size_t row, size_t column) {
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

const char *gf_table_cell_text(const gf_table *table, size_t row, size_t column, gf_format format,
                               char number[GF_CELL_TEXT_SIZE]) {
    const gf_cell *cell = gf_table_cell(table, row, column);
    const gf_cell_kind kind = table->columns[column].kind;
    if (cell->text != NULL)
        return cell->text;
    if (!cell->has_number)
        return "";
    if (format == GF_FORMAT_CSV)
        format_for_machines(kind, cell->number, number, GF_CELL_TEXT_SIZE);
    else
        format_for_people(kind, cell->number, number, GF_CELL_TEXT_SIZE);
    return number;
}

bool gf_table_has_column(const gf_table *table, size_t column) {
    char number[GF_CELL_TEXT_SIZE];
    for (size_t r = 0; r < gf_table_row_count(table); r++) {
        if (gf_table_cell_text(table, r, column, GF_FORMAT_TEXT, number)[0] != '\0')
            return true;
    }
    return false;
}
