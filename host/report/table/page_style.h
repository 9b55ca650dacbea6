/* How pages look: the text of their style element, templates/page/page.css, carried inside the
 * library. The build generates the table. */
#pragma once

#include "os/files/embedded_file.h"

extern const gf_embedded_file gf_page_files[];
extern const size_t gf_page_file_count;
