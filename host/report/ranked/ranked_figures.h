/* Figures of pages about several ranks. */
#pragma once

#include "parallel/parallel_state.h"
#include "report/table/writer.h"

/* On a page, sections with times and, after a run on 1 rank, efficiency along the numbers of ranks,
 * and where the time of each goes; nothing in other formats, nor of one number. `swept`: with up to
 * how many it is worth it. All results must be right. */
gf_status gf_write_rank_figures(const gf_parallel *parallel, bool swept, const gf_writer *to,
                                gf_error *error);
