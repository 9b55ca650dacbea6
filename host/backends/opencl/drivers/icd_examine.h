/* Which drivers are safe to load: each alone, then all together. */
#pragma once

#include "backends/opencl/drivers/icd_find.h"
#include "backends/opencl/drivers/probe_cache.h"

#include <signal.h>

typedef struct gf_icd_verdict {
    char *key;                      /* in the cache; NULL: out of memory, nothing is saved */
    char *library;                  /* its real path; NULL: not known */
    bool known;                     /* from the cache or from a probe */
    bool hidden;                    /* dangerous */
    char problem[GF_PROBE_PROBLEM]; /* one line, or "" */
} gf_icd_verdict;

typedef struct gf_icd_examination {
    gf_icd_set set;
    gf_icd_verdict *verdicts;            /* set.count of them */
    bool any_probed;                     /* false: all verdicts come from the cache */
    const volatile sig_atomic_t *cancel; /* NULL, or: probes end early when it is set */
} gf_icd_examination;

/* Finds the drivers, all of them not hidden and without a problem. On failure *made is empty. */
gf_status gf_icd_examination_create(gf_icd_examination *made, gf_error *error);
/* Probes them with `program`, unless recent results are in the cache. GF_INTERRUPTED: cancelled. */
gf_status gf_icd_examine(gf_icd_examination *e, const char *program, gf_error *error);
/* The first half: each alone. */
gf_status gf_icd_examine_each(gf_icd_examination *e, const char *program, gf_error *error);
/* "OpenCL driver libpocl.so.2 (pocl.icd)" */
void gf_icd_format_driver(const gf_icd_driver *driver, char *text, size_t bytes);
void gf_icd_examination_clear(gf_icd_examination *e); /* accepts an empty one */
