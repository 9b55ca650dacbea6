/* Findings of a traced process, and what functions that find something share. */
#pragma once

#include "trace/program_ledger.h"
#include "trace/program_rows.h"

#define GF_TRACE_FINDING_TEXT  400
#define GF_MOST_TRACE_FINDINGS 32
#define GF_TRACE_FINDING_SHARE 0.02
/* Up to which a transfer's fixed cost is most of it. */
#define GF_SMALL_TRANSFER 65536

typedef enum gf_trace_finding_kind {
    GF_FOUND_RESENT,   /* bytes that were there are sent again */
    GF_FOUND_SMALL,    /* many small transfers in a row */
    GF_FOUND_IDLE,     /* the device idles while the host works, and the other way round */
    GF_FOUND_REBUILT,  /* the same source is built again */
    GF_FOUND_SHORT,    /* kernels shorter than their launch */
    GF_FOUND_LANES,    /* work-groups that leave lanes idle */
    GF_FOUND_UNSEEN,   /* downloads that nobody is seen to use */
    GF_FOUND_SHARED,   /* copies on a device that shares the host's memory */
    GF_FOUND_PAGEABLE, /* pageable memory where pinned would do */
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
    /* Downloads that another one overwrote, and that no call of OpenCL used, while the host had the
     * time to look at them. */
    uint64_t overwritten, overwritten_ns;
    /* Transfers of pageable memory, of devices that nobody has calibrated. */
    uint64_t unpinned, unpinned_bytes, unpinned_ns;
} gf_trace_findings;

/* What functions that find something look at. */
typedef struct gf_finding_search {
    const gf_trace *trace;
    uint32_t process;
    const gf_program_ledger *ledger;
    const gf_program_rows *rows;
    gf_trace_findings *findings;
    bool *claimed; /* of each command: a finding has its time */
} gf_finding_search;

/* Adds a finding. Only what would save GF_TRACE_FINDING_SHARE of the process's time, and a
 * millisecond, counts. */
void gf_finding_add(const gf_finding_search *in, gf_trace_finding_kind kind, double saving_ns,
                    const char *text);
/* A command of the process that the driver has accepted. */
bool gf_finding_is_of(const gf_finding_search *in, const gf_traced_command *command);

/* "resent-bytes", "small-transfers", ... */
const char *gf_trace_finding_name(gf_trace_finding_kind kind);
