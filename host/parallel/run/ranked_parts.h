/* The parts of a run: who gets which units, and what each rank makes of its own before a trip. */
#pragma once

#include "parallel/run/ranked_run.h"

/* Who gets which units, by what is known of the ranks: the parts in the state of the problem, and
 * the most steps between two exchanges that they allow. */
void gf_ranked_split(gf_ranked_run *run);

/* All ranks of the job call these. Failures are those of gf_ranks_agree, or of messages. */

/* Each rank makes its part and gets its device ready for it. */
gf_status gf_ranked_make(gf_ranked_run *run, gf_error *error);
/* Splits the problem and makes the parts anew, and notes it. */
gf_status gf_ranked_make_anew(gf_ranked_run *run, gf_error *error);

/* Notes in the result how the problem is shared. */
void gf_ranked_note_plan(gf_ranked_run *run);
