#include "measure/saving/saving.h"

#include "base/error.h"
#include "measure/saving/saving_folders.h"
#include "measure/saving/state_write.h"
#include "problem/traffic.h"

/* ---- Beginning --------------------------------------------------------- */

static uint64_t hash_inputs(const gf_truth *truth) {
    const gf_problem *problem = truth->problem;
    uint64_t hash = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (gf_goes_up(problem->buffers[i].access))
            hash += gf_inputs_hash_of_rows(&problem->buffers[i], i, 0, problem->buffers[i].rows,
                                           truth->inputs[i]);
    }
    return hash;
}

gf_status gf_saving_begin(gf_saving *saving, gf_truth *truth, gf_error *error) {
    const gf_status status = gf_checkpoint_check(truth->problem, error);
    return status == GF_OK ? gf_saving_open(saving, truth->context.options->checkpoint,
                                            truth->problem, hash_inputs(truth), error)
                           : status;
}

/* ---- Going on ---------------------------------------------------------- */

/* Reads a field into the host's array. What goes up is the host's until then; the rest is handed to
 * the device now. */
static gf_status restore_field(gf_saving *saving, gf_run *run, uint32_t field, gf_error *error) {
    const gf_backend *backend = run->device->backend;
    gf_buffer *buffer = &run->buffers[saving->identity.buffers[field]];
    const bool up = gf_goes_up(buffer->access);
    gf_status status = GF_OK;
    if (!up && backend->buffer_claim != NULL)
        status = backend->buffer_claim(buffer, error);
    if (status == GF_OK)
        status = gf_saved_epoch_read_rows(saving->from, field, 0,
                                          saving->identity.fields[field].rows, buffer->host, error);
    return status == GF_OK && !up ? backend->buffer_write(buffer, buffer->host, error) : status;
}

static gf_status restore_fields(gf_saving *saving, gf_run *run, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < saving->identity.field_count; i++)
        status = restore_field(saving, run, i, error);
    return status;
}

static gf_status restore_newest(gf_saving *saving, gf_run *run, gf_error *error) {
    gf_status status = restore_fields(saving, run, error);
    while (status == GF_FAILED) {
        gf_saving_pass_over(saving, error);
        status = gf_saving_find(saving, saving->state.first_step, error);
        if (status != GF_OK)
            return status;
        status = restore_fields(saving, run, error);
    }
    return status;
}

gf_status gf_saving_restore(gf_saving *saving, gf_run *run, gf_error *error) {
    if (saving->from == NULL)
        return GF_OK;
    const uint64_t start = gf_run_now(run);
    const gf_status status = restore_newest(saving, run, error);
    saving->state.ns += gf_run_now(run) - start;
    if (status != GF_OK)
        return status;
    gf_saving_tell_beginning(saving);
    gf_saving_tidy(saving);
    return GF_OK;
}

/* ---- Saving ------------------------------------------------------------ */

/* The buffer that has the content of a field now. */
static gf_buffer *buffer_of(const gf_saving *saving, gf_run *run, uint32_t field, bool swapped) {
    return &run->buffers[gf_trip_content(gf_run_problem(run), saving->identity.buffers[field],
                                         swapped)];
}

static gf_status download(gf_saving *saving, gf_run *run, bool swapped, bool downloaded,
                          gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < saving->identity.field_count; i++) {
        gf_buffer *buffer = buffer_of(saving, run, i, swapped);
        if (!downloaded || !gf_downloads_at_stop(gf_run_problem(run), saving->identity.buffers[i]))
            status = run->device->backend->buffer_read(buffer, buffer->host, error);
    }
    return status;
}

static gf_status write_state(gf_saving *saving, gf_run *run, uint64_t step, bool swapped,
                             gf_error *error) {
    const void *fields[GF_MAX_BUFFERS];
    for (uint32_t i = 0; i < saving->identity.field_count; i++)
        fields[i] = buffer_of(saving, run, i, swapped)->host;
    return gf_state_write(&saving->folder, &saving->identity, step, fields, error);
}

gf_status gf_saving_save(gf_saving *saving, gf_run *run, uint64_t step, bool swapped,
                         bool downloaded, gf_error *error) {
    gf_error failure = GF_ERROR_INIT;
    const uint64_t start = gf_run_now(run);
    const gf_status status = download(saving, run, swapped, downloaded, error);
    if (status == GF_OK && write_state(saving, run, step, swapped, &failure) == GF_OK)
        gf_saving_note_success(saving, step);
    else if (status == GF_OK)
        gf_saving_note_failure(saving, step, &failure);
    saving->tried_ns = gf_run_now(run);
    saving->state.ns += saving->tried_ns - start;
    return status;
}
