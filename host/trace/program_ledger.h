/* Where the time of a traced process went. */
#pragma once

#include "trace/trace.h"

/* Each moment counts once. Where the device runs, that counts; else what the host waits for. */
typedef enum gf_program_part {
    GF_PART_BUILD,   /* programs are built, or a first launch compiles */
    GF_PART_ALLOC,   /* memory is made or given back */
    GF_PART_UP,      /* only uploads run */
    GF_PART_DOWN,    /* only downloads */
    GF_PART_COPY,    /* only copies, fills and moves on the device */
    GF_PART_KERNELS, /* only kernels */
    GF_PART_OVERLAP, /* several of these four at the same time */
    GF_PART_WAITING, /* the host waits, and no device runs */
    GF_PART_HOST,    /* the rest */
    GF_PROGRAM_PARTS
} gf_program_part;

typedef struct gf_program_ledger {
    uint64_t begin_ns, end_ns; /* of the process, as far as it is known */
    uint64_t total_ns;         /* the sum of the parts */
    uint64_t parts_ns[GF_PROGRAM_PARTS];
    uint64_t device_ns;    /* something ran on a device */
    uint64_t transfers_ns; /* what would be gone if transfers took no time, at most */
    uint64_t builds_ns;    /* the same of builds */
    uint64_t both_ns;      /* the same of both */
    bool by_host;          /* kernels of a device without a clock are in `waiting` */
} gf_program_ledger;

const char *gf_program_part_name(gf_program_part part);
/* GF_FAILED: no memory. */
gf_status gf_program_ledger_make(const gf_trace *trace, uint32_t process, gf_program_ledger *ledger,
                                 gf_error *error);
/* Whether a launch compiled first: the first one with these sizes, of one that could have begun
 * long before. `index` is of commands. */
bool gf_trace_compiles(const gf_trace *trace, size_t index);
