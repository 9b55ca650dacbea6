/* A workload that a manifest describes, with all that was read for it. */
#pragma once

#include "manifest/evaluate.h"
#include "manifest/manifest.h"
#include "problem/workload.h"
#include "user/source/source_text.h"
#include "user/source/twin_build.h"

/* Work-group candidates that can be tuned. */
#define GF_USER_MOST_GROUPS 16
/* Calibration cases, at most. */
#define GF_USER_CASES 6

/* Begins with the descriptor, so that its functions find the rest by problem->workload. */
typedef struct gf_user_workload {
    gf_workload workload;
    gf_manifest *manifest;
    char *path; /* absolute */
    char rate_unit[64];
    char tolerance_note[200];
    gf_source_text sources[GF_MANIFEST_KERNELS];        /* of the kernels */
    gf_kernel_text texts[GF_MANIFEST_KERNELS];          /* the same, with options */
    const gf_kernel_text *text_of[GF_MANIFEST_KERNELS]; /* for each kernel; equal texts are one */
    gf_source_text twin_source;
    gf_ndrange_variant variant;
    gf_tunable tunables[GF_MAX_TUNABLES];     /* the manifest's, and then that of the work-groups */
    uint32_t groups[GF_USER_MOST_GROUPS + 1]; /* its values: 1, 2 ...; ended by 0 */
    char case_texts[GF_USER_CASES][160];      /* of calibration */
    const char *cases[GF_USER_CASES + 1];
    gf_twin twin;                       /* once it was loaded into this process */
    struct gf_user_workload *following; /* in the list of those that were read */
} gf_user_workload;

static inline gf_user_workload *gf_user_of(const gf_workload *workload) {
    return (gf_user_workload *)(uintptr_t)workload;
}

/* The values of the problem's parameters; of a part, with its number of rows. */
static inline void gf_user_set_values(const gf_problem *problem, gf_manifest_values *values) {
    const gf_manifest *manifest = gf_user_of(problem->workload)->manifest;
    gf_manifest_values_set(manifest, problem->params, values);
    if (problem->part.count > 0 && manifest->divide_by != GF_NO_PARAM)
        values->numbers[GF_PLACE_PARAMS + manifest->divide_by] =
            gf_number_whole((int64_t)problem->part.count);
}

static inline const gf_manifest *gf_user_manifest(const gf_problem *problem) {
    return gf_user_of(problem->workload)->manifest;
}
