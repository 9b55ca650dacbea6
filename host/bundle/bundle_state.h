/* A bundle of evidence that is being made. */
#pragma once

#include <jansson.h>
#include <time.h>

#include "bundle/entries.h"

#define GF_BUNDLE_SCHEMA   "gpufare.bundle/1"
#define GF_BUNDLE_MANIFEST "bundle.json"
#define GF_BUNDLE_REPORT   "report.json"

struct gf_bundle {
    gf_entries files;
    json_t *arguments; /* of the command */
    json_t *whats;     /* what each file is, by its name */
    json_t *results;
    json_t *workload; /* NULL: not known */
    time_t began;
    bool bad; /* a value could not be made */
};
