#include "parallel/bands/band_picture.h"

#include <math.h>
#include <string.h>

double gf_bands_picture_largest(const gf_rank_bands *bands) {
    double largest = 0;
    gf_problem problem;
    for (uint32_t i = 0; bands->whole->workload->picture_largest != NULL && i < bands->count; i++) {
        gf_band_problem(bands, i, &problem);
        largest = fmax(largest,
                       bands->whole->workload->picture_largest(&problem, gf_band_result(bands, i)));
    }
    return largest;
}

static gf_status render_band(const gf_rank_bands *bands, uint32_t index, double largest,
                             gf_image *image, gf_error *error) {
    gf_problem problem;
    gf_band_problem(bands, index, &problem);
    problem.picture_largest = largest;
    return bands->whole->workload->render(&problem, gf_band_result(bands, index), image, error);
}

static size_t rows_of(const gf_rank_bands *bands) {
    size_t rows = 0;
    for (uint32_t i = 0; i < bands->count; i++)
        rows += (size_t)bands->bands[i].units.count;
    return rows;
}

/* The first band says what the picture is like. */
static gf_status add_band(const gf_rank_bands *bands, const gf_image *band, size_t row,
                          gf_image *image, gf_error *error) {
    gf_status status = GF_OK;
    if (image->pixels == NULL)
        status = gf_image_create(band->width, rows_of(bands), band->channels, image, error);
    const size_t row_bytes = band->width * band->channels;
    if (status == GF_OK)
        memcpy(image->pixels + row * row_bytes, band->pixels, band->height * row_bytes);
    return status;
}

gf_status gf_bands_render(const gf_rank_bands *bands, double largest, gf_image *image,
                          gf_error *error) {
    gf_status status = GF_OK;
    size_t row = 0;
    *image = (gf_image){.width = 0};
    for (uint32_t i = 0; status == GF_OK && i < bands->count; i++) {
        gf_image band = {.width = 0};
        status = render_band(bands, i, largest, &band, error);
        if (status == GF_OK)
            status = add_band(bands, &band, row, image, error);
        row += band.height;
        gf_image_clear(&band);
    }
    return status;
}
