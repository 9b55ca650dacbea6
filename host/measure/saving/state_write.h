/* Writing states: whole ones from one process, or the parts that one process of several has. */
#pragma once

#include "checkpoint/epoch.h"

/* Writes an epoch. `fields`: the whole arrays, in the order of the identity. On failure nothing is
 * left of it. */
gf_status gf_state_write(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                         uint64_t step, const void *const *fields, gf_error *error);

/* The parts that a rectangle of a field is written in. */
size_t gf_state_part_count(const gf_checkpoint_field *field, const gf_rectangle *area);
/* Writes a rectangle of field `index`, whose rows lie in `data` without gaps, in that many parts of
 * an epoch that has begun. */
gf_status gf_state_write_area(const gf_epoch_folder *folder, const gf_checkpoint_identity *identity,
                              uint64_t step, uint32_t index, const gf_rectangle *area,
                              const void *data, gf_epoch_part *parts, gf_error *error);
