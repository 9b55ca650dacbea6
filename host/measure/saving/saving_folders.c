#include "measure/saving/saving_folders.h"

#include <string.h>

#include "base/entry.h"
#include "base/error.h"
#include "base/text.h"

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

void gf_saving_tell_beginning(const gf_saving *saving) {
    char buffer[MOST_LINE];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_text_add(&text, "going on from step %llu of %llu (%s, written %s)",
                (unsigned long long)saving->state.first_step,
                (unsigned long long)saving->identity.steps, gf_saved_epoch_path(saving->from),
                gf_saved_epoch_written(saving->from));
    gf_saving_tell(saving, buffer, false);
}

void gf_saving_pass_over(const gf_saving *saving, gf_error *why) {
    char buffer[MOST_LINE];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_text_add(&text, "%s; the epoch is passed over", why->text);
    gf_saving_tell(saving, buffer, true);
    gf_error_clear(why);
}

void gf_saving_note_failure(gf_saving *saving, uint64_t step, gf_error *failure) {
    char buffer[MOST_LINE];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_text_add(&text, "the state of step %llu is not saved, the run goes on: %s",
                (unsigned long long)step, failure->text);
    gf_saving_tell(saving, buffer, true);
    gf_error_clear(&saving->failure);
    saving->failure = *failure;
}

void gf_saving_note_success(gf_saving *saving, uint64_t step) {
    gf_error_clear(&saving->failure);
    saving->state.states++;
    saving->state.saved_step = step;
}

gf_status gf_saving_status(const gf_saving *saving, gf_error *error) {
    const gf_error *failure = &saving->failure;
    if (saving->options == NULL || failure->status == GF_OK)
        return GF_OK;
    return gf_error_set_parameter(error, failure->status, "checkpoint",
                                  ": the latest state could not be saved: %s", failure->text);
}

/* ---- The folders ------------------------------------------------------- */

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

gf_status gf_saving_find(gf_saving *saving, uint64_t below, gf_error *error) {
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
    return status == GF_OK ? gf_saving_find(saving, GF_EPOCH_NEWEST, error)
                           : about(error, status, "resume");
}

/* ---- Opening and closing ----------------------------------------------- */

static gf_status begin(gf_saving *saving, const gf_checkpoint_options *options,
                       const gf_problem *problem, uint64_t inputs_hash, gf_error *error) {
    *saving =
        (gf_saving){.options = options, .folder = GF_EPOCH_NO_FOLDER, .source = GF_EPOCH_NO_FOLDER};
    const gf_status status =
        gf_checkpoint_identity_create(problem, inputs_hash, &saving->identity, error);
    for (uint32_t i = 0; i < saving->identity.field_count; i++)
        saving->state.bytes +=
            saving->identity.fields[i].rows * saving->identity.fields[i].row_bytes;
    return status;
}

gf_status gf_saving_open(gf_saving *saving, const gf_checkpoint_options *options,
                         const gf_problem *problem, uint64_t inputs_hash, gf_error *error) {
    gf_status status = begin(saving, options, problem, inputs_hash, error);
    if (status == GF_OK)
        status = open_folder(saving, error);
    if (status == GF_OK)
        status = open_source(saving, error);
    if (status != GF_OK)
        gf_saving_end(saving);
    return status;
}

static gf_status share(const char *path, const char *parameter, gf_epoch_folder *folder,
                       gf_error *error) {
    const gf_status status =
        path == NULL ? GF_OK : gf_epoch_folder_open(path, GF_EPOCH_SHARE, folder, error);
    return status == GF_OK ? GF_OK : about(error, status, parameter);
}

gf_status gf_saving_share(gf_saving *saving, const gf_checkpoint_options *options,
                          const gf_problem *problem, uint64_t inputs_hash, gf_error *error) {
    gf_status status = begin(saving, options, problem, inputs_hash, error);
    if (status == GF_OK)
        status = share(options->directory, "checkpoint", &saving->folder, error);
    const bool same = status == GF_OK && options->directory != NULL && options->resume != NULL &&
                      gf_epoch_folder_is(&saving->folder, options->resume);
    if (status == GF_OK && !same)
        status = share(options->resume, "resume", &saving->source, error);
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

/* ---- What a killed run left --------------------------------------------- */

void gf_saving_tidy(const gf_saving *saving) {
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
