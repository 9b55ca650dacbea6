#include "plot/plot_canvas.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/text.h"

/* Colours that the colour-blind distinguish too (M. Okabe and K. Ito, 2008), darkest first. */
static const double palette[][3] = {{0.00, 0.45, 0.70}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45},
                                    {0.80, 0.47, 0.65}, {0.90, 0.62, 0.00}, {0.34, 0.71, 0.91}};

#define LONGEST_TEXT 1024 /* bytes; a line across the plot has some 150 characters */

void gf_plot_device_colour(const drawing *canvas, size_t device, double opacity) {
    const double *colour = palette[device % GF_COUNT_OF(palette)]; /* red, green, blue */
    cairo_set_source_rgba(canvas->cr, colour[0], colour[1], colour[2], opacity);
}

void gf_plot_grey(const drawing *canvas, double shade) {
    cairo_set_source_rgb(canvas->cr, shade, shade, shade);
}

void gf_plot_pen(const drawing *canvas, double width, const double *dash, int count) {
    cairo_set_line_width(canvas->cr, width);
    cairo_set_dash(canvas->cr, dash, count, 0);
}

/* Replaces bytes that cairo refuses by '?', as one refused character makes the whole plot fail:
 * drivers' names may be cut in a character. */
static void make_drawable(const char *text, char *drawable, size_t size) {
    size_t used = 0, left = strlen(text);
    while (left > 0) {
        const size_t length = gf_text_character_length(text, left);
        const size_t bytes = length == 0 ? 1 : length;
        if (used + bytes >= size)
            break;
        memcpy(drawable + used, length == 0 ? "?" : text, bytes);
        used += bytes;
        text += bytes;
        left -= bytes;
    }
    drawable[used] = '\0';
}

double gf_plot_text_width(const drawing *canvas, const char *text) {
    char drawable[LONGEST_TEXT];
    make_drawable(text, drawable, sizeof drawable);
    cairo_text_extents_t extents;
    cairo_text_extents(canvas->cr, drawable, &extents);
    return extents.x_advance;
}

void gf_plot_text(const drawing *canvas, double x, double y, double align, double size,
                  const char *text) {
    char drawable[LONGEST_TEXT];
    make_drawable(text, drawable, sizeof drawable);
    cairo_set_font_size(canvas->cr, size);
    cairo_move_to(canvas->cr, x - align * gf_plot_text_width(canvas, drawable), y);
    cairo_show_text(canvas->cr, drawable);
}

void gf_plot_fitted_text(const drawing *canvas, double x, double y, double room, double size,
                         const char *text) {
    char drawable[LONGEST_TEXT], cut[LONGEST_TEXT + 4];
    make_drawable(text, drawable, sizeof drawable);
    snprintf(cut, sizeof cut, "%s", drawable);
    cairo_set_font_size(canvas->cr, size);
    size_t length = strlen(drawable);
    while (length > 0 && gf_plot_text_width(canvas, cut) > room) {
        length--;
        while (length > 0 && ((unsigned char)drawable[length] & 0xc0) == 0x80)
            length--; /* back to the first byte of a character */
        snprintf(cut, sizeof cut, "%.*s...", (int)length, drawable);
    }
    gf_plot_text(canvas, x, y, 0, size, cut);
}

void gf_plot_line(const drawing *canvas, double x1, double y1, double x2, double y2) {
    cairo_move_to(canvas->cr, x1, y1);
    cairo_line_to(canvas->cr, x2, y2);
    cairo_stroke(canvas->cr);
}
