/* The tool's messages on stderr. */
#pragma once

#include "gpufare.h"

/* Fills an error, which must not be NULL; returns `status`. The arguments may be parts of the
 * error's own text. */
gf_status message_set(gf_error *error, gf_status status, const char *format, ...) GF_PRINTF(3, 4);

/* Puts "--OPTION: " before the text of an error. */
void message_add_option(gf_error *error, const char *option);

/* From now on message_print prints nothing. */
void message_silence(void);

/* Prints one line, then the log, if there is one, indented. The library names the parameter that an
 * error is about; the line shows the parameter's option: "size 3x0: ..." as "--size 3x0: ...". */
void message_print(const gf_error *error);
