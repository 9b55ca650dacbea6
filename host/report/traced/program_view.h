/* Everything that a report says of one traced process. */
#pragma once

#include "analyse/program_checklist.h"
#include "base/notes.h"
#include "trace/trace_findings.h"
#include "whatif/what_if.h"

typedef struct gf_program_view {
    const gf_trace *trace;
    uint32_t process;
    gf_program_ledger ledger;
    gf_program_rows rows;
    gf_trace_findings findings;
    gf_criterion_row criteria[GF_CRITERION_COUNT];
    gf_what_if what_if;
    gf_notes notes; /* what the trace lacks, and what to know of its figures */
    char verdict[3][512];
} gf_program_view;

/* GF_FAILED: no memory. The caller clears in any case. */
gf_status gf_program_view_make(const gf_trace *trace, uint32_t process, gf_program_view *view,
                               gf_error *error);
void gf_program_view_clear(gf_program_view *view);

/* "exit status 3 after 1.53 s", "ended by signal 11 (SIGSEGV) after 0.2 s"; "" without a launch. */
void gf_trace_end_format(const gf_trace *trace, char *text, size_t size);
/* Why there is no process in the trace; "" if there is one. */
void gf_trace_missing_format(const gf_trace *trace, char *text, size_t size);
/* By how much the process would be faster without `saved_ns` of its time. */
double gf_program_factor(const gf_program_ledger *ledger, uint64_t saved_ns);
