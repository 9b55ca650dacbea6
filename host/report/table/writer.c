#include "report/table/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/stream.h"

/* ---- Tones ------------------------------------------------------------- */

static const char *const tones[] = {
    [GF_TONE_PLAIN] = "",        [GF_TONE_TITLE] = "\033[1m", [GF_TONE_FAINT] = "\033[2m",
    [GF_TONE_GOOD] = "\033[32m", [GF_TONE_WARN] = "\033[33m", [GF_TONE_BAD] = "\033[31m",
};

static bool is_coloured(const gf_writer *to, gf_tone tone) {
    return to->colour && to->format == GF_FORMAT_TEXT && tone != GF_TONE_PLAIN;
}

const char *gf_tone_begin(const gf_writer *to, gf_tone tone) {
    return is_coloured(to, tone) ? tones[tone] : "";
}

const char *gf_tone_end(const gf_writer *to, gf_tone tone) {
    return is_coloured(to, tone) ? "\033[0m" : "";
}

const char *gf_tone_class(gf_tone tone) {
    switch (tone) {
    case GF_TONE_GOOD:
        return "good";
    case GF_TONE_WARN:
        return "doubtful";
    case GF_TONE_BAD:
        return "bad";
    default:
        return "";
    }
}

/* ---- Wrapping ---------------------------------------------------------- */

/* Bytes of an escape sequence such as "\033[1m"; 0: there is none. */
static size_t escape_length(const char *text) {
    if (text[0] != '\033' || text[1] != '[')
        return 0;
    const size_t length = 2 + strspn(text + 2, "0123456789;");
    return text[length] == 'm' ? length + 1 : 0;
}

/* Characters on a terminal: continuation bytes of UTF-8 and escape sequences take no room. */
static size_t shown_width(const char *text, size_t size) {
    size_t width = 0;
    for (size_t i = 0; i < size;) {
        const size_t escape = escape_length(text + i);
        width += escape == 0 && ((unsigned char)text[i] & 0xc0) != 0x80;
        i += escape > 0 ? escape : 1;
    }
    return width;
}

static size_t count_blanks(const char *text, size_t size) {
    size_t count = 0;
    while (count < size && text[count] == ' ')
        count++;
    return count;
}

/* Bytes of the word at the start of a text; `a command` is one word. */
static size_t word_length(const char *text, size_t size) {
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '`')
            quoted = !quoted && memchr(text + i + 1, '`', size - i - 1) != NULL;
        else if (text[i] == ' ' && !quoted)
            return i;
    }
    return size;
}

/* Where the rest of a line that is too long begins. */
static size_t hanging_indent(const char *line, size_t size, size_t width) {
    const size_t start = count_blanks(line, size);
    size_t column = start, indent = start + 2;
    for (size_t at = start; at < size;) {
        const size_t word = word_length(line + at, size - at);
        const size_t blanks = count_blanks(line + at + word, size - at - word);
        column += shown_width(line + at, word) + blanks;
        at += word + blanks;
        if (column > width / 2)
            break;
        if (blanks > 1 && at < size)
            indent = column;
    }
    return indent <= width / 2 ? indent : 0;
}

static void write_line(const char *line, size_t size, size_t width, FILE *stream) {
    const size_t indent = hanging_indent(line, size, width);
    size_t column = 0;
    bool fresh = true; /* no word is on the line yet */
    for (size_t at = 0; at < size;) {
        const size_t blanks = count_blanks(line + at, size - at);
        const size_t word = word_length(line + at + blanks, size - at - blanks);
        const size_t room = shown_width(line + at + blanks, word);
        if (word > 0 && !fresh && column + blanks + room > width) {
            fprintf(stream, "\n%*s", (int)indent, "");
            column = indent;
        } else if (word > 0) {
            fprintf(stream, "%*s", (int)blanks, "");
            column += blanks;
        }
        fwrite(line + at + blanks, 1, word, stream);
        column += room;
        fresh = false;
        at += blanks + word;
    }
}

void gf_write_wrapped(const char *text, size_t width, FILE *stream) {
    while (*text != '\0') {
        const size_t size = strcspn(text, "\n");
        if (shown_width(text, size) <= width)
            fwrite(text, 1, size, stream);
        else
            write_line(text, size, width, stream);
        text += size;
        if (*text == '\n') {
            fputc('\n', stream);
            text++;
        }
    }
}

/* ---- Writers ----------------------------------------------------------- */

/* Narrower terminals have no room for the columns of a table. */
#define LEAST_WIDTH 40

static gf_status begin_page(gf_writer *writer, gf_error *error) {
    writer->format = GF_FORMAT_MARKDOWN;
    writer->explain = true;
    writer->target = writer->stream;
    return gf_document_create(&writer->document, &writer->stream, error);
}

static gf_status end_page(gf_writer *writer, gf_status status, gf_error *error) {
    if (status == GF_OK)
        status = gf_document_write(writer->document, writer->target, error);
    gf_document_destroy(writer->document);
    writer->document = NULL;
    writer->stream = writer->target;
    writer->target = NULL;
    return status;
}

gf_status gf_writer_begin(FILE *stream, gf_format format, const gf_report_style *style,
                          gf_writer *writer, gf_error *error) {
    if ((unsigned)format > GF_FORMAT_HTML)
        return gf_error_set_parameter(error, GF_USAGE, "format", " %d: no such format",
                                      (int)format);
    const gf_report_style plain = {.schema = NULL};
    style = style == NULL ? &plain : style;
    *writer = (gf_writer){.stream = stream,
                          .format = format,
                          .colour = style->colour,
                          .verbose = style->verbose,
                          .explain = style->explain,
                          .schema = style->schema,
                          .cut_short = style->cut_short,
                          .command = style->command};
    if (format == GF_FORMAT_HTML)
        return begin_page(writer, error);
    if (format != GF_FORMAT_TEXT || style->width == 0)
        return GF_OK;
    writer->width = style->width < LEAST_WIDTH ? LEAST_WIDTH : style->width;
    writer->stream = open_memstream(&writer->gathered, &writer->gathered_size);
    if (writer->stream == NULL)
        return gf_error_no_memory(error, "a report", 0);
    writer->target = stream;
    return GF_OK;
}

gf_writer gf_writer_explaining_once(const gf_writer *to, bool first) {
    gf_writer same = *to;
    same.explain = to->explain && first;
    return same;
}

gf_status gf_writer_end(gf_writer *writer, gf_status status, gf_error *error) {
    if (writer->document != NULL)
        return end_page(writer, status, error);
    if (writer->target != NULL) {
        if (fclose(writer->stream) == 0)
            gf_write_wrapped(writer->gathered, writer->width, writer->target);
        else if (status == GF_OK)
            status = gf_error_no_memory(error, "a report", writer->gathered_size);
        free(writer->gathered);
        writer->stream = writer->target;
        writer->target = NULL;
    }
    return status == GF_OK ? gf_check_stream(writer->stream, error) : status;
}
