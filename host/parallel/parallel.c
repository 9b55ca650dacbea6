#define _GNU_SOURCE 1 /* gethostname */

#include "parallel/parallel.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/entry.h"
#include "base/error.h"
#include "device/session.h"
#include "measure/saving/saving_folders.h"
#include "measure/tuning.h"
#include "parallel/parallel_plan.h"
#include "problem/params.h"

/* ---- Making one ----------------------------------------------------------- */

static gf_status check_division(const gf_parallel *parallel, gf_error *error) {
    const gf_problem *problem = parallel->problem;
    if (parallel->division.why_not != NULL)
        return gf_error_set(error, GF_UNSUPPORTED,
                            "%s can't be divided among ranks: %s; run it without a launcher",
                            problem->workload->name, parallel->division.why_not);
    return GF_OK;
}

/* "300x400" for 3 ranks: "300x1200". */
static gf_status grow_size(gf_params *params, uint32_t ranks, gf_error *error) {
    size_t width = 0, height = 0;
    char text[64];
    gf_params_size(params, "size", &width, &height);
    snprintf(text, sizeof text, "%zux%zu", width, height * ranks);
    return gf_params_set(params, "size", text, error);
}

static gf_status grow_count(gf_params *params, uint32_t ranks, gf_error *error) {
    char text[64];
    snprintf(text, sizeof text, "%llu",
             (unsigned long long)gf_params_uint(params, "count") * ranks);
    return gf_params_set(params, "count", text, error);
}

static gf_status grow(gf_params *params, uint32_t ranks, gf_error *error) {
    if (gf_params_text(params, "size") != NULL)
        return grow_size(params, ranks, error);
    if (gf_params_text(params, "count") != NULL)
        return grow_count(params, ranks, error);
    return gf_error_set(error, GF_USAGE,
                        "%s has neither a size nor a count that could grow with the ranks; compare "
                        "it without weak scaling",
                        gf_params_workload(params)->name);
}

void gf_parallel_clear_parts(gf_parallel *parallel) {
    gf_rank_part_clear(&parallel->part);
    gf_rank_bands_clear(&parallel->bands);
    gf_band_table_clear(&parallel->band_table);
}

gf_status gf_parallel_set_problem(gf_parallel *parallel, uint32_t ranks, gf_error *error) {
    gf_params *params = NULL;
    gf_status status = gf_params_copy(parallel->params, &params, error);
    if (status == GF_OK && parallel->how.weak)
        status = grow(params, ranks, error);
    gf_parallel_clear_parts(parallel);
    gf_problem_destroy(parallel->problem);
    parallel->problem = NULL;
    if (status == GF_OK)
        status = gf_problem_create_divided(params, &parallel->problem, error);
    gf_params_destroy(params);
    if (status != GF_OK)
        return status;
    gf_problem_divide(parallel->problem, &parallel->division);
    gf_work_profile_of(parallel->problem, &parallel->division, &parallel->profile);
    return check_division(parallel, error);
}

static gf_status take_device(gf_parallel *parallel, const gf_target_list *targets,
                             gf_error *error) {
    const uint32_t place = parallel->ranks->transport.local_rank;
    const gf_target *target = &targets->targets[place % targets->count];
    size_t members = 0;
    parallel->its = (gf_member){.device = target->device, .variant = target->variant};
    if (gf_device_members(target->device, &members) != NULL)
        return gf_error_set_parameter(error, GF_USAGE, "device",
                                      " %s: a rank takes one device; start a rank for each of the "
                                      "set's devices and separate them by commas",
                                      target->device->info.id);
    if (parallel->its.variant == NULL)
        parallel->its.variant = target->device->backend->variant(
            target->device, parallel->problem->workload, parallel->problem, 0);
    return gf_context_open_device(&parallel->context, target->device, error);
}

static void describe_rank(const gf_parallel *parallel, gf_rank_facts *facts) {
    const gf_device_info *info = &parallel->its.device->info;
    *facts = (gf_rank_facts){.threads = info->compute_units,
                             .is_cpu = info->device_class == GF_CLASS_NATIVE ||
                                       info->device_class == GF_CLASS_CPU};
    (void)gethostname(facts->host, sizeof facts->host - 1);
    snprintf(facts->label, sizeof facts->label, "%s:%s", info->id,
             parallel->its.variant == NULL ? "" : parallel->its.variant);
    snprintf(facts->device, sizeof facts->device, "%s", info->name);
    snprintf(facts->variant, sizeof facts->variant, "%s",
             parallel->its.variant == NULL ? "" : parallel->its.variant);
}

/* What all ranks must know of one another. */
static gf_status meet_ranks(gf_parallel *parallel, gf_error *error) {
    const gf_ranks *ranks = parallel->ranks;
    gf_rank_facts mine;
    describe_rank(parallel, &mine);
    gf_status status =
        gf_ranks_gather_everywhere(ranks, &mine, sizeof mine, parallel->facts, error);
    return status == GF_OK ? gf_comm_line_measure(ranks, &parallel->line, error) : status;
}

/* What each rank can do by itself. */
static gf_status begin(gf_parallel *made, const gf_params *params, const gf_target_list *targets,
                       gf_error *error) {
    gf_status status =
        gf_tuning_check_override(gf_params_workload(params), made->options.tuning, error);
    if (status == GF_OK)
        status = gf_params_copy(params, &made->params, error);
    if (status == GF_OK)
        status = gf_parallel_set_problem(made, 1, error);
    if (status == GF_OK)
        status = gf_plan_check_options(made, error);
    return status == GF_OK ? take_device(made, targets, error) : status;
}

gf_status gf_parallel_create(gf_ranks *ranks, gf_session *session, const gf_params *params,
                             const gf_run_options *options, const gf_parallel_options *how,
                             const gf_target_list *targets, gf_parallel **parallel,
                             gf_error *error) {
    GF_ENTER(error);
    gf_parallel *made = calloc(1, sizeof *made);
    gf_status status = GF_OK;
    if (made != NULL) {
        made->ranks = ranks;
        made->options = gf_run_options_or_defaults(options);
        made->how = how == NULL ? (gf_parallel_options){.halo_steps = 0} : *how;
        made->context = (gf_context){session, &made->options};
        made->facts = calloc(ranks->size, sizeof *made->facts);
        made->parts = calloc(ranks->size, sizeof *made->parts);
        made->rates = calloc(ranks->size, sizeof *made->rates);
    }
    if (made == NULL || made->facts == NULL || made->parts == NULL || made->rates == NULL)
        status = gf_error_no_memory(error, "the ranks of a problem", ranks->size * sizeof *made);
    else
        status = begin(made, params, targets, error);
    status = gf_ranks_agree(ranks, status, error);
    if (status == GF_OK)
        status = meet_ranks(made, error);
    if (status == GF_OK)
        *parallel = made;
    else
        gf_parallel_destroy(made);
    return status;
}

void gf_parallel_destroy(gf_parallel *parallel) {
    if (parallel == NULL)
        return;
    gf_rank_saving_end(&parallel->saving);
    gf_parallel_clear_parts(parallel);
    for (size_t i = 0; i < parallel->result_count; i++)
        gf_parallel_result_clear(&parallel->results[i]);
    free(parallel->results);
    free(parallel->facts);
    free(parallel->parts);
    free(parallel->rates);
    gf_problem_destroy(parallel->problem);
    gf_params_destroy(parallel->params);
    free(parallel);
}

/* ---- Asking ----------------------------------------------------------------- */

bool gf_parallel_checkpoint(const gf_parallel *parallel, gf_checkpoint_state *state) {
    if (parallel->saving.states.options == NULL)
        return false;
    *state = parallel->saving.states.state;
    return true;
}

gf_status gf_parallel_checkpoint_status(const gf_parallel *parallel, gf_error *error) {
    GF_ENTER(error);
    return gf_saving_status(&parallel->saving.states, error);
}

gf_status gf_parallel_status(const gf_parallel *parallel, gf_error *error) {
    GF_ENTER(error);
    for (size_t i = 0; i < parallel->result_count; i++) {
        const gf_parallel_result *result = &parallel->results[i];
        if (!result->holds)
            return gf_error_set(error, GF_MISMATCH,
                                "the result of %u rank%s is wrong: %llu of %llu elements that were "
                                "compared differ",
                                result->ranks, result->ranks == 1 ? "" : "s",
                                (unsigned long long)result->mismatches,
                                (unsigned long long)result->compared);
    }
    return GF_OK;
}
