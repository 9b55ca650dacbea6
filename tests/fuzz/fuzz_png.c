/* The readers of PNG files: pixels, and the facts in chunks that `png info` prints. Checksums of
 * chunks are made right after each mutation, else nothing behind the first one would be reached. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "image/image.h"
#include "memory_files.h"
#include "png_chunks.h"

#define SIGNATURE 8

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);

static uint32_t checksum(const uint8_t *bytes, size_t count) {
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ ((sum & 1) != 0 ? UINT32_C(0xedb88320) : 0);
    }
    return ~sum;
}

/* A chunk is a length, a name, content and the checksum of name and content. */
static void repair(uint8_t *bytes, size_t size) {
    for (size_t at = SIGNATURE; at + 12 <= size;) {
        const size_t length = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                              (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length > size - at - 12)
            return;
        const uint32_t sum = checksum(bytes + at + 4, length + 4);
        for (size_t i = 0; i < 4; i++)
            bytes[at + 8 + length + i] = (uint8_t)(sum >> (24 - 8 * i));
        at += length + 12;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed) {
    static const uint8_t signature[SIGNATURE] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    const size_t mutated = LLVMFuzzerMutate(bytes, size, most);
    if (seed % 16 == 0 || mutated < SIGNATURE)
        return mutated;
    memcpy(bytes, signature, SIGNATURE);
    repair(bytes, mutated);
    return mutated;
}

static void look_at(const gf_image *image, gf_error *error) {
    gf_image_difference difference;
    gf_image picture = {0};
    if (image->width == 0 || image->height == 0 || image->pixels == NULL)
        fuzz_fail("an image without pixels");
    if (gf_image_compare(image, image, &difference, &picture, error) == GF_OK &&
        difference.differing_pixels != 0)
        fuzz_fail("an image differs from itself");
    gf_image_clear(&picture);
    if (png_chunks_print(MEMORY_ROOT "/a.png", error) != GF_OK)
        fuzz_fail("the pixels can be read, and not the chunks");
}

int LLVMFuzzerInitialize(int *count, char ***arguments) {
    (void)count;
    (void)arguments;
    fuzz_watch_stdout();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    gf_image image = {0};
    gf_error error = GF_ERROR_INIT;
    memory_file_add(MEMORY_ROOT "/a.png", bytes, size);
    if (gf_image_read_png(MEMORY_ROOT "/a.png", &image, &error) == GF_OK) {
        look_at(&image, &error);
        gf_image_clear(&image);
    } else {
        fuzz_check_error(&error);
    }
    gf_error_clear(&error);
    memory_files_clear();
    return 0;
}
