#include "measure/autotune.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "measure/tuning.h"
#include "os/contention.h"

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

/* On a prompt device a search takes as long as the samples that follow, if that is long enough to
 * pay for one. What it finds is saved if it was complete or took at least the second time. */
#define SHORTEST_SAMPLING_NS UINT64_C(10000000)
#define LONG_SEARCH_NS       UINT64_C(100000000)
/* Short computing is repeated for this time, because it scatters more. */
#define SCATTER_NS   UINT64_C(3000000)
#define MOST_REPEATS 25
/* Values whose first time exceeds the best by this factor are not timed again. */
#define HOPELESS 1.3
/* Other values of the first tunable, such as fewer threads, begin a search of the other tunables if
 * they are at most this much slower before it. */
#define PROMISING 1.5
/* The default values and the best ones take turns once more, this often. */
#define TURNS 4
/* Variants are not compared where one takes longer than this: another may take ten times as long.
 * Their tunables are searched for up to this multiple of the best time so far. */
#define LONGEST_CONTESTANT_NS UINT64_C(100000000)
#define CONTESTANT_FACTOR     2

typedef struct search {
    gf_run *run;
    uint32_t tries;
    uint64_t took_ns;   /* of all tries */
    uint64_t budget_ns; /* no further try starts after this much */
    uint64_t best_ns;
    bool disturbed;   /* by other programs */
    bool unconfirmed; /* time ran out before the best values and the defaults took turns */
    bool fruitless;   /* it ended at the first try: the computing is too short to gain from it, or
                         the kernel cannot be built */
    uint32_t (*seen)[GF_MAX_TUNABLES]; /* the values of each try */
} search;

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

/* ---- The same on prompt devices ---------------------------------------- */

/* The steps that a try computes: those of the first stops. */
static uint64_t steps_of_try(const gf_problem *problem) {
    return problem->steps < SEARCH_STEPS ? problem->steps : SEARCH_STEPS;
}

/* The computing of the first stops, from the content that every round trip begins with: a field
 * that went on from try to try would change what it costs. */
static gf_status time_stops_once(gf_run *run, uint64_t *ns, gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    gf_round_trip trip = {0};
    bool swapped = false;
    uint64_t done = 0;
    gf_status status = gf_run_reset(run, error);
    if (status == GF_OK)
        status = gf_run_upload(run, true, false, error);
    do {
        const uint64_t left = steps_of_try(problem) - done;
        const uint64_t steps =
            left < problem->steps_per_transfer ? left : problem->steps_per_transfer;
        if (status == GF_OK)
            status = gf_run_compute(run, steps, &swapped, &trip, error);
        done += steps;
    } while (status == GF_OK && done < steps_of_try(problem));
    *ns = trip.compute_wall_ns;
    return status;
}

/* The median of several times, of two where there is nothing to gain: threads that happen to wake
 * at once make the shortest time of a short launch a rare one. */
static gf_status time_stops(gf_run *run, uint64_t best_ns, uint64_t *ns, gf_error *error) {
    gf_samples times = {.count = 0};
    uint64_t sum_ns = 0, shortest_ns = UINT64_MAX;
    gf_status status = GF_OK;
    if (run->buffers_made == 0)
        status = gf_run_make_buffers(run, error);
    for (int i = 0; status == GF_OK && i < MOST_REPEATS; i++) {
        uint64_t once_ns = 0;
        status = time_stops_once(run, &once_ns, error);
        if (status == GF_OK)
            status = gf_samples_add(&times, once_ns, error);
        sum_ns += once_ns;
        shortest_ns = once_ns < shortest_ns ? once_ns : shortest_ns;
        if (sum_ns > LONG_LAUNCH_NS ||
            (i > 0 && (double)shortest_ns > HOPELESS * (double)best_ns) ||
            (i >= SEARCH_LAUNCHES && sum_ns > SCATTER_NS))
            break;
    }
    const gf_statistics statistics = gf_samples_statistics(&times); /* none without memory */
    if (status == GF_OK)
        *ns = statistics.count > 0 ? statistics.median_ns : shortest_ns;
    free(times.ns);
    return status;
}

/* How long the run is going to take samples, if its computing takes `ns` for the steps of a try. */
static uint64_t sampling_ns(const gf_run *run, uint64_t ns) {
    const gf_run_options *options = gf_run_context(run)->options;
    const gf_problem *problem = gf_run_problem(run);
    const uint64_t steps = steps_of_try(problem);
    const double trip_ns = (double)ns * (steps > 0 ? (double)problem->steps / (double)steps : 1.0);
    const double most = fmax(options->max_samples, options->repeat) * trip_ns;
    const double wanted = fmax(options->min_time_s * 1e9, options->repeat * trip_ns);
    return (uint64_t)fmin(fmin(wanted, most), (double)SEARCH_NS);
}

/* ---- A try ------------------------------------------------------------- */

/* Times the computing up to a stop with these values, or on a prompt device of the first stops.
 * Sets *ns to UINT64_MAX, and returns GF_OK, if the kernel cannot be built with them. */
static gf_status time_values(gf_run *run, const gf_tuning *tuning, uint64_t best_ns, uint64_t *ns,
                             gf_error *error) {
    const gf_backend *backend = run->device->backend;
    *ns = UINT64_MAX;
    gf_run_progress(run, "search", 0, 0, 0);
    gf_error failure = GF_ERROR_INIT;
    const gf_status prepared = backend->prepare(run->device, gf_run_problem(run), run->variant,
                                                tuning, &run->program, &failure);
    gf_error_clear(&failure);
    if (prepared != GF_OK)
        return GF_OK;
    gf_status status = GF_OK;
    if (backend->prompt) {
        status = time_stops(run, best_ns, ns, error);
    } else {
        status = fill_for_search(run, error);
        if (status == GF_OK)
            status = time_launches(run, ns, error);
    }
    backend->program_release(run->program);
    run->program = NULL;
    return status;
}

static gf_status try_values(search *s, const gf_tuning *tuning, uint64_t *ns, gf_error *error) {
    const uint64_t start = gf_run_now(s->run);
    gf_status status = gf_array_grow(&s->seen, s->tries, sizeof *s->seen, error);
    if (status != GF_OK)
        return status;
    memcpy(s->seen[s->tries++], tuning->values, sizeof tuning->values);
    status = time_values(s->run, tuning, s->best_ns, ns, error);
    s->took_ns += gf_run_now(s->run) - start;
    return status;
}

/* ---- The search -------------------------------------------------------- */

/* Fills *tuning with the tunables of the run's variant, and values: the given ones, which are not
 * 0, as far as there is room, and others that suit them. */
static void derive_values(const gf_run *run, const uint32_t *given, gf_tuning *tuning) {
    const gf_backend *backend = run->device->backend;
    *tuning = (gf_tuning){.count = 0};
    if (backend->tunables == NULL)
        return;
    memcpy(tuning->values, given, sizeof tuning->values);
    backend->tunables(run->device, gf_run_problem(run), run->variant, tuning);
}

static const uint32_t none_given[GF_MAX_TUNABLES];

/* The values of *tuning with another one at `index`. What is searched for later is derived anew,
 * if the backend derives values. */
static gf_tuning with_value(const search *s, const gf_tuning *tuning, uint32_t index,
                            uint32_t value) {
    gf_tuning tried = *tuning;
    tried.values[index] = value;
    if (s->run->device->backend->prompt) {
        uint32_t given[GF_MAX_TUNABLES] = {0};
        memcpy(given, tried.values, (index + 1) * sizeof given[0]);
        derive_values(s->run, given, &tried);
    }
    return tried;
}

static bool was_tried(const search *s, const gf_tuning *tuning) {
    for (uint32_t i = 0; i < s->tries; i++) {
        if (memcmp(s->seen[i], tuning->values, sizeof tuning->values) == 0)
            return true;
    }
    return false;
}

static bool is_faster(uint64_t ns, uint64_t than_ns) {
    return ns < than_ns - than_ns / GAIN_PARTS;
}

/* Tries the candidates of tunable `index`. */
static gf_status search_tunable(search *s, gf_tuning *tuning, uint32_t index, gf_error *error) {
    const gf_tunable tunable = tuning->tunables[index];
    const uint32_t *candidate = tunable.candidates;
    for (; candidate != NULL && *candidate != 0 && s->took_ns < s->budget_ns; candidate++) {
        const gf_tuning tried = with_value(s, tuning, index, *candidate);
        if (*candidate < tunable.min || *candidate > tunable.max || was_tried(s, &tried))
            continue;
        uint64_t ns = 0;
        const gf_status status = try_values(s, &tried, &ns, error);
        if (status != GF_OK)
            return status;
        if (is_faster(ns, s->best_ns)) {
            memcpy(tuning->values, tried.values, sizeof tuning->values);
            s->best_ns = ns;
        }
    }
    return GF_OK;
}

static gf_status search_tunables(search *s, gf_tuning *tuning, uint32_t first, gf_error *error) {
    gf_status status = GF_OK;
    for (uint32_t i = first; status == GF_OK && i < tuning->count; i++)
        status = search_tunable(s, tuning, i, error);
    return status;
}

/* Searches the other tunables at `value` of the first one, and takes what is faster. */
static gf_status search_at(search *s, const gf_tuning *start, uint32_t value, gf_tuning *tuning,
                           gf_error *error) {
    const uint64_t best_ns = s->best_ns;
    gf_tuning tried = with_value(s, start, 0, value);
    uint64_t ns = 0;
    gf_status status = was_tried(s, &tried) ? GF_OK : try_values(s, &tried, &ns, error);
    if (status != GF_OK || ns == 0 || (double)ns > PROMISING * (double)best_ns)
        return status;
    s->best_ns = ns;
    status = search_tunables(s, &tried, 1, error);
    if (is_faster(s->best_ns, best_ns))
        memcpy(tuning->values, tried.values, sizeof tuning->values);
    else
        s->best_ns = best_ns;
    return status;
}

/* On a prompt device, where tries cost little, the best tiles of few threads are found, too. */
static gf_status search_starts(search *s, gf_tuning *tuning, gf_error *error) {
    const gf_tuning start = *tuning;
    const gf_tunable *first = &start.tunables[0];
    gf_status status = search_tunables(s, tuning, 1, error);
    for (const uint32_t *value = first->candidates;
         status == GF_OK && value != NULL && *value != 0 && s->took_ns < s->budget_ns; value++) {
        if (*value >= first->min && *value <= first->max)
            status = search_at(s, &start, *value, tuning, error);
    }
    return status;
}

/* Other programs may have slowed the tries: the best values and the defaults take turns, and the
 * best ones stay only if they are the faster ones again. */
static gf_status confirm(search *s, const gf_tuning *defaults, gf_tuning *tuning, gf_error *error) {
    uint64_t ns[2] = {UINT64_MAX, UINT64_MAX};
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i < 2 * TURNS && s->took_ns < 2 * s->budget_ns; i++) {
        uint64_t once_ns = 0;
        status = try_values(s, i % 2 == 0 ? defaults : tuning, &once_ns, error);
        ns[i % 2] = once_ns < ns[i % 2] ? once_ns : ns[i % 2];
    }
    s->unconfirmed = ns[0] == UINT64_MAX || ns[1] == UINT64_MAX;
    if (status == GF_OK && !is_faster(ns[1], ns[0])) {
        memcpy(tuning->values, defaults->values, sizeof tuning->values);
        s->best_ns = ns[0];
    }
    return status;
}

/* Sets the budget, or says that a search is fruitless, from the time of the first try. */
static void judge_first(search *s) {
    if (s->run->device->backend->prompt) {
        s->budget_ns = s->best_ns == UINT64_MAX ? 0 : sampling_ns(s->run, s->best_ns);
        s->fruitless = s->budget_ns < SHORTEST_SAMPLING_NS || s->took_ns >= s->budget_ns;
    } else {
        s->budget_ns = SEARCH_NS;
        s->fruitless = s->best_ns < SHORTEST_NS || s->best_ns == UINT64_MAX;
    }
}

/* Searches one tunable after the other, the others held at the best values so far, and leaves the
 * best values in *tuning, also on an error. */
static gf_status search_values(search *s, gf_tuning *tuning, gf_error *error) {
    const gf_tuning defaults = *tuning;
    s->best_ns = UINT64_MAX;
    uint64_t ns = UINT64_MAX;
    gf_status status = try_values(s, tuning, &ns, error);
    s->best_ns = ns;
    if (status == GF_OK)
        judge_first(s);
    if (status != GF_OK || s->fruitless)
        return status;
    const bool prompt = s->run->device->backend->prompt;
    status = prompt ? search_starts(s, tuning, error) : search_tunables(s, tuning, 0, error);
    if (status == GF_OK && prompt &&
        memcmp(defaults.values, tuning->values, sizeof tuning->values) != 0)
        status = confirm(s, &defaults, tuning, error);
    return status;
}

/* A search that was cut short may have missed the best. */
static bool is_worth_saving(const search *s) {
    return !s->run->device->backend->prompt ||
           (!s->disturbed && !s->unconfirmed &&
            (s->took_ns < s->budget_ns || s->budget_ns >= LONG_SEARCH_NS));
}

/* With fewer cores, fewer threads seem faster than they are: what is found then is not saved. */
static gf_contention_watch begin_watch(const gf_run *run) {
    return gf_contention_begin(gf_run_context(run)->session->read_contention);
}

/* Searches, and saves what was found if no driver failed meanwhile. After a failure the device is
 * opened anew, and runs with the best of the other values. */
static gf_status search_and_save(search *s, const char *name, bool damaged, gf_error *error) {
    gf_run *run = s->run;
    gf_error failure = GF_ERROR_INIT;
    const gf_contention_watch watch = begin_watch(run);
    const gf_status status = search_values(s, &run->tuning, &failure);
    s->disturbed = gf_contention_disturbed(&watch);
    free(s->seen);
    s->seen = NULL;
    gf_run_release(run);
    if (status == GF_OK && s->fruitless)
        return GF_OK;
    const bool saved = status == GF_OK && is_worth_saving(s) && gf_tuning_save(name, &run->tuning);
    snprintf(run->tuning.basis, sizeof run->tuning.basis, "best of %u tries in %.1f s%s%s%s",
             s->tries, (double)s->took_ns * 1e-9,
             saved          ? ""
             : s->disturbed ? ", not saved: other programs ran"
                            : ", not saved",
             status == GF_OK ? "" : ": a try failed", damaged ? "; what was saved is damaged" : "");
    if (status == GF_OK)
        return GF_OK;
    gf_error_clear(&failure);
    gf_device_close(run->device);
    return status == GF_INTERRUPTED ? gf_error_interrupted(error)
                                    : gf_device_open(run->device, error);
}

/* ---- One run ----------------------------------------------------------- */

/* The values that the caller names are given, and the others derived from them. */
static gf_status take_override(gf_run *run, const char *override, bool *taken, gf_error *error) {
    gf_tuning given = run->tuning;
    memset(given.values, 0, sizeof given.values);
    gf_status status = gf_tuning_apply_override(&given, override, taken, error);
    if (status != GF_OK || !*taken)
        return status;
    derive_values(run, given.values, &run->tuning);
    status = gf_tuning_apply_override(&run->tuning, override, taken, error);
    char basis[sizeof run->tuning.basis];
    snprintf(basis, sizeof basis, "as asked for; the others: %.60s", run->tuning.basis);
    snprintf(run->tuning.basis, sizeof run->tuning.basis, "%s", basis);
    return status;
}

/* Writes what values are saved by. false: none are searched for or saved. */
static bool name_values(const gf_run *run, const char *variant, char *name, size_t size) {
    char key[512];
    const gf_backend *backend = run->device->backend;
    if (backend->tuning_key == NULL ||
        !backend->tuning_key(run->device, gf_run_problem(run), key, sizeof key))
        return false;
    gf_tuning_name(key, gf_run_problem(run), variant, name, size);
    return true;
}

gf_status gf_run_autotune(gf_run *run, gf_error *error) {
    const gf_run_options *options = gf_run_context(run)->options;
    char name[768];
    bool overridden = false;
    derive_values(run, none_given, &run->tuning);
    const gf_status status = take_override(run, options->tuning, &overridden, error);
    if (status != GF_OK || overridden || run->tuning.count == 0 || !options->search ||
        !name_values(run, run->variant, name, sizeof name))
        return status;
    search s = {.run = run};
    const gf_load_result load = gf_tuning_load(name, &run->tuning);
    if (load == GF_LOAD_VALUES)
        snprintf(run->tuning.basis, sizeof run->tuning.basis, "found by an earlier search");
    else if (run->result != NULL) /* an untimed run is not worth a search */
        return search_and_save(&s, name, load == GF_LOAD_DAMAGED, error);
    return GF_OK;
}

/* ---- The fastest variant ----------------------------------------------- */

/* The time of one contestant with the best values of its tunables. It is not searched for these if
 * its time with the defaults is too far from the best. */
static gf_status time_contestant(gf_run *run, uint64_t best_ns, uint64_t *ns, gf_error *error) {
    char name[768];
    derive_values(run, none_given, &run->tuning);
    if (!name_values(run, run->variant, name, sizeof name))
        return GF_OK;
    const gf_load_result load =
        run->tuning.count == 0 ? GF_LOAD_VALUES : gf_tuning_load(name, &run->tuning);
    gf_status status = time_values(run, &run->tuning, best_ns, ns, error);
    if (status != GF_OK || load == GF_LOAD_VALUES || *ns / CONTESTANT_FACTOR > best_ns ||
        *ns > LONGEST_CONTESTANT_NS)
        return status;
    search s = {.run = run};
    status = search_and_save(&s, name, load == GF_LOAD_DAMAGED, error);
    *ns = s.best_ns < *ns ? s.best_ns : *ns;
    return status;
}

/* A variant with the best values of its tunables. */
typedef struct contestant {
    const char *variant;
    gf_tuning tuning;
} contestant;

/* As for tunables, the first variant and the fastest take turns once more. */
static gf_status confirm_variant(gf_run *run, const contestant *first, const contestant *fastest,
                                 bool *confirmed, gf_error *error) {
    const contestant *const pair[2] = {first, fastest};
    uint64_t best_ns[2] = {UINT64_MAX, UINT64_MAX};
    gf_status status = GF_OK;
    for (int i = 0; status == GF_OK && i < 2 * TURNS; i++) {
        uint64_t ns = UINT64_MAX;
        run->variant = pair[i % 2]->variant;
        status = time_values(run, &pair[i % 2]->tuning, UINT64_MAX, &ns, error);
        gf_run_release(run);
        best_ns[i % 2] = ns < best_ns[i % 2] ? ns : best_ns[i % 2];
    }
    *confirmed = is_faster(best_ns[1], best_ns[0]);
    return status;
}

/* *ns: of the fastest; UINT64_MAX: no search was made. */
static gf_status race(gf_run *run, size_t contestants, const char **fastest, uint64_t *best_ns,
                      gf_error *error) {
    const gf_problem *problem = gf_run_problem(run);
    gf_device *device = run->device;
    contestant first = {.variant = NULL}, best = first;
    gf_status status = gf_device_open(device, error);
    for (size_t i = 0; status == GF_OK && i < contestants; i++) {
        uint64_t ns = UINT64_MAX;
        run->variant = device->backend->variant(device, problem->workload, problem, i);
        status = time_contestant(run, *best_ns, &ns, error);
        gf_run_release(run);
        if (is_faster(ns, *best_ns)) {
            *best_ns = ns;
            *fastest = run->variant;
            best = (contestant){run->variant, run->tuning};
        }
        if (i == 0)
            first = (contestant){run->variant, run->tuning};
        if (i == 0 && (ns > LONGEST_CONTESTANT_NS || sampling_ns(run, ns) < SHORTEST_SAMPLING_NS)) {
            *fastest = NULL;
            break;
        }
    }
    bool confirmed = true;
    if (status == GF_OK && *fastest != NULL && *fastest != first.variant)
        status = confirm_variant(run, &first, &best, &confirmed, error);
    if (!confirmed)
        *fastest = first.variant;
    gf_run_free_host(run);
    return status;
}

static const char *contestant_of_name(const gf_run *run, size_t contestants, const char *name) {
    const gf_problem *problem = gf_run_problem(run);
    for (size_t i = 0; i < contestants; i++) {
        const char *variant =
            run->device->backend->variant(run->device, problem->workload, problem, i);
        if (variant != NULL && strcmp(variant, name) == 0)
            return variant;
    }
    return NULL;
}

gf_status gf_find_fastest_variant(gf_truth *truth, gf_device *device, const char **variant,
                                  gf_error *error) {
    const gf_backend *backend = device->backend;
    const gf_run_options *options = truth->context.options;
    gf_run run = {.truth = truth, .device = device};
    const size_t contestants =
        backend->contestants == NULL ? 0 : backend->contestants(device, truth->problem);
    char name[768], saved[64];
    *variant = NULL;
    if (contestants < 2 || !options->search ||
        !name_values(&run, GF_FASTEST_VARIANT, name, sizeof name))
        return GF_OK;
    if (gf_tuning_load_variant(name, saved, sizeof saved))
        *variant = contestant_of_name(&run, contestants, saved);
    if (*variant != NULL || !truth->inputs_made || options->tuning != NULL)
        return GF_OK;
    uint64_t best_ns = UINT64_MAX;
    const gf_contention_watch watch = begin_watch(&run);
    const gf_status status = race(&run, contestants, variant, &best_ns, error);
    if (status == GF_OK && *variant != NULL && !gf_contention_disturbed(&watch))
        (void)gf_tuning_save_variant(name, *variant);
    return status;
}
