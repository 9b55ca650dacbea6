/* Kernels under the rooflines of their devices, as a plot. */
#pragma once

#include "predict/candidates.h"
#include "report/table/table.h"

/* On a page, after the table of the rooflines: nothing in other formats, or where no candidate has
 * both ceilings. GF_FAILED: no memory. */
gf_status gf_roofline_figure(const gf_candidates *candidates, const gf_writer *to, gf_error *error);
