/* A traced process by kernel and by buffer. */
#pragma once

#include "trace/trace.h"

typedef struct gf_kernel_row {
    const char *name; /* of the trace; kernels of one name are one */
    uint64_t launches, items, run_ns, median_ns, median_gap_ns;
    uint64_t gap_ns;          /* all gaps, without launches that compile */
    uint64_t timed;           /* launches whose run is known */
    uint64_t idle_ns;         /* the share of the run in which lanes idle, by work-group sizes */
    uint64_t local, multiple; /* of such a launch */
    uint64_t touch_bytes;     /* a launch could touch so many, at most: sizes of its memory */
    uint64_t all_touch_bytes; /* the same of all launches */
    uint64_t unknown;         /* launches that have memory of which nothing is known */
} gf_kernel_row;

typedef struct gf_memory_row {
    uint64_t number, bytes;
    gf_trace_memory_kind kind;
    uint64_t ups, downs, up_bytes, down_bytes, up_ns, down_ns;
    uint64_t same, same_bytes, same_ns; /* uploads of bytes that were there */
    uint64_t perhaps, perhaps_ns;       /* the same, but a kernel that may write ran in between */
    uint64_t launches;                  /* which have it as an argument */
} gf_memory_row;

typedef struct gf_program_rows {
    gf_kernel_row *kernels;  /* by run time, longest first */
    gf_memory_row *memories; /* by bytes moved, most first; those that nothing moved are left out */
    size_t kernel_count, memory_count;
    uint64_t peak_bytes; /* the most memory at a time */
    uint64_t alloc_bytes, up_bytes, down_bytes, ups, downs, builds, launches, host_copies_bytes;
} gf_program_rows;

/* GF_FAILED: no memory. The caller clears in any case. */
gf_status gf_program_rows_make(const gf_trace *trace, uint32_t process, gf_program_rows *rows,
                               gf_error *error);
void gf_program_rows_clear(gf_program_rows *rows);
/* How long a command ran; 0: not known. */
uint64_t gf_traced_run_ns(const gf_traced_command *command);
