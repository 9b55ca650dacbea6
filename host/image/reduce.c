#include "image/reduce.h"

/* A square of pixels, cut at the edge of the picture. */
typedef struct square {
    size_t top, left, bottom, right;
} square;

static square square_at(const gf_image *image, size_t row, size_t col, size_t factor) {
    const size_t bottom = (row + 1) * factor, right = (col + 1) * factor;
    return (square){row * factor, col * factor, bottom < image->height ? bottom : image->height,
                    right < image->width ? right : image->width};
}

static uint8_t combine(const gf_image *image, const square *of, uint32_t channel,
                       gf_reduction reduction) {
    uint64_t sum = 0, count = 0;
    uint8_t most = 0;
    for (size_t y = of->top; y < of->bottom; y++) {
        for (size_t x = of->left; x < of->right; x++) {
            const uint8_t sample =
                image->pixels[(y * image->width + x) * image->channels + channel];
            sum += sample;
            count++;
            most = sample > most ? sample : most;
        }
    }
    const uint64_t mean = (sum + count / 2) / count;
    return (uint8_t)(reduction == GF_REDUCE_MOST ? most : mean);
}

gf_status gf_image_reduce(const gf_image *image, size_t side, gf_reduction reduction,
                          gf_image *reduced, gf_error *error) {
    const size_t longer = image->width > image->height ? image->width : image->height;
    const size_t factor = (longer - 1) / side + 1;
    const size_t width = (image->width - 1) / factor + 1, height = (image->height - 1) / factor + 1;
    const gf_status status = gf_image_create(width, height, image->channels, reduced, error);
    if (status != GF_OK)
        return status;
    for (size_t i = 0; i < width * height; i++) {
        const square of = square_at(image, i / width, i % width, factor);
        for (uint32_t c = 0; c < image->channels; c++)
            reduced->pixels[i * image->channels + c] = combine(image, &of, c, reduction);
    }
    return GF_OK;
}
