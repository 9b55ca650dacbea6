/* One HTML page, which needs nothing else: no script, no file, no network. Reports write it as they
 * write Markdown: lines to a stream, which become markup, always escaped; tables and figures add
 * their own in between. It is well-formed XML, too. */
#pragma once

#include "gpufare.h"

/* The most that a page has, in bytes. Rows and pictures that no longer fit are left out, and the
 * page says so. */
#define GF_DOCUMENT_LIMIT 500000

typedef struct gf_document gf_document;

/* A page without content. *text: where lines go; the document's own. GF_FAILED: no memory. */
gf_status gf_document_create(gf_document **document, FILE **text, gf_error *error);
/* Accepts NULL. */
void gf_document_destroy(gf_document *document);
/* Writes the page. GF_FAILED: no memory, or the stream reports an error. */
gf_status gf_document_write(gf_document *document, FILE *stream, gf_error *error);

/* Where markup goes that follows the lines written so far. Valid until the next line. */
FILE *gf_document_markup(gf_document *document);
/* Bytes that there is still room for. */
size_t gf_document_room(const gf_document *document);

/* Begins a section with a heading: what of `title` stands before " (" or ": " is the heading, the
 * rest a line below it. Returns the section's number: "sN" is the id of its heading. */
size_t gf_document_section(gf_document *document, const char *title);
/* The answer of a report, in a section of its own. `tone`: "good", "doubtful", "bad", or "" for
 * none; `next` may be "". */
void gf_document_answer(gf_document *document, const char *label, const char *tone,
                        const char *answer, const char *next);
