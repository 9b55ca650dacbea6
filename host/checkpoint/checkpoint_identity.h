/* What a checkpoint is of: the problem, which another run may only go on with if it is the same. */
#pragma once

#include <jansson.h>

#include "checkpoint/epoch_manifest.h"
#include "problem/workload.h"

typedef struct gf_checkpoint_identity {
    json_t *facts; /* workload, parameters, precision, fields, a hash of the inputs; owned */
    gf_checkpoint_field fields[GF_MAX_BUFFERS];
    uint32_t buffers[GF_MAX_BUFFERS]; /* of the problem, one for each field */
    uint32_t field_count;
    uint64_t steps; /* of the whole problem */
} gf_checkpoint_identity;

/* A hash of inputs that does not depend on how they are divided: each process adds up (modulo 2^64)
 * the hashes of the cells that it has of each buffer that goes up, and all add up theirs. `data`:
 * this rectangle of buffer `index`, `stride` bytes from one of its rows to the next. */
uint64_t gf_inputs_hash(const gf_buffer_spec *spec, uint32_t index, const gf_rectangle *area,
                        const void *data, size_t stride);
/* The same of whole rows, without gaps between them. */
uint64_t gf_inputs_hash_of_rows(const gf_buffer_spec *spec, uint32_t index, uint64_t first_row,
                                uint64_t rows, const void *data);

/* GF_USAGE about the parameter "checkpoint" when no state of the problem can be saved. */
gf_status gf_checkpoint_check(const gf_problem *problem, gf_error *error);

/* `problem`: the whole one, which must outlive the identity, and of which states can be saved. A
 * field is a buffer that steps may have changed; of a pair it is the one that holds the result.
 * GF_FAILED: no memory. */
gf_status gf_checkpoint_identity_create(const gf_problem *problem, uint64_t inputs_hash,
                                        gf_checkpoint_identity *identity, gf_error *error);
/* The same of the reference that the run's result is compared with. GF_FAILED: no memory. */
gf_status gf_checkpoint_identity_of_reference(const gf_checkpoint_identity *of_run,
                                              gf_checkpoint_identity *identity, gf_error *error);
void gf_checkpoint_identity_clear(gf_checkpoint_identity *identity); /* accepts a zeroed one */

/* GF_USAGE when a saved state is of another problem; the error says what differs first. `where`
 * names the epoch. */
gf_status gf_checkpoint_identity_compare(const gf_checkpoint_identity *identity,
                                         const json_t *saved, const char *where, gf_error *error);
