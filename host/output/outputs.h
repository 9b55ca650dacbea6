/* Pictures and arrays of results. */
#pragma once

#include "image/image.h"
#include "measure/comparison.h"

/* Renders a result and writes it as PNG. Several threads may do so at once. */
gf_status gf_write_picture(const gf_problem *problem, const void *output, const char *path,
                           gf_error *error);

/* GF_USAGE unless the output of this result is the one that is there. */
gf_status gf_check_is_latest(const gf_run *run, const gf_result *result, gf_error *error);
/* Draws the elements of the latest output that differ from the reference by more than the tolerance
 * allows, white on black. The caller clears the image, also after a failure. */
gf_status gf_draw_wrong_elements(gf_comparison *comparison, gf_image *image, gf_error *error);
