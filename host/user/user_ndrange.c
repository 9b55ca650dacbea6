#include "user/user_ndrange.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "manifest/evaluate.h"

/* ---- Values ------------------------------------------------------------ */

static void set_tunables(const gf_manifest *manifest, const uint32_t *tuning,
                         gf_manifest_values *values) {
    for (uint32_t i = 0; tuning != NULL && i < manifest->tunable_count; i++)
        values->numbers[GF_PLACE_TUNABLES + i] = gf_number_whole(tuning[i]);
}

static bool uses_step(const gf_expression *expression) {
    return expression != NULL && (gf_expression_uses(expression) & GF_PLACES_STEP) != 0;
}

/* ---- Tunables ---------------------------------------------------------- */

/* Which candidate of the work-group is taken, counted from 1; kernels with fewer take their last.
 */
static uint32_t most_groups(const gf_manifest *manifest) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < manifest->kernel_count; i++)
        most = manifest->kernels[i].local_count > most ? manifest->kernels[i].local_count : most;
    return most < GF_USER_MOST_GROUPS ? most : GF_USER_MOST_GROUPS;
}

static uint32_t candidate_of(const gf_manifest *manifest, uint32_t kernel, const uint32_t *tuning) {
    const uint32_t count = manifest->kernels[kernel].local_count;
    const bool tuned =
        tuning != NULL && most_groups(manifest) > 1 && manifest->tunable_count < GF_MAX_TUNABLES;
    const uint32_t wanted = tuned ? tuning[manifest->tunable_count] - 1 : 0;
    return wanted < count ? wanted : count - 1;
}

static void defaults(const gf_problem *problem, const gf_device_info *device, uint32_t *tuning) {
    const gf_user_workload *user = gf_user_of(problem->workload);
    (void)device;
    for (uint32_t i = 0; i < user->variant.tunable_count; i++)
        tuning[i] = user->tunables[i].candidates[0];
}

/* ---- Plans ------------------------------------------------------------- */

static uint32_t suits(const gf_problem *problem, const gf_device_info *device) {
    (void)problem;
    (void)device;
    return 1;
}

/* What such a kernel needs of a device is known to its author alone. Verification decides. */
static void needs(const gf_problem *problem, const gf_ndrange_plan *plan, gf_needs *all) {
    (void)problem;
    (void)plan;
    *all = (gf_needs){0, 0, 0};
}

static void add_options(const gf_manifest *manifest, gf_ndrange_plan *plan) {
    gf_text options = gf_text_in(plan->options, sizeof plan->options);
    for (uint32_t i = 0; i < manifest->tunable_count; i++)
        gf_text_add(&options, "%s-D %s=%u", i == 0 ? "" : " ", manifest->tunables[i].name,
                    plan->tuning[i]);
}

/* Errors of expressions come when the arguments are passed. */
static void plan_stage(const gf_problem *problem, const gf_device_info *device,
                       const uint32_t *tuning, gf_ndrange_plan *plan) {
    const gf_user_workload *user = gf_user_of(problem->workload);
    const gf_manifest *manifest = user->manifest;
    const uint32_t stage = plan->stage;
    const gf_manifest_kernel *kernel = &manifest->kernels[stage];
    gf_manifest_values values;
    gf_error ignored = GF_ERROR_INIT;
    (void)device;
    *plan = (gf_ndrange_plan){.dimensions = kernel->dimensions,
                              .global = {1, 1, 1},
                              .steps_per_launch = 1,
                              .stage = stage,
                              .rows_per_item = manifest->independent_rows,
                              .stages = manifest->kernel_count,
                              .text = user->text_of[stage]};
    snprintf(plan->kernel, sizeof plan->kernel, "%s", kernel->function);
    if (tuning != NULL)
        memcpy(plan->tuning, tuning, user->variant.tunable_count * sizeof tuning[0]);
    add_options(manifest, plan);
    gf_user_set_values(problem, &values);
    set_tunables(manifest, tuning, &values);
    if (kernel->local_count > 0)
        (void)gf_manifest_local(manifest, stage, candidate_of(manifest, stage, tuning), &values,
                                plan->local, &ignored);
    for (uint32_t i = kernel->dimensions; i < 3 && plan->local[0] != 0; i++)
        plan->local[i] = 1;
    gf_error_clear(&ignored);
}

/* ---- Passing arguments ------------------------------------------------- */

/* Whole groups: the kernel tests its index. */
static gf_status set_global(const gf_manifest *manifest, const gf_manifest_values *values,
                            gf_ndrange_plan *plan, gf_error *error) {
    size_t global[GF_MANIFEST_DIMENSIONS] = {1, 1, 1};
    const gf_status status = gf_manifest_global(manifest, plan->stage, values, global, error);
    for (uint32_t i = 0; status == GF_OK && i < 3; i++) {
        const size_t side = plan->local[0] == 0 || plan->local[i] == 0 ? 1 : plan->local[i];
        const size_t rest = global[i] % side;
        if (rest != 0 && global[i] > SIZE_MAX - side)
            return gf_error_set(error, GF_USAGE, "%s: kernel %s has too many work-items",
                                manifest->path, plan->kernel);
        plan->global[i] = i >= plan->dimensions ? 1
                          : rest == 0           ? global[i]
                                                : global[i] - rest + side;
    }
    return status;
}

static gf_status pass_one(const gf_problem *problem, const gf_argument *argument,
                          const gf_manifest_values *values, gf_ndrange_argument *passed,
                          gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    gf_scalar_bytes scalar;
    gf_status status = GF_OK;
    *passed = (gf_ndrange_argument){.name = argument->name};
    if (argument->kind == GF_ARGUMENT_BUFFER) {
        passed->passing = GF_PASS_BUFFER;
        passed->buffer = argument->buffer;
        passed->type = problem->buffers[argument->buffer].type;
    } else if (argument->kind == GF_ARGUMENT_LOCAL) {
        passed->passing = GF_PASS_LOCAL_MEMORY;
        status = gf_manifest_local_bytes(manifest, argument, values, &passed->bytes, error);
    } else {
        passed->passing = GF_PASS_VALUE;
        status = gf_manifest_scalar(manifest, argument, values, &scalar, error);
        passed->type = scalar.type;
        passed->bytes = scalar.size;
        if (status == GF_OK)
            memcpy(&passed->value, &scalar.value, scalar.size);
    }
    return status;
}

/* Why the plan has no work-group although the manifest has candidates. */
static gf_status check_local(const gf_problem *problem, const gf_ndrange_plan *plan,
                             const gf_manifest_values *values, gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    size_t local[GF_MANIFEST_DIMENSIONS];
    if (plan->local[0] != 0 || manifest->kernels[plan->stage].local_count == 0)
        return GF_OK;
    return gf_manifest_local(manifest, plan->stage,
                             candidate_of(manifest, plan->stage, plan->tuning), values, local,
                             error);
}

static gf_status pass(const gf_problem *problem, uint64_t step, gf_ndrange_plan *plan,
                      gf_error *error) {
    const gf_manifest *manifest = gf_user_manifest(problem);
    const gf_manifest_kernel *kernel = &manifest->kernels[plan->stage];
    gf_manifest_values values;
    gf_user_set_values(problem, &values);
    set_tunables(manifest, plan->tuning, &values);
    values.numbers[GF_PLACE_STEP] = gf_number_whole((int64_t)step);
    if (plan->local[0] != 0)
        gf_manifest_values_set_local(&values, plan->dimensions, plan->local);
    gf_status status = check_local(problem, plan, &values, error);
    if (status == GF_OK)
        status = set_global(manifest, &values, plan, error);
    plan->argument_count = kernel->arguments.count;
    plan->varies = false;
    for (uint32_t i = 0; i < plan->dimensions; i++)
        plan->varies = plan->varies || uses_step(kernel->global[i]);
    for (uint32_t i = 0; status == GF_OK && i < plan->argument_count; i++) {
        const gf_argument *argument = &kernel->arguments.items[i];
        status = pass_one(problem, argument, &values, &plan->arguments[i], error);
        plan->varies = plan->varies || uses_step(argument->value);
    }
    return status;
}

/* ---- The variant ------------------------------------------------------- */

void gf_user_make_variant(gf_user_workload *user) {
    const gf_manifest *manifest = user->manifest;
    const uint32_t groups = most_groups(manifest);
    uint32_t count = manifest->tunable_count;
    for (uint32_t i = 0; i < count; i++)
        user->tunables[i] = manifest->tunables[i];
    for (uint32_t i = 0; i < groups; i++)
        user->groups[i] = i + 1;
    if (groups > 1 && count < GF_MAX_TUNABLES)
        user->tunables[count++] =
            (gf_tunable){.name = "work-group",
                         .help = "which candidate of the manifest for the work-group",
                         .min = 1,
                         .max = groups,
                         .candidates = user->groups};
    user->variant = (gf_ndrange_variant){.name = "kernel",
                                         .summary = "the kernels of the manifest",
                                         .suits = suits,
                                         .plan = plan_stage,
                                         .pass = pass,
                                         .needs = needs,
                                         .tunables = count > 0 ? user->tunables : NULL,
                                         .tunable_count = count,
                                         .defaults = defaults};
}
