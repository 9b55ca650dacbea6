/* The OpenCL sources of kernels_cl/, carried inside the library as bytes. The build generates the
 * table. */
#pragma once

#include "os/files/embedded_file.h"

extern const gf_embedded_file gf_kernel_sources[];
extern const size_t gf_kernel_source_count;
