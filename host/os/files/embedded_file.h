/* Files that the library carries inside it, as bytes; cmake/EmbedFiles.cmake makes their tables. */
#pragma once

#include <stddef.h>

typedef struct gf_embedded_file {
    const char *name;           /* without its folder: "julia.cl" */
    const unsigned char *bytes; /* `length` bytes and a closing zero */
    size_t length;
} gf_embedded_file;

/* The file of this name in a table; NULL without one. */
const gf_embedded_file *gf_embedded_file_find(const gf_embedded_file *table, const char *name);
