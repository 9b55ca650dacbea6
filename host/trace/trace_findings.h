/* What would pay in a traced process: changes, each with what it would save at most. */
#pragma once

#include "trace/program_ledger.h"
#include "trace/program_rows.h"

#define GF_TRACE_FINDING_TEXT  400
#define GF_MOST_TRACE_FINDINGS 32

typedef enum gf_trace_finding_kind {
    GF_FOUND_RESENT,  /* bytes that were there are sent again */
    GF_FOUND_SMALL,   /* many small transfers in a row */
    GF_FOUND_IDLE,    /* the device idles while the host works, and the other way round */
    GF_FOUND_REBUILT, /* the same source is built again */
    GF_FOUND_SHORT,   /* kernels shorter than their launch */
    GF_FOUND_LANES,   /* work-groups that leave lanes idle */
    GF_FOUND_KINDS
} gf_trace_finding_kind;

typedef struct gf_trace_finding {
    gf_trace_finding_kind kind;
    uint64_t saving_ns; /* at most */
    char text[GF_TRACE_FINDING_TEXT];
} gf_trace_finding;

typedef struct gf_trace_findings {
    gf_trace_finding items[GF_MOST_TRACE_FINDINGS]; /* the largest saving first */
    size_t count;
} gf_trace_findings;

/* "resent-bytes", "small-transfers", ... */
const char *gf_trace_finding_name(gf_trace_finding_kind kind);
/* Only what would save GF_TRACE_FINDING_SHARE of the process's time, and a millisecond, counts.
 * GF_FAILED: no memory. */
#define GF_TRACE_FINDING_SHARE 0.02
gf_status gf_trace_findings_make(const gf_trace *trace, uint32_t process,
                                 const gf_program_ledger *ledger, const gf_program_rows *rows,
                                 gf_trace_findings *findings, gf_error *error);
