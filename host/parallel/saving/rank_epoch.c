#include "parallel/saving/rank_epoch.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "measure/saving/state_write.h"
#include "parallel/saving/rank_state.h"

/* ---- Of one rank ------------------------------------------------------------ */

static bool is_first(const gf_rank_epoch *epoch) {
    return epoch->ranks->rank == 0;
}

typedef struct own_state {
    gf_rectangle areas[GF_MAX_BUFFERS];
    const void *data[GF_MAX_BUFFERS];
    void *memory[GF_MAX_BUFFERS]; /* owned */
    gf_epoch_part *parts;         /* owned */
    uint64_t part_count;
} own_state;

static void drop_state(own_state *state) {
    for (uint32_t i = 0; i < GF_MAX_BUFFERS; i++)
        free(state->memory[i]);
    free(state->parts);
}

/* What only this rank can fail at, so that the job ends. */
static gf_status take_state(const gf_rank_epoch *epoch, own_state *state, gf_error *error) {
    const gf_checkpoint_identity *identity = epoch->identity;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < identity->field_count; i++) {
        const uint32_t buffer = identity->buffers[i];
        state->areas[i] = gf_rank_state_area(epoch->part, buffer);
        state->part_count += gf_state_part_count(&identity->fields[i], &state->areas[i]);
        if (state->areas[i].rows > 0)
            status =
                gf_rank_state_get(epoch->part, buffer, &state->data[i], &state->memory[i], error);
    }
    if (status != GF_OK)
        return status;
    const size_t count = state->part_count > 0 ? (size_t)state->part_count : 1;
    state->parts = calloc(count, sizeof *state->parts);
    return state->parts != NULL
               ? GF_OK
               : gf_error_no_memory(error, "the parts of an epoch", count * sizeof *state->parts);
}

static gf_status write_parts(const gf_rank_epoch *epoch, const own_state *state, gf_error *error) {
    const gf_checkpoint_identity *identity = epoch->identity;
    gf_epoch_part *next = state->parts;
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < identity->field_count; i++) {
        status = gf_state_write_area(epoch->folder, identity, epoch->step, i, &state->areas[i],
                                     state->data[i], next, error);
        next += gf_state_part_count(&identity->fields[i], &state->areas[i]);
    }
    return status;
}

/* ---- Of all of them ---------------------------------------------------------- */

static uint64_t sum_of(const uint64_t *counts, uint32_t count) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += counts[i];
    return sum;
}

/* On the first rank: the parts of all, one rank's behind the other's. */
static gf_status receive_parts(const gf_rank_epoch *epoch, const own_state *state,
                               const uint64_t *counts, gf_epoch_part *parts, gf_error *error) {
    gf_epoch_part *next = parts + counts[0];
    gf_status status = GF_OK;
    memcpy(parts, state->parts, (size_t)counts[0] * sizeof *parts);
    for (uint32_t i = 1; status == GF_OK && i < epoch->ranks->size; i++) {
        status =
            gf_ranks_receive_all(epoch->ranks, i, next, (size_t)counts[i] * sizeof *parts, error);
        next += counts[i];
    }
    return status;
}

/* The first rank completes the epoch. *completed: what became of that. */
static gf_status complete(const gf_rank_epoch *epoch, const own_state *state,
                          const uint64_t *counts, gf_status *completed, gf_error *failure,
                          gf_error *error) {
    const uint64_t count = sum_of(counts, epoch->ranks->size);
    gf_epoch_part *parts = calloc((size_t)count + 1, sizeof *parts);
    if (parts == NULL)
        return gf_error_no_memory(error, "the parts of an epoch", (size_t)count * sizeof *parts);
    const gf_status status = receive_parts(epoch, state, counts, parts, error);
    if (status == GF_OK)
        *completed = gf_epoch_commit(epoch->folder, epoch->step, epoch->identity, parts,
                                     (size_t)count, failure);
    free(parts);
    return status;
}

static gf_status collect_parts(const gf_rank_epoch *epoch, const own_state *state,
                               gf_status *completed, gf_error *failure, gf_error *error) {
    uint64_t *counts = calloc(epoch->ranks->size, sizeof *counts);
    if (counts == NULL)
        return gf_error_no_memory(error, "the parts of an epoch",
                                  epoch->ranks->size * sizeof *counts);
    gf_status status =
        gf_ranks_gather(epoch->ranks, &state->part_count, sizeof *counts, counts, error);
    if (status == GF_OK && is_first(epoch))
        status = complete(epoch, state, counts, completed, failure, error);
    else if (status == GF_OK)
        status = gf_ranks_send_all(epoch->ranks, 0, state->parts,
                                   (size_t)state->part_count * sizeof *state->parts, error);
    free(counts);
    return status;
}

/* Every rank's parts are on the disk before the first one completes the epoch. */
static gf_status write_epoch(const gf_rank_epoch *epoch, const own_state *state, gf_error *error) {
    const gf_epoch_folder *folder = epoch->folder;
    gf_error failure = GF_ERROR_INIT;
    gf_status completed = GF_OK;
    gf_status status = gf_ranks_agree(
        epoch->ranks, is_first(epoch) ? gf_epoch_begin(folder, epoch->step, error) : GF_OK, error);
    if (status == GF_OK)
        status = gf_ranks_agree(epoch->ranks, write_parts(epoch, state, error), error);
    if (status == GF_OK) {
        status = collect_parts(epoch, state, &completed, &failure, error);
        if (status != GF_OK)
            return status;
        if (completed != GF_OK)
            *error = failure;
        status = gf_ranks_agree(epoch->ranks, completed, error);
    }
    if (status != GF_OK && is_first(epoch))
        gf_epoch_abandon(folder, epoch->step);
    return status;
}

gf_status gf_rank_epoch_write(const gf_rank_epoch *epoch, gf_error *error) {
    own_state state = {.part_count = 0};
    gf_status status = take_state(epoch, &state, error);
    if (status == GF_OK)
        status = write_epoch(epoch, &state, error);
    drop_state(&state);
    return status;
}
