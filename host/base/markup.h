/* Text inside of HTML and SVG. */
#pragma once

#include <stdio.h>

/* Writes a text so that no character of it is markup, also inside of a quoted attribute. Control
 * characters become blanks; bytes that are no UTF-8 become U+FFFD. */
void gf_markup_text(const char *text, FILE *stream);
/* The same for the first `size` bytes. */
void gf_markup_part(const char *text, size_t size, FILE *stream);
/* The same, with `commands` as code elements: not for attributes. */
void gf_markup_prose(const char *text, FILE *stream);

/* Writes bytes as base64, for data URIs. */
void gf_markup_base64(const void *bytes, size_t size, FILE *stream);
