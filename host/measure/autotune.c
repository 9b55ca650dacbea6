#include "measure/autotune.h"

#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "measure/tuning.h"

/* No further try starts after this much time. */
#define SEARCH_NS UINT64_C(5000000000)
/* Enough steps for several passes of any kernel that does many at once, and a multiple of the
 * candidates: 2, 3, 4, 6, 8, 12, 16, 24, 32 and 48. */
#define SEARCH_STEPS 96
/* Launches that are timed with each set of values, of which the fastest counts; fewer when they
 * take long. */
#define SEARCH_LAUNCHES 3
#define LONG_LAUNCH_NS  UINT64_C(50000000)
/* A search is given up if computing up to a stop takes less than this: it would pay only after
 * thousands of such runs. */
#define SHORTEST_NS UINT64_C(1000000)
/* New values must be faster by more than 1 part in this many: a smaller gain is within the scatter
 * of a few samples. */
#define GAIN_PARTS 50

/* ---- Timing one set of values ------------------------------------------ */

/* Uploads the content that the first stop begins with. Later launches go on from what is there. */
static gf_status fill_for_search(gf_run *run, gf_error *error) {
    if (run->buffers_made > 0)
        return GF_OK;
    gf_status status = gf_run_make_buffers(run, error);
    if (status == GF_OK)
        status = gf_run_reset(run, error);
    return status == GF_OK ? gf_run_upload(run, true, false, error) : status;
}

static gf_status time_launches(gf_run *run, uint64_t *stop_ns, gf_error *error) {
    const uint64_t every = gf_run_problem(run)->steps_per_transfer;
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
    const double scale = steps > 0 ? (double)every / (double)steps : 1;
    *stop_ns = (uint64_t)fmin((double)shortest_ns * scale, 0x1p63);
    return status;
}

/* Times the computing up to a stop with these values. Sets *ns to UINT64_MAX, and returns GF_OK, if
 * the kernel cannot be built with them. */
static gf_status time_values(gf_run *run, const gf_tuning *tuning, uint64_t *ns, gf_error *error) {
    const gf_backend *backend = run->device->backend;
    *ns = UINT64_MAX;
    gf_run_progress(run, "search", 0, 0, 0);
    gf_error failure = GF_ERROR_INIT;
    const gf_status prepared = backend->prepare(run->device, gf_run_problem(run), run->variant,
                                                tuning, &run->program, &failure);
    gf_error_clear(&failure);
    if (prepared != GF_OK)
        return GF_OK;
    gf_status status = fill_for_search(run, error);
    if (status == GF_OK)
        status = time_launches(run, ns, error);
    backend->program_release(run->program);
    run->program = NULL;
    return status;
}

/* ---- The search -------------------------------------------------------- */

typedef struct search {
    gf_run *run;
    uint32_t tries;
    uint64_t took_ns; /* of all tries */
    bool fruitless;   /* it ended at the first try: the computing is too short to gain from it, or
                         the kernel cannot be built */
} search;

static gf_status try_values(search *s, const gf_tuning *tuning, uint64_t *ns, gf_error *error) {
    const uint64_t start = gf_run_now(s->run);
    const gf_status status = time_values(s->run, tuning, ns, error);
    s->took_ns += gf_run_now(s->run) - start;
    s->tries++;
    return status;
}

/* Tries the candidates of tunable `index`. */
static gf_status search_tunable(search *s, gf_tuning *tuning, uint32_t index, uint64_t *best_ns,
                                gf_error *error) {
    gf_tuning tried = *tuning;
    const uint32_t start = tuning->values[index];
    const uint32_t *candidate = tuning->tunables[index].candidates;
    for (; candidate != NULL && *candidate != 0 && s->took_ns < SEARCH_NS; candidate++) {
        if (*candidate == start)
            continue;
        uint64_t ns = 0;
        tried.values[index] = *candidate;
        const gf_status status = try_values(s, &tried, &ns, error);
        if (status != GF_OK)
            return status;
        if (ns < *best_ns - *best_ns / GAIN_PARTS) {
            tuning->values[index] = *candidate;
            *best_ns = ns;
        }
    }
    return GF_OK;
}

/* Searches one tunable after the other, the others held at the best values so far, and leaves the
 * best values in *tuning, also on an error. */
static gf_status search_values(search *s, gf_tuning *tuning, gf_error *error) {
    uint64_t best_ns = 0;
    gf_status status = try_values(s, tuning, &best_ns, error);
    s->fruitless = status == GF_OK && (best_ns < SHORTEST_NS || best_ns == UINT64_MAX);
    for (uint32_t i = 0; status == GF_OK && !s->fruitless && i < tuning->count; i++)
        status = search_tunable(s, tuning, i, &best_ns, error);
    return status;
}

/* Searches, and saves what was found if no driver failed meanwhile. After a failure the device is
 * opened anew, and runs with the best of the other values. */
static gf_status search_and_save(gf_run *run, const char *name, bool damaged, gf_error *error) {
    search s = {.run = run};
    gf_error failure = GF_ERROR_INIT;
    const gf_status status = search_values(&s, &run->tuning, &failure);
    gf_run_release(run);
    if (status == GF_OK && s.fruitless)
        return GF_OK;
    const bool saved = status == GF_OK && gf_tuning_save(name, &run->tuning);
    snprintf(run->tuning.basis, sizeof run->tuning.basis, "best of %u tries in %.1f s%s%s%s",
             s.tries, (double)s.took_ns * 1e-9, saved ? "" : ", not saved",
             status == GF_OK ? "" : ": a try failed", damaged ? "; what was saved is damaged" : "");
    if (status == GF_OK)
        return GF_OK;
    gf_error_clear(&failure);
    gf_device_close(run->device);
    return status == GF_INTERRUPTED ? gf_error_interrupted(error)
                                    : gf_device_open(run->device, error);
}

/* The tunables that the caller does not name keep the values that they had. */
static void note_override(gf_tuning *tuning) {
    char basis[sizeof tuning->basis];
    snprintf(basis, sizeof basis, "as asked for; the others: %.60s", tuning->basis);
    snprintf(tuning->basis, sizeof tuning->basis, "%s", basis);
}

gf_status gf_run_autotune(gf_run *run, gf_error *error) {
    const gf_backend *backend = run->device->backend;
    const gf_problem *problem = gf_run_problem(run);
    const gf_run_options *options = gf_run_context(run)->options;
    char key[512], name[768];
    bool overridden = false;
    if (backend->tunables != NULL)
        backend->tunables(run->device, problem, run->variant, &run->tuning);
    const gf_status status =
        gf_tuning_apply_override(&run->tuning, options->tuning, &overridden, error);
    if (overridden)
        note_override(&run->tuning);
    if (status != GF_OK || overridden || run->tuning.count == 0 || !options->search ||
        backend->tuning_key == NULL || !backend->tuning_key(run->device, problem, key, sizeof key))
        return status;
    gf_tuning_name(key, problem, run->variant, name, sizeof name);
    const gf_load_result load = gf_tuning_load(name, &run->tuning);
    if (load == GF_LOAD_VALUES)
        snprintf(run->tuning.basis, sizeof run->tuning.basis, "found by an earlier search");
    else if (run->result != NULL) /* an untimed run is not worth a search */
        return search_and_save(run, name, load == GF_LOAD_DAMAGED, error);
    return GF_OK;
}
