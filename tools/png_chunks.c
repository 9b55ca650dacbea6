/* The layout of chunks: https://www.w3.org/TR/png-3/#5Chunk-layout. */
#include "png_chunks.h"

#include <ctype.h>
#include <string.h>

#include "options/message.h"
#include "os/files/regular_file.h"

#define CHUNK_LIMIT 200 /* bytes of a chunk that are looked at, and of a text that are shown */

static uint32_t big_endian(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void print_header(const unsigned char *header) {
    static const struct {
        const char *name;
        unsigned channels;
    } colours[7] = {[0] = {"grey", 1},
                    [2] = {"RGB", 3},
                    [3] = {"palette", 1},
                    [4] = {"grey with alpha", 2},
                    [6] = {"RGB with alpha", 4}};
    const unsigned type = header[9] < 7 ? header[9] : 1;
    const char *name = colours[type].name == NULL ? "unknown colours" : colours[type].name;
    const unsigned count = colours[type].channels;
    printf("%u x %u pixels, %s, %u channel%s of %u bits%s", big_endian(header),
           big_endian(header + 4), name, count, count == 1 ? "" : "s", header[8],
           header[12] != 0 ? ", interlaced" : "");
}

/* A terminal obeys control characters. */
static void print_plain(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        putchar(isprint((unsigned char)text[i]) ? text[i] : '?');
}

/* A keyword, a zero byte, a text. */
static void print_text(const char *chunk, size_t length) {
    const char *end = memchr(chunk, '\0', length);
    if (end == NULL)
        return;
    const size_t keyword = (size_t)(end - chunk);
    printf("  ");
    print_plain(chunk, keyword);
    printf(": ");
    print_plain(end + 1, length - keyword - 1);
    putchar('\n');
}

/* acTL: https://www.w3.org/TR/png-3/#acTL-chunk. libpng reads the first picture only. */
static void print_animation(const char *chunk, size_t length) {
    if (length >= 4)
        printf("  animation: %u frames, of which gpufare reads the first\n",
               big_endian((const unsigned char *)chunk));
}

/* Prints what the chunks say of a file that is read up to the end of its header. */
static void print_chunks(FILE *file) {
    static const struct {
        const char *name;
        void (*print)(const char *chunk, size_t length);
    } known[] = {{"tEXt", print_text}, {"acTL", print_animation}};
    unsigned char head[8];
    while (fread(head, 1, sizeof head, file) == sizeof head) {
        const uint32_t length = big_endian(head);
        uint32_t taken = 0;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            char start[CHUNK_LIMIT];
            if (memcmp(head + 4, known[i].name, 4) != 0)
                continue;
            taken = (uint32_t)fread(start, 1, length < sizeof start ? length : sizeof start, file);
            known[i].print(start, taken);
        }
        if (fseek(file, (long)length - (long)taken + 4, SEEK_CUR) != 0) /* 4: the checksum */
            return;
    }
}

gf_status png_chunks_print(const char *path, gf_error *error) {
    FILE *file = NULL;
    gf_status status = gf_regular_file_open(path, "write the picture to one first", &file, error);
    if (status != GF_OK)
        return status;
    unsigned char start[8 + 8 + 13 + 4]; /* the signature and the header chunk */
    if (fread(start, 1, sizeof start, file) == sizeof start && fseek(file, 0, SEEK_END) == 0) {
        printf("%s: ", path);
        print_header(start + 16);
        printf(", %ld bytes\n", ftell(file));
        fseek(file, (long)sizeof start, SEEK_SET);
        print_chunks(file);
    } else {
        status = message_set(error, GF_FAILED, "cannot read %s again", path);
    }
    fclose(file);
    return status;
}
