/* The models that gpufare knows by name, and the tables of models/tables/, carried inside the
 * library. The build generates both. */
#pragma once

#include <stddef.h>

typedef struct gf_model_file {
    const char *name;           /* "h100-pcie.ini" */
    const unsigned char *bytes; /* `length` bytes and a closing zero */
    size_t length;
} gf_model_file;

extern const gf_model_file gf_model_files[];
extern const size_t gf_model_file_count;

typedef struct gf_table_file {
    const char *name; /* "shares.ini" */
    const unsigned char *bytes;
    size_t length;
} gf_table_file;

extern const gf_table_file gf_table_files[];
extern const size_t gf_table_file_count;
