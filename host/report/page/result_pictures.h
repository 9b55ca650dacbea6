/* What a comparison's results look like. */
#pragma once

#include "measure/comparison.h"
#include "report/table/table.h"

/* On a page: the pictures that were kept, where they differ, and the divergence map; nothing where
 * none were, or in other formats. GF_FAILED: no memory. */
gf_status gf_write_pictures(const gf_comparison *comparison, const gf_writer *to, gf_error *error);
