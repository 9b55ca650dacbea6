/* The picture of a field in a file, of which only some rows at a time are in memory. */
#pragma once

#include "measure/filed/field.h"

/* Writes the state as PNG; both sides have at most 4096 pixels, each the mean of a square. The
 * field must be open. */
gf_status gf_field_write_picture(gf_field *field, const char *path, gf_error *error);
