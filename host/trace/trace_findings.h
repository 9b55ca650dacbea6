/* What would pay in a traced process: changes, each with what it would save at most. */
#pragma once

#include "trace/finding_search.h"

/* GF_FAILED: no memory. */
gf_status gf_trace_findings_make(const gf_trace *trace, uint32_t process,
                                 const gf_program_ledger *ledger, const gf_program_rows *rows,
                                 gf_trace_findings *findings, gf_error *error);
