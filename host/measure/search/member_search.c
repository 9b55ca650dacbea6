#include "measure/search/member_search.h"

#include "measure/autotune.h"

/* A run without a result searches for nothing, and takes what is saved. */
static gf_status tune(gf_run *set, gf_member *member, gf_error *error) {
    const gf_problem *problem = gf_run_problem(set);
    const gf_backend *backend = member->device->backend;
    gf_run alone = {.truth = set->truth, .device = member->device, .variant = member->variant};
    if (alone.variant == NULL)
        alone.variant = backend->variant(member->device, problem->workload, problem, 0);
    member->tuned = alone.variant != NULL && backend->tunables != NULL;
    if (!member->tuned)
        return GF_OK;
    const gf_status status = gf_run_autotune(&alone, error);
    member->tuning = alone.tuning;
    return status;
}

gf_status gf_tune_members(gf_run *run, gf_error *error) {
    size_t count = 0;
    gf_member *members = gf_device_members(run->device, &count);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < count; i++)
        status = tune(run, &members[i], error);
    return status;
}
