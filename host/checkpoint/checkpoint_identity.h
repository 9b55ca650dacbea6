/* What a checkpoint is of: the problem, to which another run may go on only if it is the same. */
#pragma once

#include <jansson.h>

#include "problem/workload.h"

/* An array that makes up the state of a problem, whole. */
typedef struct gf_checkpoint_field {
    const char *name;
    gf_type type;
    uint64_t rows, row_bytes;
} gf_checkpoint_field;

typedef struct gf_checkpoint_identity {
    json_t *facts; /* workload, parameters, precision, math, fields, hash of the inputs; owned */
    gf_checkpoint_field fields[GF_MAX_BUFFERS];
    uint32_t buffers[GF_MAX_BUFFERS]; /* of the problem, one for each field */
    uint32_t field_count;
} gf_checkpoint_identity;

/* A hash of the inputs that does not depend on how they are divided: each process adds up (with
 * wrap-around) gf_inputs_hash of the elements that it has of each input, and all add up theirs. For
 * a whole problem in one process it is the sum over all buffers that go up. */
uint64_t gf_inputs_hash(const gf_buffer_spec *spec, uint32_t buffer, uint64_t first_row,
                        uint64_t rows, const void *data);

/* `problem`: the whole one, not a part. GF_UNSUPPORTED when a checkpoint of it makes no sense, with
 * the reason. The names in it are the problem's. */
gf_status gf_checkpoint_identity_create(const gf_problem *problem, uint64_t inputs_hash,
                                        gf_checkpoint_identity *identity, gf_error *error);
void gf_checkpoint_identity_clear(gf_checkpoint_identity *identity); /* accepts a zeroed one */
