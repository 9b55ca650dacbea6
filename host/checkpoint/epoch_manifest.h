/* The manifest of an epoch: what it is of, and the parts that its fields are in. */
#pragma once

#include <jansson.h>

#include "checkpoint/epoch_part.h"
#include "gpufare.h"

typedef struct gf_epoch_manifest {
    uint64_t step;
    json_t *problem;      /* a new reference */
    gf_epoch_part *parts; /* by field, first row and first column; owned */
    size_t part_count;
    char written[24]; /* "2026-11-30T07:35:45Z" */
} gf_epoch_manifest;

/* Parses a manifest and checks its own hash. GF_FAILED when it is damaged; GF_UNSUPPORTED when it
 * is of a newer version of the format. The error's text goes behind a name: "is damaged". */
gf_status gf_epoch_manifest_parse(const char *text, size_t length, gf_epoch_manifest *manifest,
                                  gf_error *error);
/* The text of a manifest, with the time of now; the caller frees it. NULL: no memory. */
char *gf_epoch_manifest_text(const gf_epoch_manifest *manifest);
void gf_epoch_manifest_clear(gf_epoch_manifest *manifest); /* accepts a zeroed one */

/* Sorts the parts by field, first row and first column, gives those of whole rows their columns,
 * and checks that together they are all of all fields, each piece once. GF_FAILED says which rows
 * are missing or double. */
gf_status gf_epoch_parts_check(gf_epoch_part *parts, size_t count,
                               const gf_checkpoint_field *fields, uint32_t field_count,
                               gf_error *error);
