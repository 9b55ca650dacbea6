#include "plot/plot_internal.h"

#include <stdio.h>
#include <string.h>

#include "plot/plot_legend.h"
#include "stats/confidence.h"

typedef struct colour {
    double red, green, blue;
} colour;

/* Told apart also by the colour-blind (M. Okabe and K. Ito, 2008), darkest first. */
static const colour palette[] = {{0.00, 0.45, 0.70}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45},
                                 {0.80, 0.47, 0.65}, {0.90, 0.62, 0.00}, {0.34, 0.71, 0.91}};
#define LONGEST_TEXT 1024 /* bytes; a line across the plot has some 150 characters */
#define PALETTE      (sizeof palette / sizeof palette[0])

/* ---- Pens and text ----------------------------------------------------- */

void gf_plot_device_colour(const drawing *canvas, size_t device, double opacity) {
    const colour *own = &palette[device % PALETTE];
    cairo_set_source_rgba(canvas->cr, own->red, own->green, own->blue, opacity);
}

void gf_plot_grey(const drawing *canvas, double shade) {
    cairo_set_source_rgb(canvas->cr, shade, shade, shade);
}

void gf_plot_pen(const drawing *canvas, double width, const double *dash, int count) {
    cairo_set_line_width(canvas->cr, width);
    cairo_set_dash(canvas->cr, dash, count, 0);
}

/* The bytes of the character that begins here; 0: none that cairo takes, for which one such byte
 * spoils the whole plot. Those are UTF-8 in its shortest form, no surrogates and no code points
 * that are no characters (U+FDD0 to U+FDEF; U+FFFE and U+FFFF of every plane). */
static size_t character_length(const unsigned char *bytes) {
    static const uint32_t first_of[] = {0, 0, 0x80, 0x800, 0x10000}; /* by length */
    const size_t length = bytes[0] < 0x80             ? 1
                          : (bytes[0] & 0xe0) == 0xc0 ? 2
                          : (bytes[0] & 0xf0) == 0xe0 ? 3
                          : (bytes[0] & 0xf8) == 0xf0 ? 4
                                                      : 0;
    if (length <= 1)
        return length;
    uint32_t code = bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) { /* the text's end is no continuation byte */
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    const bool none = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
    return code < first_of[length] || code > 0x10ffff || surrogate || none ? 0 : length;
}

/* Names come from drivers and may be cut: bytes that are no characters become '?'. */
static void make_drawable(const char *text, char *drawable, size_t size) {
    size_t used = 0;
    while (*text != '\0') {
        const size_t length = character_length((const unsigned char *)text);
        const size_t bytes = length == 0 ? 1 : length;
        if (used + bytes >= size)
            break;
        memcpy(drawable + used, length == 0 ? "?" : text, bytes);
        used += bytes;
        text += bytes;
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
            length--; /* a character is not cut */
        snprintf(cut, sizeof cut, "%.*s...", (int)length, drawable);
    }
    gf_plot_text(canvas, x, y, 0, size, cut);
}

void gf_plot_line(const drawing *canvas, double x1, double y1, double x2, double y2) {
    cairo_move_to(canvas->cr, x1, y1);
    cairo_line_to(canvas->cr, x2, y2);
    cairo_stroke(canvas->cr);
}

/* ---- Legend ------------------------------------------------------------ */

static void draw_key(const drawing *canvas, double y, bool dashed, bool band) {
    gf_plot_pen(canvas, dashed ? 1.5 : 2, gf_plot_dashes, dashed ? 2 : 0);
    if (band) {
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

/* What solid and dashed lines are, for those kinds that there are. */
static double draw_keys(const drawing *canvas, double y) {
    const double left = LEGEND_LEFT + 34, room = WIDTH - 8 - left;
    char predicted[40];
    snprintf(predicted, sizeof predicted, "predicted, %.0f %% interval", 100 * GF_CONFIDENCE);
    for (int dashed = 0; dashed < 2; dashed++) {
        bool there = false;
        for (size_t c = 0; c < canvas->plot->curve_count; c++)
            there = there || canvas->plot->curves[c].dashed == (dashed == 1);
        if (!there)
            continue;
        draw_key(canvas, y, dashed == 1, dashed == 1);
        gf_plot_fitted_text(canvas, left, y, room, TEXT_SIZE - 1,
                            dashed == 1 ? predicted : "measured, median");
        y += 18;
    }
    return y;
}

void gf_plot_legend(const drawing *canvas) {
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
    y = draw_keys(canvas, y + 8) + 8;
    gf_plot_grey(canvas, 0.3);
    for (size_t i = 0; plot->notes[i] != NULL; i++, y += 14)
        gf_plot_fitted_text(canvas, LEGEND_LEFT, y, WIDTH - 8 - LEGEND_LEFT, SMALL_TEXT,
                            plot->notes[i]);
}
