/* Making candidates of selected devices and of a file of profiles. */
#pragma once

#include "device/context.h"
#include "predict/candidates.h"

/* GF_USAGE when a profile is of another version of gpufare. */
gf_status gf_profiles_check_versions(gf_profile *const *models, size_t count, gf_error *error);

/* Loads or measures the profile of each target's device, measures the cases that it lacks for
 * predictions like `params`, and saves what is new. Each target must have its variant
 * (gf_comparison_resolve_targets). A device that can't be measured becomes a candidate with a
 * failure. The profiles in the files of `device_model` (NULL: none) follow as models
 * (gf_candidates_add_model); a device that is a candidate already is skipped with a note. Only
 * progress, cancel and announce of the options are used. The session must outlive the candidates.
 * Fails when interrupted or out of memory, or before anything is measured, when the file can't be
 * read (GF_FAILED) or holds no profiles (GF_USAGE). */
gf_status gf_candidates_create(const gf_context *context, const gf_params *params,
                               const gf_target_list *targets, const char *device_model,
                               gf_candidates **candidates, gf_error *error);

/* The same without measuring anything: profiles are loaded, or are without measurements. */
gf_status gf_candidates_load(const gf_context *context, const gf_params *params,
                             const gf_target_list *targets, const char *device_model,
                             gf_candidates **candidates, gf_error *error);
/* What profiles lack for predictions like `params` on these targets. */
gf_status gf_candidates_find_missing(const gf_context *context, const gf_params *params,
                                     const gf_target_list *targets, gf_missing *missing,
                                     gf_error *error);
/* Calls the caller's announce function, if there is one and anything is missing. */
void gf_candidates_announce(const gf_context *context, const gf_missing *missing);
