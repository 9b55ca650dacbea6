/* Where a report goes, and how its text looks there: wrapped at the width of a terminal, coloured.
 */
#pragma once

#include "report/table/document.h"

/* Errors of writing stay in the stream's error flag, which gf_writer_end reads. The writer must not
 * move between begin and end; reports only write to its stream. */
typedef struct gf_writer {
    FILE *stream;
    gf_format format;
    bool colour, verbose, explain;
    const char *schema;    /* of JSON; NULL: the report's own */
    const char *cut_short; /* NULL, or why the work ended early */
    gf_document *document; /* NULL, or the page that is made. `format` is then that of Markdown:
                              lines are written as for it, and the page reads them */
    const char *command;   /* NULL, or the command line, for pages */
    size_t width;          /* of lines of text, in characters; 0: they may be of any length */

    /* Private: text that is wrapped is gathered first. */
    FILE *target; /* NULL: nothing is gathered */
    char *gathered;
    size_t gathered_size;
} gf_writer;

/* The writer of a public report function. `style` NULL: defaults. GF_USAGE for an unknown format.
 * After GF_OK the caller ends it. */
gf_status gf_writer_begin(FILE *stream, gf_format format, const gf_report_style *style,
                          gf_writer *writer, gf_error *error);
/* Writes what was gathered. `status`: of the report so far, which is returned unless it is GF_OK.
 * GF_FAILED when the stream reports an error, or without memory. */
gf_status gf_writer_end(gf_writer *writer, gf_status status, gf_error *error);

/* The same writer, which explains no columns unless `first`: of several tables with the same
 * columns one is explained. It need not be ended. */
gf_writer gf_writer_explaining_once(const gf_writer *to, bool first);

/* What a piece of text is about. A colour never says it alone: words do. */
typedef enum gf_tone {
    GF_TONE_PLAIN,
    GF_TONE_TITLE, /* bold */
    GF_TONE_FAINT,
    GF_TONE_GOOD, /* green: the winner, what passed */
    GF_TONE_WARN, /* yellow: doubtful, can't tell */
    GF_TONE_BAD   /* red: failed, wrong */
} gf_tone;

/* The sequences that begin and end a tone on a terminal; "" where the writer has no colours. */
const char *gf_tone_begin(const gf_writer *to, gf_tone tone);
const char *gf_tone_end(const gf_writer *to, gf_tone tone);

/* What pages call a tone: "good", "doubtful", "bad"; "" for the others. */
const char *gf_tone_class(gf_tone tone);

/* Writes text with lines of at most `width` characters. A longer line goes on below its last
 * column, or, where it has none in its left half, a little further in than it began. Lines break
 * between words only, never inside `a command`, so that a longer word stays whole. */
void gf_write_wrapped(const char *text, size_t width, FILE *stream);
