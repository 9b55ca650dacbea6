#include "measure/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "device/targets/target_list.h"
#include "measure/filed/field_run.h"
#include "measure/reference/device_reference.h"
#include "measure/saving/saving_folders.h"
#include "measure/search/fastest_variant.h"
#include "measure/tuning.h"
#include "problem/facts/fact.h"
#include "problem/params.h"
#include "problem/problem.h"

/* ---- Making one -------------------------------------------------------- */

gf_status gf_comparison_create(gf_session *session, const gf_params *params,
                               const gf_run_options *options, gf_comparison **comparison,
                               gf_error *error) {
    GF_ENTER(error);
    gf_comparison *made = calloc(1, sizeof *made);
    if (made == NULL)
        return gf_error_no_memory(error, "a comparison", sizeof *made);
    made->session = session;
    made->options = gf_run_options_or_defaults(options);
    if (made->options.field != NULL)
        made->options.search = false; /* its round trips would take as long */
    gf_status status =
        gf_tuning_check_override(gf_params_workload(params), made->options.tuning, error);
    if (status == GF_OK)
        status = made->options.field == NULL
                     ? gf_problem_create(params, &made->problem, error)
                     : gf_problem_create_divided(params, &made->problem, error);
    if (status != GF_OK) {
        free(made);
        return status;
    }
    made->truth = (gf_truth){.problem = made->problem,
                             .ask_device = gf_reference_of_device,
                             .context = {session, &made->options},
                             .sample_state = made->options.seed};
    made->run.truth = &made->truth;
    *comparison = made;
    return GF_OK;
}

void gf_comparison_destroy(gf_comparison *comparison) {
    if (comparison == NULL)
        return;
    for (size_t i = 0; i < comparison->result_count; i++)
        gf_result_destroy(comparison->results[i]);
    free(comparison->results);
    free(comparison->choices);
    gf_reference_saving_end(&comparison->reference_saving);
    gf_saving_end(&comparison->saving);
    gf_field_close(&comparison->field);
    gf_image_clear(&comparison->first_picture);
    gf_image_clear(&comparison->divergence_map);
    gf_run_free_host(&comparison->run);
    gf_truth_clear(&comparison->truth);
    gf_problem_destroy(comparison->problem);
    free(comparison);
}

/* Once, if the options ask for it. */
static gf_status begin_saving(gf_comparison *comparison, gf_error *error) {
    if (comparison->options.checkpoint == NULL || comparison->saving.options != NULL)
        return GF_OK;
    const gf_status status = gf_saving_begin(&comparison->saving, &comparison->truth, error);
    if (status != GF_OK)
        return status;
    comparison->run.saving = &comparison->saving;
    if (gf_reference_kernel(comparison->problem) != NULL)
        gf_reference_saving_begin(&comparison->reference_saving, &comparison->saving,
                                  &comparison->truth);
    return GF_OK;
}

/* Another run has no state or field of its own. */
static gf_status check_first(const gf_comparison *comparison, gf_error *error) {
    if (!comparison->saving.used && !comparison->field.used)
        return GF_OK;
    return gf_error_set_parameter(error, GF_USAGE,
                                  comparison->saving.used ? "checkpoint" : "field-file",
                                  ": is of one run; make another comparison for this one");
}

/* Once. What would need the field in memory is refused. */
static gf_status open_field(gf_comparison *comparison, gf_error *error) {
    if (comparison->options.checkpoint != NULL || comparison->options.energy)
        return gf_error_set_parameter(error, GF_USAGE, "field-file",
                                      ": has one round trip and saves no states; leave %s out",
                                      comparison->options.energy ? "energy" : "checkpoint");
    return comparison->field.options != NULL
               ? GF_OK
               : gf_field_open(&comparison->field, comparison->problem, &comparison->truth.context,
                               error);
}

gf_status gf_comparison_make_inputs(gf_comparison *comparison, gf_error *error) {
    GF_ENTER(error);
    if (comparison->options.field != NULL)
        return open_field(comparison, error);
    const gf_status status = gf_truth_make_inputs(&comparison->truth, error);
    return status == GF_OK ? begin_saving(comparison, error) : status;
}

/* ---- Running one device ------------------------------------------------ */

const char *gf_comparison_best_variant(const gf_comparison *comparison, const gf_target *target) {
    if (target->variant != NULL)
        return target->variant;
    const gf_problem *problem = comparison->problem;
    const char *best =
        target->device->backend->variant(target->device, problem->workload, problem, 0);
    return best == NULL ? "" : best; /* prepare will say what is missing */
}

/* Of the search that led to this result's variant. */
static void note_tries(const gf_comparison *comparison, gf_result *result) {
    for (size_t i = 0; i < comparison->choice_count; i++) {
        const gf_variant_choice *choice = &comparison->choices[i];
        if (choice->device != result->device || choice->variant == NULL ||
            strcmp(choice->variant, result->variant) != 0)
            continue;
        memcpy(result->tries, choice->tries, sizeof result->tries);
        result->try_count = choice->try_count;
    }
}

static gf_result *new_result(const gf_comparison *comparison, const gf_target *target) {
    gf_result *result = calloc(1, sizeof *result);
    if (result == NULL)
        return NULL;
    result->device = target->device;
    snprintf(result->variant, sizeof result->variant, "%s",
             gf_comparison_best_variant(comparison, target));
    snprintf(result->label, sizeof result->label, "%s:%s", target->device->info.id,
             result->variant);
    snprintf(result->why, sizeof result->why, "%s", target->why);
    note_tries(comparison, result);
    return result;
}

gf_status gf_comparison_prepare_reference(gf_comparison *comparison, gf_error *error) {
    return gf_verification_begin(&comparison->truth, error);
}

/* Of a run that saves states it comes after its steps: else each run that goes on would begin with
 * the reference of all of them. Where a device must compute it, that is done before. */
static bool comes_before_run(const gf_comparison *comparison) {
    if (comparison->field.options != NULL)
        return false; /* pieces of it come afterwards */
    return comparison->saving.options == NULL || gf_reference_kernel(comparison->problem) == NULL;
}

/* Computes the efficiencies of the lane groups from the first verified result. */
static gf_status note_efficiency(gf_comparison *comparison, const gf_result *result,
                                 gf_error *error) {
    if (comparison->has_efficiency || result->outcome != GF_OUTCOME_OK)
        return GF_OK;
    const gf_status status = gf_simd_efficiency(comparison->problem, comparison->run.output,
                                                comparison->efficiency, error);
    comparison->has_efficiency = status == GF_OK;
    return status;
}

static gf_status append_result(gf_comparison *comparison, gf_result *result, gf_error *error) {
    const gf_status status = gf_array_grow(&comparison->results, comparison->result_count,
                                           sizeof *comparison->results, error);
    if (status == GF_OK)
        comparison->results[comparison->result_count++] = result;
    return status;
}

/* Earlier results that were accepted by their samples, once a later one led to the reference. */
static void refuse_refuted(gf_comparison *comparison) {
    for (size_t i = 0; i < comparison->result_count; i++) {
        gf_result *result = comparison->results[i];
        if (result->outcome != GF_OUTCOME_OK ||
            !gf_verification_is_refuted(&comparison->truth, &result->verification))
            continue;
        result->outcome = GF_OUTCOME_MISMATCH;
        gf_result_drop_times(result);
        gf_error_set(&result->error, GF_MISMATCH,
                     "its samples were right, but not the whole result: another one differed, and "
                     "the reference, which was computed then, differs from this one");
    }
}

/* A result that nothing can prove is none: its reason is why there is no reference. */
static void note_unproved(gf_result *result, gf_error *error) {
    result->outcome = error->status == GF_UNSUPPORTED ? GF_OUTCOME_UNSUPPORTED : GF_OUTCOME_FAILED;
    result->error = *error;
    *error = (gf_error)GF_ERROR_INIT;
}

/* The ledgers at hand: what the members of a set took in this comparison. */
static void note_alone(const gf_comparison *comparison, gf_device *device) {
    size_t count = 0;
    gf_member *members = gf_device_members(device, &count);
    for (size_t i = 0; i < count; i++) {
        members[i].alone_ns = 0;
        for (size_t r = 0; r < comparison->result_count; r++) {
            const gf_result *result = comparison->results[r];
            if (result->device == members[i].device && result->outcome == GF_OUTCOME_OK &&
                (members[i].variant == NULL || strcmp(members[i].variant, result->variant) == 0))
                members[i].alone_ns = gf_result_best_ns(result);
        }
    }
}

gf_status gf_comparison_run(gf_comparison *comparison, const gf_target *target,
                            const gf_result **result, gf_error *error) {
    GF_ENTER(error);
    gf_truth_judge(&comparison->truth, target->device);
    gf_status status = check_first(comparison, error);
    if (status == GF_OK)
        status = gf_comparison_make_inputs(comparison, error);
    if (status == GF_OK && comes_before_run(comparison))
        status = gf_comparison_prepare_reference(comparison, error);
    const bool unproved = status != GF_OK && comparison->truth.no_reference.status != GF_OK;
    if (status != GF_OK && !unproved)
        return status;
    gf_result *made = new_result(comparison, target);
    if (made == NULL)
        return gf_error_no_memory(error, "a result", sizeof *made);
    if (unproved)
        note_unproved(made, error);
    note_alone(comparison, target->device);
    if (!unproved)
        status = comparison->field.options != NULL
                     ? gf_field_run_execute(&comparison->run, &comparison->field, made, error)
                     : gf_run_execute(&comparison->run, made, error);
    else
        status = GF_OK;
    if (status == GF_OK)
        status = note_efficiency(comparison, made, error);
    if (status == GF_OK)
        status = append_result(comparison, made, error);
    refuse_refuted(comparison);
    if (status != GF_OK) {
        comparison->run.result = NULL;
        gf_result_destroy(made);
        return status;
    }
    *result = made;
    return GF_OK;
}

bool gf_comparison_checkpoint(const gf_comparison *comparison, gf_checkpoint_state *state) {
    if (comparison->saving.options == NULL)
        return false;
    *state = comparison->saving.state;
    return true;
}

gf_status gf_comparison_checkpoint_status(const gf_comparison *comparison, gf_error *error) {
    GF_ENTER(error);
    return gf_saving_status(&comparison->saving, error);
}

static gf_status keep_choice(gf_comparison *comparison, const gf_variant_choice *choice,
                             gf_error *error) {
    const gf_status status = gf_array_grow(&comparison->choices, comparison->choice_count,
                                           sizeof *comparison->choices, error);
    if (status == GF_OK)
        comparison->choices[comparison->choice_count++] = *choice;
    return status;
}

/* A target whose fastest variant is not known stays without one. */
static gf_status take_fastest(gf_comparison *comparison, gf_target *target, gf_error *error) {
    gf_variant_choice choice;
    gf_error failure = GF_ERROR_INIT;
    const gf_status status =
        gf_find_fastest_variant(&comparison->truth, target->device, &choice, &failure);
    gf_error_clear(&failure); /* the run will say it, too */
    if (status == GF_INTERRUPTED)
        return gf_error_interrupted(error);
    if (status != GF_OK)
        return GF_OK;
    if (choice.variant != NULL) {
        const size_t used = strlen(target->why);
        target->variant = choice.variant;
        snprintf(target->why + used, sizeof target->why - used, "; the %s search",
                 choice.saved_before ? "variant of an earlier" : "fastest variant in a");
    }
    return choice.try_count > 0 ? keep_choice(comparison, &choice, error) : GF_OK;
}

/* Which variant suits a device depends on what it can do, which is looked for when it is opened. A
 * failure is the result of its run. */
static gf_status find_facts(const gf_comparison *comparison, gf_device *device, gf_error *error) {
    if (device->info.facts == NULL || gf_facts_are_tried(device->info.facts))
        return GF_OK;
    gf_error failure = GF_ERROR_INIT;
    const gf_status status = gf_context_open_device(&comparison->truth.context, device, &failure);
    if (status != GF_OK && status != GF_INTERRUPTED) {
        gf_error_clear(&device->untold);
        device->untold = failure;
        return GF_OK;
    }
    gf_error_clear(&failure);
    return status == GF_INTERRUPTED ? gf_error_interrupted(error) : GF_OK;
}

/* Members of a set are targets of their own. */
static gf_status resolve_members(gf_comparison *comparison, gf_device *device, gf_error *error) {
    size_t count = 0;
    gf_member *members = gf_device_members(device, &count);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < count; i++) {
        gf_target target = {.device = members[i].device, .variant = members[i].variant};
        status = find_facts(comparison, target.device, error);
        if (status == GF_OK && target.variant == NULL)
            status = take_fastest(comparison, &target, error);
        members[i].variant = target.variant;
    }
    return status;
}

gf_status gf_comparison_resolve_targets(gf_comparison *comparison, gf_target_list *targets,
                                        gf_error *error) {
    GF_ENTER(error);
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < targets->count; i++) {
        gf_target *target = &targets->targets[i];
        status = find_facts(comparison, target->device, error);
        if (status == GF_OK)
            status = resolve_members(comparison, target->device, error);
        if (status == GF_OK && target->variant == NULL)
            status = take_fastest(comparison, target, error);
    }
    if (status != GF_OK)
        return status;
    return gf_target_list_resolve(targets, comparison->problem, error);
}

/* ---- Results ----------------------------------------------------------- */

size_t gf_comparison_result_count(const gf_comparison *comparison) {
    return comparison->result_count;
}

const gf_result *gf_comparison_result(const gf_comparison *comparison, size_t index) {
    return index < comparison->result_count ? comparison->results[index] : NULL;
}

int gf_status_severity(gf_status status) {
    switch (status) {
    case GF_OK:
        return 0;
    case GF_UNSUPPORTED:
        return 2;
    case GF_FAILED:
        return 3;
    case GF_MISMATCH:
        return 4;
    default:
        return 1;
    }
}

/* A device that lacks something counts only when nothing was ok. */
gf_status gf_comparison_status(const gf_comparison *comparison, gf_error *error) {
    GF_ENTER(error);
    static const gf_status statuses[] = {[GF_OUTCOME_OK] = GF_OK,
                                         [GF_OUTCOME_UNSUPPORTED] = GF_UNSUPPORTED,
                                         [GF_OUTCOME_FAILED] = GF_FAILED,
                                         [GF_OUTCOME_MISMATCH] = GF_MISMATCH};
    const gf_result *worst = NULL;
    bool any_ok = false;
    for (size_t i = 0; i < comparison->result_count; i++) {
        const gf_result *result = comparison->results[i];
        any_ok = any_ok || result->outcome == GF_OUTCOME_OK;
        if (worst == NULL || gf_status_severity(statuses[result->outcome]) >
                                 gf_status_severity(statuses[worst->outcome]))
            worst = result;
    }
    if (worst == NULL)
        return gf_error_set(error, GF_NO_DEVICE, "nothing ran");
    const gf_status status = statuses[worst->outcome];
    if (status == GF_OK || (status == GF_UNSUPPORTED && any_ok))
        return GF_OK;
    gf_error_set_native(error, status, worst->error.native_code, worst->error.native_name, "%s: %s",
                        worst->label, worst->error.text);
    gf_error_set_log(error, worst->error.log);
    return status;
}
