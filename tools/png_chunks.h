/* The facts in a PNG file's chunks. */
#pragma once

#include "gpufare.h"

/* Prints size, colour, length and texts of a file whose pixels can be read. */
gf_status png_chunks_print(const char *path, gf_error *error);
