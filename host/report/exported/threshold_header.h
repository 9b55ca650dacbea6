/* A threshold as a header of C99 and C++. docs/breakeven.md shows one. */
#pragma once

#include "report/exported/threshold_data.h"

/* Failures of writing stay in the stream's error flag. */
void gf_threshold_write_header(const gf_threshold_export *made, FILE *stream);
/* What holds along the sweep in one line of text: "device ahead from 1234 (90 %: 1100 to 1400) on",
 * "device ahead nowhere up to 10000". */
void gf_threshold_format(const gf_threshold_export *made, const gf_placement *placement, char *text,
                         size_t size);
