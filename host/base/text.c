#define _GNU_SOURCE 1 /* strcasestr */

#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

gf_text gf_text_in(char *buffer, size_t size) {
    buffer[0] = '\0';
    return (gf_text){buffer, size, 0, false};
}

void gf_text_add(gf_text *text, const char *format, ...) {
    if (text->cut)
        return;
    va_list arguments;
    va_start(arguments, format);
    const size_t room = text->size - text->used;
    const int length = vsnprintf(text->text + text->used, room, format, arguments);
    va_end(arguments);
    text->cut = length < 0 || (size_t)length >= room;
    text->used = text->cut ? text->size - 1 : text->used + (size_t)length;
}

void gf_text_add_names(gf_text *text, const char *const *names, size_t count) {
    const size_t shown = count > 4 ? 2 : count;
    for (size_t i = 0; i < shown; i++)
        gf_text_add(text, "%s%s", i == 0 ? "" : i + 1 == count ? " and " : ", ", names[i]);
    if (shown < count)
        gf_text_add(text, " and %zu more", count - shown);
}

/* A compiler that aborts may list what it worked on after its message. */
static bool speaks_of_error(const char *line, size_t length) {
    static const char *const words[] = {"error:", "assertion", "fatal", "terminate called"};
    char copy[512];
    snprintf(copy, sizeof copy, "%.*s", (int)(length < sizeof copy ? length : sizeof copy), line);
    for (size_t i = 0; i < GF_COUNT_OF(words); i++)
        if (strcasestr(copy, words[i]) != NULL)
            return true;
    return false;
}

const char *gf_find_last_words(const char *output, size_t *length) {
    const char *found = NULL;
    bool found_error = false;
    for (const char *line = output; *line != '\0'; line += *line == '\n') {
        const char *begin = line;
        line += strcspn(line, "\n");
        while (begin < line && (unsigned char)*begin <= ' ')
            begin++;
        if (begin >= line)
            continue;
        const bool error = speaks_of_error(begin, (size_t)(line - begin));
        if (found_error && !error)
            continue;
        found = begin;
        *length = (size_t)(line - begin);
        found_error = error;
    }
    while (found != NULL && (unsigned char)found[*length - 1] <= ' ')
        --*length;
    return found;
}

#define MOST_EDITS 2 /* beyond these a suggestion would be a guess */

/* Levenshtein's distance, in one row; words are short. */
static size_t edit_distance(const char *a, const char *b) {
    size_t row[64];
    const size_t length = strlen(b);
    if (length >= GF_COUNT_OF(row))
        return SIZE_MAX;
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < length; j++) {
            const size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
            const size_t drop = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = change < drop ? change : drop;
        }
    }
    return row[length];
}

void gf_text_find_nearest(const char *word, const char *candidate, const char **best,
                          size_t *distance) {
    const size_t edits = edit_distance(word, candidate);
    if (edits < *distance && edits <= MOST_EDITS && edits < strlen(candidate)) {
        *distance = edits;
        *best = candidate;
    }
}

const char *gf_find_first_error(const char *output, size_t *length) {
    const char *found = strstr(output, "error: ");
    if (found == NULL)
        found = strstr(output, "undefined ");
    if (found == NULL)
        found = output + strspn(output, " \t\n");
    if (*found == '\0')
        return NULL;
    while (found > output && found[-1] != '\n')
        found--;
    *length = strcspn(found, "\n");
    return found;
}

/* How many bytes the first one says; 0: none begins a character so. */
static size_t claimed_length(unsigned char first) {
    if (first < 0x80)
        return 1;
    if ((first & 0xe0) == 0xc0)
        return 2;
    if ((first & 0xf0) == 0xe0)
        return 3;
    return (first & 0xf8) == 0xf0 ? 4 : 0;
}

static bool is_acceptable(uint32_t code, size_t length) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* code of each length */
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    const bool noncharacter = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
    return code >= least[length] && code <= 0x10ffff && !surrogate && !noncharacter;
}

size_t gf_text_character_length(const char *text, size_t size) {
    const unsigned char *bytes = (const unsigned char *)text;
    const size_t length = claimed_length(bytes[0]);
    if (length <= 1)
        return length;
    uint32_t code = bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (i >= size || (bytes[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (bytes[i] & 0x3fu);
    }
    return is_acceptable(code, length) ? length : 0;
}

size_t gf_text_width(const char *text) {
    size_t width = 0;
    for (; *text != '\0'; text++) /* UTF-8: continuation bytes take no room of their own */
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void gf_format_bytes(double bytes, char *text, size_t size) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < GF_COUNT_OF(units)) {
        bytes /= 1024;
        unit++;
    }
    snprintf(text, size, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

/* Each unit starts where the smaller one would round up to 1000 in three digits. */
void gf_format_ns(double ns, char *text, size_t size) {
    if (ns >= 999.5e9)
        snprintf(text, size, "%.0f s", ns * 1e-9);
    else if (ns >= 999.5e6)
        snprintf(text, size, "%.3g s", ns * 1e-9);
    else if (ns >= 999.5e3)
        snprintf(text, size, "%.3g ms", ns * 1e-6);
    else if (ns >= 999.5)
        snprintf(text, size, "%.3g us", ns * 1e-3);
    else
        snprintf(text, size, "%.0f ns", ns);
}

void gf_format_factor(double factor, char *text, size_t size) {
    /* From there on three digits, without an exponent. */
    if (factor >= 999.5 && factor < 1e15) {
        const double unit = pow(10, floor(log10(factor)) - 2);
        snprintf(text, size, "%.0f", round(factor / unit) * unit);
        return;
    }
    for (int digits = factor >= 99.5 ? 3 : 2; digits <= 6; digits++) {
        snprintf(text, size, "%.*g", digits, factor);
        if (fabs(strtod(text, NULL) - factor) <= 0.05 * fabs(factor - 1))
            return;
    }
}

void gf_format_speedup(double factor, char *text, size_t size) {
    char times[32];
    gf_format_factor(factor, times, sizeof times);
    if (strcmp(times, "1") == 0)
        snprintf(text, size, "no faster");
    else
        snprintf(text, size, "%s times as fast", times);
}
