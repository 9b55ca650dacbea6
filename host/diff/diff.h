/* What has changed between saved reports, and whether it is a regression. */
#pragma once

#include "base/notes.h"
#include "diff/saved_report.h"
#include "stats/change/change.h"

/* The share of comparisons without any change in which at least one is found. */
#define GF_DIFF_ERRORS 0.05
/* Phases below this share of the total in both reports are not judged: whatever they change by,
 * nobody sees it in the total. */
#define GF_DIFF_LEAST_SHARE 0.01

/* A device and variant, and its results in each report. */
typedef struct gf_diff_device {
    char label[160];                    /* "native:avx2" */
    const gf_saved_result **results[2]; /* of the old and of the new reports; NULL where it is not;
                                           owned */
    size_t counts[2];                   /* of results; with figures those that are fit for some */
    const char *brief;                  /* why it has no figures, in two words; NULL: it has */
    char why[GF_ERROR_TEXT];            /* the same in a sentence, with what to do */
    bool lost;                          /* verified before, and not any more */
} gf_diff_device;

typedef struct gf_diff_line {
    size_t device, time;
    gf_diff_answer answer;
    bool regression;
    double medians[2]; /* old and new */
    uint32_t samples[2];
    gf_change change; /* ratio 0: no figure */
    char text[GF_ERROR_TEXT + 32];
} gf_diff_line;

struct gf_diff {
    const gf_saved_reports *reports[2];
    double allowed;
    uint64_t seed;
    gf_diff_device *devices;
    size_t device_count;
    gf_diff_line *lines;
    size_t line_count;
    size_t judged; /* lines that share the errors allowed */
    bool same_machine;
    gf_notes notes; /* about machines, versions, drivers */
    char verdict[1024];
};

/* Regressions among the lines. */
size_t gf_diff_regressions(const gf_diff *diff);
