/* The checklist of a traced process as a whole: the four criteria, with evidence from its trace. */
#pragma once

#include "analyse/checklist.h"
#include "trace/program_ledger.h"
#include "trace/program_rows.h"

/* `rows` keep texts of `trace`. What a trace does not show, such as branches inside of a kernel, is
 * said, and leaves a grade unknown. */
void gf_program_criteria_grade(const gf_trace *trace, uint32_t process,
                               const gf_program_ledger *ledger, const gf_program_rows *program_rows,
                               gf_criterion_row rows[GF_CRITERION_COUNT]);
