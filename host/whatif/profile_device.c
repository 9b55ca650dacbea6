#include "whatif/profile_device.h"

#include <math.h>
#include <stdio.h>

#define WITHIN_90 1.645 /* standard deviations to each side that hold 90 % */

/* Measurements lie around their line as their spread says. */
static gf_cost_range cost_of(const gf_line *line) {
    const double wide = exp(WITHIN_90 * line->spread);
    if (!gf_line_usable(line))
        return (gf_cost_range){.known = false};
    return (gf_cost_range){
        true, {line->a_ns / wide, line->b_ns / wide}, {line->a_ns * wide, line->b_ns * wide}};
}

static double best_rate(const gf_ceilings *ceilings) {
    double best = fmax(fmax(ceilings->copy_cached, ceilings->copy_memory), ceilings->read_memory);
    for (size_t i = 0; i < GF_COPIED_SIZES; i++)
        best = fmax(best, fmax(ceilings->copies[i], ceilings->reads[i]));
    return best;
}

/* The rates count each byte of a copy twice, as it is read and written. */
static gf_cost_range copy_of(const gf_ceilings *ceilings) {
    const double best = best_rate(ceilings);
    if (best <= 0 || ceilings->copy_memory <= 0)
        return (gf_cost_range){.known = false};
    return (gf_cost_range){
        true, {0, 2e9 / best}, {ceilings->launch_ns, 2e9 / ceilings->copy_memory}};
}

/* From the shortest to the usual one. */
static gf_cost_range launch_of(const gf_ceilings *ceilings) {
    if (ceilings->launch_ns <= 0)
        return (gf_cost_range){.known = false};
    return (gf_cost_range){true, {ceilings->least_launch_ns, 0}, {ceilings->launch_ns, 0}};
}

void gf_other_device_of_profile(const gf_profile *profile, gf_other_device *device) {
    const double rate = best_rate(&profile->ceilings);
    *device = (gf_other_device){.memory_bytes = profile->global_memory_bytes,
                                .copy = copy_of(&profile->ceilings),
                                .launch = launch_of(&profile->ceilings),
                                .touch_ns = rate > 0 ? 1e9 / rate : 0};
    for (size_t i = 0; i < 2; i++) {
        const gf_memory_kind kind = i == 0 ? GF_MEMORY_PAGEABLE : GF_MEMORY_PINNED;
        device->up[i] = cost_of(&profile->transfers[GF_UP][kind]);
        device->down[i] = cost_of(&profile->transfers[GF_DOWN][kind]);
    }
    snprintf(device->name, sizeof device->name, "%s (%.90s)", profile->device_id,
             profile->device_name);
    snprintf(device->basis, sizeof device->basis, "profile of %.10s", profile->measured_at);
}
