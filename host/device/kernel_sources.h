/* The OpenCL sources of kernels_cl/, carried inside the library as bytes. The build generates the
 * table. */
#pragma once

#include <stddef.h>

typedef struct gf_kernel_source {
    const char *name;           /* the file's name: "julia.cl", "prelude.h" */
    const unsigned char *bytes; /* `length` bytes and a closing zero */
    size_t length;
} gf_kernel_source;

extern const gf_kernel_source gf_kernel_sources[];
extern const size_t gf_kernel_source_count;
