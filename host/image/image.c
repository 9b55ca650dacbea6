/* Pictures in memory and as PNG files. libpng reports errors by longjmp: every function that calls
 * setjmp keeps what it must free in a struct that its caller owns, and changes no local variable
 * between setjmp and the calls that may jump. */
#include "image/image.h"

#include <errno.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/checked.h"
#include "base/error.h"
#include "os/atomic_file.h"
#include "os/files/regular_file.h"

#define SIGNATURE_LENGTH 8
#define SIDE_LIMIT       0x7fffffffu       /* of the PNG format itself */
#define READ_LIMIT       ((size_t)1 << 30) /* samples of an image that is read */
#define CHUNK_LIMIT      ((size_t)8 << 20) /* bytes that a text or colour chunk may take */
#define WIDEST_PIXEL     8                 /* bytes: four channels of 16 bits */
/* Most bytes that deflate gives for one: a match of 258 bytes takes at least two bits. */
#define INFLATE_RATIO 1032

/* ---- Images ------------------------------------------------------------ */

static gf_status create(size_t width, size_t height, uint32_t channels, uint32_t sample_bytes,
                        gf_image *image, gf_error *error) {
    if (width == 0 || height == 0 || (channels != 1 && channels != 3 && channels != 4))
        return gf_error_set(error, GF_USAGE,
                            "no image has %zu x %zu pixels of %u channels; sizes start at 1, "
                            "channels are 1, 3 or 4",
                            width, height, channels);
    size_t bytes = 0;
    if (!gf_mul_size(width, height, &bytes) ||
        !gf_mul_size(bytes, (size_t)channels * sample_bytes, &bytes))
        return gf_error_set(error, GF_USAGE, "an image of %zu x %zu pixels is too large", width,
                            height);
    uint8_t *pixels = calloc(bytes, 1);
    if (pixels == NULL)
        return gf_error_no_memory(error, "an image", bytes);
    *image = (gf_image){width, height, channels, sample_bytes, pixels};
    return GF_OK;
}

gf_status gf_image_create(size_t width, size_t height, uint32_t channels, gf_image *image,
                          gf_error *error) {
    return create(width, height, channels, 1, image, error);
}

uint32_t gf_image_white(const gf_image *image) {
    return image->sample_bytes == 2 ? 65535 : 255;
}

void gf_image_clear(gf_image *image) {
    if (image == NULL)
        return;
    free(image->pixels);
    *image = (gf_image){0};
}

/* ---- Reading and writing ----------------------------------------------- */

/* One use of libpng, in any state of completion. */
struct task {
    png_structp png;
    png_infop info;
    FILE *stream;
    const char *path;
    size_t most_bytes; /* that libpng may allocate at once; for reading only */
    int read_errno;    /* of a failed read, or 0 */
    char message[128]; /* libpng's, when it jumped */
};

static void on_error(png_structp png, png_const_charp message) {
    struct task *task = png_get_error_ptr(png);
    snprintf(task->message, sizeof task->message, "%s", message);
    png_longjmp(png, 1);
}

/* Warnings don't concern the pixels. */
static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

/* ---- Writing ----------------------------------------------------------- */

static int colour_type(uint32_t channels) {
    if (channels == 1)
        return PNG_COLOR_TYPE_GRAY;
    return channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_RGBA;
}

static bool write_head(struct task *task, const gf_image *shape) {
    if (setjmp(png_jmpbuf(task->png)))
        return false;
    png_init_io(task->png, task->stream);
    png_set_user_limits(task->png, SIDE_LIMIT, SIDE_LIMIT);
    png_set_IHDR(task->png, task->info, (png_uint_32)shape->width, (png_uint_32)shape->height, 8,
                 colour_type(shape->channels), PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    char key[] = "Software", text[] = "gpufare";
    const png_text software = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = key, .text = text};
    png_set_text(task->png, task->info, &software, 1);
    png_write_info(task->png, task->info);
    return true;
}

static bool write_rows(struct task *task, size_t rows, size_t row_bytes, const uint8_t *pixels) {
    if (setjmp(png_jmpbuf(task->png)))
        return false;
    for (size_t row = 0; row < rows; row++)
        png_write_row(task->png, pixels + row * row_bytes);
    return true;
}

static bool write_tail(struct task *task) {
    if (setjmp(png_jmpbuf(task->png)))
        return false;
    png_write_end(task->png, task->info);
    return true;
}

/* libpng only says "Write Error"; errno, as `code`, has the reason. */
static gf_status write_failure(const struct task *task, int code, gf_error *error) {
    if (ferror(task->stream) && code != 0)
        return gf_error_set_errno(error, GF_FAILED, code,
                                  "cannot write %s; make room or choose another place", task->path);
    return gf_error_set(error, GF_FAILED, "cannot write %s: %s", task->path, task->message);
}

struct gf_png_rows {
    struct task task;
    gf_image shape; /* without pixels */
};

void gf_png_rows_discard(gf_png_rows *png) {
    if (png == NULL)
        return;
    png_destroy_write_struct(&png->task.png, &png->task.info);
    free(png);
}

static gf_status begin_rows(gf_png_rows *png, gf_error *error) {
    struct task *task = &png->task;
    task->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, task, on_error, on_warning);
    if (task->png != NULL)
        task->info = png_create_info_struct(task->png);
    if (task->info == NULL)
        return gf_error_set(error, GF_FAILED, "cannot start libpng to write %s", task->path);
    errno = 0;
    return write_head(task, &png->shape) ? GF_OK : write_failure(task, errno, error);
}

gf_status gf_png_rows_begin(size_t width, size_t height, uint32_t channels, FILE *stream,
                            const char *path, gf_png_rows **png, gf_error *error) {
    gf_png_rows *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a picture", sizeof *made);
    made->task = (struct task){.stream = stream, .path = path};
    made->shape = (gf_image){width, height, channels, 1, NULL};
    const gf_status status = begin_rows(made, error);
    if (status == GF_OK)
        *png = made;
    else
        gf_png_rows_discard(made);
    return status;
}

gf_status gf_png_rows_add(gf_png_rows *png, size_t rows, const uint8_t *pixels, gf_error *error) {
    const size_t row_bytes = png->shape.width * png->shape.channels;
    errno = 0;
    return write_rows(&png->task, rows, row_bytes, pixels)
               ? GF_OK
               : write_failure(&png->task, errno, error);
}

gf_status gf_png_rows_end(gf_png_rows *png, gf_error *error) {
    errno = 0;
    const gf_status status =
        write_tail(&png->task) ? GF_OK : write_failure(&png->task, errno, error);
    gf_png_rows_discard(png);
    return status;
}

gf_status gf_image_put_png(const gf_image *image, FILE *stream, const char *path, gf_error *error) {
    gf_png_rows *png = NULL;
    gf_status status =
        gf_png_rows_begin(image->width, image->height, image->channels, stream, path, &png, error);
    if (status != GF_OK)
        return status;
    status = gf_png_rows_add(png, image->height, image->pixels, error);
    if (status == GF_OK)
        return gf_png_rows_end(png, error);
    gf_png_rows_discard(png);
    return status;
}

gf_status gf_image_write_png(const gf_image *image, const char *path, gf_error *error) {
    if (image->width > SIDE_LIMIT || image->height > SIDE_LIMIT)
        return gf_error_set(error, GF_USAGE,
                            "a PNG of %zu x %zu pixels is not possible; a side has at most %u",
                            image->width, image->height, SIDE_LIMIT);
    gf_atomic_file *file = NULL;
    const gf_status status = gf_atomic_file_open(path, &file, error);
    if (status != GF_OK)
        return status;
    return gf_atomic_file_close(
        file, gf_image_put_png(image, gf_atomic_file_stream(file), path, error), error);
}

/* ---- Reading ----------------------------------------------------------- */

/* libpng asks for as many bytes as a chunk claims to have, and of its own limit it only warns. */
static png_voidp allocate(png_structp png, png_alloc_size_t bytes) {
    const struct task *task = png_get_mem_ptr(png);
    return bytes <= task->most_bytes ? malloc(bytes) : NULL;
}

static void release(png_structp png, png_voidp memory) {
    (void)png;
    free(memory);
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
    struct task *task = png_get_io_ptr(png);
    if (fread(bytes, 1, count, task->stream) == count)
        return;
    task->read_errno = ferror(task->stream) ? errno : 0;
    png_error(png, "the file ends too early");
}

/* Refuses an image that is too large, or has more pixels than a file of this size can hold, before
 * memory is allocated. */
static void check_claims(struct task *task) {
    const size_t width = png_get_image_width(task->png, task->info);
    const size_t height = png_get_image_height(task->png, task->info);
    size_t pixels = 0;
    if (!gf_mul_size(width, height, &pixels) || pixels > READ_LIMIT / 4)
        png_error(task->png, "it has more than 268435456 pixels");
    struct stat info;
    const size_t packed = png_get_rowbytes(task->png, task->info) * height;
    if (fstat(fileno(task->stream), &info) == 0 && packed / INFLATE_RATIO > (size_t)info.st_size)
        png_error(task->png, "it claims more pixels than so short a file can hold");
}

static bool has_alpha(const struct task *task) {
    return (png_get_color_type(task->png, task->info) & PNG_COLOR_MASK_ALPHA) != 0 ||
           png_get_valid(task->png, task->info, PNG_INFO_tRNS) != 0;
}

/* Converts every kind of PNG to grey, RGB or RGBA of 8 bits, or of 16 where the file has them. */
static void ask_for_whole_samples(struct task *task) {
    png_set_expand(task->png);
    if (has_alpha(task))
        png_set_gray_to_rgb(task->png);
}

static bool read_header(struct task *task) {
    if (setjmp(png_jmpbuf(task->png)))
        return false;
    png_set_read_fn(task->png, task, read_bytes);
    png_set_sig_bytes(task->png, SIGNATURE_LENGTH);
    png_set_user_limits(task->png, SIDE_LIMIT, SIDE_LIMIT);
    png_read_info(task->png, task->info);
    check_claims(task);
    task->most_bytes += WIDEST_PIXEL * (size_t)png_get_image_width(task->png, task->info);
    ask_for_whole_samples(task);
    return true;
}

/* Each pass of an interlaced file fills in more of the same rows. */
static bool read_pixels(struct task *task, const gf_image *image) {
    if (setjmp(png_jmpbuf(task->png)))
        return false;
    const int passes = png_set_interlace_handling(task->png);
    png_read_update_info(task->png, task->info);
    const size_t row_bytes = image->width * image->channels * image->sample_bytes;
    if (png_get_rowbytes(task->png, task->info) != row_bytes)
        png_error(task->png, "its pixels have a layout that is not known");
    for (int pass = 0; pass < passes; pass++) {
        for (size_t row = 0; row < image->height; row++)
            png_read_row(task->png, image->pixels + row * row_bytes, NULL);
    }
    png_read_end(task->png, NULL);
    return true;
}

static uint32_t channels_after_expansion(const struct task *task) {
    if (has_alpha(task))
        return 4;
    return (png_get_color_type(task->png, task->info) & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
}

static gf_status read_failed(const struct task *task, gf_error *error) {
    if (task->read_errno != 0)
        return gf_error_set_errno(error, GF_FAILED, task->read_errno, "cannot read %s", task->path);
    return gf_error_set(error, GF_FAILED, "cannot read %s: the PNG is damaged or too large: %s",
                        task->path, task->message);
}

static gf_status read_stream(struct task *task, gf_image *image, gf_error *error) {
    task->most_bytes = CHUNK_LIMIT;
    task->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, task, on_error, on_warning, task,
                                         allocate, release);
    if (task->png != NULL)
        task->info = png_create_info_struct(task->png);
    if (task->info == NULL)
        return gf_error_set(error, GF_FAILED, "cannot start libpng to read %s", task->path);
    if (!read_header(task))
        return read_failed(task, error);
    const uint32_t sample_bytes = png_get_bit_depth(task->png, task->info) == 16 ? 2 : 1;
    const gf_status status = create(png_get_image_width(task->png, task->info),
                                    png_get_image_height(task->png, task->info),
                                    channels_after_expansion(task), sample_bytes, image, error);
    if (status != GF_OK)
        return status;
    return read_pixels(task, image) ? GF_OK : read_failed(task, error);
}

static gf_status check_signature(FILE *stream, const char *path, gf_error *error) {
    png_byte signature[SIGNATURE_LENGTH];
    const size_t got = fread(signature, 1, sizeof signature, stream);
    if (ferror(stream))
        return gf_error_set_errno(error, GF_FAILED, errno, "cannot read %s", path);
    if (got < sizeof signature || png_sig_cmp(signature, 0, sizeof signature) != 0)
        return gf_error_set(error, GF_FAILED, "cannot read %s: it is not a PNG file", path);
    return GF_OK;
}

gf_status gf_image_read_png(const char *path, gf_image *result, gf_error *error) {
    struct task task = {.path = path};
    gf_status status =
        gf_regular_file_open(path, "write the picture to one first", &task.stream, error);
    if (status != GF_OK)
        return status;
    gf_image image = {0};
    status = check_signature(task.stream, path, error);
    if (status == GF_OK)
        status = read_stream(&task, &image, error);
    png_destroy_read_struct(&task.png, &task.info, NULL);
    fclose(task.stream);
    if (status == GF_OK)
        *result = image;
    else
        gf_image_clear(&image);
    return status;
}

/* ---- Comparing --------------------------------------------------------- */

/* One sample on a scale that ends at `white`. */
static uint32_t sample_at(const gf_image *image, size_t index, uint32_t white) {
    if (image->sample_bytes == 2)
        return (uint32_t)image->pixels[2 * index] << 8 | image->pixels[2 * index + 1];
    return image->pixels[index] * (white / 255);
}

/* Largest difference of the samples of one pixel; adds all of them to *sum. */
static uint32_t pixel_difference(const gf_image *a, const gf_image *b, size_t pixel, uint32_t white,
                                 uint64_t *sum) {
    uint32_t largest = 0;
    for (size_t i = pixel * a->channels; i < (pixel + 1) * a->channels; i++) {
        const uint32_t left = sample_at(a, i, white), right = sample_at(b, i, white);
        const uint32_t difference = left > right ? left - right : right - left;
        *sum += difference;
        if (difference > largest)
            largest = difference;
    }
    return largest;
}

static void compare_pixels(const gf_image *a, const gf_image *b, gf_image_difference *difference) {
    const size_t count = a->width * a->height;
    uint64_t sum = 0;
    const uint32_t white =
        gf_image_white(a) > gf_image_white(b) ? gf_image_white(a) : gf_image_white(b);
    *difference = (gf_image_difference){.white = white};
    for (size_t i = 0; i < count; i++) {
        const uint32_t largest = pixel_difference(a, b, i, white, &sum);
        if (largest == 0)
            continue;
        if (difference->differing_pixels == 0) {
            difference->first_row = i / a->width;
            difference->first_col = i % a->width;
        }
        difference->differing_pixels++;
        if (largest > difference->max_difference)
            difference->max_difference = largest;
    }
    difference->mean_difference = (double)sum / ((double)count * a->channels);
}

/* Equal pixels are black and the largest difference is white. The smallest is a quarter of white,
 * so that it can be seen. */
static void draw_difference(const gf_image *a, const gf_image *b,
                            const gf_image_difference *difference, gf_image *picture) {
    const size_t count = a->width * a->height;
    for (size_t i = 0; i < count; i++) {
        uint64_t sum = 0;
        const uint32_t one = pixel_difference(a, b, i, difference->white, &sum);
        picture->pixels[i] = (uint8_t)(one == 0 ? 0 : 64 + 191 * one / difference->max_difference);
    }
}

gf_status gf_image_compare(const gf_image *a, const gf_image *b, gf_image_difference *difference,
                           gf_image *picture, gf_error *error) {
    if (a->width != b->width || a->height != b->height)
        return gf_error_set(error, GF_USAGE,
                            "the sizes differ: %zu x %zu and %zu x %zu pixels; only images of one "
                            "size can be compared",
                            a->width, a->height, b->width, b->height);
    if (a->channels != b->channels)
        return gf_error_set(error, GF_USAGE,
                            "the colours differ in kind: %u and %u channels; only images of one "
                            "kind can be compared",
                            a->channels, b->channels);
    gf_image_difference found;
    compare_pixels(a, b, &found);
    if (picture != NULL) {
        gf_image drawn = {0};
        const gf_status status = gf_image_create(a->width, a->height, 1, &drawn, error);
        if (status != GF_OK)
            return status;
        draw_difference(a, b, &found, &drawn);
        *picture = drawn;
    }
    *difference = found;
    return GF_OK;
}
