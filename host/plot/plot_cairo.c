/* Drawing a plot: axes, curves, thresholds, the legend. */
#include <cairo-svg.h>
#include <math.h>

#include "base/error.h"
#include "plot/plot_canvas.h"

static const double dots[] = {1.5, 3};

/* ---- Axes -------------------------------------------------------------- */

static void set_axes(drawing *canvas) {
    gf_plot_set_ranges(canvas->plot, &canvas->x, &canvas->y);
    canvas->top = TITLE_ROOM + ROW * (double)canvas->plot->mark_count + 8;
    canvas->x.start = LEFT;
    canvas->x.end = WIDTH - RIGHT;
    canvas->y.start = HEIGHT - BOTTOM;
    canvas->y.end = canvas->top;
}

static void draw_x_axis(const drawing *canvas) {
    const gf_plot *plot = canvas->plot;
    const double base = canvas->y.start;
    double free_from = 0; /* where a next label would not touch the last one */
    for (size_t i = 0; i < plot->value_count; i++) {
        const double x = gf_axis_place(&canvas->x, plot->values[i]);
        gf_plot_grey(canvas, 0.90);
        gf_plot_pen(canvas, 1, NULL, 0);
        gf_plot_line(canvas, x, base, x, canvas->top);
        gf_plot_grey(canvas, 0.2);
        gf_plot_line(canvas, x, base, x, base + 4);
        cairo_set_font_size(canvas->cr, TEXT_SIZE);
        const double half = 0.5 * gf_plot_text_width(canvas, plot->ticks[i]);
        if (x - half < free_from)
            continue;
        gf_plot_text(canvas, x, base + 19, 0.5, TEXT_SIZE, plot->ticks[i]);
        free_from = x + half + 8;
    }
    gf_plot_text(canvas, 0.5 * (canvas->x.start + canvas->x.end), base + 44, 0.5, TEXT_SIZE,
                 plot->x_label);
}

static void draw_y_tick(void *context, double number, bool labelled) {
    const drawing *canvas = context;
    const double y = gf_axis_place(&canvas->y, number);
    char text[32];
    gf_plot_format_tick(canvas->plot, number, text, sizeof text);
    gf_plot_pen(canvas, 1, NULL, 0);
    gf_plot_grey(canvas, labelled ? 0.88 : 0.95);
    gf_plot_line(canvas, canvas->x.start, y, canvas->x.end, y);
    gf_plot_grey(canvas, 0.2);
    if (labelled)
        gf_plot_text(canvas, canvas->x.start - 7, y + 4, 1, TEXT_SIZE, text);
}

static void draw_y_axis(drawing *canvas) {
    gf_plot_each_tick(&canvas->y, draw_y_tick, canvas);
    cairo_save(canvas->cr);
    cairo_translate(canvas->cr, 18, 0.5 * (canvas->y.start + canvas->y.end));
    cairo_rotate(canvas->cr, -0.5 * M_PI);
    gf_plot_text(canvas, 0, 0, 0.5, TEXT_SIZE, canvas->plot->y_label);
    cairo_restore(canvas->cr);
}

static void draw_frame(const drawing *canvas) {
    gf_plot_grey(canvas, 0.2);
    gf_plot_pen(canvas, 1, NULL, 0);
    cairo_rectangle(canvas->cr, canvas->x.start, canvas->y.end, canvas->x.end - canvas->x.start,
                    canvas->y.start - canvas->y.end);
    cairo_stroke(canvas->cr);
}

static void clip_to_frame(const drawing *canvas) {
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, canvas->x.start, canvas->y.end, canvas->x.end - canvas->x.start,
                    canvas->y.start - canvas->y.end);
    cairo_clip(canvas->cr);
}

/* ---- Curves, thresholds and knees --------------------------------------- */

/* Draws a shape for each stretch between gaps. */
static void draw_band(const drawing *canvas, const gf_plot_curve *curve) {
    const gf_plot *plot = canvas->plot;
    for (size_t from = 0, to; curve->low != NULL && from < plot->value_count; from = to + 1) {
        for (to = from; to < plot->value_count && gf_axis_has(curve->ns[to]); to++)
            cairo_line_to(canvas->cr, gf_axis_place(&canvas->x, plot->values[to]),
                          gf_axis_place(&canvas->y, curve->high[to]));
        for (size_t i = to; i > from; i--)
            cairo_line_to(canvas->cr, gf_axis_place(&canvas->x, plot->values[i - 1]),
                          gf_axis_place(&canvas->y, curve->low[i - 1]));
        cairo_close_path(canvas->cr);
        gf_plot_device_colour(canvas, curve->device, 0.16);
        cairo_fill(canvas->cr);
    }
}

static void draw_curve(const drawing *canvas, const gf_plot_curve *curve) {
    const gf_plot *plot = canvas->plot;
    bool started = false; /* the line goes on from the last value */
    gf_plot_device_colour(canvas, curve->device, 1);
    gf_plot_pen(canvas, curve->dashed ? 1.5 : 2, gf_plot_dashes, curve->dashed ? 2 : 0);
    for (size_t i = 0; i < plot->value_count; i++) {
        const bool drawn = gf_axis_has(curve->ns[i]);
        if (drawn)
            (started ? cairo_line_to : cairo_move_to)(canvas->cr,
                                                      gf_axis_place(&canvas->x, plot->values[i]),
                                                      gf_axis_place(&canvas->y, curve->ns[i]));
        started = drawn;
    }
    cairo_stroke(canvas->cr);
    for (size_t i = 0; !curve->dashed && !plot->has_no_dots && i < plot->value_count; i++) {
        if (!gf_axis_has(curve->ns[i]))
            continue;
        cairo_arc(canvas->cr, gf_axis_place(&canvas->x, plot->values[i]),
                  gf_axis_place(&canvas->y, curve->ns[i]), DOT, 0, 2 * M_PI);
        cairo_fill(canvas->cr);
    }
}

static double row_of_mark(size_t index) {
    return TITLE_ROOM + ROW * (double)(index + 1) - 4;
}

static void draw_mark_line(const drawing *canvas, size_t index) {
    const gf_plot_mark *mark = &canvas->plot->marks[index];
    const double x = gf_axis_place_inside(&canvas->x, mark->value),
                 low = gf_axis_place_inside(&canvas->x, mark->low);
    const double high = gf_axis_place_inside(&canvas->x, mark->high);
    gf_plot_device_colour(canvas, mark->device, 0.10);
    cairo_rectangle(canvas->cr, low, canvas->y.end, high - low, canvas->y.start - canvas->y.end);
    cairo_fill(canvas->cr);
    gf_plot_device_colour(canvas, mark->device, 1);
    gf_plot_pen(canvas, 1.3, gf_plot_dashes, mark->dashed ? 2 : 0);
    gf_plot_line(canvas, x, canvas->y.start, x, row_of_mark(index) - 4);
}

/* Next to the upper end of the mark's line, on white, because other lines may pass underneath. */
static void draw_mark_text(const drawing *canvas, size_t index) {
    const gf_plot_mark *mark = &canvas->plot->marks[index];
    const double x = gf_axis_place_inside(&canvas->x, mark->value), row = row_of_mark(index);
    cairo_set_font_size(canvas->cr, TEXT_SIZE - 1);
    const double width = gf_plot_text_width(canvas, mark->text);
    const double from = x + 6 + width > WIDTH - 8 ? fmax(x - 6 - width, 8) : x + 6;
    gf_plot_grey(canvas, 1);
    cairo_rectangle(canvas->cr, from - 2, row - 11, width + 4, 14);
    cairo_fill(canvas->cr);
    gf_plot_device_colour(canvas, mark->device, 1);
    gf_plot_text(canvas, from, row, 0, TEXT_SIZE - 1, mark->text);
}

static void draw_marks(const drawing *canvas) {
    for (size_t i = 0; i < canvas->plot->mark_count; i++)
        draw_mark_line(canvas, i);
    for (size_t i = 0; i < canvas->plot->mark_count; i++)
        draw_mark_text(canvas, i);
}

/* Whether a threshold's line would cross the text to the left of a knee at x. */
static bool left_is_taken(const drawing *canvas, double x) {
    for (size_t i = 0; i < canvas->plot->mark_count; i++) {
        const double mark = gf_axis_place_inside(&canvas->x, canvas->plot->marks[i].value);
        if (mark > x - 16 && mark <= x)
            return true;
    }
    return false;
}

static void draw_knees(const drawing *canvas) {
    const gf_plot *plot = canvas->plot;
    for (size_t i = 0; i < plot->knee_count; i++) {
        const double x = gf_axis_place(&canvas->x, plot->knees[i].value);
        gf_plot_grey(canvas, 0.45);
        gf_plot_pen(canvas, 1, dots, 2);
        gf_plot_line(canvas, x, canvas->y.start, x, canvas->y.end);
        cairo_save(canvas->cr);
        cairo_translate(canvas->cr, left_is_taken(canvas, x) ? x + 11 : x - 4, canvas->y.start - 6);
        cairo_rotate(canvas->cr, -0.5 * M_PI);
        gf_plot_text(canvas, 0, 0, 0, SMALL_TEXT, plot->knees[i].text);
        cairo_restore(canvas->cr);
    }
}

/* ---- The legend -------------------------------------------------------- */

/* A dashed key has a band behind it. */
static void draw_key(const drawing *canvas, double y, bool dashed) {
    gf_plot_pen(canvas, dashed ? 1.5 : 2, gf_plot_dashes, dashed ? 2 : 0);
    if (dashed) {
        gf_plot_grey(canvas, 0.85);
        cairo_rectangle(canvas->cr, LEGEND_LEFT, y - 9, 26, 10);
        cairo_fill(canvas->cr);
    }
    gf_plot_grey(canvas, 0.3);
    gf_plot_line(canvas, LEGEND_LEFT, y - 4, LEGEND_LEFT + 26, y - 4);
    if (!dashed) {
        cairo_arc(canvas->cr, LEGEND_LEFT + 13, y - 4, DOT, 0, 2 * M_PI);
        cairo_fill(canvas->cr);
    }
}

static bool has_curves(const gf_plot *plot, bool dashed) {
    for (size_t c = 0; c < plot->curve_count; c++) {
        if (plot->curves[c].dashed == dashed)
            return true;
    }
    return false;
}

/* The meaning of solid and of dashed lines, if the plot has them. Returns the y below them. */
static double draw_line_keys(const drawing *canvas, double y) {
    const double left = LEGEND_LEFT + 34, room = WIDTH - 8 - left;
    char predicted[64];
    for (int dashed = 0; dashed < 2; dashed++) {
        if (!has_curves(canvas->plot, dashed))
            continue;
        draw_key(canvas, y, dashed);
        gf_plot_fitted_text(canvas, left, y, room, TEXT_SIZE - 1,
                            dashed ? gf_plot_dashed_key(canvas->plot, predicted, sizeof predicted)
                            : canvas->plot->solid_key == NULL ? "measured, median"
                                                              : canvas->plot->solid_key);
        y += 18;
    }
    return y;
}

/* The column at the right: devices, kinds of lines, notes. */
static void draw_legend(const drawing *canvas) {
    const gf_plot *plot = canvas->plot;
    const double left = LEGEND_LEFT + 34, room = WIDTH - 8 - left;
    double y = canvas->top + 10;
    for (size_t d = 0; d < plot->device_count; d++) {
        gf_plot_device_colour(canvas, d, 1);
        gf_plot_pen(canvas, 4, NULL, 0);
        gf_plot_line(canvas, LEGEND_LEFT, y - 4, LEGEND_LEFT + 26, y - 4);
        gf_plot_grey(canvas, 0.1);
        gf_plot_fitted_text(canvas, left, y, room, TEXT_SIZE, plot->devices[d].label);
        gf_plot_grey(canvas, 0.4);
        gf_plot_fitted_text(canvas, left, y + 13, room, SMALL_TEXT, plot->devices[d].name);
        y += 34;
    }
    y = draw_line_keys(canvas, y + 8) + 8;
    gf_plot_grey(canvas, 0.3);
    for (size_t i = 0; plot->notes[i] != NULL; i++, y += 14)
        gf_plot_fitted_text(canvas, LEGEND_LEFT, y, WIDTH - 8 - LEGEND_LEFT, SMALL_TEXT,
                            plot->notes[i]);
}

/* ---- The plot ---------------------------------------------------------- */

static void draw_plot(cairo_t *cr, const gf_plot *plot) {
    drawing canvas = {.cr = cr, .plot = plot};
    set_axes(&canvas);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    draw_x_axis(&canvas);
    draw_y_axis(&canvas);
    draw_knees(&canvas);
    draw_marks(&canvas);
    clip_to_frame(&canvas);
    for (size_t i = 0; i < plot->curve_count; i++)
        draw_band(&canvas, &plot->curves[i]);
    for (size_t i = 0; i < plot->curve_count; i++)
        draw_curve(&canvas, &plot->curves[i]);
    cairo_restore(cr);
    draw_frame(&canvas);
    draw_legend(&canvas);
    gf_plot_grey(&canvas, 0);
    gf_plot_fitted_text(&canvas, LEFT, 24, WIDTH - LEFT - 8, TEXT_SIZE + 3, plot->title);
}

static cairo_status_t write_bytes(void *stream, const unsigned char *bytes, unsigned int count) {
    return fwrite(bytes, 1, count, stream) == count ? CAIRO_STATUS_SUCCESS
                                                    : CAIRO_STATUS_WRITE_ERROR;
}

gf_status gf_plot_draw(const gf_plot *plot, gf_plot_format format, FILE *stream, gf_error *error) {
    const bool svg = format == GF_PLOT_SVG;
    cairo_surface_t *surface =
        svg ? cairo_svg_surface_create_for_stream(write_bytes, stream, WIDTH, HEIGHT)
            : cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(WIDTH * PNG_SCALE),
                                         (int)(HEIGHT * PNG_SCALE));
    cairo_t *cr = cairo_create(surface);
    if (!svg)
        cairo_scale(cr, PNG_SCALE, PNG_SCALE);
    draw_plot(cr, plot);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    if (status == CAIRO_STATUS_SUCCESS && !svg)
        status = cairo_surface_write_to_png_stream(surface, write_bytes, stream);
    cairo_surface_finish(surface); /* writes the rest of an SVG */
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        return GF_OK;
    return gf_error_set(error, GF_FAILED, "cannot draw the plot: %s",
                        cairo_status_to_string(status));
}
