#include "advise/advice.h"

#include <stdio.h>

#include "base/entry.h"
#include "base/error.h"
#include "bound/bound_request.h"

/* What was measured counts before what is predicted, and a profile that was asked for before both.
 */
static gf_host_time host_of(const gf_advice *advice, const gf_bound_input *input,
                            gf_estimate *estimate) {
    const gf_problem *problem = advice->comparison->problem;
    const gf_bound_request request = {input->tables, problem, estimate};
    if (input->hosts != NULL) {
        gf_candidates_predict(input->hosts, problem, estimate);
        return gf_host_predicted(&request, input->hosts, true);
    }
    const gf_host_time predicted = gf_host_predicted(&request, advice->candidates, false);
    gf_host_time measured = gf_host_measured(advice->comparison);
    measured.memory_known = predicted.memory_known;
    measured.memory_ns = predicted.memory_ns;
    return measured.known ? measured : predicted;
}

gf_status gf_advice_bound(gf_advice *advice, const gf_bound_options *options, gf_error *error) {
    GF_ENTER(error);
    const gf_problem *problem = advice->comparison->problem;
    gf_bound_input input;
    gf_bound_set *set = NULL;
    gf_status status = gf_bound_input_read(options, problem->params, &input, error);
    if (status == GF_OK) {
        gf_host_time host = host_of(advice, &input, &advice->estimate);
        gf_host_scale(&host, options->host_cores);
        status = gf_bound_set_create(input.models, input.tables, problem, &advice->estimate, &host,
                                     &set, error);
        input.models = NULL;
        input.tables = NULL;
    }
    gf_bound_input_clear(&input);
    if (status != GF_OK)
        return status;
    const gf_context context = {advice->comparison->session, &advice->comparison->options};
    status = gf_bound_set_add_f32(set, problem, advice->estimate.operations, &context, error);
    if (status != GF_OK) {
        gf_bound_set_destroy(set);
        return status;
    }
    snprintf(set->command, sizeof set->command, "%s",
             options->command == NULL ? "" : options->command);
    gf_bound_set_destroy(advice->bounds);
    advice->bounds = set;
    return GF_OK;
}
