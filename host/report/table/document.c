#include "report/table/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/markup.h"
#include "base/stream.h"
#include "report/table/page_style.h"

#define MOST_SECTIONS 64   /* in the list at the top */
#define KEPT_ROOM     8000 /* bytes for what follows the body and for notes on what is left out */

/* What the lines before left open. */
typedef enum open_block { OPEN_NONE, OPEN_LIST } open_block;

typedef struct memory_stream {
    FILE *stream;
    char *bytes;
    size_t size;
} memory_stream;

struct gf_document {
    memory_stream text, body;
    size_t taken; /* bytes of the text that are in the body */
    open_block open;
    char *title;    /* NULL: no heading yet */
    bool has_parts; /* the report has headings below its title */
    bool in_section;
    size_t sections;
    size_t contents_at; /* bytes of the body before the list of sections */
    size_t answers;     /* sections before it: the answer, where the report begins with one, or 0 */
    char *names[MOST_SECTIONS]; /* of the first sections */
    bool no_memory, cut;
};

/* ---- Memory ------------------------------------------------------------ */

static bool open_memory(memory_stream *memory) {
    memory->stream = open_memstream(&memory->bytes, &memory->size);
    return memory->stream != NULL;
}

static void close_memory(memory_stream *memory) {
    if (memory->stream != NULL)
        (void)fclose(memory->stream);
    free(memory->bytes);
}

gf_status gf_document_create(gf_document **document, FILE **text, gf_error *error) {
    gf_document *made = calloc(1, sizeof *made);
    if (made == NULL || !open_memory(&made->text) || !open_memory(&made->body)) {
        gf_document_destroy(made);
        return gf_error_no_memory(error, "a report", sizeof *made);
    }
    *text = made->text.stream;
    *document = made;
    return GF_OK;
}

void gf_document_destroy(gf_document *document) {
    if (document == NULL)
        return;
    close_memory(&document->text);
    close_memory(&document->body);
    for (size_t i = 0; i < MOST_SECTIONS; i++)
        free(document->names[i]);
    free(document->title);
    free(document);
}

size_t gf_document_room(const gf_document *document) {
    const size_t most = GF_DOCUMENT_LIMIT - KEPT_ROOM - gf_page_files[0].length;
    if (fflush(document->body.stream) != 0 || document->body.size >= most)
        return 0;
    return most - document->body.size;
}

/* ---- Headings and sections --------------------------------------------- */

static bool ends_heading(const char *text) {
    return strncmp(text, ": ", 2) == 0 || strncmp(text, " (", 2) == 0;
}

/* What of a title is the heading: "Ledger" of "Ledger (each moment counts once)". A `command` stays
 * whole. */
static size_t heading_length(const char *title) {
    size_t length = 0;
    while (title[length] != '\0' && !ends_heading(title + length)) {
        const char *end = title[length] == '`' ? strchr(title + length + 1, '`') : NULL;
        length = end == NULL ? length + 1 : (size_t)(end - title) + 1;
    }
    return length;
}

/* The rest, without the brackets around all of it. */
static void write_rest(const char *rest, FILE *out) {
    size_t size = strlen(rest);
    const bool bracketed = size > 3 && rest[0] == ' ' && rest[1] == '(' && rest[size - 1] == ')' &&
                           strchr(rest + 2, '(') == NULL;
    if (size == 0)
        return;
    fputs("<p class=\"sub\">", out);
    if (bracketed)
        gf_markup_part(rest + 2, size - 3, out);
    else
        gf_markup_prose(rest[0] == ':' ? rest + 2 : rest + 1, out);
    fputs("</p>\n", out);
}

static void close_block(gf_document *document) {
    if (document->open == OPEN_LIST)
        fputs("</ul>\n", document->body.stream);
    document->open = OPEN_NONE;
}

static void close_section(gf_document *document) {
    close_block(document);
    if (document->in_section)
        fputs("</section>\n", document->body.stream);
    document->in_section = false;
}

/* The list of sections stands before the first one, but behind an answer that is the first. */
static void place_contents(gf_document *document, bool is_answer) {
    if (document->sections > 1 || (document->sections == 1 && document->answers == 0))
        return;
    if (fflush(document->body.stream) == 0)
        document->contents_at = document->body.size;
    document->answers = document->sections == 0 && is_answer ? 1 : document->answers;
}

static void keep_name(gf_document *document, const char *name, size_t size) {
    if (document->sections >= MOST_SECTIONS)
        return;
    document->names[document->sections] = strndup(name, size);
    document->no_memory = document->no_memory || document->names[document->sections] == NULL;
}

/* `level`: 2 of a part of the report, 3 within one. */
static size_t begin_section(gf_document *document, const char *title, const char *class,
                            int level) {
    FILE *out = document->body.stream;
    const size_t size = heading_length(title);
    close_section(document);
    place_contents(document, class[0] != '\0');
    keep_name(document, title, size);
    const size_t number = ++document->sections;
    fprintf(out, "<section%s aria-labelledby=\"s%zu\">\n<h%d id=\"s%zu\">", class, number, level,
            number);
    gf_markup_part(title, size, out);
    fprintf(out, "</h%d>\n", level);
    write_rest(title + size, out);
    document->in_section = true;
    return number;
}

static int level_of_sections(const gf_document *document) {
    return document->has_parts ? 3 : 2;
}

/* ---- Lines ------------------------------------------------------------- */

static void keep_title(gf_document *document, const char *title) {
    const size_t size = heading_length(title);
    FILE *out = document->body.stream;
    document->title = strndup(title, size);
    document->no_memory = document->no_memory || document->title == NULL;
    fputs("<h1>", out);
    if (document->title != NULL)
        gf_markup_prose(document->title, out);
    fputs("</h1>\n", out);
    write_rest(title + size, out);
}

static void write_heading(gf_document *document, const char *title) {
    if (document->title == NULL) {
        keep_title(document, title);
        return;
    }
    begin_section(document, title, "", 2);
    document->has_parts = true;
}

/* "label: text", of which the label is what the eye looks for. */
static void write_labelled(const char *text, FILE *out) {
    const char *colon = strstr(text, ": ");
    const bool bold = strncmp(text, "**", 2) == 0, labelled = colon != NULL && colon - text <= 64;
    text += bold ? 2 : 0;
    if (labelled) {
        fputs("<strong>", out);
        gf_markup_part(text, (size_t)(colon - text), out);
        fputs("</strong>", out);
        text = colon;
    }
    const char *end = bold ? strstr(text, "**") : NULL;
    gf_markup_part(text, end == NULL ? 0 : (size_t)(end - text), out);
    gf_markup_prose(end == NULL ? text : end + 2, out);
}

static void write_item(gf_document *document, const char *text, bool nested) {
    FILE *out = document->body.stream;
    if (document->open != OPEN_LIST)
        fputs("<ul>\n", out);
    document->open = OPEN_LIST;
    fputs(nested ? "<li class=\"nested\">" : "<li>", out);
    write_labelled(text, out);
    fputs("</li>\n", out);
}

/* "**Label:** text" */
static void write_paragraph(gf_document *document, const char *line) {
    FILE *out = document->body.stream;
    const char *end = strncmp(line, "**", 2) == 0 ? strstr(line + 2, "**") : NULL;
    close_block(document);
    fputs("<p>", out);
    if (end != NULL) {
        fputs("<strong>", out);
        gf_markup_part(line + 2, (size_t)(end - line) - 2, out);
        fputs("</strong>", out);
        line = end + 2;
    }
    gf_markup_prose(line, out);
    fputs("</p>\n", out);
}

/* "**Notes**", alone on its line. */
static bool is_title(const char *line) {
    const size_t size = strlen(line);
    return size > 4 && strncmp(line, "**", 2) == 0 && strcmp(line + size - 2, "**") == 0 &&
           strstr(line + 2, "**") == line + size - 2;
}

/* `line` may be changed. */
static void write_line(gf_document *document, char *line) {
    const size_t size = strlen(line), marks = strspn(line, "#");
    if (size == 0) {
        close_block(document);
    } else if (marks > 0 && line[marks] == ' ') {
        close_section(document);
        write_heading(document, line + marks + 1);
    } else if (is_title(line)) {
        line[size - 2] = '\0';
        if (document->title == NULL)
            keep_title(document, line + 2);
        else
            begin_section(document, line + 2, "", level_of_sections(document));
    } else if (strncmp(line, "- ", 2) == 0) {
        write_item(document, line + 2, false);
    } else if (strncmp(line, "  - ", 4) == 0 || strncmp(line, "  ", 2) == 0) {
        write_item(document, line + (line[2] == '-' ? 4 : 2), line[2] == '-');
    } else {
        write_paragraph(document, line);
    }
}

/* Lines may come from anywhere: those that find no room are left out. */
static void write_line_if_room(gf_document *document, char *line) {
    if (6 * strlen(line) + 200 < gf_document_room(document)) { /* "&quot;" is the longest entity */
        write_line(document, line);
        return;
    }
    if (!document->cut)
        write_line(document, (char[]){"The rest did not fit into this page: see the JSON report."});
    document->cut = true;
}

static void take_lines(gf_document *document) {
    if (fflush(document->text.stream) != 0) {
        document->no_memory = true;
        return;
    }
    char *from = document->text.bytes + document->taken;
    char *const end = document->text.bytes + document->text.size;
    while (from < end) {
        char *newline = memchr(from, '\n', (size_t)(end - from));
        char *line = strndup(from, (size_t)((newline == NULL ? end : newline) - from));
        if (line == NULL) {
            document->no_memory = true;
            return;
        }
        write_line_if_room(document, line);
        free(line);
        from = newline == NULL ? end : newline + 1;
    }
    document->taken = document->text.size;
}

FILE *gf_document_markup(gf_document *document) {
    take_lines(document);
    close_block(document);
    return document->body.stream;
}

size_t gf_document_section(gf_document *document, const char *title) {
    take_lines(document);
    return begin_section(document, title, "", level_of_sections(document));
}

void gf_document_answer(gf_document *document, const char *label, const char *tone,
                        const char *answer, const char *next) {
    char class[48];
    FILE *out = gf_document_markup(document);
    snprintf(class, sizeof class, " class=\"answer%s%s\"", tone[0] == '\0' ? "" : " ", tone);
    begin_section(document, label, class, level_of_sections(document));
    fputs("<p class=\"lead\">", out);
    gf_markup_prose(answer, out);
    fputs("</p>\n", out);
    if (next[0] == '\0')
        return;
    fputs("<p>", out);
    gf_markup_prose(next, out);
    fputs("</p>\n", out);
}

/* ---- The page ---------------------------------------------------------- */

/* Nothing may be loaded or run, whatever stands in the text. */
static void write_head(const gf_document *document, FILE *stream) {
    fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
          "<meta charset=\"utf-8\" />\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; img-src data:\" />\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
          "<meta name=\"color-scheme\" content=\"light dark\" />\n<title>",
          stream);
    gf_markup_text(document->title == NULL ? "Report" : document->title, stream);
    fprintf(stream, " - gpufare</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n",
            (const char *)gf_page_files[0].bytes);
}

/* The sections that follow. */
static void write_contents(const gf_document *document, FILE *stream) {
    fputs("<nav aria-label=\"Sections\"><ul>\n", stream);
    for (size_t i = document->answers; i < document->sections && i < MOST_SECTIONS; i++) {
        fprintf(stream, "<li><a href=\"#s%zu\">", i + 1);
        gf_markup_text(document->names[i], stream);
        fputs("</a></li>\n", stream);
    }
    fputs("</ul></nav>\n", stream);
}

gf_status gf_document_write(gf_document *document, FILE *stream, gf_error *error) {
    take_lines(document);
    close_section(document);
    if (document->no_memory || fflush(document->body.stream) != 0)
        return gf_error_no_memory(error, "a report", document->body.size);
    write_head(document, stream);
    fwrite(document->body.bytes, 1, document->contents_at, stream);
    if (document->sections > 3)
        write_contents(document, stream);
    fwrite(document->body.bytes + document->contents_at, 1,
           document->body.size - document->contents_at, stream);
    fputs("</main>\n</body>\n</html>\n", stream);
    return gf_check_stream(stream, error);
}
