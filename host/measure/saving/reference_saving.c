#include "measure/saving/reference_saving.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "measure/saving/saving_folders.h"
#include "measure/saving/segment.h"
#include "measure/saving/state_write.h"

/* Between two states where the run's own are each so many steps. */
#define USUAL_S 60.0

/* ---- What is said ------------------------------------------------------ */

static void tell(const gf_reference_saving *made, const gf_error *trouble) {
    char buffer[GF_ERROR_TEXT + 64];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_text_add(&text, "the reference's state: %s", trouble->text);
    gf_saving_tell(made->saving, buffer, true);
}

static void tell_damaged(const char *text, void *context) {
    const gf_reference_saving *made = context;
    gf_saving_tell(made->saving, text, true);
}

static void tell_beginning(const gf_reference_saving *made, uint64_t step) {
    char buffer[96];
    gf_text text = gf_text_in(buffer, sizeof buffer);
    gf_text_add(&text, "the reference goes on from step %llu of %llu", (unsigned long long)step,
                (unsigned long long)made->identity.steps);
    gf_saving_tell(made->saving, buffer, false);
}

/* ---- Going on ---------------------------------------------------------- */

static gf_status read_state(const gf_reference_saving *made, const gf_saved_epoch *saved,
                            void *const *arrays, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = 0; status == GF_OK && i < made->identity.field_count; i++)
        status = gf_saved_epoch_read_rows(saved, i, 0, made->identity.fields[i].rows,
                                          arrays[made->identity.buffers[i]], error);
    return status;
}

/* NULL: there is none, or none that can be used. */
static gf_saved_epoch *open_newest(gf_reference_saving *made, uint64_t below) {
    gf_saved_epoch *saved = NULL;
    gf_error trouble = GF_ERROR_INIT;
    bool found = false;
    uint64_t step = 0;
    gf_status status = gf_epoch_folder_find(&made->folder, below, &found, &step, &trouble);
    if (status == GF_OK && found)
        status = gf_saved_epoch_open(&made->folder, &made->identity, below, tell_damaged, made,
                                     &saved, &trouble);
    if (status != GF_OK)
        tell(made, &trouble);
    gf_error_clear(&trouble);
    return saved;
}

static bool restore_from(gf_reference_saving *made, const gf_saved_epoch *saved,
                         void *const *arrays) {
    gf_error trouble = GF_ERROR_INIT;
    const bool good = read_state(made, saved, arrays, &trouble) == GF_OK;
    if (!good)
        tell(made, &trouble);
    gf_error_clear(&trouble);
    return good;
}

/* The newest state that is whole. */
static uint64_t restore(void *context, void *const *arrays, bool *lost) {
    gf_reference_saving *made = context;
    uint64_t step = GF_EPOCH_NEWEST;
    gf_saved_epoch *saved = open_newest(made, step);
    bool good = false;
    while (saved != NULL && !good) {
        step = gf_saved_epoch_step(saved);
        good = restore_from(made, saved, arrays);
        gf_saved_epoch_close(saved);
        *lost = !good;
        saved = good ? NULL : open_newest(made, step);
    }
    made->tried_ns = gf_context_now(&made->context);
    if (good)
        tell_beginning(made, step);
    return good ? step : 0;
}

/* ---- Saving ------------------------------------------------------------ */

static double every_s(const gf_reference_saving *made) {
    const gf_checkpoint_options *options = made->saving->options;
    return options->every_steps > 0 ? USUAL_S : options->every_s;
}

static void save(gf_reference_saving *made, void *const *arrays, uint64_t step) {
    const void *fields[GF_MAX_BUFFERS];
    gf_error trouble = GF_ERROR_INIT;
    for (uint32_t i = 0; i < made->identity.field_count; i++)
        fields[i] = arrays[made->identity.buffers[i]];
    if (gf_state_write(&made->folder, &made->identity, step, fields, &trouble) != GF_OK)
        tell(made, &trouble);
    gf_error_clear(&trouble);
    made->tried_ns = gf_context_now(&made->context);
}

static uint64_t passed(void *context, void *const *arrays, uint64_t step, uint64_t steps,
                       uint64_t ns) {
    gf_reference_saving *made = context;
    const uint64_t now = gf_context_now(&made->context);
    if (made->folder.writes && steps > 0 && (double)(now - made->tried_ns) >= every_s(made) * 1e9)
        save(made, arrays, step);
    return gf_segment_steps(steps, ns, GF_SEGMENT_NS);
}

/* ---- Beginning and ending ---------------------------------------------- */

static gf_status open_folder(gf_reference_saving *made, gf_error *error) {
    const gf_checkpoint_options *options = made->saving->options;
    char path[GF_EPOCH_PATH];
    const bool writes = options->directory != NULL;
    const int length = snprintf(path, sizeof path, "%s/" GF_REFERENCE_FOLDER,
                                writes ? options->directory : options->resume);
    if (length < 0 || (size_t)length >= sizeof path)
        return gf_error_set(error, GF_FAILED, "path too long");
    return gf_epoch_folder_open(path, writes ? GF_EPOCH_WRITE : GF_EPOCH_READ, &made->folder,
                                error);
}

void gf_reference_saving_begin(gf_reference_saving *made, gf_saving *saving, gf_truth *truth) {
    gf_error trouble = GF_ERROR_INIT;
    *made = (gf_reference_saving){.saving = saving,
                                  .context = truth->context,
                                  .states = {made, restore, passed},
                                  .folder = GF_EPOCH_NO_FOLDER};
    if (gf_checkpoint_identity_of_reference(&saving->identity, &made->identity, &trouble) ==
            GF_OK &&
        open_folder(made, &trouble) == GF_OK)
        truth->states = &made->states;
    else if (saving->options->directory != NULL)
        tell(made, &trouble);
    gf_error_clear(&trouble);
}

void gf_reference_saving_end(gf_reference_saving *made) {
    if (made->saving == NULL)
        return;
    gf_epoch_folder_close(&made->folder);
    gf_checkpoint_identity_clear(&made->identity);
    *made = (gf_reference_saving){.saving = NULL};
}
