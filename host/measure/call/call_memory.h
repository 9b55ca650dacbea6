/* The buffers of a call, in place where the device can, and the copies where it can't. */
#pragma once

#include "measure/call/call_state.h"

/* Makes the buffers that are not there. */
gf_status gf_call_place_all(gf_call *call, gf_error *error);
void gf_call_release_buffer(gf_call *call, size_t index);

/* Takes other memory for an array, or NULL for none. */
void gf_call_take_memory(gf_call *call, size_t index, void *memory);

/* Copies what goes up to where its transfer starts, and adds the bytes. */
gf_status gf_call_stage_in(gf_call *call, uint64_t *copied_bytes, gf_error *error);
/* Copies what came down to the caller's arrays. */
void gf_call_stage_out(gf_call *call, bool swapped, uint64_t *copied_bytes);
/* Makes all memory in place the host's until the next call. */
gf_status gf_call_claim_all(gf_call *call, gf_error *error);
/* Whether no byte of the arrays moves to memory of the device's own. */
bool gf_call_is_in_place(const gf_call *call);
