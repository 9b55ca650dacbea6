#include "parallel/run/ranked_saving.h"

#include "base/error.h"
#include "checkpoint/checkpoint_identity.h"
#include "parallel/run/ranked_trip.h"
#include "parallel/saving/rank_state.h"

/* Of one run alone, since the folder has the states of one problem's parts. */
static gf_status check_run(const gf_ranked_run *run, gf_error *error) {
    const gf_parallel *parallel = run->parallel;
    if (gf_parallel_has_bands(parallel)) /* one launch, which makes no pause */
        return gf_rank_state_refuse(parallel->problem, error);
    if (parallel->saving.part != NULL || run->result->ranks < parallel->ranks->size)
        return gf_error_set_parameter(error, GF_USAGE, "checkpoint",
                                      ": is of one run on all ranks; leave it out");
    return GF_OK;
}

/* All ranks come to the same. */
gf_status gf_ranked_check_saving(const gf_ranked_run *run, gf_error *error) {
    const gf_parallel *parallel = run->parallel;
    if (!gf_ranked_is_saved(run))
        return GF_OK;
    gf_status status = gf_checkpoint_check(parallel->problem, error);
    if (status == GF_OK)
        status = check_run(run, error);
    return gf_ranks_agree(parallel->ranks, status, error);
}

gf_status gf_ranked_begin_saving(gf_ranked_run *run, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    return gf_rank_saving_begin(&parallel->saving, parallel->ranks, &parallel->part, error);
}

/* The proof comes after the steps: else each job that goes on would begin with that of all of them.
 */
gf_status gf_ranked_saved_trip(gf_ranked_run *run, gf_rank_times *times, gf_error *error) {
    gf_parallel *parallel = run->parallel;
    gf_rank_saving_listen(&parallel->saving, true);
    const gf_status status = gf_ranked_trip(run, times, error);
    gf_rank_saving_listen(&parallel->saving, false);
    if (run->result->visit_steps > 0)
        run->result->exchanges = parallel->part.pauses.exchanges;
    return status == GF_OK ? gf_ranked_proof_make(run, error) : status;
}

double gf_ranked_share(const gf_ranked_run *run) {
    const gf_parallel *parallel = run->parallel;
    const uint64_t first = parallel->saving.states.state.first_step;
    return first == 0 ? 1 : 1 - (double)first / (double)parallel->problem->steps;
}
