/* Filling a gf_error. */
#pragma once

#include "gpufare.h"

/* Sets status and text; returns `status`, so that a caller can `return gf_error_set(...)`. A log
 * from before is freed. An argument of the format may be a text of `error` itself. As everywhere
 * inside the library, `error` is not NULL, here and below (base/entry.h). */
gf_status gf_error_set(gf_error *error, gf_status status, const char *format, ...) GF_PRINTF(3, 4);

/* As above, with the code of the layer below and its symbolic name. */
gf_status gf_error_set_native(gf_error *error, gf_status status, int code, const char *name,
                              const char *format, ...) GF_PRINTF(5, 6);

/* errno's text is appended to the message: "cannot open x: No such file or directory". */
gf_status gf_error_set_errno(gf_error *error, gf_status status, int code, const char *format, ...)
    GF_PRINTF(4, 5);

/* As gf_error_set, about one parameter, of a workload or of a public function: its name goes before
 * the text. gf_error_set_parameter(error, GF_USAGE, "size", " %s: ...", text) gives
 * "size 3x0: ..." and error->parameter "size". */
gf_status gf_error_set_parameter(gf_error *error, gf_status status, const char *parameter,
                                 const char *format, ...) GF_PRINTF(4, 5);

/* Puts "PREFIX: " before the text of an error that is set; returns its status. */
gf_status gf_error_prefix(gf_error *error, const char *format, ...) GF_PRINTF(2, 3);

/* GF_INTERRUPTED: the caller's flag is set. */
gf_status gf_error_interrupted(gf_error *error);

/* Attaches a copy of a longer text, such as a compiler's log. */
void gf_error_set_log(gf_error *error, const char *log);

/* Puts blanks for control characters: texts are one line, whatever a driver or a file name
 * contains.
 */
void gf_flatten_text(char *text);

/* The common message for a failed allocation; returns GF_FAILED. */
gf_status gf_error_no_memory(gf_error *error, const char *what, size_t bytes);
