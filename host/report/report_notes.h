/* The notes of a comparison. */
#pragma once

#include "measure/comparison.h"

/* `verbose` adds the notes of devices that work in place. Write errors stay in the stream's error
 * flag. */
void gf_write_notes(const gf_comparison *comparison, bool verbose, gf_format format, FILE *stream);
