/* What a rank's part has of the state between two steps: saved from it, and gone on from. */
#pragma once

#include "checkpoint/saved_epoch.h"
#include "parallel/part/rank_part.h"

/* The part's share of the inputs' hash: all ranks' shares add up to that of the whole. */
uint64_t gf_rank_inputs_hash(const gf_rank_part *part);

/* Says that ranks don't divide what steps change: GF_UNSUPPORTED about the parameter "checkpoint".
 */
gf_status gf_rank_state_refuse(const gf_problem *whole, gf_error *error);
/* GF_OK, or that refusal. */
gf_status gf_rank_state_check(const gf_problem *whole, const gf_checkpoint_identity *identity,
                              gf_error *error);

/* The rectangle of a buffer that is this rank's own; without rows where it has no part. */
gf_rectangle gf_rank_state_area(const gf_rank_part *part, uint32_t buffer);

/* The content of a buffer as the device has it now: the own rectangle, row after row without gaps.
 * *data is the part's, or `*memory`, which the caller frees. */
gf_status gf_rank_state_get(gf_rank_part *part, uint32_t buffer, const void **data, void **memory,
                            gf_error *error);

/* Puts a field of an epoch, with the halos around the own rectangle, in the place of the first
 * content of a buffer. */
gf_status gf_rank_state_read(gf_rank_part *part, const gf_saved_epoch *saved, uint32_t field,
                             uint32_t buffer, gf_error *error);
