#include "measure/autotune.h"

#include <stdio.h>
#include <string.h>

#include "measure/search/saved_search.h"
#include "measure/search/tunable_search.h"
#include "measure/tuning.h"

/* The values that the caller names are given, and the others derived from them. */
static gf_status take_override(gf_run *run, const char *override, bool *taken, gf_error *error) {
    gf_tuning given = run->tuning;
    memset(given.values, 0, sizeof given.values);
    gf_status status = gf_tuning_apply_override(&given, override, taken, error);
    if (status != GF_OK || !*taken)
        return status;
    gf_derive_tuning(run, given.values, &run->tuning);
    status = gf_tuning_apply_override(&run->tuning, override, taken, error);
    char basis[sizeof run->tuning.basis];
    snprintf(basis, sizeof basis, "as asked for; the others: %.60s", run->tuning.basis);
    snprintf(run->tuning.basis, sizeof run->tuning.basis, "%s", basis);
    return status;
}

gf_status gf_run_autotune(gf_run *run, gf_error *error) {
    static const uint32_t none_given[GF_MAX_TUNABLES];
    const gf_run_options *options = gf_run_context(run)->options;
    char name[768];
    bool overridden = false;
    gf_derive_tuning(run, none_given, &run->tuning);
    const gf_status status = take_override(run, options->tuning, &overridden, error);
    if (status != GF_OK || overridden || run->tuning.count == 0 || !options->search ||
        !gf_search_name(run, run->variant, name, sizeof name))
        return status;
    const gf_load_result load = gf_tuning_load(name, &run->tuning);
    if (load == GF_LOAD_VALUES)
        snprintf(run->tuning.basis, sizeof run->tuning.basis, "found by an earlier search");
    if (load == GF_LOAD_VALUES || run->result == NULL) /* an untimed run is not worth a search */
        return GF_OK;
    gf_turns turns = {.run = run};
    const gf_search_request request = {.name = name, .damaged = load == GF_LOAD_DAMAGED};
    return gf_search_and_save(&turns, &request, NULL, NULL, error);
}
