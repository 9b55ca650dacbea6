/* Pictures: PNG out and in, damaged files, comparison, the colour scale. */
#include <criterion/criterion.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gpufare.h"
#include "image/colormap.h"
#include "image/image.h"
#include "made_folder.h"

static const char *path;

static void make_path(void) {
    path = made_path("picture.png");
}

TestSuite(image, .init = make_path, .timeout = 60);

/* A picture in which every sample depends on its place. */
static gf_image make_image(size_t width, size_t height, uint32_t channels) {
    gf_image image = {0};
    cr_assert_eq(gf_image_create(width, height, channels, &image, NULL), GF_OK);
    for (size_t i = 0; i < width * height * channels; i++)
        image.pixels[i] = (uint8_t)(i * 7 + i / 31);
    return image;
}

static unsigned char *read_all(size_t *length) {
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream);
    unsigned char *bytes = malloc(1 << 20);
    *length = fread(bytes, 1, 1 << 20, stream);
    fclose(stream);
    return bytes;
}

static void write_all(const void *bytes, size_t length) {
    FILE *stream = fopen(path, "wb");
    cr_assert_not_null(stream);
    cr_assert_eq(fwrite(bytes, 1, length, stream), length);
    fclose(stream);
}

Test(image, round_trip_of_every_shape_and_kind) {
    static const size_t shapes[][2] = {{1, 1}, {1, 9}, {9, 1}, {31, 17}, {640, 3}, {70000, 1}};
    static const uint32_t kinds[] = {1, 3, 4};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        for (size_t k = 0; k < 3; k++) {
            gf_image written = make_image(shapes[s][0], shapes[s][1], kinds[k]), read = {0};
            cr_assert_eq(gf_image_write_png(&written, path, NULL), GF_OK);
            cr_assert_eq(gf_image_read_png(path, &read, NULL), GF_OK);
            cr_expect_eq(read.width, written.width);
            cr_expect_eq(read.height, written.height);
            cr_expect_eq(read.channels, written.channels);
            cr_expect_eq(
                memcmp(read.pixels, written.pixels, read.width * read.height * read.channels), 0);
            gf_image_clear(&written);
            gf_image_clear(&read);
        }
    }
}

Test(image, names_its_software) {
    gf_image image = make_image(3, 3, 1);
    cr_assert_eq(gf_image_write_png(&image, path, NULL), GF_OK);
    size_t length = 0;
    unsigned char *bytes = read_all(&length);
    bool found = false;
    for (size_t i = 0; i + 20 <= length; i++)
        found = found || memcmp(bytes + i, "tEXtSoftware\0gpufare", 20) == 0;
    cr_expect(found);
    free(bytes);
    gf_image_clear(&image);
}

Test(image, impossible_sizes_are_refused) {
    gf_image image = {0};
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_image_create(0, 5, 1, &image, &error), GF_USAGE);
    cr_expect_eq(gf_image_create(5, 0, 3, &image, &error), GF_USAGE);
    cr_expect_eq(gf_image_create(5, 5, 2, &image, &error), GF_USAGE);
    cr_expect_eq(gf_image_create(SIZE_MAX, 2, 3, &image, &error), GF_USAGE);
    cr_expect_null(image.pixels);
}

/* Every length of a small file but the whole one must fail, with one line and no crash. */
Test(image, truncated_at_every_byte) {
    gf_image image = make_image(13, 11, 3);
    cr_assert_eq(gf_image_write_png(&image, path, NULL), GF_OK);
    size_t length = 0;
    unsigned char *bytes = read_all(&length);
    for (size_t cut = 0; cut < length; cut++) {
        gf_image read = {0};
        gf_error error = GF_ERROR_INIT;
        write_all(bytes, cut);
        cr_expect_eq(gf_image_read_png(path, &read, &error), GF_FAILED, "cut at %zu", cut);
        cr_expect_neq(error.text[0], '\0');
        cr_expect_null(read.pixels);
    }
    free(bytes);
    gf_image_clear(&image);
}

/* Any single byte may be wrong: no crash, and nothing but success or one clear line. */
Test(image, damaged_at_every_byte) {
    gf_image image = make_image(13, 11, 3);
    cr_assert_eq(gf_image_write_png(&image, path, NULL), GF_OK);
    size_t length = 0;
    unsigned char *bytes = read_all(&length);
    for (size_t i = 0; i < length; i++) {
        gf_image read = {0};
        gf_error error = GF_ERROR_INIT;
        bytes[i] ^= 0x55;
        write_all(bytes, length);
        bytes[i] ^= 0x55;
        const gf_status status = gf_image_read_png(path, &read, &error);
        cr_expect(status == GF_OK || (status == GF_FAILED && error.text[0] != '\0'), "byte %zu", i);
        gf_image_clear(&read);
    }
    free(bytes);
    gf_image_clear(&image);
}

static void put_u32(unsigned char *bytes, uint32_t number) {
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(number >> (24 - 8 * i));
}

static uint32_t crc(const unsigned char *bytes, size_t length) {
    uint32_t sum = 0xffffffffu;
    for (size_t i = 0; i < length; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xedb88320u : 0);
    }
    return ~sum;
}

/* A small file that claims a huge picture is refused before memory is asked for. */
Test(image, bomb_is_refused) {
    static const uint32_t claims[][2] = {
        {16000, 16000}, {30000, 30000}, {0x7fffffff, 0x7fffffff}, {0x7fffffff, 1}, {1000, 1000}};
    gf_image image = make_image(2, 2, 1);
    cr_assert_eq(gf_image_write_png(&image, path, NULL), GF_OK);
    size_t length = 0;
    unsigned char *bytes = read_all(&length);
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        gf_image read = {0};
        gf_error error = GF_ERROR_INIT;
        put_u32(bytes + 16, claims[i][0]);
        put_u32(bytes + 20, claims[i][1]);
        put_u32(bytes + 29, crc(bytes + 12, 17));
        write_all(bytes, length);
        cr_expect_eq(gf_image_read_png(path, &read, &error), GF_FAILED);
        cr_expect(strstr(error.text, "claims more") != NULL ||
                      strstr(error.text, "more than 268435456 pixels") != NULL,
                  "%s", error.text);
        cr_expect_null(read.pixels);
    }
    free(bytes);
    gf_image_clear(&image);
}

/* The most memory that this process had so far, in KiB. */
static size_t peak_kib(void) {
    size_t peak = 0;
    char line[256];
    FILE *file = fopen("/proc/self/status", "r");
    cr_assert_not_null(file);
    while (peak == 0 && fgets(line, sizeof line, file) != NULL)
        (void)sscanf(line, "VmPeak: %zu", &peak);
    fclose(file);
    return peak;
}

/* A text of 1.8 GB is claimed, and not there. */
Test(image, a_chunk_that_claims_too_much_gets_no_memory) {
    gf_image image = make_image(2, 2, 1), read = {0};
    cr_assert_eq(gf_image_write_png(&image, path, NULL), GF_OK);
    size_t length = 0;
    unsigned char *bytes = read_all(&length), damaged[64];
    memcpy(damaged, bytes, 33); /* signature and header */
    put_u32(damaged + 33, 1800000000);
    memcpy(damaged + 37, "tEXtkey\0value", 13);
    write_all(damaged, 50);
    gf_error error = GF_ERROR_INIT;
    const size_t before = peak_kib();
    cr_expect_eq(gf_image_read_png(path, &read, &error), GF_FAILED);
    cr_expect_lt(peak_kib(), before + 500000);
    cr_expect_not_null(strstr(error.text, "ends too early"), "%s", error.text);
    free(bytes);
    gf_image_clear(&image);
}

/* Writes a 4 x 1 file of another kind than our own, with libpng. */
static void write_foreign(int colour, int depth, int interlace, const unsigned char *row) {
    FILE *stream = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    cr_assert_eq(setjmp(png_jmpbuf(png)), 0);
    png_init_io(png, stream);
    png_set_IHDR(png, info, 4, 1, depth, colour, interlace, 0, 0);
    static const png_color palette[] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};
    if (colour == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, palette, 4);
    png_write_info(png, info);
    const int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++)
        png_write_row(png, row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    fclose(stream);
}

static void expect_pixels(uint32_t channels, const unsigned char *pixels) {
    gf_image read = {0};
    gf_error error = GF_ERROR_INIT;
    cr_assert_eq(gf_image_read_png(path, &read, &error), GF_OK, "%s", error.text);
    cr_expect_eq(read.channels, channels);
    cr_expect_eq(read.width, 4);
    cr_expect_eq(memcmp(read.pixels, pixels, 4u * channels * read.sample_bytes), 0);
    gf_image_clear(&read);
}

Test(image, other_kinds_come_out_as_whole_samples) {
    write_foreign(PNG_COLOR_TYPE_GRAY, 1, 0, (const unsigned char[]){0xa0});
    expect_pixels(1, (const unsigned char[]){255, 0, 255, 0});
    write_foreign(PNG_COLOR_TYPE_GRAY, 16, 1,
                  (const unsigned char[]){0, 0, 127, 127, 1, 1, 255, 255});
    expect_pixels(1, (const unsigned char[]){0, 0, 127, 127, 1, 1, 255, 255});
    write_foreign(PNG_COLOR_TYPE_PALETTE, 2, 1, (const unsigned char[]){0x1b});
    expect_pixels(3, (const unsigned char[]){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    write_foreign(PNG_COLOR_TYPE_GRAY_ALPHA, 8, 0, (const unsigned char[]){1, 2, 3, 4, 5, 6, 7, 8});
    expect_pixels(4, (const unsigned char[]){1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 5, 6, 7, 7, 7, 8});
}

Test(image, what_is_no_png_is_named) {
    gf_image read = {0};
    gf_error error = GF_ERROR_INIT;
    write_all("P6 4 4 255 no png", 17);
    cr_expect_eq(gf_image_read_png(path, &read, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "not a PNG"), "%s", error.text);
    cr_expect_eq(gf_image_read_png("/tmp", &read, &error), GF_USAGE);
    cr_expect_eq(gf_image_read_png("/no/such.png", &read, &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "/no/such.png"), "%s", error.text);
}

/* Nobody writes to it. */
Test(image, a_pipe_is_refused) {
    gf_image read = {0};
    gf_error error = GF_ERROR_INIT;
    unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_expect_eq(gf_image_read_png(path, &read, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "not a regular file"), "%s", error.text);
}

/* Reads a 4 x 1 grey file of these samples, of 8 or 16 bits. */
static gf_image read_grey(int depth, const unsigned char *row) {
    gf_image read = {0};
    write_foreign(PNG_COLOR_TYPE_GRAY, depth, 0, row);
    cr_assert_eq(gf_image_read_png(path, &read, NULL), GF_OK);
    return read;
}

/* Two pictures that only the low bytes of their samples tell apart. */
Test(image, samples_of_16_bits_are_compared_as_such) {
    gf_image a = read_grey(16, (const unsigned char[]){1, 0, 1, 1, 0xff, 0xff, 0, 0});
    gf_image b = read_grey(16, (const unsigned char[]){1, 0, 1, 4, 0xff, 0xff, 0, 0});
    gf_image_difference difference;
    cr_assert_eq(gf_image_compare(&a, &b, &difference, NULL, NULL), GF_OK);
    cr_expect_eq(difference.differing_pixels, 1);
    cr_expect_eq(difference.max_difference, 3);
    cr_expect_eq(difference.white, 65535);
    cr_expect_eq(difference.first_col, 1);
    cr_expect_float_eq(difference.mean_difference, 0.75, 1e-12);
    gf_image_clear(&b);
    b = read_grey(8, (const unsigned char[]){1, 1, 255, 0});
    cr_assert_eq(gf_image_compare(&a, &b, &difference, NULL, NULL), GF_OK);
    cr_expect_eq(difference.differing_pixels, 1, "255 of 255 is 65535 of 65535, 1 is 257");
    cr_expect_eq(difference.max_difference, 1);
    gf_image_clear(&a);
    gf_image_clear(&b);
}

Test(image, write_failure_is_reported) {
    gf_image image = make_image(300, 300, 3);
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_image_write_png(&image, "/dev/full", &error), GF_FAILED);
    cr_expect_not_null(strstr(error.text, "/dev/full"), "%s", error.text);
    gf_image_clear(&image);
}

Test(image, comparison_counts_and_draws) {
    gf_image a = make_image(10, 6, 3), b = make_image(10, 6, 3), picture = {0};
    gf_image_difference difference;
    cr_assert_eq(gf_image_compare(&a, &b, &difference, NULL, NULL), GF_OK);
    cr_expect_eq(difference.differing_pixels, 0);
    cr_expect_eq(difference.mean_difference, 0);
    b.pixels[(2 * 10 + 7) * 3 + 1] ^= 1;
    b.pixels[(4 * 10 + 3) * 3] = (uint8_t)(a.pixels[(4 * 10 + 3) * 3] ^ 0x80);
    b.pixels[(4 * 10 + 3) * 3 + 2] ^= 1;
    cr_assert_eq(gf_image_compare(&a, &b, &difference, &picture, NULL), GF_OK);
    cr_expect_eq(difference.differing_pixels, 2);
    cr_expect_eq(difference.max_difference, 128);
    cr_expect_eq(difference.first_row, 2);
    cr_expect_eq(difference.first_col, 7);
    cr_expect_float_eq(difference.mean_difference, 130.0 / 180.0, 1e-12);
    cr_expect_eq(picture.channels, 1);
    cr_expect_eq(picture.pixels[0], 0);
    cr_expect_eq(picture.pixels[4 * 10 + 3], 255);
    cr_expect_gt(picture.pixels[2 * 10 + 7], 0);
    gf_image_clear(&a);
    gf_image_clear(&b);
    gf_image_clear(&picture);
}

Test(image, unlike_images_are_not_compared) {
    gf_image a = make_image(4, 4, 3), b = make_image(4, 5, 3), c = make_image(4, 4, 1);
    gf_image_difference difference;
    gf_error error = GF_ERROR_INIT;
    cr_expect_eq(gf_image_compare(&a, &b, &difference, NULL, &error), GF_USAGE);
    cr_expect_not_null(strstr(error.text, "4 x 4 and 4 x 5"), "%s", error.text);
    cr_expect_eq(gf_image_compare(&a, &c, &difference, NULL, &error), GF_USAGE);
    gf_image_clear(&a);
    gf_image_clear(&b);
    gf_image_clear(&c);
}

static unsigned lightness(double t) {
    uint8_t rgb[3];
    gf_colormap_viridis(t, rgb);
    return 2126u * rgb[0] + 7152u * rgb[1] + 722u * rgb[2];
}

Test(image, viridis_has_its_ends_and_grows_lighter) {
    uint8_t low[3], high[3], below[3], above[3], none[3];
    gf_colormap_viridis(0, low);
    gf_colormap_viridis(1, high);
    gf_colormap_viridis(-INFINITY, below);
    gf_colormap_viridis(7, above);
    gf_colormap_viridis(NAN, none);
    cr_expect_eq(memcmp(low, (const uint8_t[]){68, 1, 84}, 3), 0);
    cr_expect_eq(memcmp(high, (const uint8_t[]){253, 231, 37}, 3), 0);
    cr_expect_eq(memcmp(low, below, 3), 0);
    cr_expect_eq(memcmp(high, above, 3), 0);
    cr_expect_eq(memcmp(none, (const uint8_t[]){0, 0, 0}, 3), 0);
    for (int i = 0; i < 32; i++)
        cr_expect_lt(lightness(i / 32.0), lightness((i + 1) / 32.0), "step %d", i);
}
