/* The layout of chunks: https://www.w3.org/TR/png-3/#5Chunk-layout. */
#include "png_chunks.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "options/message.h"

#define TEXT_LIMIT 200 /* bytes of a text chunk that are shown */

static uint32_t big_endian(const unsigned char *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static const char *colour_name(unsigned type) {
    switch (type) {
    case 0:
        return "grey";
    case 2:
        return "RGB";
    case 3:
        return "palette";
    case 4:
        return "grey with alpha";
    case 6:
        return "RGB with alpha";
    default:
        return "unknown colours";
    }
}

static void print_header(const unsigned char *header, FILE *stream) {
    static const unsigned channels[] = {1, 0, 3, 1, 2, 0, 4};
    const unsigned type = header[9];
    const unsigned count = type < sizeof channels / sizeof channels[0] ? channels[type] : 0;
    fprintf(stream, "%u x %u pixels, %s, %u channel%s of %u bits%s", big_endian(header),
            big_endian(header + 4), colour_name(type), count, count == 1 ? "" : "s", header[8],
            header[12] != 0 ? ", interlaced" : "");
}

/* A keyword, a zero byte, a text. */
static void print_text(const char *chunk, size_t length, FILE *stream) {
    const char *end = memchr(chunk, '\0', length);
    if (end == NULL)
        return;
    fprintf(stream, "  %s: ", chunk);
    for (const char *c = end + 1; c < chunk + length; c++)
        fputc(isprint((unsigned char)*c) ? *c : '?', stream);
    fputc('\n', stream);
}

/* Prints the text chunks of a file that is read up to the end of its header. */
static void print_texts(FILE *file, FILE *stream) {
    unsigned char head[8];
    while (fread(head, 1, sizeof head, file) == sizeof head) {
        const uint32_t length = big_endian(head);
        uint32_t taken = 0;
        if (memcmp(head + 4, "tEXt", 4) == 0) {
            char text[TEXT_LIMIT];
            taken = (uint32_t)fread(text, 1, length < sizeof text ? length : sizeof text, file);
            print_text(text, taken, stream);
        }
        if (fseek(file, (long)length - (long)taken + 4, SEEK_CUR) != 0) /* 4: the checksum */
            return;
    }
}

gf_status png_chunks_print(const char *path, FILE *stream, gf_error *error) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return message_set(error, GF_FAILED, "cannot open %s: %s", path, strerror(errno));
    unsigned char start[8 + 8 + 13 + 4]; /* the signature and the header chunk */
    gf_status status = GF_OK;
    if (fread(start, 1, sizeof start, file) == sizeof start && fseek(file, 0, SEEK_END) == 0) {
        fprintf(stream, "%s: ", path);
        print_header(start + 16, stream);
        fprintf(stream, ", %ld bytes\n", ftell(file));
        fseek(file, (long)sizeof start, SEEK_SET);
        print_texts(file, stream);
    } else {
        status = message_set(error, GF_FAILED, "cannot read %s again", path);
    }
    fclose(file);
    return status;
}
