#include "plot/plot_markup.h"

#include <math.h>

#include "base/markup.h"
#include "plot/plot_axes.h"

/* Of the drawing, in its own units, which are about pixels on a wide screen. */
#define WIDTH   760.0
#define HEIGHT  400.0
#define LEFT    72.0
#define RIGHT   14.0
#define TOP     22.0 /* room for the letters of thresholds */
#define BOTTOM  46.0
#define COLOURS 6
#define LETTERS 26

typedef struct drawing {
    const gf_plot *plot;
    log_axis x, y;
    FILE *out;
} drawing;

/* ---- Axes -------------------------------------------------------------- */

static void write_line(const drawing *to, const char *class, double x1, double y1, double x2,
                       double y2) {
    fprintf(to->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
            class, x1, y1, x2, y2);
}

static void write_text(const drawing *to, const char *class, double x, double y, const char *text) {
    fprintf(to->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    gf_markup_text(text, to->out);
    fputs("</text>\n", to->out);
}

static void write_y_tick(void *context, double number, bool labelled) {
    const drawing *to = context;
    const double y = gf_axis_place(&to->y, number);
    char text[32];
    write_line(to, labelled ? "grid" : "fine", to->x.start, y, to->x.end, y);
    gf_plot_format_tick(to->plot, number, text, sizeof text);
    if (labelled)
        write_text(to, "end", to->x.start - 6, y + 4, text);
}

/* Characters are about 6.6 wide: a label that would touch the last one is left out. */
static void write_x_axis(const drawing *to) {
    double free_from = 0;
    for (size_t i = 0; i < to->plot->value_count; i++) {
        const double x = gf_axis_place(&to->x, to->plot->values[i]);
        double half = 0;
        for (const char *c = to->plot->ticks[i]; *c != '\0'; c++)
            half += 3.3;
        if (half == 0)
            continue;
        write_line(to, "grid", x, to->y.start, x, to->y.end);
        if (x - half < free_from)
            continue;
        write_text(to, "middle", x, to->y.start + 17, to->plot->ticks[i]);
        free_from = x + half + 8;
    }
    write_text(to, "middle", 0.5 * (to->x.start + to->x.end), HEIGHT - 8, to->plot->x_label);
}

static void write_frame(const drawing *to) {
    fprintf(to->out,
            "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
            to->x.start, to->y.end, to->x.end - to->x.start, to->y.start - to->y.end);
    fprintf(to->out, "<text class=\"middle\" transform=\"translate(13 %.1f) rotate(-90)\">",
            0.5 * (to->y.start + to->y.end));
    gf_markup_text(to->plot->y_label, to->out);
    fputs("</text>\n", to->out);
}

/* ---- Curves ------------------------------------------------------------ */

static size_t colour_of(size_t device) {
    return device % COLOURS;
}

/* The y of a band's edge, which may lie outside of the axes. */
static double place_edge(const drawing *to, double number) {
    return gf_axis_place_inside(&to->y, gf_axis_has(number) ? number : to->y.low);
}

/* A shape for each stretch between gaps. */
static void write_band(const drawing *to, const gf_plot_curve *curve) {
    const gf_plot *plot = to->plot;
    for (size_t from = 0, end; curve->low != NULL && from < plot->value_count; from = end + 1) {
        for (end = from; end < plot->value_count && gf_axis_has(curve->ns[end]);)
            end++;
        if (end == from)
            continue;
        fprintf(to->out, "<polygon class=\"band d%zu\" points=\"", colour_of(curve->device));
        for (size_t i = from; i < end; i++)
            fprintf(to->out, "%.1f,%.1f ", gf_axis_place(&to->x, plot->values[i]),
                    place_edge(to, curve->high[i]));
        for (size_t i = end; i > from; i--)
            fprintf(to->out, "%.1f,%.1f ", gf_axis_place(&to->x, plot->values[i - 1]),
                    place_edge(to, curve->low[i - 1]));
        fputs("\"/>\n", to->out);
    }
}

/* A time, a number, or a share with the digits that tables have. */
static void format_dot(const gf_plot *plot, double number, char *text, size_t size) {
    if (plot->is_percent)
        snprintf(text, size, "%.1f %%", number);
    else
        gf_plot_format_tick(plot, number, text, size);
}

static void write_dot(const drawing *to, const gf_plot_curve *curve, size_t i) {
    const gf_plot *plot = to->plot;
    char text[32];
    format_dot(plot, curve->ns[i], text, sizeof text);
    fprintf(to->out, "<circle class=\"dot d%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>",
            colour_of(curve->device), gf_axis_place(&to->x, plot->values[i]),
            gf_axis_place(&to->y, curve->ns[i]));
    gf_markup_text(plot->devices[curve->device].label, to->out);
    fprintf(to->out, ", %s: ", plot->ticks[i]);
    gf_markup_text(text, to->out);
    fputs("</title></circle>\n", to->out);
}

static void write_curve(const drawing *to, const gf_plot_curve *curve) {
    const gf_plot *plot = to->plot;
    bool started = false;
    fprintf(to->out, "<path class=\"curve%s d%zu\" d=\"", curve->dashed ? " dashed" : "",
            colour_of(curve->device));
    for (size_t i = 0; i < plot->value_count; i++) {
        const bool drawn = gf_axis_has(curve->ns[i]);
        if (drawn)
            fprintf(to->out, "%s%.1f %.1f", started ? "L" : "M",
                    gf_axis_place(&to->x, plot->values[i]), gf_axis_place(&to->y, curve->ns[i]));
        started = drawn;
    }
    fputs("\"/>\n", to->out);
    for (size_t i = 0; !curve->dashed && !plot->has_no_dots && i < plot->value_count; i++) {
        if (gf_axis_has(curve->ns[i]))
            write_dot(to, curve, i);
    }
}

static void write_points(const drawing *to) {
    for (size_t i = 0; i < to->plot->point_count; i++) {
        const gf_plot_point *point = &to->plot->points[i];
        const double x = gf_axis_place_inside(&to->x, point->x),
                     y = gf_axis_place_inside(&to->y, point->y);
        fprintf(to->out, "<path class=\"dot d%zu\" d=\"M%.1f %.1fl6 6l-6 6l-6 -6z\"><title>",
                colour_of(point->device), x, y - 6);
        gf_markup_text(point->text, to->out);
        fputs("</title></path>\n", to->out);
    }
}

/* ---- Thresholds and knees ---------------------------------------------- */

static void write_mark(const drawing *to, size_t index) {
    const gf_plot_mark *mark = &to->plot->marks[index];
    const char letter[] = {(char)('A' + index % LETTERS), '\0'};
    const double x = gf_axis_place_inside(&to->x, mark->value),
                 low = gf_axis_place_inside(&to->x, mark->low),
                 high = gf_axis_place_inside(&to->x, mark->high);
    char class[32];
    fprintf(to->out,
            "<rect class=\"band d%zu\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
            colour_of(mark->device), low, to->y.end, high - low, to->y.start - to->y.end);
    snprintf(class, sizeof class, "mark%s d%zu", mark->dashed ? " dashed" : "",
             colour_of(mark->device));
    write_line(to, class, x, to->y.start, x, to->y.end - 4);
    snprintf(class, sizeof class, "middle dev d%zu", colour_of(mark->device));
    write_text(to, class, x, to->y.end - 8, letter);
}

static void write_knees(const drawing *to) {
    for (size_t i = 0; i < to->plot->knee_count; i++) {
        const double x = gf_axis_place_inside(&to->x, to->plot->knees[i].value);
        write_line(to, "knee", x, to->y.start, x, to->y.end);
        fprintf(to->out, "<text class=\"faint\" transform=\"translate(%.1f %.1f) rotate(-90)\">",
                x - 4, to->y.start - 6);
        gf_markup_text(to->plot->knees[i].text, to->out);
        fputs("</text>\n", to->out);
    }
}

/* ---- The legend -------------------------------------------------------- */

static bool has_curves(const gf_plot *plot, bool dashed) {
    for (size_t c = 0; c < plot->curve_count; c++) {
        if (plot->curves[c].dashed == dashed)
            return true;
    }
    return false;
}

static void write_devices(const gf_plot *plot, FILE *out) {
    fputs("<ul class=\"legend\">", out);
    for (size_t d = 0; d < plot->device_count; d++) {
        fprintf(out, "<li><span class=\"key dev d%zu\"></span>", colour_of(d));
        gf_markup_text(plot->devices[d].label, out);
        fputs("</li>", out);
    }
    fputs("</ul>\n", out);
}

static void write_caption(const gf_plot *plot, FILE *out) {
    fputs("<figcaption>", out);
    gf_markup_text(plot->title, out);
    fputs(". Both axes are logarithmic.", out);
    if (has_curves(plot, false)) {
        fputs(plot->has_no_dots ? " Lines: " : " Solid, with dots: ", out);
        gf_markup_text(plot->solid_key == NULL ? "measured, median" : plot->solid_key, out);
        fputc('.', out);
    }
    if (has_curves(plot, true)) {
        char key[64];
        fputs(" Dashed: ", out);
        gf_markup_text(gf_plot_dashed_key(plot, key, sizeof key), out);
        fputc('.', out);
    }
    for (size_t i = 0; i < plot->mark_count; i++) {
        fprintf(out, "<br/><strong>%c</strong> ", (char)('A' + i % LETTERS));
        gf_markup_text(plot->marks[i].text, out);
    }
    for (size_t i = 0; plot->notes[i] != NULL; i++) {
        fputs(i == 0 ? "<br/>" : " ", out);
        gf_markup_text(plot->notes[i], out);
    }
    fputs("</figcaption>\n", out);
}

/* ---- The figure -------------------------------------------------------- */

static void write_svg(const drawing *to) {
    const gf_plot *plot = to->plot;
    fprintf(to->out, "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    gf_markup_text(plot->title, to->out);
    fputs("; the tables have its numbers\">\n", to->out);
    write_x_axis(to);
    gf_plot_each_tick(&to->y, write_y_tick, (void *)(uintptr_t)to);
    write_knees(to);
    for (size_t i = 0; i < plot->mark_count; i++)
        write_mark(to, i);
    for (size_t i = 0; i < plot->curve_count; i++)
        write_band(to, &plot->curves[i]);
    for (size_t i = 0; i < plot->curve_count; i++)
        write_curve(to, &plot->curves[i]);
    write_points(to);
    write_frame(to);
    fputs("</svg>\n", to->out);
}

gf_status gf_plot_write_markup(const gf_plot *plot, void *context, gf_error *error) {
    drawing to = {.plot = plot, .out = context};
    (void)error;
    gf_plot_set_ranges(plot, &to.x, &to.y);
    to.x.start = LEFT;
    to.x.end = WIDTH - RIGHT;
    to.y.start = HEIGHT - BOTTOM;
    to.y.end = TOP;
    fputs("<figure>\n<div class=\"plot\">\n", to.out);
    write_svg(&to);
    fputs("</div>\n", to.out);
    write_devices(plot, to.out);
    write_caption(plot, to.out);
    fputs("</figure>\n", to.out);
    return GF_OK;
}
