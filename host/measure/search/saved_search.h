/* Searches whose results are saved for later runs. */
#pragma once

#include "measure/search/tunable_search.h"
#include "os/contention.h"

/* Writes what the run's values for this variant are saved by. false: none are searched for or
 * saved. */
bool gf_search_name(const gf_run *run, const char *variant, char *name, size_t size);

/* With fewer cores, fewer threads seem faster than they are: what is found then is not saved. */
gf_contention_watch gf_search_watch(const gf_run *run);

typedef struct gf_search_request {
    const char *name;      /* what the values are saved by */
    bool damaged;          /* what was saved under this name is */
    const gf_tuning *hint; /* the best values of another variant; NULL: none */
} gf_search_request;

/* Searches for the best values of the run's variant from run->tuning, the defaults, and saves them:
 * not if a driver failed meanwhile, if other programs disturbed a search on a prompt device, or if
 * it was cut short with little time. After a failure the device is opened anew, and run->tuning has
 * the best of the other values; without `best` a failure of the first values, those of the run, is
 * returned. `best`, with room for GF_BEST_TRIES: the best values and those that came next, *count
 * of them; both may be NULL. */
gf_status gf_search_and_save(gf_turns *turns, const gf_search_request *request, gf_try *best,
                             uint32_t *count, gf_error *error);
