/* The facts in a PNG file's chunks. */
#ifndef GF_TOOLS_PNG_CHUNKS_H
#define GF_TOOLS_PNG_CHUNKS_H

#include "gpufare.h"

/* Prints size, colour, length and texts of a file whose pixels can be read. */
gf_status png_chunks_print(const char *path, FILE *stream, gf_error *error);

#endif
