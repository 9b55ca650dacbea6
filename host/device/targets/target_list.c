#include "device/targets/target_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/entry.h"
#include "base/error.h"
#include "device/backend.h"

static bool same_variant(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether one of the first `count` targets is this one. */
static bool contains_target(const gf_target_list *targets, size_t count, const gf_device *device,
                            const char *variant) {
    for (size_t i = 0; i < count; i++) {
        if (targets->targets[i].device == device &&
            same_variant(targets->targets[i].variant, variant))
            return true;
    }
    return false;
}

gf_status gf_target_list_add(gf_target_list *targets, gf_device *device, const char *variant,
                             const char *why, gf_error *error) {
    if (contains_target(targets, targets->count, device, variant))
        return GF_OK;
    const gf_status status =
        gf_array_grow(&targets->targets, targets->count, sizeof *targets->targets, error);
    if (status != GF_OK)
        return status;
    gf_target *target = &targets->targets[targets->count++];
    *target = (gf_target){.device = device, .variant = variant};
    snprintf(target->why, sizeof target->why, "%s", why);
    return GF_OK;
}

void gf_target_list_clear(gf_target_list *targets) {
    free(targets->targets);
    free(targets->excluded);
    *targets = (gf_target_list){NULL, 0, NULL, 0};
}

/* ---- Excluding --------------------------------------------------------- */

gf_status gf_target_list_exclude(gf_target_list *targets, gf_device *device, const char *variant,
                                 gf_error *error) {
    const gf_status status = gf_array_grow(&targets->excluded, targets->excluded_count,
                                           sizeof *targets->excluded, error);
    if (status == GF_OK)
        targets->excluded[targets->excluded_count++] =
            (gf_target){.device = device, .variant = variant};
    return status;
}

static bool is_excluded(const gf_target_list *targets, const gf_target *target) {
    for (size_t i = 0; i < targets->excluded_count; i++) {
        const gf_target *excluded = &targets->excluded[i];
        if (excluded->device == target->device &&
            (excluded->variant == NULL || same_variant(excluded->variant, target->variant)))
            return true;
    }
    return false;
}

void gf_target_list_clean(gf_target_list *targets) {
    size_t kept = 0;
    for (size_t i = 0; i < targets->count; i++) {
        const gf_target target = targets->targets[i];
        if (!is_excluded(targets, &target) &&
            !contains_target(targets, kept, target.device, target.variant))
            targets->targets[kept++] = target;
    }
    targets->count = kept;
}

/* ---- Variants ---------------------------------------------------------- */

gf_status gf_target_list_resolve(gf_target_list *targets, const gf_problem *problem,
                                 gf_error *error) {
    for (size_t i = 0; i < targets->count; i++) {
        gf_target *target = &targets->targets[i];
        if (target->variant == NULL)
            target->variant =
                target->device->backend->variant(target->device, problem->workload, problem, 0);
    }
    gf_target_list_clean(targets);
    if (targets->count > 0)
        return GF_OK;
    return gf_error_set_parameter(error, GF_NO_DEVICE, "device",
                                  ": the list excludes every device that it names");
}

/* Adds every variant of target `index`, and marks it (device NULL) if its own is still open: the
 * best variant is among them now. */
static gf_status add_variants_of(gf_target_list *targets, size_t index, const gf_workload *workload,
                                 gf_error *error) {
    gf_device *device = targets->targets[index].device;
    const char *variant = NULL;
    for (size_t v = 0; (variant = device->backend->variant(device, workload, NULL, v)) != NULL;
         v++) {
        const gf_status status =
            gf_target_list_add(targets, device, variant, "one of all variants", error);
        if (status != GF_OK)
            return status;
        if (targets->targets[index].variant == NULL)
            targets->targets[index].device = NULL;
    }
    return GF_OK;
}

gf_status gf_target_list_add_variants(gf_target_list *targets, const gf_workload *workload,
                                      gf_error *error) {
    GF_ENTER(error);
    const size_t chosen = targets->count;
    gf_status status = GF_OK;
    for (size_t i = 0; status == GF_OK && i < chosen; i++)
        status = add_variants_of(targets, i, workload, error);
    size_t kept = 0;
    for (size_t i = 0; i < targets->count; i++) {
        if (targets->targets[i].device != NULL)
            targets->targets[kept++] = targets->targets[i];
    }
    targets->count = kept;
    return status;
}
