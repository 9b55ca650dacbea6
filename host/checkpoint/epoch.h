/* Writing one epoch (epoch_folder.h). */
#pragma once

#include "checkpoint/checkpoint_identity.h"
#include "checkpoint/epoch_folder.h"
#include "checkpoint/epoch_manifest.h"

/* Of a state after `step` steps. The functions below leave what was written so far when they fail;
 * gf_epoch_abandon removes it. */

/* Makes the epoch's folder. GF_FAILED when that can't be. */
gf_status gf_epoch_begin(const gf_epoch_folder *folder, uint64_t step, gf_error *error);
/* Writes the rectangle part->area of field part->field, part->bytes of it, row after row without
 * gaps, and waits until it is on the disk; fills part->sha256. Parts of a field must not overlap.
 * Several threads and processes may do so at once. GF_FAILED when the disk is full, and so on. */
gf_status gf_epoch_write_part(const gf_epoch_folder *folder, uint64_t step, gf_epoch_part *part,
                              const void *data, gf_error *error);
/* Checks that these parts, which it sorts, are all of all fields; writes the manifest, and gives
 * the epoch its name. Then it removes all epochs but the last two. */
gf_status gf_epoch_commit(const gf_epoch_folder *folder, uint64_t step,
                          const gf_checkpoint_identity *identity, gf_epoch_part *parts,
                          size_t count, gf_error *error);
/* Removes what was written of it. */
void gf_epoch_abandon(const gf_epoch_folder *folder, uint64_t step);

/* "0-000000000512.part"; "0-000000000512-000000000064.part" of columns from 64 on. */
void gf_epoch_part_name(const gf_epoch_part *part, char name[64]);
