/* Pictures on a page. */
#pragma once

#include "image/image.h"
#include "report/table/document.h"

/* Writes a figure with the picture, made smaller until it fits into a part of the room that the
 * page has; a line instead where none is left. `alternative`: what it shows, in words; `caption`:
 * below it. Does nothing without pixels. GF_FAILED: no memory. */
gf_status gf_page_picture(gf_document *document, const gf_image *image, const char *alternative,
                          const char *caption, gf_error *error);
