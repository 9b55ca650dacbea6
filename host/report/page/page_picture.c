#include "report/page/page_picture.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/markup.h"
#include "image/reduce.h"

#define MOST_BYTES 90000 /* of a picture, before it is written as base64 */
#define LEAST_SIDE 48

typedef struct png {
    char *bytes;
    size_t size, width, height;
} png;

static gf_status encode(const gf_image *image, png *made, gf_error *error) {
    *made = (png){.width = image->width, .height = image->height};
    FILE *stream = open_memstream(&made->bytes, &made->size);
    if (stream == NULL)
        return gf_error_no_memory(error, "a picture", 0);
    gf_status status = gf_image_put_png(image, stream, "a picture of the report", error);
    if (fclose(stream) != 0 && status == GF_OK)
        status = gf_error_no_memory(error, "a picture", made->size);
    return status;
}

static gf_status encode_smaller(const gf_image *image, size_t side, png *made, gf_error *error) {
    gf_image smaller = {0};
    gf_status status = gf_image_reduce(image, side, GF_REDUCE_MEAN, &smaller, error);
    if (status == GF_OK)
        status = encode(&smaller, made, error);
    gf_image_clear(&smaller);
    return status;
}

/* As large as `most` bytes allow; larger than that where even the least is. */
static gf_status encode_within(const gf_image *image, size_t most, png *made, gf_error *error) {
    size_t side = image->width > image->height ? image->width : image->height;
    for (;;) {
        const gf_status status = encode_smaller(image, side, made, error);
        if (status != GF_OK || made->size <= most || side / 2 < LEAST_SIDE)
            return status;
        free(made->bytes);
        side = side * 3 / 4;
    }
}

static void write_figure(const png *picture, const char *alternative, const char *caption,
                         FILE *out) {
    fprintf(out, "<figure><img width=\"%zu\" height=\"%zu\" alt=\"", picture->width,
            picture->height);
    gf_markup_text(alternative, out);
    fputs("\" src=\"data:image/png;base64,", out);
    gf_markup_base64(picture->bytes, picture->size, out);
    fputs("\"/>\n<figcaption>", out);
    gf_markup_text(caption, out);
    fputs("</figcaption></figure>\n", out);
}

gf_status gf_page_picture(gf_document *document, const gf_image *image, const char *alternative,
                          const char *caption, gf_error *error) {
    png picture = {.bytes = NULL};
    const size_t room = gf_document_room(document) / 4; /* base64 takes a third more */
    const size_t most = room < MOST_BYTES ? room : MOST_BYTES;
    FILE *out = gf_document_markup(document);
    if (image->pixels == NULL)
        return GF_OK;
    const gf_status status = encode_within(image, most, &picture, error);
    if (status == GF_OK && picture.size <= most) {
        write_figure(&picture, alternative, caption, out);
    } else if (status == GF_OK) {
        fputs("<p>No room is left for a picture: ", out);
        gf_markup_text(caption, out);
        fputs("</p>\n", out);
    }
    free(picture.bytes);
    return status;
}
