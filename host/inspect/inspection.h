/* What tools that find errors say of a user's kernels and twin: a simulator of OpenCL devices, and
 * sanitizers. */
#pragma once

#include "base/notes.h"
#include "user/source/flaw.h"

typedef enum gf_inspected { GF_INSPECT_KERNELS, GF_INSPECT_TWIN, GF_INSPECTED_COUNT } gf_inspected;

/* What was done with the kernels, or with the twin. */
typedef struct gf_inspected_part {
    size_t sizes;  /* that it was run with */
    gf_error none; /* why that were none; GF_OK: there was nothing to run, or some were */
} gf_inspected_part;

typedef struct gf_inspection_row {
    gf_inspected part;
    gf_flaw finding; /* count: in all sizes together */
    char size[160];  /* with which it was seen first: "n=341" */
} gf_inspection_row;

struct gf_inspection {
    const gf_workload *workload;
    gf_inspected_part parts[GF_INSPECTED_COUNT];
    gf_inspection_row *rows; /* owned */
    size_t count;
    gf_notes sizes; /* texts of those that were tried */
    gf_notes notes;
};

/* "kernel", "twin". */
const char *gf_inspected_name(gf_inspected part);
/* What finds its errors: "Oclgrind". */
const char *gf_inspected_by(gf_inspected part);
