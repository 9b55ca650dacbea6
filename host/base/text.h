/* Text built piece by piece in a buffer of fixed size. */
#pragma once

#include "gpufare.h"

/* The text always ends with a zero. */
typedef struct gf_text {
    char *text; /* the caller's buffer */
    size_t size, used;
    bool cut; /* a piece did not fit and is truncated; later pieces are dropped */
} gf_text;

/* An empty text in `buffer`; size > 0. */
gf_text gf_text_in(char *buffer, size_t size);
/* Appends. Does nothing once the text was cut. */
void gf_text_add(gf_text *text, const char *format, ...) GF_PRINTF(2, 3);

/* Whether a character may be part of a name of C. */
static inline bool gf_is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Appends a list of names: "0:0", "0:0 and 1:0", "0:0, 0:1 and 1:0"; of more than four the first
 * two: "0:0, 0:1 and 3 more". */
void gf_text_add_names(gf_text *text, const char *const *names, size_t count);

/* Of what a program wrote before it ended: the line that mostly names the cause, which is the last
 * one that speaks of an error, else the last that is not blank. NULL: all are blank. */
const char *gf_find_last_words(const char *output, size_t *length);

/* For a word that is not known: call it for one candidate after the other, starting with *best NULL
 * and *distance SIZE_MAX. *best becomes the candidate nearest to `word`, and stays NULL when none
 * is near. */
void gf_text_find_nearest(const char *word, const char *candidate, const char **best,
                          size_t *distance);

/* Of what a compiler said: the line of its first error, else the first that is not blank. NULL: all
 * are blank. */
const char *gf_find_first_error(const char *output, size_t *length);

/* The width on a terminal, in characters. */
size_t gf_text_width(const char *text);

/* The length in bytes of the first character of a text of `size` bytes, size > 0; 0 where it is no
 * UTF-8 in its shortest form, a surrogate, or a noncharacter (U+FDD0 to U+FDEF; U+FFFE and U+FFFF
 * of every plane), none of which cairo and XML accept. */
size_t gf_text_character_length(const char *text, size_t size);

/* "1.9 MiB" */
void gf_format_bytes(double bytes, char *text, size_t size);
/* "0.44", "1.015", "110": a factor, with digits enough to see by how much it differs from 1. */
void gf_format_factor(double factor, char *text, size_t size);
/* "1.4 times as fast", "0.8 times as fast", or, where the factor can't be told from 1, "no faster".
 */
void gf_format_speedup(double factor, char *text, size_t size);
/* "12.3 ms", "45.6 us", "1.23 s" */
void gf_format_ns(double ns, char *text, size_t size);
