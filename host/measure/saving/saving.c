#include "measure/saving/saving.h"

#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"
#include "measure/saving/state_write.h"
#include "problem/traffic.h"

#define MOST_LINE (2 * GF_EPOCH_PATH)

/* ---- Words ------------------------------------------------------------- */

void gf_saving_tell(const gf_saving *saving, const char *text, bool wrong) {
    if (saving->options->tell == NULL)
        return;
    const locale_t own_locale = gf_callback_begin();
    saving->options->tell(text, wrong, saving->options->tell_context);
    gf_callback_end(own_locale);
}

static void warn(const char *text, void *context) {
    gf_saving_tell(context, text, true);
}

static void tell_beginning(gf_saving *saving) {
    char buffer[MOST_LINE];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_text_add(&text, "going on from step %llu of %llu (%s, written %s)",
                (unsigned long long)saving->state.first_step,
                (unsigned long long)saving->identity.steps, gf_saved_epoch_path(saving->from),
                gf_saved_epoch_written(saving->from));
    gf_saving_tell(saving, buffer, false);
}

/* ---- Beginning and ending ---------------------------------------------- */

static uint64_t hash_inputs(const gf_truth *truth) {
    const gf_problem *problem = truth->problem;
    uint64_t hash = 0;
    for (uint32_t i = 0; i < problem->buffer_count; i++) {
        if (gf_goes_up(problem->buffers[i].access))
            hash += gf_inputs_hash(&problem->buffers[i], i, 0, problem->buffers[i].rows,
                                   truth->inputs[i]);
    }
    return hash;
}

static gf_status about(gf_error *error, gf_status status, const char *parameter) {
    if (error->parameter[0] != '\0')
        return status;
    gf_error_prefix(error, "%s", parameter);
    snprintf(error->parameter, sizeof error->parameter, "%s", parameter);
    return status;
}

static const gf_epoch_folder *source_of(const gf_saving *saving) {
    return saving->source.path[0] != '\0' ? &saving->source : &saving->folder;
}

/* A folder with states of an earlier run is not begun anew by accident. */
static gf_status check_is_new(const gf_saving *saving, gf_error *error) {
    bool found = false;
    uint64_t step = 0;
    const gf_status status =
        gf_epoch_folder_find(&saving->folder, GF_EPOCH_NEWEST, &found, &step, error);
    if (status != GF_OK || !found)
        return status;
    return gf_error_set(
        error, GF_USAGE,
        "%s has states of an earlier run, the last of step %llu; resume from it, or "
        "give an empty folder",
        saving->folder.path, (unsigned long long)step);
}

static gf_status open_folder(gf_saving *saving, gf_error *error) {
    const gf_checkpoint_options *options = saving->options;
    if (options->directory == NULL)
        return GF_OK;
    gf_status status =
        gf_epoch_folder_open(options->directory, GF_EPOCH_WRITE, &saving->folder, error);
    const bool resumed = status == GF_OK && options->resume != NULL &&
                         gf_epoch_folder_is(&saving->folder, options->resume);
    if (status == GF_OK && !resumed)
        status = check_is_new(saving, error);
    return status == GF_OK ? GF_OK : about(error, status, "checkpoint");
}

static gf_status find_state(gf_saving *saving, uint64_t below, gf_error *error) {
    gf_saved_epoch_close(saving->from);
    saving->from = NULL;
    const gf_status status = gf_saved_epoch_open(source_of(saving), &saving->identity, below, warn,
                                                 saving, &saving->from, error);
    if (status != GF_OK)
        return about(error, status, "resume");
    saving->state.first_step = gf_saved_epoch_step(saving->from);
    if (source_of(saving) == &saving->folder)
        saving->state.saved_step = saving->state.first_step;
    return GF_OK;
}

/* The same command, in the script of a job that is queued again, begins and goes on. */
static bool may_be_empty(const gf_saving *saving) {
    bool found = true;
    uint64_t step = 0;
    gf_error ignored = GF_ERROR_INIT;
    const gf_status status =
        gf_epoch_folder_find(&saving->folder, GF_EPOCH_NEWEST, &found, &step, &ignored);
    gf_error_clear(&ignored);
    return status == GF_OK && !found;
}

static gf_status open_source(gf_saving *saving, gf_error *error) {
    const gf_checkpoint_options *options = saving->options;
    gf_status status = GF_OK;
    if (options->resume == NULL)
        return GF_OK;
    const bool same =
        options->directory != NULL && gf_epoch_folder_is(&saving->folder, options->resume);
    if (same && may_be_empty(saving))
        return GF_OK;
    if (!same)
        status = gf_epoch_folder_open(options->resume, GF_EPOCH_READ, &saving->source, error);
    return status == GF_OK ? find_state(saving, GF_EPOCH_NEWEST, error)
                           : about(error, status, "resume");
}

gf_status gf_saving_begin(gf_saving *saving, gf_truth *truth, gf_error *error) {
    *saving = (gf_saving){.options = truth->context.options->checkpoint,
                          .folder = GF_EPOCH_NO_FOLDER,
                          .source = GF_EPOCH_NO_FOLDER};
    gf_status status = gf_checkpoint_check(truth->problem, error);
    if (status == GF_OK)
        status = gf_checkpoint_identity_create(truth->problem, hash_inputs(truth),
                                               &saving->identity, error);
    for (uint32_t i = 0; i < saving->identity.field_count; i++)
        saving->state.bytes +=
            saving->identity.fields[i].rows * saving->identity.fields[i].row_bytes;
    if (status == GF_OK)
        status = open_folder(saving, error);
    if (status == GF_OK)
        status = open_source(saving, error);
    if (status != GF_OK)
        gf_saving_end(saving);
    return status;
}

void gf_saving_end(gf_saving *saving) {
    if (saving->options == NULL)
        return;
    gf_saved_epoch_close(saving->from);
    gf_epoch_folder_close(&saving->source);
    gf_epoch_folder_close(&saving->folder);
    gf_checkpoint_identity_clear(&saving->identity);
    gf_error_clear(&saving->failure);
    *saving = (gf_saving){.options = NULL};
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
        char buffer[MOST_LINE];
        gf_text text = gf_text_in(buffer, sizeof buffer);
        gf_text_add(&text, "%s; the epoch is passed over", error->text);
        gf_saving_tell(saving, buffer, true);
        gf_error_clear(error);
        status = find_state(saving, saving->state.first_step, error);
        if (status != GF_OK)
            return status;
        status = restore_fields(saving, run, error);
    }
    return status;
}

/* A run that was killed between two steps of saving leaves an epoch too many. One that was passed
 * over stays until the next state is saved. */
static void tidy(const gf_saving *saving) {
    bool found = false;
    uint64_t newest = 0;
    gf_error ignored = GF_ERROR_INIT;
    if (source_of(saving) == &saving->folder &&
        gf_epoch_folder_find(&saving->folder, GF_EPOCH_NEWEST, &found, &newest, &ignored) ==
            GF_OK &&
        found && newest == saving->state.first_step)
        gf_epoch_folder_prune(&saving->folder, newest);
    gf_error_clear(&ignored);
}

gf_status gf_saving_restore(gf_saving *saving, gf_run *run, gf_error *error) {
    if (saving->from == NULL)
        return GF_OK;
    const uint64_t start = gf_run_now(run);
    const gf_status status = restore_newest(saving, run, error);
    saving->state.ns += gf_run_now(run) - start;
    if (status != GF_OK)
        return status;
    tell_beginning(saving);
    tidy(saving);
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

/* The run goes on: its result is worth more than a state of it. */
static void note_failure(gf_saving *saving, uint64_t step, gf_error *failure) {
    char buffer[MOST_LINE];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_text_add(&text, "the state of step %llu is not saved, the run goes on: %s",
                (unsigned long long)step, failure->text);
    gf_saving_tell(saving, buffer, true);
    gf_error_clear(&saving->failure);
    saving->failure = *failure;
}

static void note_success(gf_saving *saving, uint64_t step) {
    gf_error_clear(&saving->failure);
    saving->state.states++;
    saving->state.saved_step = step;
}

gf_status gf_saving_save(gf_saving *saving, gf_run *run, uint64_t step, bool swapped,
                         bool downloaded, gf_error *error) {
    gf_error failure = GF_ERROR_INIT;
    const uint64_t start = gf_run_now(run);
    const gf_status status = download(saving, run, swapped, downloaded, error);
    if (status == GF_OK && write_state(saving, run, step, swapped, &failure) == GF_OK)
        note_success(saving, step);
    else if (status == GF_OK)
        note_failure(saving, step, &failure);
    saving->tried_ns = gf_run_now(run);
    saving->state.ns += saving->tried_ns - start;
    return status;
}
