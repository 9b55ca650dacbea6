/* The kernel that a new one begins as: templates/saxpy/, carried inside the library as bytes. The
 * build generates the table. gpufare.h has what writes it. */
#pragma once

#include "os/files/embedded_file.h"

/* The word in the texts, and in the files' names, that the name of the new kernel replaces. */
#define GF_TEMPLATE_NAME "saxpy"

extern const gf_embedded_file gf_template_files[];
extern const size_t gf_template_file_count;
