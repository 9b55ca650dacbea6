/* A bundle that was read, and what does not hold of it. */
#pragma once

#include <jansson.h>

#include "base/notes.h"
#include "bundle/bundle_state.h"

struct gf_saved_bundle {
    char file[4096];
    gf_entries files;
    json_t *manifest;
    json_t *report;           /* NULL: it has none that is JSON */
    bool derived;             /* figures of the report were derived again */
    size_t checked, pictures; /* files whose checksum holds; pictures that were looked at */
    gf_notes faults;
};

/* The entry of a result in the manifest; NULL: there is none. */
const json_t *gf_saved_bundle_find_result(const gf_saved_bundle *bundle, const char *label);
