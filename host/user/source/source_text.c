#include "user/source/source_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/error.h"
#include "os/files/text_file.h"

/* Sources are a few KiB; a larger file is none. */
#define MOST_BYTES ((size_t)16 << 20)
#define MOST_DEPTH 16
#define MOST_ONCE  64
#define MOST_PATH  4096

/* A text that grows. */
typedef struct builder {
    gf_source_text text;
    size_t room;
    const char *once[MOST_ONCE]; /* files with `#pragma once` that were taken; owned */
    size_t once_count;
} builder;

static gf_status append(builder *b, const char *bytes, size_t count, gf_error *error) {
    if (count > MOST_BYTES - b->text.length)
        return gf_error_set(error, GF_USAGE, "a source has more than %zu MiB", MOST_BYTES >> 20);
    if (b->text.length + count + 1 > b->room) {
        const size_t room = 2 * (b->text.length + count + 1);
        char *grown = realloc(b->text.text, room);
        if (grown == NULL)
            return gf_error_no_memory(error, "a source", room);
        b->text.text = grown;
        b->room = room;
    }
    memcpy(b->text.text + b->text.length, bytes, count);
    b->text.length += count;
    b->text.text[b->text.length] = '\0';
    return GF_OK;
}

static gf_status append_line_mark(builder *b, size_t line, const char *name, gf_error *error) {
    char mark[MOST_PATH + 32];
    const int length = snprintf(mark, sizeof mark, "#line %zu \"%s\"\n", line, name);
    return append(b, mark, length < (int)sizeof mark ? (size_t)length : sizeof mark - 1, error);
}

/* ---- Includes ---------------------------------------------------------- */

/* The name in a line `#include "NAME"`; false: the line is none. */
static bool included_name(const char *line, size_t length, char *name, size_t size) {
    const char *end = line + length;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if (line == end || *line++ != '#')
        return false;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if ((size_t)(end - line) < 7 || strncmp(line, "include", 7) != 0)
        return false;
    line += 7;
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if (line == end || *line++ != '"')
        return false;
    const char *close = memchr(line, '"', (size_t)(end - line));
    if (close == NULL || close == line || (size_t)(close - line) >= size)
        return false;
    memcpy(name, line, (size_t)(close - line));
    name[close - line] = '\0';
    return true;
}

/* Beside the file `path`, unless `name` is absolute. */
static bool path_beside(const char *path, const char *name, char *found, size_t size) {
    const char *slash = strrchr(path, '/');
    const int folder = slash == NULL || name[0] == '/' ? 0 : (int)(slash - path + 1);
    const int length = snprintf(found, size, "%.*s%s", folder, path, name);
    struct stat info;
    return length > 0 && (size_t)length < size && stat(found, &info) == 0 && S_ISREG(info.st_mode);
}

static bool was_taken_once(const builder *b, const char *path) {
    for (size_t i = 0; i < b->once_count; i++) {
        if (strcmp(b->once[i], path) == 0)
            return true;
    }
    return false;
}

static void note_once(builder *b, const char *path, const char *text) {
    if (b->once_count < MOST_ONCE && strstr(text, "#pragma once") != NULL) {
        char *copy = strdup(path);
        if (copy != NULL)
            b->once[b->once_count++] = copy;
    }
}

static gf_status add_file(builder *b, const char *path, const char *name, int depth,
                          gf_error *error);

/* Adds the file that a line includes, if it is there; *added. */
static gf_status add_included(builder *b, const char *path, const char *line, size_t length,
                              int depth, bool *added, gf_error *error) {
    char name[MOST_PATH], found[MOST_PATH];
    *added = included_name(line, length, name, sizeof name) &&
             path_beside(path, name, found, sizeof found);
    if (!*added || was_taken_once(b, found))
        return GF_OK;
    if (depth + 1 == MOST_DEPTH)
        return gf_error_set(
            error, GF_USAGE,
            "%s: includes are nested more than %d deep; does a file include itself?", path,
            MOST_DEPTH);
    return add_file(b, found, name, depth + 1, error);
}

/* Whether a block comment is open at the end of a line; `open`: at its beginning. */
static bool comment_after(const char *line, size_t length, bool open) {
    char quote = '\0';
    for (size_t i = 0; i < length; i++) {
        const char c = line[i], next = i + 1 < length ? line[i + 1] : '\0';
        if (open) {
            open = !(c == '*' && next == '/');
            i += open ? 0 : 1;
        } else if (quote != '\0') {
            i += c == '\\' ? 1 : 0;
            quote = c == quote ? '\0' : quote;
        } else if (c == '/' && next == '/') {
            return false;
        } else if (c == '/' && next == '*') {
            open = true;
            i++;
        } else if (c == '"' || c == '\'') {
            quote = c;
        }
    }
    return open;
}

static gf_status add_lines(builder *b, const char *path, const char *name, const char *text,
                           int depth, gf_error *error) {
    gf_status status = append_line_mark(b, 1, name, error);
    bool comment = false;
    for (size_t line = 1; status == GF_OK && *text != '\0'; line++) {
        const char *newline = strchr(text, '\n');
        const size_t length = newline == NULL ? strlen(text) : (size_t)(newline - text) + 1;
        bool added = false;
        if (!comment)
            status = add_included(b, path, text, length, depth, &added, error);
        comment = comment_after(text, length, comment);
        if (status == GF_OK && added)
            status = append_line_mark(b, line + 1, name, error);
        else if (status == GF_OK)
            status = append(b, text, length, error);
        if (status == GF_OK && newline == NULL)
            status = append(b, "\n", 1, error);
        text += length;
    }
    return status;
}

static gf_status add_file(builder *b, const char *path, const char *name, int depth,
                          gf_error *error) {
    char *text = NULL;
    size_t length = 0;
    gf_status status = gf_text_file_read(path, MOST_BYTES, &text, &length, error);
    if (status != GF_OK)
        return status;
    note_once(b, path, text);
    status = add_lines(b, path, name, text, depth, error);
    free(text);
    return status;
}

gf_status gf_source_text_read(const char *path, const char *name, gf_source_text *text,
                              gf_error *error) {
    builder b = {.room = 0};
    const gf_status status = add_file(&b, path, name, 0, error);
    for (size_t i = 0; i < b.once_count; i++)
        free((void *)(uintptr_t)b.once[i]);
    if (status == GF_OK)
        *text = b.text;
    else
        free(b.text.text);
    return status;
}

void gf_source_text_clear(gf_source_text *text) {
    free(text->text);
    *text = (gf_source_text){NULL, 0};
}
