/* Editing lists of targets: devices with the variants to run. */
#pragma once

#include "problem/workload.h"

/* Adds a target, unless it is in the list. `variant` NULL: the device's best. `why` is copied. */
gf_status gf_target_list_add(gf_target_list *targets, gf_device *device, const char *variant,
                             const char *why, gf_error *error);
/* Remembers a target to take out. A target whose variant is still open may turn out to be this
 * one later. `variant` NULL: every variant of the device. */
gf_status gf_target_list_exclude(gf_target_list *targets, gf_device *device, const char *variant,
                                 gf_error *error);
/* Takes out the targets that are known to be excluded, and those that are in the list before. */
void gf_target_list_clean(gf_target_list *targets);
/* gf_comparison_resolve_targets, for a problem. */
gf_status gf_target_list_resolve(gf_target_list *targets, const gf_problem *problem,
                                 gf_error *error);
