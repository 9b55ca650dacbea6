/* What a kernel needs of a device, compared with the facts about it. */
#pragma once

#include "problem/workload.h"

/* The needs of a variant with this plan; where its row does not say them, those of strict
 * arithmetic with sums and products. */
gf_needs gf_needs_of(const gf_problem *problem, const gf_ndrange_variant *variant,
                     const gf_ndrange_plan *plan);

/* Whether the device is known, or claims, to have all of it; else `why`: the first that it lacks,
 * as was measured. */
bool gf_needs_are_met(const gf_needs *needs, const gf_device_info *device, char *why, size_t size);

/* Whether the device can run the variant, with the defaults of its tunables. */
bool gf_variant_can_run(const gf_problem *problem, const gf_ndrange_variant *variant,
                        const gf_device_info *device);

/* Whether a workload can be refused because of these facts, which do not hold or are unknown. What
 * no kernel needs refuses nothing, nor does a limit that could not be found out. */
bool gf_facts_refuse(const gf_fact *facts);
/* Whether one is refused in strict f32 that runs in relaxed f32. */
bool gf_facts_need_relaxed_f32(const gf_fact *facts);

/* GF_UNSUPPORTED, with the reason and what would run instead, if the device lacks the precision or
 * what the variant with this plan needs. */
gf_status gf_needs_check(const gf_problem *problem, const gf_ndrange_variant *variant,
                         const gf_ndrange_plan *plan, const gf_device_info *device,
                         gf_error *error);
/* The same for the precision alone, before there is a plan. */
gf_status gf_precision_check(const gf_problem *problem, const gf_device_info *device,
                             gf_error *error);

/* What would run on the device instead: "variant naive", "relaxed math or precision f64",
 * "precision f32 with relaxed math", "another device". */
void gf_needs_advise(const gf_problem *problem, const gf_device_info *device, char *out,
                     size_t size);

/* Whether fma() compiles for the problem's reals, and whether it gives the right bits. */
bool gf_has_fma(const gf_problem *problem, const gf_device_info *device);
bool gf_has_exact_fma(const gf_problem *problem, const gf_device_info *device);
