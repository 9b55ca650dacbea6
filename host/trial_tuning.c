/* The values of a variant's tunables, searched for on the problem itself where nothing is known. */
#include <math.h>
#include <stdio.h>

#include "error.h"
#include "trial.h"
#include "tuning.h"

/* Enough steps for several passes of any kernel that does many at once, and a multiple of the
 * candidates: 2, 3, 4, 6, 8, 12, 16, 24, 32 and 48. */
#define SEARCH_STEPS 96
/* Launches that are timed with each set of values, the best of which counts; fewer when they take
 * long. */
#define SEARCH_LAUNCHES 3
#define LONG_LAUNCH_NS  UINT64_C(50000000)

/* The content that the first stop begins with. Later launches go on from what is there. */
static gf_status fill_for_search(gf_trial *t, gf_error *error) {
    gf_status status = GF_OK;
    if (t->buffers_made == 0) {
        status = gf_trial_make_buffers(t, error);
        if (status == GF_OK)
            status = gf_trial_reset(t, error);
        if (status == GF_OK)
            status = gf_trial_upload(t, true, false, error);
    }
    return status;
}

static gf_status time_launches(gf_trial *t, uint64_t *stop_ns, gf_error *error) {
    const uint64_t every = t->problem->steps_per_transfer;
    const uint64_t steps = every < SEARCH_STEPS ? every : SEARCH_STEPS;
    uint64_t sum_ns = 0, shortest_ns = UINT64_MAX;
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i <= SEARCH_LAUNCHES && sum_ns < LONG_LAUNCH_NS; i++) {
        gf_round_trip trip = {0};
        bool swapped = false;
        const bool warm_up = i == 0; /* the driver may compile now; one step is enough for that */
        status = gf_trial_compute(t, warm_up && steps > 1 ? 1 : steps, &swapped, &trip, error);
        if (warm_up)
            continue;
        sum_ns += trip.compute_wall_ns;
        shortest_ns = trip.compute_wall_ns < shortest_ns ? trip.compute_wall_ns : shortest_ns;
    }
    /* What the steps up to a stop would take. */
    const double scale = steps > 0 ? (double)every / (double)steps : 1;
    *stop_ns = (uint64_t)fmin((double)shortest_ns * scale, 0x1p63);
    return status;
}

static gf_status time_values(void *context, const gf_tuning *tuning, uint64_t *ns,
                             gf_error *error) {
    gf_trial *t = context;
    const gf_backend *backend = t->device->backend;
    *ns = UINT64_MAX;
    gf_trial_progress(t, "search", 0, 0, 0);
    if (backend->prepare(t->device, t->problem, t->result->variant, tuning, &t->program, NULL) !=
        GF_OK)
        return GF_OK;
    gf_status status = fill_for_search(t, error);
    if (status == GF_OK)
        status = time_launches(t, ns, error);
    backend->program_release(t->program);
    t->program = NULL;
    return status;
}

/* Runs the search; what it found is kept if no driver failed on the way. One that did is opened
 * anew, and runs with the best of the other values. */
static gf_status search_and_keep(gf_trial *t, const char *name, bool damaged, gf_error *error) {
    gf_search search = {
        .trial = time_values, .context = t, .clock = &t->comparison->session->clock};
    gf_error failure = GF_ERROR_INIT;
    const gf_status status = gf_tuning_search(&search, &t->tuning, &failure);
    gf_trial_release(t);
    if (status == GF_OK && search.fruitless)
        return GF_OK;
    const bool kept = status == GF_OK && gf_tuning_keep(name, &t->tuning);
    snprintf(t->tuning.basis, sizeof t->tuning.basis, "best of %u tries in %.1f s%s%s%s",
             search.tries, (double)search.took_ns * 1e-9, kept ? "" : ", not kept",
             status == GF_OK ? "" : ": a try failed", damaged ? "; what was kept is damaged" : "");
    if (status == GF_OK)
        return GF_OK;
    gf_device_close(t->device);
    if (status == GF_INTERRUPTED)
        gf_error_set(error, status, "%s", failure.text);
    gf_error_clear(&failure);
    return status == GF_INTERRUPTED ? status : gf_device_open(t->device, error);
}

/* The values that the wish does not name stay what they were. */
static void note_wish(gf_trial *t) {
    char basis[sizeof t->tuning.basis];
    snprintf(basis, sizeof basis, "--tune; what it does not name: %.60s", t->tuning.basis);
    snprintf(t->tuning.basis, sizeof t->tuning.basis, "%s", basis);
}

static void note_basis(gf_trial *t, const char *basis) {
    snprintf(t->tuning.basis, sizeof t->tuning.basis, "%s", basis);
}

gf_status gf_trial_choose_tuning(gf_trial *t, const char *variant, gf_error *error) {
    const gf_backend *backend = t->device->backend;
    const gf_run_options *options = &t->comparison->options;
    char key[512], name[768];
    bool wished = false;
    t->tuning = (gf_tuning){0};
    if (backend->tunables != NULL)
        backend->tunables(t->device, t->problem, variant, &t->tuning);
    const gf_status status = gf_tuning_take_wish(&t->tuning, options->tuning, &wished, error);
    if (wished)
        note_wish(t);
    if (status != GF_OK || wished || t->tuning.count == 0 || !options->search ||
        backend->tuning_key == NULL || !backend->tuning_key(t->device, t->problem, key, sizeof key))
        return status;
    gf_tuning_name(key, t->problem, variant, name, sizeof name);
    const gf_recall recall = gf_tuning_recall(name, &t->tuning);
    if (recall == GF_RECALL_VALUES)
        note_basis(t, "found by an earlier search");
    else if (t->result != NULL) /* an untimed run is not worth a search */
        return search_and_keep(t, name, recall == GF_RECALL_DAMAGED, error);
    return GF_OK;
}
