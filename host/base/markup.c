#include "base/markup.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

static const char *entity_of(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* One byte that is a character of its own. */
static void put_ascii(char c, FILE *stream) {
    const char *entity = entity_of(c);
    const bool control = (unsigned char)c < ' ' || c == 0x7f;
    if (entity != NULL)
        fputs(entity, stream);
    else
        fputc(control ? ' ' : c, stream);
}

/* U+0080 to U+009F, of which parsers and terminals make what they like. */
static bool is_control(const char *text, size_t length) {
    return length == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0;
}

void gf_markup_part(const char *text, size_t size, FILE *stream) {
    for (size_t i = 0; i < size;) {
        const size_t length = gf_text_character_length(text + i, size - i);
        if (length == 1)
            put_ascii(text[i], stream);
        else if (is_control(text + i, length))
            fputc(' ', stream);
        else if (length > 1)
            fwrite(text + i, 1, length, stream);
        else
            fputs("\357\277\275", stream);
        i += length == 0 ? 1 : length;
    }
}

void gf_markup_text(const char *text, FILE *stream) {
    gf_markup_part(text, strlen(text), stream);
}

void gf_markup_prose(const char *text, FILE *stream) {
    for (;;) {
        const char *begin = strchr(text, '`');
        const char *end = begin == NULL ? NULL : strchr(begin + 1, '`');
        if (end == NULL)
            break;
        gf_markup_part(text, (size_t)(begin - text), stream);
        fputs("<code>", stream);
        gf_markup_part(begin + 1, (size_t)(end - begin) - 1, stream);
        fputs("</code>", stream);
        text = end + 1;
    }
    gf_markup_text(text, stream);
}

/* Up to three bytes as four characters. */
static void put_group(const uint8_t *bytes, size_t count, FILE *stream) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; i++)
        bits = bits << 8 | (i < count ? bytes[i] : 0);
    for (size_t i = 0; i < 4; i++)
        fputc(i > count ? '=' : digits[bits >> (18 - 6 * i) & 63], stream);
}

void gf_markup_base64(const void *bytes, size_t size, FILE *stream) {
    const uint8_t *from = bytes;
    for (size_t i = 0; i < size; i += 3)
        put_group(from + i, size - i < 3 ? size - i : 3, stream);
}
