#include "report/table/bars.h"

#include <math.h>
#include <string.h>

#include "base/array.h"
#include "base/markup.h"
#include "base/text.h"

#define UNITS 1000.0 /* the length of a whole bar in its own coordinates */

/* ---- Colours ----------------------------------------------------------- */

/* What a piece is about sets its colour, whatever report it is in. */
static const char *class_of(const char *piece) {
    static const struct {
        const char *piece, *class;
    } classes[] = {
        {"h2d", "up"},        {"up", "up"},          {"d2h", "down"},        {"down", "down"},
        {"kernel", "kernel"}, {"kernels", "kernel"}, {"launch", "launch"},   {"waiting", "launch"},
        {"copy", "copy"},     {"halo", "copy"},      {"overlap", "overlap"}, {"build", "build"},
        {"alloc", "alloc"},   {"idle", "idle"},      {"queue", "alloc"},     {"imbalance", "idle"}};
    for (size_t i = 0; i < GF_COUNT_OF(classes); i++) {
        if (strcmp(piece, classes[i].piece) == 0)
            return classes[i].class;
    }
    return "rest";
}

/* ---- Bars of a table --------------------------------------------------- */

/* The bars: `count` of them, with `pieces` each. */
typedef struct bar_set {
    const gf_table *table;
    bool across; /* a bar is a row */
    size_t count, pieces;
} bar_set;

static bar_set set_of(const gf_table *table) {
    const size_t rows = gf_table_row_count(table);
    const bool across = table->stack.kind == GF_STACK_ROWS;
    if (table->stack.kind == GF_STACK_NONE || rows == 0)
        return (bar_set){.table = table};
    return (bar_set){table, across, across ? rows : 1, across ? table->stack.count : rows - 1};
}

static const char *piece_name(const bar_set *set, size_t piece) {
    if (set->across)
        return set->table->columns[set->table->stack.columns[piece]].title;
    return gf_table_cell(set->table, piece, 0)->text;
}

static void locate(const bar_set *set, size_t bar, size_t piece, size_t *row, size_t *column) {
    *row = set->across ? bar : piece;
    *column = set->table->stack.columns[set->across ? piece : 0];
}

static double piece_of(const bar_set *set, size_t bar, size_t piece) {
    size_t row = 0, column = 0;
    locate(set, bar, piece, &row, &column);
    const gf_cell *cell = gf_table_cell(set->table, row, column);
    return cell->has_number && cell->number > 0 ? cell->number : 0;
}

static double length_of(const bar_set *set, size_t bar) {
    double sum = 0;
    for (size_t i = 0; i < set->pieces; i++)
        sum += piece_of(set, bar, i);
    return sum;
}

static double longest(const bar_set *set) {
    double most = 0;
    for (size_t i = 0; i < set->count; i++)
        most = fmax(most, length_of(set, i));
    return most;
}

static bool has_piece(const bar_set *set, size_t piece) {
    for (size_t i = 0; i < set->count; i++) {
        if (piece_of(set, i, piece) > 0)
            return true;
    }
    return false;
}

double gf_bars_scale(double number) {
    static const double steps[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    const double decade = pow(10, floor(log10(number)));
    size_t i = 0;
    while (i + 1 < GF_COUNT_OF(steps) && steps[i] * decade < number)
        i++;
    return steps[i] * decade;
}

/* ---- Drawing ----------------------------------------------------------- */

/* "kernel 2.980 ms, 99.9 %" */
static void write_piece_text(const bar_set *set, size_t bar, size_t piece, FILE *out) {
    char number[GF_CELL_TEXT_SIZE];
    size_t row = 0, column = 0;
    locate(set, bar, piece, &row, &column);
    gf_markup_text(piece_name(set, piece), out);
    fprintf(out, " %s ms, %.1f %%",
            gf_table_cell_text(set->table, row, column, GF_FORMAT_TEXT, number),
            100 * piece_of(set, bar, piece) / length_of(set, bar));
}

static void write_alternative(const bar_set *set, size_t bar, FILE *out) {
    const char *separator = "";
    fputs(" role=\"img\" aria-label=\"", out);
    for (size_t i = 0; i < set->pieces; i++) {
        if (piece_of(set, bar, i) <= 0)
            continue;
        fputs(separator, out);
        write_piece_text(set, bar, i, out);
        separator = "; ";
    }
    fputc('"', out);
}

/* `whole`: what the full width is. */
static void write_bar(const bar_set *set, size_t bar, double whole, const char *class, FILE *out) {
    double at = 0;
    fprintf(out, "<svg class=\"%s\" viewBox=\"0 0 %.0f 10\" preserveAspectRatio=\"none\"", class,
            UNITS);
    write_alternative(set, bar, out);
    fputc('>', out);
    for (size_t i = 0; i < set->pieces; i++) {
        const double width = UNITS * piece_of(set, bar, i) / whole;
        if (width <= 0)
            continue;
        fprintf(out, "<rect class=\"p-%s\" x=\"%.3f\" y=\"0\" width=\"%.3f\" height=\"10\"><title>",
                class_of(piece_name(set, i)), at, width);
        write_piece_text(set, bar, i, out);
        fputs("</title></rect>", out);
        at += width;
    }
    fputs("</svg>", out);
}

static bool is_empty(const gf_cell *cell) {
    return cell->text == NULL && !cell->has_number;
}

/* The name of a bar: the cells that name its row, those of rows above where they are empty. Numbers
 * say what they are. */
static void write_label(const bar_set *set, size_t bar, FILE *out) {
    char number[GF_CELL_TEXT_SIZE];
    for (size_t c = 0; c < set->table->key_count; c++) {
        size_t row = bar;
        while (row > 0 && is_empty(gf_table_cell(set->table, row, c)))
            row--;
        if (c > 0)
            fputc(' ', out);
        if (gf_table_cell(set->table, row, c)->has_number)
            fprintf(out, "%s ", set->table->columns[c].title);
        gf_markup_text(gf_table_cell_text(set->table, row, c, GF_FORMAT_TEXT, number), out);
    }
}

static void write_row(const bar_set *set, size_t bar, double scale, bool alone, FILE *out) {
    char time[32];
    const double length = length_of(set, bar);
    if (length <= 0)
        return;
    gf_format_ns(length, time, sizeof time);
    fputs("<div class=\"bar\"><span class=\"name\">", out);
    if (set->across)
        write_label(set, bar, out);
    fprintf(out, "</span><span class=\"time\">%s</span>", time);
    write_bar(set, bar, scale, "length", out);
    if (!alone)
        write_bar(set, bar, length, "share", out);
    fputs("</div>\n", out);
}

static void write_legend(const bar_set *set, FILE *out) {
    fputs("<ul class=\"legend\">", out);
    for (size_t i = 0; i < set->pieces; i++) {
        if (!has_piece(set, i))
            continue;
        fprintf(out, "<li><span class=\"key p-%s\"></span>", class_of(piece_name(set, i)));
        gf_markup_text(piece_name(set, i), out);
        fputs("</li>", out);
    }
    fputs("</ul>\n", out);
}

/* One bar is as long as the figure is wide. */
void gf_bars_write(const gf_table *table, FILE *out) {
    const bar_set set = set_of(table);
    const double most = longest(&set);
    const bool alone = set.count == 1;
    char width[32];
    if (most <= 0)
        return;
    const double scale = alone ? most : gf_bars_scale(most);
    gf_format_ns(scale, width, sizeof width);
    fprintf(out, "<figure class=\"bars%s\">\n", alone ? " alone" : "");
    for (size_t i = 0; i < set.count; i++)
        write_row(&set, i, scale, alone, out);
    write_legend(&set, out);
    if (alone)
        fprintf(out, "<figcaption>The whole bar is %s.</figcaption>\n</figure>\n", width);
    else
        fprintf(
            out,
            "<figcaption>Above: time, the full width is %s. Below, thin: shares of each one's own "
            "time.</figcaption>\n</figure>\n",
            width);
}
