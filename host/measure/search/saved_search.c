#include "measure/search/saved_search.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "measure/tuning.h"

/* A search that was cut short is saved if it had at least this much time. */
#define LONG_SEARCH_NS UINT64_C(80000000)

bool gf_search_name(const gf_run *run, const char *variant, char *name, size_t size) {
    char key[512];
    const gf_backend *backend = run->device->backend;
    if (backend->tuning_key == NULL ||
        !backend->tuning_key(run->device, gf_run_problem(run), key, sizeof key))
        return false;
    gf_tuning_name(key, gf_run_problem(run), variant, name, size);
    return true;
}

gf_contention_watch gf_search_watch(const gf_run *run) {
    return gf_contention_begin(gf_run_context(run)->session->read_contention);
}

/* A search that was cut short may have missed the best. */
static bool is_worth_saving(const gf_tunable_search *s) {
    return s->complete || s->budget_ns >= LONG_SEARCH_NS;
}

gf_status gf_search_and_save(gf_turns *turns, const gf_search_request *request, gf_try *best,
                             uint32_t *count, gf_error *error) {
    gf_run *run = turns->run;
    gf_tunable_search s = {.turns = turns, .hint = request->hint};
    gf_error failure = GF_ERROR_INIT;
    const gf_contention_watch watch = gf_search_watch(run);
    const gf_status status = gf_search_tunables(&s, &run->tuning, &failure);
    const bool disturbed = run->device->backend->prompt && gf_contention_disturbed(&watch);
    const uint32_t tries = s.count;
    if (best != NULL) {
        *count = s.best_count;
        memcpy(best, s.best, s.best_count * sizeof best[0]);
    }
    gf_tunable_search_clear(&s);
    gf_run_release(run);
    if (status == GF_OK && s.fruitless)
        return GF_OK;
    const bool saved = status == GF_OK && !disturbed && is_worth_saving(&s) &&
                       gf_tuning_save(request->name, &run->tuning);
    snprintf(run->tuning.basis, sizeof run->tuning.basis, "best of %u tries in %.1f s%s%s%s", tries,
             (double)(turns->took_ns - s.started_ns) * 1e-9,
             saved       ? ""
             : disturbed ? ", not saved: other programs ran"
                         : ", not saved",
             status == GF_OK ? "" : ": a try failed",
             request->damaged ? "; what was saved is damaged" : "");
    if (status == GF_OK)
        return GF_OK;
    gf_device_close(run->device);
    if (best == NULL && tries == 1 && status != GF_INTERRUPTED) {
        /* The run has these values, too. A second time a driver may say something else, from a
         * kernel cache that its crash left half made. */
        *error = failure;
        return status;
    }
    gf_error_clear(&failure);
    return status == GF_INTERRUPTED
               ? gf_error_interrupted(error)
               : gf_context_open_device(gf_run_context(run), run->device, error);
}
