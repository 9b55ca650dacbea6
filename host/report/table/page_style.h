/* How pages look: the text of their style element, templates/page/page.css, carried inside the
 * library. The build generates the table. */
#pragma once

#include <stddef.h>

typedef struct gf_page_file {
    const char *name;           /* "page.css" */
    const unsigned char *bytes; /* `length` bytes and a closing zero */
    size_t length;
} gf_page_file;

extern const gf_page_file gf_page_files[];
extern const size_t gf_page_file_count;
