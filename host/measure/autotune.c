#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "measure/autotune.h"
#include "measure/round_trip.h"
#include "measure/tuning.h"

/* Enough steps for several passes of any kernel that does many at once, and a multiple of the
 * candidates: 2, 3, 4, 6, 8, 12, 16, 24, 32 and 48. */
#define SEARCH_STEPS 96
/* Launches that are timed with each set of values, the best of which counts; fewer when they take
 * long. */
#define SEARCH_LAUNCHES 3
#define LONG_LAUNCH_NS  UINT64_C(50000000)

/* The content that the first stop begins with. Later launches go on from what is there. */
static gf_status fill_for_search(gf_run *run, gf_error *error) {
    gf_status status = GF_OK;
    if (run->buffers_made == 0) {
        status = gf_run_make_buffers(run, error);
        if (status == GF_OK)
            status = gf_run_reset(run, error);
        if (status == GF_OK)
            status = gf_run_upload(run, true, false, error);
    }
    return status;
}

static gf_status time_launches(gf_run *run, uint64_t *stop_ns, gf_error *error) {
    const uint64_t every = run->problem->steps_per_transfer;
    const uint64_t steps = every < SEARCH_STEPS ? every : SEARCH_STEPS;
    uint64_t sum_ns = 0, shortest_ns = UINT64_MAX;
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i <= SEARCH_LAUNCHES && sum_ns < LONG_LAUNCH_NS; i++) {
        gf_round_trip trip = {0};
        bool swapped = false;
        const bool warm_up = i == 0; /* the driver may compile now; one step is enough for that */
        status = gf_run_compute(run, warm_up && steps > 1 ? 1 : steps, &swapped, &trip, error);
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
    gf_run *run = context;
    const gf_backend *backend = run->device->backend;
    *ns = UINT64_MAX;
    gf_run_progress(run, "search", 0, 0, 0);
    if (backend->prepare(run->device, run->problem, run->result->variant, tuning, &run->program,
                         NULL) != GF_OK)
        return GF_OK;
    gf_status status = fill_for_search(run, error);
    if (status == GF_OK)
        status = time_launches(run, ns, error);
    backend->program_release(run->program);
    run->program = NULL;
    return status;
}

/* Runs the search; what it found is kept if no driver failed on the way. One that did is opened
 * anew, and runs with the best of the other values. */
static gf_status search_and_keep(gf_run *run, const char *name, bool damaged, gf_error *error) {
    gf_search search = {
        .trial = time_values, .context = run, .clock = &run->comparison->session->clock};
    gf_error failure = GF_ERROR_INIT;
    const gf_status status = gf_tuning_search(&search, &run->tuning, &failure);
    gf_run_release(run);
    if (status == GF_OK && search.fruitless)
        return GF_OK;
    const bool kept = status == GF_OK && gf_tuning_save(name, &run->tuning);
    snprintf(run->tuning.basis, sizeof run->tuning.basis, "best of %u tries in %.1f s%s%s%s",
             search.tries, (double)search.took_ns * 1e-9, kept ? "" : ", not kept",
             status == GF_OK ? "" : ": a try failed", damaged ? "; what was kept is damaged" : "");
    if (status == GF_OK)
        return GF_OK;
    gf_device_close(run->device);
    if (status == GF_INTERRUPTED)
        gf_error_set(error, status, "%s", failure.text);
    gf_error_clear(&failure);
    return status == GF_INTERRUPTED ? status : gf_device_open(run->device, error);
}

/* The values that the wish does not name stay what they were. */
static void note_wish(gf_run *run) {
    char basis[sizeof run->tuning.basis];
    snprintf(basis, sizeof basis, "--tune; what it does not name: %.60s", run->tuning.basis);
    snprintf(run->tuning.basis, sizeof run->tuning.basis, "%s", basis);
}

static void note_basis(gf_run *run, const char *basis) {
    snprintf(run->tuning.basis, sizeof run->tuning.basis, "%s", basis);
}

gf_status gf_run_autotune(gf_run *run, const char *variant, gf_error *error) {
    const gf_backend *backend = run->device->backend;
    const gf_run_options *options = &run->comparison->options;
    char key[512], name[768];
    bool wished = false;
    run->tuning = (gf_tuning){0};
    if (backend->tunables != NULL)
        backend->tunables(run->device, run->problem, variant, &run->tuning);
    const gf_status status =
        gf_tuning_apply_override(&run->tuning, options->tuning, &wished, error);
    if (wished)
        note_wish(run);
    if (status != GF_OK || wished || run->tuning.count == 0 || !options->search ||
        backend->tuning_key == NULL ||
        !backend->tuning_key(run->device, run->problem, key, sizeof key))
        return status;
    gf_tuning_name(key, run->problem, variant, name, sizeof name);
    const gf_load_result recall = gf_tuning_load(name, &run->tuning);
    if (recall == GF_LOAD_VALUES)
        note_basis(run, "found by an earlier search");
    else if (run->result != NULL) /* an untimed run is not worth a search */
        return search_and_keep(run, name, recall == GF_LOAD_DAMAGED, error);
    return GF_OK;
}
