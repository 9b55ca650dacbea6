#include "image/reduced_png.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct gf_reduced_png {
    size_t width, height, factor; /* factor: the side of a square */
    uint32_t channels;
    size_t reduced_width;
    size_t rows;      /* that have come */
    uint64_t *sums;   /* of the squares that are not complete yet */
    uint8_t *reduced; /* a row */
    gf_png_rows *png; /* NULL: it has ended */
};

void gf_reduced_png_discard(gf_reduced_png *png) {
    if (png == NULL)
        return;
    gf_png_rows_discard(png->png);
    free(png->sums);
    free(png->reduced);
    free(png);
}

gf_status gf_reduced_png_begin(size_t width, size_t height, uint32_t channels, size_t side,
                               FILE *stream, const char *path, gf_reduced_png **made,
                               gf_error *error) {
    const size_t factor = ((width > height ? width : height) - 1) / side + 1;
    const size_t reduced_width = (width - 1) / factor + 1, samples = reduced_width * channels;
    gf_reduced_png *png = calloc(1, sizeof *png);
    if (png == NULL)
        return gf_error_no_memory(error, "a picture", sizeof *png);
    *png = (gf_reduced_png){width, height, factor, channels, reduced_width, 0, NULL, NULL, NULL};
    png->sums = calloc(samples, sizeof *png->sums);
    png->reduced = malloc(samples);
    const gf_status status = png->sums == NULL || png->reduced == NULL
                                 ? gf_error_no_memory(error, "a row of a picture", samples)
                                 : gf_png_rows_begin(reduced_width, (height - 1) / factor + 1,
                                                     channels, stream, path, &png->png, error);
    if (status == GF_OK)
        *made = png;
    else
        gf_reduced_png_discard(png);
    return status;
}

static void add_row(gf_reduced_png *png, const uint8_t *row) {
    for (size_t x = 0; x < png->width; x++) {
        for (uint32_t c = 0; c < png->channels; c++)
            png->sums[x / png->factor * png->channels + c] += row[x * png->channels + c];
    }
    png->rows++;
}

/* Squares at the right and at the bottom may be cut. */
static gf_status end_squares(gf_reduced_png *png, size_t rows, gf_error *error) {
    for (size_t i = 0; i < png->reduced_width * png->channels; i++) {
        const size_t left = i / png->channels * png->factor, rest = png->width - left;
        const uint64_t count = rows * (rest < png->factor ? rest : png->factor);
        png->reduced[i] = (uint8_t)((png->sums[i] + count / 2) / count);
        png->sums[i] = 0;
    }
    return gf_png_rows_add(png->png, 1, png->reduced, error);
}

gf_status gf_reduced_png_add(gf_reduced_png *png, size_t rows, const uint8_t *pixels,
                             gf_error *error) {
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < rows; i++) {
        add_row(png, pixels + i * png->width * png->channels);
        const size_t rest = png->rows % png->factor;
        if (rest == 0 || png->rows == png->height)
            status = end_squares(png, rest == 0 ? png->factor : rest, error);
    }
    return status;
}

gf_status gf_reduced_png_end(gf_reduced_png *png, gf_error *error) {
    const gf_status status = gf_png_rows_end(png->png, error);
    png->png = NULL;
    gf_reduced_png_discard(png);
    return status;
}
